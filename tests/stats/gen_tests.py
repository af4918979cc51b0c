"""Tests of rates, means, ranks and shares against SciPy and statsmodels."""
import math

import numpy as np
from mpmath import mpf
from scipy.optimize import brentq, minimize_scalar
import mpmath as m
from scipy import stats
from statsmodels.stats import multitest, proportion
import statsmodels.api as sm

ALT = {"two-sided": "two-sided", "greater": "larger", "less": "smaller"}


def score_interval(xa, na, xb, nb, z=1.959963984540054):
    """Miettinen & Nurminen by maximising the likelihood numerically (statsmodels' is a few per mille off)."""
    def score(d):
        def loss(pb):
            return -(stats.binom.logpmf(xb, nb, pb) + stats.binom.logpmf(xa, na, pb - d))
        pb = minimize_scalar(loss, bounds=(max(0, d) + 1e-12, min(1, 1 + d) - 1e-12), method="bounded", options={"xatol": 1e-13}).x
        v = ((pb - d) * (1 - pb + d) / na + pb * (1 - pb) / nb) * (na + nb) / (na + nb - 1)
        return (xb / nb - xa / na - d) / math.sqrt(v)
    d0 = xb / nb - xa / na
    return brentq(lambda d: score(d) - z, -0.9999, d0 - 1e-6), brentq(lambda d: score(d) + z, d0 + 1e-6, 0.9999)


def barnard(t, alternative):
    """The largest probability over a dense grid of the common rate (SciPy's search may miss it)."""
    n1, n2 = sum(t[0]), sum(t[1])
    i, j = np.meshgrid(range(n1 + 1), range(n2 + 1), indexing="ij")
    p = (i + j) / (n1 + n2)
    v = p * (1 - p) * (1 / n1 + 1 / n2)
    with np.errstate(all="ignore"):
        z = np.where(v > 0, (i / n1 - j / n2) / np.sqrt(v), 0)
    z = {"two-sided": abs(z), "greater": z, "less": -z}[alternative]
    extreme = z >= z[t[0][0], t[1][0]] - 1e-12

    def probability(rate):
        return stats.binom.pmf(range(n1 + 1), n1, rate) @ extreme @ stats.binom.pmf(range(n2 + 1), n2, rate)
    return max(probability(rate) for rate in np.linspace(0, 1, 4001))


