"""Effects with less noise, quantiles, resampling, many arms, shrinkage: SciPy, statsmodels, NumPy, quadrature."""
import math

import numpy as np
from scipy import integrate, stats
from scipy.optimize import brentq
from statsmodels.stats.meta_analysis import combine_effects
import statsmodels.api as sm


def cuped(c):
    rng = np.random.default_rng(5)
    xa, xb = rng.gamma(1, 10, 50), rng.gamma(1, 10, 60)
    ya, yb = 0.7 * xa + rng.normal(0, 4, 50), 0.7 * xb + rng.normal(1, 4, 60)
    xa, xb, ya, yb = [np.round(v, 4) for v in (xa, xb, ya, yb)]
    theta = (np.cov(xa, ya)[0, 1] * 49 + np.cov(xb, yb)[0, 1] * 59) / (xa.var(ddof=1) * 49 + xb.var(ddof=1) * 59)
    centre = np.concatenate([xa, xb]).mean()
    aa, ab = ya - theta * (xa - centre), yb - theta * (xb - centre)
    r = stats.ttest_ind(ab, aa, equal_var=False)
    left = (aa.var(ddof=1) / 50 + ab.var(ddof=1) / 60) / (ya.var(ddof=1) / 50 + yb.var(ddof=1) / 60)
    i = {"x_a": xa, "y_a": ya, "x_b": xb, "y_b": yb}
    want = {"theta": theta, "t": r.statistic, "p_value": r.pvalue, "mean_a": aa.mean(), "mean_b": ab.mean(), "left": left}
    c.add("cuped", i, want, 1e-9, by="NumPy, scipy ttest_ind on adjusted values")
    x, y = np.concatenate([xa, xb]), np.concatenate([ya, yb])
    treated = [0] * 50 + [1] * 60
    c.add("cuped_many", {"x": x[:, None], "y": y, "treated": treated}, want, 1e-9, by="one covariate is cuped")
    x2 = np.column_stack([x, np.round(rng.normal(size=110), 4), x * 2 - 1]) # the third says what the first says
    within = sm.OLS(y, np.column_stack([1 - np.array(treated), treated, x2[:, :2]])).fit()
    adjusted = y - (x2[:, :2] - x2[:, :2].mean(0)) @ within.params[2:]
    r = stats.ttest_ind(adjusted[50:], adjusted[:50], equal_var=False)
    c.add("cuped_many", {"x": x2, "y": y, "treated": treated}, {"t": r.statistic, "p_value": r.pvalue, "theta": within.params[2]}, 1e-8,
          by="statsmodels OLS within arms, scipy ttest_ind")
    flat = {"x_a": [1, 1, 1], "y_a": [1, 2, 3], "x_b": [1, 1, 1], "y_b": [2, 3, 5]}
    c.add("cuped", flat, {"theta": 0.0, "left": 1.0, "t": stats.ttest_ind([2, 3, 5], [1, 2, 3], equal_var=False).statistic}, 1e-10, by="no covariate")
    c.add("cuped", {"x_a": [1, 2, 3], "y_a": [1, 2, 3], "x_b": [1, 2, 3], "y_b": [1, 2, 3]}, {"state": "no_spread", "p_value": 1.0}, 1e-9, 1e-12, by="told entirely")
    for bad in ({"x_a": [1, 2, "nan"]}, {"y_b": [1, "inf", 2]}, {"x_a": [1]}, {"x_b": [], "y_b": []}):
        c.refuse("cuped", {**flat, **bad})
    c.refuse("cuped_many", {"x": [[1], [2]], "y": [1, 2], "treated": [0, 1]})
    c.refuse("cuped_many", {"x": [[1], ["nan"], [1], [2]], "y": [1, 2, 3, 4], "treated": [0, 1, 0, 1]})
    n_a, n_b = [40, 60, 20], [50, 45, 30]
    m_a, m_b, s_a, s_b = [1.0, 4.0, 10.0], [1.3, 4.1, 10.8], [1.0, 2.0, 3.0], [1.1, 2.2, 2.9]
    w = (np.array(n_a) + n_b) / (sum(n_a) + sum(n_b))
    va, vb = w**2 * np.array(s_a)**2 / n_a, w**2 * np.array(s_b)**2 / n_b
    d, v = float(w @ (np.array(m_b) - m_a)), float((va + vb).sum())
    df = v**2 / float((va**2 / (np.array(n_a) - 1) + vb**2 / (np.array(n_b) - 1)).sum())
    strata = {"n_a": n_a, "mean_a": m_a, "sd_a": s_a, "n_b": n_b, "mean_b": m_b, "sd_b": s_b}
    c.add("poststratified", strata, {"effect": d, "se": math.sqrt(v), "df": df, "p_value": 2 * stats.t.sf(abs(d) / math.sqrt(v), df)}, 1e-9, by="NumPy")
    one = {k: v[:1] for k, v in strata.items()}
    c.add("poststratified", one, {"t": stats.ttest_ind_from_stats(1.3, 1.1, 50, 1.0, 1.0, 40, equal_var=False).statistic, "left": 1.0}, 1e-9, by="one stratum is Welch")
    c.refuse("poststratified", {**strata, "n_b": [50, 45, 1]})
    whole = np.array(strata["n_a"]) + np.array(strata["n_b"])
    share = whole / whole.sum()
    arms = {}
    for arm in "ab":
        n, m, s = (np.array(strata[f"{k}_{arm}"], float) for k in ("n", "mean", "sd"))
        arms |= {f"mean_{arm}": float(share @ m), f"se_{arm}": math.sqrt(float(share**2 @ (s * s / n)))}
    c.add("stratified_arms", strata, arms, 1e-12, by="NumPy")
    c.add("stratified_arms", one, {"mean_a": 1.0, "se_a": 1 / math.sqrt(40), "mean_b": 1.3, "se_b": 1.1 / math.sqrt(50)}, 1e-12, by="one stratum is the arm")
    c.add("stratified_arms", {"n_a": [3, 3], "mean_a": [1, 5], "sd_a": [0, 0], "n_b": [2, 2], "mean_b": [2, 2], "sd_b": [0, 0]}, {"mean_a": 3.0, "se_a": 0.0, "mean_b": 2.0, "se_b": 0.0}, by="no spread")
    c.refuse("stratified_arms", {**strata, "n_b": [50, 45, 1]})
    c.refuse("stratified_arms", {"n_a": [1], "mean_a": [1], "sd_a": [0], "n_b": [1], "mean_b": [1], "sd_b": [0]})
    c.refuse("poststratified", {"n_a": [], "mean_a": [], "sd_a": [], "n_b": [], "mean_b": [], "sd_b": []})


