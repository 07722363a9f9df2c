-- A conversation comes back from its card. One that lives is left alone. The only script that may run before birth.
-- ARGV  1 conversation  2 state (json)  3 owner  4 person  5 card (json)  6 what the portal holds of it (json)
--       7 contact (json)  8 proven phone or ''  9 open: 1 (it is looked at once, at once) | 0
--       10 place on the waiting list (json) or ''
-- Reply 1 (restored) | 0 (it lives)
local id, person = ARGV[1], ARGV[4]
local key, card = conversation_key(id), card_key(id)
local phone = P .. 'phone:' .. ARGV[8]
local bad = wrong({ key, 'hash', card, 'hash', person_key(person), 'hash', held_key(person), 'set', phone, 'string', DUE, 'zset', WAITING, 'hash' })
if bad then return bad end
if redis.call('HEXISTS', key, 'state') == 1 then return 0 end
local _, business = clock()
redis.call('HSET', key, 'version', '1', 'state', ARGV[2], 'owner', ARGV[3], 'person', person)
redis.call('SADD', held_key(person), id)
redis.call('HSETNX', card, 'card', ARGV[5])
redis.call('HSETNX', card, 'written', ARGV[6])
redis.call('HSETNX', person_key(person), 'contact', ARGV[7])
if ARGV[8] ~= '' then redis.call('SET', phone, person, 'NX') end
if ARGV[10] ~= '' then redis.call('HSET', WAITING, id, ARGV[10]) end
if ARGV[9] == '1' then redis.call('ZADD', DUE, business, id) end
return 1
