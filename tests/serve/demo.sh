#!/usr/bin/env bash
# The demo shop: off unless it is asked for, hostile names are text, and in a browser: who you are and what you click
# changes what you see, if you agree.
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
make_shop
serve
for path in /demo /demo/ /demo/search /demo/items/i001 /demo/cart /demo/pictures/i001 /demo/shop.js /demo/shop.css; do
    ask 404 GET $path
done
out_has "reckon serve --demo"
stop
serve --demo
ask 308 GET /demo
head_has "Location: /demo/"
evil='</h1><script>alert(1)</script>"&'"'"' \ %'
python3 -c 'import json,sys; print(json.dumps({"title": sys.argv[1], "attributes": {"price": 2, "note": sys.argv[1]}}))' "$evil" >body
ask 200 PUT /v1/items/i001 "$(cat body)"
ask 200 POST /v1/session '{"items":[],"n":1}'
top=$(json 'd["items"][0]["item"]')
ask 200 PUT "/v1/items/$top" "$(cat body)"
for path in /demo/ "/demo/items/i001" "/demo/pictures/i001" "/demo/search?q=%3C%2Fh1%3E%3Cscript%3E%27%5C" /demo/search /demo/cart "/demo/search?category=%27%20or%20price%3E0"; do
    ask 200 GET "$path"
    out_lacks "<script>alert"
    head_has "Content-Security-Policy: default-src 'none'"
done
recorded() { curl -s "$url/metrics" | grep -qx 'reckon_slates_recorded_total 1'; }
eventually recorded
same "$(curl -s "$url/metrics" | sed -n 's/^reckon_slates_recorded_total //p')" 1 "what the shop's pages look up is no recommendation"
ask 200 GET "/demo/search?q=%3C%2FH1%3E%3Cscript%3E"
out_has "&lt;/h1&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&amp;&#39; \\ %"
ask 200 GET /demo/pictures/i002
cp "$scratch/out" picture
ask 200 GET /demo/pictures/i002
checks=$((checks + 1)); cmp -s picture "$scratch/out" && python3 -c 'import sys,xml.dom.minidom as m; m.parse(sys.argv[1])' picture || fail "the same picture, well formed"
ask 404 GET /demo/items/nothing
ask 400 GET "/demo/search?z=1"
ask 400 GET "/demo/items/%00"
stop
# with keys, its pages need one of their own
run 0 reckon keys create page --roles browser --json
settings "demo = \"on\"
demo-key = \"$(json 'd["summary"]["token"]')\""
serve
ask 200 GET /demo/
if python3 "$RECKON_SOURCE/tests/serve/browser.py"; then
    checks=$((checks + 1)); python3 "$RECKON_SOURCE/tests/serve/demo.py" "$url" || fail "in the browser"
else
    echo "not run: chromium is not installed"
fi
stop
finish
