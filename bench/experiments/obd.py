#!/usr/bin/env python3
"""Values Bernoulli Thompson sampling from the uniform logs of the Open Bandit Dataset, with every estimator.

    bench/experiments/obd.py RECKON DATA PRIORS

DATA is the folder with random/ and bts/; PRIORS is obp's prior_bts.yaml (of the package obp), from which the policy that
ran is made again.  Each figure is compared, through reckon stats check, with the formula of the Open Bandit Pipeline in
NumPy (to 1e-6), and its interval must hold the mean that the policy really had.
"""
import csv
import json
import lzma
import math
import subprocess
import sys
import tempfile

import numpy as np

ITEMS, SLOTS = 46, 3


def read(path):
    with lzma.open(path, "rt") as f:
        rows = list(csv.DictReader(f))
    return (np.array([int(r["item_id"]) for r in rows]), np.array([int(r["position"]) - 1 for r in rows]),
            np.array([float(r["click"]) for r in rows]), np.array([float(r["propensity_score"]) for r in rows]))


def thompson(priors, draws=400000):
    """P(item at position) of the policy, by drawing its three largest."""
    text = open(priors).read().split("women:")[1]
    words = [w.strip(" -,[]") for w in text.split("men:")[0].replace("\n", " ").split(" ")]
    numbers, place = {"alpha": [], "beta": []}, None
    for w in words:
        if w.rstrip(":") in numbers:
            place = w.rstrip(":")
        elif place and w:
            numbers[place].append(float(w))
    alpha, beta = np.array(numbers["alpha"][:ITEMS]), np.array(numbers["beta"][:ITEMS])
    rng, count = np.random.default_rng(12345), np.zeros((ITEMS, SLOTS))
    for _ in range(draws // 20000):
        theta = rng.beta(alpha, beta, (20000, ITEMS))
        top = np.argpartition(-theta, SLOTS, axis=1)[:, :SLOTS]
        order = np.take_along_axis(top, np.argsort(-np.take_along_axis(theta, top, 1), axis=1), 1)
        for k in range(SLOTS):
            count[:, k] += np.bincount(order[:, k], minlength=ITEMS)
    return count / count.sum(0)


def cross_fitted(item, slot, click, folds=3):
    """A reward model from the other folds: click rates by item and position, drawn to the position's."""
    q, fold = np.zeros((folds, ITEMS, SLOTS)), np.arange(len(item)) % folds
    for f in range(folds):
        use = fold != f
        for k in range(SLOTS):
            mine = use & (slot == k)
            rate = click[mine].mean()
            shown = np.bincount(item[mine], minlength=ITEMS)
            clicked = np.bincount(item[mine], weights=click[mine], minlength=ITEMS)
            q[f, :, k] = (clicked + 200 * rate) / (shown + 200)
    return q[fold]


def main():
    reckon, data, priors = sys.argv[1:4]
    item, slot, click, propensity = read(data + "/random/women.csv.xz")
    _, _, on_policy, _ = read(data + "/bts/women.csv.xz")
    policy = thompson(priors)
    n = len(item)
    q_all = cross_fitted(item, slot, click)
    at = np.arange(n)
    w = policy[item, slot] / propensity
    q = q_all[at, item, slot]
    dm = (policy[:, slot].T * q_all[at, :, slot]).sum(1)
    clip = 10.0
    formula = {
        "ips": (w * click).mean(), "snips": (w * click).sum() / w.sum(), "clipped": (np.minimum(w, clip) * click).mean(), "dm": dm.mean(),
        "dr": (dm + w * (click - q)).mean(), "sndr": (dm + w * (click - q) / w.mean()).mean(),
        "switch": (dm + w * (w <= clip) * (click - q)).mean(), "shrunk": (dm + clip * w / (w * w + clip) * (click - q)).mean()}
    inputs = {"reward": click.tolist(), "behaviour": propensity.tolist(), "target": policy[item, slot].tolist(), "q": q.tolist(), "dm": dm.tolist()}
    cases = []
    for name, value in formula.items():
        i = {**inputs, "estimator": name, **({"lambda": clip} if name in ("clipped", "switch", "shrunk") else {})}
        cases.append({"function": "off_policy", "inputs": i, "expected": {"value": value}, "tolerance": {"rel": 1e-6, "abs": 0}})
        cases.append({"function": "off_policy", "inputs": i, "expected": {"low": -9, "high": -9, "effective": -9}, "tolerance": {"rel": 0, "abs": 0}})
    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        json.dump({"cases": cases}, f)
        f.flush()
        run = subprocess.run([reckon, "stats", "check", f.name, "--json"], capture_output=True, text=True)
    got = {}
    for row in json.loads(run.stdout)["rows"]:
        got[(row["case"], row["output"])] = row["got"]
    mean, se = on_policy.mean(), on_policy.std() / math.sqrt(len(on_policy))
    print("on-policy mean of Thompson: %.5f ± %.5f; weights average %.4f" % (mean, se, w.mean()))
    bad = 0
    for k, (name, value) in enumerate(formula.items()):
        low, high = float(got[(2 * k + 2, "low")]), float(got[(2 * k + 2, "high")])
        agrees, inside = (2 * k + 1, "value") not in got, low <= mean <= high
        bad += not agrees or not inside
        print("%-8s %.6f [%.6f, %.6f] effective %.0f  agrees to 1e-6: %s  holds the on-policy mean: %s" %
              (name, value, low, high, float(got[(2 * k + 2, "effective")]), "yes" if agrees else "NO", "yes" if inside else "NO"))
    return bad != 0


if __name__ == "__main__":
    sys.exit(main())
