"""Posteriors against SciPy's quadrature and mpmath."""
import math

import mpmath as m
from mpmath import mpf
import numpy as np
from scipy import integrate, stats
from scipy.optimize import brentq, minimize_scalar

m.mp.dps = 40


def b_beats_a(aa, ba, ab, bb):
    """The closed form for whole alpha_b, by a recurrence of its terms."""
    aa, ba, bb = mpf(aa), mpf(ba), mpf(bb)
    term = m.beta(aa, ba + bb) / (bb * m.beta(1, bb) * m.beta(aa, ba))
    total = mpf(0)
    for i in range(ab):
        total += term
        term *= (aa + i) * (bb + i) / ((aa + i + ba + bb) * (i + 1))
    return total


def best(dists, lo, hi):
    """P(best) and expected loss by quad along sinh for the tails, on a split range."""
    centre = 0 if lo < 0 else None
    points = np.linspace(math.asinh(lo), math.asinh(hi), 80) if lo < 0 else np.linspace(lo, hi, 60)

    def over(f):
        g = (lambda v: f(math.sinh(v)) * math.cosh(v)) if centre == 0 else f
        return sum(integrate.quad(g, a, b, epsabs=1e-14, epsrel=1e-10)[0] for a, b in zip(points, points[1:]))
    k = len(dists)

    def rest(i, x):
        others = [dists[j].logcdf(x) if dists[j].cdf(x) < 0.5 else math.log1p(-dists[j].sf(x)) for j in range(k) if j != i]
        return -math.expm1(sum(others)) if all(math.isfinite(v) for v in others) else 1.0
    p = [over(lambda x: dists[i].pdf(x) * np.prod([dists[j].cdf(x) for j in range(k) if j != i])) for i in range(k)]
    loss = [over(lambda x: dists[i].cdf(x) * rest(i, x)) for i in range(k)]
    return p, loss


def shortest(d, alpha):
    """The interval of highest density, by minimising its length."""
    q = minimize_scalar(lambda q: d.ppf(q + 1 - alpha) - d.ppf(q), bounds=(1e-12, alpha - 1e-12), method="bounded", options={"xatol": 1e-13}).x
    return d.ppf(q), d.ppf(q + 1 - alpha)


