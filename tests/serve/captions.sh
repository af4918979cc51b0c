#!/usr/bin/env bash
# Why something is recommended, in a sentence: written in the background and never waited for, whatever the service does; checked;
# grounded in the engine's reason; with nothing of a person in what is sent.
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
command -v python3 >/dev/null || skip "needs python3"
. "$RECKON_SOURCE/tests/describe/service.sh"
service_log=service.log
trap '[ -n "$server" ] && kill -9 "$server" 2>/dev/null; service_stop; rm -rf "$scratch"' EXIT
make_shop
on='[describe]
captions = "on"
caption-languages = "en de"'
settings "$on"

# caption BODY PATH: source and text of the first item's
caption() { curl -s -H 'Content-Type: application/json' -d "$1" "$url/v1/$2" | python3 -c 'import json,sys; c=json.load(sys.stdin)["items"][0].get("caption"); print(c and c["source"], c and c["text"])'; }
is() { local got; got=$(caption "$2" "$3"); [ "${got%% *}" = "$1" ]; }
meter() { curl -s "$url/metrics" | sed -n "s/^reckon_captions_$1_total //p"; }
at_least() { [ "$(meter "$1")" -ge "$2" ]; }

# Nobody writes: there is no providers.toml, and every answer has its sentence
serve
session='{"items":["i001"],"n":1,"captions":{}}'
ask 200 POST /v1/session '{"items":["i001"],"n":1}'
out_lacks '"caption"'
like=$(caption "$session" session)
same "${like%% in *}" "template Because of your interest" "the reason in reckon's own words"
same "$(caption '{"item":"i001","n":1,"captions":{"language":"de"}}' similar | cut -d' ' -f1-3)" "template Ähnlich wie" "in German"
same "$(caption '{"user":"nobody","n":1,"captions":{}}' recommend)" "template Popular in this shop" "to somebody unknown"
ask 200 POST /v1/recommend '{"user":"u004","n":2,"captions":{},"reasons":false}'
out_lacks '"reason"'
out_has '"caption"'
ask 400 POST /v1/recommend '{"user":"u004","captions":{"tongue":"de"}}'
eventually grep -q '"event":"captions"' "$scratch/log"

stop

# written WORDS: a server and a service that answers so
written() { service "$1"; providers 'retries = 0' "${@:2}"; rm -f "$scratch/log"; serve; }
providers() {
    printf '%s\n' '[local]' "url = \"http://127.0.0.1:$(cat port)/v1\"" 'model = "m"' 'input-price = 1' 'output-price = 2' \
        'in-flight = 4' 'backoff-seconds = 0.01' "$@" >shop/providers.toml
}
written ok
eventually is written "$session" session
same "$(caption "$session" session | grep -c 'which goes with')" 1 "the text of the service"
eventually is written '{"user":"u004","n":1,"captions":{}}' recommend
eventually is written '{"item":"i001","n":1,"captions":{"language":"de"}}' similar
same "$(logged 'len(d) - len(set(str(r["body"]["messages"]) for r in d))')" 0 "nothing is asked twice"
before=$(logged 'len(d)')
ask 200 POST /v1/session "$session"
ask 200 POST /v1/session "$session"
same "$(logged 'len(d)')" "$before" "what is known is not asked again"

# Others change the store: the caption is looked at again and costs nothing; a fact that changes asks anew
asked=$(meter asked)
printf 'n = 3\n' >other.toml
run 0 reckon scenarios set other other.toml
again() { is written "$session" session && at_least asked "$((asked + 1))"; }
eventually again
same "$(logged 'len(d)')" "$before" "no call for the same facts"
item=$(curl -s -H 'Content-Type: application/json' -d "$session" "$url/v1/session" | python3 -c 'import json,sys; print(json.load(sys.stdin)["items"][0]["item"])')
ask 200 PUT "/v1/items/$item" '{"attributes":{"lining":"silk"}}'
is template "$session" session || fail "a caption is shown of facts that are not known to be the same"
eventually is written "$session" session
same "$(logged 'len(d)')" "$((before + 1))" "a call for other facts"
same "$(logged '"silk" in d[-1]["body"]["messages"][1]["content"]')" True "with the new fact"

# Of people nothing is sent: no identifier, no attribute, no time, whoever asked
for u in u001 u002 u003 u007 u009; do caption "{\"user\":\"$u\",\"n\":5,\"captions\":{}}" recommend >/dev/null; done
idle() { local a; a=$(meter asked); [ "$(logged 'len(d)')" -gt "$((before + 5))" ] && [ "$a" = "$(meter asked)" ]; }
eventually idle
run 0 python3 - data/users.csv service.log <<'P'
import csv, json, re, sys
people = [r for r in csv.DictReader(l for l in open(sys.argv[1]) if not l.startswith("#"))]
said = [m["content"] for l in open(sys.argv[2]) for m in json.loads(l)["body"]["messages"]]
ids = {r["user"] for r in people}
assert len(said) > 10
for text in said:
    assert not ids & set(re.findall(r"\w+", text)), text
    assert not re.search(r"\d{4}-\d\d-\d\d[T ]\d\d:", text), text
