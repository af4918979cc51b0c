#!/usr/bin/env bash
# Data sets in which nobody can be told from k others, checked by another program over what is in the files alone.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"
check() { run 0 python3 "$RECKON_SOURCE/tests/command/check_published.py" "$@"; }
anonymize() { run 0 reckon privacy anonymize "$@" --json; cp out report; }
said() { same "$(cp report out; json "$1")" "$2" "$3"; }
export RECKON_NOW=2026-01-31T12:00:00Z

# 400 people; the price of an event tells whose it is, which only this test knows
python3 - <<'X'
import random
random.seed(5)
towns = ["Lyon", "Paris", "Bonn", "Berlin", "Oslo", "Bergen"]
with open("users.csv", "w") as u, open("events.csv", "w") as e, open("whose.csv", "w") as w:
    u.write("user,age,town,income,illness\n"); e.write("user,item,time,kind,price\n"); w.write("price,user\n")
    row = 0
    for i in range(400):
        age = "" if i % 50 == 7 else random.choice([random.randint(18, 90), random.randint(30, 45)])
        illness = random.choice(["flu", "flu", "cold", "gout", "=cmd|calc", '"none, really"'])
        u.write(f"p{i},{age},{random.choice(towns)},{random.randint(-5, 40) * 100},{illness}\n")
        for _ in range(40 if i == 3 else random.randint(1, 4)):
            row += 1
            e.write(f"p{i},i{random.randint(0, 20)},2025-{random.randint(1, 12):02}-{random.randint(1, 28):02}T10:00:00Z,view,{row}\n")
            w.write(f"{row},p{i}\n")
X
printf 'town,country,continent\nLyon,France,Europe\nParis,France,Europe\nBonn,Germany,Europe\nBerlin,Germany,Europe\nOslo,Norway,Europe\nBergen,Norway,Europe\n' >towns.csv
run 0 reckon init shop
export RECKON_WORKSPACE=$scratch/shop
run 5 reckon privacy anonymize users --quasi events --out none.csv
err_has "nothing of anybody"
run 0 reckon import users users.csv
run 0 reckon import events events.csv

# people, one row each: every model, strict and relaxed, CSV and JSON Lines
anonymize users --quasi age:5,town --sensitive illness --k 7 --out a.csv
said 'd["summary"]["rows"], d["summary"]["suppressed_rows"]' "(400, 0)" "all are in it"
check a.csv age,town illness k=7
anonymize users --quasi age,town --sensitive illness,income --k 5 --l 3 --out b.jsonl
check b.jsonl age,town illness,income k=5 l=3
anonymize users --quasi age,town --sensitive illness --k 5 --l 2.5 --diversity entropy --relaxed --out c.csv
check c.csv age,town illness k=5 entropy=2.5
anonymize users --quasi age,town --sensitive illness --k 5 --l 3 --diversity recursive --c 2 --out d.csv
check d.csv age,town illness k=5 recursive=2,3
anonymize users --quasi age,town --sensitive illness,income --k 5 --t 0.2 --relaxed --out e.csv
check e.csv age,town illness,income k=5 t=0.2 ordered=income
anonymize users --quasi age,town --sensitive illness,income --k 5 --t 0.25 --suppress 0.05 --out f.csv
check f.csv age,town illness,income k=5 t=0.25 ordered=income
# how far names are from each other, by a hierarchy, with and without a root in the file; what is said is what is found
printf 'illness,of\nflu,lungs\ncold,lungs\ngout,rest\n"=cmd|calc",rest\n"none, really",rest\n' >of.csv
printf 'illness,of,all\nflu,lungs,all\ncold,lungs,all\ngout,rest,all\n"=cmd|calc",rest,all\n"none, really",rest,all\n' >all.csv
sed "s/=cmd/'=cmd/" of.csv >tree.csv # as it is published
for file in of all; do
    anonymize users --quasi age,town --sensitive illness --hierarchy $file.csv --k 5 --t 0.15 --out $file-t.csv
    checks=$((checks + 1))
    python3 "$RECKON_SOURCE/tests/command/check_published.py" $file-t.csv age,town illness k=5 t=0.15 tree=tree.csv >said ||
        fail "$(cat said)"
    near "$(sed -n 's/.*, t //p;q' said)" "$(cp report out; json 'd["summary"]["t"]')" 1e-8 "the distance, carried and computed"
