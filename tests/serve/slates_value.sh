#!/usr/bin/env bash
# The shop's own slates as logs: places that were drawn, with their propensities, value another choice of new items as the
# formula does; and what was not drawn is refused.
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
command -v python3 >/dev/null || skip "needs python3"
make_shop
printf 'item_id,probability\ni1,1\n' >policy.csv
run 4 reckon experiment value --slates --policy policy.csv
err_has "was a place drawn"
run 2 reckon experiment value --slates --log policy.csv
serve
cat >drive.py <<'P'
import http.client, json, random, sys
random.seed(8)
c = http.client.HTTPConnection(sys.argv[1].split('//')[1], timeout=30)
def post(path, body):
    c.request('POST', path, json.dumps(body), {'Content-Type': 'application/json'})
    r = c.getresponse(); d = json.load(r)
    assert r.status in (200, 202), (r.status, d)
    return d
rounds, events, n = [], [], 0
for i in range(300):
    d = post('/v1/recommend', {'user': f'u{i:03}', 'n': 6, 'fresh': .17, 'reasons': False})
    n += 1
    events.append({'user': f'u{i:03}', 'item': d['items'][0]['item'], 'kind': 'exposure', 'slate': d['slate']})
    for x in d['items']:
        if 'propensity' in x:
            hit = random.random() < (.5 if int(x['item'][1:]) % 2 else .1)
            rounds.append((x['item'], x['propensity'], hit))
            if hit:
                events.append({'user': f'u{i:03}', 'item': x['item'], 'kind': 'click', 'slate': d['slate']})
unseen = post('/v1/recommend', {'user': 'u001', 'n': 6, 'fresh': .17})
for k in range(0, len(events), 100):
    post('/v1/events', {'events': events[k:k + 100]})
# odd ones twice as often as they were drawn
count = {}
for item, _, _ in rounds:
    count[item] = count.get(item, 0) + (2 if int(item[1:]) % 2 else 1)
total = sum(count.values())
with open('policy.csv', 'w') as f:
    f.write('item_id,probability\n' + ''.join(f'{k},{v / total!r}\n' for k, v in count.items()))
w = [count[item] / total / p for item, p, _ in rounds]
json.dump({'n': len(rounds), 'mean': sum(h for _, _, h in rounds) / len(rounds), 'weights': w,
           'ips': sum(x * h for x, (_, _, h) in zip(w, rounds)) / len(rounds)}, open('want.json', 'w'))
P
run 0 python3 drive.py "$url"
[ -s err ] && head -5 err
recorded() { curl -s "$url/metrics" | grep -q 'reckon_slates_recorded_total 301'; }
eventually recorded
stop
run 0 reckon experiment value --slates --policy policy.csv --json
cp out got.json
run 0 python3 - <<'P'
import json
want, got = json.load(open('want.json')), json.load(open('got.json'))
w = want['weights']
assert got['summary']['rounds'] == want['n'] > 200 and abs(got['summary']['as it was'] - want['mean']) < 1e-9
assert abs(got['summary']['mean weight'] / (sum(w) / len(w)) - 1) < 1e-4
assert abs(got['rows'][0]['value'] / want['ips'] - 1) < 1e-4, (got['rows'][0], want['ips'])
P
finish
