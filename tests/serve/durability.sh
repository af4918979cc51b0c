#!/usr/bin/env bash
# What was acknowledged is there: after kill -9 under load, again and again; repeated requests count once; and a store
# that is locked, full or read-only lets reading go on.  RECKON_ROUNDS: how often it is killed (5).
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
command -v python3 >/dev/null || skip "needs python3"
make_shop

cat >load.py <<'END'
"""Posts events until the server is gone, and writes down which were acknowledged."""
import http.client, json, sys, threading
port, name, threads = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
done, lock = [], threading.Lock()
def post(t):
    try:
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        for n in range(100000):
            many = 1 if t % 2 else 20
            ids = [f"{name}-{t}-{n}-{k}" for k in range(many)]
            events = [{"user": f"w{k}", "item": i, "kind": "view"} for k, i in enumerate(ids)]
            body = json.dumps(events[0] if many == 1 else {"events": events})
            c.request("POST", "/v1/events", body, {"Content-Type": "application/json"})
            r = c.getresponse(); r.read()
            if r.status == 202:
                with lock: done.extend(ids)
                if len(done) > 400 and not ready.is_set():
                    print("enough", flush=True); ready.set()
            elif r.status != 503:
                print("status", r.status, flush=True); return
    except (OSError, http.client.HTTPException):
        pass
ready = threading.Event()
all = [threading.Thread(target=post, args=(t,)) for t in range(threads)]
[t.start() for t in all]; [t.join() for t in all]
open("acknowledged", "a").write("".join(i + "\n" for i in done))
END

: >acknowledged
for round in $(seq "${RECKON_ROUNDS:-5}"); do
    serve
    python3 load.py "${url##*:}" "r$round" 8 >load.out &
    loader=$!
    eventually grep -q enough load.out
    kill -9 "$server"
    wait "$server" 2>/dev/null
    server=
    wait "$loader"
    checks=$((checks + 1)); grep -q status load.out && fail "round $round: $(cat load.out)"
done
same "$(python3 - "$RECKON_WORKSPACE/reckon.db" <<'END'
import sqlite3, sys
there = {r[0] for r in sqlite3.connect(sys.argv[1]).execute("SELECT identifier FROM items JOIN events USING (item)")}
acknowledged = [l.strip() for l in open("acknowledged")]
print(len([a for a in acknowledged if a not in there]), len(acknowledged) >= 400)
END
)" "0 True" "acknowledged events that are missing"
echo "$(wc -l <acknowledged) acknowledged events in ${RECKON_ROUNDS:-5} rounds"
run 0 reckon doctor

# repeated requests
serve
ask 202 POST /v1/events '{"user":"u007","item":"once"}' -H 'Idempotency-Key: k-1'
ask 202 POST /v1/events '{"user":"u007","item":"once"}' -H 'Idempotency-Key: k-1'
same "$(json 'd["accepted"], d["added"], d["repeated"]')" "(1, 1, True)" "the same key: the same answer"
ask 422 POST /v1/events '{"user":"u007","item":"other"}' -H 'Idempotency-Key: k-1'
out_has idempotency_key_reused
kill -9 "$server"; wait "$server" 2>/dev/null; server=
serve
ask 202 POST /v1/events '{"user":"u007","item":"once"}' -H 'Idempotency-Key: k-1'
same "$(json 'd["repeated"]')" True "also after a crash"
twice='{"events":[{"user":"u007","item":"timed","time":"2026-01-02T03:04:05Z"},{"user":"u007","item":"timed","time":"2026-01-02T03:04:05Z"}]}'
RECKON_NOW= ask 202 POST /v1/events "$twice"
same "$(json 'd["added"], d["present"]')" "(2, 0)" "two equal events in one request are two"
ask 202 POST /v1/events "$twice"
same "$(json 'd["added"], d["present"]')" "(0, 2)" "sent again, they are there"
ask 202 POST /v1/events '{"user":"u007","item":"named","id":"x-1","time":"2026-01-02T03:04:05Z","price":1}'
ask 202 POST /v1/events '{"user":"u007","item":"named","id":"x-1","time":"2026-01-02T03:04:05Z","price":2}'
same "$(json 'd["added"], d["present"]')" "(0, 1)" "known by its id"
# one bad request of a group takes nothing with it, and leaves nothing
ask 422 PUT /v1/items/half '{"title":"x","attributes":{"price":"text"}}'
ask 404 GET /v1/items/half

# locked by another process: reading goes on, writing is told to come back
stop
RECKON_PATIENCE_MS=200 serve
python3 - "$RECKON_WORKSPACE/reckon.db" >locked <<'END' &
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute("BEGIN IMMEDIATE"); print("locked", flush=True)
open("unlock").read(); c.execute("ROLLBACK")
END
rm -f unlock; mkfifo unlock
eventually grep -q locked locked
ask 503 POST /v1/events '{"user":"u007","item":"late"}'
head_has "Retry-After: "
ask 200 POST /v1/recommend '{"user":"u007"}'
echo >unlock
eventually ask 202 POST /v1/events '{"user":"u007","item":"late"}'
stop

