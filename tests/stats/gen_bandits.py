"""Bandits: closed forms, SciPy's quadrature, NumPy's linear algebra."""
import math

import numpy as np
from scipy import integrate, stats


def thompson(dists, lo, hi):
    points = np.linspace(lo, hi, 80)
    k = len(dists)
    return [sum(integrate.quad(lambda x: dists[i].pdf(x) * np.prod([dists[j].cdf(x) for j in range(k) if j != i]), a, b, epsabs=1e-14, epsrel=1e-11)[0]
                for a, b in zip(points, points[1:])) for i in range(k)]


def generate(c):
    n, s = [100, 120, 80], [10, 15, 9]
    i = {"n": n, "sum": s}
    c.add("bandit", {**i, "policy": "uniform"}, {"probability": [1 / 3] * 3}, 1e-12, by="definition")
    c.add("bandit", {**i, "policy": "epsilon_greedy", "epsilon": 0.3}, {"probability": [0.1, 0.8, 0.1]}, 1e-12, by="definition")
    c.add("bandit", {"n": [10, 10], "sum": [5, 5], "policy": "epsilon_greedy", "epsilon": 0}, {"probability": [0.5, 0.5]}, 1e-12, by="ties share")
    c.add("bandit", {"n": [10, 0], "sum": [10, 0], "policy": "epsilon_greedy", "epsilon": 0}, {"probability": [0.0, 1.0]}, 1e-12, by="an arm never played comes first")
    index = [x / k + math.sqrt(2 * math.log(300) / k) for x, k in zip(s, n)]
    c.add("bandit", {**i, "policy": "ucb1"}, {"index": index, "probability": [0.0, 0.0, 1.0]}, 1e-12, by="Auer et al.")
    c.add("bandit", {"n": [0, 5, 0], "sum": [0, 1, 0], "policy": "ucb1"}, {"probability": [0.5, 0.0, 0.5], "index": ["inf", 0.2 + math.sqrt(2 * math.log(5) / 5), "inf"]}, 1e-12,
          by="arms never played come first")
    best = thompson([stats.beta(1 + x, 1 + k - x) for x, k in zip(s, n)], 0, 1)
    c.add("bandit", {**i, "policy": "thompson_beta"}, {"probability": best}, 1e-8, by="scipy quad")
    c.add("bandit", {"n": [0, 0], "sum": [0, 0], "policy": "thompson_beta"}, {"probability": [0.5, 0.5]}, 1e-10, by="symmetry")
    top = [0.5 * best[a] + 0.5 * sum(best[b] * best[a] / (1 - best[b]) for b in range(3) if b != a) for a in range(3)]
    c.add("bandit", {**i, "policy": "thompson_beta", "leader": 0.5}, {"probability": top}, 1e-8, by="Russo, from scipy quad")
    c.add("bandit", {**i, "policy": "thompson_beta", "floor": 0.05}, {"probability": [0.05 + 0.85 * p for p in best]}, 1e-8, by="floor")
    c.add("bandit", {"n": [10, 10], "sum": [10, 0], "policy": "epsilon_greedy", "epsilon": 0, "leader": 0.5}, {"probability": [0.5, 0.5]}, 1e-12, by="the challenger is the other one")
    kept = thompson([stats.beta(1 + 0.5 * x, 1 + 0.5 * (k - x)) for x, k in zip(s, n)], 0, 1)
    c.add("bandit", {**i, "policy": "thompson_beta", "keep": 0.5}, {"probability": kept}, 1e-8, by="scipy quad")
    data = [np.random.default_rng(k).normal(m, 2, 30).round(3) for k, m in ((1, 5.0), (2, 5.6))]
    dists = []
    for x in data:
        kappa, shape = 31, 16
        rate = 1 + 0.5 * ((x - x.mean())**2).sum() + 0.5 * x.mean()**2 * 30 / 31
        dists.append(stats.t(32, 30 * x.mean() / kappa, math.sqrt(rate / (shape * kappa))))
    c.add("bandit", {"n": [30, 30], "sum": [x.sum() for x in data], "squares": [(x**2).sum() for x in data], "policy": "thompson_normal"},
          {"probability": thompson(dists, -30, 40)}, 1e-7, by="scipy quad")
    for bad in ({"n": [], "sum": []}, {"policy": "ucb1", "n": [-1, 2]}, {"policy": "ucb1", "sum": ["nan", 1]}, {"policy": "thompson_beta", "sum": [11, 1]}, {"policy": "epsilon_greedy", "epsilon": 2},
                {"keep": 0}, {"floor": 0.6}, {"leader": 1.5}, {"policy": "ucb1", "width": -1}, {"n": [1] * 65, "sum": [1] * 65}):
        c.refuse("bandit", {**{"n": [10, 5], "sum": [1, 2]}, **bad})
    rng = np.random.default_rng(20)
    x = rng.normal(size=(200, 4)).round(3)
    arm = rng.integers(0, 3, 200)
    reward = (x @ np.array([[1, 0, 0.5], [0, 1, 0], [0.2, 0.1, 0], [0, 0, 1]]))[np.arange(200), arm] + rng.normal(size=200)
    reward = reward.round(3)
    context = [0.5, -0.2, 1.0, 0.3]
    mean, spread = [], []
    for k in range(3):
        xa = x[arm == k]
        a = np.eye(4) * 2 + xa.T @ xa
        mean.append(context @ np.linalg.solve(a, xa.T @ reward[arm == k]))
        spread.append(math.sqrt(context @ np.linalg.solve(a, np.array(context))))
    i = {"arms": 3, "x": x[:200], "arm": arm[:200].tolist(), "reward": reward[:200], "context": context, "ridge": 2}
    small = []
    for k in range(3):
        pick = arm[:200] == k
        a = np.eye(4) * 2 + x[:200][pick].T @ x[:200][pick]
        small.append((context @ np.linalg.solve(a, x[:200][pick].T @ reward[:200][pick]), math.sqrt(context @ np.linalg.solve(a, np.array(context)))))
    mean, spread = [v[0] for v in small], [v[1] for v in small]
    score = [a + 0.5 * b for a, b in zip(mean, spread)]
    c.add("linear_bandit", {**i, "alpha": 0.5}, {"mean": mean, "spread": spread, "score": score, "probability": [float(v == max(score)) for v in score]}, 1e-9, by="NumPy solve")
    close = thompson([stats.norm(a, 3 * b) for a, b in zip(mean, spread)], -5, 5)
    c.add("linear_bandit", {**i, "policy": "thompson", "v": 3}, {"probability": close}, 1e-7, by="scipy quad")
    tiny = {"arms": 2, "x": [[1, 0], [0, 1]], "arm": [0, 1], "reward": [1, 1], "context": [1, 0]}
    c.add("linear_bandit", {**tiny, "keep": 0.5}, {"mean": [0.5 / 1.5, 0.0], "spread": [1 / math.sqrt(1.5), 1.0]}, 1e-10, by="by hand: A = ½xx' + I")
    c.add("linear_bandit", {**tiny, "context": [0, 0], "policy": "thompson"}, {"probability": [0.5, 0.5]}, by="a context of zeros tells nothing")
    for bad in ({"context": ["nan", 0]}, {"ridge": 0}, {"arms": 0}, {"arms": 65}, {"reward": [1, "inf"]}, {"alpha": -1}, {"context": [1]}, {"keep": 2}):
        c.refuse("linear_bandit", {**tiny, **bad})
