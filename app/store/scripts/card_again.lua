-- A card that differs from the portal though nobody works on it is put on its way again.
-- ARGV  1 conversation  2 person  3 written as it was compared (json)  4 written from now on (json)
-- Reply 1 (on its way) | 0 (somebody works on it, or it has changed: nothing was done)
local id, person = ARGV[1], ARGV[2]
local card, dirty = card_key(id), dirty_key(person)
local bad = wrong({ card, 'hash', person_key(person), 'hash', dirty, 'set', REGISTER, 'stream' })
if bad then return bad end
if redis.call('SISMEMBER', dirty, id) == 1 or or_empty(redis.call('HGET', person_key(person), 'entry')) ~= '' then return 0 end
if redis.call('HEXISTS', card, 'card') == 0 or or_empty(redis.call('HGET', card, 'written')) ~= ARGV[3] then return 0 end
redis.call('HSET', card, 'written', ARGV[4])
redis.call('HINCRBY', card, 'revision', 1)
redis.call('SADD', dirty, id)
wake_person(person, false)
return 1
