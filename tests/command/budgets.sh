#!/usr/bin/env bash
# Budgets: a table of them, all or nothing; what they come to; and a limit that many processes, of which some are killed, never pass.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"
. "$RECKON_SOURCE/tests/describe/service.sh"
trap 'service_stop; rm -rf "$scratch"' EXIT

run 0 reckon init shop
export RECKON_WORKSPACE=$PWD/shop
for i in $(seq 40); do echo "i$i,Blue mug $i,porcelain,1$i"; done | { echo item,title,material,height; cat; } >items.csv
run 0 reckon import items items.csv
run 0 reckon describe templates example
cp "$scratch/out" web.txt
run 0 reckon describe templates set web web.txt

# ---- the table: every mistake with its line and field, and nothing taken
cat >allocation.csv <<'X'
phase,tokens
research,"15,000"
development,35000
infrastructure,15000
integration,"10,000"
documentation,5000
X
run 0 reckon describe budget import allocation.csv --dry-run --json
same "$(json 'd["summary"]["budgets"], d["summary"]["stored"], len(d["rows"])')" "(5, False, 0)" "nothing is stored"
run 0 reckon describe budget import allocation.csv --json
same "$(json 'sorted((r["budget"], r["of"], r["period"], r["hard_tokens"]) for r in d["rows"])[4]')" \
    "('research', 'phase research', 'once', 15000)" "a budget"
same "$(json 'sum(r["hard_tokens"] for r in d["rows"])')" 80000 "all of them"
cat >wrong.csv <<'X'
budget,agent,month,period,tokens,soft_tokens,cost,ends
good,,,,100,,,
a b,,,,100,,,
m,,2026-13,,100,,,
p,,,weekly,100,,,
n,,,,"1,00",,,
h,,,,1.5,,,
neg,,,,,,-1,
good,,,,7,,,
none,red,,,,,,
soft,,,,5,6,,
e,,,,5,,,tomorrow
f,,2026-11,,5,,,2026-12-01
long,,,,15,000,,,,
X
run 5 reckon describe budget import wrong.csv --json
same "$(json '[(r["line"], r["field"]) for r in d["rows"]]')" \
    "[(3, 'budget'), (4, 'month'), (5, 'period'), (6, 'tokens'), (7, 'tokens'), (8, 'cost'), (9, 'budget'), (10, None), (11, 'soft_tokens'), (12, 'ends'), (13, 'ends'), (14, None)]" "every mistake"
err_has "wrong.csv:3: budget: 'a b' is no name"
printf 'phase,tokns\nresearch,1\n' >wrong.csv
run 5 reckon describe budget import wrong.csv
err_has "tokens"
printf 'research,15000\n' >wrong.csv
run 5 reckon describe budget import wrong.csv
printf 'phase,tokens\n' >wrong.csv
run 5 reckon describe budget import wrong.csv
run 3 reckon describe budget import nowhere.csv
run 0 reckon describe budget list --json
same "$(json 'len(d["rows"])')" 5 "none of these was taken"
printf 'provider,model,team,month,cost,soft_cost\nlocal,m,red,2026-11,"1,000.50",7\n' | run 0 reckon describe budget import - --json
same "$(json '[(r["budget"], r["of"], r["period"], r["hard_cost"], r["soft_cost"]) for r in d["rows"] if r["hard_cost"]]')" \
    "[('local-m-red-2026-11', 'provider local, model m, team red', '2026-11', 1000.5, 7.0)]" "of everything at once"

# ---- each call under every budget that covers it; a month alone; what it comes to
service
day() { run 0 env RECKON_NOW="$1" "$RECKON" describe run i1 --template web --again --phase research --team red; }
day 2026-11-01T10:00:00Z
run 0 env RECKON_NOW=2026-11-02T12:00:00Z "$RECKON" describe budget forecast research --json
same "$(json '[(r["days"], r["a_day"], r["at_end"], r["state"]) for r in d["rows"]]')" \
    "[(1, None, None, 'too early to say: 1 whole days of 3')]" "nothing is foretold of one day"
day 2026-11-02T10:00:00Z
day 2026-11-03T10:00:00Z
run 0 env RECKON_NOW=2026-11-04T00:00:00Z "$RECKON" describe budget forecast --json
spent=$(json '[r["spent"] for r in d["rows"] if r["budget"] == "research"][0]')
near "$(json '[r["a_day"] for r in d["rows"] if r["budget"] == "research"][0]')" "$(python3 -c "print($spent / 3)")" 1e-9 "the rate"
same "$(json '[r["at_end"] for r in d["rows"] if r["budget"] == "research"]')" "[None]" "it has no end"
same "$(json '[(r["in"], r["days"], r["ends"], r["state"]) for r in d["rows"] if r["budget"] != "research" and r["spent"]]')" \
    "[('money', 3, '2026-12-01T00:00:00Z', 'lasts')]" "the month's"