def quantiles(c):
    rng = np.random.default_rng(6)
    v = [round(float(x), 4) for x in rng.lognormal(size=80)]
    for q in (0.5, 0.1, 0.95):
        s = sorted(v)
        lo = int(stats.binom.ppf(0.025, 80, q))
        hi = int(stats.binom.ppf(0.975, 80, q)) + 1
        low = s[lo - 1] if lo > 0 else "-inf"
        high = s[hi - 1] if hi <= 80 else "inf"
        cover = 1 - (stats.binom.cdf(lo - 1, 80, q) if lo > 0 else 0) - (stats.binom.sf(hi - 1, 80, q) if hi <= 80 else 0)
        c.add("quantile", {"values": v, "q": q}, {"quantile": np.quantile(v, q), "low": low, "high": high, "coverage": cover}, 1e-9, by="NumPy, scipy binom")
    c.add("quantile", {"values": [3], "q": 0.5}, {"quantile": 3.0, "low": "-inf", "high": "inf", "coverage": 1.0}, by="one value tells nothing")
    c.add("quantile", {"values": [2] * 30, "q": 0.5}, {"quantile": 2.0, "low": 2.0, "high": 2.0}, by="all alike")
    for bad in ({"values": []}, {"values": [1, "nan"]}, {"q": 0}, {"q": 1}, {"q": 1.5}):
        c.refuse("quantile", {**{"values": [1, 2], "q": 0.5}, **bad})
    a, b = np.round(rng.lognormal(0, 1, 200), 4), np.round(rng.lognormal(0.2, 1, 220), 4)
    z = 1.959963984540054

    def arm(x, q, spread):
        r = z * spread / math.sqrt(len(x))
        return np.quantile(x, q), (np.quantile(x, q + r) - np.quantile(x, q - r)) / (2 * z)
    qa, sa = arm(a, 0.9, 0.3)
    qb, sb = arm(b, 0.9, 0.3)
    s = math.hypot(sa, sb)
    c.add("quantile_difference", {"a": a, "b": b, "q": 0.9}, {"effect": qb - qa, "se": s, "p_value": 2 * stats.norm.sf(abs(qb - qa) / s)}, 1e-9, by="NumPy")
    u = np.repeat(np.arange(40), 5)
    y = np.round(np.repeat(rng.normal(size=40), 5) + 0.3 * rng.normal(size=200), 4)
    med = np.quantile(y, 0.5)
    k = np.bincount(u, weights=y <= med)
    n = np.bincount(u).astype(float)
    share = k.sum() / n.sum()
    spread = math.sqrt(np.sum((k - share * n)**2) / 39 / (40 * 25) * 200)
    qa, sa = arm(y, 0.5, spread)
    c.add("quantile_difference", {"a": y, "user_a": u.tolist(), "b": y, "user_b": u.tolist(), "q": 0.5},
          {"effect": 0.0, "se_a": sa, "se": sa * math.sqrt(2), "p_value": 1.0}, 1e-9, by="NumPy, delta method over users")
    c.add("quantile_difference", {"a": [1] * 50, "b": [1] * 50, "q": 0.5}, {"state": "no_spread", "p_value": 1.0}, by="all alike")
    for bad in ({"a": [1, 2, 3]}, {"q": 0.999}, {"a": []}, {"b": list(range(50)) + ["nan"]}, {"a": list(range(50)), "user_a": [0] * 50}):
        c.refuse("quantile_difference", {**{"a": list(range(50)), "b": list(range(50)), "q": 0.5}, **bad})
    x = [0, 0, 0, 5, 7, 9, 100, -3]
    c.add("winsorise", {"values": x, "q": 0.9}, {"cap": np.quantile(x, 0.9), "moved": 1}, 1e-12, by="NumPy")
    cap = np.quantile([v for v in x if v != 0], 0.9)
    c.add("winsorise", {"values": x, "q": 0.9, "nonzero_only": True}, {"cap": cap, "moved": 1, "values": [min(v, cap) for v in x]}, 1e-12, by="NumPy")
    c.add("winsorise", {"values": [4], "q": 1}, {"cap": 4.0, "moved": 0}, by="one user")
    for bad in ({"values": []}, {"values": [0, 0], "nonzero_only": True}, {"q": 0}, {"values": [1, "inf"]}):
        c.refuse("winsorise", {**{"values": [1, 2], "q": 0.9}, **bad})


