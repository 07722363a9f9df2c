-- One more in each of several fixed windows, if all of them have room; otherwise in none.
-- ARGV  window, most, seconds; window, most, seconds; ...
-- Reply 0 (counted) | ms until the last full window ends
local typed = {}
for i = 1, #ARGV, 3 do
  typed[#typed + 1] = P .. 'rate:' .. ARGV[i]
  typed[#typed + 1] = 'string'
end
local bad = wrong(typed)
if bad then return bad end
local wait = 0
for i = 1, #ARGV, 3 do
  local key = P .. 'rate:' .. ARGV[i]
  if tonumber(redis.call('GET', key) or '0') >= tonumber(ARGV[i + 1]) then
    wait = math.max(wait, redis.call('PTTL', key), 1)
  end
end
if wait > 0 then return wait end
for i = 1, #ARGV, 3 do
  local key = P .. 'rate:' .. ARGV[i]
  if redis.call('INCR', key) == 1 then redis.call('EXPIRE', key, ARGV[i + 2]) end
end
return 0
