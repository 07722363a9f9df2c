-- Written before each create: what is attempted and when (machine time), so that an ambiguous end is looked up, never repeated.
-- ARGV  1 conversation  2 attempted (json)
local bad = wrong({ card_key(ARGV[1]), 'hash' })
if bad then return bad end
redis.call('HSET', card_key(ARGV[1]), 'attempted', ARGV[2])
return 1
