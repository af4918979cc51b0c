#!/usr/bin/env python3
"""What an item that changes costs who asks next: item_changes.py WORKSPACE RECKON [RECKON...]

For each binary in turn, twice: a server of the workspace; then, again and again, one item gets another price (or is in stock
or not) over PUT /v1/items/ITEM, and one person asks with a filter that speaks of three attributes.  Prints the median and
the 95th percentile of these answers, and of as many without a change between (nothing kept: each asks for another n)."""
import http.client, json, os, re, statistics, subprocess, sys, tempfile, time

workspace, binaries = sys.argv[1], sys.argv[2:]
ROUNDS = 200
FILTER = 'price < 50 and in_stock and category != "Rug"'


def ask(c, method, path, body):
    began = time.perf_counter()
    c.request(method, path, json.dumps(body), {'Content-Type': 'application/json'})
    answer = c.getresponse()
    text = answer.read()
    assert answer.status < 300, (answer.status, text[:300])
    return (time.perf_counter() - began) * 1e3


def run(binary):
    log = tempfile.NamedTemporaryFile(mode='r')
    server = subprocess.Popen([binary, 'serve', '--listen', '127.0.0.1:0'], stderr=open(log.name, 'w'),
                              stdout=subprocess.DEVNULL, env=dict(os.environ, RECKON_WORKSPACE=workspace))
    found = None
    while found is None:
        time.sleep(.1)
        found = re.search(r'http://127\.0\.0\.1:(\d+)', open(log.name).read())
    c = http.client.HTTPConnection('127.0.0.1', int(found.group(1)), timeout=60)
    for _ in range(20):
        try:
            ask(c, 'POST', '/v1/recommend', {'user': 'u000001', 'n': 5, 'filter': FILTER})
            break
        except AssertionError:
            time.sleep(.5)
    still, changed = [], []
    for i in range(ROUNDS):
        question = {'user': f'u{i % 1000:06}', 'n': 5 + i % 7, 'filter': FILTER}
        still.append(ask(c, 'POST', '/v1/recommend', {**question, 'n': 20 + i % 50}))
        attributes = {'price': 10 + i} if i % 2 else {'in_stock': i % 4 == 0}
        ask(c, 'PUT', f'/v1/items/i{i % 1000:06}', {'attributes': attributes})
        changed.append(ask(c, 'POST', '/v1/recommend', question))
    server.terminate()
    server.wait()
    quantiles = lambda x: f'{statistics.median(x):.1f} / {sorted(x)[int(.95 * len(x))]:.1f}'
    print(f'{binary}: after a change {quantiles(changed)} ms (p50 / p95), without {quantiles(still)} ms', flush=True)


for _ in range(2):
    for b in binaries:
        run(b)
