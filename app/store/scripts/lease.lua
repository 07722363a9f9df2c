-- Renew the lease of an entry, or give it back, but only if it is still ours. The lease is the entry's idle time.
-- ARGV  1 stream  2 group  3 consumer  4 entry  5 idle ms to set (0: renew; the lease's length: anyone may claim it now)
--       6 tries to count, or '' (as many as it has)
-- Reply 1 | 0 (it is another's, or gone)
local bad = wrong({ ARGV[1], 'stream' })
if bad then return bad end
local pending = redis.call('XPENDING', ARGV[1], ARGV[2], ARGV[4], ARGV[4], 1)
if not pending[1] or pending[1][2] ~= ARGV[3] then return 0 end
local claim = { 'XCLAIM', ARGV[1], ARGV[2], ARGV[3], 0, ARGV[4], 'IDLE', ARGV[5] }
if or_empty(ARGV[6]) ~= '' then claim[#claim + 1], claim[#claim + 2] = 'RETRYCOUNT', ARGV[6] end
claim[#claim + 1] = 'JUSTID'
redis.call(unpack(claim))
return 1
