-- What the portal now holds of one card.
-- ARGV  1 person  2 conversation  3 revision reconciled  4 written (json)  5 lines that arrived  6 attempted (json) or ''
--       7 contact of the person (json) or ''  8 settled: 1 (nothing is left of this revision) | 0 | parked (a dead letter holds it)
--       9 turn  10 dead letter (json) or ''
-- Reply clean | dirty | stale (another turn of this person has begun: nothing is changed)
local person, id = ARGV[1], ARGV[2]
local card, lines = card_key(id), lines_key(id)
local bad = wrong({ card, 'hash', lines, 'list', person_key(person), 'hash', dirty_key(person), 'set', DEAD, 'stream' })
if bad then return bad end
if redis.call('HGET', person_key(person), 'turn') ~= ARGV[9] then return 'stale' end
redis.call('HSET', card, 'written', ARGV[4], 'attempted', ARGV[6])
if ARGV[7] ~= '' then redis.call('HSET', person_key(person), 'contact', ARGV[7]) end
if ARGV[10] ~= '' then redis.call('XADD', DEAD, '*', 'conversation', id, 'letter', ARGV[10]) end
redis.call('LTRIM', lines, tonumber(ARGV[5]), -1)
local left = ARGV[8] ~= 'parked' and (ARGV[8] ~= '1' or redis.call('EXISTS', lines) == 1)
if not left and redis.call('HGET', card, 'revision') == ARGV[3] then
  redis.call('SREM', dirty_key(person), id)
  return 'clean'
end
return 'dirty'
