#!/usr/bin/env bash
# Consent over HTTP: recorded by the shop's page and in force from the next request; events, mailings, Global Privacy
# Control.
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
make_shop
printf '[serve]\ngrace-seconds = 0\ncors-origins = "*"\ndialects = "tfserving,sagemaker"\n[privacy]\nconsent = "opt-in"\nregions = "IS opt-out"\nwithout-consent = "count"\ngpc = "personalisation"\n' >shop/reckon.toml
users=($(grep -v '^#' data/events.csv | tail -n +2 | cut -d, -f1 | sort | uniq -c | sort -rn | awk 'NR <= 4 {print $2}'))
a=${users[0]} b=${users[1]} c=${users[2]}
run 0 reckon keys create page --roles browser --json
page=$(json 'd["summary"]["token"]')
run 0 reckon keys create team --roles serve,ingest,privacy --json
token=$(json 'd["summary"]["token"]')
serve
withheld() { ask 200 POST /v1/recommend "{\"user\":\"$1\",\"n\":5}" "${@:2}"; json 'd.get("withheld")'; }
same "$(withheld "$a")" "no consent to personalisation" "opt-in"
ask 200 POST /v1/consent "{\"user\":\"$a\",\"grant\":[\"analytics\",\"personalisation\"],\"policy\":\"v1\",\"proof\":\"banner\"}"
same "$(json 'd["may"]')" "['analytics', 'personalisation', 'sale', 'sensitive', 'processing']" "what holds"
same "$(withheld "$a")" None "the very next answer"
ask 200 POST /v1/recommend "{\"user\":\"$a\",\"n\":5}"
same "$(json '"fallback" in d')" False "from their history"
ask 200 POST /v1/consent "{\"user\":\"$a\",\"withdraw\":[\"personalisation\"]}"
same "$(withheld "$a")" "no consent to personalisation" "withdrawn, next answer"
ask 200 POST /v1/recommend "{\"user\":\"$a\",\"n\":5,\"context\":{\"item\":\"i001\"}}"
same "$(json '"fallback" in d, d["withheld"]')" "(False, 'no consent to personalisation')" "the item in view still counts"
ask 200 POST /v1/consent "{\"user\":\"$a\",\"grant\":[\"personalisation\"]}"

# many at once, each by their own
ask 200 POST /v1/recommend "{\"users\":[\"$a\",\"$b\"],\"n\":5}"
same "$(json '["withheld" in x for x in d["answers"]]')" "[False, True]" "each"

# another program's change is seen by the running server
run 0 reckon privacy consent grant "$b" personalisation marketing
allowed() { [ "$(withheld "$b")" = None ]; }
eventually allowed

# events: not stored, but counted
ask 202 POST /v1/events "{\"events\":[{\"user\":\"$a\",\"item\":\"i001\"},{\"user\":\"$c\",\"item\":\"i001\"},{\"user\":\"stranger\",\"item\":\"i002\"}]}"
same "$(json 'd["added"], d["withheld"]')" "(1, 2)" "analytics"
ask 200 GET "/v1/users/$c/history?limit=1"
checks=$((checks + 1))
grep -q '"2026-1' out && fail "the event was stored"
run 3 reckon privacy consent show stranger

# mailings
ask 403 POST /v1/email "{\"user\":\"$a\",\"url\":\"https://shop.example/{item}\"}"
same "$(json 'd["code"]')" no_consent "one"
ask 200 POST /v1/email "{\"users\":[\"$a\",\"$b\"],\"url\":\"https://shop.example/{item}\"}"
same "$(json 'len(d["answers"]), d["answers"][0]["user"] == "'"$b"'", d["no_marketing"]')" "(1, True, 1)" "many"
ask 200 POST /v1/email "{\"users\":[\"$a\"],\"url\":\"https://shop.example/{item}\"}"
same "$(json 'd["answers"], d["no_marketing"]')" "([], 1)" "nobody"

# Global Privacy Control
same "$(withheld "$a" -H 'Sec-GPC: 1')" "Global Privacy Control" "this request"
same "$(withheld "$a")" None "only this one"
# the same in the words of other servers
ask 200 POST /invocations "{\"user\":\"$a\"}"
own=$(json '[i["item"] for i in d["items"]]')
same "$(json 'd.get("withheld")')" None "SageMaker: by what they did"
ask 200 POST /invocations "{\"user\":\"$a\"}" -H 'Sec-GPC: 1'
same "$(json 'd["withheld"]')" "Global Privacy Control" "SageMaker: for nobody"
nobody=$(json '[i["item"] for i in d["items"]]')
same "$([ "$own" != "$nobody" ] && echo other)" other "that is another list"
ask 200 POST /v1/models/ease:predict "{\"instances\":[\"$a\"]}"
same "$(json 'd["predictions"][0]["items"]')" "$own" "TensorFlow Serving: by what they did"
ask 200 POST /v1/models/ease:predict "{\"instances\":[\"$a\"]}" -H 'Sec-GPC: 1'
same "$(json 'd["predictions"][0]["items"]')" "$nobody" "TensorFlow Serving: for nobody"
ask 202 POST /v1/events "{\"user\":\"$a\",\"item\":\"i003\"}" -H 'Sec-GPC: 1'
same "$(withheld "$a")" "no consent to personalisation" "recorded"
run 0 reckon privacy consent history "$a" --json
same "$(json 'sorted(r["purpose"] for r in d["rows"] if r["basis"] == "gpc")')" "['personalisation', 'sale']" "once each"

ask 200 POST /v1/consent "{\"user\":\"$c\",\"grant\":[\"personalisation\"]}"
same "$(withheld "$c")" None "before it is said"
ask 202 POST /v1/events "{\"user\":\"$c\",\"item\":\"i003\"}" -H 'Sec-GPC: 1'
same "$(json 'd["withheld"]')" 1 "the event is not kept"
same "$(withheld "$c")" "no consent to personalisation" "but what the browser said with it is"

# another policy is in force without a reload, and what was answered under the former one is not given out again
nobody=${users[3]}
same "$(withheld "$nobody")" "no consent to personalisation" "opt-in"
sed -i 's/^consent = "opt-in"/consent = "off"/' shop/reckon.toml
off() { [ "$(withheld "$nobody")" = None ]; }
eventually off
same "$(withheld "$nobody" -H 'Sec-GPC: 1')" "Global Privacy Control" "a refusal counts though nobody is asked"
sed -i 's/^consent = "off"/consent = "opt-in"/' shop/reckon.toml
asked() { [ "$(withheld "$nobody")" = "no consent to personalisation" ]; }
eventually asked

# the page's own key
team=$token token=$page
ask 200 POST /v1/consent "{\"user\":\"$a\",\"grant\":[\"personalisation\"]}"
ask 403 POST /v1/consent "{\"user\":\"$a\",\"withdraw\":[\"processing\"]}"
ask 403 POST /v1/consent "{\"user\":\"$a\",\"grant\":[\"marketing\"],\"basis\":\"contract\"}"
token=$team
ask 400 POST /v1/consent "{\"user\":\"$a\",\"grant\":[\"sorcery\"]}"
ask 400 POST /v1/consent "{\"user\":\"$a\"}"
ask 400 POST /v1/consent "{\"user\":\"$a\",\"grant\":[\"sale\"],\"withdraw\":[\"sale\"]}"
ask 400 POST /v1/consent "{\"user\":\"$a\",\"tcf\":\"BOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA\"}"
ask 200 POST /v1/consent '{"user":"x","tcf":"COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA"}'
same "$(json '"analytics" in d["may_not"]')" True "IAB TCF"
stop
finish
