#!/usr/bin/env bash
# The dialect of TensorFlow Serving: what its documentation shows, its paths and errors; then its own messages and a
# client that was written for it.
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
make_shop
run 0 reckon train popular --no-evaluate
run 0 reckon models promote popular --stage staging

# off unless it is asked for
serve
ask 404 GET /v1/models/ease
ask 404 POST /v1/models/ease:predict '{"instances":["u007"]}'
ask 404 GET /openapi/tfserving.json
stop
run 2 reckon serve --listen 127.0.0.1:0 --dialects tfserving,klingon
err_has "there are tfserving, sagemaker"

settings 'dialects = "tfserving"'
serve
ask 200 GET /v1/models
same "$(json 'len(d["models"])')" 2 "the own list of models stays"
ask 404 GET /ping/
ask 200 GET /openapi.json
out_lacks predict
ask 200 GET /openapi/tfserving.json
out_has '"/v1/models/{model}/versions/{version}:predict"'
out_lacks '/v1/recommend'

# status and metadata
ask 200 GET /v1/models/ease
same "$(json d)" "{'model_version_status': [{'version': '1', 'state': 'AVAILABLE', 'status': {'error_code': 'OK', 'error_message': ''}}]}" "status"
ask 200 GET /V1/Models/ease/VERSIONS/1
ask 200 GET /v1/models/popular/labels/staging
ask 200 GET /v1/models/ease/versions/1/metadata
same "$(json 'd["model_spec"], list(d["metadata"]["signature_def"]["signature_def"])')" "({'name': 'ease', 'signature_name': '', 'version': '1'}, ['serving_default'])" "metadata"
bad() { ask "$1" "$2" "$3" "${4-}"; same "$(json 'list(d)')" "['error']" "an error of the dialect"; }
bad 404 GET /v1/models/nothing
bad 404 GET /v1/models/ease/versions/7
bad 404 GET /v1/models/ease/versions/7/metadata
bad 400 GET /v1/models/ease/labels/stable
bad 400 GET /v1/models/ease/versions/one
bad 400 GET /v1/models/ease/versions/99999999999999999999
bad 400 GET /v1/models/
bad 400 GET /v1/models/ease/nothing
bad 400 GET /v1/models/ease/versions/1/labels/production
bad 400 GET /v1/models/e%00se
bad 400 GET /v1/models/e%zz
bad 400 GET /v1/models/ease:predict
bad 400 DELETE /v1/models/ease
bad 400 POST /v1/models/ease '{}'

# predict: rows in rows out, columns in columns out, in order
p=/v1/models/ease:predict
ask 200 POST /v1/recommend '{"users":["u007","u008"],"n":3,"reasons":false}'
items=$(json '[[i["item"] for i in a["items"]] for a in d["answers"]]')
ask 200 POST $p '{"instances":[{"user":"u007","n":3},{"user":"u008","n":3}]}'
same "$(json '[r["items"] for r in d["predictions"]]')" "$items" "rows"
same "$(json '[sorted(r) for r in d["predictions"]]')" "[['items', 'scores'], ['items', 'scores']]" "named outputs"
ask 200 POST $p '{"signature_name":"serving_default","inputs":{"user":["u007","u008"],"n":[3,3]}}'
same "$(json 'd["outputs"]["items"]')" "$items" "columns"
ask 200 POST $p '{"inputs":{"user":["u007","u008"],"n":3}}'
same "$(json 'd["outputs"]["items"]')" "$items" "one n for all"
ask 200 POST $p '{"instances":["u007","u008"]}'
same "$(json '[len(r["items"]) for r in d["predictions"]]')" "[10, 10]" "a text alone is a user"
ask 200 POST $p '{"instances":[{"user":{"b64":"dTAwNw=="},"n":3},{"user":"u008","n":3}]}'
same "$(json '[r["items"] for r in d["predictions"]]')" "$items" "base64"
ask 200 POST $p '{"instances":[{"user":"u007","n":3},{"user":"u008","n":1}]}'
same "$(json '[r["items"][1:] == ["", ""] for r in d["predictions"]], [len(r["scores"]) for r in d["predictions"]]')" "([False, True], [3, 3])" "filled up to one width"
ask 200 POST $p '{"inputs":{"history":[["i003","i004"],["i005",""]],"n":2}}'
same "$(json '[len(r) for r in d["outputs"]["items"]]')" "[2, 2]" "histories"
ask 200 POST /v1/session '{"items":["i003","i004"],"n":2}'
items=$(json '[i["item"] for i in d["items"]]')
ask 200 POST $p '{"inputs":{"history":[["i003","i004"]],"n":2}}'
same "$(json 'd["outputs"]["items"][0]')" "$items" "a history is like a session"
ask 200 POST /v1/models/popular/labels/staging:predict '{"instances":["u007"]}'
ask 200 POST /v1/models/ease/versions/1:PREDICT '{"instances":["u007"]}'
# as curl -d sends it
checks=$((checks + 1)); curl -sf -o "$scratch/out" -d '{"instances":["u007"]}' "$url$p" || fail "the type of the body does not matter"

