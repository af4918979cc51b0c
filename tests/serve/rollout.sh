#!/usr/bin/env bash
# A running server takes the steps of a rollout by itself, rolls back within one look when an arm fails, is slow, or hurts
# a guardrail, and says why in its log, the record and the audit log; the weights of a bandit follow the store without a
# restart; of two servers one steers, and the other takes over.
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
command -v python3 >/dev/null || skip "needs python3"
make_shop
run 0 reckon train popular --no-evaluate
check='check-seconds = 1'
settings "[experiment]
$check"
printf 'n = 4\n' >home.toml
run 0 reckon scenarios set home home.toml
serve

state() { reckon experiment ramp status "$1" --json | python3 -c 'import json,sys; d=json.load(sys.stdin)["summary"]; print(d["rollout"], d["coverage"])'; }
is() { [ "$(state "$1")" = "$2" ]; }
post() { # USERS EXPERIMENT: one request each
    python3 - "$url" "$1" "$2" <<'P'
import http.client, json, sys
c = http.client.HTTPConnection(sys.argv[1].split('//')[1], timeout=30)
for i in range(int(sys.argv[2])):
    c.request('POST', '/v1/recommend', json.dumps({'user': f'{sys.argv[3]}{i}', 'experiment': sys.argv[3]}), {'Content-Type': 'application/json'})
    c.getresponse().read()
P
}
why() { # EXPERIMENT: what the server says of a user
    curl -s -m 30 -H 'Content-Type: application/json' -d "{\"user\":\"${2:-x}\",\"experiment\":\"$1\",\"expose\":false}" "$url/v1/assign" |
        python3 -c 'import json,sys; print(json.load(sys.stdin).get("experiment", {}).get("why"))'
}
begun() { [ "$(why "$1")" = assigned ] || [ "$(why "$1")" = "the user is not in the share that takes part" ]; }
ended() { [ "$(why "$1")" = "the experiment does not run" ]; }
designed() { # NAME OPTIONS…
    local name=$1
    shift
    run 0 reckon experiment design "$name" --metric conversion --effect 0.5 --share 1 --window 1 "$@"
}

# (All designed before newer events move the baseline.)
designed up --arm control --arm new=model:popular
designed bad --arm control --arm broken=model:popular@1
run 0 reckon experiment design harm --metric rate:view --effect 0.1 --share 1 --window 1 --guardrail conversion=0.05
designed learn --bandit thompson
designed two --arm control --arm other=scenario:home

# Steps by itself, and no further than there are users
run 0 reckon experiment start up --coverage 50
run 0 reckon experiment ramp up --steps 50,80,100 --min-users 100 --min-hours 0 --max-ms 0
out_has "0 of at least 100 users"
eventually begun up
post 300 up
eventually is up "running 80.0"
grep -q '"event":"rollout","message":"up: step: from 50 % to 80 %' "$scratch/log" || fail "the step is not in the log"
run 0 reckon experiment ramp pause up --reason 'sale'
run 6 reckon experiment ramp pause up
post 600 up
same "$(state up)" "paused 80.0" "no step while it is paused"
run 0 reckon experiment ramp resume up
run 0 reckon experiment ramp up --min-users 1000000
out_has "of at least 1000000 users"
same "$(state up)" "running 80.0" "no step without users"

# An arm that fails: its model is gone
run 0 reckon experiment start bad --coverage 100
run 0 reckon experiment ramp bad --steps 100 --max-ms 0
eventually begun bad
run 0 reckon experiment override bad --user x --arm control
rm -f "$RECKON_WORKSPACE"/models/popular*
stop
serve
post 200 bad
eventually is bad "rolled back 0.0"
run 0 reckon experiment show bad
out_has "broken fails"
run 0 reckon audit list --json
out_has "experiment rolled back"
eventually ended bad
run 6 reckon experiment ramp abort bad

# Aborted by command
run 0 reckon experiment ramp abort up --reason 'wrong list'
same "$(state up)" "aborted 0.0" "aborted"
run 3 reckon experiment ramp status nobody

# A guardrail of the design is hurt: conversion, from the store
run 0 python3 - <<'P'
import random, datetime
random.seed(3)
now = datetime.datetime.utcnow()
stamp = lambda days: (now - datetime.timedelta(days=days)).strftime('%Y-%m-%dT%H:%M:%SZ')
shown, events = [], []
for u in range(3000):
    arm = random.choice(['control', 'treatment'])
    shown.append(f'h{u},{arm},{stamp(2.5)}')
    if random.random() < (.4 if arm == 'control' else .25):
        events.append(f'h{u},i1,purchase,{stamp(2.3)}')
open('shown.csv', 'w').write('user,variant,time\n' + '\n'.join(shown) + '\n')
open('bought.csv', 'w').write('user,item,kind,time\n' + '\n'.join(events) + '\n')
P
run 0 reckon import events bought.csv
run 0 reckon experiment start harm
run 0 reckon experiment import harm shown.csv
run 0 reckon experiment start learn
eventually begun learn
run 0 reckon experiment import learn shown.csv
weights() { ask 200 POST /v1/assign "{\"user\":\"fresh$RANDOM\",\"experiment\":\"learn\",\"expose\":false}" && [ "$(json "d['experiment']['variant'] + str(d['experiment']['propensity'] > .9)")" = controlTrue ]; }
eventually weights
run 0 reckon experiment adapt learn --json
same "$(json "[s['name'] for s in d['series']]")" "['share of control', 'share of treatment', 'regret']" "the course of a bandit"
same "$(json "d['summary']['regret'] > 100")" True "its regret"
"$RECKON" experiment ramp harm --steps 100 >"$scratch/out" 2>&1 || true
eventually is harm "rolled back 0.0"
run 0 reckon experiment show harm
out_has "conversion"

# Two servers: one steers, and when it is gone the other does
first=$server url1=$url log1=$(wc -l <"$scratch/log")
mv "$scratch/log" "$scratch/log1"
serve
run 0 reckon experiment start two --coverage 10
run 0 reckon experiment ramp two --steps 10,100 --min-users 1 --min-hours 1000 --max-ms 0
told() { grep -q 'another server steers' "$scratch/log" || ! grep -q 'this server steers' "$scratch/log"; }
eventually told
kill -TERM "$first"
wait "$first"
steers() { grep -q 'this server steers' "$scratch/log"; }
eventually steers
run 0 reckon experiment ramp two --min-hours 0 --min-users 0 --steps 10,100
stop
finish
