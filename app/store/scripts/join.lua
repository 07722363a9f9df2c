-- Two conversations of one person become one: the guest's mailbox, messengers and state go on in the host, in one step.
-- Outboxes, what was sent, the chats in the portal and the card stay with their messenger.
-- ARGV  1 host  2 guest  3 guest's version as it was read, or ''  4 group  5 mail for the host (json), or '' (nothing to tell)
--       6 card: leave | drop (nobody has begun it: its lines are in the mail) | last (7 and 8 are its last state and line)
--       7 card (json) or ''  8 line (json) or ''  9 revision of the card as it was read
-- Reply joined | changed (one of them is not as it was read: nothing was done)
-- Laws  whoever holds the guest's entry finds another version and changes nothing: that is the fence
--       a text of the bot's that could leave before can leave after, unless a person owns either conversation
local host, guest = ARGV[1], ARGV[2]
local h, g = conversation_key(host), conversation_key(guest)
local card, lines = card_key(guest), lines_key(guest)
local machine, business = clock()
local bad = wrong({ h, 'hash', g, 'hash', mailbox_key(host), 'list', mailbox_key(guest), 'list', outbox_key(host), 'list', card, 'hash',
  lines, 'list', ANSWER, 'stream', DUE, 'zset', WAITING, 'hash', AWAITING, 'zset', FIGURES, 'hash', REGISTER, 'stream', REGISTER_HOT, 'stream' })
if bad then return bad end
local c = redis.call('HMGET', g, 'version', 'host', 'entry', 'owner', 'epoch', 'person')
local into = redis.call('HMGET', h, 'host', 'owner', 'epoch', 'guests', 'version')
if host == guest or or_empty(c[2]) ~= '' or or_empty(into[1]) ~= '' or or_empty(into[5]) == '' then return 'changed' end
if or_empty(c[1]) ~= ARGV[3] or or_empty(redis.call('HGET', card, 'revision')) ~= ARGV[9] then return 'changed' end
local person, ways = or_empty(c[6]), ways_of(guest)
bad = wrong({ person_key(person), 'hash', dirty_key(person), 'set', held_key(person), 'set' })
if bad then return bad end
bad = wrong_ways(ways) or wrong_ways(ways_of(host))
if bad then return bad end
if ARGV[6] == 'drop' then
  local begun = redis.call('HMGET', card, 'written', 'attempted')
  local written = or_empty(begun[1]) ~= '' and cjson.decode(begun[1]) or {}
  if or_empty(begun[2]) ~= '' or written.deal or written.lead then return 'changed' end
end

local hosts_epoch, guests_epoch = into[3] or '0', c[5] or '0'
for _, way in ipairs(ways) do
  local flight, outbox = or_empty(redis.call('HGET', conversation_key(way), 'flight')), outbox_key(way)
  for place, item in ipairs(redis.call('LRANGE', outbox, 0, -1)) do
    local kind, epoch, rest = string.match(item, '^(%S+) (%S+) (.*)$')
    if OWN[kind] then
      local valid = epoch == guests_epoch and or_empty(c[4]) ~= 'person' and into[2] ~= 'person'
      redis.call('LSET', outbox, place - 1, kind .. ' ' .. (valid and hosts_epoch or '-') .. ' ' .. rest)
    end
  end
  redis.call('HSET', conversation_key(way), 'host', host)
end
redis.call('HSET', h, 'guests', (or_empty(into[4]) .. ' ' .. table.concat(ways, ' ')))
if or_empty(c[4]) == 'person' and into[2] ~= 'person' then
  take_over(host)
elseif or_empty(into[2]) == '' and or_empty(c[4]) ~= '' then
  redis.call('HSET', h, 'owner', c[4])
end

if ARGV[5] ~= '' then redis.call('RPUSH', mailbox_key(host), string.format('%d %d ', machine, business) .. ARGV[5]) end
for _, mail in ipairs(redis.call('LRANGE', mailbox_key(guest), 0, -1)) do redis.call('RPUSH', mailbox_key(host), mail) end
redis.call('DEL', mailbox_key(guest))
if or_empty(c[3]) ~= '' then finish(ANSWER, ARGV[4], c[3]) end
redis.call('HDEL', g, 'version', 'state', 'entry', 'owner', 'epoch', 'person', 'way', 'guests')
redis.call('ZREM', DUE, guest)
redis.call('HDEL', WAITING, guest)
redis.call('ZREM', AWAITING, guest)
redis.call('SREM', held_key(person), guest)
if redis.call('EXISTS', mailbox_key(host)) == 1 then wake(ANSWER, 'entry', host) end

if ARGV[6] == 'drop' then
  redis.call('HINCRBY', person_key(person), 'turn', 1) -- whoever is about to create it is overtaken
  redis.call('DEL', card, lines)
  redis.call('SREM', dirty_key(person), guest)
elseif ARGV[6] == 'last' then
  redis.call('HSET', card, 'card', ARGV[7])
  redis.call('HINCRBY', card, 'revision', 1)
  redis.call('RPUSH', lines, ARGV[8])
  redis.call('SADD', dirty_key(person), guest)
  wake_person(person, false)
end
return 'joined'
