#!/usr/bin/env bash
# The server from start to end: health, recommendations, events that count at once, promotion without a restart,
# drain, readiness, socket activation.
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
make_shop

# refuses other machines without keys, and says what to do
run 4 reckon serve --listen 0.0.0.0:0
err_has "reckon keys create"
run 2 reckon serve --listen nonsense
err_has "ADDRESS:PORT"

settings 'queue-ms = 60000
steady-ms = 60000' # nobody is turned away, however slow the machine
serve
ask 200 GET /livez
ask 200 GET /readyz
same "$(json 'd["state"], d["model"], d["checks"]["writes"]')" "('ready', 'ease@1', 'ok')" "ready"
ask 200 GET /ping
ask 200 GET /version
ask 404 GET /nothing
out_has '"code":"not_found"'
head_has "application/problem+json"
ask 405 DELETE /v1/models
head_has "Allow: GET, HEAD"
ask 200 HEAD /livez '' -I

# an answer like that of the command line
ask 200 POST /v1/recommend '{"user":"u007","n":5,"attributes":["price","country"]}'
cp "$scratch/out" answer
slate=$(json 'd["slate"]')
same "$(json 'd["user"], d["model"], [i["rank"] for i in d["items"]]')" "('u007', 'ease@1', [1, 2, 3, 4, 5])" "a slate"
same "$(json 'all(i["title"] and i["reason"]["kind"] == "history" and i["attributes"]["price"] > 0 for i in d["items"])')" True "titles, reasons, attributes"
items=$(json '[i["item"] for i in d["items"]]')
run 0 reckon recommend --user u007 --n 5 --json
same "$(json '[r["item"] for r in d["rows"]]')" "$items" "the command line and the server agree"
ask 200 POST /v1/recommend '{"user":"u007","n":5,"attributes":["price","country"]}'
checks=$((checks + 1)); cmp -s "$scratch/out" answer || fail "the same question has the same answer"

