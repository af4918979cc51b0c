#!/usr/bin/env bash
# An experiment on a running server: started without a restart, assigned as the command line says, exposures durable
# before the answer, and a planted effect found.
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
command -v python3 >/dev/null || skip "needs python3"
make_shop
printf 'n = 4\n' >home.toml
printf 'n = 2\n' >short.toml
run 0 reckon scenarios set home home.toml
run 0 reckon scenarios set short short.toml
serve

# Nothing runs: the place answers as it is
ask 200 POST /v1/recommend '{"user":"u1","scenario":"home"}'
out_lacks '"experiment"'
same "$(json "len(d['items'])")" 4 "the default slate"
ask 404 POST /v1/assign '{"user":"u1","experiment":"slate"}'

run 0 reckon experiment design slate --metric conversion --effect 0.5 --share 1 --scenario home --window 3 \
    --arm control --arm short=scenario:short
ask 404 POST /v1/assign '{"user":"u1","experiment":"slate"}'
run 0 reckon experiment start slate
assigned() { ask 200 POST /v1/recommend '{"user":"u1","scenario":"home"}' && grep -q '"experiment"' "$scratch/out"; }
eventually assigned

cat >drive.py <<'P'
import http.client, json, random, subprocess, sys
random.seed(5)
host = sys.argv[1].split('//')[1]
c = http.client.HTTPConnection(host, timeout=30)
def post(path, body):
    c.request('POST', path, json.dumps(body), {'Content-Type': 'application/json'})
    r = c.getresponse(); d = json.load(r)
    assert r.status in (200, 202), (r.status, d)
    return d
arms, events = {}, []
for i in range(500):
    user = f'guest{i}'
    d = post('/v1/recommend', {'user': user, 'scenario': 'home', 'reasons': False})
    e = d['experiment']
    arms[user] = e['variant']
    assert e['propensity'] == .5, e
    assert len(d['items']) == (2 if e['variant'] == 'short' else 4), (e, len(d['items']))
    if i % 10 == 0:
        again = post('/v1/assign', {'user': user, 'experiment': 'slate'})
        assert again['experiment']['variant'] == e['variant'], again
    rate = .6 if e['variant'] == 'short' else .3
    events.append({'user': user, 'item': d['items'][0]['item'], 'kind': 'view'})
    if random.random() < rate:
        events.append({'user': user, 'item': d['items'][0]['item'], 'kind': 'purchase', 'price': 5})
post('/v1/events', {'events': events})
json.dump(arms, open('arms.json', 'w'))
P
run 0 python3 drive.py "$url"
checks=$((checks + 1)); [ -s err ] && { fail "the driver"; cat err; }

# What was answered was durable
kill -9 "$server"; wait "$server" 2>/dev/null; server=
run 0 reckon experiment show slate --json
same "$(json "sum(r['users'] for r in d['rows'])")" 501 "exposures after kill -9"
for user in guest1 guest2 guest3; do
    run 0 reckon experiment assign slate --user "$user" --json
    same "$(json "d['summary']['arm']")" "$(python3 -c "import json;print(json.load(open('arms.json'))['$user'])")" "$user"
done
run 0 reckon experiment report slate --json
same "$(json "d['summary']['verdict']")" better "the verdict"
same "$(json "d['rows'][0]['low'] < 100 < d['rows'][0]['high']")" True "the planted effect is in the interval"

# Paused: the default; testers; a holdout that takes everybody
serve
run 0 reckon experiment override slate --user guest1 --arm short
run 0 reckon experiment override slate --user guest2 --arm control
ask 200 POST /v1/assign '{"user":"guest1","experiment":"slate"}'
same "$(json "d['experiment']['variant'] + d['experiment']['why'][:8]")" "shorta tester" "a tester"
ask 200 POST /v1/recommend '{"user":"guest2","experiment":"slate"}'
same "$(json "d['experiment']['variant']")" control "an experiment by name"
ask 200 POST /v1/recommend '{"users":["guest1","guest2"],"scenario":"home"}'
out_lacks '"experiment"'
ask 200 POST /v1/assign '{"user":"quiet","experiment":"slate","expose":false}'
run 0 reckon privacy consent withdraw guest9 experiments
refused() { ask 200 POST /v1/assign '{"user":"guest9","experiment":"slate"}' && grep -q 'not consented' "$scratch/out"; }
eventually refused
run 0 reckon experiment pause slate
paused() { ask 200 POST /v1/assign '{"user":"guest3","experiment":"slate"}' && grep -q 'does not run' "$scratch/out"; }
eventually paused
ask 200 POST /v1/recommend '{"user":"guest4","scenario":"home"}'
same "$(json "len(d['items'])")" 4 "a paused experiment shows the default"
ask 400 POST /v1/assign '{"experiment":"slate"}'
stop
run 0 reckon experiment show slate --json
same "$(json "sum(r['users'] for r in d['rows'])")" 501 "testers and the unexposed are not counted"
finish
