#!/usr/bin/env bash
# The container contract of Amazon SageMaker, as the platform drives it: the package is unpacked where the model belongs,
# read-only; `serve` is the only argument; /ping until it says 200; /invocations; SIGTERM.
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
make_shop
run 0 reckon train popular --no-evaluate
run 0 reckon train content --no-evaluate
printf '[gone]\nkind = "hide"\nidentifiers = "i119"\n' >rules.toml
run 0 reckon rules set rules.toml
workspace=$RECKON_WORKSPACE

# off unless it is asked for
serve
ask 404 POST /invocations '{"user":"u007"}'
ask 404 GET /execution-parameters
stop

# a package holds a model, the catalogue, and nobody
run 3 reckon models package nothing model.tar.gz
run 0 reckon models package ease model.tar.gz --json
same "$(json 'd["summary"]["model"], d["summary"]["items"], d["summary"]["popularity"], d["summary"]["new_items"]')" "('ease@1', 120, 'popular@1', 'content@1')" "the package"
run 4 reckon models package ease model.tar.gz
err_has "--yes"
mkdir -p opt/ml/model
tar -xzf model.tar.gz -C opt/ml/model
same "$(cd opt/ml/model && find . -type f | sort | tr '\n' ' ')" "./models/content-1.safetensors ./models/ease-1.safetensors ./models/popular-1.safetensors ./reckon.db ./reckon.toml " "what is in it"
same "$(python3 - opt/ml/model/reckon.db <<'END'
import sqlite3, sys
db = sqlite3.connect("file:%s?immutable=1" % sys.argv[1], uri=True)
tables = [t for t, in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
print([t for t in tables if t != "counters" and db.execute("SELECT count(*) FROM %s" % t).fetchone()[0] > 0])
END
)" "['items', 'attributes', 'item_values', 'kinds', 'models', 'documents', 'document_changes']" "the tables with anything in them"
checks=$((checks + 1)); grep -qaE 'u007|u123' opt/ml/model/reckon.db && fail "the package names somebody"
chmod 0600 opt/ml/model/reckon.db # doctor minds: it cannot know that nobody is in it
run 0 reckon --workspace opt/ml/model doctor
chmod 0644 opt/ml/model/reckon.db
mkdir empty
unset RECKON_WORKSPACE
SM_MODEL_DIR=$scratch/empty run 3 timeout 10 "$RECKON" serve
err_has "reckon models package"
SM_MODEL_DIR=$scratch/opt/ml/model SAGEMAKER_BIND_TO_PORT=http run 2 timeout 10 "$RECKON" serve
err_has "is no port"

# the container's file system is read-only, but for /tmp
mounted=
if mount --bind opt opt 2>/dev/null && mount -o remount,bind,ro opt 2>/dev/null; then
    mounted=yes
    trap '[ -n "$server" ] && kill -9 "$server" 2>/dev/null; umount "$scratch/opt" 2>/dev/null; rm -rf "$scratch"' EXIT
else
    echo "not run read-only: that needs the right to mount"
fi

# as `docker run IMAGE serve` does it
export SM_MODEL_DIR=$scratch/opt/ml/model SAGEMAKER_BIND_TO_PORT=0
start_container() {
    rm -f "$scratch/said"
    mkfifo "$scratch/said"
    (cd / && exec "$RECKON" serve) 2>"$scratch/said" &
    server=$!
    exec 8<"$scratch/said"
    await listening || return 1
    url=http://127.0.0.1:${said##*:}
    cat <&8 >>"$scratch/log" &
}
start_container
case $said in http://0.0.0.0:*) ;; *) fail "listens on $said" ;; esac
eventually ask 200 GET /ping
same "$(wc -c <"$scratch/out")" 0 "/ping has an empty body"
ask 200 GET /execution-parameters
same "$(json 'sorted(d), d["BatchStrategy"]')" "(['BatchStrategy', 'MaxConcurrentTransforms', 'MaxPayloadInMB'], 'MULTI_RECORD')" "batch transform"

# and nothing else without a key
for route in "GET /livez" "GET /readyz" "GET /version" "GET /openapi.json" "GET /openapi/sagemaker.json" "GET /metrics" "GET /v1/models" \
    "POST /v1/recommend {}" "POST /v1/events {}" "POST /admin/v1/models/list {}"; do
    # shellcheck disable=SC2086
    ask 401 $route
done

