#!/usr/bin/env bash
# import: the real sample from anywhere, bad input of every kind, and a store that stays as it was.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"
sample="$RECKON_SOURCE/samples/online-retail.csv.xz"

# dump WORKSPACE: everything but the logs of what was run
dump() { sqlite3 "$1/reckon.db" .dump | grep -vE "INSERT INTO (imports|jobs|audit)|sqlite_sequence.*'(imports|jobs)'"; }

run 0 reckon init shop
cd "$scratch/shop" || exit 1
run 0 python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)' "$RECKON" import events --preset online-retail "$sample" --json
peak=$(cat "$scratch/err") # in KiB
checks=$((checks + 1))
grep -q __asan_init "$RECKON" || [ "$peak" -lt $((128 * 1024)) ] || fail "peak memory: $peak KiB"
same "$(json 'd["summary"]["new_users"]')" 4334 "customers"
same "$(json 'd["summary"]["new_items"]')" 3659 "items"
same "$(json '[r["rows"] for r in d["rows"]]')" "[541909, 396337, 0, 135080, 8905, 1554, 0, 33]" "rows by outcome"
same "$(json 'd["rows"][3]["reason"]')" "no customer" "the rule's name"
same "$(json 'd["summary"]["first"] + " " + d["summary"]["last"]')" "2010-12-01T08:26:00Z 2011-12-09T12:50:00Z" "time range"
dump . >"$scratch/once"
mkdir deeper && cd deeper || exit 1
run 0 reckon import events --preset online-retail "$sample"
out_has "Nothing was new"
dump .. >"$scratch/twice"
checks=$((checks + 1)); cmp -s "$scratch/once" "$scratch/twice" || fail "importing twice changed something"
same "$(sqlite3 ../reckon.db "SELECT title FROM items WHERE identifier = '85123A'")" "CREAM HANGING HEART T-LIGHT HOLDER" "the newest title"
cd "$scratch" || exit 1

# more than the allowed share is bad: exit 5, and not a byte of the data changes
run 0 reckon init small
export RECKON_WORKSPACE="$scratch/small"
printf 'user,item,time\nu1,i1,2011-01-01\nu2,i2,2011-01-02\n' >good.csv
run 0 reckon import events good.csv
dump small >before
{ echo user,item,time; for i in $(seq 97); do echo "n$i,n$i,2011-02-01"; done; echo x,y,1900-01-01; echo x,y,2100-01-01; echo 'z,"'; } >bad.csv
run 5 reckon import events bad.csv
err_has "3 of 100 rows are bad (3 %), more than the 1 % that are allowed; nothing was imported"
out_has "'1900-01-01' is before 1990-01-01"
dump small >after
checks=$((checks + 1)); cmp -s before after || fail "a refused import changed something"
run 5 reckon import events bad.csv --max-bad 0.029
run 0 reckon import events bad.csv --max-bad 0.03
out_has "3 bad rows were set aside"
run 0 reckon quarantine list --json
same "$(json '[(r["line"], r["field"]) for r in d["rows"]]')" "[(99, 'time'), (100, 'time'), (101, '')]" "quarantine"
run 0 reckon import events bad.csv --max-bad 0.03
run 0 reckon quarantine list --json
same "$(json 'd["summary"]["in_quarantine"]')" 3 "quarantine after the second time"
run 0 reckon quarantine retry --time-format %Y-%m-%d
out_has "already there"
run 4 reckon quarantine drop --all
run 0 reckon quarantine drop --all --yes
run 0 reckon quarantine list
out_has "0 rows"
printf '[import]\nmax-bad = 0.5\n' >small/reckon.toml
run 0 reckon import events bad.csv
rm small/reckon.toml

