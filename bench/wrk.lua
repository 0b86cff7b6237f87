-- What wrk sends and how it reports. After `--`: `body TEXT [TTL]` is POSTed, its job to be kept for so many seconds; `paths FILE` names a file of paths, asked for by turns; with
-- neither, GET. One line of JSON at the end.

function init(args)
  if args[1] == "body" then
    wrk.method = "POST"
    wrk.body = args[2]
    wrk.headers["content-type"] = "application/json"
    wrk.headers["x-bf-async-job-result-ttl"] = args[3]
  elseif args[1] == "paths" then
    local requests = {}
    for path in io.lines(args[2]) do
      requests[#requests + 1] = wrk.format("GET", path)
    end
    local at = 0
    function request()
      at = at % #requests + 1
      return requests[at]
    end
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"durationMs":%.3f,"p50Ms":%.3f,"p99Ms":%.3f,"errors":%d}\n',
    summary.requests,
    summary.duration / 1000,
    latency:percentile(50) / 1000,
    latency:percentile(99) / 1000,
    errors.connect + errors.read + errors.write + errors.timeout + errors.status
  ))
end
