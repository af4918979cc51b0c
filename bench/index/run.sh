#!/usr/bin/env bash
# A server with half a million items and two million people, on this machine, the load generator included.
# Usage: run.sh RECKON OPEN_LOOP [WORKSPACE]   A workspace that is given must have the shop and a model in production;
# otherwise one is made in a temporary place: 5 GB and some five minutes.
set -euo pipefail
reckon=$(realpath "$1") open=$(realpath "$2")
here=$(dirname "$(realpath "$0")")
dir=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -rf "$dir"' EXIT
export RECKON_WORKSPACE=${3:-$dir/shop}
say() { printf '\n## %s\n' "$*"; }
say "machine"; grep -m1 'model name' /proc/cpuinfo; nproc; uptime; "$reckon" --version
if [ $# -lt 3 ]; then
    "$reckon" simulate --out "$dir/data" --users 2000000 --items 500000 --events 20000000 --quiet >/dev/null
    "$reckon" init "$dir/shop" --quiet >/dev/null
    for what in items users events; do "$reckon" import "$what" "$dir/data/$what.csv" --quiet >/dev/null; done
    say "training"; time "$reckon" train ials --no-evaluate --quiet
    "$reckon" models promote ials --quiet >/dev/null
fi
python3 - "$dir" <<'END'
import json, os, random, sqlite3, sys
d = sys.argv[1]
c = sqlite3.connect("file:" + os.environ["RECKON_WORKSPACE"] + "/reckon.db?mode=ro", uri=True)
rnd = random.Random(1)
most = c.execute("SELECT max(user) FROM events").fetchone()[0]
users = []
while len(users) < 60000:
    row = c.execute("SELECT identifier FROM identities WHERE user = ?", (rnd.randrange(1, most + 1),)).fetchone()
    if row: users.append(row[0])
def write(name, n, **more):
    with open(f"{d}/{name}", "w") as f:
        for i in range(0, len(users) if n == 1 else 40000, n):
            who = {"user": users[i]} if n == 1 else {"users": users[i:i + n]}
            f.write(json.dumps({**who, "n": 10, **more}) + "\n")
write("one", 1)
write("many", 200, reasons=False)
write("many-reasons", 200)
write("many-filtered", 200, filter="price > 50", reasons=False)
write("many-few-left", 200, filter="category = Rug and brand = 'Brand 12' and price > 100", reasons=False)
END

say "start to ready (the file in the page cache)"
# What is answered is not kept: each answer is computed.
start() {
    rm -f "$dir/said"; mkfifo "$dir/said"
    "$reckon" serve --listen 127.0.0.1:0 2>"$dir/said" & server=$!; pids+=("$server")
    exec 8<"$dir/said"
    while read -r line <&8; do
        case $line in *'"listening"'*) port=${line##*:}; port=${port%%\"*} ;; *'"event":"ready"'*) break ;; esac
    done
    cat <&8 >/dev/null & pids+=($!)
}
memory() { awk '/VmRSS|VmHWM/ {printf "%s %.0f MB  ", $1, $2 / 1024}' "/proc/$server/status"; echo; }
for round in 1 2 3; do
    begin=$(date +%s%N); start; echo "$((($(date +%s%N) - begin) / 1000000)) ms"
    [ "$round" = 3 ] || { kill "$server"; wait "$server" || true; }
done
memory
du -cb "$RECKON_WORKSPACE"/models/*.safetensors | head -5
if command -v wrk >/dev/null; then
    for bodies in many many-reasons many-filtered many-few-left; do
        say "batches of 200 users ($bodies), two connections, closed loop: requests of 200 answers"
        BODIES=$dir/$bodies wrk -t1 -c2 -d5s -s "$here/../serve/recommend.lua" "http://127.0.0.1:$port" | grep '^{'
    done
fi
say "one user a request with reasons, open loop, 1,000 and 3,000 a second"
for rate in 1000 3000; do "$open" "$port" /v1/recommend "$dir/one" "$rate" 6 64; done
memory
