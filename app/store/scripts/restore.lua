-- A conversation comes back from its card. One that lives is left alone. The only script that may run before birth.
-- ARGV  1 conversation  2 state (json)  3 owner  4 person  5 card (json)  6 what the portal holds of it (json)
--       7 contact (json)  8 proven phone or ''  9 open: 1 (it is looked at once, at once) | 0
--       10 place on the waiting list (json) or ''  11 its messenger that the customer wrote in last, or ''
--       12.. conversations that were joined to it
-- Reply 1 (restored) | 0 (it lives)
local id, person = ARGV[1], ARGV[4]
local key, card = conversation_key(id), card_key(id)
local phone = P .. 'phone:' .. ARGV[8]
local bad = wrong({ key, 'hash', card, 'hash', person_key(person), 'hash', held_key(person), 'set', phone, 'string', DUE, 'zset', WAITING, 'hash' })
if bad then return bad end
if redis.call('HEXISTS', key, 'state') == 1 or redis.call('HEXISTS', key, 'host') == 1 then return 0 end
local _, business = clock()
redis.call('HSET', key, 'version', '1', 'state', ARGV[2], 'owner', ARGV[3], 'person', person)
redis.call('SADD', held_key(person), id)
redis.call('HSET', key, 'way', ARGV[11])
local guests = {}
for i = 12, #ARGV do
  local guest = conversation_key(ARGV[i])
  bad = wrong({ guest, 'hash' })
  if bad then return bad end
end
for i = 12, #ARGV do
  local guest = conversation_key(ARGV[i])
  if redis.call('HEXISTS', guest, 'state') == 0 then -- else it lives a life of its own, until it is joined anew
    redis.call('HSET', guest, 'host', id)
    guests[#guests + 1] = ARGV[i]
  end
end
redis.call('HSET', key, 'guests', table.concat(guests, ' '))
redis.call('HSETNX', card, 'card', ARGV[5])
redis.call('HSETNX', card, 'written', ARGV[6])
redis.call('HSETNX', person_key(person), 'contact', ARGV[7])
if ARGV[8] ~= '' then redis.call('SET', phone, person, 'NX') end
if ARGV[10] ~= '' then redis.call('HSET', WAITING, id, ARGV[10]) end
if ARGV[9] == '1' then redis.call('ZADD', DUE, business, id) end
return 1
