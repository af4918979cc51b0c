#!/usr/bin/env python3
"""A batch of texts that is killed (kill -9) again and again, and taken up by the same command.

killed_batch.py RECKON PRODUCTS KILLS [IN_FLIGHT]: in the current directory, which is empty.  What the service was asked is
counted: no product more often than it was under way when a kill came, every text is there once, and the ledger holds every
request that the service saw and the very tokens that it told.
"""
import collections
import json
import os
import random
import re
import subprocess
import sys

reckon, products, kills = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
in_flight = int(sys.argv[4]) if len(sys.argv) > 4 else 8
here = os.path.dirname(os.path.abspath(__file__))
random.seed(7)
env = dict(os.environ, RECKON_WORKSPACE=os.path.abspath("shop"))


def run(*words, **more):
    return subprocess.run([reckon, *words], env=env, check=True, capture_output=True, text=True, **more).stdout


def asked():
    with open("log") as f:
        return [json.loads(line) for line in f]


run("init", "shop")
with open("items.csv", "w") as f:
    f.write("item,title,material\n")
    for i in range(products):
        f.write("i%d,Blue thing %06d,oak\n" % (i, i))
run("import", "items", "items.csv")
open("web.txt", "w").write(run("describe", "templates", "example"))
run("describe", "templates", "set", "web", "web.txt")
open("log", "w").close()
server = subprocess.Popen([sys.executable, here + "/llm_server.py", "port", "log"], stderr=subprocess.DEVNULL)
try:
    while not os.path.exists("port"):
        assert server.poll() is None
    open("shop/providers.toml", "w").write(
        '[local]\nurl = "http://127.0.0.1:%s/v1"\nmodel = "m"\ninput-price = 1\noutput-price = 2\nin-flight = %d\n' %
        (open("port").read(), in_flight))
    done = 0
    for at in sorted(random.sample(range(products // 20, products), kills)):
        batch = subprocess.Popen([reckon, "describe", "run", "--template", "web", "--quiet"], env=env,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open("log", "rb") as f:
            n = 0
            while n < at and batch.poll() is None:
                n += f.read(1 << 20).count(b"\n")
        if batch.poll() is None:
            batch.kill()
            done += 1
        batch.wait()
    last = json.loads(run("describe", "run", "--template", "web", "--json"))["summary"]
    times = collections.Counter(re.search(r"Blue thing \d+", d["body"]["messages"][1]["content"]).group() for d in asked())
    requests, repeated = sum(times.values()), sum(times.values()) - products
    states = json.loads(run("describe", "budget", "report", "--by", "state", "--json"))["rows"]
    by = {r["state"]: r for r in states}
    settled, estimated = by.get("settled", {}), by.get("estimated", {"calls": 0})
    texts = 0
    for state in ("review", "approved"):
        texts += len(json.loads(run("describe", "list", "--state", state, "--limit", "1000000", "--json"))["rows"])
    usage = [d["usage"]["prompt_tokens"] for d in asked()]
    print("%d products, killed %d times, %d in flight: %d requests, %d repeated (at most %d); ledger: %d settled, %d estimated"
          % (products, done, in_flight, requests, repeated, done * in_flight, settled["calls"], estimated["calls"]))
    assert done == kills or products < 1000, done
    assert len(times) == products and texts == products, (len(times), texts)
    assert 0 <= repeated <= done * in_flight
    assert max(times.values()) <= 1 + done
    assert "reserved" not in by, by
    assert requests <= settled["calls"] + estimated["calls"] <= requests + done * in_flight
    assert settled["calls"] >= products
    assert len(set(usage)) == 1 and settled["prompt"] == settled["calls"] * usage[0]
    assert settled["completion"] == settled["calls"] * 20
finally:
    server.kill()
