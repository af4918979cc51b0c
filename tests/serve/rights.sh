#!/usr/bin/env bash
# What people ask for, from a shop's own account page: consent, copy, erasure, rectification, restriction, objection,
# opt-out, each as a case over HTTP.
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
make_shop
printf '[serve]\ngrace-seconds = 0\n[privacy]\nconsent = "opt-out"\n' >shop/reckon.toml
mapfile -t users < <(grep -v '^#' data/events.csv | tail -n +2 | cut -d, -f1 | sort | uniq -c | sort -rn | awk 'NR <= 6 {print $2}')
a=${users[0]} b=${users[1]} c=${users[2]} d=${users[3]}
run 0 reckon keys create other --roles serve,ingest --json
other=$(json 'd["summary"]["token"]')
run 0 reckon keys create page --roles serve,privacy --json
token=$(json 'd["summary"]["token"]')
run 0 reckon privacy subject link "$a" --email ann@example.org --source login
serve

# consent: read, changed, with its history, by any identifier
ask 200 GET "/privacy/v1/subjects/$a/consent"
same "$(json '"marketing" in d["may"], d["granted"]')" "(True, [])" "what holds"
ask 200 PUT "/privacy/v1/subjects/ann@example.org/consent" '{"withdraw":["marketing"],"grant":["analytics"],"policy":"v7","proof":"form"}'
same "$(json 'd["refused"], d["granted"]')" "(['marketing'], ['analytics'])" "by an address"
ask 200 GET "/privacy/v1/subjects/$a/consent/history"
same "$(json 'sorted((e["purpose"], e["state"], e["policy"]) for e in d["events"])')" "[('analytics', 'granted', 'v7'), ('marketing', 'withdrawn', 'v7')]" "history"
ask 404 GET "/privacy/v1/subjects/nobody-at-all/consent"
out_lacks "$a"
ask 400 PUT "/privacy/v1/subjects/$a/consent" '{"withdraw":["nothing"]}'
ask 200 PUT "/privacy/v1/subjects/newcomer/consent" '{"grant":["analytics"]}'

# a copy: not before somebody vouches; the same request twice is one case
ask 201 POST /privacy/v1/requests "{\"subject\":\"$a\",\"type\":\"access\",\"request\":\"r-1\"}"
case=$(json 'd["case"]')
same "$(json 'd["state"], d["repeated"], "archive" in d')" "('open', False, False)" "opened"
head_has "Location: /privacy/v1/requests/$case"
ask 201 POST /privacy/v1/requests "{\"subject\":\"$a\",\"type\":\"access\",\"request\":\"r-1\"}"
same "$(json 'd["case"], d["repeated"]')" "($case, True)" "sent again"
ask 409 POST /privacy/v1/requests "{\"subject\":\"$a\",\"type\":\"erase\",\"request\":\"r-1\"}"
ask 409 GET "/privacy/v1/requests/$case/archive"
ask 200 POST "/privacy/v1/requests/$case/identity" '{"by":"shop login","how":"second factor"}'
same "$(json 'd["state"], d["steps"][-1]["note"], d["steps"][-1]["by"]')" "('checked', 'vouched for by shop login: second factor', 'key 2')" "who vouches"
ask 200 GET "/privacy/v1/requests/$case/archive"
cp "$scratch/out" copy.zip
same "$(python3 -c 'import json,sys,zipfile; z=zipfile.ZipFile("copy.zip"); print("index.html" in z.namelist(), sys.argv[1] in z.read("about.json").decode())' "$a")" "True True" "the copy"
ask 200 POST "/privacy/v1/requests/$case/extend" '{"reason":"three systems"}'
same "$(json 'd["extended"]')" True "extended"
ask 200 POST "/privacy/v1/requests/$case/close" '{"note":"downloaded"}'
same "$(json 'd["state"]')" done "closed"
ask 409 GET "/privacy/v1/requests/$case/archive"

# rectification
ask 201 POST /privacy/v1/requests "{\"subject\":\"$b\",\"type\":\"rectify\",\"set\":{\"country\":\"Malta\"},\"identity\":{\"by\":\"shop login\"}}"
same "$(json 'd["state"]')" done "rectified"
ask 201 POST /privacy/v1/requests "{\"subject\":\"$b\",\"type\":\"rectify\",\"set\":{\"country\":\"Chad\"}}"
case=$(json 'd["case"]')
country() { run 0 reckon privacy export "$b" --out "$1.zip" && python3 -c 'import json,sys,zipfile; print("Malta" in zipfile.ZipFile(sys.argv[1]).read("about.json").decode())' "$1.zip"; }
same "$(country one)" True "not before somebody vouches"
ask 200 POST "/privacy/v1/requests/$case/identity" '{"by":"shop login"}'
same "$(json 'd["state"]')" done "then it is done"
same "$(country two)" False "and other"
ask 404 POST /privacy/v1/requests "{\"subject\":\"$b\",\"type\":\"rectify\",\"set\":{\"no_such\":1},\"identity\":{\"by\":\"x\"}}"
ask 400 POST /privacy/v1/requests "{\"subject\":\"$b\",\"type\":\"access\",\"set\":{\"country\":\"Chad\"}}"

