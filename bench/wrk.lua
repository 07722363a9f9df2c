-- wrk … -s wrk.lua -- <file of "proof body" lines> <path> <name of the proof's header>
-- A new message for every request; ends when the file does. Prints one line of JSON.
local requests, at = {}, 0

function init(args)
  for line in io.lines(args[1]) do
    local proof, body = line:match('^(%S+) (.*)$')
    local headers = { ['Content-Type'] = 'application/json', [args[3]] = proof }
    requests[#requests + 1] = wrk.format('POST', args[2], headers, body)
  end
end

function request()
  at = at + 1
  if at > #requests then
    wrk.thread:stop()
    at = 1
  end
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('\n{"requests":%d,"seconds":%f,"p50":%f,"p99":%f,"refused":%d,"broken":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e6, latency:percentile(99) / 1e6,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
