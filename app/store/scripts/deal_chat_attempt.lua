-- Written before a deal's chat is made: for which deal and when (machine time), so that an ambiguous end is looked up.
-- ARGV  1 conversation  2 entry  3 chat as it was read (json) or ''  4 chat with what is attempted (json)
-- Reply 1 | 0 (another worker has this conversation: nothing may be sent)
local key, chat = conversation_key(ARGV[1]), deal_chat_key(ARGV[1])
local bad = wrong({ key, 'hash', chat, 'hash' })
if bad then return bad end
if or_empty(redis.call('HGET', key, 'dealchat')) ~= ARGV[2] then return 0 end
if or_empty(redis.call('HGET', chat, 'chat')) ~= ARGV[3] then return 0 end
redis.call('HSET', chat, 'chat', ARGV[4])
return 1
