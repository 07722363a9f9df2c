-- Stands before every script. A Lua script is not a transaction: whatever it wrote before an error stays. So each
-- script first checks the store's birth and layout and the type of every key that it may write, then writes.
-- Times are milliseconds: machine time for leases and retries, business time for what people see.
local P = 'otklik:'
local LAYOUT = '1'
local BIRTH, OFFSET = P .. 'birth', P .. 'time:offset_ms'
local ANSWER, SEND, REGISTER, REGISTER_HOT = P .. 'answer', P .. 'send', P .. 'register', P .. 'register:hot'
local TALK, TALKING = P .. 'talk', P .. 'talking' -- lines on their way into the portal's open line; the line, if one is connected
local BOOK, DUE, LATER, DEAD, FIGURES = P .. 'book', P .. 'due', P .. 'later', P .. 'dead', P .. 'figures'
local NOTICES = P .. 'notices'
local WAITING, FREED = P .. 'waiting', P .. 'freed' -- conversation -> place on the waiting list; command to fill a time -> business ms
local DEAL_CHATS, AWAITING, BOT = P .. 'dealchats', P .. 'awaiting', P .. 'bot'
local HINTS, HINTED, ECHOED = P .. 'hints', P .. 'hinted', P .. 'echoed'
local function conversation_key(id) return P .. 'c:' .. id end -- version, state, entry, send, talk, dealchat, owner, epoch, person, flight*, doubted; way, guests; host
local function mailbox_key(id) return P .. 'm:' .. id end       -- "machine business json", oldest first
local function outbox_key(id) return P .. 'o:' .. id end        -- "kind epoch hash id json", oldest first
local function written_key(id) return P .. 's:' .. id end       -- vendor's message id -> outbox id
local function card_key(id) return P .. 'r:' .. id end          -- card, revision, written, attempted_at
local function lines_key(id) return P .. 'l:' .. id end         -- dialogue lines that the card has not got yet
local function talk_key(id) return P .. 't:' .. id end          -- dialogue lines that the open line has not got yet
local function person_key(id) return P .. 'p:' .. id end        -- entry, stream, contact
local function dirty_key(id) return P .. 'pd:' .. id end        -- conversations of a person whose cards differ
local function held_key(id) return P .. 'pc:' .. id end         -- conversations of a person, in whatever messenger
local function deal_chat_key(id) return P .. 'dc:' .. id end    -- chat: the deal's chat as it stands
local function deal_lines_key(id) return P .. 'dl:' .. id end   -- dialogue lines that the deal's chat has not got yet
local function hold_key(resource) return P .. 'hold:' .. resource end -- "command part" -> "starts ends until hold|keep"
local function or_empty(value) return value or '' end -- what a hash or a key does not hold is false here

local marks = {}
for _, key in ipairs({ BIRTH, OFFSET }) do
  local value = redis.pcall('GET', key)
  if type(value) == 'table' then
    return redis.error_reply('BADTYPE ' .. key .. ' is a ' .. redis.call('TYPE', key).ok .. ', expected a string')
  end
  marks[key] = value
end
if not marks[BIRTH] and not UNBORN then return redis.error_reply('WIPED the store has no birth mark: it is empty or was wiped; `otklik work` opens it') end
if marks[BIRTH] and marks[BIRTH] ~= LAYOUT then
  return redis.error_reply('LAYOUT the store is of layout ' .. marks[BIRTH] .. ', expected ' .. LAYOUT)
end

local function clock()
  local time = redis.call('TIME')
  local machine = time[1] * 1000 + math.floor(time[2] / 1000)
  local mark = marks[OFFSET] or '0'
  local stands = string.match(mark, '^=(%d+)$') -- a rehearsal holds business time where it is
  return machine, stands and tonumber(stands) or machine + tonumber(mark)
end

local function day(ms) -- 2026-11-22, UTC (civil-from-days, H. Hinnant)
  local z = math.floor(ms / 86400000) + 719468
  local era = math.floor(z / 146097)
  local doe = z - era * 146097
  local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524) - math.floor(doe / 146096)) / 365)
  local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
  local mp = math.floor((5 * doy + 2) / 153)
  local month = mp < 10 and mp + 3 or mp - 9
  local year = yoe + era * 400 + (month <= 2 and 1 or 0)
  return string.format('%04d-%02d-%02d', year, month, doy - math.floor((153 * mp + 2) / 5) + 1)
