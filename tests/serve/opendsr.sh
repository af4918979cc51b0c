#!/usr/bin/env bash
# OpenDSR: requests of platforms, signed answers, status, cancelling, and callbacks that go only where they may.
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
command -v openssl >/dev/null || skip "needs openssl"
make_shop
openssl req -x509 -newkey rsa:2048 -nodes -keyout dsr.key -out dsr.pem -days 2 -subj /CN=dsr.shop.example \
    -addext subjectAltName=DNS:dsr.shop.example 2>/dev/null
openssl genrsa -out other.key 2048 2>/dev/null
python3 "$RECKON_SOURCE/tests/serve/opendsr.py" listen port heard &
controller=$!
trap 'kill $controller 2>/dev/null; [ -n "$server" ] && kill -9 "$server" 2>/dev/null; rm -rf "$scratch"' EXIT
eventually test -s port
port=$(cat port)
mapfile -t users < <(grep -v '^#' data/events.csv | tail -n +2 | cut -d, -f1 | sort | uniq -c | sort -rn | awk 'NR <= 5 {print $2}')
a=${users[0]} b=${users[1]} c=${users[2]}
run 0 reckon keys create controller --roles privacy --json
token=$(json 'd["summary"]["token"]')
run 0 reckon keys create second --roles privacy --json
second=$(json 'd["summary"]["token"]')
run 0 reckon privacy subject link "$a" --email ann@example.org --source login

# without a certificate it does not begin
run 2 reckon serve --listen 127.0.0.1:0 --dialects opendsr
settings "opendsr-certificate = \"$scratch/dsr.pem\"
opendsr-key = \"$scratch/other.key\""
run 5 reckon serve --listen 127.0.0.1:0 --dialects opendsr
dsr="opendsr-certificate = \"$scratch/dsr.pem\"
opendsr-key = \"$scratch/dsr.key\""
settings "$dsr
[privacy]
callback-hosts = \"127.0.0.1:$port\""
serve
ask 404 GET /v3/discovery # not spoken
stop
serve --dialects opendsr

signed() {
    checks=$((checks + 1))
    head_has "X-OpenDSR-Processor-Domain: dsr.shop.example"
    tr -d '\r' <"$scratch/head" | sed -n 's/^X-OpenDSR-Signature: //p' >signature
    python3 "$RECKON_SOURCE/tests/serve/opendsr.py" verify fetched.pem signature "$scratch/out" || fail "the signature: $1"
}
ask 200 GET /v3/certificate.pem
cp "$scratch/out" fetched.pem
same "$(cmp fetched.pem dsr.pem && echo same)" same "the certificate"
ask 200 GET /v3/discovery
signed discovery
same "$(json 'd["supported_subject_request_types"], d["processor_certificate"]')" "(['access', 'portability', 'erasure'], 'https://dsr.shop.example/v3/certificate.pem')" "discovery"

id() { printf 'a7551968-d5d6-44b2-9831-%012d' "$1"; }
# body NUMBER TYPE IDENTITY-TYPE VALUE [CALLBACK]
body() {
    printf '{"regulation":"gdpr","subject_request_id":"%s","subject_request_type":"%s","submitted_time":"2026-01-02T15:00:00Z","subject_identities":[{"identity_type":"%s","identity_value":"%s","identity_format":"raw","more":1}],"status_callback_urls":[%s],"api_version":"3.0","extensions":{"x.example":{"y":1}},"property_id":"1"}' \
        "$(id "$1")" "$2" "$3" "$4" "${5:+\"$5\"}"
}
# erasure, with callbacks; the first of them is lost on its way
sent=$(body 1 erasure email ann@example.org "http://127.0.0.1:$port/told")
ask 201 POST /v3/requests "$sent"
signed "the receipt"
same "$(json 'd["subject_request_id"], d["controller_id"]')" "('$(id 1)', 'key 1')" "the receipt"
same "$(json '__import__("base64").b64decode(d["encoded_request"]).decode()')" "$sent" "the request as it came"
ask 201 POST /requests "$sent"
completed() { ask 200 GET "/v3/requests/$(id "$1")" && [ "$(json 'd["request_status"]')" = completed ]; }
eventually completed 1
signed status
same "$(json 'sorted(d)')" "['api_version', 'controller_id', 'expected_completion_time', 'request_status', 'subject_request_id']" "a status"
ask 200 GET "/opengdpr_requests/$(id 1)"
told() { grep -q '"path": "/told".*completed' heard 2>/dev/null; }
eventually told
python3 - <<'PY'
import json
lines = [json.loads(l) for l in open("heard")]
last = lines[-1]
open("cb.body", "w").write(last["body"]), open("cb.signature", "w").write(last["signature"])
body = json.loads(last["body"])
print(lines[0]["status"], body["request_status"], body["status_callback_url"].endswith("/told"), last["domain"])
PY
checks=$((checks + 1))
python3 "$RECKON_SOURCE/tests/serve/opendsr.py" verify fetched.pem cb.signature cb.body || fail "the callback's signature"
same "$(python3 -c 'import json; l=[json.loads(x) for x in open("heard")]; print(l[0]["status"], json.loads(l[-1]["body"])["request_status"])')" "500 completed" "again when it was lost"
same "$(sqlite3 shop/reckon.db 'SELECT count(*) FROM callbacks')" 0 "nobody is left to tell"
run 0 reckon privacy cases --json
same "$(json 'd["rows"][0]["state"], len(d["rows"])')" "('certified', 1)" "one case, certified"

