-- The end of one turn of the deal's chat: the lines that it shows now go, the rest waits or is shown at once.
-- ARGV  1 conversation  2 group  3 entry  4 lines shown  5 chat as it was read or attempted (json) or ''  6 chat (json)
--       7 id of the chat, or ''  8 seconds that is remembered  9 ms until the next try, or ''
--       10 a customer waits for a person: 1 | 0
-- Reply done | more (the entry lives on) | later | stale
-- Laws  the entry is the lock: who lost it, or finds another chat than the one that it read, changes nothing
local id, key, lines = ARGV[1], conversation_key(ARGV[1]), deal_lines_key(ARGV[1])
local chat = P .. 'dealchat:' .. ARGV[7]
local machine = clock()
local bad = wrong({ key, 'hash', deal_chat_key(id), 'hash', lines, 'list', chat, 'string', DEAL_CHATS, 'stream', LATER, 'zset', AWAITING, 'zset' })
if bad then return bad end
if or_empty(redis.call('HGET', key, 'dealchat')) ~= ARGV[3] then return 'stale' end
if or_empty(redis.call('HGET', deal_chat_key(id), 'chat')) ~= ARGV[5] then return 'stale' end
redis.call('LTRIM', lines, tonumber(ARGV[4]), -1)
redis.call('HSET', deal_chat_key(id), 'chat', ARGV[6])
if ARGV[7] ~= '' then redis.call('SET', chat, id, 'EX', ARGV[8]) end
if ARGV[10] == '1' then redis.call('ZADD', AWAITING, machine, id) else redis.call('ZREM', AWAITING, id) end
if ARGV[9] ~= '' then
  finish(DEAL_CHATS, ARGV[2], ARGV[3])
  redis.call('HSET', key, 'dealchat', 'later')
  redis.call('ZADD', LATER, machine + tonumber(ARGV[9]), 'dealchat ' .. id)
  return 'later'
end
if redis.call('EXISTS', lines) == 1 then return 'more' end
finish(DEAL_CHATS, ARGV[2], ARGV[3])
redis.call('HSET', key, 'dealchat', '')
return 'done'