# what the shop's rules say goes for these, too
printf '[gone]\nkind = "hide"\nidentifiers = "i119"\n' >rules.toml
run 0 reckon rules set rules.toml
hidden() { ask 200 POST $p '{"instances":[{"user":"u007","n":120}]}' && ! grep -q '"i119"' "$scratch/out"; }
eventually hidden

# what is no request
for body in '{}' '[]' '{' 'x' '{"instances":["u007"],"inputs":["u007"]}' '{"instances":"u007"}' '{"instances":[]}' \
    '{"instances":[7]}' '{"instances":[null]}' '{"instances":[[["u007"]]]}' '{"instances":[NaN]}' \
    '{"instances":["u007",{"user":"u008","n":2}]}' '{"instances":[{"user":"u007","who":"x"}]}' '{"instances":[{"n":3}]}' \
    '{"instances":[{"history":["a","b"]},{"history":["a"]}]}' '{"inputs":{"user":["u007","u008"],"n":[1]}}' \
    '{"inputs":{}}' '{"inputs":{"user":[]}}' '{"inputs":7}' '{"instances":[{"user":"u007","n":0}]}' \
    '{"instances":[{"user":"u007","n":1001}]}' '{"instances":[{"user":"u007","n":1.5}]}' '{"instances":[""]}' \
    '{"instances":["a\u0001"]}' '{"instances":[{"b64":"/w=="}]}' '{"instances":[{"b64":"???"}]}' \
    '{"signature_name":"other","instances":["u007"]}' '{"signature_name":7,"instances":["u007"]}'; do
    bad 400 POST $p "$body"
done
bad 400 POST $p "$(printf '{"instances":%s' "$(printf '[%.0s' $(seq 100))")"
bad 404 POST /v1/models/nothing:predict '{"instances":["u007"]}'
bad 404 POST /v1/models/ease/versions/7:predict '{"instances":["u007"]}'
bad 400 POST /v1/models/ease:classify '{"examples":[{"user":"u007"}]}'
out_has 'tensorflow/serving/predict'
bad 400 POST /v1/models/ease:regress '{"examples":[{"user":"u007"}]}'
head -c 2000000 /dev/zero | tr '\0' ' ' >big
bad 413 POST $p @big

# a version that is asked for anew is the one in production; an archived one is gone
run 0 reckon train ease --no-evaluate
ask 200 POST $p '{"instances":["u007"]}'
ask 200 GET /v1/models/ease
same "$(json '[v["version"] for v in d["model_version_status"]]')" "['2', '1']" "two versions"
ask 200 GET /v1/models/ease/metadata
same "$(json 'd["model_spec"]["version"]')" 1 "not the newest, but the one in production"
run 0 reckon models archive ease@2
ask 200 GET /v1/models/ease/versions/2
out_has '"state":"END"'
bad 404 POST /v1/models/ease/versions/2:predict '{"instances":["u007"]}'
# its file is gone: what is loaded goes on, what is not says so
rm "$RECKON_WORKSPACE"/models/popular-1.safetensors
ask 200 POST /v1/models/popular:predict '{"instances":["u007"]}'
stop
serve
bad 503 POST /v1/models/popular:predict '{"instances":["u007"]}'
head_has "Retry-After: "
ask 200 GET /v1/models/popular
out_has '"state":"END","status":{"error_code":"NOT_FOUND"'

# figures and the log know the routes
ask 200 GET /metrics
out_has 'route="tfserving:/v1/models/{model}:predict",status="5xx"'

# the messages and the client of others
python=${RECKON_PYTHON:-$RECKON_SOURCE/.venv/bin/python}
if "$python" -c 'import ovmsclient, tensorflow_serving' 2>/dev/null; then
    checks=$((checks + 1))
    "$python" -W ignore "$RECKON_SOURCE/tests/serve/tfserving.py" "${url#http://}" ease >told 2>&1 || { fail "messages and client"; cat told; }
else
    echo "not run: ovmsclient and tensorflow-serving-api are not there (tests/requirements-messages.txt)"
fi

# with keys: the one that recommends
token=$(reckon keys create web --roles serve --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["summary"]["token"])')
run 0 reckon keys create other --roles ingest --json
other=$(json 'd["summary"]["token"]')
token= eventually bad 401 GET /v1/models/ease
eventually knows "$token" "$other"
ask 200 POST $p '{"instances":["u007"]}'
token=$other bad 403 POST $p '{"instances":["u007"]}'
stop
finish
