-- A parked card is put on its way again: its failure is forgotten, its person has work again, its letter is gone.
-- ARGV  1 letter  2 conversation  3 person  4 written as it was read (json)  5 written without the failure (json)
-- Reply {replayed | gone (no such letter or card) | changed (written is another by now: nothing was done), written}
-- Laws  a letter is replayed once; a wrong type anywhere changes nothing
local letter, id, person = ARGV[1], ARGV[2], ARGV[3]
local card = card_key(id)
local bad = wrong({ DEAD, 'stream', card, 'hash', person_key(person), 'hash', dirty_key(person), 'set', REGISTER, 'stream' })
if bad then return bad end

local written = or_empty(redis.call('HGET', card, 'written'))
if #redis.call('XRANGE', DEAD, letter, letter) == 0 or redis.call('HEXISTS', card, 'card') == 0 then
  return { 'gone', written }
end
if written ~= ARGV[4] then return { 'changed', written } end
redis.call('HSET', card, 'written', ARGV[5])
redis.call('HINCRBY', card, 'revision', 1)
redis.call('SADD', dirty_key(person), id)
wake_person(person, false)
redis.call('XDEL', DEAD, letter)
return { 'replayed', ARGV[5] }
