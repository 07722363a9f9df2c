-- Which person writes: the one of the conversation, of a proven phone, or a new one. A phone that somebody else proved
-- before joins the conversation to them: what of its card is under way becomes the elder's, and whoever registers the
-- younger at this moment is overtaken.
-- ARGV  1 conversation  2 person to make if nobody is known  3 proven phone (E.164) or ''
-- Reply person id
-- Laws  a phone once proven stays its first person's; a card is in the hands of one person at a time
local id, key = ARGV[1], conversation_key(ARGV[1])
local phone = P .. 'phone:' .. ARGV[3]
local bad = wrong({ key, 'hash', phone, 'string' })
if bad then return bad end
local person, elder = or_empty(redis.call('HGET', key, 'person')), ''
if ARGV[3] ~= '' then elder = or_empty(redis.call('GET', phone)) end
if person == '' then
  person = elder ~= '' and elder or ARGV[2]
elseif elder ~= '' and elder ~= person then
  bad = wrong({ person_key(person), 'hash', person_key(elder), 'hash', dirty_key(person), 'set', dirty_key(elder), 'set',
    REGISTER, 'stream', REGISTER_HOT, 'stream' })
  if bad then return bad end
  local contact = redis.call('HGET', person_key(person), 'contact')
  if contact then redis.call('HSETNX', person_key(elder), 'contact', contact) end
  redis.call('HINCRBY', person_key(person), 'turn', 1)
  redis.call('HSET', key, 'person', elder)
  if redis.call('SREM', dirty_key(person), id) == 1 then
    redis.call('SADD', dirty_key(elder), id)
    wake_person(elder, false)
  end
  person = elder
end
if ARGV[3] ~= '' then redis.call('SET', phone, person, 'NX') end
return person
