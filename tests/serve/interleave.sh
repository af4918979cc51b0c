#!/usr/bin/env bash
# Two rankers in one list: served by team draft, recorded with whose pick each item is, credited by user, and a planted
# preference is found.
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
command -v python3 >/dev/null || skip "needs python3"
make_shop
run 0 reckon train popular --no-evaluate
printf 'n = 6\n' >home.toml
run 0 reckon scenarios set home home.toml
run 2 reckon experiment design rank --metric conversion --interleave --arm a --arm b --arm c
err_has "is of two arms without a bandit"
run 0 reckon experiment design rank --metric conversion --effect 0.5 --share 1 --scenario home --interleave \
    --arm now=model:ease --arm next=model:popular
run 0 reckon experiment start rank
run 4 reckon experiment preference rank
err_has "nobody has done anything"
serve
cat >drive.py <<'P'
import http.client, json, random, sys
random.seed(6)
c = http.client.HTTPConnection(sys.argv[1].split('//')[1], timeout=30)
def post(path, body):
    c.request('POST', path, json.dumps(body), {'Content-Type': 'application/json'})
    r = c.getresponse(); d = json.load(r)
    assert r.status in (200, 202), (r.status, d)
    return d
events, first = [], []
for i in range(1, 201):
    user = f'u{i:03}'
    alone = {arm: [x['item'] for x in post('/v1/recommend', {'user': user, 'n': 6, 'model': arm, 'reasons': False})['items']] for arm in ('ease', 'popular')}
    d = post('/v1/recommend', {'user': user, 'scenario': 'home', 'reasons': False})
    assert d['experiment']['variant'] == 'interleaved', d['experiment']
    items = [x['item'] for x in d['items']]
    assert len(items) == len(set(items)) == 6, items
    team = [x['model'].split('@')[0] for x in d['items']]
    assert all(x in alone['ease' if t == 'ease' else 'popular'] for x, t in zip(items, team)), (items, team, alone)
    assert items[0] in (alone['ease'][0], alone['popular'][0])
    if alone['ease'][0] != alone['popular'][0]:
        first.append(team[0] == 'ease')
    if i > 1:
        assert {x for x, t in zip(items, team) if t != 'ease'} <= set(alone['popular'])
    picks = [x for x, t in zip(items, team) if (t == 'ease') == (random.random() < .75)]
    for x in picks[:2]:  # one user clicks far more than the others
        events += [{'user': user, 'item': x, 'kind': 'click', 'slate': d['slate']} for _ in range(30 if i == 7 else 1)]
    again = post('/v1/recommend', {'user': user, 'scenario': 'home', 'reasons': True})
    assert [x['item'] for x in again['items']] == items, 'the list does not flicker'
assert .3 < sum(first) / len(first) < .7, ('both begin', sum(first), len(first))
events.append({'user': 'u3', 'item': 'no such item', 'kind': 'click', 'slate': d['slate']})
for k in range(0, len(events), 100):
    post('/v1/events', {'events': events[k:k + 100]})
print(len(first))
P
run 0 python3 drive.py "$url"
[ -s err ] && head -5 err
stop
run 0 reckon experiment preference rank --json
same "$(json "d['summary']['verdict'], d['summary']['preferred']")" "('preferred', 'now')" "the planted preference"
same "$(json "d['summary']['users'] <= 200 and d['rows'][0]['credit'] <= 2 * 200")" True "an item of a list counts once"
run 2 reckon experiment report rank
err_has "experiment preference rank"
run 2 reckon experiment ramp rank
finish
