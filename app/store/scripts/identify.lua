-- Which person writes: the one of the conversation, of a proven phone, or a new one.
-- ARGV  1 conversation  2 person to make if nobody is known  3 proven phone (E.164) or ''
-- Reply person id
local key = conversation_key(ARGV[1])
local phone = P .. 'phone:' .. ARGV[3]
local bad = wrong({ key, 'hash', phone, 'string' })
if bad then return bad end
local person = turned(redis.call('HGET', key, 'person'))
if person == '' and ARGV[3] ~= '' then person = turned(redis.call('GET', phone)) end
if person == '' then person = ARGV[2] end
if ARGV[3] ~= '' then redis.call('SET', phone, person, 'NX') end
return person
