-- News for a conversation that no customer and no messenger brought: into its mailbox, with accept's tail.
-- ARGV  1 conversation  2 mail (json)
-- Reply 1 | 0 (nobody ever began that conversation)
local id, mailbox = ARGV[1], mailbox_key(ARGV[1])
local machine, business = clock()
local bad = wrong({ conversation_key(id), 'hash', mailbox, 'list', ANSWER, 'stream' })
if bad then return bad end
if redis.call('HEXISTS', conversation_key(id), 'state') == 0 then return 0 end
redis.call('RPUSH', mailbox, string.format('%d %d ', machine, business) .. ARGV[2])
wake(ANSWER, 'entry', id)
return 1
