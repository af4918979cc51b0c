#!/usr/bin/env bash
# The shop's own slates as logs: places that were drawn, with their propensities, value another choice of new items, and
# another model's, as the formulas do; and what was not drawn is refused.
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
command -v python3 >/dev/null || skip "needs python3"
make_shop
run 0 reckon train popular --no-evaluate
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
rounds, slates, events, n = [], {}, [], 0
for i in range(300):
    d = post('/v1/recommend', {'user': f'u{i:03}', 'n': 6, 'fresh': .34, 'reasons': False})
    n += 1
    events.append({'user': f'u{i:03}', 'item': d['items'][0]['item'], 'kind': 'exposure', 'slate': d['slate']})
    for x in d['items']:
        if 'propensity' in x:
            hit = random.random() < (.5 if int(x['item'][1:]) % 2 else .1)
            rounds.append((x['item'], x['propensity'], hit))
            slates.setdefault(f'u{i:03}', []).append(rounds[-1])
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
# of those that the person had not met, less those drawn above
import csv
met = {}
for e in csv.DictReader(list(open('data/events.csv'))[1:]):
    met.setdefault(e['user'], set()).add(e['item'])
w = []
for user, slate in slates.items():
    may = {k: v for k, v in count.items() if k not in met.get(user, ())}
    for item, p, _ in slate:
        w.append(may[item] / sum(may.values()) / p)
        del may[item]
json.dump({'slates': slates, 'n': len(rounds), 'mean': sum(h for _, _, h in rounds) / len(rounds), 'weights': w,
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

# What a model would have drawn there: of those that the person had not met, by its order, less those drawn above
run 2 reckon experiment value --slates --model popular --policy policy.csv
run 2 reckon experiment value --log policy.csv --model popular
run 0 reckon recommend --model popular --n 1000 --user u000 --mode repeat --json
cp out order.json
run 0 reckon experiment value --slates --model popular --json
cp out got.json
run 0 python3 - <<'P'
import csv, json, math
want, got = json.load(open('want.json')), json.load(open('got.json'))
order = [r['item'] for r in json.load(open('order.json'))['rows']]
met = {}
for e in csv.DictReader(list(open('data/events.csv'))[1:]):
    met.setdefault(e['user'], set()).add(e['item'])
pool = {item for slate in want['slates'].values() for item, _, _ in slate}
assert pool <= set(order), pool - set(order)
worth = lambda place: 1 / math.log2(1 + place)
ips, independent, cascade = [], [], []
for user, slate in want['slates'].items():
    may = [i for i in order if i in pool and i not in met.get(user, ())]
    alone, below, product = 0, 0, 1
    for item, chance, hit in slate:
        w = worth(may.index(item) + 1) / sum(worth(k + 1) for k in range(len(may))) / chance if item in may else 0
        product *= w
        ips.append(w * hit)
        alone += w * hit
        below += product * hit
        may = [i for i in may if i != item]
    independent.append(alone)
    cascade.append(below)
mean = lambda v: sum(v) / len(v)
rows = {r['estimator']: r for r in got['rows']}
for name, value in (('ips', mean(ips)), ('list, independent', mean(independent)), ('list, cascade', mean(cascade))):
    assert abs(rows[name]['value'] / value - 1) < 1e-4, (name, rows[name], value)
assert {'dm', 'dr', 'switch', 'list, cascade DR'} <= set(rows), rows.keys()
assert all(r['low'] <= r['value'] <= r['high'] for r in rows.values() if r['value'] is not None)
P
[ -s err ] && tail -3 err
finish
