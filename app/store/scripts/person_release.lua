-- The end of a turn of register for one person.
-- ARGV  1 person  2 stream  3 group  4 entry  5 ms until the next try, or '' (at once, if anything is left)
--       6 queue: 1 (what is left at once goes to the stream's end, with others of a full group) | 0
-- Reply done (nothing is left) | more (the entry lives on) | queued | later | stale
local id, key = ARGV[1], person_key(ARGV[1])
local machine = clock()
local bad = wrong({ key, 'hash', dirty_key(id), 'set', LATER, 'zset', ARGV[2], 'stream' })
if bad then return bad end
if or_empty(redis.call('HGET', key, 'entry')) ~= ARGV[4] then return 'stale' end
if redis.call('EXISTS', dirty_key(id)) == 0 then
  finish(ARGV[2], ARGV[3], ARGV[4])
  redis.call('HSET', key, 'entry', '')
  return 'done'
end
if ARGV[5] == '' and ARGV[6] ~= '1' then return 'more' end
finish(ARGV[2], ARGV[3], ARGV[4])
if ARGV[5] == '' then
  redis.call('HSET', key, 'entry', redis.call('XADD', ARGV[2], '*', 'p', id))
  return 'queued'
end
redis.call('HSET', key, 'entry', 'later')
redis.call('ZADD', LATER, machine + tonumber(ARGV[5]), (ARGV[2] == REGISTER_HOT and 'hot ' or 'cold ') .. id)
return 'later'
