-- Opens a lock that we still hold; one that ran out and is another's by now stays shut.
-- ARGV  1 lock  2 its holder's word
-- Reply 1 | 0
local key = P .. 'lock:' .. ARGV[1]
local bad = wrong({ key, 'string' })
if bad then return bad end
if redis.call('GET', key) ~= ARGV[2] then return 0 end
return redis.call('DEL', key)