# somebody unknown is done at once, and nothing is said of others
ask 201 POST /v3/requests "$(body 2 erasure controller_customer_id nobody-at-all)"
completed 2 || fail "nobody: not completed"
# a copy: there for the asking
ask 201 POST /v3/requests "$(body 3 access controller_customer_id "$b")"
ask 200 GET "/v3/requests/$(id 3)"
where=$(json 'd["results_url"]')
same "${where%/*/*}" "https://dsr.shop.example/privacy/v1/requests" "where the copy is"
ask 200 GET "${where#https://dsr.shop.example}"
ask 202 DELETE "/v3/requests/$(id 3)"
signed cancelled
ask 200 GET "/v3/requests/$(id 3)"
same "$(json 'd["request_status"]')" cancelled "cancelled"
ask 400 DELETE "/v3/requests/$(id 1)"
same "$(json 'd["error"]["code"], d["error"]["errors"][0]["reason"]')" "(400, 'not_pending')" "the form of errors"

# where callbacks may go
for address in http://127.0.0.1:1/x http://example.com/x https://example.com/x "http://user:word@127.0.0.1:$port/x" \
    "ftp://127.0.0.1:$port/x" "http://127.0.0.1:$port@example.com/" http://169.254.169.254/latest/meta-data "http://localhost:$port/x" \
    "http://[::1]:$port/x" "http://127.1:$port/told/$c" "http://127.0.0.1:$port/told?who=$c" gopher://x file:///etc/passwd; do
    ask 400 POST /v3/requests "$(body 9 access controller_customer_id "$c" "$address")"
done
# no redirect is followed
ask 201 POST /v3/requests "$(body 4 access controller_customer_id "$c" "http://127.0.0.1:$port/elsewhere")"
elsewhere() { grep -q '"path": "/elsewhere"' heard; }
eventually elsewhere
checks=$((checks + 1)); grep -q '"path": "/hidden"' heard && fail "a redirect was followed"

# bad requests; another controller sees nothing of it
ask 400 POST /v3/requests '{"subject_request_id":"x"}'
ask 400 POST /v3/requests 'no json'
ask 400 POST /v3/requests "$(body 5 erasure email ann | sed 's/"raw"/"sha256"/')"
ask 400 POST /v3/requests "$(body 5 erasure controller_customer_id "$c" | sed 's/a7551968/A7551968/')"
ask 400 POST /v3/requests "$(body 3 erasure controller_customer_id "$b")" # its id had another type
ask 404 GET "/v3/requests/$(id 77)"
ask 404 GET /v3/requests/x/y
ask 405 PUT "/v3/requests/$(id 1)" '{}'
token=$second ask 404 GET "/v3/requests/$(id 1)"
token= ask 401 POST /v3/requests "$sent"
ask 200 GET /openapi/opendsr.json
stop
checks=$((checks + 1)); grep -E "ann@example|\"($a|$b|$c)\"" "$scratch/log" && fail "the log names somebody"

# with an approval in between, it can be taken back
settings "$dsr
[privacy]
opendsr-erasures = \"approve\""
serve --dialects opendsr
ask 201 POST /v3/requests "$(body 6 erasure controller_customer_id "$c")"
ask 200 GET "/v3/requests/$(id 6)"
same "$(json 'd["request_status"]')" pending "waits"
ask 202 DELETE "/v3/requests/$(id 6)"
ask 201 POST /v3/requests "$(body 7 erasure controller_customer_id "$c")"
run 0 reckon privacy cases --json
number=$(json '[r["case"] for r in d["rows"] if r["state"] == "planned"][0]')
run 0 reckon privacy approve "$number" --yes
eventually completed 7
stop
finish
