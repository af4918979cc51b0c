#!/usr/bin/env bash
# Backup, restore and doctor from outside, on disks that are full or read-only; and where people are in a workspace.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"

python3 - <<'END' >sales.csv
print("user,item,time,kind,session,referrer")
for u in range(30):
    for k in range(20):
        print(f"MARK-user-{u},item{(u + k * k) % 17},2026-01-{k + 1:02d}T10:00:00Z,{'view' if k % 3 else 'purchase'},MARK-session-{u},http://x/?u=MARK-ref-{u}")
END
# two rows that go to quarantine
{ cat sales.csv; echo "MARK-bad-1,item1,not a time,view,,"; echo "MARK-bad-2,item1,1800-01-01,view,,"; } >all.csv

run 0 reckon init shop
cd shop || exit 1
run 0 reckon import events --max-bad 0.05 ../all.csv
run 0 reckon train popular
run 0 reckon doctor --json
same "$(json 'd["summary"]["problems"], d["summary"]["warnings"], d["summary"]["events"], d["summary"]["users"], d["summary"]["quarantine"]')" \
    "(0, 0, 600, 30, 2)" "a workspace in use is whole"

run 0 reckon backup ../kept
out_has "Keys are not part of a backup"
run 6 reckon backup ../kept
err_has "is there already"
run 0 reckon backup
run 0 reckon jobs --json
same "$(json '[(r["command"], r["outcome"]) for r in d["rows"]]')" \
    "[('backup', 'done'), ('backup', 'failed'), ('backup', 'done'), ('train', 'done'), ('import events', 'done')]" "the log of jobs"

# what came after the backup goes by a restore, and comes back by undoing it
head -3 ../sales.csv | sed 's/MARK-user/MARK-later/' >../later.csv
run 0 reckon import events ../later.csv
run 0 reckon train popular
run 4 reckon restore ../kept
run 0 reckon restore ../kept --yes --json
kept=$(json 'd["summary"]["kept"]')
run 0 reckon doctor --json
same "$(json 'd["summary"]["problems"], d["summary"]["warnings"], d["summary"]["events"], d["summary"]["models"]')" "(0, 0, 600, 1)" "restored"
run 0 reckon jobs --json
same "$(json '(d["rows"][0]["command"], d["rows"][0]["outcome"])')" "('restore', 'done')" "the restore is logged in what it brought"
run 0 reckon restore "$kept" --yes
run 0 reckon doctor --json
same "$(json 'd["summary"]["problems"], d["summary"]["events"], d["summary"]["models"]')" "(0, 602, 2)" "undone"
run 0 reckon restore ../kept --to ../copy
run 0 reckon --workspace ../copy doctor --json
same "$(json 'd["summary"]["problems"], d["summary"]["events"]')" "(0, 600)" "a new workspace"
run 6 reckon restore ../kept --to ../copy
err_has "is a workspace already"
run 3 reckon restore ../nowhere --yes
run 3 reckon restore .. --yes
err_has "manifest.json"
cp -r ../kept ../hurt
echo x >>../hurt/reckon.db
run 1 reckon restore ../hurt --yes
err_has "nothing was changed"

# a workspace that lost its database
rm ../copy/reckon.db
run 3 reckon --workspace ../copy restore ../kept --yes
run 0 reckon restore ../kept --to ../copy
run 0 reckon --workspace ../copy doctor

# a backup's database that was put in place by hand is a workspace too
mkdir ../byhand && cp ../kept/reckon.db ../byhand/
run 0 reckon --workspace ../byhand kinds list
run 1 reckon --workspace ../byhand doctor --json
same "$(json '[r["check"] for r in d["rows"] if r["state"] != "ok"]')" "['models']" "all that is wrong with it: it lacks the model files"

