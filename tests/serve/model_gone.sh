#!/usr/bin/env bash
# The file of the model that answers is deleted, or damaged, under the server.
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
make_shop
serve
ask 200 POST /v1/recommend '{"user":"u007","n":3}'
rm "$RECKON_WORKSPACE"/models/ease-1.safetensors

# what is loaded goes on, whatever is read again
ask 200 POST /v1/recommend '{"user":"u007","n":4}'
same "$(json 'd["model"]')" ease@1 "the model that is loaded"
kill -HUP "$server"
eventually grep -q '"event":"reloaded"' "$scratch/log"
ask 200 POST /v1/recommend '{"user":"u008","n":4}'
ask 200 GET /readyz
same "$(json 'd["state"]')" ready "nobody misses the file yet"
run 1 reckon doctor
out_has "ease-1"
ask 200 POST /v1/recommend '{"user":"u009","n":3,"model":"ease@1"}'

# another one is promoted: it takes over
run 0 reckon train ease --no-evaluate
run 0 reckon models promote ease@2
serves() { ask 200 POST /v1/recommend '{"user":"u010","n":3}' && [ "$(json 'd["model"]')" = "$1" ]; }
eventually serves ease@2
# the one whose file is gone cannot come back, and that is said before anything changes
run 1 reckon models promote ease@1
err_has "gone"
ask 500 POST /v1/recommend '{"user":"u010","model":"ease@1"}'
serves ease@2

# a file that is damaged is not loaded; what answers stays
run 0 reckon train ease --no-evaluate
run 0 reckon models promote ease@3
eventually serves ease@3
printf 'x' | dd of="$RECKON_WORKSPACE/models/ease-3.safetensors" bs=1 seek=5000 conv=notrunc 2>/dev/null
stop
serve
grep -q '"event":"degraded"' "$scratch/log" || fail "it says so at the start"
ask 503 POST /v1/recommend '{"user":"u007"}'
out_has no_model
head_has "Retry-After: "
ask 200 GET /readyz
same "$(json 'd["state"], "ease-3" in d["checks"]["model"]')" "('degraded', True)" "what is wrong, and with which file"
ask 202 POST /v1/events '{"user":"u007","item":"still taken"}'
run 0 reckon models promote ease@2
back() { curl -s -H 'Content-Type: application/json' -d '{"user":"u010","n":3}' "$url/v1/recommend" | grep -q '"model":"ease@2"'; }
eventually back
ready() { ask 200 GET /readyz && [ "$(json 'd["state"]')" = ready ]; }
eventually ready
stop
finish
