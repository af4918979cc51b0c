#!/usr/bin/env bash
# Off-policy evaluation: on the Open Bandit Dataset every estimator values the Thompson policy from the random logs, as
# the Open Bandit Pipeline's formulas do to 1e-6, and its interval holds what that policy really earned; lists by cascade;
# and a refusal where the logs cannot answer.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"
command -v python3 >/dev/null || skip "needs python3"
random=$RECKON_SOURCE/samples/open-bandit-random.csv.xz thompson=$RECKON_SOURCE/samples/open-bandit-thompson.csv.xz

run 0 reckon experiment value --log "$random" --policy-log "$thompson" --lambda 4 --json
same "$(json "len(d['rows'])")" 8 "estimators"
same "$(json "all(r['holds'] for r in d['rows'])")" True "the on-policy mean is inside of every interval"
cp out got.json
cat >formulas.py <<'P'
import csv, json, lzma, math, sys
read = lambda path: [(r['item_id'], int(r['position']) - 1, float(r['click']), float(r['propensity_score'])) for r in csv.DictReader(lzma.open(path, 'rt'))]
log, ran = read(sys.argv[1]), read(sys.argv[2])
lam, n = 4.0, len(log)
items = sorted({r[0] for r in log} | {r[0] for r in ran})
shown, policy = [0] * 3, {(a, p): 0 for a in items for p in range(3)}
for a, p, _, _ in ran:
    shown[p] += 1
    policy[a, p] += 1
policy = {k: v / shown[k[1]] for k, v in policy.items()}
q, dm = [0] * n, [0] * n
for fold in range(3):
    clicks, rounds = dict.fromkeys(policy, 0), dict.fromkeys(policy, 0)
    for i, (a, p, c, _) in enumerate(log):
        if i % 3 != fold:
            clicks[a, p] += c
            rounds[a, p] += 1
    rate = [sum(clicks[a, p] for a in items) / sum(rounds[a, p] for a in items) for p in range(3)]
    model = {k: (clicks[k] + 200 * rate[k[1]]) / (rounds[k] + 200) for k in policy}
    expected = [sum(policy[a, p] * model[a, p] for a in items) for p in range(3)]
    for i, (a, p, _, _) in enumerate(log):
        if i % 3 == fold:
            q[i], dm[i] = model[a, p], expected[p]
w = [policy[a, p] / b for a, p, _, b in log]
r = [c for _, _, c, _ in log]
mean = lambda values: math.fsum(values) / n
W = mean(w)
want = {'ips': mean(x * y for x, y in zip(w, r)), 'snips': mean(x / W * y for x, y in zip(w, r)),
        'clipped': mean(min(x, lam) * y for x, y in zip(w, r)), 'dm': mean(dm),
        'dr': mean(d + x * (y - z) for d, x, y, z in zip(dm, w, r, q)),
        'sndr': mean(d + x / W * (y - z) for d, x, y, z in zip(dm, w, r, q)),
        'switch': mean(d + x * (x <= lam) * (y - z) for d, x, y, z in zip(dm, w, r, q)),
        'shrunk': mean(d + lam * x / (x * x + lam) * (y - z) for d, x, y, z in zip(dm, w, r, q))}
d = json.load(open('got.json'))
for row in d['rows']:
    v = want.pop(row['estimator'])
    assert abs(row['value'] / v - 1) < 1e-6, (row, v)
assert not want, want
assert abs(d['summary']['effective'] / (math.fsum(w) ** 2 / math.fsum(x * x for x in w)) - 1) < 1e-9
P
run 0 python3 formulas.py "$random" "$thompson"

# The other way round the logs cannot answer: what random shows, Thompson hardly ever did.
run 4 reckon experiment value --log "$thompson" --policy-log "$random" --json
err_has "the logs are worth only"

# Lists: two positions, the second one's reward depends on the first.  Of independent weights and cascade ones, only the
# latter find the truth.
cat >lists.py <<'P'
import random
random.seed(5)
P, T = {'a': .5, 'b': .5}, {'a': .8, 'b': .2}
with open('lists.csv', 'w') as f:
    f.write('slate,item_id,position,reward,propensity,target\n')
    for s in range(4000):
        first, second = random.choice('ab'), random.choice('ab')
        f.write(f's{s},{second},2,{int(random.random() < (.9 if first == second else .1))},{P[second]},{T[second]}\n')
        f.write(f's{s},{first},1,{int(random.random() < .2)},{P[first]},{T[first]}\n')
with open('policy.csv', 'w') as f:
    f.write('item_id,probability\na,.8\nb,.2\n')
P
run 0 python3 lists.py
run 0 reckon experiment value --log lists.csv --json
truth=$(python3 -c 'print(.2 + .9 * .68 + .1 * .32)')
same "$(json "[r['estimator'] for r in d['rows'] if r['estimator'].startswith('list') and not r['low'] <= $truth <= r['high']]")" \
    "['list, independent', 'list, independent, normalised']" "only what looks at single positions misses"
run 0 reckon experiment value --log lists.csv --policy policy.csv --json
same "$(json "[r['low'] <= $truth <= r['high'] for r in d['rows'] if r['estimator'] == 'list, cascade DR']")" "[True]" "cascade DR"
run 5 reckon experiment value --log <(head -n 4000 lists.csv) --json
err_has "each list must name each of its positions once"

# What is wrong is said, with its place.
run 2 reckon experiment value
run 2 reckon experiment value --log "$random"
err_has "what is the other policy?"
run 5 reckon experiment value --log policy.csv --policy policy.csv
err_has "lacks the column click"
run 2 reckon experiment value --log lists.csv --column prize=x
err_has "names no part of a round"
row() { printf 'item_id,click,propensity_score,target\n1,1,0.5,0.5\n%s\n' "$1" >bad.csv; run "$2" reckon experiment value --log bad.csv; err_has "$3"; }
row '1,1,1.5,0.5' 5 "bad.csv:3: propensity: is not a number from 0 to 1"
row '1,nan,0.5,0.5' 5 "bad.csv:3: reward: is not a number"
row ',1,0.5,0.5' 5 "bad.csv:3: item: is empty"
row '1,1,0,0.5' 4 "could never show"
row '1,1,0.5,0.5' 4 "worth only 2.0 rounds"
printf 'item_id,probability\na,.8\nb,.1\n' >bad.csv
run 5 reckon experiment value --log lists.csv --policy bad.csv
err_has "sum to 0.9 and not to 1"
printf 'item_id,probability\na,.5\nc,.5\n' >bad.csv
run 4 reckon experiment value --log lists.csv --policy bad.csv
err_has "50 % of what the policy would show is never shown"
printf 'item_id,click,propensity_score,target\n' >bad.csv
run 5 reckon experiment value --log bad.csv
finish
