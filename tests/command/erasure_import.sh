#!/usr/bin/env bash
# The same person is imported while they are erased: whatever comes first, they are gone at the end and nobody else is; and the import
# was carried through, or said that it was not.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"
run 0 reckon simulate --out data --users 60 --items 40 --events 3000 --days 60
run 0 reckon simulate --out more --users 60 --items 40 --events 30000 --days 60 --seed 2
run 0 reckon init template
run 0 reckon --workspace template import events data/events.csv
who=$(grep -v '^#' data/events.csv | tail -n +2 | cut -d, -f1 | sort | uniq -c | sort -rn | awk 'NR == 1 {print $2}')
printf '%s\n' "$who" >gone
theirs=$(grep -c "^$who," more/events.csv) all=$(grep -v '^#' more/events.csv | tail -n +2 | wc -l)
[ "$theirs" -gt 100 ] || fail "they have only $theirs events: this shows nothing"
export RECKON_WORKSPACE=$scratch/shop

for pause in 0 0.05 0.1 0.2 0.4; do # of no other meaning than that it begins elsewhere
    rm -rf shop && cp -r template shop
    "$RECKON" import events more/events.csv >imported 2>import.err &
    import=$!
    read -rt "$pause" <> <(:) || :
    run 0 reckon privacy erase "$who" --confirm "$who" --json
    same "$(json 'd["summary"]["state"], d["summary"]["scan"]')" "('certified', 'clean')" "after $pause s"
    wait "$import"
    status=$?
    checks=$((checks + 1))
    case $status in
    0) ;;
    6) [ -s import.err ] || fail "after $pause s: the import ended without a word" ;;
    *) fail "after $pause s: import exits with $status: $(cat import.err)" ;;
    esac
    # what is missing comes with the same import; of them nothing does
    run 0 reckon import events more/events.csv --json
    same "$(json '[r["rows"] for r in d["rows"] if r["reason"] == "of people who were erased"][0]')" "$theirs" "after $pause s: left out"
    same "$(json 'sum(r["rows"] for r in d["rows"] if r["outcome"] in ("imported", "already there"))')" "$((all - theirs))" \
        "after $pause s: of the others"
    run 3 reckon recommend --user "$who"
    run 0 "${RECKON%/*}/reckon-scan" shop gone
    run 0 reckon doctor
done
finish
