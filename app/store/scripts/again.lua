-- A reply whose fate nobody learned goes once more: the try is counted before the call.
-- ARGV  1 conversation  2 entry  3 outbox id  4 tries it had when it was claimed
-- Reply 1 | 0 (somebody else settled it or tries it already)
local key = conversation_key(ARGV[1])
local bad = wrong({ key, 'hash' })
if bad then return bad end
local c = redis.call('HMGET', key, 'send', 'flight', 'flight_tries')
if turned(c[1]) ~= ARGV[2] or c[2] ~= ARGV[3] or c[3] ~= ARGV[4] then return 0 end
redis.call('HINCRBY', key, 'flight_tries', 1)
redis.call('HSET', key, 'flight_at', string.format('%d', (clock())))
return 1
