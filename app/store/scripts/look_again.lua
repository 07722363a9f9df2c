-- The hours, targets or ladder of the profile were edited: whatever waits is looked at again at once, so that a deadline
-- that moved forward is not slept through.
-- ARGV  1 fingerprint of what is promised now
-- Reply how many conversations were woken: 0 where nothing has changed, and at the very first call
local known = P .. 'promises'
local _, business = clock()
local bad = wrong({ known, 'string', DUE, 'zset' })
if bad then return bad end

local before = redis.call('GET', known)
if before == ARGV[1] then return 0 end
redis.call('SET', known, ARGV[1])
if not before then return 0 end
local waiting = redis.call('ZRANGEBYSCORE', DUE, string.format('(%d', business), '+inf')
for _, id in ipairs(waiting) do redis.call('ZADD', DUE, string.format('%d', business), id) end
return #waiting