# every file is on the map, and people are where the map says
run 0 reckon privacy map --json
cp "$scratch/out" ../map.json
cat >../map.py <<'END'
import fnmatch, json, os, re, sqlite3, sys
rows = json.load(open("../map.json"))["rows"]
def match(pattern, path):
    return pattern.count("/") == path.count("/") and all(map(fnmatch.fnmatch, path.split("/"), pattern.split("/")))
files = [r for r in rows if not re.match(r"^[a-z_]+\.[a-z_]+$", r["place"]) or r["place"] in ("reckon.db", "reckon.toml", "reckon.lock")]
db = sqlite3.connect("reckon.db")
db.execute("SELECT count(*) FROM events").fetchone()
seen, wrong = 0, []
for base, _, names in os.walk("."):
    for name in names:
        path = os.path.relpath(os.path.join(base, name))
        found = [r for r in files if match(r["place"], path)]
        seen += 1
        if not found:
            wrong.append(path + " is not on the map")
        elif b"MARK-" in open(path, "rb").read() and found[0]["holds"] != "subject":
            wrong.append(path + " names people")
holds = {r["place"]: r for r in rows}
marked = set()
for table, in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
    for column in [c[1] for c in db.execute(f"PRAGMA table_info({table})")]:
        for value, in db.execute(f'SELECT CAST("{column}" AS BLOB) FROM "{table}"'):
            if value and b"MARK-" in value:
                marked.add(f"{table}.{column}")
wrong += [m + " names people" for m in marked if holds[m]["holds"] != "subject"]
print(wrong, sorted(marked), seen > 10)
END
same "$(python3 ../map.py)" "[] ['event_context.referrer', 'identities.identifier', 'quarantine.raw', 'sessions.label'] True" "the map"

# disks: a small one and a read-only one, where they can be mounted
mkdir ../small
python3 -c 'print("user,item,time")
for u in range(1000):
    for k in range(20): print(f"user{u},item{(u * k) % 97},2026-01-{k + 1:02d}")' >../big.csv
run 0 reckon init ../big
run 0 reckon --workspace ../big import events ../big.csv
run 0 reckon --workspace ../big backup ../big-kept
if mount -t tmpfs -o size=600k tmpfs ../small 2>/dev/null; then
    trap 'umount "$scratch/small" 2>/dev/null; umount "$scratch/ro" 2>/dev/null; rm -rf "$scratch"' EXIT
    run 0 reckon init ../small/shop
    run 1 reckon --workspace ../small/shop import events ../big.csv
    err_has "free some space"
    run 0 reckon --workspace ../small/shop doctor --quick --json
    same "$(json 'd["summary"]["problems"]')" 0 "whole after a full disk"
    before=$(json 'd["summary"]["events"]')
    run 1 reckon --workspace ../big backup ../small/backup
    err_has "free some space"
    same "$(ls ../small)" shop "nothing half-done on a full disk"
    run 1 reckon --workspace ../small/shop restore ../big-kept --yes
    err_has "free some space"
    run 0 reckon --workspace ../small/shop doctor --quick --json
    same "$(json 'd["summary"]["problems"], d["summary"]["events"]')" "(0, $before)" "unchanged by a restore that found no room"
    run 1 reckon restore ../big-kept --to ../small/new
    same "$(ls ../small)" shop "nothing half-done by a restore"
    umount ../small
    mkdir ../ro
    mount --bind . ../ro && mount -o remount,bind,ro ../ro || fail "a read-only mount"
    run 0 reckon --workspace ../ro kinds list
    run 0 reckon --workspace ../ro jobs
    run 0 reckon --workspace ../ro doctor --quick
    run 0 reckon --workspace ../ro backup ../from-ro
    run 1 reckon --workspace ../ro kinds set view --weight 1
    err_has "read-only"
    run 1 reckon --workspace ../ro restore ../kept --yes
    run 1 reckon --workspace ../ro backup
    umount ../ro
else
    echo "not run: a full and a read-only disk need the right to mount"
fi
finish