def rates(c):
    for xa, na, xb, nb in ((200, 1000, 235, 1000), (5, 40, 1, 35), (120000, 10**6, 130000, 10**6), (0, 500, 7, 480), (10, 10, 9, 10)):
        for alternative in ("two-sided", "greater", "less"):
            i = {"x_a": xa, "n_a": na, "x_b": xb, "n_b": nb, "alternative": alternative}
            z, p = proportion.proportions_ztest([xb, xa], [nb, na], alternative=ALT[alternative])
            pa, pb = xa / na, xb / nb
            wald = math.sqrt(pa * (1 - pa) / na + pb * (1 - pb) / nb)
            expected = {"z": z, "p_value": p, "effect": pb - pa}
            if alternative == "two-sided":
                expected["ci_low"] = max(pb - pa - stats.norm.ppf(0.975) * wald, -1)
            c.add("two_proportion_z", {**i, "variance": "pooled"}, expected, 1e-8, 1e-14, by="statsmodels proportions_ztest")
            z = (pb - pa) / wald
            p = {"two-sided": 2 * stats.norm.sf(abs(z)), "greater": stats.norm.sf(z), "less": stats.norm.cdf(z)}[alternative]
            c.add("two_proportion_z", {**i, "variance": "unpooled"}, {"z": z, "p_value": p}, 1e-9, by="Wald, SciPy tail")
    t = [[235, 765], [200, 800]]
    chi2, p, _, _ = stats.chi2_contingency(t, correction=True)
    c.add("two_proportion_z", {"x_a": 200, "n_a": 1000, "x_b": 235, "n_b": 1000, "continuity": True},
          {"z": math.sqrt(chi2), "p_value": p}, 1e-9, by="scipy chi2_contingency with Yates' correction")
    for x, n in ((0, 100), (100, 100)):
        c.add("two_proportion_z", {"x_a": x, "n_a": n, "x_b": x, "n_b": n},
              {"z": 0.0, "p_value": 1.0, "state": "no_spread", "ci_low": 0.0, "ci_high": 0.0}, by="documented")
    c.add("two_proportion_z", {"x_a": 0, "n_a": 9, "x_b": 9, "n_b": 9, "variance": "unpooled"},
          {"state": "deterministic", "p_value": 1.0, "effect": 1.0}, by="documented")
    c.add("two_proportion_z", {"x_a": 1, "n_a": 30, "x_b": 3, "n_b": 30}, {"state": "few"}, by="expected count below 5")
    z, p = proportion.test_proportions_2indep(235, 1000, 200, 1000, value=-0.01, method="wald", compare="diff", return_results=False)[:2]
    c.add("two_proportion_z", {"x_a": 200, "n_a": 1000, "x_b": 235, "n_b": 1000, "variance": "unpooled", "null": -0.01},
          {"z": z, "p_value": p}, 1e-9, by="statsmodels test_proportions_2indep value=-0.01")
    for bad in ({"n_a": 0}, {"x_a": -1}, {"x_a": 11, "n_a": 10}, {"x_a": 1.5}, {"n_b": "inf"}, {"x_b": "nan"}, {"alpha": 0}, {"alpha": 1}):
        c.refuse("two_proportion_z", {**{"x_a": 1, "n_a": 10, "x_b": 2, "n_b": 10}, **bad})
    c.refuse("two_proportion_z", {"x_a": 1, "n_a": 10, "x_b": 2, "n_b": 10, "null": 0.1}, "usage")
    for xa, na, xb, nb in ((200, 1000, 235, 1000), (3, 50, 9, 60)):
        low, high = proportion.confint_proportions_2indep(xb, nb, xa, na, method="log", compare="ratio")
        c.add("proportion_lift", {"x_a": xa, "n_a": na, "x_b": xb, "n_b": nb},
              {"effect": xb / nb / (xa / na) - 1, "ci_low": low - 1, "ci_high": high - 1}, 1e-9, by="statsmodels ratio, method log")
    c.refuse("proportion_lift", {"x_a": 0, "n_a": 10, "x_b": 2, "n_b": 10})
    c.refuse("proportion_lift", {"x_a": 2, "n_a": 10, "x_b": 0, "n_b": 10})
    names = {"wilson": "wilson", "agresti_coull": "agresti_coull", "clopper_pearson": "beta", "wald": "normal", "jeffreys": "jeffreys"}
    for method, theirs in names.items():
        for x, n, alpha in ((10, 100, 0.05), (3, 7, 0.01), (999, 1000, 0.1), (0, 20, 0.05), (20, 20, 0.05), (12345, 10**6, 0.001)):
            low, high = proportion.proportion_confint(x, n, alpha, theirs)
            if method == "jeffreys" and x in (0, n): # the end that has no mass beyond it
                low, high = (0.0, high) if x == 0 else (low, 1.0)
            c.add("proportion_ci", {"x": x, "n": n, "alpha": alpha, "method": method}, {"low": low, "high": high}, 1e-9, 1e-12,
                  by="statsmodels proportion_confint " + theirs)
    c.add("proportion_ci", {"x": 0, "n": 1000, "alpha": 1e-7, "method": "clopper_pearson"},
          {"low": 0.0, "high": -m.expm1(m.log(mpf(1e-7) / 2) / 1000)}, 1e-13, by="closed form (the library is wrong here)")
    c.add("proportion_ci", {"x": 1, "n": 1, "method": "clopper_pearson"}, {"low": 0.025, "high": 1.0}, 1e-12, by="closed form")
    for bad in ({"n": 0, "x": 0}, {"x": 5, "n": 4}, {"x": -1, "n": 4}, {"x": 1, "n": 4, "alpha": 2}, {"x": "nan", "n": 3}):
        c.refuse("proportion_ci", bad)
    for method, theirs in (("newcombe", "newcomb"), ("wald", "wald"), ("agresti_caffo", "agresti-caffo"), ("miettinen_nurminen", "score")):
        for xa, na, xb, nb in ((200, 1000, 235, 1000), (0, 30, 5, 28), (56, 70, 48, 80), (0, 10, 0, 10), (10, 10, 10, 10), (1, 5, 4, 5)):
            if method in ("wald",) and xa in (0, na) and xb in (0, nb):
                continue
            try:
                low, high = proportion.confint_proportions_2indep(xb, nb, xa, na, method=theirs, compare="diff")
            except Exception:
                continue
            if not (math.isfinite(low) and math.isfinite(high)):
                continue
            low, high = max(low, -1), min(high, 1)
            rel, by = 1e-9, "statsmodels confint_proportions_2indep " + theirs
            if method == "miettinen_nurminen":
                if 0 in (xa, xb) or xa == na:
                    continue
                low, high = score_interval(xa, na, xb, nb)
                rel, by = 1e-6, "the likelihood maximised numerically"
            c.add("two_proportion_diff_ci", {"x_a": xa, "n_a": na, "x_b": xb, "n_b": nb, "method": method},
                  {"low": low, "high": high}, rel, 1e-13 if rel < 1e-6 else 1e-7, by=by)
    c.refuse("two_proportion_diff_ci", {"x_a": 1, "n_a": 0, "x_b": 1, "n_b": 2})


