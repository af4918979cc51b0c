#!/usr/bin/env bash
# /widget.js: how it is given out, and what it does in a page of another origin, in headless Chromium.
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
make_shop
printf 'n = 5\n' >shelf.toml
run 0 reckon scenarios set shelf shelf.toml
run 0 reckon experiment design banner --metric conversion --effect 0.5 --share 1 --scenario shelf --arm plain \
    --arm 'loud=widget:title=Picked, just for "you"; level=4'
run 0 reckon experiment start banner
serve

# as files on the web are given out: plain, gzipped, not again when it is known
ask 200 GET /widget.js
head_has "Content-Type: text/javascript"
head_has "Cache-Control: public, max-age=3600"
head_has "Vary: Accept-Encoding"
head_has "X-Content-Type-Options: nosniff"
cp "$scratch/out" plain.js
checks=$((checks + 1)); cmp -s plain.js "$RECKON_SOURCE/src/serve/assets/widget.js" || fail "another file"
tag=$(sed -n 's/^ETag: *\(.*\)\r$/\1/Ip' "$scratch/head")
rm "$scratch/out"
ask 200 HEAD /widget.js '' -I
head_has "ETag: $tag"
rm -f "$scratch/out"
ask 304 GET /widget.js '' -H "If-None-Match: \"x\", $tag"
checks=$((checks + 1)); [ ! -s "$scratch/out" ] || fail "it is sent again"
ask 200 GET /widget.js '' -H 'If-None-Match: "x"'
ask 200 GET /widget.js '' -H 'Accept-Encoding: br, gzip'
head_has "Content-Encoding: gzip"
gzip -dc "$scratch/out" >packed.js
checks=$((checks + 1)); cmp -s plain.js packed.js || fail "what is packed is another file"
checks=$((checks + 1)); [ "$(wc -c <"$scratch/out")" -lt 10240 ] || fail "$(wc -c <"$scratch/out") bytes gzipped are too many"
for refused in 'gzip;q=0' 'br' 'gzip; q=0.0, br'; do
    ask 200 GET /widget.js '' -H "Accept-Encoding: $refused"
    checks=$((checks + 1)); grep -qi content-encoding "$scratch/head" && fail "gzip for who takes '$refused'"
done
ask 200 GET /widget.js '' -H 'Accept-Encoding: gzip;q=0.5'
head_has "Content-Encoding: gzip"
checks=$((checks + 1)); grep -nE '\.innerHTML|\.outerHTML|insertAdjacentHTML|document\.write|eval\(|localStorage|document\.cookie' plain.js && fail "what the widget must not use"

# the rest in a browser
if ! python3 "$RECKON_SOURCE/tests/serve/browser.py"; then
    [ "$failures" = 0 ] || finish
    skip "chromium is not installed: the pages were not looked at ($checks checks of the file were good)"
fi
make_key() { run 0 reckon keys create "$@" --json; json 'd["summary"]["token"]'; }
page=$(make_key page --roles browser)
token=$(make_key shop --roles serve,ingest)
closed() { [ "$(curl -s -o /dev/null -w '%{http_code}' "$url/v1/models")" = 401 ]; }
eventually closed
eventually knows "$page" "$token"
checks=$((checks + 1)); python3 "$RECKON_SOURCE/tests/serve/widget.py" "$url" "$server" "$page" "$token" || fail "in the browser"
stop
finish
