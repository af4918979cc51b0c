#!/usr/bin/env bash
# A workspace's small commands: kinds, settings, jobs.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"
command -v sqlite3 >/dev/null || skip "the sqlite3 shell is not there"

run 0 reckon init shop
cd shop || exit 1
run 0 reckon kinds list
out_has "no events yet"
sqlite3 reckon.db "PRAGMA foreign_keys = OFF; INSERT INTO kinds (name, weight) VALUES ('view', 0.2), ('return', 0);
    
    INSERT INTO users VALUES (1); INSERT INTO identities VALUES ('u', 1); INSERT INTO items (identifier) VALUES ('i'); UPDATE counters SET next = 4;
    INSERT INTO events VALUES (1, 1, 1, 1, 1, NULL, NULL, NULL, 0), (1, 2, 2, 1, 1, NULL, NULL, NULL, 0), (1, 3, 3, 1, 2, NULL, NULL, NULL, 0)"
run 0 reckon kinds set view --weight 0.5
run 0 reckon kinds list --json
same "$(json '[(r["kind"], r["weight"], r["usual"], r["events"]) for r in d["rows"]]')" \
    "[('return', 0.0, 0.0, 1), ('view', 0.5, 0.2, 2)]" "kinds"
same "$(json 'd["summary"]["events_of_weight_0"]')" 1 "events that teach nothing"
run 3 reckon kinds set purchase --weight 1
err_has "kinds list"
run 2 reckon kinds set view --weight -1
run 2 reckon kinds set view --weight nan
run 2 reckon kinds set view

run 0 reckon settings --json
same "$(json '[r["from"] for r in d["rows"]].count("default") == len(d["rows"])')" True "all at their defaults"
printf '[recommend]\nn = 7\n' >reckon.toml
run 0 reckon settings --json
same "$(json '[(r["value"], r["from"], r["default"]) for r in d["rows"] if r["setting"] == "recommend.n"]')" \
    "[('7', 'reckon.toml', '10')]" "a setting of the file"
echo 'm = 7' >>reckon.toml
run 5 reckon settings --json
same "$(json 'd["error"]["code"], len(d["rows"]) > 3, d["rows"][0]["value"]')" "('bad_data', True, None)" "the error and the table"
err_has "reckon.toml:3"
run 5 reckon settings
out_has "1 to 10000"
run 5 reckon settings set recommend.n 20
err_has "reckon.toml:3"
rm reckon.toml
run 0 reckon settings set recommend.n 20 --json
same "$(json 'd["summary"]["before"], d["summary"]["value"]')" "('10', '20')" "a setting that was changed"
run 0 reckon settings set console.keys.filter "/ ctrl-f"
run 0 reckon settings set serve.listen 'a"b'
run 2 reckon settings set recommend.n 0
err_has "recommend.n: 0 is not between 1 and 10000"
run 2 reckon settings set recommend.mode often
err_has "'often' is not one of repeat|discover"
run 3 reckon settings set recommend.m 20
err_has "perhaps recommend.n"
run 2 reckon settings set console.keys.filter "/ n"
err_has "n is the key of both 'filter' and 'find-next'"
run 2 reckon settings set console.keys.fly f
err_has "no action 'fly'"
run 0 reckon settings --json
same "$(json '[(r["setting"], r["value"]) for r in d["rows"] if r["from"] != "default"]')" \
    "[('recommend.n', '20'), ('serve.listen', 'a\"b')]" "what was refused changed nothing"
run 0 reckon settings reset recommend.n
run 0 reckon settings reset serve.listen
grep -q '^# n = 10$' reckon.toml || fail "the default is not shown"
run 0 reckon audit list --json
same "$(json '{"after": "20", "before": "10", "setting": "recommend.n"} in [json.loads(r["facts"]) for r in d["rows"]]')" \
    True "in the audit log"
rm reckon.toml

