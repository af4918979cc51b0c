#!/usr/bin/env bash
# Noisy answers, and the budget that they are paid from: by many at once, and after a restore.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"
python3 - <<'X'
with open("events.csv", "w") as e, open("users.csv", "w") as u:
    e.write("user,item,time,kind,price\n"); u.write("user,town,age\n")
    for i in range(300):
        u.write(f"p{i},{'Lyon' if i % 3 else 'Bonn'},{20 + i % 50}\n")
        for k in range(1 + i % 4):
            e.write(f"p{i},i{k},2025-01-{1 + i % 28:02}T10:00:00Z,{'view' if k else 'purchase'},{i % 40}\n")
X
run 0 reckon init shop
export RECKON_WORKSPACE=$scratch/shop
run 0 reckon import users users.csv
run 0 reckon import events events.csv
run 4 reckon privacy dp count users --epsilon 1
err_has "budget set users"
run 0 reckon privacy budget set users --epsilon 1000 --yes
run 0 reckon privacy budget set events --epsilon 1000 --delta 1e-3 --yes

# with so much epsilon there is hardly any noise
run 0 reckon privacy dp count users --epsilon 100 --json
same "$(json 'd["summary"]["people"]')" 300 "people"
run 0 reckon privacy dp count events --of rows --per-person 2 --epsilon 100 --json
near "$(json 'd["summary"]["rows"]')" 525 1 "two rows of each at most"
run 0 reckon privacy dp count events --kind purchase --epsilon 100 --json
same "$(json 'd["summary"]["people"]')" 300 "purchases"
run 0 reckon privacy dp mean users age --low 20 --high 70 --epsilon 100 --json
near "$(json 'd["summary"]["mean"]')" 44.5 0.2 "a mean"
run 0 reckon privacy dp histogram users town --values Lyon,Bonn,Oslo --epsilon 100 --json
same "$(json '[(r["value"], r["people"]) for r in d["rows"]]')" "[('Lyon', 200), ('Bonn', 100), ('Oslo', 0)]" "by town"
run 0 reckon privacy dp histogram users age --low 20 --high 70 --bins 5 --epsilon 100 --json
same "$(json '[r["people"] for r in d["rows"]]')" "[60, 60, 60, 60, 60]" "by age"
run 0 reckon privacy dp top events item --n 2 --epsilon 400 --json
same "$(json '[(r["value"], r["people"]) for r in d["rows"]]')" "[('i0', 300), ('i1', 225)]" "most frequent"
run 0 reckon privacy dp histogram events kind --per-person 2 --epsilon 50 --mechanism gaussian --delta 1e-6 --json
near "$(json 'sum(r["people"] for r in d["rows"])')" 525 6 "Gaussian"
# and with little there is some, another one each time; nothing beside it tells how many there are
for _ in 1 2 3 4 5 6; do reckon privacy dp count users --epsilon 0.05 --json 2>/dev/null; done | grep '"people":' | sort -u >noisy
checks=$((checks + 1))
[ "$(wc -l <noisy)" -gt 1 ] || fail "the same answer six times: $(cat noisy)"
run 0 reckon privacy dp count events --kind view --since 2030-01-01 --epsilon 0.1 --json
same "$(json 'abs(d["summary"]["people"]) < 400')" True "nobody: noise all the same"

# 30 at once spend exactly what there is
run 0 reckon privacy budget set users --epsilon 0
out_lacks "More may be told"
run 0 reckon privacy budget show users --json
spent=$(json '[r["spent_epsilon"] for r in d["rows"] if r["data"] == "users"][0]')
run 4 reckon privacy dp count users --epsilon 0.000001
run 0 reckon privacy budget set users --epsilon "$(python3 -c "print(round($spent + 1, 6))")" --yes
export RECKON_PATIENCE_MS=60000
for i in $(seq 30); do
    (reckon privacy dp count users --epsilon 0.1 >/dev/null 2>&1; echo $? >>"$scratch/exits") &
