-- One message into the site's chat of a session, once for each id; every gateway reads it from there.
-- ARGV  1 session  2 id: of the outbox or of the visitor's page  3 message (json)  4 seconds it is kept
-- Reply the id of the stream entry
-- Laws  the same id is one entry; gateways are told after it can be read, and a repeat tells them again
local key, known = P .. 'chat:' .. ARGV[1], P .. 'chat:known:' .. ARGV[1]
local bad = wrong({ key, 'stream', known, 'hash' })
if bad then return bad end
local id = redis.call('HGET', known, ARGV[2])
if not id then
  local _, business = clock()
  id = redis.call('XADD', key, '*', 'm', ARGV[3], 't', business)
  redis.call('HSET', known, ARGV[2], id)
end
redis.call('EXPIRE', key, ARGV[4])
redis.call('EXPIRE', known, ARGV[4])
redis.call('PUBLISH', P .. 'chat:wake', ARGV[1])
return id
