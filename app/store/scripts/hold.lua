-- The times that we keep in the diary ourselves: a hold for minutes, our own booking until its visit is over.
-- ARGV  1 hold (if nobody else has it) | keep (the diary confirmed it) | free  2 id  3 another id of the same visit, or ''
--       4 kept until (business ms)  5 buffer between two visits (ms)  6 resources of the business  7 parts, then the
--       names of the resources, then resource, starts, ends (business ms) of each part
-- Reply ok | taken
-- Laws  two ids never hold one resource at one time; all parts are held or none; what has ended hinders nobody;
--       a hold that is repeated never ends sooner
local mode, id, other = ARGV[1], ARGV[2], ARGV[3]
local buffer, resources, parts = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local _, business = clock()
local typed = {}
for i = 8, 7 + resources do
  typed[#typed + 1] = hold_key(ARGV[i])
  typed[#typed + 1] = 'hash'
end
local bad = wrong(typed)
if bad then return bad end

local gone, until_of_ours, kept_by_us = {}, tonumber(ARGV[4]), false
for i = 8, 7 + resources do
  local held = redis.call('HGETALL', hold_key(ARGV[i]))
  for n = 1, #held, 2 do
    local owner = string.match(held[n], '^(%S+)')
    local starts, ends, until_ms = string.match(held[n + 1], '^(%d+) (%d+) (%d+)')
    if mode == 'hold' and owner == id then
      until_of_ours = math.max(until_of_ours, tonumber(until_ms))
      kept_by_us = kept_by_us or string.find(held[n + 1], 'keep') ~= nil
    end
    if tonumber(until_ms) <= business or owner == id or owner == other and mode ~= 'hold' then
      gone[#gone + 1] = { hold_key(ARGV[i]), held[n] }
    elseif mode == 'hold' and owner ~= other then
      for p = 8 + resources, 5 + resources + 3 * parts, 3 do
        local apart = tonumber(ARGV[p + 1]) >= tonumber(ends) + buffer or tonumber(starts) >= tonumber(ARGV[p + 2]) + buffer
        if ARGV[p] == ARGV[i] and not apart then return 'taken' end
      end
    end
  end
end
for _, record in ipairs(gone) do redis.call('HDEL', record[1], record[2]) end
if mode == 'free' then return 'ok' end
for n = 1, parts do
  local p = 5 + resources + 3 * n
  redis.call('HSET', hold_key(ARGV[p]), id .. ' ' .. n, ARGV[p + 1] .. ' ' .. ARGV[p + 2] .. ' ' .. string.format('%d', until_of_ours) .. ' ' .. (kept_by_us and 'keep' or mode))
end
return 'ok'
