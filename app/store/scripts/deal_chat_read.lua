-- What the deal's chat has not got yet, and what is needed to show it. Nothing is taken out.
-- ARGV  1 conversation  2 most lines
-- Reply {chat (json), card (json), written (json), [lines]}
local id = ARGV[1]
local bad = wrong({ deal_chat_key(id), 'hash', deal_lines_key(id), 'list', card_key(id), 'hash' })
if bad then return bad end
local card = redis.call('HMGET', card_key(id), 'card', 'written')
return { or_empty(redis.call('HGET', deal_chat_key(id), 'chat')), or_empty(card[1]), or_empty(card[2]),
  redis.call('LRANGE', deal_lines_key(id), 0, tonumber(ARGV[2]) - 1) }
