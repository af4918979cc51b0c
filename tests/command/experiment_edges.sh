#!/usr/bin/env bash
# What can go wrong with an experiment's data: every case is a refusal in words or an answer without NaN.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"
command -v python3 >/dev/null || skip "needs python3"

cat >make.py <<'P'
import datetime
t = lambda day: (datetime.datetime(2026, 3, 1) + datetime.timedelta(days=day)).strftime('%Y-%m-%dT%H:%M:%SZ')
events = []
for u in range(600):
    e = lambda kind, day, price='': events.append((f'u{u}', 'i1', kind, t(day), str(price)))
    e('view', 5), e('view', 30.1), e('view', 60), e('always', 30.5, 10)
    if u % 3 == 0: e('purchase', 31, 20)
    if u % 5 == 0: e('refund', 31, -10 - u % 7)
    if u % 10 == 0: e('huge', 31, 900000000)  # in one arm only
    if u == 0: e('never', 1)                  # before the exposure
with open('events.csv', 'w') as f:
    f.write('user,item,kind,time,price\n' + ''.join(','.join(e) + '\n' for e in events))
shown = [(f'u{u}', ('control', 'treatment')[u % 2], t(30)) for u in range(600)]
files = {'none': [], 'one': shown[:1], 'pair': shown[:2], 'all': shown, 'arm': shown[0:80:2],
         'both': [(u, v, at) for u, _, at in shown[:100] for v in ('control', 'treatment')],
         'future': [(u, v, '2099-01-01T00:00:00Z') for u, v, _ in shown], 'past': [(u, v, '1960-01-01T00:00:00Z') for u, v, _ in shown],
         'backwards': [(u, v, t(30 - i / 100)) for i, (u, v, _) in enumerate(shown)]}
for name, rows in files.items():
    with open(f'{name}.csv', 'w') as f:
        f.write('user,variant,time\n' + ''.join(','.join(r) + '\n' for r in rows))
with open('values.csv', 'w') as f:
    f.write('user,item,kind,time,price\n' + ''.join(f'x,i1,purchase,2026-03-31T00:00:00Z,{v}\n' for v in ('nan', 'inf', '-inf', '1e999')))
P
run 0 python3 make.py
run 0 reckon init shop
export RECKON_WORKSPACE=$scratch/shop
run 0 reckon import events events.csv
run 5 reckon import events values.csv
err_has "4 of 4 rows are bad"

# Zero and all conversions, identical values, negative and huge revenue, ratios of nothing, in every design
for method in always-valid fixed group-sequential; do
    run 0 reckon experiment design "$method" --metric conversion --effect 0.4 --share 1 --method "$method" \
        --secondary rate:never --secondary rate:always --secondary revenue:always --secondary revenue:refund \
        --secondary revenue:huge --secondary ratio:never/always --secondary ratio:always/never --secondary quantile:0.5/always \
        --secondary quantile:0.9/never --secondary churn:5 --secondary ltv:20 --guardrail revenue:refund,down=0.1
    for file in none one pair all arm both future past backwards; do
        printf 'experiment copy %s %s-%s\nexperiment start %s-%s\nexperiment import %s-%s %s.csv\n' \
            $method $method $file $method $file $method $file $file
    done >life
    run 0 reckon shell <life
    for file in none one pair all arm both future past backwards; do
        printf 'experiment report %s-%s --segment history --format html\nexperiment report %s-%s --segment history --json\n' \
            $method $file $method $file
    done >read
    run 0 reckon shell <read
    checks=$((checks + 1))
    ! grep -niE '(^|[^a-z])[-+]?(nan|inf)([^a-z]|$)' out || fail "a number that is none, by $method"
done

run 0 reckon experiment report always-valid-none
out_has "Nobody has been exposed yet"
run 0 reckon experiment report always-valid-one
out_has "all 1 users are in the arm control"
run 0 reckon experiment report always-valid-arm
out_has "all 40 users are in the arm control"
run 0 reckon experiment report always-valid-both
out_has "everybody who was exposed met several arms"
run 0 reckon experiment report always-valid-pair
out_has "Too early"
run 0 reckon experiment report always-valid-all --json
same "$(json "[r['says'] for r in d['rows'] if r['metric'] in ('rate:never', 'rate:always', 'revenue:always', 'ratio:always/never')]")" \
    "['all users are alike in both arms', 'all users are alike in both arms', 'all users are alike in both arms', 'an arm has none of what the ratio divides by']" \
    "what cannot be told"