# files that may not grow: a full disk, also for who may not mount one.  What was acknowledged before is there after it
serve
cat >full.py <<'END'
import json, resource, sys, urllib.error, urllib.request
url, server = sys.argv[1], int(sys.argv[2])
def post(path, body):
    request = urllib.request.Request(url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request) as answer: return answer.status, answer.headers
    except urllib.error.HTTPError as e: return e.code, e.headers
def limit(n): resource.prlimit(server, resource.RLIMIT_FSIZE, (n, resource.RLIM_INFINITY))
taken, refused, asked = [], 0, 0
for i in range(60):
    if i == 20: limit(4096)
    if i == 40: limit(resource.RLIM_INFINITY)
    status, headers = post("/v1/events", {"user": "u007", "item": "full-%d" % i})
    if status == 202: taken.append("full-%d" % i)
    elif status == 503 and int(headers["Retry-After"]) > 0: refused += 1
    else: sys.exit("status %d" % status)
    asked += post("/v1/recommend", {"user": "u%03d" % (100 + i), "n": 3})[0] == 200
status = 0
while status != 202: # as soon as it notices
    status, _ = post("/v1/events", {"user": "u007", "item": "full-again"})
print(*taken, "full-again", sep="\n", file=open("taken", "w"))
print(refused >= 19, asked)
END
same "$(timeout 60 python3 full.py "$url" "$server" 2>&1)" "True 60" "writes are refused, answers go on"
kill -9 "$server"; wait "$server" 2>/dev/null; server=
same "$(python3 - "$RECKON_WORKSPACE/reckon.db" <<'END'
import sqlite3, sys
have = {i for i, in sqlite3.connect(sys.argv[1]).execute("SELECT identifier FROM items")}
print([t for t in open("taken").read().split() if t not in have])
END
)" "[]" "what was acknowledged is there"

# a full disk, and one that becomes read-only, where they can be mounted
mkdir small
# (as large as the shop, which many rounds make large, and some room)
if mount -t tmpfs -o "size=$(($(du -sk shop | cut -f1) + 16384))k" tmpfs small 2>/dev/null; then
    trap '[ -n "$server" ] && kill -9 "$server" 2>/dev/null; umount "$scratch/small" 2>/dev/null; rm -rf "$scratch"' EXIT
    cp -r shop small/
    export RECKON_WORKSPACE=$scratch/small/shop
    serve
    ask 202 POST /v1/events '{"user":"u007","item":"before"}'
    dd if=/dev/zero of=small/filler bs=4k 2>/dev/null
    post() { curl -s -o "$scratch/out" -D "$scratch/head" -w '%{http_code}' -H 'Content-Type: application/json' -d "$1" "$url/v1/events"; }
    # the log has some room of its own at first
    full() { post @many >/dev/null; [ "$(post '{"user":"u007","item":"one more"}')" = 503 ]; }
    python3 -c 'import json; print(json.dumps({"events":[{"user":"u%d"%i,"item":"f%d"%i} for i in range(300)]}))' >many
    eventually full
    head_has "Retry-After: "
    ask 200 POST /v1/recommend '{"user":"u007","n":7}'
    degraded() { full && ask 200 GET /readyz && [ "$(json 'd["state"], d["checks"]["writes"] != "ok"')" = "('degraded', True)" ]; }
    eventually degraded
    rm small/filler
    eventually ask 202 POST /v1/events '{"user":"u007","item":"after"}'
    eventually sh -c "curl -s $url/readyz | grep -q '\"ready\"'"
    run 0 reckon doctor
    mount -o remount,ro small 2>/dev/null || echo "not run: the disk cannot be made read-only while files are open"
    if grep "$scratch/small" /proc/mounts | grep -q ' ro,'; then
        ask 503 POST /v1/events '{"user":"u007","item":"read-only"}'
        ask 200 POST /v1/recommend '{"user":"u007","n":8}'
        mount -o remount,rw small
        eventually ask 202 POST /v1/events '{"user":"u007","item":"again"}'
    fi
    # the model's file goes: what is loaded goes on; nothing else can be loaded
    rm "$RECKON_WORKSPACE"/models/*.safetensors
    ask 200 POST /v1/recommend '{"user":"u007","n":9}'
    kill -HUP "$server"
    eventually grep -q '"event":"reloaded"' "$scratch/log"
    ask 200 POST /v1/recommend '{"user":"u007","n":11}'
    stop
    serve
    ask 503 POST /v1/recommend '{"user":"u007"}'
    out_has no_model
    ask 200 GET /readyz
    same "$(json 'd["state"]')" degraded "without a model"
    ask 202 POST /v1/events '{"user":"u007","item":"still taken"}'
    stop
    umount small
else
    echo "not run: full and read-only disks need the right to mount"
fi
finish
