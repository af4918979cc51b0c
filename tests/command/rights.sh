#!/usr/bin/env bash
# Identifiers of one person, requests as cases, the copy of everything, corrections.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"
export RECKON_NOW=2026-01-31T12:00:00Z
run 0 reckon init shop
export RECKON_WORKSPACE=$scratch/shop
cat >events.csv <<'X'
user,item,time,kind,referrer
ann-1,A,2026-01-01T10:00:00Z,view,
ann-1,B,2026-01-01T11:00:00Z,purchase,https://example.org/?x=1
cookie-7,C,2026-01-02T10:00:00Z,view,
bob-2,A,2026-01-02T10:00:00Z,view,
bob-2,C,2026-01-02T11:00:00Z,purchase,
X
printf 'user,country,age\nann-1,France,40\n' >users.csv
printf 'item,title\nA,<b>Tea</b>\nB,Cup\nC,Jar\n' >items.csv
run 0 reckon import items items.csv
run 0 reckon import users users.csv
run 0 reckon import events events.csv
run 0 reckon train knn --no-evaluate

# one person, many identifiers
run 0 reckon privacy consent withdraw cookie-7 marketing
run 0 reckon privacy subject link ann-1 cookie-7 --source login --evidence 'visit 99' --email Ann@Example.org --phone '+33 1 23-45-67'
run 2 reckon privacy subject link ann-1 --email nonsense
run 3 reckon privacy subject link ann-1 nobody
for name in ann-1 cookie-7 ann@example.ORG 00331234567; do
    [ "$name" = 00331234567 ] && name=33-1-234567
    run 0 reckon privacy subject find "$name" --json
    same "$(json 'd["summary"]["histories"], sorted(r["name"] for r in d["rows"] if r["kind"] == "identifier")')" \
        "(2, ['ann-1', 'cookie-7'])" "found by $name"
done
out_has 'visit 99'
checks=$((checks + 1))
grep -aqi 'ann@example' shop/reckon.db* && fail "the address is in the database"
run 3 reckon privacy subject find eve@example.org
run 0 reckon privacy consent show ann-1 --json
same "$(json '[r["may"] for r in d["rows"] if r["purpose"] == "marketing"]')" "[False]" "refused by one, refused for all"
run 0 reckon privacy consent withdraw ann@example.org analytics --json
same "$(json 'd["summary"]["recorded"]')" 2 "said by one, said for all"
run 0 reckon recommend --user cookie-7 --json
same "$(json 'd["summary"]["history"]')" 1 "histories stay apart"
run 0 reckon privacy subject unlink cookie-7
run 0 reckon privacy subject find ann-1 --json
same "$(json 'd["summary"]["histories"]')" 1 "taken apart"
printf 'user,other,source\nann-1,cookie-7,crm\nann-1,zoe,crm\n' >links.csv
run 0 reckon privacy subject import links.csv --json
same "$(json 'd["summary"]["linked"], d["summary"]["unknown"]')" "(1, 1)" "from a file"

# cases
run 0 reckon backup "$scratch/kept"
run 0 reckon privacy cases open ann@example.org --type access --json
same "$(json 'd["summary"]["case"], d["summary"]["state"], d["summary"]["due"]')" "(1, 'open', '2026-02-28T12:00:00Z')" "a month"
run 0 reckon privacy cases open bob-2 --type restrict --regulation ccpa --received 2025-11-01 --json
same "$(json 'd["summary"]["overdue"], d["summary"]["due"]')" "(True, '2025-12-16T00:00:00Z')" "45 days"
run 0 reckon recommend --user bob-2 --json
same "$(json 'd["summary"].get("withheld")')" "no consent to personalisation" "restricted at once"
run 0 reckon privacy cases --json
same "$(json '[(r["case"], r["overdue"]) for r in d["rows"]]')" "[(2, True), (1, False)]" "overdue first"
run 4 reckon privacy cases close 1 --note handed
err_has "identity-checked"
run 4 reckon privacy cases extend 2 --reason late
run 0 reckon privacy cases extend 1 --reason 'three systems' --json
same "$(json 'd["summary"]["due"]')" "2026-04-28T12:00:00Z" "extended"
run 4 reckon privacy cases extend 1 --reason again
run 0 reckon privacy cases note 1 'showed a passport' --identity-checked
run 0 reckon privacy cases close 1 --note 'archive handed over' --json
same "$(json '[r["step"] for r in d["rows"]]')" "['opened', 'extended', 'identity checked', 'answered']" "who did what"
run 4 reckon privacy cases note 1 more
checks=$((checks + 1))
[ ! -e shop/keys/case-1.key ] || fail "the key of a closed case is there"
run 3 reckon privacy cases open eve --type access