# one record, several, lines, CSV; answers in their order
ask 200 POST /invocations '{"history":["i001","i002"],"n":3}'
same "$(json 'd["model"], [sorted(i) for i in d["items"]]')" "('ease@1', [['item', 'score', 'title'], ['item', 'score', 'title'], ['item', 'score', 'title']])" "a record"
same "$(json 'all(i["title"] for i in d["items"])')" True "titles"
first=$(json '[i["item"] for i in d["items"]]')
ask 200 POST /invocations '{"instances":[{"history":["i001","i002"],"n":3},{"user":"who?","n":2}]}'
same "$(json '[i["item"] for i in d["predictions"][0]["items"]]')" "$first" "the first of two"
same "$(json 'len(d["predictions"][1]["items"]), "popular@1" in d["predictions"][1]["fallback"]')" "(2, True)" "somebody unknown gets what is popular"
ask 200 POST /invocations '{"history":["i001"],"n":120,"filter":"price<20"}'
same "$(json '0 < len(d["items"]) < 119')" True "attributes of items are there to filter by"
ask 200 POST /invocations '{"history":["i001"],"n":120}'
out_lacks '"i119"'
post() { ask "$1" POST /invocations '' -H "Content-Type: $2" --data-binary "$3" "${@:4}"; }
post 200 application/jsonlines $'{"history":["i001","i002"],"n":3}\n\n{"user":"who?","n":1}\r\n'
head_has "Content-Type: application/jsonlines"
same "$(python3 -c 'import json,sys; print([len(json.loads(l)["items"]) for l in open(sys.argv[1])])' "$scratch/out")" "[3, 1]" "JSON Lines"
post 200 "text/csv; charset=utf-8" $',i001,i002\n"who?"\n,"i003"'
head_has "Content-Type: text/csv"
same "$(awk -F, '{ print NF }' "$scratch/out" | tr '\n' ' ')" "10 10 10 " "CSV: a line for each"
same "$(head -n 1 "$scratch/out" | cut -d, -f1-3)" "$(echo "$first" | tr -d "[]' ")" "the same items"
post 200 text/csv ',i001,i002' -H 'Accept: application/json'
same "$(json 'len(d["predictions"])')" 1 "CSV in, JSON out"
ask 200 POST /invocations '{"history":["i001"],"n":2}' -H 'Accept: text/html, */*;q=0.1'
head_has "Content-Type: application/json"
ask 200 POST /invocations '{"history":["i001"],"n":2}' -H 'X-Amzn-SageMaker-Custom-Attributes: c000b4f9;trace=7' -H 'X-Unheard-Of: yes'
head_has "X-Amzn-SageMaker-Custom-Attributes: c000b4f9;trace=7"
python3 -c 'print(",i001,i002\n" * 20000, end="")' >many.csv
post 200 text/csv @many.csv
same "$(wc -l <"$scratch/out")" 20000 "many lines"

# what goes wrong is said so that a ModelError shows it
bad() { ask "$1" POST /invocations "${@:2}"; same "$(json 'sorted(d["error"])[0], bool(d["error"]["message"])')" "('code', True)" "an error"; }
bad 400 '{'
bad 400 '[]'
bad 400 '{}'
bad 400 '{"instances":[]}'
bad 400 '{"instances":{}}'
bad 400 '{"instances":[{"user":"a"}],"n":3}'
bad 400 '{"instances":[{"user":"a"},7]}'
out_has "record 2"
bad 400 '{"user":"a\u0007"}'
bad 400 '{"user":"a","n":NaN}'
bad 400 '{"user":"a","colour":"red"}'
bad 400 '{"user":"a","filter":"nothing = 3"}'
bad 400 '' -H 'Content-Type: text/csv' --data-binary '"never closed'
bad 400 '' -H 'Content-Type: text/csv' --data-binary $'\xff'
bad 400 '' -H 'Content-Type: application/jsonlines' --data-binary $'{"user":"a"}\n{"user":"b",}'
out_has "record 2"
bad 406 '{"user":"a"}' -H 'Accept: image/png'
bad 415 '' -H 'Content-Type: application/x-recordio-protobuf' --data-binary x
head -c 27000000 /dev/zero | tr '\0' ' ' >big
bad 413 @big
head -c 20000000 /dev/zero | tr '\0' ' ' >big
echo '{"history":["i001"],"n":1}' >>big
ask 200 POST /invocations @big
ask 405 PUT /invocations '{}'

# SIGTERM: it says so, finishes, and ends well within the 30 s that it has
kill -TERM "$server"
eventually grep -q '"event":"draining"' "$scratch/log"
ask 503 GET /ping
kill -TERM "$server" # the platform would wait out the grace; the test does not
got=0; wait "$server" || got=$?
server=
same "$got" 0 "the end"
same "$(grep -c '"status":5' "$scratch/log" | tr -d '\n'; grep '"status":5' "$scratch/log" | grep -vc '"route":"/ping"')" "10" "no other 5xx"

# nothing to answer with: never ready
[ -z "$mounted" ] || umount opt
rm opt/ml/model/models/*
start_container
ask 503 GET /ping
ask 503 POST /invocations '{"user":"a"}'
head_has "Retry-After: "
kill -TERM "$server"; eventually grep -q '"event":"draining"' "$scratch/log"; kill -TERM "$server"; wait "$server"; server=

# in a workspace of one's own it knows its people, and the own API stays beside it
unset SM_MODEL_DIR SAGEMAKER_BIND_TO_PORT
export RECKON_WORKSPACE=$workspace
serve --dialects sagemaker
ask 200 POST /v1/recommend '{"user":"u007","n":4}'
items=$(json '[i["item"] for i in d["items"]]')
ask 200 POST /invocations '{"user":"u007","n":4}'
same "$(json '[i["item"] for i in d["items"]]')" "$items" "people who are known"
ask 200 GET /openapi/sagemaker.json
out_has '"/invocations"'
out_lacks '/v1/'
ask 200 GET /openapi.json
out_lacks invocations
ask 200 GET /metrics
out_has 'route="sagemaker:/invocations",status="2xx"'
if command -v promtool >/dev/null; then run 0 promtool check metrics <"$scratch/out"; fi
stop
finish
