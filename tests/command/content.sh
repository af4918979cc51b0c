#!/usr/bin/env bash
# Items by their words, new items without training again, and the cold start.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"

run 0 reckon simulate --out data --users 600 --items 300 --events 30000 --days 120
run 0 reckon init shop
cd shop || exit 1
run 0 reckon import events ../data/events.csv
run 5 reckon train content
err_has "no two items have a word of their titles or an attribute in common"
run 0 reckon import items ../data/items.csv
run 0 reckon import users ../data/users.csv
printf 'item,title\nnew1,Zebra striped tea cosy\nnew2,Zebra striped oven glove\nnew3,\n' >../new.csv
run 0 reckon import items ../new.csv

run 0 reckon train content --no-evaluate --json
same "$(json 'd["summary"]["items"]')" 302 "items with events or a title"
first=$(json 'd["summary"]["sha256"]')
OPENBLAS_NUM_THREADS=2 run 0 reckon train content --no-evaluate --json
same "$(json 'd["summary"]["sha256"]')" "$first" "the bytes of the same training"
run 0 reckon similar new1 --model content --n 3 --json
same "$(json 'd["rows"][0]["item"]')" new2 "what reads alike, without any event"
run 3 reckon similar new3 --model content
run 0 reckon train ease --no-evaluate --json
same "$(json 'd["summary"]["items"]')" 300 "a model of events alone is of the items with events"

run 0 reckon evaluate --cold-start ease --split time --test-days 28 --mode discover --json
same "$(json '[r["known_events"] for r in d["rows"]][:5]')" "[0, 1, 2, 3, 5]" "rows"
same "$(json 'len({r["test_users"] for r in d["rows"][:5]})')" 1 "the same people in all rows"
near "$(json 'd["rows"][0]["ratio"]')" 1 0.3 "nothing known but attributes: popularity by segment"
same "$(json 'd["rows"][3]["ratio"] > 1.2 and d["rows"][3]["differs"]')" True "three known events beat popularity"
same "$(json 'abs(d["rows"][3]["answer.ndcg@10"] / d["rows"][3]["popular.ndcg@10"] - d["rows"][3]["ratio"]) < 1e-9')" True "the ratio"
same "$(json 'd["rows"][5]["who"], d["rows"][5]["answer.auc"] > d["rows"][5]["popular.auc"]')" "('new items', True)" "new items"
run 0 reckon evaluate --cold-start knn --split random --mode discover --json
same "$(json 'len(d["rows"])')" 5 "no new items without a split in time"
out_has "New items were not measured"
run 2 reckon evaluate --cold-start ease --candidates 100
err_has "whole catalogue"
run 3 reckon evaluate --cold-start nosuch

# somebody new, of whom only the country is known
run 0 reckon train popular-segment --no-evaluate --json
out_has "traits that at least 20 people share"
printf 'user,country\nstranger,Germany\nnobody,\n' >../strangers.csv
run 0 reckon import users ../strangers.csv
run 0 reckon recommend --user stranger --model ease --n 5 --json
out_has "popular-segment@1"
german=$(json '[r["item"] for r in d["rows"]]')
run 0 reckon recommend --user nobody --model ease --n 5 --json
[ "$german" != "$(json '[r["item"] for r in d["rows"]]')" ] || fail "the country makes no difference"
run 0 reckon recommend --user stranger --model popular-segment --n 5 --json
same "$(json '[r["item"] for r in d["rows"]]')" "$german" "asked for by name"

finish
