-- Whose turn it is to ask for the bot's events, and from where. One process asks at a time, unless it is slow.
-- ARGV  1 ms between two askings while a customer waits for a person  2 ms otherwise  3 ms after which a wait counts no more
-- Reply {ask, offset, machine ms} | {wait}
local bad = wrong({ BOT, 'hash', AWAITING, 'zset' })
if bad then return bad end
local machine = clock()
redis.call('ZREMRANGEBYSCORE', AWAITING, '-inf', machine - tonumber(ARGV[3]))
local period = tonumber(redis.call('ZCARD', AWAITING) > 0 and ARGV[1] or ARGV[2])
local bot = redis.call('HMGET', BOT, 'asked', 'offset')
if machine - tonumber(bot[1] or '0') < period then return { 'wait' } end
redis.call('HSET', BOT, 'asked', string.format('%d', machine))
return { 'ask', or_empty(bot[2]), string.format('%d', machine) }
