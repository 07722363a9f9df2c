-- Lines of a dialogue stand in the open line's chat: they leave the queue, and the entry with the last of them.
-- ARGV  1 conversation  2 group  3 entry  4 lines that were taken over
-- Reply done | more | stale
local id = ARGV[1]
local key, queue = conversation_key(id), talk_key(id)
local bad = wrong({ key, 'hash', queue, 'list', TALK, 'stream' })
if bad then return bad end
if or_empty(redis.call('HGET', key, 'talk')) ~= ARGV[3] then return 'stale' end
redis.call('LTRIM', queue, tonumber(ARGV[4]), -1)
if redis.call('EXISTS', queue) == 1 then return 'more' end
finish(TALK, ARGV[2], ARGV[3])
redis.call('HSET', key, 'talk', '')
return 'done'
