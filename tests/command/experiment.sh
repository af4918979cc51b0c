#!/usr/bin/env bash
# Experiments from design to verdict: a planted effect is found within its interval, a planted sample-ratio mismatch
# stops the reading, and what cannot be read says so.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"
command -v python3 >/dev/null || skip "needs python3"

cat >make.py <<'P'
import random, datetime
random.seed(11)
epoch = datetime.datetime(2026, 3, 1)
stamp = lambda day: (epoch + datetime.timedelta(days=day)).strftime('%Y-%m-%dT%H:%M:%SZ')
events, shown, broken = [], [], []
for u in range(6000):
    user, taste, at = f'u{u}', random.random(), 30 + 10 * random.random()
    arm = 'treatment' if random.random() < .5 else 'control'
    for _ in range(4):
        if random.random() < taste:
            events.append((user, 'view', stamp(random.uniform(at - 25, at - .1)), ''))
            if random.random() < (.9 if taste > .5 else .1):
                events.append((user, 'purchase', stamp(random.uniform(at - 25, at - .1)), f'{10 + 40 * taste:.2f}'))
    shown.append((user, arm, stamp(at)))
    if arm == 'control' or random.random() < .8:
        broken.append((user, arm, stamp(at)))
    rate = (.1 + .6 * (taste > .5)) * (1.25 if arm == 'treatment' else 1)
    events.append((user, 'view', stamp(at + .01), ''))
    if random.random() < rate:
        events.append((user, 'purchase', stamp(at + random.uniform(.02, 5)), f'{10 + 40 * taste:.2f}'))
    if random.random() < .02:
        events.append((user, 'return', stamp(at + 2), ''))
    if random.random() < .5:
        events.append((user, 'purchase', stamp(at + 9), '99'))  # after the window: counts for nothing
with open('users.csv', 'w') as f:
    f.write('user,country,age\n' + ''.join(f'u{u},{("France", "Spain", "Malta")[u % 3]},{20 + u % 50}\n' for u in range(0, 6000, 2)))
shown += [(f'u{u}', 'control' if shown[u][1] == 'treatment' else 'treatment', shown[u][2]) for u in range(25)]
with open('events.csv', 'w') as f:
    f.write('user,item,kind,time,price\n' + ''.join(f'{u},i1,{k},{t},{p}\n' for u, k, t, p in events))
for name, rows in (('shown', shown), ('broken', broken)):
    with open(f'{name}.csv', 'w') as f:
        f.write('user,variant,time\n' + ''.join(','.join(r) + '\n' for r in rows))
P
run 0 python3 make.py
run 0 reckon init shop
export RECKON_WORKSPACE=$scratch/shop
run 3 reckon experiment design checkout --metric conversion --share 1
err_has "no events of kind purchase"
run 0 reckon import events events.csv
run 0 reckon import users users.csv

# Design
run 0 reckon experiment design checkout --metric conversion --effect 0.1 --share 1 --secondary revenue \
    --guardrail rate:return,down=0.99 --json
run 2 reckon experiment design bad --metric sales
err_has "is not a metric"
run 3 reckon experiment design bad --metric rate:refund
err_has "no events of kind refund"
run 5 reckon experiment design bad --metric conversion --weights 5000,4000
err_has "sum to 9000"
run 2 reckon experiment design bad --metric conversion --weights 5000
run 2 reckon experiment design bad --metric conversion --arm a --arm a
err_has "two arms have this name"
run 2 reckon experiment design bad --metric conversion --effect 0
run 2 reckon experiment design bad --metric conversion --guardrail revenue
run 2 reckon experiment design bad --metric conversion --target 'price<'
run 3 reckon experiment design bad --metric conversion --arm a --arm b=scenario:nowhere
run 2 reckon experiment design 'a b' --metric conversion
run 3 reckon experiment show bad
run 6 reckon experiment report checkout
err_has "has not begun"
run 0 reckon experiment design checkout --metric conversion --effect 0.1 --share 1 --secondary revenue \
    --guardrail rate:return,down=0.99 --json
