#!/usr/bin/env bash
# From a synthetic shop to answers: recommend, similar, why; and models learn what the generator put in.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"

run 0 reckon simulate --out data --users 600 --items 300 --events 40000 --days 120
run 0 reckon init shop
cd shop || exit 1
run 0 reckon import items ../data/items.csv
run 0 reckon import users ../data/users.csv
run 0 bash -c '"$RECKON" import events - <../data/events.csv --json'
same "$(json '[r["rows"] for r in d["rows"] if r["outcome"] == "imported"]')" "[40000]" "imported events"

# what the generator says is there to be learnt
run 0 reckon compare --models popular,ease,ials --split time --test-days 28 --mode discover --k 10 --json
same "$(json '(lambda m: m["ease"] > 2 * m["popular"] and m["ials"] > 2 * m["popular"])({r["model"]: r["ndcg@10"] for r in d["rows"]})')" \
    True "EASE and iALS far above popularity"

run 3 reckon recommend --user u007
err_has "reckon train"
run 0 reckon train ease --no-evaluate
run 0 reckon train own-frequency --no-evaluate --name mine

run 0 reckon recommend --user u007 --n 5 --json
same "$(json 'd["summary"]["model"], d["summary"]["chosen"]')" "('mine@1', 'the newest; none is in production')" "the newest"
run 0 reckon models promote ease
run 0 reckon recommend --user u007 --n 5 --json
same "$(json 'd["summary"]["model"], d["summary"]["chosen"], d["summary"]["mode"]')" "('ease@1', 'in production', 'discover')" "in production"
same "$(json '[r["rank"] for r in d["rows"]]')" "[1, 2, 3, 4, 5]" "ranks"
same "$(json 'all(r["title"] and r["because"].startswith("i") and 0 < r["share"] <= 1 and r["reason"] for r in d["rows"])')" True "titles and reasons"
top=$(json 'd["rows"][0]["item"]') because=$(json 'd["rows"][0]["because"]')
printf '[recommend]\nmodel = "mine"\nn = 3\nmode = "repeat"\n' >reckon.toml
run 0 reckon recommend --user u007 --json
same "$(json 'd["summary"]["model"], d["summary"]["mode"], len(d["rows"])')" "('mine@1', 'repeat', 3)" "the settings"
rm reckon.toml

run 0 reckon why u007 "$top" --n 5 --json
same "$(json 'd["summary"]["status"], d["summary"]["rank"], d["rows"][0]["item"]')" "('shown', 1, '$because')" "why it is shown"
near "$(json 'd["summary"]["score"]')" "$(json 'd["summary"]["score_not_from_history"] + sum(r["contribution"] for r in d["rows"])')" 0.05 "the largest contributions"
run 0 reckon why u007 "$because" --json
same "$(json 'd["summary"]["status"]')" seen "of the history"
run 0 reckon why u007 "$because" --mode repeat --n 300 --json
same "$(json 'd["summary"]["status"]')" shown "of the history, repeats allowed"
run 0 reckon why u007 "$top" --filter "price >= 0 and not item = $top" --json
same "$(json 'd["summary"]["status"]')" filtered "filtered"
same "$(json 'd["summary"]["verdict"].startswith("not shown: filtered out by not item = ")')" True "by which term"
run 0 reckon recommend --user u007 --n 300 --json
last=$(json 'd["rows"][-1]["item"]') n=$(json 'len(d["rows"])')
run 0 reckon why u007 "$last"
out_has "not shown: rank $n of $n"

# the filter, over every type of attribute
run 0 reckon recommend --user u007 --n 300 --json --filter "price<20 and country=France and in_stock and title ~ 'oak'"
cp "$scratch/out" "$scratch/filtered"
same "$(python3 - "$scratch/filtered" ../data/items.csv <<'END'
import csv, json, sys
shown = {r["item"] for r in json.load(open(sys.argv[1]))["rows"]}
items = list(csv.DictReader(l for l in open(sys.argv[2]) if not l.startswith("# ")))
fits = {i["item"] for i in items if float(i["price"]) < 20 and "France" in i["attr.country:list"].split("|")
        and i["in_stock"] == "true" and "oak" in i["title"].lower()}
print(len(shown) > 0 and shown <= fits and len(fits) - len(shown) < 40)
END
)" True "only what fits is shown"
run 2 reckon recommend --user u007 --filter 'price<20 and contry=France'
err_has "unknown field 'contry', at character 14: price<20 and ▸contry=France; perhaps country"
run 2 reckon recommend --user u007 --filter 'price<cheap'
run 0 reckon recommend --user u007 --filter 'country=france'
out_has "no item has country 'france' (perhaps 'France')"
out_has "No item may be shown"

run 0 reckon similar "$top" --n 4 --json
same "$(json 'len(d["rows"]), d["rows"][0]["score"] >= d["rows"][3]["score"] > 0')" "(4, True)" "similar items"
same "$(json "'$top' in [r['item'] for r in d['rows']]")" False "not itself"
run 2 reckon similar "$top" --model mine
err_has "cannot tell which items are alike"

# names that are not there
run 3 reckon recommend --user u07
err_has "the nearest are"
run 3 reckon similar i0
run 3 reckon why u007 nothing
run 3 reckon recommend --user u007 --model nothing
run 2 reckon recommend
run 2 reckon recommend --user u007 --n 0

# somebody without events, and an item that nobody had met
printf 'user,country\nstranger,France\n' >new.csv
run 0 reckon import users new.csv
printf 'item,title\nnovelty,A novelty\n' >new.csv
run 0 reckon import items new.csv
run 0 reckon recommend --user stranger --n 3 --json
same "$(json 'len(d["rows"]), d["rows"][0]["reason"], "popularity" in d["summary"]["fallback"]')" "(3, 'popular', True)" "popular items, labelled"
run 0 reckon why u007 novelty
out_has "unknown to ease@1"
run 3 reckon similar novelty

# a model file that was damaged since
printf 'x' | dd of=models/ease-1.safetensors bs=1 seek=5000 conv=notrunc status=none
run 1 reckon recommend --user u007
err_has "checksum"
truncate -s 1000 models/ease-1.safetensors
run 1 reckon recommend --user u007
rm models/ease-1.safetensors
run 1 reckon recommend --user u007
err_has "is gone"
finish
