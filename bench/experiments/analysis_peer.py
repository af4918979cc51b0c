"""The same analysis in pandas and statsmodels, from the same workspace: python analysis_peer.py WORKSPACE ANALYSE

The same job on both sides is from the store to the numbers; what pandas takes once its tables are in memory is told too."""
import os, sqlite3, subprocess, sys, time
import numpy as np, pandas as pd, statsmodels.api as sm

folder, analyse = sys.argv[1], sys.argv[2]
begin = time.process_time()
db = sqlite3.connect(os.path.join(folder, 'reckon.db'))
events = pd.read_sql('SELECT user, time, kind, quantity, price FROM events', db)
shown = pd.read_sql('SELECT user, variant, time AS exposed FROM exposures', db)
kinds = dict(db.execute('SELECT name, kind FROM kinds'))
start = time.process_time()
day = 86400000
one = shown.groupby('user').agg(variant=('variant', 'min'), arms=('variant', 'nunique'), exposed=('exposed', 'min'))
one = one[one.arms == 1]
e = events.merge(one, left_on='user', right_index=True)
e['value'] = (e.price * e.quantity.fillna(1)).fillna(0)
after = e[(e.time >= e.exposed) & (e.time < e.exposed + 7 * day)]
before = e[(e.time < e.exposed) & (e.time >= e.exposed - 28 * day)]

def per_user(rows, kind, value):
    rows = rows[rows.kind == kinds[kind]]
    s = rows.groupby('user').value.sum() if value else rows.groupby('user').size()
    return s.reindex(one.index, fill_value=0).to_numpy(float)

treated = one.variant.to_numpy(float)
for kind, value, rate in (('purchase', False, True), ('purchase', False, False), ('purchase', True, False), ('click', False, True)):
    y, x = per_user(after, kind, value), per_user(before, kind, value)
    if rate:
        y, x = (y > 0).astype(float), (x > 0).astype(float)
    fit = sm.OLS(y, np.column_stack([np.ones_like(y), treated, x - x.mean()])).fit(cov_type='HC1')
    print(f'{kind}: {fit.params[1]:.3g} ({fit.bse[1]:.3g})', file=sys.stderr)
clicks, views = per_user(after, 'click', False), per_user(after, 'view', False)
for arm in (0, 1):
    m = treated == arm
    ratio = clicks[m].sum() / views[m].sum()
    np.var(clicks[m] - ratio * views[m], ddof=1)
peer, memory = time.process_time() - begin, time.process_time() - start
out = subprocess.run([analyse, folder, '1'], capture_output=True, text=True, check=True).stdout
ours = float(out.split('(')[1].split(' s of processor')[0])
print(f'| {len(one)} users: pandas and statsmodels | {peer:.2f} s of processor, {memory:.2f} s of it after reading |')
print(out, end='')
print(f'| ratio of processor time | {peer / ours:.1f} |')