def generate(c):
    for aa, ba, ab, bb in ((1, 1, 1, 1), (11, 91, 16, 86), (1201, 8801, 1301, 8701), (5, 3, 2, 9), (2, 5001, 14, 4988), (3, 2000, 40, 100), (100, 1, 1, 100)):
        c.add("beta_binomial_prob_b_beats_a", {"alpha_a": aa, "beta_a": ba, "alpha_b": ab, "beta_b": bb}, {"prob_b_gt_a": b_beats_a(aa, ba, ab, bb)}, 1e-9,
              by="mpmath, recurrence of the closed form")
    c.add("beta_binomial_prob_b_beats_a", {"alpha_a": 0.5, "beta_a": 0.5, "alpha_b": 0.5, "beta_b": 0.5}, {"prob_b_gt_a": 0.5}, 1e-9, by="symmetry")
    c.refuse("beta_binomial_prob_b_beats_a", {"alpha_a": 0, "beta_a": 1, "alpha_b": 1, "beta_b": 1})
    c.refuse("beta_binomial_prob_b_beats_a", {"alpha_a": "nan", "beta_a": 1, "alpha_b": 1, "beta_b": 1})
    for a, b in (([11, 16], [91, 86]), ([20, 25, 22], [180, 175, 190]), ([3, 3, 3, 3], [9, 9, 9, 9]), ([2.5, 0.7], [1.5, 0.9])):
        d = [stats.beta(x, y) for x, y in zip(a, b)]
        p, loss = best(d, 0, 1)
        c.add("bayes_best", {"a": a, "b": b}, {"probability": p, "loss": loss}, 1e-7, 1e-10, by="scipy quad")
    p = stats.norm.cdf(0.01 / 0.02)
    loss = [0.0139559311480, 0.0039559311480]
    c.add("bayes_best", {"location": [0, 0.01], "scale": [0.01, math.sqrt(0.0003)]}, {"probability": [1 - p, p], "loss": loss}, 1e-9, 1e-12, by="closed form")
    c.add("bayes_best", {"location": [0, 100], "scale": [1, 1]}, {"probability": [0.0, 1.0], "loss": [100.0, 0.0]}, 1e-12, 1e-300, by="the limit")
    for loc, scale, df in (([0, 0.5, 0.2], [1, 1.5, 0.3], None), ([1.0, 1.2], [0.3, 0.4], [5, 9]), ([0, 0, 0], [1, 2, 3], [4, 30, 3])):
        d = [stats.norm(l, s) if df is None else stats.t(df[i], l, s) for i, (l, s) in enumerate(zip(loc, scale))]
        far = 12 if df is None else 1e9
        p, loss = best(d, -far, far)
        i = {"location": loc, "scale": scale}
        if df is None:
            c.add("bayes_best", i, {"probability": p, "loss": loss}, 1e-7, by="scipy quad")
        else:
            c.add("bayes_best", {**i, "df": df}, {"probability": p}, 1e-7, by="scipy quad")
            c.add("bayes_best", {**i, "df": df}, {"loss": loss}, 1e-7, by="scipy quad")
    c.refuse("bayes_best", {"location": [0, 0], "scale": [1, 1], "df": [1, 5]})
    c.add("bayes_best", {"location": [3], "scale": [1]}, {"probability": [1.0], "loss": [0.0]}, by="one arm")
    for bad in ({"location": [], "scale": []}, {"location": [0, 1], "scale": [1, 0]}, {"location": ["nan", 1], "scale": [1, 1]}, {"a": [1, -1], "b": [1, 1]}):
        c.refuse("bayes_best", bad)
    for a, b, x, n in ((1, 1, 12, 100), (0.5, 0.5, 0, 10), (2, 30, 5, 5), (1, 1, 0, 0), (1, 1, 10**5, 10**6)):
        d = stats.beta(a + x, b + n - x)
        want = {"a": a + x, "b": b + n - x, "mean": d.mean(), "low": d.ppf(0.025), "high": d.isf(0.025)}
        if a + x > 1 and b + n - x > 1:
            want["shortest_low"], want["shortest_high"] = shortest(d, 0.05)
        elif a + x <= 1 < b + n - x:
            want["shortest_low"], want["shortest_high"] = 0.0, d.ppf(0.95)
        c.add("bayes_rate", {"prior_a": a, "prior_b": b, "x": x, "n": n}, want, 1e-5, 1e-9, by="scipy beta")
    for bad in ({"prior_a": 0}, {"x": 5}, {"x": -1}, {"n": "inf"}, {"alpha": 0}):
        c.refuse("bayes_rate", {**{"x": 1, "n": 4}, **bad})
    v = 1 / (1 / 4 + 50 / 9)
    loc = v * (1 / 4 + 50 * 2 / 9)
    c.add("bayes_mean", {"prior_mean": 1, "prior_sd": 2, "n": 50, "mean": 2, "known_variance": 9},
          {"location": loc, "scale": math.sqrt(v), "low": loc - 1.959963984540054 * math.sqrt(v), "shortest_high": loc + 1.959963984540054 * math.sqrt(v)}, 1e-10, by="conjugate")
    c.add("bayes_mean", {"prior_mean": 1, "prior_sd": 2, "n": 0, "mean": 0, "known_variance": 9}, {"location": 1.0, "scale": 2.0}, by="the prior")
    for bad in ({"prior_sd": 0}, {"known_variance": 0}, {"mean": "nan"}, {"n": -1}):
        c.refuse("bayes_mean", {**{"prior_mean": 1, "prior_sd": 2, "n": 5, "mean": 2, "known_variance": 9}, **bad})
    i = {"prior_mean": 0.5, "prior_kappa": 2, "prior_shape": 3, "prior_rate": 4, "n": 20, "mean": 1.5, "sd": 2}
    kappa, shape = 22, 13
    rate = 4 + 0.5 * 19 * 4 + 0.5 * 2 * 20 / 22
    loc, scale = (2 * 0.5 + 20 * 1.5) / 22, math.sqrt(rate / (shape * kappa))
    d = stats.t(26, loc, scale)
    c.add("bayes_mean_unknown", i, {"location": loc, "scale": scale, "df": 26.0, "low": d.ppf(0.025), "high": d.ppf(0.975)}, 1e-10, by="conjugate, scipy t")
    c.refuse("bayes_mean_unknown", {**i, "prior_kappa": 0, "prior_rate": 0, "prior_shape": 0, "n": 1, "sd": 0})
    c.refuse("bayes_mean_unknown", {**i, "prior_rate": -1})
    c.add("bayes_effect", {"prior_mean": 0, "prior_sd": 0.1, "estimate": 0.2, "se": 0.1}, {"location": 0.1, "scale": 0.1 / math.sqrt(2)}, 1e-12, by="conjugate")
    c.add("bayes_effect", {"prior_mean": 0, "prior_sd": "inf", "estimate": 0.2, "se": 0.1}, {"location": 0.2, "scale": 0.1}, 1e-12, by="a flat prior")
    c.refuse("bayes_effect", {"prior_mean": 0, "prior_sd": 0.1, "estimate": 0.2, "se": 0})
    for a, b in (([11, 16], [91, 86]), ([1.5, 2.5], [3.5, 2.2])):
        da, db = stats.beta(a[0], b[0]), stats.beta(a[1], b[1])
        def cdf(x):
            return integrate.quad(lambda y: da.pdf(y) * db.cdf(y + x), 0, 1, epsabs=1e-13, epsrel=1e-11, limit=400)[0]
        def ratio(x):
            return integrate.quad(lambda y: da.pdf(y) * db.cdf((1 + x) * y), 0, 1, epsabs=1e-13, epsrel=1e-11, limit=400)[0]
        c.add("bayes_difference", {"a": a, "b": b, "x": 0.02}, {"cdf": cdf(0.02), "low": brentq(lambda x: cdf(x) - 0.025, -1, 1), "high": brentq(lambda x: cdf(x) - 0.975, -1, 1)},
              1e-6, by="scipy quad, brentq")
        c.add("bayes_difference", {"a": a, "b": b, "effect": "lift"}, {"low": brentq(lambda x: ratio(x) - 0.025, -1, 200), "high": brentq(lambda x: ratio(x) - 0.975, -1, 2000)},
              1e-6, by="scipy quad, brentq")
    c.add("bayes_difference", {"location": [1, 2], "scale": [3, 4]}, {"low": 1 - 5 * 1.959963984540054, "high": 1 + 5 * 1.959963984540054, "cdf": stats.norm.cdf(-0.2)}, 1e-9, by="closed form")
    c.refuse("bayes_difference", {"location": [1, 2], "scale": [3, 0]})
    c.refuse("bayes_difference", {"location": [1], "scale": [3]})
    c.refuse("bayes_difference", {"location": [1, 2], "scale": [1, 1], "effect": "lift"}, "usage")
    c.add("bayes_at", {"a": [3], "b": [4], "x": 0.3, "q": 0.9}, {"cdf": stats.beta.cdf(0.3, 3, 4), "quantile": stats.beta.ppf(0.9, 3, 4)}, 1e-10, by="scipy")
    c.add("bayes_at", {"location": [1], "scale": [2], "df": [7], "x": 0.3, "q": 0.9}, {"cdf": stats.t.cdf(-0.35, 7), "quantile": 1 + 2 * stats.t.ppf(0.9, 7)}, 1e-10, by="scipy")
