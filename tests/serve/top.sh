#!/usr/bin/env bash
# A running server is watched: from the command line and on the console's screen, with and without a key.
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
make_shop
serve
for user in u001 u002 u003 u001; do ask 200 POST /v1/recommend "{\"user\":\"$user\"}"; done
run 0 reckon top "$url" --once --seconds 0.1 --json
same "$(json 'd["summary"]["state"], d["summary"]["model"]')" "('ready', 'ease@1')" "state and model"
same "$(json '[r["answered"] for r in d["rows"] if r["route"] == "/v1/recommend"]')" "[4]" "what was answered"
run 0 reckon top "$url" --json
same "$(json 'd["command"]')" top "with --json it looks once"
run 0 reckon top "${url#http://}/" --once --seconds 0.1
out_has "/v1/recommend"
printf '[serve]\nlisten = "%s"\n' "${url#http://}" >shop/reckon.toml
run 0 reckon console serving --once --size 100x30
out_has "ready"
out_has "model ease@1"
out_has "/v1/recommend"
out_has "in flight"
# with keys, it wants one
run 0 reckon keys create ops --roles serve --json
json 'd["summary"]["token"]' >key
wanted() { reckon top "$url" --once --seconds 0.1 >"$scratch/out" 2>"$scratch/err"; [ $? = 4 ]; }
eventually wanted
err_has "the server wants a key"
chmod 644 key
run 4 reckon top "$url" --once --seconds 0.1 --key-file key
err_has "chmod 600"
chmod 600 key
run 0 reckon top "$url" --once --seconds 0.1 --key-file key
run 0 env RECKON_TOKEN="$(cat key)" "$RECKON" top "$url" --once --seconds 0.1
run 0 reckon console serving --once --size 100x30
out_has "RECKON_TOKEN"
stop
run 1 reckon top "$url" --once
err_has "is it running?"
finish