same "$(json "len(d['series'][0]['points']) > 20")" True "the power curve"
same "$(json "d['rows'][0]['users'] <= d['rows'][2]['users']")" True "users grow"
same "$(json "d['rows'][0]['detectable'] > d['rows'][2]['detectable']")" True "what is detectable shrinks"
same "$(json "d['summary']['users saved by it'] > 5")" True "what was before saves users"

run 0 reckon experiment design looked --metric conversion --effect 0.1 --share 1 --dry-run
out_has "users in all"
out_lacks "A draft now"
run 3 reckon experiment show looked

run 0 reckon experiment design tried --metric revenue --effect 0.1 --share 1 --guardrail orders=0.02 --secondary \
    quantile:0.5/purchase --method fixed --no-cuped --simulate 200 --dry-run --json
same "$(json "[r['metric'] for r in d['tables']['metrics']['rows']]")" "['revenue', 'quantile:0.5/purchase', 'orders']" "all metrics"
same "$(json "'hardly be cleared' in d['tables']['metrics']['notes'][0]")" True "a margin that is too narrow"
same "$(json "d['tables']['simulation']['rows'][0]['share'] < 5 + 4 * 1.6")" True "false alarms"
same "$(json "d['tables']['simulation']['rows'][3]['share'] > 10")" True "false alarms of who peeks"
same "$(json "any('with --cap 0.99 it takes' in n for n in d['notes'])")" True "what a cap saves"
same "$(json "d['summary']['users that it would save'] > 5")" True "what variance reduction would save"
run 3 reckon experiment show tried

# Life
run 0 reckon experiment start checkout
run 6 reckon experiment design checkout --metric revenue
err_has "a design that has begun is not changed"
run 0 reckon experiment report checkout
out_has "Nobody has been exposed yet"
run 0 reckon experiment pause checkout --reason 'stock-taking'
run 0 reckon experiment assign checkout --user u1
out_has "does not run"
run 0 reckon experiment start checkout
run 0 reckon experiment show checkout
out_has "stock-taking"
run 0 reckon experiment assign checkout --user u1 --json
arm=$(json "d['summary']['arm']")
run 0 reckon experiment assign checkout --user u1 --json
same "$(json "d['summary']['arm']")" "$arm" "the arm of a user"
run 0 reckon experiment override checkout --user u1 --arm treatment
run 0 reckon experiment assign checkout --user u1
out_has "tester"

# Reading
run 5 reckon experiment import checkout events.csv
err_has "lacks the column variant"
run 0 reckon experiment import checkout shown.csv --json
same "$(json "d['summary']['added']")" 6025 "exposures added"
run 0 reckon experiment import checkout shown.csv --json
same "$(json "d['summary']['added']")" 0 "exposures added again"
run 0 reckon experiment report checkout --json
same "$(json "d['summary']['verdict']")" better "the verdict"
same "$(json "d['summary']['in several arms']")" 25 "users in both arms"
same "$(json "d['rows'][0]['low'] < 25 < d['rows'][0]['high']")" True "the planted effect is in the interval"
same "$(json "d['rows'][0]['left'] < .97")" True "variance is reduced"
same "$(json "d['rows'][1]['metric']")" revenue "the second metric"
same "$(json "len(d['series'])")" 3 "lines of the interval plot"
run 0 reckon experiment report checkout
out_has "treatment wins"
out_has "the effect is not shown to change with them"
out_has "alike, as they should be"

# Behind the verdict: money, days, segments, and the time before
run 0 reckon experiment report checkout --segment country --segment age --segment history --segment device --json
same "$(json "[t for t in d['tables']]")" "['revenue', 'days', 'segments', 'before']" "the tables"
same "$(json "{by: sum(r['users'] for r in d['tables']['segments']['rows'] if r['by'] == by) for by in ('weekday', 'country', 'age', 'device')}")" \
    "{'weekday': 5975, 'country': 5975, 'age': 5975, 'device': 5975}" "segments are all users"
