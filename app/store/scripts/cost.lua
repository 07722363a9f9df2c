-- What models have cost, added to the day's sum (business time, UTC).
-- ARGV  1 amount, in the currency of the prices  2 seconds the day's sum is kept
-- Reply the day's sum
local _, business = clock()
local key = cost_key(business)
local bad = wrong({ key, 'string' })
if bad then return bad end
local sum = redis.call('INCRBYFLOAT', key, ARGV[1])
redis.call('EXPIRE', key, ARGV[2])
return sum
