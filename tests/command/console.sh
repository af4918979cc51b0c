#!/usr/bin/env bash
# The console without a terminal, and the list commands that its tables are made of.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"

# no workspace: the first steps
run 0 reckon console --once
out_has "There is no workspace here yet"
run 0 reckon init shop --quiet
export RECKON_WORKSPACE="$scratch/shop"
for i in $(seq 1 300); do echo "u$((i % 7)),i$((i * i % 11)),$((1700000000 + i * 1000)),$((i % 13)).5"; done |
    sed '1i user,item,time,price' >events.csv
run 0 reckon import events events.csv --time-format seconds --quiet

run 0 reckon console events --once --size 100x20
out_has "1 of 300 rows"
same "$(wc -l <"$scratch/out")" 20 "lines of a frame"
run 2 reckon console --once --size 100
err_has "COLUMNSxROWS"
run 3 reckon console nowhere --once
err_has "is no screen of the console"
run 0 reckon console items --once --ascii
checks=$((checks + 1))
LC_ALL=C grep -q '[^ -~]' "$scratch/out" && fail "not ASCII"

# lines: keys by their names
printf '%s\n' "/ 'price>10" enter q q >keys
run 0 reckon console events --plain <keys
out_has "that fit"
run 0 reckon console --plain </dev/null

# no terminal, or one that cannot
run 2 setsid "$RECKON" console </dev/null
err_has "--plain"
unset_term() { env -u TERM setsid "$RECKON" console </dev/null; }
run 2 unset_term
run 0 reckon </dev/null
out_has "Ways in"

# keys of reckon.toml that clash are told, and the console opens all the same
printf '[console.keys]\nquit = "?"\n' >>shop/reckon.toml
run 0 reckon console --once
out_has "is the key of both"
run 0 reckon settings
printf '[console]\ntheme = "pink"\n' >shop/reckon.toml
run 0 reckon console --once
out_has "auto|light|dark"
rm shop/reckon.toml

run 0 reckon events list --where 'user=u3 price>5' --sort price --descending --limit 3 --json
same "$(json 'd["summary"]["rows"]')" "$(awk -F, '$1 == "u3" && $4 > 5' events.csv | wc -l)" "rows that fit"
same "$(json '[r["price"] for r in d["rows"]]')" "[12.5, 12.5, 12.5]" "sorted"
run 0 reckon events list --by item --limit 100 --json
same "$(json 'sum(r["n"] for r in d["rows"])')" 300 "frequencies"
run 0 reckon events list --by price --bins 5 --json
same "$(json 'sum(r["n"] for r in d["rows"])')" 300 "bins"
run 0 reckon users list --columns user,events --csv
same "$(head -1 "$scratch/out")" "user,events" "columns"
run 2 reckon items list --where 'colour=red'
err_has "the columns are item, title"
run 2 reckon items list --columns colour
run 2 reckon attributes list --columns entity,name,type,values,observed,obsreved
err_has "obsreved: is no column of attributes; perhaps observed"
run 2 reckon items list --columns item,item
err_has "names 'item' twice"
run 2 reckon items list --bins 3
run 0 reckon imports list
run 0 reckon attributes list
finish