def exact(c):
    tables = ([[8, 2], [1, 5]], [[0, 10], [5, 5]], [[3, 7], [3, 7]], [[12, 188], [25, 175]], [[1, 999], [9, 991]],
              [[500, 9500], [560, 9440]], [[1, 0], [0, 1]], [[10, 0], [0, 10]], [[2, 15], [0, 40]])
    for t in tables:
        for alternative in ("two-sided", "greater", "less"):
            odds, p = stats.fisher_exact(t, alternative)
            c.add("fisher_exact", {"table": t, "alternative": alternative}, {"p_value": p, "sample_odds_ratio": odds}, 1e-8,
                  by="scipy fisher_exact")
    c.add("fisher_exact", {"table": [[0, 0], [4, 6]]}, {"p_value": 1.0, "sample_odds_ratio": "nan"}, by="a row without users")
    c.add("fisher_exact", {"table": [[0, 0], [0, 0]]}, {"p_value": 1.0}, by="nobody")
    for t in ([[-1, 2], [3, 4]], [[1.5, 2], [3, 4]], [["nan", 2], [3, 4]], [[1, 2, 3], [4, 5, 6]], [[1, 2]]):
        c.refuse("fisher_exact", {"table": t})
    for t in ([[7, 12], [8, 3]], [[3, 17], [11, 9]], [[0, 15], [4, 11]], [[20, 30], [22, 28]]):
        for alternative in ("two-sided", "greater", "less"):
            # SciPy compares the first row's rate the other way round: it takes columns for groups.
            columns = [[t[0][0], t[1][0]], [t[0][1], t[1][1]]]
            c.add("barnard_exact", {"table": t, "alternative": alternative}, {"p_value": barnard(t, alternative)}, 1e-5,
                  by="a grid of 4001 rates")
            p = stats.boschloo_exact(columns, alternative, n=256).pvalue
            c.add("boschloo_exact", {"table": t, "alternative": alternative}, {"p_value": min(p, 1)}, 2e-4, by="scipy boschloo_exact")
    for f in ("barnard_exact", "boschloo_exact"):
        c.refuse(f, {"table": [[0, 0], [1, 2]]})
        c.refuse(f, {"table": [[-1, 0], [1, 2]]})
        c.refuse(f, {"table": [[5000, 5000], [1, 2]]}, "refused")
        c.add(f, {"table": [[0, 5], [0, 5]]}, {"p_value": 1.0}, 1e-9, by="nobody converted")


