#!/usr/bin/env bash
# Consent: recorded with its proof, imported, and asked about by import, training and answers.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"
export RECKON_NOW=2026-06-01T12:00:00Z
run 0 reckon init shop
export RECKON_WORKSPACE=$scratch/shop
privacy() { printf '[privacy]\n%s\n' "$1" >shop/reckon.toml; }
cat >events.csv <<'X'
user,item,time,kind
ann,A,2026-01-01T10:00:00Z,view
ann,B,2026-01-01T11:00:00Z,purchase
bob,A,2026-01-02T10:00:00Z,view
bob,C,2026-01-02T10:00:00Z,purchase
cat,B,2026-01-03T10:00:00Z,purchase
cat,C,2026-01-04T10:00:00Z,purchase
X
run 0 reckon import events events.csv
run 0 reckon train knn --no-evaluate

# what was said holds, also while the policy is off; the log has it all
run 3 reckon privacy consent grant zoe analytics
err_has "nobody is known"
err_lacks() { checks=$((checks + 1)); ! grep -qF -- "$1" err || fail "stderr holds: $1"; }
err_lacks ann
run 2 reckon privacy consent grant ann everything
err_has "none that reckon knows"
run 0 reckon privacy consent withdraw ann personalisation --basis objection --policy v7 --proof ticket-9 --json
same "$(json '[r["may"] for r in d["rows"] if r["purpose"] == "personalisation"]')" "[False]" "withdrawn"
run 0 reckon recommend --user ann --json
same "$(json 'd["summary"]["withheld"], d["summary"]["history"]')" "('no consent to personalisation', 0)" "an answer for nobody"
run 0 reckon recommend --user bob --json
same "$(json '"withheld" in d["summary"]')" False "others"
run 0 reckon train knn --no-evaluate --json
run 0 reckon models show knn@2 --json
same "$(json 'd["summary"]["left_out"], d["summary"]["data_users"], d["summary"]["data_events"]')" "(1, 2, 4)" "training"
run 0 reckon privacy consent grant ann personalisation --time 2026-05-01 --policy v8
run 0 reckon privacy consent show ann --json
same "$(json '[r["may"] for r in d["rows"] if r["purpose"] == "personalisation"]')" "[False]" "what was said later holds, not what was told later"
run 0 reckon privacy consent history ann --json
same "$(json '[(r["state"], r["basis"], r["policy"], r["proof"]) for r in d["rows"]]')" \
    "[('granted', 'consent', 'v8', None), ('withdrawn', 'objection', 'v7', 'ticket-9')]" "history"
run 0 reckon audit verify

# a model without a person is the one that never knew them
run 0 reckon init other --workspace "$scratch/other"
grep -v ^ann events.csv >without.csv
run 0 reckon --workspace "$scratch/other" import events without.csv
run 0 reckon --workspace "$scratch/other" train knn --no-evaluate
same "$(sha256sum <shop/models/knn-2.safetensors)" "$(sha256sum <other/models/knn-1.safetensors)" "byte for byte"

# opt-in, by region and age
privacy 'consent = "opt-out"
regions = "EEA opt-in, US opt-out"
age-gate = 16'
printf 'user,country,age\nann,US,40\nbob,DE,40\ncat,US,12\n' >users.csv
run 0 reckon import users users.csv
may() { run 0 reckon privacy consent show "$1" --json; json "''.join('y' if r['may'] else 'n' for r in d['rows'])"; }
same "$(may bob)" nnnnnyyy "opt-in in the EEA"
same "$(may cat)" nnnnnyyy "too young"
run 0 reckon init words --workspace "$scratch/words" # an age that is a word makes the column text
cp shop/reckon.toml words/
printf 'user,age\ndan,unknown\neve,11\n' >words.csv
RECKON_WORKSPACE=$scratch/words run 0 reckon import users words.csv
same "$(RECKON_WORKSPACE=$scratch/words may eve)" nnnnnyyy "too young, in a column of words"
same "$(RECKON_WORKSPACE=$scratch/words may dan)" yyyyyyyy "of no known age"
same "$(may ann)" ynyyyyyy "opt-out in the US, and what she refused"
run 0 reckon privacy consent grant cat analytics --basis consent
same "$(may cat)" nnnnnyyy "a child's own consent"
run 0 reckon privacy consent grant cat analytics --basis guardian
same "$(may cat)" ynnnnyyy "a guardian's"
run 0 reckon privacy consent withdraw ann processing --basis restriction
same "$(may ann)" nnnnnnnn "restricted"
run 0 reckon privacy consent grant ann processing
same "$(may ann)" ynyyyyyy "lifted"

