#!/usr/bin/env bash
# From an answer to what came of it: slates are recorded, events that name them are credited, erasure takes them along.
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
make_shop
run 0 reckon slates report
out_has "No slate was recorded"
printf 'n = 5\n' | run 0 reckon scenarios set home -
serve
ask 200 POST /v1/recommend '{"user":"u007","scenario":"home"}'
slate=$(json 'd["slate"]') items=$(json '" ".join(i["item"] for i in d["items"])')
read -r a b c _ <<<"$items"
ask 200 POST /v1/recommend '{"user":"nobody-yet","n":3}'
other=$(json 'd["slate"]')
ask 200 POST /v1/similar "{\"item\":\"$a\",\"n\":3}"
event() { printf '{"user":"u007","item":"%s","kind":"%s","slate":"%s","position":%d}' "$@"; }
ask 202 POST /v1/events "{\"events\":[$(event "$a" exposure "$slate" 0),$(event "$b" exposure "$slate" 1),$(event "$c" exposure "$slate" 2),
    $(event "$b" click "$slate" 1),$(event "$b" view "$slate" 1),$(event "$b" purchase "$slate" 1),
    $(event nothing-of-it click "$slate" 0),$(event "$a" click "s-of-nobody" 0),$(event "$a" exposure "$other" 0)]}"
recorded() { curl -s "$url/metrics" | grep -qx 'reckon_slates_recorded_total 3'; }
eventually recorded
run 0 reckon slates report --json
same "$(json '[(r["scenario"], r["model"], r["slates"], r["clicks"], r["orders"]) for r in d["rows"]]')" \
    "[('', 'ease@1', 1, 0, 0), ('', 'popular', 1, 0, 0), ('home', 'ease@1', 1, 1, 1)]" "what came of each"
same "$(json '[(r["seen"], r["impressions"]) for r in d["rows"] if r["scenario"] == "home"]')" "[(1, 3)]" "what was seen"
same "$(json '[round(r["rate"], 4) for r in d["rows"] if r["scenario"] == "home"]')" "[0.3333]" "clicks by impressions"
stored() {
    python3 - "$RECKON_WORKSPACE/reckon.db" <<'P'
import sqlite3, sys
db = sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True)
print(db.execute("SELECT count(*), count(user), count(propensities) FROM slates").fetchone())
P
}
same "$(stored)" "(3, 1, 0)" "who is unknown stays nobody"
# clicks without impressions are no rate
ask 200 POST /v1/recommend '{"user":"u007","n":2,"scenario":"home"}'
slate=$(json 'd["slate"]') first=$(json 'd["items"][0]["item"]') second=$(json 'd["items"][1]["item"]')
ask 202 POST /v1/events "{\"events\":[$(event "$first" click "$slate" 0),$(event "$second" exposure "$slate" 1)]}"
recorded() { curl -s "$url/metrics" | grep -qx 'reckon_slates_recorded_total 4'; }
eventually recorded
run 0 reckon slates report --json
same "$(json '[(r["impressions"], r["clicks"], r["rate"]) for r in d["rows"] if r["scenario"] == "home"]')" "[(4, 2, 0.25)]" "only what was seen counts"
out_has "1 clicks are on items that nobody reported as seen"
run 0 python3 - "$RECKON_WORKSPACE/reckon.db" "$slate" <<'P'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("DELETE FROM slates WHERE slate = ?", (sys.argv[2],))
db.commit()
P
# an item that was drawn brings its chance
ask 200 POST /v1/recommend '{"user":"u008","n":4,"fresh":0.5}'
drawn=$(json 'sum(i.get("propensity", 1) < 1 for i in d["items"])')
first=$(json '[i["item"] for i in d["items"] if i.get("propensity", 1) < 1][0]') slate=$(json 'd["slate"]')
ask 202 POST /v1/events "$(event "$first" click "$slate" 0 | sed s/u007/u008/)"
stop
same "$(stored)" "(4, 2, 1)" "also what was given out last"
run 0 reckon slates report --json
same "$(json '[(r["drawn"], r["drawn_hits"]) for r in d["rows"] if r["scenario"] == "" and r["model"] == "ease@1"]')" "[($drawn, 1)]" "what was drawn"
run 0 reckon privacy erase u007 --confirm u007
same "$(stored)" "(2, 1, 1)" "erased along with the person: theirs, and what their events name"
settings 'slates-share = 0'
serve
ask 200 POST /v1/recommend '{"user":"u009","n":4}'
stop
same "$(stored)" "(2, 1, 1)" "nothing is recorded when nobody wants it"
finish
