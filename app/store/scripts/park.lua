-- An entry that raises whenever it runs leaves its stream for a dead letter, so that nobody has to wait beside it.
-- What it was about stays where it lies: the next event of its conversation or person is an entry of its own.
-- ARGV  1 stream  2 group  3 consumer  4 entry  5 conversation or person, or what the entry itself says
--       6 conversation of the letter, or ''  7 letter (json)
-- Reply 1 | 0 (it is another's, or gone: nothing was done)
local stream, id = ARGV[1], ARGV[5]
local key, field = lock_of(stream, id)
local bad = wrong({ stream, 'stream', DEAD, 'stream' }) or (key and wrong({ key, 'hash' }))
if bad then return bad end
local pending = redis.call('XPENDING', stream, ARGV[2], ARGV[4], ARGV[4], 1)
if not pending[1] or pending[1][2] ~= ARGV[3] then return 0 end
redis.call('XADD', DEAD, '*', 'conversation', ARGV[6], 'letter', ARGV[7])
if key and redis.call('HGET', key, field) == ARGV[4] then redis.call('HSET', key, field, '') end
finish(stream, ARGV[2], ARGV[4])
return 1
