#!/usr/bin/env python3
"""Do texts sell?  A whole experiment of two collections on a running server, on Online Retail, with clicks made up.

  xzcat online-retail.csv.xz | python3 bench/describe/sells.py before >clicks.csv; reckon import events clicks.csv
  reckon describe experiment words default warm --start
  cut -d, -f1 clicks.csv | sed 1d | sort -u | python3 bench/describe/sells.py drive http://127.0.0.1:8080 words
  reckon describe experiment words

before: clicks of the last weeks, from the purchases.  drive URL NAME [LIFT]: each user asks for a slate; who sees the texts
of the collection warm clicks LIFT (0.25) more often.
"""
import csv
import http.client
import json
import math
import random
import sys

random.seed(11)
RATE = 0.8


def poisson(mean):
    n, p, limit = 0, random.random(), math.exp(-mean)
    while p > limit:
        n, p = n + 1, p * random.random()
    return n


def before():
    out = csv.writer(sys.stdout)
    out.writerow(["user", "item", "kind", "time"])
    for row in csv.DictReader(sys.stdin):
        if row["InvoiceDate"] < "2011-11" or not row["CustomerID"]:
            continue
        for _ in range(poisson(RATE / 20)):
            out.writerow([int(float(row["CustomerID"])), row["StockCode"], "click", row["InvoiceDate"]])


def drive(url, name, lift):
    c = http.client.HTTPConnection(url.split("//")[1], timeout=30)

    def post(path, body):
        c.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        r = c.getresponse()
        d = json.load(r)
        assert r.status in (200, 202), (r.status, d)
        return d

    events, shown, first = [], {}, None
    for user in sys.stdin.read().split():
        d = post("/v1/recommend", {"user": user, "n": 4, "experiment": name, "reasons": False})
        arm = d["experiment"].get("variant")
        texts = {i["description"]["collection"] for i in d["items"] if "description" in i}
        assert arm is None or texts <= {arm}, (arm, texts)
        first = first if first is not None else arm
        shown[arm] = shown.get(arm, 0) + 1
        if arm is None:
            continue
        mean = RATE * (1 + lift if arm == "warm" else 1)
        events += [{"user": user, "item": d["items"][0]["item"], "kind": "click", "slate": d["slate"]} for _ in range(poisson(mean))]
    for k in range(0, len(events), 1000):
        post("/v1/events", {"events": events[k:k + 1000]})
    print(shown, len(events), "clicks")


if sys.argv[1:] == ["before"]:
    before()
elif sys.argv[1:2] == ["drive"] and len(sys.argv) in (4, 5):
    drive(sys.argv[2], sys.argv[3], float(sys.argv[4]) if len(sys.argv) == 5 else 0.25)
else:
    sys.exit(__doc__)
