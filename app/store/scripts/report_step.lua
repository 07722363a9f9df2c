-- The next step of a report that we hold; one that is another's by now stays as it is.
-- ARGV  1 report  2 receiver  3 holder's word  4 leaving | waits | or how it ended  5 lease ms of a call that begins
-- Reply 1 | 0
local key = P .. 'report:' .. ARGV[1]
local bad = wrong({ key, 'hash' })
if bad then return bad end
local machine = clock()
local word = string.match(or_empty(redis.call('HGET', key, ARGV[2])), '^%S+ (%S+)')
if word ~= ARGV[3] then return 0 end
local lease = ARGV[4] == 'leaving' and string.format(' %s %d', word, machine + ARGV[5]) or ''
redis.call('HSET', key, ARGV[2], ARGV[4] .. lease)
return 1
