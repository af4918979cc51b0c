#!/usr/bin/env python3
"""Checks a published data set by what is in the file alone: check_published.py FILE QUASI SENSITIVE k=… [l=…] [entropy=…]
[recursive=C,L] [t=…] [ordered=COLUMN,…] [tree=FILE,…] [people=FILE,COLUMN].  Lists with commas.  Exit 1 and a line for what does not hold.

people=FILE,COLUMN: rows of one person are counted once; FILE (CSV: COLUMN, user) says whose row one with that value is,
which only whoever has the original can know.  Otherwise each row is a person's only one.

t is the earth mover's distance as Li et al. (2007) define it: the least that it costs to carry what a class has to where all
rows have it, found by carrying (a transport problem), not by the formulas of the paper.  How far: ordered values by their
ranks; those of a tree (a hierarchy's CSV) by the height of the smallest group that both are in, of the tree's; else 1."""
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


def carry(have, want, far):
    """The cheapest way of carrying have[i] to want[j] (whole numbers, equal sums) at far[i][j] each: shortest augmenting
    paths (Dijkstra over potentials)."""
    have, want = list(have), list(want)
    n, m = len(have), len(want)
    flow, pot = [[0] * m for _ in range(n)], [0.0] * (n + m)
    cost = 0.0
    while any(have):
        best, before, done = [0.0 if i < n and have[i] else math.inf for i in range(n + m)], [None] * (n + m), set()
        while True:
            at = min((v for v in range(n + m) if v not in done and best[v] < math.inf), key=best.__getitem__, default=None)
            if at is None:
                break
            done.add(at)
            for to in range(n, n + m) if at < n else (i for i in range(n) if flow[i][at - n]):
                step = far[at][to - n] if at < n else -far[to][at - n]
                reach = best[at] + max(0.0, step + pot[at] - pot[to])
                if reach < best[to] - 1e-15:
                    best[to], before[to] = reach, at
        end = min((n + j for j in range(m) if want[j]), key=best.__getitem__)
        path, v = [], end
        while before[v] is not None:
            path.append((before[v], v))
            v = before[v]
        amount = min([have[v], want[end - n]] + [flow[to][at - n] for at, to in path if at >= n])
        for at, to in path:
            if at < n:
                flow[at][to - n] += amount
                cost += amount * far[at][to - n]
            else:
                flow[to][at - n] -= amount
                cost -= amount * far[to][at - n]
        have[v] -= amount
        want[end - n] -= amount
        top = max(b for b in best if b < math.inf)
        pot = [p + min(b, top) for p, b in zip(pot, best)]
    return cost


class Tree:
    """A hierarchy's file: how far two values are from each other."""

    def __init__(self, path):
        with open(path, newline="", encoding="utf-8") as f:
            self.column, *groups = next(lines := csv.reader(f))
            self.path = {line[0]: line[1:] for line in lines}
        self.height = len(groups) + (len({p[-1] for p in self.path.values()}) > 1)

    def far(self, a, b):
        if a == b or a not in self.path or b not in self.path:
            return float(a != b)
        x, y = self.path[a], self.path[b]
        for h in range(len(x)):
            if x[h:] == y[h:]:
                return (h + 1) / self.height
        return 1.0


def distance(part, all_, ordered, tree):
    """The earth mover's distance of two counts of values."""
    n, m = sum(part.values()), sum(all_.values())
    values = sorted(all_, key=lambda v: (v not in ("", None), float(v or 0))) if ordered else sorted(all_)
    excess = [part[v] * m - all_[v] * n for v in values]  # of n * m
    give, take = [i for i, e in enumerate(excess) if e > 0], [i for i, e in enumerate(excess) if e < 0]
    far = [[abs(i - j) / (len(values) - 1) if ordered else tree.far(values[i], values[j]) if tree else 1.0 for j in take]
           for i in give]
    return carry([excess[i] for i in give], [-excess[j] for j in take], far) / (n * m)


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
    trees = {t.column: t for t in map(Tree, filter(None, want.get("tree", "").split(",")))}
    classes, worst = collections.defaultdict(list), 0.0
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
                             s in want.get("ordered", "").split(","), trees.get(s))
                worst = max(worst, d)
                if d > float(want["t"]) + 1e-9:
                    bad.append(f"{key}: a distance of {d} of {s}")
    print(f"{len(rows)} rows, {len(classes)} classes" + (f", t {worst:.9f}" if "t" in want else ""))
    for line in bad[:5]:
        print(line)
    sys.exit(1 if bad or not rows else 0)


main()
