-- wrk: recommendations for users in a random order.  BODIES: a file with one body a line.
local requests, threads = {}, 0

function setup(thread)
    threads = threads + 1
    thread:set("number", threads)
end

function init(args)
    math.randomseed(number)
    for line in io.lines(os.getenv("BODIES")) do
        requests[#requests + 1] = wrk.format("POST", "/v1/recommend", {["Content-Type"] = "application/json"}, line)
    end
end

function request()
    return requests[math.random(#requests)]
end

function done(summary, latency, _)
    io.write(string.format('{"per_second":%.0f,"p50_ms":%.3f,"p95_ms":%.3f,"p99_ms":%.3f,"p99.9_ms":%.3f,"errors":%d}\n',
        summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(95) / 1000,
        latency:percentile(99) / 1000, latency:percentile(99.9) / 1000,
        summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