# restriction acts with the next answer
ask 200 POST /v1/recommend "{\"user\":\"$c\",\"n\":3}"
same "$(json 'd.get("withheld")')" None "before"
ask 201 POST /privacy/v1/requests "{\"subject\":\"$c\",\"type\":\"restrict\"}"
ask 200 POST /v1/recommend "{\"user\":\"$c\",\"n\":3}"
same "$(json '"withheld" in d')" True "restricted"
for type in object opt-out limit; do
    ask 201 POST /privacy/v1/requests "{\"subject\":\"$b\",\"type\":\"$type\",\"regulation\":\"ccpa\"}"
done
ask 200 GET "/privacy/v1/subjects/$b/consent"
same "$(json 'sorted(d["refused"])')" "['experiments', 'marketing', 'personalisation', 'sale', 'sensitive']" "what these mean"
ask 200 DELETE "/privacy/v1/requests/4"
same "$(json 'd["state"]')" refused "withdrawn"
ask 403 DELETE "/privacy/v1/requests/4"
ask 404 GET /privacy/v1/requests/999
ask 404 GET /privacy/v1/requests/x

# erasure: waits until somebody vouches; then out of the answers, and certified
ask 404 POST /privacy/v1/requests '{"subject":"nobody-at-all","type":"erase"}'
ask 404 POST /privacy/v1/requests '{"subject":"%","type":"erase"}'
ask 201 POST /privacy/v1/requests "{\"subject\":\"$d\",\"type\":\"erase\"}"
case=$(json 'd["case"]')
same "$(json 'd["state"]')" planned "waits"
ask 409 GET "/privacy/v1/requests/$case/certificate"
ask 200 DELETE "/privacy/v1/requests/$case"
same "$(json 'd["state"]')" dropped "taken back"
ask 201 POST /privacy/v1/requests "{\"subject\":\"$d\",\"type\":\"erase\",\"request\":\"e-1\"}"
case=$(json 'd["case"]')
ask 200 POST "/privacy/v1/requests/$case/identity" '{"by":"help desk"}'
certified() { ask 200 GET "/privacy/v1/requests/$case" && [ "$(json 'd["state"]')" = certified ]; }
eventually certified
same "$(json 'd["erasure"]["scan"], d["certificate"]')" "('clean', '/privacy/v1/requests/$case/certificate')" "progress"
ask 200 GET "/privacy/v1/requests/$case/certificate"
cp "$scratch/out" certificate.json
run 0 reckon privacy verify certificate.json
ask 201 POST /privacy/v1/requests "{\"subject\":\"$d\",\"type\":\"erase\",\"identity\":{\"by\":\"x\"}}"
same "$(json 'd["case"], d["repeated"]')" "($case, True)" "erased twice: the same certificate"
ask 409 PUT "/privacy/v1/subjects/$d/consent" '{"grant":["analytics"]}'
# two at once: one after the other
ask 201 POST /privacy/v1/requests "{\"subject\":\"${users[4]}\",\"type\":\"erase\",\"identity\":{\"by\":\"x\"}}"
first=$(json 'd["case"]')
ask 201 POST /privacy/v1/requests "{\"subject\":\"${users[5]}\",\"type\":\"erase\",\"identity\":{\"by\":\"x\"}}"
case=$(json 'd["case"]')
eventually certified
case=$first
eventually certified
ask 200 GET "/privacy/v1/requests?open=true&limit=2"
same "$(json 'len(d["requests"])')" 2 "listed"

# only the privacy role
token=$other
ask 403 GET "/privacy/v1/subjects/$a/consent"
ask 403 POST /privacy/v1/requests "{\"subject\":\"$a\",\"type\":\"erase\",\"identity\":{\"by\":\"x\"}}"
checks=$((checks + 1))
grep -E "\"?($a|$b|$c|$d)\"?" "$scratch/log" && fail "the log names somebody"
stop
run 0 reckon audit verify
finish