def bootstrap(c):
    rng = np.random.default_rng(7)
    y = np.round(rng.gamma(0.7, 10, 60), 3)
    r = stats.bootstrap((y,), np.mean, n_resamples=400000, method="BCa", rng=np.random.default_rng(8), batch=2000)
    p = stats.bootstrap((y,), np.mean, n_resamples=400000, method="percentile", rng=np.random.default_rng(9), batch=2000)
    c.add("bootstrap", {"y": y, "resamples": 50000, "seed": 3},
          {"estimate": y.mean(), "se": r.standard_error, "low": r.confidence_interval.low, "high": r.confidence_interval.high,
           "percentile_low": p.confidence_interval.low, "percentile_high": p.confidence_interval.high}, 0.01, by="scipy bootstrap; both are random")
    d = y - y.mean()
    c.add("bootstrap", {"y": y, "seed": 3}, {"acceleration": np.sum(d**3) / (6 * np.sum(d**2)**1.5)}, 1e-9, by="skewness of the influences")
    ya, yb = np.round(rng.normal(10, 3, 80), 3), np.round(rng.normal(11, 3, 90), 3)
    r = stats.bootstrap((ya, yb), lambda a, b, axis: b.mean(axis) - a.mean(axis), n_resamples=300000, vectorized=True, method="BCa",
                        rng=np.random.default_rng(10), batch=2000)
    c.add("bootstrap", {"y_a": ya, "y_b": yb, "resamples": 50000}, {"estimate": yb.mean() - ya.mean(), "se": r.standard_error, "low": r.confidence_interval.low,
          "high": r.confidence_interval.high}, 0.015, 0.01, by="scipy bootstrap")
    n, p = 5000, 0.1 # more users than bins, few different ones: exactly a Poisson bootstrap
    y = [1] * 500 + [0] * 4500
    c.add("bootstrap", {"y": y, "resamples": 30000}, {"estimate": 0.1, "se": math.sqrt(p * (1 - p) / n)}, 0.01, by="binomial")
    long = rng.permutation(np.round(stats.lognorm(1).ppf((np.arange(3000) + 0.5) / 3000), 4))
    c.add("bootstrap", {"y": long, "resamples": 20000}, {"estimate": long.mean(), "se": long.std() / math.sqrt(3000), "heavy": False}, 0.015, by="standard error of a mean")
    c.add("bootstrap", {"y": [2, 2, 2]}, {"state": "no_spread", "low": 2.0, "high": 2.0, "p_value": 1.0}, by="all alike")
    c.add("bootstrap", {"y": [1.0] * 990 + [1e5] * 10}, {"heavy": True}, by="ten users hold the sum")
    c.add("bootstrap", {"y": [-5]}, {"state": "no_spread", "estimate": -5.0}, by="one user")
    for bad in ({"y": []}, {"y": [1, "nan"]}, {"y": [1, 2], "x": [0, 0]}, {"y": [1, 2], "resamples": 5}, {"y": [1, 2], "alpha": 0}):
        c.refuse("bootstrap", bad)
    c.refuse("bootstrap", {"y_a": [0, 0], "y_b": [1, 2], "effect": "lift"})


