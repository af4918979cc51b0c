#!/usr/bin/env bash
# The server on the Online Retail workspace, beside a bare libmicrohttpd in the same run; everything on this machine, the
# load generator included.  Usage: run.sh RECKON BARE OPEN_LOOP SAMPLE [SECONDS] [MODEL]
set -euo pipefail
reckon=$(realpath "$1") bare=$(realpath "$2") open=$(realpath "$3") sample=$(realpath "$4") seconds=${5:-6} model=${6:-ease}
here=$(dirname "$(realpath "$0")")
dir=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -rf "$dir"' EXIT
export RECKON_WORKSPACE=$dir/shop BODIES=$dir/bodies

say() { printf '\n## %s\n' "$*"; }
say "machine"; grep -m1 'model name' /proc/cpuinfo; nproc; uptime; "$reckon" --version
"$reckon" init "$dir/shop" --quiet >/dev/null
"$reckon" import events --preset online-retail "$sample" --quiet >/dev/null
"$reckon" train "$model" --no-evaluate --quiet >/dev/null
"$reckon" models promote "$model" --quiet >/dev/null
printf '[serve]\ngrace-seconds = 0\naccess-log = "%s"\n' "$dir/access.log" >"$dir/shop/reckon.toml"
python3 - "$dir" <<'END'
import json, random, sqlite3, sys
d = sys.argv[1]
c = sqlite3.connect(d + "/shop/reckon.db")
users = [r[0] for r in c.execute("SELECT identifier FROM identities")]
items = [r[0] for r in c.execute("SELECT identifier FROM items")]
rnd = random.Random(1)
with open(d + "/bodies", "w") as f:
    for u in users: f.write(json.dumps({"user": u, "n": 10}) + "\n")
event = lambda: {"user": rnd.choice(users), "item": rnd.choice(items), "kind": "view"}
with open(d + "/events", "w") as f:
    for _ in range(20000): f.write(json.dumps(event()) + "\n")
with open(d + "/batches", "w") as f:
    for _ in range(400): f.write(json.dumps({"events": [event() for _ in range(100)]}) + "\n")
END

start() { # start the server; $port
    rm -f "$dir/said"; mkfifo "$dir/said"
    "$reckon" serve --listen 127.0.0.1:0 2>"$dir/said" & server=$!; pids+=("$server")
    exec 8<"$dir/said"
    while read -r line <&8; do
        case $line in *'"listening"'*) port=${line##*:}; port=${port%%\"*} ;; *'"event":"ready"'*) break ;; esac
    done
    cat <&8 >/dev/null & pids+=($!)
}
memory() { awk '/VmRSS|VmHWM/ {printf "%s %.0f MB  ", $1, $2 / 1024}' "/proc/$1/status"; echo; }

say "start to ready"
begin=$(date +%s%N); start; echo "$((($(date +%s%N) - begin) / 1000000)) ms"; memory "$server"
size=$(curl -s -H 'Content-Type: application/json' -d "$(head -n 1 "$BODIES")" "127.0.0.1:$port/v1/recommend" | wc -c)
echo "an answer has $size bytes"
"$bare" 18932 "$size" 2 & pids+=($!)

if command -v wrk >/dev/null; then
    load() { wrk -t2 -c32 -d"${seconds}s" -s "$here/recommend.lua" "http://127.0.0.1:$1" | grep '^{'; }
    say "closed loop (wrk -t2 -c32), one user a request, first round: every answer is computed once"
    load "$port"
    for round in 1 2; do
        say "closed loop, round $round: bare libmicrohttpd, then reckon"
        load 18932; load "$port"
    done
fi
say "open loop, constant rate (latency from the intended start)"
for rate in 5000 10000 20000 25000; do "$open" "$port" /v1/recommend "$BODIES" "$rate" "$seconds" 64; done
say "the same for bare libmicrohttpd"
"$open" 18932 /v1/recommend "$BODIES" 25000 "$seconds" 64
say "durable events one by one at 5,000 a second, while 5,000 recommendations a second are asked for"
"$open" "$port" /v1/events "$dir/events" 5000 "$seconds" 512 & events=$!
"$open" "$port" /v1/recommend "$BODIES" 5000 "$seconds" 64; wait "$events"
say "durable events in batches of 100, 20,000 a second, with 5,000 recommendations a second"
"$open" "$port" /v1/events "$dir/batches" 200 "$seconds" 64 & events=$!
"$open" "$port" /v1/recommend "$BODIES" 5000 "$seconds" 64; wait "$events"
say "a promotion every second under 10,000 recommendations a second"
"$reckon" train popular --no-evaluate --quiet >/dev/null
(for _ in $(seq "$seconds"); do "$reckon" models promote popular --quiet; sleep .5; "$reckon" models promote "$model" --quiet; sleep .5; done) >/dev/null & pids+=($!)
"$open" "$port" /v1/recommend "$BODIES" 10000 "$seconds" 64
memory "$server"
kill -TERM "$server"; wait "$server"; echo "exit $?"

say "above saturation: nothing is kept; half of what it can do, three times that, and half of it again"
printf '[serve]\ngrace-seconds = 0\naccess-log = ""\ncache-mb = 0\n' >"$dir/shop/reckon.toml"
start
"$open" "$port" /v1/recommend "$BODIES" 2000 2 64 >/dev/null
can=$(wrk -t1 -c16 -d3s -s "$here/recommend.lua" "http://127.0.0.1:$port" | grep '^{' | sed 's/.*per_second":\([0-9]*\).*/\1/')
echo "closed loop, 16 connections: $can answers a second are computed"
"$open" "$port" /v1/recommend "$BODIES" $((can / 2)) "$seconds" 64
"$open" "$port" /v1/recommend "$BODIES" $((can * 3)) "$seconds" 256
"$open" "$port" /v1/recommend "$BODIES" $((can / 2)) "$seconds" 64
memory "$server"
kill -TERM "$server"; wait "$server"