def ranks(c):
    rng = np.random.default_rng(1)
    a = [round(float(v), 6) for v in rng.normal(size=7)]
    b = [round(float(v) + 0.8, 6) for v in rng.normal(size=8)]
    ties_a = [int(v) for v in rng.poisson(1.0, 40)]
    ties_b = [int(v) for v in rng.poisson(1.4, 50)]
    for alternative in ("two-sided", "greater", "less"):
        r = stats.mannwhitneyu(a, b, alternative=alternative, method="exact")
        c.add("mann_whitney", {"a": a, "b": b, "alternative": alternative, "method": "exact"},
              {"u_a": r.statistic, "p_value": r.pvalue, "exact": True}, 1e-10, by="scipy mannwhitneyu exact")
        for continuity in (True, False):
            r = stats.mannwhitneyu(ties_a, ties_b, alternative=alternative, method="asymptotic", use_continuity=continuity)
            c.add("mann_whitney", {"a": ties_a, "b": ties_b, "alternative": alternative, "method": "asymptotic", "continuity": continuity},
                  {"u_a": r.statistic, "p_value": r.pvalue}, 1e-9, by="scipy mannwhitneyu asymptotic")
    # With ties the exact distribution is that of the permutations; SciPy ignores ties, so it is counted here.
    from itertools import combinations
    x, y = [1, 2, 2, 5], [2, 3, 3, 7, 8]
    r = stats.rankdata(x + y)
    seen = sum(r[:4])
    sums = [sum(r[list(k)]) for k in combinations(range(9), 4)]
    low, high = np.mean([s <= seen + 1e-9 for s in sums]), np.mean([s >= seen - 1e-9 for s in sums])
    c.add("mann_whitney", {"a": x, "b": y, "method": "exact"}, {"p_value": min(1, 2 * min(low, high))}, 1e-10, by="all permutations")
    c.add("mann_whitney", {"a": x, "b": y, "method": "exact", "alternative": "less"}, {"p_value": low}, 1e-10, by="all permutations")
    c.add("mann_whitney", {"a": [7, 7], "b": [7, 7, 7]}, {"p_value": 1.0, "u_a": 3.0, "state": "no_spread"}, by="all alike")
    c.add("mann_whitney", {"a": [1], "b": [2]}, {"p_value": 1.0, "u_a": 0.0}, by="one user each")
    c.refuse("mann_whitney", {"a": [], "b": [1]})
    c.refuse("mann_whitney", {"a": [1, "nan"], "b": [1]})
    c.refuse("mann_whitney", {"a": [1, "inf"], "b": [1]})
    c.refuse("mann_whitney", {"a": list(range(0, 400, 2)), "b": list(range(1, 400, 2)), "method": "exact"}, "refused")