end
local SWITCHES = P .. 'switches' -- channel or `all` -> auto | suggest | off
local STAFF = P .. 'staff' -- conversation of one of ours -> role and chat
local function cost_key(ms) return P .. 'cost:' .. day(ms) end -- of the models, in the currency of the prices
local TOTALS = P .. 'totals' -- local day -> its figures, once its journal is dropped
local function journal_key(ms) return P .. 'journal:' .. day(ms) end

-- The error of the first key whose type is not the expected one, or nil. `typed` is {key, type, key, type, ...}.
local function wrong(typed)
  for i = 1, #typed, 2 do
    local found = redis.call('TYPE', typed[i]).ok
    if found ~= 'none' and found ~= typed[i + 1] then
      return redis.error_reply('BADTYPE ' .. typed[i] .. ' is a ' .. found .. ', expected a ' .. typed[i + 1])
    end
  end
end

local function journal(ms, kind, conversation, facts)
  redis.call('XADD', journal_key(ms), '*', 'at', string.format('%d', ms), 'kind', kind, 'conversation', conversation, 'facts', facts)
end

-- The conversation gets its one live entry on a stream if it has none. The entry is the lock.
local function wake(stream, field, id)
  local key = conversation_key(id)
  if or_empty(redis.call('HGET', key, field)) == '' then
    redis.call('HSET', key, field, redis.call('XADD', stream, '*', 'c', id))
  end
end

local function wake_person(id, hot)
  local key = person_key(id)
  if or_empty(redis.call('HGET', key, 'entry')) == '' then
    local stream = hot and REGISTER_HOT or REGISTER
    redis.call('HSET', key, 'stream', stream, 'entry', redis.call('XADD', stream, '*', 'p', id))
  end
end

-- Whose live entry an entry of this stream is: key and field; nothing where entries lock nothing.
local function lock_of(stream, id)
  local field = ({ [ANSWER] = 'entry', [SEND] = 'send', [TALK] = 'talk', [DEAL_CHATS] = 'dealchat' })[stream]
  if field then return conversation_key(id), field end
  if stream == REGISTER or stream == REGISTER_HOT then return person_key(id), 'entry' end
end

-- Where what concerns a conversation is kept: with the one that it was joined to, if it was (join.lua).
local function host_of(id)
  local host = or_empty(redis.call('HGET', conversation_key(id), 'host'))
  return host ~= '' and host or id
end

-- Every messenger of a conversation: its own, and those of the conversations that were joined to it.
local function ways_of(id)
  local ways = { id }
  for guest in string.gmatch(or_empty(redis.call('HGET', conversation_key(id), 'guests')), '%S+') do ways[#ways + 1] = guest end
  return ways
end

-- As `wrong`, of every key of a messenger that a turn or a sign may write.
local function wrong_ways(ways)
  for _, way in ipairs(ways) do
    local bad = wrong({ conversation_key(way), 'hash', outbox_key(way), 'list', talk_key(way), 'list' })
    if bad then return bad end
  end
end

local function finish(stream, group, entry)
  redis.call('XACK', stream, group, entry)
  redis.call('XDEL', stream, entry)
end

local OWN = { reply = true, follow_up = true, offer = true, apology = true, review = true, invitation = true }

-- A person took over: owner, epoch, and everything of the bot's own that has not left yet, in whatever messenger.
local function take_over(id)
  local key = conversation_key(id)
  redis.call('HSET', key, 'owner', 'person')
  redis.call('HINCRBY', key, 'epoch', 1)
  for _, way in ipairs(ways_of(id)) do
    local flight, outbox = or_empty(redis.call('HGET', conversation_key(way), 'flight')), outbox_key(way)
    for _, item in ipairs(redis.call('LRANGE', outbox, 0, -1)) do
      local kind, out = string.match(item, '^(%S+) %S+ %S+ (%S+) ')
      if OWN[kind] and out ~= flight then
        redis.call('LREM', outbox, 1, item)
        redis.call('HINCRBYFLOAT', FIGURES, 'otklik_outbox_struck_total{kind="' .. kind .. '"}', 1)
      end
    end
  end
end