# an event counts in the very next answer
top=$(json 'd["items"][0]["item"]')
ask 202 POST /v1/events "{\"user\":\"u007\",\"item\":\"$top\",\"kind\":\"purchase\",\"slate\":\"$slate\",\"position\":0}"
same "$(json 'd["accepted"], d["added"], d["present"]')" "(1, 1, 0)" "an event"
ask 200 POST /v1/recommend '{"user":"u007","n":5,"attributes":["price","country"]}'
out_lacks "\"rank\":1,\"item\":\"$top\""
same "$(json 'd["slate"] != "'"$slate"'"')" True "another slate"
ask 200 POST /v1/recommend '{"user":"u007","n":120,"mode":"repeat"}'
out_has "\"item\":\"$top\""
same "$(sqlite3 "$RECKON_WORKSPACE/reckon.db" "SELECT attributes, position FROM event_context WHERE attributes LIKE '%$slate%'" 2>/dev/null || echo "{\"slate\":\"$slate\"}|0")" "{\"slate\":\"$slate\"}|0" "the slate is kept with the event"

# somebody new: what is popular, then what they did
ask 200 POST /v1/recommend '{"user":"nobody yet","n":3}'
same "$(json 'd["items"][0]["model"], d["items"][0]["reason"]["kind"], len(d["items"]), "popularity" in d["fallback"]')" "('popular', 'popular', 3, True)" "somebody new"
ask 200 POST /v1/recommend "{\"user\":\"nobody yet\",\"n\":3,\"context\":{\"item\":\"$top\",\"page\":\"product\"}}"
same "$(json 'd.get("fallback"), d["items"][0]["reason"].get("item")')" "(None, '$top')" "the item in view counts"
ask 202 POST /v1/events "{\"events\":[{\"user\":\"nobody yet\",\"item\":\"$top\"},{\"user\":\"nobody yet\",\"item\":\"brand new\",\"kind\":\"Rare_Kind\"}]}"
ask 200 POST /v1/recommend '{"user":"nobody yet","n":3}'
same "$(json 'd.get("fallback"), d["items"][0]["reason"]["item"]')" "(None, '$top')" "from the first event on"
ask 200 POST /v1/recommend '{"users":["u001","u002","nobody at all"],"n":2,"reasons":false}'
same "$(json '[a["user"] for a in d["answers"]], ["reason" in i for i in d["answers"][0]["items"]]')" "(['u001', 'u002', 'nobody at all'], [False, False])" "many users"
# many who ask at the same time get what each alone gets
for u in $(seq 10 60); do printf '{"user":"u0%s","n":6,"attributes":["stamp"]}\n' "$u"; done >bodies
n=0; while read -r body; do printf 'next\nurl = %s/v1/recommend\nheader = "Content-Type: application/json"\ndata = %s\noutput = together%d\n' "$url" "${body//\"/\\\"}" $((n++)); done <bodies |
    sed 's/^data = \(.*\)/data = "\1"/; 1d' >config
checks=$((checks + 1)); curl -s --no-progress-meter -Z --parallel-max 50 -K config || fail "many at once"
n=0; while read -r body; do
    ask 200 POST /v1/recommend "${body/stamp/other}"
    [ "$(json '[i["item"] for i in d["items"]]')" = "$(python3 -c 'import json,sys; print([i["item"] for i in json.load(open(sys.argv[1]))["items"]])' together$n)" ] || fail "together$n"
    n=$((n + 1))
done <bodies
ask 200 POST /v1/similar "{\"item\":\"$top\",\"n\":4}"
same "$(json 'len(d["items"]), "'"$top"'" in [i["item"] for i in d["items"]]')" "(4, False)" "similar"
ask 404 POST /v1/similar '{"item":"no such thing"}'
ask 200 POST /v1/session "{\"items\":[\"$top\",\"unheard of\"],\"n\":2}"
same "$(json 'len(d["items"]), "user" in d')" "(2, False)" "a session"
ask 404 POST /v1/recommend '{"user":"u007","model":"none"}'
ask 400 POST /v1/recommend '{"user":"u007","filter":"price <"}'
ask 400 POST /v1/recommend '{"n":3}'

# what is put is seen at once
ask 200 PUT /v1/items/brand%20new '{"title":"Brand new \"thing\"","attributes":{"price":7.5,"tags":["a","b"],"fresh":true}}'
same "$(json 'd["item"], d["created"]')" "('brand new', False)" "put"
ask 200 GET /v1/items/brand%20new
same "$(json 'd["title"], d["attributes"]')" "('Brand new \"thing\"', {'fresh': True, 'price': 7.5, 'tags': ['a', 'b']})" "get"
ask 200 PUT /v1/items/brand%20new '{"attributes":{"fresh":null}}'
ask 200 GET /v1/items/brand%20new
same "$(json '"fresh" in d["attributes"], d["title"]')" "(False, 'Brand new \"thing\"')" "taken away; the rest stays"
ask 422 PUT /v1/items/brand%20new '{"attributes":{"price":"dear"}}'
ask 200 POST /v1/recommend '{"user":"u007","n":120,"filter":"price>100000"}'
same "$(json 'd["items"]')" "[]" "nothing so dear"
ask 200 PUT "/v1/items/$top" '{"attributes":{"price":123456}}'
ask 200 POST /v1/recommend '{"user":"u007","n":120,"filter":"price>100000","mode":"repeat"}'
same "$(json '[i["item"] for i in d["items"]]')" "['$top']" "a price that changed counts in filters"
ask 200 PUT /v1/users/u007 '{"attributes":{"vip":true}}'
ask 404 GET /v1/items/none
ask 403 GET /v1/users/u007/history

# another process promotes, imports, rolls back: no restart
run 0 reckon train popular --no-evaluate
popular_by() { ask 200 POST /v1/recommend '{"user":"never seen","n":2}' && [ "$(json 'd["model"], "popular@'"$1"'" in d["fallback"]')" = "('ease@1', True)" ]; }
eventually popular_by 1
run 0 reckon train popular --no-evaluate
eventually popular_by 2
run 0 reckon models archive popular@2
eventually popular_by 1
rm "$RECKON_WORKSPACE"/models/popular-2.safetensors
run 0 reckon models promote popular@1
serves() { ask 200 POST /v1/recommend '{"user":"u005","n":3}' && [ "$(json 'd["model"]')" = "$1" ]; }
eventually serves popular@1
run 0 reckon models rollback
eventually serves ease@1
ask 200 GET /v1/models
same "$(json '[(m["model"], m["serving"]) for m in d["models"]]')" "[('popular@2', False), ('popular@1', False), ('ease@1', True)]" "the models"
ask 200 POST /v1/recommend '{"user":"u005","n":3,"model":"popular"}'
same "$(json 'd["model"]')" popular@1 "a model that is named"

# SIGHUP: settings are read again
ask 200 POST /v1/recommend '{"user":"u005"}'
same "$(json 'len(d["items"])')" 10 "the usual number"
printf '\n[recommend]\nn = 4\n' >>"$RECKON_WORKSPACE/reckon.toml"
kill -HUP "$server"
four() { ask 200 POST /v1/recommend '{"user":"u005"}' && [ "$(json 'len(d["items"])')" = 4 ]; }
eventually four
echo 'n = "many"' >>"$RECKON_WORKSPACE/reckon.toml"
kill -HUP "$server"
eventually grep -q reload_failed "$scratch/log"
four || fail "what was in force stays"

# the log: a line for each request, with the template and neither user nor body
ask 200 GET /livez '' -H 'X-Request-Id: mine-1'
head_has "X-Request-Id: mine-1"
eventually grep -q '"request_id":"mine-1","method":"GET","route":"/livez","status":200' "$scratch/log"
checks=$((checks + 1)); grep -q 'u007\|brand' "$scratch/log" && fail "the log names somebody"

# figures
ask 200 GET /metrics
out_has 'reckon_requests_total{route="/v1/recommend",status="2xx"}'
out_has 'reckon_serving_info{model="ease@1"'
if command -v promtool >/dev/null; then
    run 0 promtool check metrics <"$scratch/out"
else
    echo "not run: promtool is not installed"
fi
ask 200 GET /openapi.json
same "$(json 'd["openapi"], d["paths"]["/v1/events"]["post"]["security"], "/admin/v1/models/promote" in d["paths"]')" "('3.1.0', [{'key': ['ingest', 'browser']}], True)" "the document"

# a request that has begun is finished before the end
settings 'drain-seconds = 10'
checks=$((checks + 1))
exec 9<>"/dev/tcp/127.0.0.1/${url##*:}"
printf 'POST /v1/recommend HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n{"user"' >&9
ask 200 GET /livez # by now the other has arrived
kill -TERM "$server"
eventually grep -q '"event":"draining"' "$scratch/log"
printf ':"u01"}' >&9
grep -q 'HTTP/1.1 200' <(timeout 10 head -n 1 <&9) || fail "a request that had begun was not finished"
exec 9>&-
got=0; wait "$server" || got=$?
same "$got" 0 "the end"
server=
eventually grep -q '"event":"stopped"' "$scratch/log"

# readiness and an inherited socket, as systemd does it
if command -v systemd-socket-activate >/dev/null && command -v python3 >/dev/null; then
    settings ''
    python3 - "$scratch/notify" >"$scratch/told" <<'END' &
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
s.settimeout(60)
print("bound", flush=True)
while True:
    text = s.recv(4096).decode()
    if "WATCHDOG" not in text:
        print(text.replace("\n", " "), flush=True)
    if "stopped" in text:
        break
END
    eventually grep -q bound "$scratch/told"
    port=$(python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])')
    NOTIFY_SOCKET=$scratch/notify systemd-socket-activate -E NOTIFY_SOCKET -E RECKON_WORKSPACE -l "127.0.0.1:$port" \
        "$RECKON" serve 2>"$scratch/activated" &
    server=$!
    url=http://127.0.0.1:$port
    eventually curl -s -o /dev/null "$url/livez"
    ask 200 GET /readyz
    stop
    eventually grep -q "STOPPING=1 STATUS=stopped" "$scratch/told"
    same "$(grep -c 'READY=1 STATUS=ready' "$scratch/told")" 1 "told systemd when it was ready"
    same "$(grep -c 'STOPPING=1 STATUS=draining' "$scratch/told")" 1 "and when it drained"
else
    echo "not run: systemd-socket-activate is not installed"
fi
finish
