-- A day of the journal is dropped, and what stays of it is kept, in one step: a death before it leaves the day whole.
-- ARGV  1 UTC day  2.. pairs: local day, its figures (json)
-- Reply 1 | 0 (another worker was first)
-- Laws  a day's figures are written once; a wrong type anywhere changes nothing
local key = P .. 'journal:' .. ARGV[1]
local bad = wrong({ key, 'stream', TOTALS, 'hash' })
if bad then return bad end
if redis.call('EXISTS', key) == 0 then return 0 end
for i = 2, #ARGV, 2 do redis.call('HSETNX', TOTALS, ARGV[i], ARGV[i + 1]) end
return redis.call('UNLINK', key)