def dunnett_sf(t, lam, df, two_sided):
    """The integral by the trapezium over the shared normal, and SciPy's quad over the scale."""
    z = np.linspace(-9, 9, 4001)
    phi = stats.norm.pdf(z)

    def at(s):
        inside = np.ones_like(z)
        for l in lam:
            own = math.sqrt(1 - l * l)
            up = stats.norm.cdf((t * s - l * z) / own)
            inside *= up - stats.norm.cdf((-t * s - l * z) / own) if two_sided else up
        return 1 - np.trapezoid(phi * inside, z)
    if math.isinf(df):
        return at(1.0)
    return integrate.quad(lambda s: at(s) * stats.chi.pdf(s * math.sqrt(df), df) * math.sqrt(df), 1e-6, 1 + 12 / math.sqrt(df) + 4 / df,
                          epsabs=1e-13, epsrel=1e-11, limit=200)[0]


def families(c):
    for lam, df, t in (([math.sqrt(0.5)] * 3, 20, 2.5), ([math.sqrt(0.5)] * 2, math.inf, 2.2), ([0.3, 0.6, 0.8], 7, 1.5), ([0.0, 0.0], 30, 3.0)):
        for two in (True, False):
            c.add("dunnett_sf", {"t": t, "lambda": lam, "df": df, "two_sided": two}, dunnett_sf(t, lam, df, two), 1e-7, by="NumPy and scipy quad")
            q = brentq(lambda x: dunnett_sf(x, lam, df, two) - 0.05, 0.5, 8, xtol=1e-10)
            c.add("dunnett_upper_quantile", {"q": 0.05, "lambda": lam, "df": df, "two_sided": two}, q, 1e-7, by="NumPy and scipy quad, brentq")
    c.add("dunnett_sf", {"t": 2.0, "lambda": [0.7], "df": 9}, 2 * stats.t.sf(2.0, 9), 1e-9, by="one arm is Student's t")
    c.add("dunnett_sf", {"t": 30.0, "lambda": [0.5, 0.5], "df": "inf"}, 4 * stats.norm.sf(30.0), 1e-6, by="far out the tails add up")
    for bad in ({"lambda": [1.0]}, {"lambda": []}, {"df": 0}, {"t": "nan"}, {"lambda": [-0.1]}):
        c.refuse("dunnett_sf", {**{"t": 2, "lambda": [0.5]}, **bad})
    c.refuse("dunnett_upper_quantile", {"q": 0, "lambda": [0.5]})
    for q, k, df in ((3.5, 3, 20), (4.2, 5, 10), (1.0, 2, 4), (6.0, 4, 1000), (8.0, 3, 100)):
        c.add("studentized_range_sf", {"q": q, "k": k, "df": df}, stats.studentized_range.sf(q, k, df), 1e-6, by="scipy studentized_range")
        x = stats.studentized_range.sf(q, k, df)
        if x > 1e-6:
            c.add("studentized_range_upper_quantile", {"tail": x, "k": k, "df": df}, q, 1e-6, by="scipy studentized_range")
    c.add("studentized_range_sf", {"q": 3.0, "k": 2}, 2 * stats.norm.sf(3 / math.sqrt(2)), 1e-10, by="two arms are a t")
    c.add("studentized_range_sf", {"q": 0, "k": 2, "df": 5}, 1.0, by="definition")
    for bad in ({"k": 1}, {"df": -1}, {"q": "nan"}):
        c.refuse("studentized_range_sf", {**{"q": 1, "k": 3, "df": 5}, **bad})
    c.refuse("studentized_range_upper_quantile", {"tail": 1, "k": 3})
    rng = np.random.default_rng(11)
    data = [np.round(rng.normal(m, 2, n), 4) for m, n in ((10, 30), (10.5, 25), (12, 28))]
    i = {"n": [len(x) for x in data], "mean": [x.mean() for x in data], "sd": [x.std(ddof=1) for x in data]}
    r = stats.dunnett(data[1], data[2], control=data[0], rng=np.random.default_rng(12))
    c.add("dunnett", i, {"statistic": r.statistic, "p_value": r.pvalue}, 0.02, 2e-4, by="scipy dunnett (its integral is random)")
    ci = r.confidence_interval()
    c.add("dunnett", i, {"low": ci.low, "high": ci.high}, 0.01, 0.01, by="scipy dunnett")
    s2 = sum((len(x) - 1) * x.var(ddof=1) for x in data) / 80
    lam = [math.sqrt(n / (n + 30)) for n in (25, 28)]
    t = [(data[k].mean() - data[0].mean()) / math.sqrt(s2 * (1 / 30 + 1 / len(data[k]))) for k in (1, 2)]
    c.add("dunnett", i, {"p_value": [dunnett_sf(abs(x), lam, 80, True) for x in t]}, 1e-6, by="NumPy and scipy quad")
    c.add("dunnett", {**i, "alternative": "greater"}, {"p_value": [dunnett_sf(x, lam, 80, False) for x in t], "high": ["inf", "inf"]}, 1e-6, by="NumPy and scipy quad")
    c.add("dunnett", {"n": [5, 5], "mean": [1, 1], "sd": [0, 0]}, {"p_value": [1.0]}, by="no spread")
    for bad in ({"n": [5], "mean": [1], "sd": [1]}, {"n": [5, 1], "mean": [1, 2], "sd": [1, 0]}, {"n": [5, 5], "mean": [1, "nan"], "sd": [1, 1]}):
        c.refuse("dunnett", bad)
        c.refuse("tukey", bad)
    r = stats.tukey_hsd(*data)
    ci = r.confidence_interval()
    pairs = [(0, 1), (0, 2), (1, 2)]
    c.add("tukey", i, {"effect": [-r.statistic[a][b] for a, b in pairs], "p_value": [r.pvalue[a][b] for a, b in pairs],
                       "low": [-ci.high[a][b] for a, b in pairs], "high": [-ci.low[a][b] for a, b in pairs]}, 1e-6, by="scipy tukey_hsd")