done
run 0 cmp of-t.csv all-t.csv
anonymize users --quasi age,town --sensitive illness --k 5 --t 0.15 --out flat-t.csv
checks=$((checks + 1))
cmp -s of-t.csv flat-t.csv && fail "the hierarchy makes no difference"
anonymize users --quasi age,town,events,income --k 8 --suppress 0.1 --out g.csv
check g.csv age,town,events,income "" k=8
checks=$((checks + 1))
[ "$(wc -l <g.csv)" -lt 401 ] && [ "$(wc -l <g.csv)" -ge 361 ] || fail "suppressed: $(wc -l <g.csv) lines"
# the checker can fail
run 1 python3 "$RECKON_SOURCE/tests/command/check_published.py" a.csv age,town illness k=30
run 1 python3 "$RECKON_SOURCE/tests/command/check_published.py" a.csv age,town illness k=7 t=0.01

# what belongs together
anonymize users --quasi town,age:10 --hierarchy towns.csv --k 25 --out h.csv
check h.csv town,age "" k=25
checks=$((checks + 2))
cut -d, -f1 h.csv | grep -qxE 'France|Germany|Norway' || fail "no country in $(head -3 h.csv)"
cut -d, -f1 h.csv | grep -qE 'Bergen.Lyon|Berlin.Paris' && fail "towns of two countries"
printf 'town,country\nLyon,France\n' >short.csv
run 5 reckon privacy anonymize users --quasi town --hierarchy short.csv --dry-run
err_has "does not say where"
run 2 reckon privacy anonymize users --quasi age --hierarchy towns.csv --dry-run

# a spreadsheet computes nothing of it, and the same call gives the same bytes
checks=$((checks + 2))
grep -q ",'=cmd" a.csv || fail "a formula got out: $(grep -m1 cmd a.csv)"
grep -qE '(^|,)"?=' a.csv && fail "a cell begins with ="
anonymize users --quasi age:5,town --sensitive illness --k 7 --out a2.csv
run 0 cmp a.csv a2.csv
same "$(stat -c %a a.csv)" 600 "for its owner alone"

# many rows of one person: k counts people
anonymize events --quasi time:quarter,item --keep price --k 10 --out i.csv
check i.csv time,item "" k=10 people=whose.csv,price
anonymize events --quasi time:month,user.age:10 --sensitive item --keep price --k 6 --l 4 --suppress 0.05 --relaxed --out j.csv
check j.csv time,user.age item k=6 l=4 people=whose.csv,price
anonymize events --quasi time:quarter --sensitive item --k 10 --l 5 --rows-per-person 1 --out k.csv
check k.csv time item k=10 l=5
same "$(wc -l <k.csv)" 401 "one row of each"
anonymize profiles --quasi first:quarter,spent:50 --sensitive item --keep events --k 5 --out l.csv
check l.csv first,spent item k=5

# who is not in it: without consent, restricted, held, erased; linked identifiers are one person
run 0 reckon privacy consent withdraw p0 analytics
run 0 reckon privacy consent withdraw p1 sale
run 0 reckon privacy cases open p2 --type restrict
run 0 reckon privacy hold p4 --until 2030-01-01 --reason suit
run 0 reckon privacy erase p5 --confirm p5
run 0 reckon privacy subject link p6 p7 --source login --evidence x
run 0 reckon privacy consent withdraw p8 sensitive
anonymize events --quasi time:year --keep price --k 5 --out m.csv
said '[d["summary"][n] for n in ("people", "without_consent", "restricted", "on_hold")]' "[394, 2, 1, 1]" "left out"
checks=$((checks + 1))
python3 -c 'import csv
whose={r["price"]: r["user"] for r in csv.DictReader(open("whose.csv"))}
there={whose[r["price"]] for r in csv.DictReader(open("m.csv"))}
assert not there & {"p0","p1","p2","p4","p5"} and {"p6","p7","p8"} <= there' || fail "somebody who must not be in it"
anonymize users --quasi age:20 --k 5 --dry-run
said 'd["summary"]["without_consent"]' 3 "what is known of people beside what they do"
printf 'user,town\np6,Rome\np7,Rome\n' >rome.csv
run 0 reckon import users rome.csv
anonymize users --quasi town --k 2 --out rome-2.csv
checks=$((checks + 1))
cut -d, -f1 rome-2.csv | grep -qx Rome && fail "two identifiers of one person count as two"

