-- The portal told that something changed: it is marked dirty, and read again by whoever takes the entry.
-- ARGV  1 what and its id, such as deal:7001
-- Reply 1 | 0 (it is marked already: one reading is enough; or it is the echo of a change of ours)
local echo = P .. 'echo:' .. ARGV[1]
local bad = wrong({ HINTED, 'set', HINTS, 'stream', ECHOED, 'set', echo, 'string' })
if bad then return bad end
if redis.call('DEL', echo) == 1 then
  redis.call('SADD', ECHOED, ARGV[1]) -- a person's change beside ours looks the same: read soon, with others
  return 0
end
if redis.call('SADD', HINTED, ARGV[1]) == 0 then return 0 end
redis.call('XADD', HINTS, '*', 'h', ARGV[1])
return 1