same "$(json "[r['segment'] for r in d['tables']['segments']['rows'] if r['by'] == 'country']")" \
    "['unknown', 'France', 'Malta', 'Spain']" "countries"
same "$(json "[r['segment'] for r in d['tables']['segments']['rows'] if r['by'] == 'age'][1:]")" \
    "['below 32', '32 to below 44', '44 to below 56', '56 and more']" "quarters of ages"
same "$(json "d['tables']['revenue']['rows'][1]['low'] > 0")" True "revenue attributed"
same "$(json "len(d['tables']['days']['rows'])")" 7 "days"
same "$(json "d['rows'][0]['corrected'] <= d['rows'][0]['lift']")" True "the winner's estimate"
run 2 reckon experiment report checkout --segment colour
err_has "write weekday, history, device, channel, item:ATTRIBUTE, age, country"

run 0 reckon experiment report checkout --format markdown
out_has "| conversion | primary | treatment |"
out_has "## Revenue by arm"
run 0 reckon experiment report checkout --format html
out_has "<svg"
out_has "<td>conversion</td>"
out_has "<h2>Revenue by arm"
run 0 reckon experiment report checkout --format json
same "$(json "d['summary']['verdict']")" better "the verdict of the JSON page"

# Within strata that the design names
run 2 reckon experiment design strata --metric conversion --strata colour
run 0 reckon experiment design strata --metric conversion --share 1 --strata history --correction bh
run 0 reckon experiment start strata
run 0 reckon experiment import strata shown.csv
run 0 reckon experiment report strata --json
same "$(json "d['rows'][0]['test']")" "Welch's t, CUPED, strata" "the test within strata"

# By hand: the plain comparison of a fixed design against formulae
run 0 reckon experiment design plain --metric conversion --effect 0.2 --share 1 --method fixed --no-cuped
run 0 reckon experiment start plain
run 0 reckon experiment import plain shown.csv
run 0 reckon experiment report plain --json
cp out report.json
cat >check.py <<'P'
import csv, json, math
d = json.load(open('report.json'))
seen, arm, time = {}, {}, {}
for r in csv.DictReader(open('shown.csv')):
    seen.setdefault(r['user'], set()).add(r['variant']); time[r['user']] = r['time']
import datetime
t = lambda s: datetime.datetime.strptime(s, '%Y-%m-%dT%H:%M:%SZ')
did = set()
for r in csv.DictReader(open('events.csv')):
    u = r['user']
    if r['kind'] == 'purchase' and 0 <= (t(r['time']) - t(time[u])).total_seconds() < 7 * 86400:
        did.add(u)
n, x = {}, {}
for u, arms in seen.items():
    if len(arms) == 1:
        a, = arms
        n[a] = n.get(a, 0) + 1; x[a] = x.get(a, 0) + (u in did)
p = {a: x[a] / n[a] for a in n}
pool = sum(x.values()) / sum(n.values())
z = (p['treatment'] - p['control']) / math.sqrt(pool * (1 - pool) * sum(1 / v for v in n.values()))
row = d['rows'][0]
assert abs(row['control'] - p['control']) < 1e-9 and abs(row['treatment'] - p['treatment']) < 1e-9, (row, p)
assert abs(row['p'] / math.erfc(abs(z) / math.sqrt(2)) - 1) < 1e-6, (row['p'], z)
P
run 0 python3 check.py

# A fixed design is not read early
run 0 reckon experiment design fixed --metric conversion --effect 0.01 --share 1 --method fixed
run 0 reckon experiment start fixed
run 0 reckon experiment import fixed shown.csv
run 0 reckon experiment report fixed
out_has "Too early: this design is read once"