def means(c):
    for ma, sa, na, mb, sb, nb in ((10.0, 3.0, 50, 11.2, 4.5, 60), (0.0, 1.0, 2, 1.0, 1.0, 2), (2.31, 9.7, 250000, 2.36, 9.9, 251000),
                                   (-4.0, 2.0, 40, -3.0, 5.0, 41), (1e9, 1.0, 1000, 1e9 + 0.2, 1.0, 1000), (3.0, 0.0, 10, 3.4, 0.8, 12)):
        i = {"mean_a": ma, "sd_a": sa, "n_a": na, "mean_b": mb, "sd_b": sb, "n_b": nb}
        for alternative in ("two-sided", "greater", "less"):
            r = stats.ttest_ind_from_stats(mb, sb, nb, ma, sa, na, equal_var=False, alternative=alternative)
            se = math.sqrt(sa**2 / na + sb**2 / nb)
            df = se**4 / ((sa**2 / na)**2 / (na - 1) + (sb**2 / nb)**2 / (nb - 1))
            q = stats.t.ppf(0.975 if alternative == "two-sided" else 0.95, df)
            low, high = mb - ma - q * se, mb - ma + q * se
            c.add("welch_t", {**i, "alternative": alternative},
                  {"t": r.statistic, "df": df, "p_value": r.pvalue, "ci_low": low if alternative != "less" else "-inf",
                   "ci_high": high if alternative != "greater" else "inf"}, 1e-8, by="scipy ttest_ind_from_stats")
        if ma != 0:
            se = math.sqrt(sb**2 / nb / ma**2 + sa**2 / na * mb**2 / ma**4)
            d = (mb - ma) / abs(ma)
            c.add("mean_lift", i, {"effect": d, "se": se, "ci_low": d - 1.959963984540054 * se, "ci_high": d + 1.959963984540054 * se},
                  1e-8, 1e-14, by="delta method")
    z = -2.0 / math.sqrt(4.0 / 30 + 4.0 / 30)
    c.add("welch_t", {"mean_a": 1, "sd_a": 2, "n_a": 30, "mean_b": 0, "sd_b": 2, "n_b": 30, "null": 1}, {"t": z}, 1e-12, by="definition")
    c.add("welch_t", {"mean_a": 3, "sd_a": 0, "n_a": 5, "mean_b": 3, "sd_b": 0, "n_b": 5}, {"state": "no_spread", "p_value": 1.0}, by="documented")
    c.add("welch_t", {"mean_a": 3, "sd_a": 0, "n_a": 5, "mean_b": 4, "sd_b": 0, "n_b": 5},
          {"state": "deterministic", "p_value": 1.0, "effect": 1.0, "ci_low": 1.0, "ci_high": 1.0}, by="documented")
    good = {"mean_a": 1, "sd_a": 1, "n_a": 10, "mean_b": 1, "sd_b": 1, "n_b": 10}
    for bad in ({"n_a": 1}, {"n_b": 0}, {"mean_a": "nan"}, {"sd_b": "inf"}, {"mean_b": "-inf"}, {"alpha": 1.5}):
        c.refuse("welch_t", {**good, **bad})
        c.refuse("mean_lift", {**good, **bad})
    c.refuse("mean_lift", {**good, "mean_a": 0})
    a, b = [12.1, 9.8, 11.4, 10.0, 8.7], [13.9, 10.2, 15.5, 12.8, 14.1, 13.0, 9.9]
    r = stats.ttest_ind(b, a, equal_var=False)
    c.add("welch_t_raw", {"a": a, "b": b}, {"t": r.statistic, "p_value": r.pvalue}, 1e-10, by="scipy ttest_ind")
    far = {k: [1e9 + x / 1024 for x in range(n, 900, n)] for k, n in (("a", 7), ("b", 11))}  # exact in a double
    r = stats.ttest_ind([x - 1e9 for x in far["b"]], [x - 1e9 for x in far["a"]], equal_var=False)
    c.add("welch_t_raw", far, {"t": r.statistic, "p_value": r.pvalue}, 1e-5, by="scipy ttest_ind, before a milliard was added")
    c.add("welch_t_raw", {"a": [-5, 3, -2], "b": [1, 2, 2]}, {"t": stats.ttest_ind([1, 2, 2], [-5, 3, -2], equal_var=False).statistic}, 1e-10,
          by="scipy ttest_ind; negative revenue")
    for bad in ({"a": [1]}, {"a": []}, {"b": [1, "nan"]}, {"b": [1, "inf", 2]}):
        c.refuse("welch_t_raw", {**{"a": [1, 2], "b": [1, 3]}, **bad})
    # Fieller: the roots of a quadratic.
    i = {"mean_a": 10, "sd_a": 8, "n_a": 40, "mean_b": 12, "sd_b": 9, "n_b": 45, "method": "fieller"}
    va, vb = 64 / 40, 81 / 45
    df = (va + vb)**2 / (va**2 / 39 + vb**2 / 44)
    q = stats.t.ppf(0.975, df)
    roots = sorted(np.roots([10**2 - q * q * va, -2 * 10 * 12, 12**2 - q * q * vb]).real)
    c.add("mean_lift", i, {"ci_low": roots[0] - 1, "ci_high": roots[1] - 1, "state": "ok"}, 1e-9, by="numpy roots of Fieller's quadratic")
    c.add("mean_lift", {"mean_a": 0.5, "sd_a": 8, "n_a": 40, "mean_b": 12, "sd_b": 9, "n_b": 45, "method": "fieller"},
          {"state": "unbounded", "ci_low": "-inf", "ci_high": "inf"}, by="control is not different from zero")


