#!/usr/bin/env bash
# reckon beside what people put together without it: implicit behind FastAPI, in the same run, on the same data, by the
# same load generators.  Usage: run.sh RECKON OPEN_LOOP SAMPLE PYTHON [SECONDS]
# PYTHON: one that has implicit, fastapi, uvicorn[standard], orjson, scipy.
set -euo pipefail
reckon=$(realpath "$1") open=$(realpath "$2") sample=$(realpath "$3") python=$4 seconds=${5:-6}
here=$(dirname "$(realpath "$0")")
dir=$(mktemp -d)
pids=()
trap 'kill -- "${pids[@]}" 2>/dev/null || true; rm -rf "$dir"' EXIT
export RECKON_WORKSPACE=$dir/shop BODIES=$dir/bodies
say() { printf '\n## %s\n' "$*"; }

"$reckon" init "$dir/shop" --quiet >/dev/null
"$reckon" import events --preset online-retail "$sample" --quiet >/dev/null
"$reckon" train ials --dim 64 --no-evaluate --quiet >/dev/null
"$reckon" models promote ials --quiet >/dev/null
sqlite3 "$dir/shop/reckon.db" "SELECT json_object('user', identifier, 'n', 10) FROM identities" >"$BODIES"

# waits until a port answers
until_there() { until curl -sf -o /dev/null -H 'Content-Type: application/json' -d "$(head -1 "$BODIES")" "127.0.0.1:$1/v1/recommend"; do read -rt .1 <> <(:) || :; done; }
cpu() { local sum=0 p; for p in $(pgrep -g "$1"); do sum=$((sum + $(awk '{print $14 + $15}' "/proc/$p/stat"))); done; echo "$sum"; }
measure() { # NAME PORT GROUP
    local before after line
    before=$(cpu "$3")
    line=$(wrk -t2 -c32 -d"${seconds}s" -s "$here/../serve/recommend.lua" "http://127.0.0.1:$2" | grep '^{')
    after=$(cpu "$3")
    echo "$1: closed loop $line, processor $((after - before))0 ms in $seconds s"
}

say "machine"; grep -m1 'model name' /proc/cpuinfo; nproc; uptime; "$reckon" --version
printf '[serve]\ngrace-seconds = 0\naccess-log = ""\ncache-mb = %s\n' 64 >"$dir/shop/reckon.toml"
setsid "$reckon" serve --listen 127.0.0.1:18941 2>/dev/null & ours=$!; pids+=(-"$ours")
(cd "$here" && exec setsid "$python" fastapi_implicit.py "$dir/shop" 18942 2 2>/dev/null) & theirs=$!; pids+=(-"$theirs")
until_there 18941; until_there 18942
say "an answer"
for port in 18941 18942; do curl -s -H 'Content-Type: application/json' -d "$(head -1 "$BODIES")" "127.0.0.1:$port/v1/recommend" | wc -c; done
for round in 1 2; do
    say "round $round"
    measure "implicit + FastAPI, 2 processes" 18942 "$theirs"
    measure "reckon, with its cache, with reasons" 18941 "$ours"
done
kill -- -"$ours"; wait "$ours" || :
printf '[serve]\ngrace-seconds = 0\naccess-log = ""\ncache-mb = 0\n' >"$dir/shop/reckon.toml"
setsid "$reckon" serve --listen 127.0.0.1:18941 2>/dev/null & ours=$!; pids+=(-"$ours")
until_there 18941
say "reckon without its cache"
measure "implicit + FastAPI, 2 processes" 18942 "$theirs"
measure "reckon, every answer computed, with reasons" 18941 "$ours"
say "open loop at 500 a second"
echo -n "implicit + FastAPI: "; "$open" 18942 /v1/recommend "$BODIES" 500 "$seconds" 64
echo -n "reckon: "; "$open" 18941 /v1/recommend "$BODIES" 500 "$seconds" 64
