"""Off-policy estimators by NumPy, as the Open Bandit Pipeline 0.4.1 writes them; interleaving by SciPy."""
import math

import numpy as np
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

Z = 1.959963984540054


def generate(c):
    rng = np.random.default_rng(30)
    n, k = 300, 5
    pb = rng.dirichlet(np.ones(k) * 5, n)
    pe = rng.dirichlet(np.ones(k) * 5, n)
    q = rng.uniform(0.05, 0.3, (n, k))
    action = np.array([rng.choice(k, p=p) for p in pb])
    reward = rng.binomial(1, q[np.arange(n), action]).astype(float)
    guess = np.clip(q + rng.normal(0, 0.05, q.shape), 0, 1)
    at = np.arange(n)
    behaviour, target = pb[at, action].round(6), pe[at, action].round(6)
    qa, dm = guess[at, action].round(6), (pe * guess).sum(1).round(6)
    w = target / behaviour
    i = {"reward": reward, "behaviour": behaviour, "target": target, "q": qa, "dm": dm}

    def rounds(name, lam=math.inf):
        if name == "ips":
            return w * reward
        if name == "clipped":
            return np.minimum(w, lam) * reward
        if name == "dm":
            return dm
        if name == "dr":
            return dm + w * (reward - qa)
        if name == "switch":
            return dm + w * (w <= lam) * (reward - qa)
        return dm + (lam * w / (w**2 + lam) if math.isfinite(lam) else w) * (reward - qa)
    for name, lam in (("ips", math.inf), ("clipped", 2.0), ("clipped", math.inf), ("dm", math.inf), ("dr", math.inf), ("switch", 1.5), ("shrunk", 10.0)):
        r = rounds(name, lam)
        se = (rounds("dr") if name == "dm" else r).std(ddof=1) / math.sqrt(n) # the model's error counts
        want = {"value": r.mean(), "se": se, "low": r.mean() - Z * se, "high": r.mean() + Z * se, "support": "answers",
                "effective": w.sum()**2 / (w**2).sum(), "mean_weight": w.mean(), "max_weight": w.max()}
        if name in ("clipped", "switch"):
            want["clipped"] = float((w > lam).mean())
        c.add("off_policy", {**i, "estimator": name, **({"lambda": lam} if math.isfinite(lam) else {})}, want, 1e-10, by="NumPy, obp's formula")
    v = (w * reward).sum() / w.sum()
    c.add("off_policy", {**i, "estimator": "snips"}, {"value": v, "se": math.sqrt((w**2 * (reward - v)**2).sum()) / w.sum()}, 2e-3, by="obp's value; delta method")
    c.add("off_policy", {**{k: x for k, x in i.items() if k != "q"}, "estimator": "dm"}, {"se": dm.std(ddof=1) / math.sqrt(n)}, 1e-10, by="without q: contexts alone")
    c.add("off_policy", {**i, "estimator": "snips"}, {"value": v}, 1e-11, by="obp's formula")
    v = dm.mean() + (w * (reward - qa)).sum() / w.sum()
    c.add("off_policy", {**i, "estimator": "sndr"}, {"value": v}, 1e-11, by="obp's formula")
    unit = np.repeat(np.arange(n // 4), 4)
    r = w * reward
    sums = np.bincount(unit, weights=r) - 4 * r.mean()
    c.add("off_policy", {**i, "estimator": "ips", "unit": unit.tolist()}, {"value": r.mean(), "se": math.sqrt((sums**2).sum() * 75 / 74) / n}, 1e-10, by="cluster-robust")
    c.add("overlap", i, {"support": "answers"}, by="like policies")
    good = {"reward": [1, 0] * 200, "behaviour": [0.5] * 400, "target": [0.5] * 400}
    c.add("off_policy", {**good, "estimator": "ips"}, {"value": 0.5, "mean_weight": 1.0}, 1e-12, by="the same policy")
    c.add("overlap", {**good, "behaviour": [0.0] + [0.5] * 399}, {"support": "no-support"}, by="never shown")
    c.refuse("off_policy", {**good, "behaviour": [1e-320] + [0.5] * 399, "force": True})
    c.refuse("off_policy", {**good, "behaviour": [0.0] + [0.5] * 399}, "refused")
    c.refuse("off_policy", {**good, "behaviour": [0.0] + [0.5] * 399, "force": True}, "refused")
    few = {"reward": [1] * 50, "behaviour": [0.5] * 50, "target": [0.5] * 50}
    c.add("overlap", few, {"support": "too-few", "effective": 50.0}, 1e-12, by="fewer than 100")
    c.refuse("off_policy", few, "refused")
    c.add("off_policy", {**few, "force": True}, {"value": 1.0, "se": 0.0}, by="forced")
    c.add("overlap", {**good, "target": [0.25, 0.26] * 200}, {"support": "weights-not-one"}, by="weights average a half")
    c.refuse("off_policy", {**good, "target": [0.25, 0.26] * 200}, "refused")
    one = {"reward": [1] * 400, "behaviour": [0.01] + [1.0] * 399, "target": [1.0] + [0.9, 0.6] * 199 + [0.7]}
    c.add("overlap", one, {"max_weight": 100.0}, 1e-12, by="one round of weight 100")
    c.refuse("off_policy", one, "refused")
    c.add("off_policy", {**good, "target": [0.0] * 400, "dm": [0.2] * 400, "estimator": "dm"}, {"value": 0.2, "se": 0.0}, 1e-12, 1e-15, by="DM looks at no weights")
    for bad in ({"reward": [], "behaviour": [], "target": []}, {"reward": ["nan"] + [1] * 399}, {"behaviour": [1.5] + [0.5] * 399}, {"target": [-0.1] + [0.5] * 399}, {"lambda": -1}, {"alpha": 0}):
        c.refuse("off_policy", {**good, **bad})
    c.refuse("off_policy", {**good, "estimator": "dr"}, "usage")
    slots = 3
    b, t = rng.uniform(0.2, 0.6, (180, slots)).round(4), rng.uniform(0.2, 0.6, (180, slots)).round(4)
    rr = rng.binomial(1, 0.3, (180, slots)).astype(float)
    qk, vk = rng.uniform(0, 1, (180, slots)).round(4), rng.uniform(0, 1, (180, slots)).round(4)
    ww = t / b
    cum = ww.cumprod(1)
    i = {"reward": rr, "behaviour": b, "target": t}
    for name, values, last in (("sips", (cum[:, -1:] * rr).sum(1), cum[:, -1]), ("iips", (ww * rr).sum(1), ww[:, -1]), ("rips", (cum * rr).sum(1), cum[:, -1])):
        c.add("slate", {**i, "estimator": name}, {"value": values.mean(), "se": values.std(ddof=1) / math.sqrt(180), "effective": last.sum()**2 / (last**2).sum()}, 1e-10, by="NumPy, obp's formula")
        k = {"sips": np.repeat(cum[:, -1:], 3, 1), "iips": ww, "rips": cum}[name]
        c.add("slate", {**i, "estimator": name, "self_normalised": True}, {"value": (k * rr / k.mean(0)).sum(1).mean()}, 1e-10, by="NumPy, obp's formula")
    before = np.column_stack([np.ones(180), cum[:, :-1]])
    values = (cum * (rr - qk) + before * vk).sum(1)
    c.add("slate", {**i, "estimator": "cascade_dr", "q": qk, "v": vk}, {"value": values.mean(), "se": values.std(ddof=1) / math.sqrt(180)}, 1e-10, by="NumPy, Kiyohara et al.")
    c.add("slate", {**i, "estimator": "rips", "position": [1, 0.5, 0.25]}, {"value": (cum * rr * [1, 0.5, 0.25]).sum(1).mean()}, 1e-10, by="NumPy")
    single = {"reward": rr[:, :1], "behaviour": b[:, :1], "target": t[:, :1]}
    for name in ("sips", "iips", "rips"):
        c.add("slate", {**single, "estimator": name}, {"value": (ww[:, 0] * rr[:, 0]).mean()}, 1e-10, by="one position is IPS")
    c.refuse("slate", {"reward": [], "behaviour": [], "target": []})
    c.refuse("slate", {"reward": [[1, 2], [1, 2]], "behaviour": [[1, 1]], "target": [[1, 1], [1, 1]]})
    c.refuse("slate", {"reward": [[1]], "behaviour": [[0]], "target": [[0.5]]}, "refused")
    c.refuse("slate", {"reward": [[1]], "behaviour": [[0.5]], "target": [[0.5]]}, "refused")
    c.refuse("slate", {**single, "estimator": "cascade_dr"}, "usage")
    a, b = rng.poisson(1, 90).tolist(), rng.poisson(1.5, 90).tolist()
    wins = sum(y > x for x, y in zip(a, b))
    losses = sum(x > y for x, y in zip(a, b))
    low, high = proportion_confint(wins, wins + losses, 0.05, "wilson")
    r = stats.ttest_rel(b, a)
    c.add("interleaving", {"clicks_a": a, "clicks_b": b}, {"wins_a": float(losses), "wins_b": float(wins), "ties": 90.0 - wins - losses,
          "p_value": stats.binomtest(wins, wins + losses).pvalue, "low": low, "high": high, "mean_t": r.statistic, "mean_p_value": r.pvalue}, 1e-9, by="scipy binomtest, ttest_rel")
    c.add("interleaving", {"clicks_a": a, "clicks_b": b, "alternative": "greater"}, {"p_value": stats.binomtest(wins, wins + losses, alternative="greater").pvalue}, 1e-9, by="scipy binomtest")
    c.add("interleaving", {"clicks_a": [1, 1], "clicks_b": [1, 1]}, {"p_value": 1.0, "preference": 0.0, "low": 0.0, "high": 1.0, "mean_p_value": 1.0}, by="ties only")
    c.add("interleaving", {"clicks_a": [0], "clicks_b": [1]}, {"p_value": 1.0, "preference": 0.5, "mean_p_value": 1.0}, by="one user")
    c.refuse("interleaving", {"clicks_a": [], "clicks_b": []})
    c.refuse("interleaving", {"clicks_a": [1, "nan"], "clicks_b": [1, 2]})
    c.add("team_draft", {"a": [1, 2, 3], "b": [1, 2, 3], "length": 3}, {"items": [1, 2, 3]}, by="equal lists stay as they are")
    c.add("team_draft", {"a": [], "b": [4, 5], "length": 9}, {"items": [4, 5], "team": [1, 1]}, by="one list is empty")
    c.add("team_draft", {"a": [], "b": [], "length": 2}, {"items": [], "team": []}, by="nothing to show")
    c.refuse("team_draft", {"a": [1], "b": [2], "length": 0})
