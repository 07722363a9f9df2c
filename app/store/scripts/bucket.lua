-- The portal's leaky bucket, one for all processes. A place is taken, or the wait is told.
-- ARGV  1 portal  2 drain a second  3 level above which it blocks  4 tokens this priority must leave  5 take it: 1 | 0 (only look)
-- Reply 0 (taken, or there is room) | ms to wait
local key = P .. 'pace:portal:' .. ARGV[1]
local bad = wrong({ key, 'hash' })
if bad then return bad end
local machine = clock()
local drain, most = tonumber(ARGV[2]), tonumber(ARGV[3]) - tonumber(ARGV[4])
local bucket = redis.call('HMGET', key, 'level', 'at')
local level = math.max(0, tonumber(bucket[1] or '0') - (machine - tonumber(bucket[2] or machine)) / 1000 * drain)
if level + 1 > most then return math.max(1, math.ceil((level + 1 - most) / drain * 1000)) end
if ARGV[5] == '0' then return 0 end
redis.call('HSET', key, 'level', string.format('%.6f', level + 1), 'at', string.format('%d', machine))
redis.call('PEXPIRE', key, 120000)
return 0