# corrections
run 0 reckon privacy rectify ann-1 --set country=Spain --set age=41
run 2 reckon privacy rectify ann-1 --set country=Italy --set age=old
run 3 reckon privacy rectify ann-1 --set shoe=44

# the copy of everything: all of the map, and nobody else
run 2 reckon privacy export ann-1 --out copy.rar
run 0 reckon privacy export ann@example.org --out copy.zip --json
same "$(json 'd["summary"]["histories"]')" 2 "both identifiers"
same "$(stat -c %a copy.zip)" 600 "for its owner alone"
mkdir copy && python3 -m zipfile -e copy.zip copy
cp copy/about.json out
same "$(json 'd["histories"][0]["tables"]["user_values"]')" "[{'attribute': 'age', 'value': 41.0}, {'attribute': 'country', 'value': 'Spain'}]" "corrected"
same "$(json '[e["item"] for e in d["histories"][0]["tables"]["events"]]')" "['A', 'B']" "events by name"
run 0 reckon privacy map --json
json '" ".join(sorted({r["place"].split(".")[0] for r in d["rows"] if r["reached"] == "user"}))' >tables
cp copy/about.json out
same "$(json '" ".join(sorted(t for t in d["histories"][0]["tables"] if t != "quarantine"))')" "$(cat tables)" "every table of the map"
checks=$((checks + 1))
grep -rq bob-2 copy && fail "somebody else is in the copy"
grep -q '<b>Tea' copy/index.html && fail "a title is markup"
grep -q 'https\?://[^e]' copy/index.html && fail "the page looks for something on the network"
run 0 reckon privacy export cookie-7 --out copy.tar.gz
run 0 tar -tzf copy.tar.gz
out_has csv/1-events.csv

# kept long enough
run 0 reckon privacy retention set --days 29
run 0 reckon privacy retention set purchase --days 3650
run 0 reckon privacy retention run --dry-run --json
same "$(json '[(r["kind"], r["due"]) for r in d["rows"]]')" "[('(the rest)', 3), ('purchase', 0)]" "due"
run 4 reckon privacy retention run
run 0 reckon privacy hold --kinds view --until 2030-01-01 --reason audit
run 0 reckon privacy retention run --yes --json
same "$(json 'sum(r["deleted"] for r in d["rows"])')" 0 "under a hold"
run 0 reckon privacy release 1 --yes
run 0 reckon privacy retention run --yes --json
same "$(json 'sum(r["deleted"] for r in d["rows"])')" 3 "gone"
run 0 reckon privacy retention list --json
same "$(json 'sum(r["due"] for r in d["rows"])')" 0 "nothing left to do"

# the record of processing
run 0 reckon privacy record
out_has '| identities.identifier | subject |'
out_has 'events of kind purchase: 3650 days'

# a hold set by an address is met by whatever name they are erased
run 0 reckon privacy hold ann@example.org --until 2999-01-01 --reason audit --json
held=$(json 'd["summary"]["hold"]')
run 4 reckon privacy erase ann-1 --confirm ann-1
err_has "legal hold $held"
run 0 reckon privacy release "$held" --yes

# erasing one erases all of them
run 0 reckon privacy erase ann@example.org --confirm ann@example.org --retrain scheduled
run 3 reckon privacy subject find cookie-7
run 3 reckon privacy subject find ann@example.org

# a backup from before the cases: they stay, with what was done in them
run 0 reckon restore "$scratch/kept" --yes
run 0 reckon privacy case 1 --json
same "$(json '[r["step"] for r in d["rows"]]')" "['opened', 'extended', 'identity checked', 'answered']" "after a restore"
run 0 reckon audit verify
run 0 reckon doctor
# an address that a family shares erases nobody; neither wildcards nor SQL mean anything
printf 'user,item,time\nkid-one,i1,2024-01-01T00:00:00Z\nkid-two,i1,2024-01-01T00:00:00Z\n' >family.csv
run 0 reckon import events family.csv
run 0 reckon privacy subject link kid-one --email family@example.org
run 0 reckon privacy subject link kid-two --email family@example.org
run 6 reckon privacy erase family@example.org --confirm family@example.org
err_has "several people who are not linked"
for odd in % _ 'kid-%' '*' "' OR 1=1 --"; do run 3 reckon privacy erase "$odd" --confirm "$odd"; done
run 0 reckon privacy subject link kid-one kid-two
run 0 reckon privacy erase family@example.org --confirm family@example.org --json
same "$(json 'd["summary"]["state"], d["summary"]["people"]')" "('certified', 2)" "linked, they are one"
finish
