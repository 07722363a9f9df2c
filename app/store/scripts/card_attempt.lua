-- Written before each create: what is attempted and when (machine time), so that an ambiguous end is looked up, never repeated.
-- ARGV  1 person  2 turn  3 conversation  4 attempted (json)
-- Reply 1 | 0 (another turn of this person has begun: nothing may be sent)
local bad = wrong({ card_key(ARGV[3]), 'hash', person_key(ARGV[1]), 'hash' })
if bad then return bad end
if redis.call('HGET', person_key(ARGV[1]), 'turn') ~= ARGV[2] then return 0 end
redis.call('HSET', card_key(ARGV[3]), 'attempted', ARGV[4])
return 1
