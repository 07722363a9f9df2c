-- Everything of a person that the portal may not have yet. The turn that this reading begins ends every earlier one.
-- ARGV  1 person  2 most dialogue lines of one card
-- Reply {turn, machine ms, contact (json) or '', [conversation, revision, card, written, attempted (json), [lines]]...}
local id = ARGV[1]
local bad = wrong({ person_key(id), 'hash', dirty_key(id), 'set' })
if bad then return bad end
local machine = clock()
local reply = { string.format('%d', machine), or_empty(redis.call('HGET', person_key(id), 'contact')) }
for _, conversation in ipairs(redis.call('SMEMBERS', dirty_key(id))) do
  local bad_card = wrong({ card_key(conversation), 'hash', lines_key(conversation), 'list' })
  if bad_card then return bad_card end
  local card = redis.call('HMGET', card_key(conversation), 'revision', 'card', 'written', 'attempted')
  reply[#reply + 1] = { conversation, or_empty(card[1]), or_empty(card[2]), or_empty(card[3]), or_empty(card[4]),
    redis.call('LRANGE', lines_key(conversation), 0, tonumber(ARGV[2]) - 1) }
end
table.insert(reply, 1, string.format('%d', redis.call('HINCRBY', person_key(id), 'turn', 1)))
return reply