# Users are missing in one arm: no verdict
run 0 reckon experiment copy checkout again
run 0 reckon experiment start again
run 0 reckon experiment import again broken.csv
run 0 reckon experiment report again --json
same "$(json "d['summary']['verdict']")" broken "the verdict of a broken test"
same "$(json "d['rows'][0]['p']")" None "no numbers of a broken test"
run 0 reckon experiment list --json
same "$(json "[r['attention'][:6] for r in d['rows'] if r['experiment'] == 'again']")" "['BROKEN']" "the list says so"
same "$(json "[r['attention'] for r in d['rows'] if r['experiment'] == 'plain' and 'BROKEN' in r['attention']]")" "[]" "a good one"
run 0 reckon experiment report again
out_has "THE TEST IS BROKEN"
out_lacks "Revenue by arm"
run 0 reckon experiment report again --format html
out_has '<h1 class="alarm">'

# Few users, one arm, nobody who does it
head -3 shown.csv >two.csv
{ head -1 shown.csv; grep control shown.csv | tail -20; } >one.csv
for file in two one; do
    run 0 reckon experiment copy checkout "$file"
    run 0 reckon experiment start "$file"
    run 0 reckon experiment import "$file" "$file.csv"
    run 0 reckon experiment report "$file" --json
    out_lacks NaN
    out_lacks nan
    out_lacks inf
done
same "$(json "d['summary']['verdict']")" one_arm "the verdict of one arm"

# The end
run 0 reckon experiment stop checkout
run 6 reckon experiment start checkout
err_has "does not begin again"
run 0 reckon experiment list
out_has stopped

# On the shop's own history
run 0 reckon experiment simulate plain --runs 400 --json
same "$(json "d['rows'][0]['share'] < 5 + 4 * 1.1")" True "false alarms of a fixed design"
same "$(json "d['rows'][1]['share'] > 50")" True "power"
same "$(json "d['rows'][2]['share'] > 95 - 4 * 1.1")" True "coverage of intervals"
cp out first
run 0 reckon experiment simulate plain --runs 400 --json
same "$(cmp out first && echo same)" same "a simulation repeated"
run 0 reckon experiment simulate again --runs 100 --json
same "$(json "d['rows'][0]['share'] <= 10")" True "false alarms of twenty looks"

# A rollout: steps when there is enough, and back when it is broken
run 0 reckon experiment copy plain roll
run 0 reckon experiment start roll --coverage 1
run 0 reckon experiment ramp roll
out_has "0 of at least 1000 users"
run 0 reckon experiment import roll shown.csv
run 0 reckon experiment ramp roll --min-hours 0
out_has "nobody was exposed since"
sed 's/2026-0[34]-..T/2036-04-01T/' shown.csv >later.csv
run 0 reckon experiment copy plain roll2
run 0 reckon experiment start roll2 --coverage 1
run 0 reckon experiment import roll2 later.csv
run 0 reckon experiment ramp roll2 --min-hours 0 --json
same "$(json "d['summary']['coverage']")" 10.0 "the next step"
run 0 reckon experiment ramp again
out_has "rolled back"
run 6 reckon experiment ramp again
run 0 reckon experiment show again
out_has "THE TEST IS BROKEN"
run 2 reckon experiment ramp roll --steps 10,1

# Bandits
run 2 reckon experiment adapt roll
run 0 reckon experiment design arms --metric conversion --share 1 --bandit thompson
run 0 reckon experiment start arms
run 0 reckon experiment import arms shown.csv
run 0 reckon experiment adapt arms --json
same "$(json "d['rows'][1]['weight'] > 95")" True "the better arm gets more"
same "$(json "round(d['rows'][0]['weight'] + d['rows'][1]['weight'], 6)")" 100.0 "weights sum to one"
user=$(sed -n 2,30p shown.csv | grep ',control,' | head -1 | cut -d, -f1)
run 0 reckon experiment assign arms --user "$user"

run 0 reckon experiment show arms --json
same "$(json "[r['what'] for r in d['tables']['history']['rows']][-1]")" adapted "the history of a bandit"
same "$(json "[len(x['points']) > 1 for x in d['series']] == [True] * len(d['rows'])")" True "the course of each arm's weight"

