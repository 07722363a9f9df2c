-- One more line for the open line's chat only: what its operators must hear and the card need not.
-- ARGV  1 conversation  2 line (json)
-- Reply 1 | 0 (no open line is connected)
local id = ARGV[1]
local bad = wrong({ conversation_key(id), 'hash', talk_key(id), 'list', TALK, 'stream', TALKING, 'string' })
if bad then return bad end
if redis.call('EXISTS', TALKING) == 0 then return 0 end
redis.call('RPUSH', talk_key(id), ARGV[2])
wake(TALK, 'talk', id)
return 1
