#!/usr/bin/env bash
# Somebody is erased while the server answers: out of the very next answers, nothing of theirs is taken any more, and
# others are served all the time. Then over HTTP.
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
make_shop
who=$(grep -v '^#' data/events.csv | tail -n +2 | cut -d, -f1 | sort | uniq -c | sort -rn | awk 'NR == 1 {print $2}')
other=$(grep -v '^#' data/events.csv | tail -n +2 | cut -d, -f1 | sort | uniq -c | sort -rn | awk 'NR == 2 {print $2}')
run 0 reckon keys create team --roles serve,ingest,admin,privacy --json
token=$(json 'd["summary"]["token"]')
serve
ask 200 POST /v1/recommend "{\"user\":\"$who\",\"n\":5}"
same "$(json '"fallback" in d')" False "known"
ask 200 POST /v1/recommend "{\"user\":\"$other\",\"n\":5}"
before=$(json '[i["item"] for i in d["items"]]')

# readers all the time, in the background
( while [ ! -e stop ]; do
    curl -s -m 30 -o /dev/null -w '%{http_code}\n' -X POST -H 'Content-Type: application/json' -H "Authorization: Bearer $token" \
        --data-binary "{\"user\":\"$other\",\"n\":5}" "$url/v1/recommend"
done >codes ) &
reader=$!
run 0 reckon privacy erase "$who" --confirm "$who" --json
same "$(json 'd["summary"]["state"], d["summary"]["scan"]')" "('certified', 'clean')" "while it serves"
touch stop
wait "$reader"
same "$(sort -u codes)" 200 "nobody else noticed"
forgotten() { ask 200 POST /v1/recommend "{\"user\":\"$who\",\"n\":5}" && [ "$(json '"fallback" in d')" = True ]; }
eventually forgotten || exit 1
ask 202 POST /v1/events "{\"events\":[{\"user\":\"$who\",\"item\":\"i001\"},{\"user\":\"$other\",\"item\":\"i001\"}]}"
same "$(json 'd["added"], d["suppressed"]')" "(1, 1)" "nothing of theirs is stored"
ask 403 PUT "/v1/users/$who" '{"attributes":{"age":7}}'
printf '%s\n' "$who" >gone
run 0 "${RECKON%/*}/reckon-scan" shop gone

# over HTTP, as a job that says nothing of whom
ask 202 POST /admin/v1/privacy/erase "{\"subject\":[\"$other\"],\"confirm\":\"$other\"}"
job=$(json 'd["job"]')
over() { ask 200 GET "/admin/jobs/$job" && [ "$(json 'd["state"]')" = done ]; }
eventually over || exit 1
same "$(json 'd["result"]["summary"]["state"]')" certified "over HTTP"
# the server still holds its locks: a program that comes and goes does not take the log away from it
before=$(stat -c %i shop/reckon.db-wal)
run 0 reckon privacy cases
same "$(stat -c %i shop/reckon.db-wal 2>&1)" "$before" "the log is the same file"
ask 202 POST /admin/v1/doctor '{}'
job=$(json 'd["job"]')
eventually over
run 0 reckon privacy cases
same "$(stat -c %i shop/reckon.db-wal 2>&1)" "$before" "also after doctor looked"
out_lacks "\"$other\""
ask 200 GET /admin/jobs
out_lacks "\"$other\""
run 0 reckon audit list --json --last 3
same "$(json 'd["rows"][-1]["front"], d["rows"][-1]["by"]')" "('http', 'key 1')" "who asked"
printf '%s\n' "$other" >>gone
run 0 "${RECKON%/*}/reckon-scan" shop gone
ask 200 GET /readyz
stop

# one that waits for a model is carried on by the next start
run 0 reckon train svd --no-evaluate
run 0 reckon models promote svd
third=$(grep -v '^#' data/events.csv | tail -n +2 | cut -d, -f1 | sort | uniq -c | sort -rn | awk 'NR == 3 {print $2}')
run 0 reckon privacy erase "$third" --confirm "$third" --retrain scheduled
run 0 reckon doctor
out_has "1 erasures are not finished"
serve
certified() { run 0 reckon privacy cases --json && [ "$(json '[r["state"] for r in d["rows"] if r["case"] == 3][0]')" = certified ]; }
eventually certified || exit 1
stop
checks=$((checks + 1))
grep -E "\"($who|$other)\"" log && fail "the server's log names them"
finish
