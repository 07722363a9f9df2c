-- The end of one try at a booking's command: its outcome goes to the conversation, or the command waits for another try.
-- ARGV  1 group  2 entry  3 conversation  4 mail (json) or ''  5 ms until the next try, or ''  6 command (json) of that try
-- Reply done | stale
-- Laws  of two workers that end one entry only the first is heard
local bad = wrong({ conversation_key(ARGV[3]), 'hash' })
if bad then return bad end
local id = host_of(ARGV[3])
local mailbox = mailbox_key(id)
local machine, business = clock()
bad = wrong({ BOOK, 'stream', ANSWER, 'stream', LATER, 'zset', mailbox, 'list', conversation_key(id), 'hash' })
if bad then return bad end
if redis.call('XACK', BOOK, ARGV[1], ARGV[2]) == 0 then return 'stale' end
redis.call('XDEL', BOOK, ARGV[2])
if ARGV[4] ~= '' then
  redis.call('RPUSH', mailbox, string.format('%d %d ', machine, business) .. ARGV[4])
  wake(ANSWER, 'entry', id)
end
if ARGV[5] ~= '' then redis.call('ZADD', LATER, machine + tonumber(ARGV[5]), 'book ' .. ARGV[6]) end
return 'done'
