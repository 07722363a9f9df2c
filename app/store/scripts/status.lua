-- What the messenger says about a message of ours. A failure goes to the mailbox; the rest settles what is in flight.
-- ARGV  1 seen id  2 seconds  3 conversation  4 mail of a failure (json) or ''  5 channel  6 status
--       7 vendor's message id  8 outbox id where the vendor returns it, or ''
-- Reply accepted | seen
local id = ARGV[3]
local seen, conversation = P .. 'seen:' .. ARGV[1], conversation_key(id)
local machine, business = clock()
local bad = wrong({ seen, 'string', conversation, 'hash', mailbox_key(id), 'list', ANSWER, 'stream', FIGURES, 'hash' })
if bad then return bad end

if not redis.call('SET', seen, '1', 'NX', 'EX', ARGV[2]) then return 'seen' end
redis.call('HINCRBYFLOAT', FIGURES, 'otklik_delivery_statuses_total{channel="' .. ARGV[5] .. '",status="' .. ARGV[6] .. '"}', 1)
if ARGV[8] ~= '' and redis.call('HGET', conversation, 'flight') == ARGV[8] then
  redis.call('HSET', conversation, 'flight_seen', ARGV[7])
end
if ARGV[4] ~= '' then
  redis.call('RPUSH', mailbox_key(id), string.format('%d %d ', machine, business) .. ARGV[4])
  wake(ANSWER, 'entry', id)
end
return 'accepted'
