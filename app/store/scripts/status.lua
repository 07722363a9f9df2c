-- What the messenger says about a message of ours. A failure goes to the mailbox, and so does what became of a
-- reminder; the rest settles what is in flight.
-- ARGV  1 seen id  2 seconds  3 conversation  4 mail of a failure (json) or ''  5 channel  6 status
--       7 vendor's message id  8 outbox id where the vendor returns it, or ''
--       9 mail that it was delivered or read (json), or ''  10 how a reminder's outbox id ends
-- Reply accepted | seen
local id = ARGV[3]
local seen, conversation = P .. 'seen:' .. ARGV[1], conversation_key(id)
local machine, business = clock()
local bad = wrong({ conversation, 'hash' })
if bad then return bad end
local host = host_of(id)
bad = wrong({ seen, 'string', conversation_key(host), 'hash', mailbox_key(host), 'list', written_key(id), 'hash', ANSWER, 'stream', FIGURES, 'hash' })
if bad then return bad end

if not redis.call('SET', seen, '1', 'NX', 'EX', ARGV[2]) then return 'seen' end
redis.call('HINCRBYFLOAT', FIGURES, 'otklik_delivery_statuses_total{channel="' .. ARGV[5] .. '",status="' .. ARGV[6] .. '"}', 1)
if ARGV[8] ~= '' and redis.call('HGET', conversation, 'flight') == ARGV[8] then
  redis.call('HSET', conversation, 'flight_seen', ARGV[7])
end
local mail = ARGV[4]
if ARGV[9] ~= '' then
  local ours = or_empty(redis.call('HGET', written_key(id), ARGV[7]))
  if ours == '' then ours = ARGV[8] end
  if string.sub(ours, -#ARGV[10]) == ARGV[10] then mail = ARGV[9] end
end
if mail ~= '' then
  redis.call('RPUSH', mailbox_key(host), string.format('%d %d ', machine, business) .. mail)
  wake(ANSWER, 'entry', host)
end
return 'accepted'
