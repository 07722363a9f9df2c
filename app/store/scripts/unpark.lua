-- What a parked entry was about is on its stream again; its letter is gone.
-- ARGV  1 letter  2 stream  3 conversation or person, or what the entry itself said
-- Reply 1 | 0 (no such letter)
-- Laws  a letter is replayed once; what has a live entry by now gets no second one
local stream, id = ARGV[2], ARGV[3]
local key, field = lock_of(stream, id)
local bad = wrong({ stream, 'stream', DEAD, 'stream' }) or (key and wrong({ key, 'hash' }))
if bad then return bad end
if redis.call('XDEL', DEAD, ARGV[1]) == 0 then return 0 end
if not key then
  redis.call('XADD', stream, '*', 'e', id)
elseif stream == REGISTER or stream == REGISTER_HOT then
  wake_person(id, stream == REGISTER_HOT)
else
  wake(stream, field, id)
end
return 1
