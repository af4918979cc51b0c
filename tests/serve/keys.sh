#!/usr/bin/env bash
# Who may do what: keys, roles, rates, origins, TLS.
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
make_shop

run 0 reckon keys list
out_has "nobody may run commands"
serve
ask 200 POST /v1/recommend '{"user":"u007"}'
ask 403 POST /admin/v1/doctor '{}'

# without keys, a page of another name must not get in by naming this machine
ask 403 POST /v1/recommend '{"user":"u007"}' -H 'Host: evil.example'
ask 200 POST /v1/recommend '{"user":"u007"}' -H 'Host: localhost:99'
# and a form of another page cannot: its body is no application/json
ask 415 POST /v1/events '' -H 'Content-Type: text/plain' --data '{"user":"a","item":"b"}'

# the first key closes the door at once, without a restart
make_key() { run 0 reckon keys create "$@" --json; json 'd["summary"]["token"]'; }
web=$(make_key web --roles serve,ingest)
ops=$(make_key ops --roles admin)
dpo=$(make_key dpo --roles privacy)
closed() { ask_quietly=$(curl -s -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' -d '{"user":"u007"}' "$url/v1/recommend"); [ "$ask_quietly" = 401 ]; }
eventually closed
eventually knows "$web" "$ops" "$dpo"
ask 401 POST /v1/recommend '{"user":"u007"}'
head_has "WWW-Authenticate: Bearer"
ask 200 GET /livez
ask 200 GET /readyz
same "$(json 'd')" "{'state': 'ready'}" "without a key only the state"
ask 401 GET /metrics
run 6 reckon keys create web
run 2 reckon keys create other --roles serve,king
run 2 reckon keys create $'a\001b'
checks=$((checks + 1)); grep -q "${web#reckon_*_}" "$RECKON_WORKSPACE/reckon.db" && fail "the secret is in the store"

# each role: what it may, and what not
token=$web
ask 200 POST /v1/recommend '{"user":"u007"}'
ask 202 POST /v1/events '{"user":"u007","item":"i1"}'
ask 200 GET /metrics
ask 403 POST /admin/v1/doctor '{}'
ask 403 GET /v1/users/u007/history
token=$dpo
ask 200 GET '/v1/users/u007/history?limit=3'
same "$(json 'len(d["events"]), d["events"][-1]["item"], d["events"][-1]["kind"]')" "(3, 'i1', 'view')" "the history"
ask 400 GET '/v1/users/u007/history?limit=0'
ask 400 GET '/v1/users/u007/history?limit=3&limit=4'
ask 400 GET '/v1/users/u007/history?nonsense=1'
ask 404 GET /v1/users/nobody/history
ask 403 POST /v1/recommend '{"user":"u007"}'
ask 403 POST /v1/events '{"user":"u007","item":"i1"}'
token=$ops
ask 200 POST /admin/v1/keys/list '{}'
ask 403 GET /v1/users/u007/history

# a key in a page, for everybody to see: what its visitor may see and do, and nothing of anybody's past
run 2 reckon keys create mixed --roles serve,browser
err_has "no other role"
page=$(make_key page --roles browser)
eventually knows "$page"
token=$web
ask 200 POST /v1/recommend '{"user":"u007","n":4}' # with reasons, and kept
out_has '"reason"'
token=$page
ask 200 POST /v1/recommend '{"user":"u007","n":4}'
out_lacks '"reason"'
ask 200 POST /v1/recommend '{"user":"u007","n":4,"attributes":["price"]}'
out_has '"price"'
ask 200 POST /v1/session '{"items":["i1"],"reasons":false}'
ask 200 POST /v1/similar '{"item":"i001"}'
for body in '{"user":"u007","reasons":true}' '{"users":["u007","u008"]}' '{"user":"u007","filter":"price<3"}' \
    '{"user":"u007","model":"ease"}' '{"user":"u007","n":51}' '{"user":"u007","attributes":["price","country"]}'; do
    ask 403 POST /v1/recommend "$body"
    out_has "a key for browsers may not"
done
ask 202 POST /v1/events '{"events":[{"user":"u007","item":"i1","kind":"exposure","position":1,"slate":"s1"},{"user":"u007","item":"i1","kind":"click"},{"user":"u007","item":"i1"}]}'
for body in '{"user":"u007","item":"i1","kind":"purchase"}' '{"user":"u007","item":"i1","time":"2020-01-01T00:00:00Z"}' \
    '{"user":"u007","item":"i1","price":3}' "{\"events\":[$(yes '{"user":"u007","item":"i1"}' | head -n 101 | paste -sd,)]}"; do
    ask 403 POST /v1/events "$body"
done
for path in /v1/models /v1/items/i1 /v1/users/u007/history /metrics /admin/jobs; do ask 403 GET $path; done
ask 403 PUT /v1/items/i1 '{"title":"x"}'
ask 200 GET /readyz
same "$(json 'd')" "{'state': 'ready'}" "only the state"

# wrong tokens: shortened, of another number, without the word, and too many
for bad in "${web%?}" "${web/_1_/_2_}" "${web/_1_/_99_}" reckon_1_ x "${web}a"; do
    token=$bad
    ask 401 POST /v1/recommend '{"user":"u007"}'
done
token=
ask 401 POST /v1/recommend '{"user":"u007"}' -H "Authorization: Basic $web"
yes "url = $url/v1/models" | head -n 250 >many_urls
codes=$(curl -s -o /dev/null -w '%{http_code}\n' -H 'Authorization: Bearer wrong' --parallel-max 1 -K many_urls | sort | uniq -c)
checks=$((checks + 1)); [[ $codes == *429* ]] || fail "whoever guesses is told to wait: $codes"
token=$web
ask 200 POST /v1/recommend '{"user":"u007"}'
token=

# revoked and expired
run 0 reckon keys revoke ops
run 0 reckon keys list
out_has revoked
run 3 reckon keys revoke ops2
stop
settings $'rate-per-key = 5\nburst-seconds = 2\ncors-origins = "https://shop.example https://b.example"'
serve
token=$ops
ask 401 POST /admin/v1/doctor '{}'
token=$web
# a rate: ten at once, then one has to wait (all of one connection, faster than any rate of five)
yes "url = $url/v1/models" | head -n 100 >many_urls
codes=$(curl -s -o /dev/null -D "$scratch/heads" -w '%{http_code}\n' -H "Authorization: Bearer $web" --parallel-max 1 -K many_urls | sort | uniq -c)
code=$(grep -om1 429 <<<"$codes" | head -1)
grep -A20 ' 429 ' "$scratch/heads" >"$scratch/head"
same "$code" 429 "above the rate"
head_has "Retry-After: 1"
token=

# pages of other origins
ask 204 OPTIONS /v1/events '' -H 'Origin: https://shop.example' -H 'Access-Control-Request-Method: POST'
head_has "Access-Control-Allow-Origin: https://shop.example"
head_has "Access-Control-Allow-Headers: Authorization"
ask 405 OPTIONS /v1/events '' -H 'Origin: https://evil.example' -H 'Access-Control-Request-Method: POST'
checks=$((checks + 1)); grep -qi access-control "$scratch/head" && fail "a foreign origin is let in"
stop

# with keys it may listen anywhere; over TLS too
if command -v openssl >/dev/null; then
    openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost 2>/dev/null
    settings "tls-certificate = \"$scratch/cert.pem\""
    run 2 reckon serve --listen 127.0.0.1:0
    err_has "must be given together"
    settings "tls-certificate = \"$scratch/cert.pem\"
tls-key = \"$scratch/key.pem\""
    serve
    case $url in https://*) ;; *) fail "no https: $url" ;; esac
    token=$web
    ask 200 POST /v1/recommend '{"user":"u007"}' --cacert cert.pem --resolve "localhost:${url##*:}:127.0.0.1" -k
    stop
else
    echo "not run: openssl is not installed"
fi
finish
