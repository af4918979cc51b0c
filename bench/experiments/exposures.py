"""A workspace with many exposed users, for bench/experiments/analyse: python3 exposures.py RECKON FOLDER USERS

Rows are written by SQL, since importing them takes longer than what is measured. Everybody is seen once after the exposure;
a fifth before, a tenth clicks, a twentieth buys before, and a twentieth after."""
import os, sqlite3, subprocess, sys

reckon, folder, users = sys.argv[1], sys.argv[2], int(sys.argv[3])
subprocess.run([reckon, 'init', folder], check=True, stdout=subprocess.DEVNULL)
db = sqlite3.connect(os.path.join(folder, 'reckon.db'), isolation_level=None)
db.executescript('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; PRAGMA foreign_keys = OFF;')
day, start = 86400000, 1760000000000
kinds = {}
for name in ('view', 'click', 'purchase'):
    row = db.execute('SELECT kind FROM kinds WHERE name = ?', (name,)).fetchone()
    kinds[name] = row[0] if row else db.execute('INSERT INTO kinds (name, weight) VALUES (?, 1)', (name,)).lastrowid
db.execute("INSERT INTO items (item, identifier) VALUES (1, 'i1')")
rows = f'WITH RECURSIVE n(u) AS (SELECT 1 UNION ALL SELECT u + 1 FROM n WHERE u < {users})'
at = f'({start} + (u * 7919 % 20) * {day} + u * 104729 % {day})'   # of the exposure
luck = '(u * 2654435761 >> 8)'
db.execute('BEGIN')
db.execute(f'INSERT INTO users {rows} SELECT u FROM n')
# in the order of the table, so that it is written once from its beginning to its end
db.execute(f"""INSERT INTO events (user, time, event, item, kind, quantity, price, fingerprint)
    {rows}, e(u, time, n, kind, price) AS (
    SELECT u, {at} - {2 * day}, 1, {kinds['view']}, NULL FROM n WHERE {luck} % 5 = 0 UNION ALL
    SELECT u, {at} - {day}, 2, {kinds['purchase']}, 10 + {luck} % 90 FROM n WHERE {luck} % 20 = 0 UNION ALL
    SELECT u, {at} + 1000, 3, {kinds['view']}, NULL FROM n UNION ALL
    SELECT u, {at} + 60000, 4, {kinds['click']}, NULL FROM n WHERE {luck} % 10 = 1 UNION ALL
    SELECT u, {at} + {day}, 5, {kinds['purchase']}, 10 + {luck} % 70 FROM n WHERE {luck} % 20 IN (0, 7) AND u % 3 > 0)
    SELECT u, time, u * 5 + n, 1, kind, 1, price, 0 FROM e ORDER BY u, time""")
db.execute("INSERT INTO experiments (name, state, design, created, started) VALUES ('bench', 'running', '{}', 1, 1)")
db.execute(f'INSERT INTO exposures {rows} SELECT 1, u, u * 40503 / 8 % 2, {at}, 0.5 FROM n')
db.execute('COMMIT')
db.execute('PRAGMA wal_checkpoint(TRUNCATE)')
print(db.execute('SELECT count(*) FROM events').fetchone()[0], 'events of', users, 'users')