def winners(c):
    for z, one in ((2.2, False), (-3.5, False), (2.0, True), (8.0, False)):
        crit = stats.norm.isf(0.05 if one else 0.025)
        x, sign = (z, 1) if one else (abs(z), math.copysign(1, z))

        def tail(mu):
            chosen = stats.norm.sf(crit - mu) + (0 if one else stats.norm.cdf(-crit - mu))
            return stats.norm.sf(x - mu) / chosen
        mid, low, high = [brentq(lambda mu: tail(mu) - w, -25, x + 12, xtol=1e-12) for w in (0.5, 0.025, 0.975)]
        if sign < 0:
            mid, low, high = -mid, -high, -low
        c.add("winners_curse", {"estimate": 2 * z, "se": 2, "one_sided": one}, {"selected": True, "estimate": 2 * mid, "low": 2 * low, "high": 2 * high}, 1e-7,
              by="scipy brentq on the truncated normal")
    c.add("winners_curse", {"estimate": 1, "se": 1}, {"selected": False, "estimate": 1.0, "low": 1 - 1.959963984540054}, 1e-10, by="not significant: as it is")
    for bad in ({"se": 0}, {"se": "nan"}, {"estimate": "inf"}, {"alpha": 0}, {"alpha_selected": 1}):
        c.refuse("winners_curse", {**{"estimate": 3, "se": 1}, **bad})
    y, se = [0.1, 0.5, -0.2, 0.9, 0.3], [0.1, 0.2, 0.15, 0.3, 0.1]
    r = combine_effects(np.array(y), np.array(se)**2, method_re="iterated", atol=1e-14)
    tau2 = r.tau2
    w = 1 / (np.array(se)**2 + tau2)
    own = tau2 / (tau2 + np.array(se)**2)
    mean = (w @ y) / w.sum()
    c.add("segment_shrinkage", {"estimate": y, "se": se}, {"tau": math.sqrt(tau2), "mean": mean, "mean_se": math.sqrt(1 / w.sum()), "q": r.q,
          "shrunk": own * y + (1 - own) * mean, "q_p_value": stats.chi2.sf(r.q, 4)}, 1e-6, by="statsmodels combine_effects, Paule-Mandel")
    c.add("segment_shrinkage", {"estimate": [1, 1.1, 0.9], "se": [1, 1, 1]}, {"tau": 0.0, "shrunk": [1.0, 1.0, 1.0]}, 1e-12, by="chance alone")
    for bad in ({"estimate": [1], "se": [1]}, {"estimate": [1, "nan"], "se": [1, 1]}, {"estimate": [1, 2], "se": [1, 0]}):
        c.refuse("segment_shrinkage", bad)


def generate(c):
    for part in (cuped, quantiles, bootstrap, families, winners):
        part(c)