near "$(json '[r["at_end"] / r["spent"] for r in d["rows"] if r["in"] == "money"][0]')" 10 1e-6 "27 days to come, as the 3 gone by"
run 0 reckon describe budget set research --phase research --period once --hard-tokens "$((${spent%.*} * 4))" --ends 2026-11-16
day 2026-11-05T10:00:00Z
run 0 env RECKON_NOW=2026-11-06T00:00:00Z "$RECKON" describe budget forecast research --json
same "$(json 'd["rows"][0]["state"], d["rows"][0]["days"]')" "('may not last', 5)" "a day without calls is one of them"
# of [a, a, a, 0, a] and ten days to come: mean .8 a, deviation a/sqrt(5), t(4) = 2.1318, sqrt(10 + 100 / 5)
near "$(json '(d["rows"][0]["high"] - d["rows"][0]["at_end"]) / d["rows"][0]["spent"] * 4')" 5.2218 1e-3 "its interval"
same "$(json 'sorted(s["name"] for s in d["series"])')" \
    "['research, at this rate: tokens', 'research, limit: tokens', 'research: tokens']" "its curves"
run 0 env RECKON_NOW=2026-11-06T00:00:00Z LC_ALL=C "$RECKON" describe budget forecast research --plot
out_has "tokens  last"
out_has "2026-11-"
run 0 env RECKON_NOW=2026-11-06T00:00:00Z "$RECKON" describe budget forecast research --html
out_has "<polyline"
out_has "research, limit: tokens"
run 0 reckon describe budget report --by phase --markdown
out_has "| phase |"
out_has "| research | 4 |"
run 0 reckon describe budget report --by phase --csv
run 2 reckon describe budget report --plot --csv
run 3 reckon describe budget forecast nothing

# a clock that was set back: the month goes on, also in a budget for that month alone, and a budget does not begin anew
run 0 env RECKON_NOW=2026-12-02T00:00:00Z "$RECKON" describe run i1 --template web --again --team back
run 0 reckon describe budget set back --team back --period 2026-11 --hard-tokens 0
run 0 env RECKON_NOW=2026-11-20T00:00:00Z "$RECKON" describe run i1 --template web --again --team back
run 0 reckon describe budget report --by month --json
same "$(json '[(r["month"], r["calls"]) for r in d["rows"]]')" "[('2026-11', 4), ('2026-12', 2)]" "December stays"
run 0 reckon describe budget set back --team back --period 2026-12 --hard-tokens 0
run 4 env RECKON_NOW=2026-11-20T00:00:00Z "$RECKON" describe run i1 --template web --again --team back
err_has "0 tokens"

# ---- many at once, some killed: never above the limit, nothing counted twice, nothing left reserved
service
limit=25000
run 0 reckon describe budget set crowd --team crowd --hard-tokens $limit
watch() {
    python3 - "$PWD/shop/reckon.db" $limit <<'X'
import sqlite3, sys, os
db = sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True, timeout=60)
worst = looked = 0
while not os.path.exists("over"):
    row = db.execute("SELECT ifnull(sum(prompt + completion), 0) FROM charges WHERE team = 'crowd'").fetchone()
    worst, looked = max(worst, row[0]), looked + 1
print(0 < worst <= int(sys.argv[2]), looked > 5)
X
}
watch >watched &
watcher=$!
export RECKON_PATIENCE_MS=60000
crowd() { "$RECKON" describe run --template web --again --team crowd --collection "c$1" >"crowd$1" 2>&1; echo $? >"status$1"; }
waiting= killed=
for i in 1 2 3 4; do crowd $i & waiting="$waiting $!"; done
for i in 5 6; do
    "$RECKON" describe run --template web --again --team crowd --collection "c$i" >/dev/null 2>&1 &
    killed="$killed $!"
done
until [ "$(wc -l <log)" -ge 12 ]; do kill -0 $service || break; done
kill -9 $killed 2>/dev/null
wait $waiting $killed 2>/dev/null
: >over
wait $watcher
same "$(cat watched)" "True True" "at no moment above the limit"
same "$(cat status? | sort -u | tail -1)" 4 "ended by the limit: $(tail -c 300 crowd?)"
same "$(cat status? | sort -u | tr -d '\n04')" "" "and by nothing else"
run 4 reckon describe run i1 --template web --again --team crowd
run 0 reckon describe budget list --json
same "$(json '[(0 < r["tokens"] <= 25000, r["reserved"]) for r in d["rows"] if r["budget"] == "crowd"]')" "[(True, 0)]" "the sums"
counted=$(json '[r["tokens"] for r in d["rows"] if r["budget"] == "crowd"][0]')
run 0 reckon describe budget report --by team --json
same "$(json '[r["prompt"] + r["completion"] for r in d["rows"] if r["team"] == "crowd"][0]')" "$counted" "the ledger and the budget say the same"
# what was settled is, to the token, what the service says of as many answers; what was killed counts as the most
same "$(python3 - "$PWD/shop/reckon.db" <<'X'
import collections, json, sqlite3, sys
told = collections.Counter()
for r in map(json.loads, open("log")):
    told[sum(len(m["content"]) for m in r["body"]["messages"]) // 4 + 20] += 1
settled = collections.Counter(n for n, in sqlite3.connect(sys.argv[1]).execute(
    "SELECT prompt + completion FROM charges WHERE team = 'crowd' AND state = 'settled' AND prompt > 0"))
print(not settled - told, sum(settled.values()) > 10)
X
)" "True True" "nothing was settled that was not answered, and nothing twice"
run 0 reckon doctor
finish
