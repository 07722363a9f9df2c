-- A person is forgotten: their conversations, their work under way and their place in every queue, in one step.
-- Whoever holds one of the entries finds another version or turn and changes nothing: that is the fence.
-- ARGV  1 person  2 group  3.. conversations
-- Reply how many keys are gone
local person, group, gone = ARGV[1], ARGV[2], 0
local p = person_key(person)
local bad = wrong({ p, 'hash', dirty_key(person), 'set', held_key(person), 'set', ANSWER, 'stream', SEND, 'stream', REGISTER, 'stream',
  REGISTER_HOT, 'stream', DUE, 'zset', LATER, 'zset', STAFF, 'hash', WAITING, 'hash' })
if bad then return bad end
local each = { conversation_key, mailbox_key, outbox_key, written_key, card_key, lines_key }
for i = 3, #ARGV do
  local id = ARGV[i]
  bad = wrong({ conversation_key(id), 'hash', mailbox_key(id), 'list', outbox_key(id), 'list', written_key(id), 'hash',
    card_key(id), 'hash', lines_key(id), 'list' })
  if bad then return bad end
end
for i = 3, #ARGV do
  local id = ARGV[i]
  local c = redis.call('HMGET', conversation_key(id), 'entry', 'send')
  if or_empty(c[1]) ~= '' then finish(ANSWER, group, c[1]) end
  if or_empty(c[2]) ~= '' and c[2] ~= 'later' then finish(SEND, group, c[2]) end
  redis.call('ZREM', DUE, id)
  redis.call('ZREM', LATER, 'send ' .. id)
  redis.call('HDEL', STAFF, id)
  redis.call('HDEL', WAITING, id)
  for _, key in ipairs(each) do gone = gone + redis.call('DEL', key(id)) end
end
local entry = or_empty(redis.call('HGET', p, 'entry'))
if entry ~= '' and entry ~= 'later' then
  finish(REGISTER, group, entry)
  finish(REGISTER_HOT, group, entry)
end
redis.call('ZREM', LATER, 'hot ' .. person, 'cold ' .. person)
return gone + redis.call('DEL', p, dirty_key(person), held_key(person))
