-- Notices that waited for the portal go on their way, the oldest first, each in one step.
-- ARGV  1 most in one call
-- Reply how many went
local held = P .. 'notices:held'
local bad = wrong({ held, 'list', NOTICES, 'stream' })
if bad then return bad end
local notices = redis.call('LRANGE', held, 0, tonumber(ARGV[1]) - 1)
for _, notice in ipairs(notices) do redis.call('XADD', NOTICES, '*', 'n', notice) end
redis.call('LTRIM', held, #notices, -1)
return #notices
