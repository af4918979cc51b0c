#!/usr/bin/env python3
"""Checks a published data set by what is in the file alone: check_published.py FILE QUASI SENSITIVE k=… [l=…] [entropy=…]
[recursive=C,L] [t=…] [ordered=COLUMN,…] [people=FILE,COLUMN].  Lists with commas.  Exit 1 and a line for what does not hold.

people=FILE,COLUMN: rows of one person are counted once; FILE (CSV: COLUMN, user) says whose row one with that value is,
which only whoever has the original can know.  Otherwise each row is a person's only one."""
import collections
import csv
import json
import math
import sys


def read(path):
    with open(path, newline="", encoding="utf-8") as f:
        if path.endswith(".jsonl"):
            return [json.loads(line) for line in f]
        return list(csv.DictReader(f))


def distance(part, all_, ordered):
    """The earth mover's distance of two counts of values."""
    n, m = sum(part.values()), sum(all_.values())
    if not ordered:
        return sum(abs(part[v] / n - all_[v] / m) for v in all_) / 2
    values = sorted(all_, key=lambda v: (v not in ("", None), float(v or 0)))
    carried = total = 0.0
    for v in values:
        carried += part[v] / n - all_[v] / m
        total += abs(carried)
    return total / (len(values) - 1) if len(values) > 1 else 0.0


def recursive(counts, c, l):
    r = sorted(counts.values(), reverse=True)
    return len(r) >= l and r[0] < c * sum(r[l - 1:])


def main():
    path, quasi, sensitive = sys.argv[1], sys.argv[2].split(","), [s for s in sys.argv[3].split(",") if s]
    want = dict(a.split("=", 1) for a in sys.argv[4:])
    rows = read(path)
    who = None
    if "people" in want:
        file, column = want["people"].split(",")
        who = {r[column]: r["user"] for r in read(file)}
    classes = collections.defaultdict(list)
    for i, row in enumerate(rows):
        classes[tuple(row[q] for q in quasi)].append((who[row[column]] if who else i, row))
    bad = []
    for key, members in classes.items():
        people = {p for p, _ in members}
        if len(people) < int(want["k"]):
            bad.append(f"{key}: {len(people)} people")
        for s in sensitive:
            counts = collections.Counter(v for v, _ in {(row[s], p) for p, row in members})
            total = sum(counts.values())
            entropy = -sum(n / total * math.log(n / total) for n in counts.values())
            if "l" in want and len(counts) < float(want["l"]):
                bad.append(f"{key}: {len(counts)} values of {s}")
            if "entropy" in want and entropy < math.log(float(want["entropy"])) - 1e-9:
                bad.append(f"{key}: an entropy of {entropy} of {s}")
            if "recursive" in want:
                c, l = want["recursive"].split(",")
                if not recursive(counts, float(c), int(l)):
                    bad.append(f"{key}: {s} is not recursively diverse")
            if "t" in want:
                d = distance(collections.Counter(row[s] for _, row in members), collections.Counter(row[s] for row in rows),
                             s in want.get("ordered", "").split(","))
                if d > float(want["t"]) + 1e-9:
                    bad.append(f"{key}: a distance of {d} of {s}")
    print(f"{len(rows)} rows, {len(classes)} classes")
    for line in bad[:5]:
        print(line)
    sys.exit(1 if bad or not rows else 0)


main()
