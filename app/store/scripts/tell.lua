-- News for a conversation that no customer and no messenger brought: into its mailbox, with accept's tail.
-- ARGV  1 conversation  2 mail (json)
-- Reply 1 | 0 (nobody ever began that conversation)
local bad = wrong({ conversation_key(ARGV[1]), 'hash' })
if bad then return bad end
local id = host_of(ARGV[1])
local mailbox = mailbox_key(id)
local machine, business = clock()
bad = wrong({ conversation_key(id), 'hash', mailbox, 'list', ANSWER, 'stream' })
if bad then return bad end
if redis.call('HEXISTS', conversation_key(id), 'state') == 0 then return 0 end
redis.call('RPUSH', mailbox, string.format('%d %d ', machine, business) .. ARGV[2])
wake(ANSWER, 'entry', id)
return 1