def ratios(c):
    rng = np.random.default_rng(2)
    arms = []
    for lift in (0.0, 0.1):
        x = rng.poisson(4, 60) + 1
        y = np.minimum(rng.poisson(x * (0.3 + lift)), x)
        arms.append((x.tolist(), y.tolist()))
    (xa, ya), (xb, yb) = arms

    def arm(x, y):
        x, y = np.array(x, float), np.array(y, float)
        r = y.sum() / x.sum()
        k = np.cov(x, y)
        return r, (k[1, 1] + r * r * k[0, 0] - 2 * r * k[0, 1]) / (len(x) * x.mean()**2)
    (ra, va), (rb, vb) = arm(xa, ya), arm(xb, yb)
    i = {"denominator_a": xa, "numerator_a": ya, "denominator_b": xb, "numerator_b": yb}
    c.add("ratio_of_arm", {"denominator": xa, "numerator": ya}, {"ratio": ra, "variance": va}, 1e-11, by="numpy cov")
    z = (rb - ra) / math.sqrt(va + vb)
    c.add("ratio_delta", i, {"effect": rb - ra, "z": z, "p_value": 2 * stats.norm.sf(abs(z))}, 1e-10, by="numpy, scipy")
    se = math.sqrt(vb / ra**2 + va * rb**2 / ra**4)
    c.add("ratio_delta", {**i, "effect": "lift"}, {"effect": rb / ra - 1, "se": se}, 1e-10, by="numpy")
    c.add("ratio_delta", {"denominator_a": [1, 2], "numerator_a": [1, 2], "denominator_b": [3, 1], "numerator_b": [3, 1]},
          {"effect": 0.0, "state": "no_spread", "p_value": 1.0}, 1e-12, 1e-15, by="every click clicked")
    c.refuse("ratio_of_arm", {"denominator": [0, 0, 0], "numerator": [0, 0, 0]})
    c.refuse("ratio_of_arm", {"denominator": [1], "numerator": [1]})
    c.refuse("ratio_of_arm", {"denominator": [1, "nan"], "numerator": [1, 2]})
    c.refuse("ratio_delta", {**i, "denominator_b": [0, 0], "numerator_b": [0, 0]})

    def score(xa, ya, xb, yb):
        xa, ya, xb, yb = (np.array(v, float) for v in (xa, ya, xb, yb))
        common = (ya.sum() + yb.sum()) / (xa.sum() + xb.sum())
        se = math.sqrt(((ya - common * xa)**2).sum() / xa.sum()**2 + ((yb - common * xb)**2).sum() / xb.sum()**2)
        return yb.sum() / xb.sum() - ya.sum() / xa.sum(), se
    few = {"denominator_a": [0, 0, 1, 2, 0], "numerator_a": [0, 0, 7, 3, 0], "denominator_b": [1, 0, 0], "numerator_b": [2, 0, 0]}
    large = {k: (np.array(v) * 1e6 + (1e9 if k.startswith("d") else 3e9)).tolist() for k, v in i.items()}
    for case, rel in ((i, 1e-11), (few, 1e-12), (large, 1e-7)):
        effect, se = score(*(case[k] for k in ("denominator_a", "numerator_a", "denominator_b", "numerator_b")))
        df = len(case["denominator_a"]) + len(case["denominator_b"]) - 2
        for alternative, p in (("two-sided", 2 * stats.t.sf(abs(effect / se), df)), ("less", stats.t.cdf(effect / se, df))):
            c.add("ratio_score", {**case, "alternative": alternative}, {"effect": effect, "se": se, "t": effect / se, "df": df, "p_value": p}, rel,
                  by="numpy: errors about the common ratio")
    c.add("ratio_score", {"denominator_a": [1, 2], "numerator_a": [1, 2], "denominator_b": [3, 1], "numerator_b": [3, 1]},
          {"effect": 0.0, "state": "no_spread", "p_value": 1.0}, 1e-12, 1e-15, by="every click clicked")
    c.refuse("ratio_score", {**i, "denominator_b": [0, 0], "numerator_b": [0, 0]})
    c.refuse("ratio_score", {**i, "denominator_b": [-3, 1], "numerator_b": [0, 0]})
    c.refuse("ratio_score", {**i, "denominator_b": [1], "numerator_b": [1]})


def clusters(c):
    rng = np.random.default_rng(3)
    for mixed in (False, True):
        g = np.repeat(np.arange(24), rng.integers(2, 9, 24))
        treat = rng.integers(0, 2, len(g)) if mixed else (g % 2)
        y = np.round(rng.normal(size=24)[g] + rng.normal(size=len(g)) + 0.3 * treat, 5)
        fit = sm.OLS(y, sm.add_constant(treat.astype(float))).fit(cov_type="cluster", cov_kwds={"groups": g}, use_t=True)
        s = {k: [] for k in ("n_a", "sum_a", "n_b", "sum_b")}
        for k in range(24):
            for arm, name in ((0, "a"), (1, "b")):
                pick = (g == k) & (treat == arm)
                s["n_" + name].append(int(pick.sum()))
                s["sum_" + name].append(float(y[pick].sum()))
        c.add("clustered_mean", s, {"effect": fit.params[1], "se": fit.bse[1], "p_value": fit.pvalues[1], "df": 23.0,
                                    "ci_low": fit.conf_int()[1][0], "state": "few"}, 1e-8, by="statsmodels OLS cov_type=cluster")
    one = {"n_a": [1, 1], "sum_a": [1, 2], "n_b": [1, 1], "sum_b": [2, 3]}
    c.add("clustered_mean", one, {"effect": 1.0, "state": "deterministic", "p_value": 1.0}, 1e-12, by="every cluster differs by the same")
    for bad in ({"n_a": [1], "sum_a": [1], "n_b": [1], "sum_b": [2]}, {**one, "n_b": [0, 0]}, {**one, "sum_a": ["nan", 1]}, {**one, "n_a": [-1, 1]}):
        c.refuse("clustered_mean", bad)
    n, mean, sd = [4, 6, 5], [1.0, 2.0, 4.0], [1.0, 1.5, 0.5]
    ssw = sum((k - 1) * s * s for k, s in zip(n, sd))
    grand = np.average(mean, weights=n)
    ssb = sum(k * (x - grand)**2 for k, x in zip(n, mean))
    msb, msw, n0 = ssb / 2, ssw / 12, (15 - (16 + 36 + 25) / 15) / 2
    c.add("icc", {"n": n, "mean": mean, "sd": sd}, {"icc": (msb - msw) / (msb + (n0 - 1) * msw)}, 1e-11, by="one-way ANOVA")
    c.add("icc", {"n": [4, 4], "mean": [1, 1], "sd": [1, 1]}, {"icc": 0.0}, by="no difference between clusters")
    c.refuse("icc", {"n": [4], "mean": [1], "sd": [1]})
    c.refuse("icc", {"n": [1, 1], "mean": [1, 2], "sd": [0, 0]})


