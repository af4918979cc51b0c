#!/usr/bin/env bash
# kill -9 at random moments of an erasure: afterwards it finishes, and nothing was certified that was still there.
# RECKON_KILLS sets how often one must be hit while it runs (default 8; 500 takes some minutes).
. "${RECKON_SOURCE:?}/tests/command/lib.sh"
run 0 reckon simulate --out data --users 150 --items 60 --events 4000 --days 60
run 0 reckon init template
export RECKON_WORKSPACE=$scratch/template
run 0 reckon import items data/items.csv
run 0 reckon import users data/users.csv
run 0 reckon import events data/events.csv
run 0 reckon train ease --no-evaluate
run 0 reckon models promote ease
run 0 reckon backup
who=$(grep -v '^#' data/events.csv | tail -n +2 | cut -d, -f1 | sort | uniq -c | sort -rn | awk 'NR == 1 {print $2}')
printf 'recommend --user %s\n' "$who" >template/shell-history
printf '%s\n' "$who" >needle
export RECKON_WORKSPACE=$scratch/shop

# how long one takes, here and now
cp -r template shop
begin=$(date +%s%N)
run 0 reckon privacy erase "$who" --confirm "$who"
whole=$((($(date +%s%N) - begin) / 1000000))

present() { ! "${RECKON%/*}/reckon-scan" shop needle >/dev/null; }
certificates() { reckon privacy certificates list --json | python3 -c 'import json,sys; print(len(json.load(sys.stdin)["rows"]))'; }
# how far the case was: nothing yet, or its state
stage() {
    reckon privacy cases --json | python3 -c 'import json,sys; r=json.load(sys.stdin)["rows"]; print(r[0]["state"] if r else "nothing")'
}
kills=${RECKON_KILLS:-8} killed=0
while [ "$killed" -lt "$kills" ] && [ "$failures" -lt 5 ]; do
    rm -rf shop && cp -r template shop
    # the program itself, not the function: that would be a shell, and the program would outlive it
    "$RECKON" privacy erase "$who" --confirm "$who" >/dev/null 2>&1 &
    victim=$!
    moment=$(((RANDOM << 15 | RANDOM) % (whole * 1000 + 1))) # microseconds
    read -rt "$(printf '%d.%06d' $((moment / 1000000)) $((moment % 1000000)))" <> <(:) || :
    kill -9 "$victim" 2>/dev/null
    ended=0
    wait "$victim" 2>/dev/null || ended=$?
    [ "$ended" = 137 ] && killed=$((killed + 1)) && stage >>"$scratch/stages" # else it was done before
    checks=$((checks + 1))
    if [ "$(certificates)" != 0 ] && present; then
        fail "killed after $moment us: certified, and still there"
    fi
    run 0 reckon privacy resume
    if [ "$(certificates)" = 0 ]; then # killed before it had begun
        run 0 reckon privacy erase "$who" --confirm "$who"
    fi
    same "$(certificates)" 1 "killed after $moment us: certificates"
    checks=$((checks + 1))
    present && fail "killed after $moment us: still there"
    run 0 reckon audit verify
done
echo "$killed were killed within $whole ms, when the case was:"
sort "$scratch/stages" | uniq -c
finish