same "$(json "[r['treatment'] for r in d['rows'] if r['metric'] == 'revenue:huge']")" "[0.0]" "nobody of an arm did it"
same "$(json "[r['low'] < -100 < r['high'] for r in d['rows'] if r['metric'] == 'revenue:huge']")" "[True]" "and is not certain of it"
run 0 reckon experiment report always-valid-future
out_has "all users are alike in both arms"

# A clock that goes backwards holds a rollout, and never breaks a reading
run 0 reckon experiment copy always-valid steps
run 0 reckon experiment start steps --coverage 1
run 0 reckon experiment import steps all.csv
RECKON_NOW=2020-01-01T00:00:00Z run 0 reckon experiment ramp steps --min-users 10 --min-hours 24
out_has "hold"
RECKON_NOW=2020-01-01T00:00:00Z run 0 reckon experiment report steps --json
out_lacks nan

# Experiments that overlap: two of one place
run 0 reckon experiment design first --metric conversion --effect 0.4 --scenario home
run 0 reckon experiment design second --metric conversion --effect 0.4 --scenario home
run 0 reckon experiment start first
run 6 reckon experiment start second
err_has "home: is the place of first, which runs"
run 0 reckon experiment pause first
run 0 reckon experiment start second

# Two tests with one salt; an exposure that ends before it begins
run 0 reckon experiment design twin --metric conversion --effect 0.4 --share 1 --salt same
run 0 reckon experiment copy always-valid same
run 0 reckon experiment start same
run 6 reckon experiment start twin
err_has "overlaps with same, which runs with the same salt"
printf 'user,variant,time,end\nu1,control,2026-03-31T00:00:00Z,2026-03-30T00:00:00Z\n' >end.csv
run 5 reckon experiment import same end.csv
err_has "end.csv:2: end: before the exposure's time: '2026-03-30T00:00:00Z' cannot be there"
printf 'user,variant,time,end\nu1,blue,2026-03-31T00:00:00Z,\n' >end.csv
run 5 reckon experiment import same end.csv
err_has "end.csv:2: variant: 'blue' cannot be there"

# The same people in two tests at once: told, and an alarm when the arms of one go with those of the other
python3 - <<'P'
import random
random.seed(4)
rows = open('all.csv').read().split('\n')[1:-1]
with open('apart.csv', 'w') as f, open('strangers.csv', 'w') as s:
    f.write('user,variant,time\n'), s.write('user,variant,time\n')
    for r in rows:
        u, v, t = r.split(',')
        f.write(f'{u},{random.choice(["control", "treatment"])},{t}\n')
        s.write(f'{u}.0,{v},{t}\n')
P
for name in apart strangers; do
    run 0 reckon experiment copy always-valid "$name"
    run 0 reckon experiment start "$name"
done
run 0 reckon experiment import same all.csv
run 0 reckon experiment import apart apart.csv
out_has "new       0 users"
run 0 reckon experiment import strangers strangers.csv
out_has "Most of these users have done nothing in the shop, u0.0 for one"
run 0 reckon experiment report same
out_has "always-valid-all AND THIS TEST ARE NOT APART: of 600 users looked at 600 met both within 7 days"
out_has "apart (600)"
run 0 reckon experiment report strangers
same "$(grep -c 'other tests too\|NOT APART' out)" 0 "strangers met nothing else"

# Designs that cannot be
run 5 reckon experiment design bad --metric conversion --weights 5000,5001
err_has "sum to 10001"
run 2 reckon experiment design bad --metric conversion --weights 10000,0
err_has "would get nobody with a weight of 0"
run 2 reckon experiment design bad --metric conversion --weights=-1,10001
run 5 reckon experiment design bad --metric ltv:100
err_has "horizon"
run 2 reckon experiment design bad --metric quantile:2/purchase
run 3 reckon experiment design bad --metric quantile:0.5/nope
err_has "its events are of kind"
run 6 reckon experiment design always-valid-all --metric conversion
err_has "a design that has begun is not changed"
finish
