#!/usr/bin/env python3
"""many_customers.py RECKON WORKSPACE TOKEN PORT GONE [READERS] [WRITE]: everybody in the file GONE (an identifier a line) is erased by
`reckon privacy erase --file` while a server on the same workspace (a key of the roles serve and ingest) answers READERS connections (4),
each about 100 times a second; with WRITE, one more posts an event ten times a second.  How long until the first and the last of them
are out of the answers, until the certificate, and how long readers waited, in each quarter of the time and at worst."""
import http.client, json, os, random, subprocess, sys, threading, time

reckon, workspace, token, port, gone = sys.argv[1:6]
readers, write = int(sys.argv[6]) if len(sys.argv) > 6 else 4, len(sys.argv) > 7
headers = {"Authorization": "Bearer " + token, "Content-Type": "application/json"}
gone = [line.strip() for line in open(gone) if line.strip()]
there = sorted(set("u%06d" % i for i in range(1000000)) - set(gone))
stop, began = threading.Event(), time.perf_counter()
waits, writes = [], []  # (when it began, seconds, status)


def ask(c, path, body):
    c.request("POST", path, json.dumps(body), headers)
    r = c.getresponse()
    return r.status, json.loads(r.read() or b"{}")


def calls(out, seed, pause, path, body):
    rng, c = random.Random(seed), http.client.HTTPConnection("127.0.0.1", int(port))
    while not stop.is_set():
        t = time.perf_counter()
        try:
            status, _ = ask(c, path, body(rng))
        except OSError as e:
            status, c = type(e).__name__, http.client.HTTPConnection("127.0.0.1", int(port))
        out.append((t - began, time.perf_counter() - t, status))
        time.sleep(pause)


def await_gone(who):
    c = http.client.HTTPConnection("127.0.0.1", int(port))
    while not stop.is_set():
        _, d = ask(c, "/v1/recommend", {"user": who, "n": 5})
        if "fallback" in d:
            return time.perf_counter() - began
        time.sleep(.02)


def describe(rows):
    w = sorted(s for _, s, _ in rows)
    at = lambda share: 1e3 * w[min(len(w) - 1, int(len(w) * share))]
    return "%6d, p50 %.1f ms, p95 %.1f, p99 %.1f, longest %.1f, above 100 ms: %d; statuses %s" % (
        len(w), at(.5), at(.95), at(.99), 1e3 * w[-1], sum(x > .1 for x in w), sorted({str(s) for _, _, s in rows}))


threads = [threading.Thread(target=calls, args=(waits, k, .01, "/v1/recommend", lambda r: {"user": r.choice(there), "n": 5}))
           for k in range(readers)]
if write:
    threads.append(threading.Thread(target=calls, args=(writes, 99, .1, "/v1/events", lambda r: {"events": [
        {"user": r.choice(there), "item": "i%05d" % r.randrange(20000), "kind": "view"}]})))
for t in threads:
    t.start()
time.sleep(5)
before, start = list(waits), time.perf_counter() - began
out = {}
watch = [threading.Thread(target=lambda i=i: out.update({i: await_gone(gone[i])}), daemon=True) for i in (0, -1)]
for t in watch:
    t.start()
run = subprocess.run([reckon, "--workspace", workspace, "privacy", "erase", "--file", sys.argv[5], "--confirm", str(len(gone)), "--json"],
                     capture_output=True, text=True)
end = time.perf_counter() - began
time.sleep(1)
stop.set()
for t in threads + watch:
    t.join(5)
summary = json.loads(run.stdout)["summary"] if run.returncode == 0 else {"exit": run.returncode, "error": run.stderr.strip()}
print("load %.1f; %d people: out of answers after %s s, certificate after %.1f s (%s, search %s, %.1f GB)" % (
    os.getloadavg()[0], len(gone), " and ".join("%.1f" % (out[i] - start) if out.get(i) else "never" for i in (0, -1)), end - start,
    summary.get("state", summary), summary.get("scan"), summary.get("searched", 0) / 1e9))
print("readers before: " + describe(before))
during = [w for w in waits if start <= w[0] <= end]
print("readers during: " + describe(during))
for q in range(4):
    part = [w for w in during if q <= 4 * (w[0] - start) / (end - start) < q + 1]
    print("     quarter %d: " % (q + 1) + describe(part))
if write:
    print("writers during: " + describe([w for w in writes if start <= w[0] <= end]))
sys.exit(run.returncode)
