#!/usr/bin/env bash
# Every command over HTTP: at once, as a job, its progress as a stream, confirmed where it must be.
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
make_shop
token=$(reckon keys create ops --roles admin --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["summary"]["token"])')
serve

ask 200 POST /admin/v1/models/list '{}'
same "$(json 'd["command"], d["rows"][0]["model"]')" "('models list', 'ease@1')" "a command"
ask 200 POST /admin/v1/models-show '{"model":"ease"}'
ask 404 POST /admin/v1/no/such '{}'
ask 404 POST /admin/v1/models/show '{"model":"none"}'
head_has application/problem+json
ask 400 POST /admin/v1/models/show '{}'
ask 400 POST /admin/v1/models/show '{"model":"ease","colour":1}'
ask 400 POST /admin/v1/recommend '{"user":"u007","n":"many"}'
ask 200 POST /admin/v1/recommend '{"user":"u007","n":3,"mode":"repeat"}'
same "$(json 'len(d["rows"])')" 3 "numbers and words"
ask 403 POST /admin/v1/serve '{}'
ask 403 POST /admin/v1/top '{"url":"http://127.0.0.1:9"}'

# long ones are jobs
ask 202 POST /admin/v1/train '{"model":"ials","name":"late","no-evaluate":true,"dim":8}'
job=$(json 'd["job"]')
head_has "Location: /admin/jobs/$job"
over() { ask 200 GET "/admin/jobs/$job" && [ "$(json 'd["state"] in ("done", "failed", "cancelled")')" = True ]; }
run 0 curl -sN -m 60 -H "Authorization: Bearer $token" "$url/admin/jobs/$job/events"
out_has "event: end"
out_has '"state":"done"'
out_has '"series":[{"name":"ials: loss","x_unit":"epoch","points":[[1,'
over
same "$(json '[(s["name"], len(s["points"])) for s in d["series"]]')" "[('ials: loss', 16)]" "its curve"
same "$(json 'd["state"], d["result"]["command"]')" "('done', 'train')" "its result"
ask 200 POST /admin/v1/models/list '{}'
out_has late@1
# promoted over HTTP, it serves
ask 200 POST /admin/v1/models/promote '{"model":"late"}'
serving() { ask 200 GET /v1/models && [ "$(json '[m["model"] for m in d["models"] if m["serving"]]')" = "['late@1']" ]; }
eventually serving
# cancelled
ask 202 POST /admin/v1/train '{"model":"ials","no-evaluate":true,"dim":64,"epochs":10000}'
job=$(json 'd["job"]')
ask 202 DELETE "/admin/jobs/$job"
eventually over
same "$(json 'd["state"]')" cancelled "cancelled"
ask 404 GET /admin/jobs/none
ask 404 GET /admin/jobs/none/events
ask 200 GET /admin/jobs
same "$(json '[j["state"] for j in d["jobs"]]')" "['cancelled', 'done']" "the jobs"

# files stay in one place
ask 400 POST /admin/v1/models/export '{"model":"ease","file":"/etc/reckon"}'
ask 400 POST /admin/v1/models/export '{"model":"ease","file":"../x"}'
ask 400 POST /admin/v1/models/export '{"model":"ease","file":"a/../../x"}'
ask 200 POST /admin/v1/models/export '{"model":"ease","file":"e.safetensors"}'
checks=$((checks + 1)); [ -s "$RECKON_WORKSPACE/files/e.safetensors" ] || fail "the file is not where it should be"
ask 403 POST /admin/v1/models/export '{"model":"ease","file":"e.safetensors"}'
out_has confirm
ask 200 POST /admin/v1/models/export '{"model":"ease","file":"e.safetensors","confirm":true}'
ask 200 POST /admin/v1/models/import '{"file":"e.safetensors","name":"back"}'

# what cannot be brought back needs a word
destructive=$(curl -s "$url/openapi.json" | python3 -c 'import json,sys; d=json.load(sys.stdin)["paths"]; print([p for p,o in d.items() if p.startswith("/admin/v1/") and "confirm" in o.get("post",{}).get("requestBody",{}).get("content",{}).get("application/json",{}).get("schema",{}).get("required",[])][0])')
[ -n "$destructive" ] && { ask 403 POST "$destructive" '{"confirm":false}' || ask 400 POST "$destructive" '{"confirm":false}'; }

# a backup is restored under the server: it answers from that
ask 202 POST /admin/v1/backup '{"directory":"b"}'
job=$(json 'd["job"]')
eventually over
same "$(json 'd["state"]')" done "the backup"
ask 200 POST /admin/v1/models/promote '{"model":"ease"}'
eventually sh -c "curl -s -H 'Authorization: Bearer $token' $url/readyz | grep -q ease@1"
ask 403 POST /admin/v1/restore '{"from":"b"}'
ask 202 POST /admin/v1/restore '{"from":"b","confirm":true}'
job=$(json 'd["job"]')
eventually over
same "$(json 'd["state"]')" done "the restore"
eventually sh -c "curl -s -H 'Authorization: Bearer $token' $url/readyz | grep -q late@1"
ask 200 POST /admin/v1/recommend '{"user":"u007","n":3}'
stop
# a server that stops cancels what runs, and ends in time
serve
ask 202 POST /admin/v1/train '{"model":"ials","no-evaluate":true,"dim":64,"epochs":10000}'
stop
finish
