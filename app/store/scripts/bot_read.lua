-- Everything below the offset is in its mailbox: it is confirmed by the next asking.
-- ARGV  1 offset  2 machine ms of an asking after which nothing was left to read, or 0
-- Reply 1 | 0 (another process is further already)
local bad = wrong({ BOT, 'hash' })
if bad then return bad end
local bot = redis.call('HMGET', BOT, 'offset', 'told')
if tonumber(bot[2] or '0') < tonumber(ARGV[2]) then redis.call('HSET', BOT, 'told', ARGV[2]) end
if tonumber(bot[1] or '0') >= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', BOT, 'offset', ARGV[1])
return 1
