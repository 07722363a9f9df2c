-- What is due (business time) becomes a tick in its mailbox; what waited for a retry (machine time) is on its stream again;
-- a freed time whose hour has come (business time) is offered.
-- ARGV  1 most conversations in one call
-- Reply {ticks, retries}: how many were moved
-- Laws  the cost does not grow with what is open; a conversation is moved whole or not at all
local machine, business = clock()
local most = tonumber(ARGV[1])
local bad = wrong({ DUE, 'zset', LATER, 'zset', ANSWER, 'stream', SEND, 'stream', REGISTER, 'stream', REGISTER_HOT, 'stream', DEAL_CHATS, 'stream', BOOK, 'stream', FREED, 'zset', FIGURES, 'hash' })
if bad then return bad end

local ticks, retries = 0, 0
local due = redis.call('ZRANGEBYSCORE', DUE, '-inf', business, 'WITHSCORES', 'LIMIT', 0, most)
for i = 1, #due, 2 do
  local id = due[i]
  if wrong({ conversation_key(id), 'hash', mailbox_key(id), 'list' }) then
    redis.call('HINCRBYFLOAT', FIGURES, 'otklik_broken_keys_total{script="due"}', 1)
  else
    redis.call('RPUSH', mailbox_key(id), string.format('%d %d ', machine, business) .. '{"type":"tick","due_ms":' .. string.format('%d', due[i + 1]) .. '}')
    wake(ANSWER, 'entry', id)
    ticks = ticks + 1
  end
  redis.call('ZREM', DUE, id)
end
for _, command in ipairs(redis.call('ZRANGEBYSCORE', FREED, '-inf', business, 'LIMIT', 0, most)) do
  redis.call('ZREM', FREED, command)
  redis.call('XADD', BOOK, '*', 'b', command)
end
for _, member in ipairs(redis.call('ZRANGEBYSCORE', LATER, '-inf', machine, 'LIMIT', 0, most)) do
  local what, id = string.match(member, '^(%S+) (.*)$')
  redis.call('ZREM', LATER, member)
  if what == 'book' then
    redis.call('XADD', BOOK, '*', 'b', id)
  elseif wrong({ conversation_key(id), 'hash', person_key(id), 'hash' }) then
    redis.call('HINCRBYFLOAT', FIGURES, 'otklik_broken_keys_total{script="due"}', 1)
  elseif what == 'dealchat' then
    redis.call('HSET', conversation_key(id), 'dealchat', '')
    wake(DEAL_CHATS, 'dealchat', id)
  elseif what == 'send' then
    redis.call('HSET', conversation_key(id), 'send', '')
    wake(SEND, 'send', id)
  else
    redis.call('HSET', person_key(id), 'entry', '')
    wake_person(id, what == 'hot')
  end
  retries = retries + 1
end
return { ticks, retries }