def noninferiority(c):
    for effect, se, margin, verdict in ((-0.1, 0.1, 0.5, "non-inferior"), (0.5, 0.1, 0.5, "superior"), (-0.4, 0.1, 0.5, "inconclusive"), (-1.0, 0.1, 0.5, "inferior")):
        z = (effect + margin) / se
        c.add("noninferiority", {"effect": effect, "se": se, "margin": margin},
              {"verdict": verdict, "statistic": z, "p_value": stats.norm.sf(z), "bound": effect - stats.norm.ppf(0.95) * se}, 1e-9, by="scipy")
        c.add("noninferiority", {"effect": -effect, "se": se, "margin": margin, "less_is_better": True, "df": 20},
              {"statistic": z, "p_value": stats.t.sf(z, 20), "bound": -effect + stats.t.ppf(0.95, 20) * se}, 1e-9, by="scipy")
    c.add("noninferiority", {"effect": 0, "se": 0, "margin": 1}, {"verdict": "non-inferior", "p_value": 1.0}, by="documented: no spread")
    for bad in ({"margin": 0}, {"margin": -1}, {"margin": "inf"}, {"se": -1}, {"effect": "nan"}, {"alpha": 0}):
        c.refuse("noninferiority", {**{"effect": 0, "se": 1, "margin": 1}, **bad})
    i = {"mean_a": 10, "sd_a": 5, "n_a": 400, "mean_b": 9.9, "sd_b": 5, "n_b": 400, "margin": 0.1}
    va, vb = 0.81 * 25 / 400, 25 / 400
    df = (va + vb)**2 / (va**2 / 399 + vb**2 / 399)
    t = (9.9 - 9) / math.sqrt(va + vb)
    c.add("noninferiority_relative", i, {"verdict": "non-inferior", "statistic": t, "p_value": stats.t.sf(t, df)}, 1e-9, by="contrast B - 0.9 A")
    c.refuse("noninferiority_relative", {**i, "mean_a": -1})
    c.refuse("noninferiority_relative", {**i, "margin": 1})


