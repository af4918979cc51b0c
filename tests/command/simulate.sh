#!/usr/bin/env bash
# reckon simulate: a synthetic shop, said to be one, the same for the same seed.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"

run 0 reckon simulate --out a --users 40 --items 30 --events 2000 --days 20 --json
same "$(json 'sum(r["events"] for r in d["rows"])')" 2000 "events"
same "$(json 'd["summary"]["synthetic"]')" True "said to be synthetic"
same "$(head -c 12 a/users.csv)$(head -c 12 a/items.csv)" "# synthetic # synthetic " "first lines"
run 0 reckon simulate --users 40 --items 30 --events 2000 --days 20 --threads 1
cp "$scratch/out" stdout.csv
run 0 cmp stdout.csv a/events.csv
run 0 reckon simulate --out a/b/c --users 40 --items 30 --events 2000 --days 20 --seed 2
same "$(cmp -s a/events.csv a/b/c/events.csv && echo same)" "" "another seed"
run 6 reckon simulate --out a
err_has "is there already"
run 2 reckon simulate --start 2024-13-01
run 2 reckon simulate --users 0
run 2 reckon simulate --zipf 5
run 0 reckon simulate --events 0
same "$(wc -l <"$scratch/out")" 2 "lines of a shop without events"
run 1 bash -c '"$RECKON" simulate --events 100000 >/dev/full'
err_has "No space left"
finish