# what cannot be read at all names the file
run 3 reckon import events missing.csv
err_has "missing.csv: there is no such file"
run 2 reckon import events small
err_has "is a directory"
: >empty.csv
run 5 reckon import events empty.csv
err_has "empty.csv: is empty"
head -c 5000 "$RECKON" >binary.csv
run 5 reckon import events binary.csv
err_has "binary.csv: is a program"
head -c 1000000 "$sample" >cut.csv.xz
dump small >before
run 1 reckon import events --preset online-retail cut.csv.xz
err_has "cut.csv.xz: its xz data is damaged or ends too early"
dump small >after
checks=$((checks + 1)); cmp -s before after || fail "a truncated file changed something"
printf 'uid,sku,ts\n1,2,2011-01-01\n' >other.csv
run 5 reckon import events other.csv
err_has "has no column 'user'; its columns are uid, sku, ts"
run 5 reckon import events other.csv --map user=who
err_has "has no column 'who'"
run 2 reckon import events other.csv --map who=uid
err_has "'who' is no field of events"
run 2 reckon import events other.csv --map user
run 3 reckon import events other.csv --preset none
err_has "there are movielens-100k"
run 2 reckon import
err_has "events, items or users"
run 0 reckon import events other.csv --map user=uid --map item=sku --map time=ts --kind purchase
python3 -c 'import sys; sys.stdout.write("user,item,time\nu,i,2011-01-01\n" + "x" * (10 << 20) + "\nv,i,2011-01-01\n")' >long.csv
run 0 reckon import events long.csv --max-bad 1
out_has "the row is longer than 1 MB"
printf 'user,item,time\nu\0x,i,2011-01-01\nu,i\xff,2011-01-01\n' >bytes.csv
run 5 reckon import events bytes.csv --max-bad 0
out_has "holds a NUL byte"
out_has "the row is not valid UTF-8"

# from a pipe, compressed too; the copy in the workspace is gone afterwards
printf 'user,item,time,kind\npipe,i,2011-01-01,buy\n' | gzip >p.gz
run 0 reckon import events - <p.gz
out_has "imported"
same "$(sqlite3 small/reckon.db "SELECT k.name FROM events JOIN kinds k USING (kind) JOIN identities i USING (user) WHERE i.identifier = 'pipe'")" purchase "a usual word for a kind"
run 0 reckon import events p.gz
out_has "Nothing was new"
same "$(find small -name '.import*')" "" "copies of the input"

# Ctrl-C while the input is still coming: 130, and nothing was imported
mkfifo pipe
dump small >before
"$RECKON" import events pipe >"$scratch/out" 2>"$scratch/err" &
job=$!
exec 9>pipe
printf 'user,item,time\nfifo,i,2011-01-01\n' >&9
kill -INT "$job"
wait "$job"
same $? 130 "exit after Ctrl-C"
exec 9>&-
dump small >after
checks=$((checks + 1)); cmp -s before after || fail "a cancelled import changed something"

# locked by another process
sqlite3 small/reckon.db >locker.out 2>&1 <<'SQL' &
.shell mkfifo lock-is-held lock-may-go
BEGIN IMMEDIATE;
.shell echo held >lock-is-held
.shell cat lock-may-go >/dev/null
ROLLBACK;
SQL
locker=$!
until [ -p lock-is-held ]; do :; done
read -r _ <lock-is-held
run 6 reckon import events good.csv
echo go >lock-may-go
wait "$locker"

# a full disk: no file may grow beyond what is written with 200 KiB
run 0 reckon init full
{ echo user,item,time; for i in $(seq 20000); do echo "user$i,item$i,2011-02-01"; done; } >many.csv
checks=$((checks + 1))
(ulimit -f 200; exec "$RECKON" --workspace full import events many.csv) >"$scratch/out" 2>"$scratch/err"
same $? 1 "exit when the disk is full"
err_has "full"
run 0 reckon --workspace full doctor
run 0 reckon --workspace full import events many.csv
same "$(sqlite3 full/reckon.db 'SELECT count(*) FROM events')" 20000 "events after the rerun"

# read-only: as root, by somebody who is not
chmod 755 "$scratch"
readonly_import() {
    if [ "$(id -u)" = 0 ]; then setpriv --reuid 65534 --regid 65534 --clear-groups "$RECKON" "$@"; else reckon "$@"; fi
}
chmod -R a-w small
chmod -R a+rX small good.csv
if [ "$(id -u)" != 0 ] || setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$RECKON" 2>/dev/null; then
    run 1 readonly_import import events "$scratch/good.csv"
    err_has "read-only"
fi
chmod -R u+w small
finish