def shares(c):
    for observed, weights in (([5000, 5000], [1, 1]), ([50000, 50750], [1, 1]), ([900, 9400], [0.1, 0.9]), ([99, 812, 104], [0.1, 0.8, 0.1]),
                              ([10**9, 10**9 + 10**6], [1, 1])):
        e = np.array(weights) / sum(weights) * sum(observed)
        r = stats.chisquare(observed, e)
        c.add("srm_chi2", {"observed": observed, "weights": weights}, {"chi2": r.statistic, "p_value": r.pvalue, "df": len(observed) - 1}, 1e-8,
              by="scipy chisquare")
    for table in ([[10, 20], [30, 40]], [[500, 480, 510], [490, 520, 470]], [[900, 3], [5, 1100]], [[10**9, 10**9], [10**9, 10**9 + 10**5]]):
        r = stats.chi2_contingency(table, correction=False)
        c.add("independence_chi2", {"counts": table}, {"chi2": r.statistic, "df": r.dof, "p_value": r.pvalue}, 1e-8, by="scipy chi2_contingency")
    c.add("independence_chi2", {"counts": [[10, 0, 20], [30, 0, 40]]}, {"df": 1}, by="an arm that nobody is in")
    c.add("independence_chi2", {"counts": [[10, 20], [0, 0]]}, {"chi2": 0.0, "df": 0, "p_value": 1.0, "log_p_value": 0.0}, by="nothing to compare")
    c.add("independence_chi2", {"counts": [[0, 0], [0, 0]]}, {"df": 0, "p_value": 1.0}, by="nobody")
    c.add("independence_chi2", {"counts": [[1, 3], [2, 1]]}, {"few": True}, by="documented")
    for bad in ([[1, -1], [2, 3]], [[1, 0.5], [2, 3]], [["nan", 1], [2, 3]]):
        c.refuse("independence_chi2", {"counts": bad})
    c.add("srm_chi2", {"observed": [10, 12, 0], "weights": [1, 1, 0]}, {"chi2": 4 / 22, "df": 1, "stray": False}, 1e-12, by="weight 0 is no arm")
    c.add("srm_chi2", {"observed": [10, 12, 3], "weights": [1, 1, 0]}, {"stray": True, "p_value": 0.0}, by="users in an arm of weight 0")
    c.add("srm_chi2", {"observed": [1, 3], "weights": [1, 1]}, {"few": True}, by="documented")
    for bad in (([], []), ([5], [1]), ([0, 0], [1, 1]), ([5, -1], [1, 1]), ([5, 1.5], [1, 1]), ([5, 5], [0, 0]), ([5, 5], [1, -1]), ([5, "nan"], [1, 1])):
        c.refuse("srm_chi2", {"observed": bad[0], "weights": bad[1]})
        c.refuse("srm_sequential", {"observed": bad[0], "weights": bad[1]})
    for observed, weights in (([500, 500], [1, 1]), ([700, 500], [1, 1]), ([100, 250, 90], [1, 2, 1])):
        w = [mpf(x) / sum(weights) for x in weights]
        a = [100 * x for x in w]
        n = sum(observed)
        log = m.loggamma(100) - m.loggamma(100 + n) + sum(m.loggamma(x + k) - m.loggamma(x) - k * m.log(t) for x, k, t in zip(a, observed, w))
        c.add("srm_sequential", {"observed": observed, "weights": weights}, {"p_value": min(mpf(1), m.exp(-log))}, 1e-9, by="mpmath")
    c.add("srm_sequential", {"observed": [500, 500], "weights": [1, 1], "previous": 0.002}, {"p_value": 0.002}, by="the running minimum")
    c.add("srm_sequential", {"observed": [500, 500, 1], "weights": [1, 1, 0]}, {"p_value": 0.0}, by="stray users")


def many(c):
    lists = ([0.01, 0.04, 0.03, 0.005], [0.2, 0.2, 0.01, 0.01, 0.8, 1.0], [1e-20, 0.049, 0.05, 0.051, 0.0], [0.03], [1, 1], [1e-300, 1e-200])
    for method, theirs in (("holm", "holm"), ("bh", "fdr_bh"), ("by", "fdr_by"), ("bonferroni", "bonferroni"), ("sidak", "sidak"),
                           ("hochberg", "simes-hochberg")):
        for p in lists:
            reject, adjusted, _, _ = multitest.multipletests(p, 0.05, theirs)
            if method == "sidak":
                adjusted = [-math.expm1(len(p) * math.log1p(-x)) if x < 1 else 1.0 for x in p]
            c.add("adjust_p_values", {"p": p, "method": method}, {"adjusted": list(adjusted), "reject": [bool(r) for r in reject]}, 1e-11,
                  by="statsmodels multipletests " + theirs)
    c.add("adjust_p_values", {"p": [], "method": "holm"}, {"adjusted": [], "reject": []}, by="nothing to adjust")
    c.add("adjust_p_values", {"p": [0.01, "nan", 0.02], "method": "holm"}, {"adjusted": [0.02, 1.0, 0.02], "reject": [True, False, True]}, 1e-12,
          by="documented: a p that is no number takes no part")
    c.refuse("adjust_p_values", {"p": [0.1, 1.1]})
    c.refuse("adjust_p_values", {"p": [-0.1]})
    c.refuse("adjust_p_values", {"p": [0.1], "alpha": 0})


def generate(c):
    for part in (rates, exact, ranks, means, ratios, clusters, noninferiority, shares, many):
        part(c)