# Bandits with context: what is best in one country is worst in the other
python3 - <<'P'
import random, datetime
random.seed(4)
stamp = lambda day: (datetime.datetime(2026, 3, 1) + datetime.timedelta(days=day)).strftime('%Y-%m-%dT%H:%M:%SZ')
users, shown, events = [], [], []
for u in range(1500):
    country, age, arm = random.choice(['FR', 'DE']), random.randint(18, 80), random.choice(['control', 'treatment'])
    users.append(f'k{u},{country},{age}')
    shown.append(f'k{u},{arm},{stamp(32)}')
    if random.random() < (.6 if (country == 'FR') == (arm == 'treatment') else .2):
        events.append(f'k{u},i1,purchase,{stamp(33)},9')
users += ['newfr,FR,40', 'newde,DE,40']
for name, head, rows in (('people', 'user,country,age', users), ('met', 'user,variant,time', shown), ('bought', 'user,item,kind,time,price', events)):
    open(name + '.csv', 'w').write(head + '\n' + '\n'.join(rows) + '\n')
P
run 0 reckon import users people.csv
run 0 reckon import events bought.csv
run 2 reckon experiment design ctx --metric conversion --share 1 --bandit linucb
run 2 reckon experiment design ctx --metric conversion --share 1 --bandit thompson --context country
run 3 reckon experiment design ctx --metric conversion --share 1 --bandit linucb --context shoe
err_has "is no number, text or truth value of people"
for bandit in linucb linear-thompson; do
    run 0 reckon experiment design $bandit --metric conversion --share 1 --bandit $bandit --context country,age
    run 0 reckon experiment start $bandit
    run 0 reckon experiment assign $bandit --user newfr --json
    same "$(json "d['summary']['propensity']")" 0.5 "before anything is learnt"
    run 0 reckon experiment import $bandit met.csv
    run 0 reckon experiment adapt $bandit --json
    run 0 reckon experiment assign $bandit --user newfr --json
    same "$(json "d['summary']['arm'], d['summary']['propensity'] > .9")" "('treatment', True)" "$bandit in one country"
    run 0 reckon experiment assign $bandit --user newde --json
    same "$(json "d['summary']['arm'], d['summary']['propensity'] > .9")" "('control', True)" "$bandit in the other"
    run 0 reckon experiment assign $bandit --user nobody --json
    same "$(json "d['summary']['propensity'] > 0")" True "$bandit of somebody unknown"
done

# What other weights would have earned: all to one arm is what that arm earned
run 0 reckon experiment report plain --json
mean=$(json "d['rows'][0]['treatment']")
run 0 reckon experiment value plain --weights 0,10000 --json
near "$(json "d['rows'][1]['value']")" "$mean" 1e-9 "snips of one arm"
same "$(json "d['rows'][0]['low'] < $mean < d['rows'][0]['high']")" True "ips of one arm"
run 2 reckon experiment value plain --weights 1,2
run 0 reckon experiment copy plain l0
run 0 reckon experiment start l0
run 4 reckon experiment value l0 --weights 5000,5000

# Layers
run 0 reckon experiment design l1 --metric conversion --share 0.6 --layer top
run 0 reckon experiment design l2 --metric conversion --share 0.5 --layer top
run 0 reckon experiment start l1
run 6 reckon experiment start l2
err_has "the largest one that is free is 0.4"
run 0 reckon experiment design l2 --metric conversion --share 0.4 --layer top
run 0 reckon experiment start l2
for u in $(seq 40); do
    printf 'experiment assign l1 --user u%d --json\nexperiment assign l2 --user u%d --json\n' "$u" "$u"
done >assign
run 0 reckon shell <assign
same "$(awk '/"summary"/ {n++} /"arm"/ {arms[int((n - 1) / 2)]++} END {for (u = 0; u < 40; u++) if (arms[u] != 1) print u; print n}' out)" \
    80 "everybody is in exactly one experiment of a full layer"
finish