run 0 reckon jobs
out_has "No long command"
sqlite3 reckon.db "INSERT INTO jobs (command, process, started) VALUES ('train', 1, 1000)"
run 0 reckon jobs --json
same "$(json '[(r["job"], r["command"], r["outcome"], r["took"]) for r in d["rows"]]')" "[(1, 'train', 'interrupted', None)]" "a killed job"
# another process holds the byte of the job: it runs
python3 -c 'import fcntl, struct, os, subprocess, sys
fd = os.open("reckon.lock", os.O_RDWR | os.O_CREAT, 0o600)
fcntl.fcntl(fd, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 1, 1, 0))
sys.exit(subprocess.call([os.environ["RECKON"], "jobs", "--json"], stdout=open("../out", "w")))' || fail "jobs beside a running one"
same "$(json '[r["outcome"] for r in d["rows"]]')" "['running']" "a running job"
run 0 reckon jobs --json
same "$(json '[r["outcome"] for r in d["rows"]]')" "['interrupted']" "its process ended"
run 2 reckon jobs --n 0
run 3 reckon --workspace .. jobs

# an import that is killed: running as long as it does, then interrupted, until it was done again
mkfifo ../stream
"$RECKON" import events - <../stream >/dev/null 2>&1 &
import=$!
exec 4>../stream
echo 'user,item,time' >&4
for ((try = 0; try < 2000; try++)); do
    run 0 reckon jobs --json
    state=$(json '[r["outcome"] for r in d["rows"] if r["command"] == "import events"]')
    [ "$state" = "['running']" ] && break
done
same "$state" "['running']" "an import that waits for its input"
kill -9 $import
wait $import 2>/dev/null
exec 4>&-
run 0 reckon jobs --json
same "$(json '[r["outcome"] for r in d["rows"] if r["command"] == "import events"]')" "['interrupted']" "a killed import"
printf 'user,item,time\nu,i,2026-01-01\n' >../one.csv
run 0 reckon doctor --json
same "$(json '[r["finding"][:20] for r in d["rows"] if r["state"] == "warning"]')" "['2 were interrupted a']" "doctor tells of it"
run 0 reckon import events ../one.csv
run 0 reckon doctor --json
same "$(json '[r["finding"][:20] for r in d["rows"] if r["state"] == "warning"]')" "['1 were interrupted a']" "done again"

# somebody else writes: told, after the patience
mkfifo ../held ../go
python3 -c 'import sqlite3
db = sqlite3.connect("reckon.db", isolation_level=None)
db.execute("BEGIN IMMEDIATE")
open("../held", "w").close()
open("../go").close()' &
writer=$!
: <../held
run 6 env RECKON_PATIENCE_MS=10 "$RECKON" kinds set view --weight 1
err_has "another process is writing"
run 0 env RECKON_PATIENCE_MS=10 "$RECKON" kinds list
: >../go
wait $writer
run 0 reckon kinds set view --weight 1

# doctor: exit 0 with warnings, 1 with problems, and the rows either way
run 0 reckon doctor --json
same "$(json '[r["check"] for r in d["rows"] if r["state"] == "warning"]')" "['jobs']" "warnings"
same "$(json 'd["summary"]["events"]')" 4 "events"
chmod 0644 reckon.db
run 1 reckon doctor --json
same "$(json 'd["error"]["code"], [r["advice"] for r in d["rows"] if r["state"] == "problem"]')" \
    "('failed', ['chmod 0600 reckon.db'])" "a problem with its advice"
run 1 reckon doctor --quick
out_has "may be read or changed by others"
err_has "found a problem"
chmod 0600 reckon.db
cp reckon.db ../whole.db
printf 'no database' | dd of=reckon.db conv=notrunc 2>/dev/null
run 1 reckon doctor
out_has "Something else was written over it"
run 1 reckon kinds list
err_has "reckon doctor"
cp ../whole.db reckon.db

# a newer reckon wrote it
sqlite3 reckon.db 'PRAGMA user_version = 9999'
run 6 reckon kinds list
err_has "newer version"
finish
