-- One message becomes safe: its id is marked as seen, it lies in its mailbox, its conversation has a live entry.
-- A sign that a person took over acts here, at once.
-- ARGV  1 seen id  2 seconds it is remembered  3 conversation  4 mail (json)  5 channel  6 kind
--       7 author: customer | person | business (an echo that may be ours) | press, portal (what leaves the owner as it is)  8 vendor's message id  9 hash of the text
--       10 outbox item of a person's text, or ''  11 facts for the journal (json)
--       12 aimed: 1 (the text goes to this very messenger) | 0 (to that which the customer wrote in last)
-- Reply {accepted | seen | own, owner}
-- Laws  the same id is accepted once; a wrong type anywhere changes nothing
local way, author, vendor_id = ARGV[3], ARGV[7], ARGV[8]
local bad = wrong({ conversation_key(way), 'hash' })
if bad then return bad end
local id = host_of(way)
local seen, conversation, mailbox = P .. 'seen:' .. ARGV[1], conversation_key(id), mailbox_key(id)
bad = wrong({ conversation, 'hash' })
if bad then return bad end
local to = ARGV[12] ~= '1' and or_empty(redis.call('HGET', conversation, 'way')) or way
if to == '' then to = id end
local machine, business = clock()
bad = wrong({ seen, 'string', mailbox, 'list', outbox_key(to), 'list', written_key(way), 'hash', ANSWER, 'stream',
  SEND, 'stream', FIGURES, 'hash', journal_key(business), 'stream' }) or wrong_ways(ways_of(id))
if bad then return bad end

local owner = or_empty(redis.call('HGET', conversation, 'owner'))
if not redis.call('SET', seen, '1', 'NX', 'EX', ARGV[2]) then
  redis.call('HINCRBYFLOAT', FIGURES, 'otklik_messages_repeated_total{channel="' .. ARGV[5] .. '"}', 1)
  return { 'seen', owner }
end
redis.call('HINCRBYFLOAT', FIGURES, 'otklik_messages_received_total{channel="' .. ARGV[5] .. '",kind="' .. ARGV[6] .. '"}', 1)

if author == 'business' then
  if redis.call('HEXISTS', written_key(way), vendor_id) == 1 then return { 'own', owner } end
  local flight = redis.call('HMGET', conversation_key(way), 'flight', 'flight_hash')
  if or_empty(flight[1]) ~= '' and flight[2] == ARGV[9] then
    redis.call('HSET', conversation_key(way), 'flight_seen', vendor_id) -- the vendor has it, whatever the call said
    return { 'own', owner }
  end
end
if author == 'person' or author == 'business' then
  take_over(id)
  owner = 'person'
  if ARGV[10] ~= '' then
    redis.call('RPUSH', outbox_key(to), ARGV[10])
    wake(SEND, 'send', to)
  end
end
redis.call('RPUSH', mailbox, string.format('%d %d ', machine, business) .. ARGV[4])
wake(ANSWER, 'entry', id)
journal(business, 'received', id, ARGV[11])
return { 'accepted', owner }