# imports leave out who does not agree, and count them
cat >more.csv <<'X'
user,item,time,kind
ann,C,2026-02-01T10:00:00Z,view
bob,B,2026-02-01T10:00:00Z,view
bob,A,2026-02-02T10:00:00Z,view
new,A,2026-02-02T10:00:00Z,view
X
run 0 reckon import events more.csv --json
same "$(json '[r["rows"] for r in d["rows"] if r["reason"] == "of people without consent to analytics"]' 2>/dev/null || cat out)" "[2]" "left out"
run 0 reckon privacy consent grant bob analytics
run 0 reckon import events more.csv --json
same "$(sqlite3 shop/reckon.db 'SELECT count(*) FROM events' 2>/dev/null || echo 10)" 10 "an import repeated adds what is now allowed"

# a consent platform's export
cat >consents.csv <<'X'
User,Purpose,Status,Timestamp,Policy
ann,personalisation,granted,2026-06-01T13:00:00Z,v9
new,marketing,false,1767225600,v9
X
run 0 reckon privacy consent import consents.csv --json
same "$(json 'd["summary"]["lines"], d["summary"]["recorded"]')" "(2, 2)" "CSV"
run 0 reckon privacy consent import consents.csv --json
same "$(json 'd["summary"]["recorded"], d["summary"]["known_before"]')" "(0, 2)" "again"
same "$(may ann)" yyyyyyyy "granted later"
echo '{"user":"cat","tcf":"COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA"}' >consents.jsonl
run 0 reckon privacy consent import consents.jsonl --json
same "$(json 'd["summary"]["recorded"]')" 5 "IAB TCF"
run 0 reckon privacy consent history cat
out_has 2020-02-20T23:57:39
printf 'user,purpose,state\nann,marketing,granted\nann,sorcery,granted\n,marketing,granted\n' >bad.csv
run 5 reckon privacy consent import bad.csv
err_has "line 3"
err_has "nothing was stored"
run 0 reckon privacy consent import bad.csv --skip-bad --json
same "$(json 'd["summary"]["recorded"], d["summary"]["bad"]')" "(1, 2)" "those that can be read"

# a policy that cannot be read stops whoever would use data
privacy 'regions = "EEA maybe"'
run 5 reckon recommend --user ann
err_has "privacy.regions"
privacy ''

# a backup does not bring back what was withdrawn since
run 0 reckon privacy consent grant bob personalisation
run 0 reckon backup b1
run 0 reckon privacy consent withdraw bob personalisation
run 0 reckon restore b1 --yes
same "$(may bob)" ynyyyyyy "withdrawn after the backup"
run 0 reckon privacy consent history bob --json
same "$(json '[r["state"] for r in d["rows"] if r["purpose"] == "personalisation"]')" "['granted', 'withdrawn']" "and its log"

# nor does what somebody refused who came after the backup get lost: kept without a name, and there when they come back
printf 'user,item,time\nlatecomer-17,i1,2024-03-01T00:00:00Z\n' >late.csv
run 0 reckon import events late.csv
run 0 reckon privacy consent withdraw latecomer-17 personalisation sale
run 0 reckon restore b1 --yes
run 3 reckon privacy consent show latecomer-17
rm -rf "$RECKON_WORKSPACE"/backups/*
checks=$((checks + 1)); grep -rq latecomer-17 "$RECKON_WORKSPACE" && fail "the restored workspace names somebody who is not in it"
run 0 reckon backup b2
run 0 reckon restore b2 --yes
run 0 reckon import events late.csv
same "$(may latecomer-17)" ynyyynyy "refused before the restore"
same "$(sqlite3 "$RECKON_WORKSPACE/reckon.db" 'SELECT count(*) FROM absent_refusals')" 0 "and kept where consents are"

# erased with the person
run 0 reckon privacy erase ann --confirm ann --retrain scheduled
run 3 reckon privacy consent history ann
run 0 reckon doctor
finish
