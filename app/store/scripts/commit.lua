-- The one writer of a conversation. On the version that was read it saves everything a turn decided and removes
-- exactly the mails that were read; on another version it changes nothing: that is the fence.
-- ARGV  1 conversation  2 group  3 entry  4 version read  5 mails read  6 state, or '' (it stays, and its wake)  7 person  8 wake (business ms) or ''
--       9 owner to set, or ''  10 epoch it was read at  11 card or ''  12 hot: 1 | 0  13 dead letter or ''
--       14 outbox items  15 lines  16 facts (pairs)  17 figures (pairs)  18 notices  19 commands of bookings
--       20 place on the waiting list (json) or ''  21 messenger that the outbox items leave through, or '' (its own),
--       then items to commands, in this order
-- Reply done (the mailbox is empty, the entry is finished) | more | stale
local id = ARGV[1]
local way = ARGV[21] ~= '' and ARGV[21] or id
local key, mailbox, outbox, card, lines = conversation_key(id), mailbox_key(id), outbox_key(way), card_key(id), lines_key(id)
local person = ARGV[7]
local _, business = clock()
local bad = wrong({ key, 'hash', mailbox, 'list', outbox, 'list', card, 'hash', lines, 'list', person_key(person), 'hash',
  dirty_key(person), 'set', held_key(person), 'set', talk_key(id), 'list', TALK, 'stream', TALKING, 'string', deal_lines_key(id), 'list', DEAL_CHATS, 'stream',
  ANSWER, 'stream', SEND, 'stream', REGISTER, 'stream', REGISTER_HOT, 'stream', DUE, 'zset',
  NOTICES, 'stream', BOOK, 'stream', WAITING, 'hash', DEAD, 'stream', FIGURES, 'hash', journal_key(business), 'stream' }) or wrong_ways(ways_of(id))
if bad then return bad end

local found = redis.call('HMGET', key, 'version', 'entry', 'epoch')
if or_empty(found[1]) ~= ARGV[4] or or_empty(found[2]) ~= ARGV[3] then return 'stale' end

redis.call('HINCRBY', key, 'version', 1)
if ARGV[6] ~= '' then
  redis.call('HSET', key, 'state', ARGV[6], 'person', person, 'way', ARGV[21])
  redis.call('SADD', held_key(person), id)
  if ARGV[8] == '' then redis.call('ZREM', DUE, id) else redis.call('ZADD', DUE, ARGV[8], id) end
  if ARGV[20] == '' then redis.call('HDEL', WAITING, id) else redis.call('HSET', WAITING, id, ARGV[20]) end
end
if ARGV[9] ~= '' and or_empty(found[3]) == ARGV[10] then redis.call('HSET', key, 'owner', ARGV[9]) end

local at = 22
local function take(count, each)
  for i = at, at + count - 1 do each(ARGV[i]) end
  at = at + count
end
take(tonumber(ARGV[14]), function(item) redis.call('RPUSH', outbox, item) end)
local talks = ARGV[15] ~= '0' and redis.call('EXISTS', TALKING) == 1
take(tonumber(ARGV[15]), function(line)
  redis.call('RPUSH', lines, line)
  local told = cjson.decode(line)
  if talks and not told.moved then
    local talk = told.way or id
    redis.call('RPUSH', talk_key(talk), line)
    wake(TALK, 'talk', talk)
  elseif told.chat then
    redis.call('RPUSH', deal_lines_key(id), line)
    wake(DEAL_CHATS, 'dealchat', id)
  end
end)
for _ = 1, tonumber(ARGV[16]) do
  journal(business, ARGV[at], id, ARGV[at + 1])
  at = at + 2
end
for _ = 1, tonumber(ARGV[17]) do
  redis.call('HINCRBYFLOAT', FIGURES, ARGV[at], ARGV[at + 1])
  at = at + 2
end
take(tonumber(ARGV[18]), function(notice) redis.call('XADD', NOTICES, '*', 'n', notice) end)
take(tonumber(ARGV[19]), function(command) redis.call('XADD', BOOK, '*', 'b', command) end)
if ARGV[13] ~= '' then redis.call('XADD', DEAD, '*', 'conversation', id, 'letter', ARGV[13]) end
if ARGV[14] ~= '0' then wake(SEND, 'send', way) end
if ARGV[11] ~= '' or ARGV[15] ~= '0' then
  if ARGV[11] ~= '' then redis.call('HSET', card, 'card', ARGV[11]) end
  redis.call('HINCRBY', card, 'revision', 1)
  redis.call('SADD', dirty_key(person), id)
  wake_person(person, ARGV[12] == '1')
end

redis.call('LTRIM', mailbox, tonumber(ARGV[5]), -1)
if redis.call('EXISTS', mailbox) == 1 then return 'more' end
finish(ANSWER, ARGV[2], ARGV[3])
redis.call('HSET', key, 'entry', '')
return 'done'
