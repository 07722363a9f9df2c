-- Everything below the offset is in its mailbox: it is confirmed by the next asking.
-- ARGV  1 offset
-- Reply 1 | 0 (another process is further already)
local bad = wrong({ BOT, 'hash' })
if bad then return bad end
if tonumber(redis.call('HGET', BOT, 'offset') or '0') >= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', BOT, 'offset', ARGV[1])
return 1
