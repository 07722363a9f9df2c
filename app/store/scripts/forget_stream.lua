-- A stream is written anew without some entries, and with other ids in place of some conversations'. Deleting an entry
-- only marks it: its bytes would stay in the append-only file for as long as a neighbour lives. No consumer group may
-- read this stream.
-- ARGV  1 stream  2 entries to leave out, so many follow  then pairs: conversation, what stands in its place
-- Reply {left out, renamed}
-- Laws  order and ids of what stays are the same; a wrong type anywhere changes nothing
local key = ARGV[1]
local anew = P .. 'anew'
local bad = wrong({ key, 'stream', anew, 'stream' })
if bad then return bad end
local out, instead, dropped, renamed = {}, {}, 0, 0
for i = 3, 2 + tonumber(ARGV[2]) do out[ARGV[i]] = true end
for i = 3 + tonumber(ARGV[2]), #ARGV, 2 do instead[ARGV[i]] = ARGV[i + 1] end
redis.call('DEL', anew)
for _, entry in ipairs(redis.call('XRANGE', key, '-', '+')) do
  if out[entry[1]] then
    dropped = dropped + 1
  else
    local words = entry[2]
    for i = 2, #words, 2 do
      if words[i - 1] == 'conversation' and instead[words[i]] then
        words[i] = instead[words[i]]
        renamed = renamed + 1
      elseif words[i - 1] == 'facts' then -- of `joined`: the conversation that went on in this one
        words[i] = string.gsub(words[i], '"from":"([^"]+)"', function(id) return instead[id] and '"from":"' .. instead[id] .. '"' end)
      end
    end
    redis.call('XADD', anew, entry[1], unpack(words))
  end
end
if redis.call('EXISTS', anew) == 1 then redis.call('RENAME', anew, key) else redis.call('DEL', key) end
return { dropped, renamed }
