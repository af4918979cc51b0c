#!/usr/bin/env bash
# Without reckon's map: every input that reckon takes carries texts that stand nowhere else, twenty people; half are
# erased, and every byte of the workspace is searched by another program, this one.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"

cat >make.py <<'PY'
import csv, gzip, json, random
people = ["canary%02dq" % i for i in range(20)]
def mark(i, what): return "%s-%s-%08x" % (people[i], what, random.Random(i * 97 + len(what)).getrandbits(32))
with open("events.csv", "w") as out:
    w = csv.writer(out)
    w.writerow("user item time kind session device referrer channel attr.note item.color user.city".split())
    for i, p in enumerate(people):
        for k in range(25):
            w.writerow([p, "i%d" % (k % 9), "2024-01-%02dT10:00:%02dZ" % (1 + k, i), "purchase", mark(i, "session%d" % (k // 5)),
                        mark(i, "device"), "https://shop.example/?mail=" + mark(i, "referrer") + "%40x.org", "web",
                        "says " + mark(i, "note"), "red", mark(i, "city")])
    for k in range(400):
        w.writerow(["plain%d" % (k % 40), "i%d" % (k % 9), "2024-01-%02dT12:00:00Z" % (1 + k % 28), "view", "", "phone", "", "web", "", "red", "Rome"])
with open("users.csv", "w") as out:
    w = csv.writer(out)
    w.writerow(["user", "mail", "age", "tags"])
    for i, p in enumerate(people):
        w.writerow([p, mark(i, "mail") + "@example.org", 30 + i, mark(i, "tag")])
with open("bad-%s.csv" % people[0], "w") as out: # the file's name names somebody, too
    w = csv.writer(out)
    w.writerow(["user", "item", "time"])
    for i, p in enumerate(people):
        w.writerow([p, "i1", mark(i, "badtime")])
with open("history", "w") as out:
    for i, p in enumerate(people):
        out.write("recommend --user %s\nwhy --user %s --item i1 # %s\n" % (p, p, mark(i, "typed")))
for i, p in enumerate(people):
    with gzip.open("export-%d.csv.gz" % i, "wt") as out:
        out.write("x" * 70000 + "," + mark(i, "export") + "," + p + "\n")
PY
cat >look.py <<'PY'
# For each person: how often their mark stands in any byte of any file, compressed ones opened.
import gzip, os, sys
people = ["canary%02dq" % i for i in range(20)]
counts = dict.fromkeys(people, 0)
for base, _, files in os.walk(sys.argv[1]):
    for name in files:
        data = open(os.path.join(base, name), "rb").read()
        blobs = [data, name.encode()]
        if data[:2] == b"\x1f\x8b":
            blobs.append(gzip.decompress(data))
        for blob in blobs:
            low = blob.lower()
            for p in people:
                counts[p] += low.count(p.encode())
                counts[p] += low.count(p.encode("utf-16-le")) + low.count(p.encode().hex().encode())
gone = [p for p in people if counts[p] == 0]
print(" ".join(str(people.index(p)) for p in gone))
PY
python3 make.py
run 0 reckon init shop
export RECKON_WORKSPACE=$scratch/shop
run 0 reckon import events events.csv --unmapped keep
run 0 reckon import users users.csv
run 0 reckon import events bad-canary00q.csv --max-bad 1
run 0 reckon train popular-segment --no-evaluate
run 0 reckon models promote popular-segment
run 0 reckon train ease --no-evaluate
run 0 reckon backup
cp history shop/shell-history && chmod 600 shop/shell-history
mkdir -p shop/files && cp export-*.csv.gz shop/files/
run 0 reckon privacy cases
same "$(python3 look.py shop)" "" "before: all are there"

for i in 0 2 4 6 8 10 12 14 16 18; do printf 'canary%02dq\n' $i; done >half
run 0 reckon privacy erase --file half --confirm 10 --json
same "$(json 'd["summary"]["state"], d["summary"]["people"]')" "('certified', 10)" "the case"
same "$(python3 look.py shop)" "0 2 4 6 8 10 12 14 16 18" "after: half are nowhere, and the others everywhere they were"
run 0 "${RECKON%/*}/reckon-scan" shop half
run 0 reckon doctor
run 0 reckon backup after
run 0 reckon restore shop/backups/2* --to again
same "$(python3 look.py again)" "0 2 4 6 8 10 12 14 16 18" "a restored backup"
run 0 reckon import events events.csv --unmapped keep
run 0 reckon import users users.csv
run 0 reckon import events bad-canary00q.csv --max-bad 1
same "$(python3 look.py shop)" "0 2 4 6 8 10 12 14 16 18" "imported again"
grep -v canary half >/dev/null || :
for i in 1 3 5 7 9 11 13 15 17 19; do printf 'canary%02dq\n' $i; done >others
run 0 reckon privacy erase --file others --confirm 10
same "$(python3 look.py shop)" "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19" "all"
run 0 reckon audit verify
finish
