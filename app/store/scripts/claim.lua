-- The next outbox item that may leave now. One is in flight at a time, and it is marked before the call is made.
-- ARGV  1 conversation  2 group  3 entry  4 least ms between two messages to one chat  5 burst of that chat
--       6 account's bucket  7 account's messages a second
-- Reply {empty} | {send, item, tries, vendor id or ''} | {flight, item, tries, age ms, vendor id or ''} | {wait, ms, chat | account (what is full)} | {stale}
-- Laws  nothing of the bot's own leaves while a person owns the conversation or after the epoch it was written in
local AWAITED = { reply = true, confirmation = true, person = true }
local id, key, outbox = ARGV[1], conversation_key(ARGV[1]), outbox_key(ARGV[1])
local chat, account = P .. 'pace:chat:' .. id, P .. 'pace:account:' .. ARGV[6]
local machine = clock()
local bad = wrong({ key, 'hash', outbox, 'list', SEND, 'stream', FIGURES, 'hash', chat, 'string', account, 'string' })
if bad then return bad end

local c = redis.call('HMGET', key, 'send', 'owner', 'epoch', 'flight', 'flight_at', 'flight_tries', 'flight_seen', 'doubted', 'host')
if or_empty(c[9]) ~= '' then
  bad = wrong({ conversation_key(c[9]), 'hash' })
  if bad then return bad end
  local host = redis.call('HMGET', conversation_key(c[9]), 'owner', 'epoch')
  c[2], c[3] = host[1], host[2]
end
if or_empty(c[1]) ~= ARGV[3] then return { 'stale' } end
while true do
  local item = redis.call('LINDEX', outbox, 0)
  if not item then
    finish(SEND, ARGV[2], ARGV[3])
    redis.call('HSET', key, 'send', '')
    return { 'empty' }
  end
  local kind, epoch, hash, out = string.match(item, '^(%S+) (%S+) (%S+) (%S+) ')
  if c[4] == out then
    return { 'flight', item, c[6], string.format('%d', machine - tonumber(c[5])), or_empty(c[7]) }
  end
  if OWN[kind] and (c[2] == 'person' or epoch ~= (c[3] or '0')) then
    redis.call('LPOP', outbox)
    redis.call('HINCRBYFLOAT', FIGURES, 'otklik_outbox_struck_total{kind="' .. kind .. '"}', 1)
  else
    -- Two generic cell-rate limits: the moment from which the next message conforms, allowing a burst.
    local gap, burst = tonumber(ARGV[4]), tonumber(ARGV[5])
    local chat_free = math.max(tonumber(redis.call('GET', chat) or '0'), machine)
    local account_free = math.max(tonumber(redis.call('GET', account) or '0'), machine)
    local ahead = AWAITED[kind] and 1000 or 500 -- what nobody waits for leaves room in the account's burst
    local chat_wait, account_wait = chat_free - machine - gap * (burst - 1), account_free - machine - ahead
    local wait = math.max(chat_wait, account_wait)
    if wait > 0 then
      return { 'wait', string.format('%d', math.ceil(wait)), account_wait < chat_wait and 'chat' or 'account' }
    end
    if gap > 0 then redis.call('SET', chat, string.format('%d', chat_free + gap), 'PX', string.format('%d', chat_free + gap - machine + 1000)) end
    local step = 1000 / tonumber(ARGV[7])
    redis.call('SET', account, string.format('%.3f', account_free + step), 'PX', string.format('%d', account_free + step - machine + 2000))
    local tries = c[8] == out and '2' or '1' -- its first try ended unseen, its second was put off
    redis.call('HSET', key, 'flight', out, 'flight_at', string.format('%d', machine), 'flight_tries', tries, 'flight_hash', hash, 'flight_seen', '')
    return { 'send', item, tries, '' }
  end
end
