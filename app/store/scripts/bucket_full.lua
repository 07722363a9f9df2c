-- The portal refused a call because its bucket is full: ours is filled, so that all processes wait.
-- ARGV  1 portal  2 level above which it blocks
-- Reply 1
local key = P .. 'pace:portal:' .. ARGV[1]
local bad = wrong({ key, 'hash' })
if bad then return bad end
redis.call('HSET', key, 'level', ARGV[2], 'at', string.format('%d', (clock())))
redis.call('PEXPIRE', key, 120000)
return 1
