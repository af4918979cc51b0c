#!/usr/bin/env python3
"""Thompson sampling in NumPy on the same sets of arms as thompson.c, and the ratio of the regrets.

    bench/experiments/thompson_peer.py THOMPSON [SETS ARMS ROUNDS]
"""
import math
import subprocess
import sys

import numpy as np

M = (1 << 64) - 1


def rate(s, arm):
    z = (s * 1000003 + arm + 0x9E3779B97F4A7C15) & M
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & M
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & M
    u = ((z ^ (z >> 31)) >> 11) * 2.0**-53
    return 0.25 * u * u


def main():
    sets, k, rounds = [int(v) for v in sys.argv[2:5]] or (2000, 5, 2000)
    out = subprocess.run([sys.argv[1], str(sets), str(k), str(rounds)], capture_output=True, text=True, check=True).stdout
    ours, ours_error = [float(v) for v in out.split()]
    rates = np.array([[rate(s, a) for a in range(k)] for s in range(sets)])
    rng, wins, losses, at = np.random.default_rng(5), np.ones((sets, k)), np.ones((sets, k)), np.arange(sets)
    regret = np.zeros(sets)
    for _ in range(rounds):
        arm = rng.beta(wins, losses).argmax(1)
        hit = rng.random(sets) < rates[at, arm]
        wins[at, arm] += hit
        losses[at, arm] += ~hit
        regret += rates.max(1) - rates[at, arm]
    theirs, error = regret.mean(), regret.std() / math.sqrt(sets)
    print("regret over %d rounds, %d sets of %d arms: reckon %.3f ± %.3f, NumPy %.3f ± %.3f, ratio %.4f" %
          (rounds, sets, k, ours, ours_error, theirs, error, ours / theirs))
    return int(abs(ours / theirs - 1) > 0.05)


if __name__ == "__main__":
    sys.exit(main())
