#!/usr/bin/env bash
# What the LLM client costs: bench/describe/client against the tests' own service.
#   bench/describe/client.sh [PAIRS [CALLS]]      the program is $CLIENT, else build/bench/describe/client
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
pairs=${1:-1000} calls=${2:-100}
scratch=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$scratch"' EXIT
{
    for ((i = 0; i < 2 * (pairs + 20); i++)); do echo ok; done
    printf '%s\n' big endless endless
    for ((i = 0; i < calls; i++)); do echo hang; done
} >"$scratch/script"
: >"$scratch/log"
python3 "$here/tests/describe/llm_server.py" "$scratch/port" "$scratch/log" "$scratch/script" 2>/dev/null &
server=$!
until [ -s "$scratch/port" ]; do kill -0 $server; sleep 0.1; done
"${CLIENT:-$here/build/bench/describe/client}" "http://127.0.0.1:$(cat "$scratch/port")/v1" "$pairs" "$calls"
echo "at once, as the service saw it: $(tail -1 "$scratch/log" | python3 -c 'import json,sys; print(json.loads(sys.stdin.read())["at_once"])')"
echo "load: $(cut -d' ' -f1 /proc/loadavg)"
