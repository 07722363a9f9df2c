-- The end of a try to send. Sent, failed and unknown leave the outbox and go to the mailbox; retry stays at its head.
-- ARGV  1 conversation  2 group  3 entry  4 outbox id  5 sent | failed | unknown | retry  6 vendor's message id or ''
--       7 mail (json) or ''  8 ms until the retry, or ''  9 seconds the vendor's id is remembered
--       10 tries it had when it was claimed
-- Laws  the end of an older try, told by a sender who was away, changes nothing: another's try is in the air
--       a text whose first try ended unseen stays a second try however often the vendor puts it off
-- Reply done (nothing more to send) | more | later | stale
local id = ARGV[1]
local key, outbox, written = conversation_key(id), outbox_key(id), written_key(id)
local machine, business = clock()
local bad = wrong({ key, 'hash' })
if bad then return bad end
local host = host_of(id)
local mailbox = mailbox_key(host)
bad = wrong({ conversation_key(host), 'hash', outbox, 'list', mailbox, 'list', written, 'hash', SEND, 'stream', ANSWER, 'stream', LATER, 'zset' })
if bad then return bad end

local c = redis.call('HMGET', key, 'send', 'flight', 'flight_tries')
if or_empty(c[1]) ~= ARGV[3] or c[2] ~= ARGV[4] or c[3] ~= ARGV[10] then return 'stale' end
redis.call('HDEL', key, 'flight', 'flight_at', 'flight_tries', 'flight_hash', 'flight_seen')
if ARGV[5] == 'retry' then
  finish(SEND, ARGV[2], ARGV[3])
  redis.call('HSET', key, 'send', 'later', 'doubted', tonumber(ARGV[10]) > 1 and ARGV[4] or '')
  redis.call('ZADD', LATER, machine + tonumber(ARGV[8]), 'send ' .. id)
  return 'later'
end
redis.call('LPOP', outbox)
redis.call('HDEL', key, 'doubted')
if ARGV[6] ~= '' then
  redis.call('HSET', written, ARGV[6], ARGV[4])
  redis.call('EXPIRE', written, ARGV[9])
end
redis.call('RPUSH', mailbox, string.format('%d %d ', machine, business) .. ARGV[7])
wake(ANSWER, 'entry', host)
if redis.call('EXISTS', outbox) == 1 then return 'more' end
finish(SEND, ARGV[2], ARGV[3])
redis.call('HSET', key, 'send', '')
return 'done'
