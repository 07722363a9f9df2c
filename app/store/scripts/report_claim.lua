-- A report on its way to one receiver: waits -> claimed -> leaving -> sent, refused or unknown; once, whoever dies.
-- Who is to have it is settled by the first claim: a chat that is bound later hears the next one.
-- A claim whose holder died is anyone's. A call that its holder died in is never made again, but for a receiver that
-- shows the second in the place of the first.
-- ARGV  1 report  2 receiver  3 claimer's word  4 lease ms  5 kept ms  6 1: a second one takes the first one's place
--       7 1: in the place of receivers whom it cannot reach  8… all receivers
-- Reply 1 (it is ours now) | 0
local key = P .. 'report:' .. ARGV[1]
local bad = wrong({ key, 'hash' })
if bad then return bad end
local machine = clock()
if redis.call('EXISTS', key) == 0 then
  for i = 8, #ARGV do redis.call('HSET', key, ARGV[i], 'waits') end
  redis.call('PEXPIRE', key, ARGV[5])
end
if ARGV[7] == '1' then redis.call('HSETNX', key, ARGV[2], 'waits') end
local state, _, ends = string.match(or_empty(redis.call('HGET', key, ARGV[2])), '^(%S+) ?(%S*) ?(%d*)$')
if ends and ends ~= '' and tonumber(ends) > machine then return 0 end
if state == 'leaving' and ARGV[6] ~= '1' then
  redis.call('HSET', key, ARGV[2], 'unknown')
  return 0
end
if state ~= 'waits' and state ~= 'claimed' and state ~= 'leaving' then return 0 end
redis.call('HSET', key, ARGV[2], 'claimed ' .. ARGV[3] .. ' ' .. string.format('%d', machine + ARGV[4]))
return 1