# the report, the list, the log; an erasure names what was made before
run 0 python3 -c 'import json,hashlib
r=json.load(open("m.csv.report.json"))
assert r["sha256"] == hashlib.sha256(open("m.csv","rb").read()).hexdigest()
roles={c["name"]: c["role"] for c in r["columns"]}
assert roles["user"] == roles["session"] == roles["referrer"] == "identifier, removed" and roles["item"] == "dropped"
assert roles["time"] == "quasi-identifier" and roles["price"] == "kept"
assert r["achieved"]["k"] >= 5 and r["risk"]["after"]["prosecutor"] <= 0.2'
run 0 reckon privacy publications --json
same "$(json 'd["rows"][0]["k"] >= 2, d["rows"][0]["there"], d["rows"][0]["file"].endswith("/rome-2.csv")')" "(True, True, True)" "known"
run 0 reckon audit export --out log.jsonl
run 0 grep -q '"action":"data set published"' log.jsonl
run 0 reckon privacy erase p9 --confirm p9
run 0 reckon privacy certificates show 3
out_has 'anonymised data sets'
# a file named after somebody is forgotten with them
anonymize users --quasi age:30 --k 5 --out file-of-p123.csv
run 0 reckon privacy erase p123 --confirm p123
run 0 reckon privacy publications
out_lacks p123
out_has erased-
run 0 reckon privacy export p10 --out p10.zip
run 0 python3 -c 'import zipfile,json; d=json.loads(zipfile.ZipFile("p10.zip").read("about.json")); assert "anonymised" in d["recipients"], d["recipients"]'

# edges
run 2 reckon privacy anonymize users --out x.csv
err_has "--quasi"
run 2 reckon privacy anonymize users --quasi age
run 2 reckon privacy anonymize users --quasi age --k 1 --dry-run
run 2 reckon privacy anonymize users --quasi age --out x.rar
run 2 reckon privacy anonymize users --quasi shoe --dry-run
err_has "the columns are"
run 2 reckon privacy anonymize users --quasi age:-3 --dry-run
run 2 reckon privacy anonymize users --quasi town:3 --dry-run
run 2 reckon privacy anonymize events --quasi time:week --dry-run
run 2 reckon privacy anonymize users --quasi age,age --dry-run
run 2 reckon privacy anonymize users --quasi age --since 2025-01-01 --dry-run
run 2 reckon privacy anonymize users --quasi age --out x.csv --report x.csv
run 2 reckon privacy anonymize users --quasi age --l 3 --dry-run
run 2 reckon privacy anonymize users --quasi age --suppress 1 --dry-run
run 3 reckon privacy anonymize events --quasi time --kind stare --dry-run
run 4 reckon privacy anonymize events --quasi user --dry-run
run 4 reckon privacy anonymize events --quasi time --keep referrer --dry-run
awk 'BEGIN {print "user,mail"; for (i = 20; i < 300; i++) printf "p%d,m%d@example.org\n", i, i}' >mail.csv
run 0 reckon import users mail.csv
run 4 reckon privacy anonymize users --quasi age --keep mail --dry-run
err_has "value of its own"
run 4 reckon privacy anonymize users --quasi age --sensitive mail --dry-run
run 0 reckon privacy anonymize users --quasi mail,age --dry-run
run 5 reckon privacy anonymize users --quasi age --k 500 --dry-run
err_has "k = 500"
run 5 reckon privacy anonymize users --quasi age --sensitive town --l 8 --dry-run
run 0 reckon privacy anonymize users --quasi age --k 391 --json --dry-run
same "$(json 'd["summary"]["classes"]')" 1 "one class of all"
run 3 reckon privacy anonymize users --quasi age --out /nowhere/x.csv
finish
