-- A conversation as it stands. Nothing is taken out: only a commit removes what was read.
-- ARGV  1 conversation
-- Reply {version, state, owner, epoch, person, machine ms, business ms, mails, switches (pairs),
--       what the models have cost today, the conversation that it was joined to or itself}
local bad = wrong({ conversation_key(ARGV[1]), 'hash' })
if bad then return bad end
local id = host_of(ARGV[1])
local machine, business = clock()
bad = wrong({ conversation_key(id), 'hash', mailbox_key(id), 'list', SWITCHES, 'hash', cost_key(business), 'string' })
if bad then return bad end
local c = redis.call('HMGET', conversation_key(id), 'version', 'state', 'owner', 'epoch', 'person')
return { or_empty(c[1]), or_empty(c[2]), or_empty(c[3]), or_empty(c[4]), or_empty(c[5]), string.format('%d', machine),
  string.format('%d', business), redis.call('LRANGE', mailbox_key(id), 0, -1),
  redis.call('HGETALL', SWITCHES), or_empty(redis.call('GET', cost_key(business))), id }
