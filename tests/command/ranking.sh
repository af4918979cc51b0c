#!/usr/bin/env bash
# Ranking as shops need it: limits, diversity, rules and their versions, scenarios.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"

run 0 reckon simulate --out data --users 300 --items 200 --events 15000 --days 90
run 0 reckon init shop
cd shop || exit 1
run 0 reckon import items ../data/items.csv
run 0 reckon import users ../data/users.csv
run 0 reckon import events ../data/events.csv
run 0 reckon train ease --no-evaluate
run 0 reckon train popular --no-evaluate
run 0 reckon models promote ease

# items OPTION…: identifiers of u007's slate; attribute NAME: of these items, in their order
items() { run 0 reckon recommend --user u007 --json "$@"; json '" ".join(r["item"] for r in d["rows"])'; }
attribute() { python3 -c 'import csv,sys
rows = {r["item"]: r for r in csv.DictReader(l for l in open("../data/items.csv") if not l.startswith("# "))}
print(" ".join(rows[i][sys.argv[1]].replace(" ", "") for i in sys.argv[2:]))' "$@"; }
most() { tr ' ' '\n' | sort | uniq -c | sort -rn | awk 'NR == 1 {print $1}'; }
count() { tr ' ' '\n' | grep -c "$1"; }

plain=$(items --n 10)
all=$(items --n 200)
# shellcheck disable=SC2086
{
same "$(attribute brand $plain | most)" 2 "a brand that is there twice (or this test tests nothing)"
one=$(items --n 10 --limit-per brand=1)
same "$(attribute brand $one | most)" 1 "one of each brand"
same "$(echo $one | wc -w)" 10 "and a full slate"
same "${one%% *}" "${plain%% *}" "the best one stays"
few=$(items --n 10 --limit-per category=1 --limit-per brand=2)
same "$(attribute category $few | most)" 1 "one of each category"
spread() { attribute category $1 | tr ' ' '\n' | sort -u | wc -l; }
same "$([ "$(spread "$(items --n 10 --diversity 0.6)")" -gt "$(spread "$plain")" ]; echo $?)" 0 "diversity spreads"
same "$(items --n 10 --diversity 0)" "$plain" "no diversity is no change"
same "$([ "$(spread "$(items --n 10 --diversity 0.6 --model popular)")" -gt "$(spread "$(items --n 10 --model popular)")" ]; echo $?)" 0 \
    "diversity by attributes, when the model cannot tell"
}
run 2 reckon recommend --user u007 --limit-per brnd=1
err_has "perhaps brand"
run 2 reckon recommend --user u007 --limit-per brand=none
err_has "--limit-per brand=2"

# rules: tried first
set -- $all
third=$3 hidden=$1 pinned=${60}
cat >rules.toml <<TOML
[front]
kind = "pin"
identifiers = "$pinned"
position = 2
[gone]
kind = "hide"
identifiers = "$hidden"
[third]
kind = "boost"
identifiers = "$third"
factor = 20
[wool]
kind = "promote"
items = "material=Wool"
share = 0.5
scenario = "home"
[spring]
kind = "bury"
items = "has item"
factor = 0.5
until = "2020-01-01"
TOML
run 0 reckon rules try rules.toml --user u007 --n 5 --json
same "$(json '[(r["item"], r["move"]) for r in d["rows"]][:2]')" "[('$third', 'up 2'), ('$pinned', 'new')]" "what would move"
same "$(json '[r["rules"] for r in d["rows"] if r["item"] == "'$hidden'"]')" "['gone: hide']" "and what would go, and why"
same "$(items --n 10)" "$plain" "nothing was stored"
# pins that cannot be done say why
had=$(sed -n 's/^u007,\(i[0-9]*\),.*/\1/p' ../data/events.csv | head -n 1)
same "${had:+known}" known "an item that the user has"
wool=$(items --n 1 --filter 'material=Wool' --without "$third" --without "$hidden")
printf '[p]\nkind = "pin"\nidentifiers = "%s, %s, %s, %s, %s, %s"\nposition = 2\nk = 3\n[few]\nkind = "pin"\nitems = "item=%s"\nk = 2
[elsewhere]\nkind = "pin"\nitems = "has item"\nscenario = "home"\n[gone]\nkind = "hide"\nidentifiers = "%s"\n' \
    "$had" "$wool" "$third" "$hidden" "$pinned" "${61}" "$third" "$hidden" >pins.toml
run 0 reckon rules try pins.toml --user u007 --n 3 --filter 'not material=Wool' --without "$third" --json
why=': pin at 2; left out: '
same "$(json '[(r["item"], r["rules"]) for r in d["rows"] if r["move"] == "left out"]')" \
    "[('$had', 'p${why}the user has it already (--mode repeat shows such items too)'), ('$wool', 'p${why}the filter keeps it out: not material=Wool'), ('$third', 'p${why}--without names it')]" \
    "what could not be pinned, and why"
same "$(json '[r["rules"] for r in d["rows"] if r["item"] == "'$hidden'"]')" "['gone: hide']" "what was there before and is hidden"
same "$(json '[r["item"] for r in d["rows"] if r["rules"] == "p: pin at 2" and r["place"]]')" "['$pinned', '${61}']" "the others are"
out_has "few: pin at 1: 0 of 2: no more of its items may be shown"
out_has "elsewhere does not apply here"
run 0 reckon rules try pins.toml --user u007 --n 3 --mode repeat
out_lacks "user has it already"
run 0 reckon why u007 "$third" --without "$third" --json
same "$(json 'd["summary"]["status"]')" excluded "why knows exclusions"

run 0 reckon rules list --json
same "$(json 'd["rows"]')" "[]" "no rules"

run 0 reckon rules set rules.toml --comment 'first' --by ann
run 0 reckon recommend --user u007 --n 5 --json
same "$(json '[r["item"] for r in d["rows"]][:2], d["summary"]["rules"], d["rows"][0]["rules"], d["rows"][1]["rules"]')" \
    "(['$third', '$pinned'], 'default@1', 'third: boost x20', 'front: pin at 2')" "rules count, and say so"
same "$(items --n 10 --rules none)" "$plain" "without them"
run 0 reckon why u007 "$hidden" --n 5 --json
same "$(json 'd["summary"]["status"], d["summary"]["rule"]')" "('hidden', 'gone: hide')" "why it is hidden"
run 0 reckon why u007 "$pinned" --n 5 --json
same "$(json 'd["summary"]["status"], d["summary"]["place"], d["summary"]["moved_by"]')" "('shown', 2, 'front: pin at 2')" "why it is there"
run 0 reckon why u007 "$pinned" --n 5 --filter "item != $pinned" --json
same "$(json 'd["summary"]["status"]')" filtered "a filter wins over a pin"
run 3 reckon recommend --user u007 --rules nonsense
err_has "in force are default"

# every mistake has its place, and changes nothing
sed 's/material=Wool/materiel=Wool/' rules.toml >bad.toml
run 5 reckon rules set bad.toml
err_has "bad.toml:14: unknown field 'materiel'"
err_has "perhaps material"
run 5 reckon rules try bad.toml --user u007
err_has "perhaps material"
run 5 reckon rules set - </dev/null
err_has "there is no rule in it"

# versions
printf '[stock]\nkind = "hide"\nitems = "not in_stock"\n' >stock.toml
run 0 bash -c '"$RECKON" rules set - --comment second --by bob <stock.toml'
run 0 reckon rules show
same "$(cat "$scratch/out")" "$(cat stock.toml)" "as it was written"
run 0 reckon rules history --json
same "$(json '[(r["version"], r["by"], r["comment"], r["state"]) for r in d["rows"]]')" "[(2, 'bob', 'second', 'in force'), (1, 'ann', 'first', '')]" "history"
run 0 reckon rules rollback
run 0 reckon recommend --user u007 --n 5 --json
same "$(json 'd["summary"]["rules"]')" "default@1" "rolled back"
run 0 reckon rules remove
same "$(items --n 10)" "$plain" "removed"
run 3 reckon rules remove
run 0 reckon rules set rules.toml
run 0 reckon rules set stock.toml --name stock

# scenarios
cat >home.toml <<'TOML'
models = "ease"
n = 8
limit-per = "category=2"
TOML
run 0 reckon scenarios set home home.toml
printf 'n = 3\nrules = "none"\nmode = "repeat"\nmodels = "popular"\n' | run 0 reckon scenarios set cart -
run 0 reckon scenarios list --json
same "$(json '[(r["scenario"], r["n"], r["rules"]) for r in d["rows"]]')" "[('cart', 3, 'none'), ('home', 8, None)]" "scenarios"
home=$(items --scenario home)
same "$(json 'd["summary"]["scenario"], d["summary"]["model"], d["summary"]["rules"], len(d["rows"])')" "('home@1', 'ease@1', 'default@3', 8)" "home"
# shellcheck disable=SC2086
same "$([ "$(attribute material $home | count Wool)" -ge 4 ]; echo $?)" 0 "half of the slots are promoted, in this scenario"
# shellcheck disable=SC2086
same "$(attribute category $home | most)" 2 "and its limit holds"
items --scenario cart >/dev/null
same "$(json 'd["summary"]["model"], d["summary"]["mode"], "rules" in d["summary"], len(d["rows"])')" "('popular@1', 'repeat', False, 3)" "cart"
items --scenario cart --n 4 --mode discover --model ease --rules stock >/dev/null
same "$(json 'd["summary"]["model"], d["summary"]["mode"], d["summary"]["rules"], len(d["rows"])')" "('ease@1', 'discover', 'stock@1', 4)" "what is asked for wins"
run 3 reckon recommend --user u007 --scenario hom
err_has "in force are cart, home"
printf 'models = "nonsense"\n' | run 3 reckon scenarios set x -
printf 'filter = "prise<3"\n' | run 2 reckon scenarios set x -
err_has "perhaps price"
printf 'limit = 3\n' | run 5 reckon scenarios set x -
err_has "standard input:1"
# new items: what the model has known for a short time, and what it does not know
run 0 reckon recommend --user u007 --fresh 0.2 --n 10 --rules none --model ease --json
run_young=$(json 'd["summary"]["new_items"]')
[ "$run_young" -gt 0 ] || fail "no item is young"
printf '[recommend]\nfresh-days = 0\n' >reckon.toml
run 0 reckon recommend --user u007 --fresh 0.2
out_has "No item came after the model"
printf 'item,title,category\nnew1,Red Wool Rug,Rug\nnew2,Blue Oak Bag,Bag\nnew3,Nothing,\n' >new.csv
run 0 reckon import items new.csv
run 0 reckon recommend --user u007 --fresh 0.2
out_has "reckon train content"
run 3 reckon similar new1
err_has "kind content"
run 0 reckon train content --no-evaluate
run 0 reckon recommend --user u007 --fresh 0.2 --n 10 --rules none --model ease --json
same "$(json 'sum(r["item"].startswith("new") for r in d["rows"]), d["summary"]["new_items"]')" "(2, 3)" "a fifth of the slots is new"
same "$(json '[r["item"] for r in d["rows"] if not r["item"].startswith("new")]')" "$(echo "$plain" | tr ' ' '\n' | head -8 | python3 -c 'import sys; print(sys.stdin.read().split())')" "and the others stay"
run 0 reckon recommend --user u007 --fresh 0.1 --n 10 --rules none --model ease --filter 'item = new3 or item != new1 and item != new2' --json
same "$(json '[r["item"] for r in d["rows"] if r["item"].startswith("new")]')" "['new3']" "also one of which nothing is known"
run 0 reckon similar new1 --n 5 --model ease --filter 'category=Rug' --json
same "$(json 'len(d["rows"])')" 5 "like a new item"
printf 'models = "ease, popular:0.2, content"\nrules = "none"\n' | run 0 reckon scenarios set blend -
run 0 reckon recommend --user u007 --scenario blend --n 200 --json
same "$(json '[r["item"] for r in d["rows"]] != '"'$all'"'.split(), len({r["item"] for r in d["rows"]}) == len(d["rows"]) >= 170')" "(True, True)" "several models"

run 0 reckon scenarios remove cart
run 3 reckon recommend --user u007 --scenario cart
finish