done
wait
unset RECKON_PATIENCE_MS
same "$(sort "$scratch/exits" | uniq -c | tr -s ' \n' ' ')" " 10 0 20 4 " "ten answers, twenty refusals"
run 0 reckon privacy budget show users --json
same "$(json '[r["left"] for r in d["rows"] if r["data"] == "users"][0]')" 0.0 "nothing is left"

# every spend is listed, and in the log
run 0 reckon privacy budget set events --epsilon 900 --delta 1e-3 --yes
run 0 reckon privacy budget show events --json
answers=$(json '[r["answers"] for r in d["rows"] if r["data"] == "events"][0]')
same "$(json 'len(d["tables"]["spends"]["rows"])')" "$answers" "all are listed"
run 0 reckon audit verify
run 0 reckon audit export --out log.jsonl
same "$(grep -c '"action":"privacy spent"' log.jsonl)" "$(sqlite3 shop/reckon.db 'SELECT count(*) FROM privacy_spends' 2>/dev/null || grep -c '"action":"privacy spent"' log.jsonl)" "in the log"

# a restored backup gives nothing back
run 0 reckon backup "$scratch/kept"
run 0 reckon privacy dp count events --epsilon 5
run 0 reckon privacy budget show --json
was=$(json '[(r["data"], r["answers"], r["spent_epsilon"], r["spent_rho"]) for r in d["rows"]]')
run 0 reckon restore "$scratch/kept" --yes
run 0 reckon privacy budget show --json
same "$(json '[(r["data"], r["answers"], r["spent_epsilon"], r["spent_rho"]) for r in d["rows"]]')" "$was" "after a restore"

# raising it is confirmed, and the log says from what to what
run 4 reckon privacy budget set events --epsilon 950 --delta 1e-3
err_has "--yes"
run 0 reckon privacy budget show events --json
same "$(json '[r["epsilon"] for r in d["rows"] if r["data"] == "events"]')" "[900.0]" "as before"
run 0 reckon privacy budget set events --epsilon 950 --delta 1e-3 --yes
out_has "an epsilon of 900"
run 0 reckon audit export --out raised.jsonl
run 0 python3 -c 'import json
e = [x for x in map(json.loads, open("raised.jsonl")) if x["action"] == "privacy budget"][-1]
assert "950000000" in json.dumps(e) and "900000000" in json.dumps(e), e'

# zcdp: many small answers for what basic composition allows few of
run 2 reckon privacy budget set events --epsilon 1 --composition zcdp --yes
err_has "--delta"
run 0 reckon init other
export RECKON_WORKSPACE=$scratch/other
run 0 reckon import users users.csv
run 0 reckon privacy budget set users --epsilon 1 --delta 1e-6 --composition zcdp --yes
for _ in 1 2 3 4; do run 0 reckon privacy dp count users --epsilon 0.1; done
run 4 reckon privacy dp count users --epsilon 0.1
run 0 reckon privacy dp count users --epsilon 0.08
run 4 reckon privacy dp count users --epsilon 0.08

# bad input
run 2 reckon privacy dp count users
run 2 reckon privacy dp count users --epsilon 0
run 2 reckon privacy dp count users --epsilon -1
run 2 reckon privacy dp count users --epsilon inf
run 2 reckon privacy dp count users --epsilon nan
run 2 reckon privacy dp count profiles --epsilon 1
run 2 reckon privacy dp count users --since 2025-01-01 --epsilon 0.01
run 3 reckon privacy dp count users --kind stare --epsilon 0.01
run 2 reckon privacy dp count users --epsilon 0.01 --delta 1e-6
run 2 reckon privacy dp count users --epsilon 0.01 --mechanism gaussian
run 2 reckon privacy dp mean users age --epsilon 0.01
err_has "--low"
run 2 reckon privacy dp mean users age --low 5 --high 5 --epsilon 0.01
run 2 reckon privacy dp mean users town --low 0 --high 5 --epsilon 0.01
run 2 reckon privacy dp histogram users town --epsilon 0.01
err_has "--values"
run 2 reckon privacy dp top users age --epsilon 0.01
run 2 reckon privacy budget set users --epsilon 1 --delta 1 --yes
run 4 reckon privacy dp histogram users user --values p1 --epsilon 0.01
finish
