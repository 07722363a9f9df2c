-- A reply whose fate nobody learned goes once more: the try is counted before the call.
-- ARGV  1 conversation  2 entry  3 outbox id  4 tries it had when it was claimed
-- Reply again | person (somebody took over meanwhile: nothing of the bot's own is said any more) | stale
-- Laws  what the bot says once more is claimed anew: by kind, owner and epoch
local key, outbox = conversation_key(ARGV[1]), outbox_key(ARGV[1])
local bad = wrong({ key, 'hash', outbox, 'list' })
if bad then return bad end
local c = redis.call('HMGET', key, 'send', 'flight', 'flight_tries', 'owner', 'epoch', 'host')
if or_empty(c[6]) ~= '' then
  bad = wrong({ conversation_key(c[6]), 'hash' })
  if bad then return bad end
  local host = redis.call('HMGET', conversation_key(c[6]), 'owner', 'epoch')
  c[4], c[5] = host[1], host[2]
end
if or_empty(c[1]) ~= ARGV[2] or c[2] ~= ARGV[3] or c[3] ~= ARGV[4] then return 'stale' end
local kind, epoch = string.match(redis.call('LINDEX', outbox, 0) or '', '^(%S+) (%S+) ')
if OWN[kind] and (c[4] == 'person' or epoch ~= (c[5] or '0')) then return 'person' end
redis.call('HINCRBY', key, 'flight_tries', 1)
redis.call('HSET', key, 'flight_at', string.format('%d', (clock())))
return 'again'