P
[ -s err ] && cat err

# An item that few people met is named to nobody
run 0 python3 - shop/reckon.db <<'P'
import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
rows = c.execute("SELECT i.identifier, count(DISTINCT e.user) n FROM items i JOIN events e ON e.item = i.item GROUP BY 1 ORDER BY n").fetchall()
assert rows[0][1] < 5, rows[0]
print(rows[0][0])
P
rare=$(cat out)
before=$(logged 'len(d)')
asked=$(meter asked)
ask 200 POST /v1/session "{\"items\":[\"$rare\"],\"n\":1,\"captions\":{}}"
out_has '"source":"template"'
looked() { at_least asked "$((asked + 1))"; }
eventually looked
for _ in 1 2 3; do ask 200 POST /v1/session "{\"items\":[\"$rare\"],\"n\":1,\"captions\":{}}"; done
out_has '"source":"template"'
same "$(logged 'len(d)')" "$before" "nothing is asked of it"
stop

# What the service does wrong: the sentence of reckon's own is shown, at once, and nothing is kept that the checks refuse
other() { run 0 python3 -c 'import sqlite3; c=sqlite3.connect("shop/reckon.db"); c.execute("DELETE FROM captions"); c.commit()'; }
# wrong "WORDS" METER: what is counted in the end; the answer is the template's all the time
wrong() {
    other
    written "$1" 'idle-seconds = 1' 'timeout-seconds = 2'
    is template "$session" session || fail "$1: at first"
    eventually at_least "$2" 1
    is template "$session" session || fail "$1: afterwards"
    stop
}
wrong "lie" refused
run 0 reckon describe captions list --json
same "$(json '[(r["state"], r["kind"]) for r in d["rows"]]')" "[('refused', 'history')]" "kept as refused"
wrong "crowd" refused
wrong "429 429 429" failed
wrong "prose" failed
wrong "hang" failed
run 0 reckon describe budget set all --hard-tokens 0
other
written ok
is template "$session" session || fail "without money"
eventually grep -q 'budget' "$scratch/log"
same "$(logged 'len(d)')" 0 "no call without money"
stop
run 0 reckon describe budget remove all

# It is down; then it is there again
service_stop
rm -f "$scratch/log"
serve
is template "$session" session || fail "down"
eventually at_least failed 1
service ok
eventually is written "$session" session
stop

# Off: what is kept is shown, and nothing is asked
settings ''
service ok
serve
eventually is written "$session" session
ask 200 POST /v1/session '{"items":["i002"],"n":1,"captions":{}}'
out_has '"source":"template"'
same "$(logged 'len(d)')" 0 "off"

# A page's key learns nothing of anybody's past
run 0 reckon keys create page --roles browser --json
page=$(json "d['summary']['token']")
refused() { [ "$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $page" -H 'Content-Type: application/json' \
    -d '{"user":"u004","captions":{}}' "$url/v1/recommend")" = 403 ]; }
eventually refused
stop

# Ahead, by hand; and what would be asked
run 0 reckon describe captions warm --limit 3 --n 2 --json
same "$(json 'd["summary"]["failed"], d["summary"]["refused"], d["summary"]["written"] > 10')" "(0, 0, True)" "warm"
run 0 reckon describe captions warm --limit 3 --n 2 --json
same "$(json 'd["summary"]["calls"]')" 0 "known"
run 0 reckon describe budget report --by purpose --json
same "$(json '[r["purpose"] for r in d["rows"]]')" "['caption']" "in the ledger"
before=$(logged 'len(d)')
run 0 reckon describe captions preview i001 --because i002
out_has "{because}"
out_has "Because of your interest in"
run 2 reckon describe captions preview i001 --kind similar
err_has "--because ITEM"
run 2 reckon describe captions preview i001 --because i002 --kind popular
run 3 reckon describe captions preview nothing
same "$(logged 'len(d)')" "$before" "nothing was sent"
printf 'fields = "description"\n---\n{facts}\n' >bad.txt
run 0 reckon describe templates set caption bad.txt
run 5 reckon describe captions warm --limit 1
err_has 'fields = "caption"'
printf 'words = 12\nfields = "caption"\n---\nSay it in {words} words.\n{facts}\n' >mine.txt
run 0 reckon describe templates set caption mine.txt
run 0 reckon describe captions preview i001
out_has "Say it in 12 words."
run 0 reckon doctor
finish
