"""Power and sizes against statsmodels, and closed forms."""
import math

from scipy import stats
from scipy.optimize import brentq
from statsmodels.stats import power, proportion

ALT = {"two-sided": "two-sided", "greater": "larger", "less": "smaller"}


def generate(c):
    for pa, pb, na, nb, alpha, alternative in ((0.1, 0.12, 3841, 3841, 0.05, "two-sided"), (0.05, 0.05, 1000, 1000, 0.05, "two-sided"),
                                               (0.02, 0.025, 10000, 5000, 0.01, "two-sided"), (0.3, 0.2, 120, 120, 0.05, "less"),
                                               (0.3, 0.4, 50, 200, 0.1, "greater")):
        p = proportion.power_proportions_2indep(pb - pa, pa, nb, ratio=na / nb, alpha=alpha, alternative=ALT[alternative], return_results=False)
        c.add("power_two_proportions", {"p_a": pa, "p_b": pb, "n_a": na, "n_b": nb, "alpha": alpha, "alternative": alternative}, {"power": p},
              1e-9, 1e-12, by="statsmodels power_proportions_2indep")
    for pa, pb, goal, ratio, alpha in ((0.1, 0.12, 0.8, 1, 0.05), (0.01, 0.0105, 0.9, 1, 0.05), (0.5, 0.3, 0.95, 2, 0.01), (0.2, 0.25, 0.8, 0.25, 0.05)):
        n = proportion.samplesize_proportions_2indep_onetail(pb - pa, pa, goal, ratio=ratio, alpha=alpha, value=0, alternative="two-sided")
        i = {"p_a": pa, "p_b": pb, "power": goal, "ratio_a_over_b": ratio, "alpha": alpha}
        c.add("sample_size_two_proportions", {**i, "far_tail": "ignored"}, {"n_b_real": n, "n_b_ceiling": math.ceil(n)}, 1e-9,
              by="statsmodels samplesize_proportions_2indep_onetail")
    # What a size promises, power keeps.
    c.add("power_two_proportions", {"p_a": 0.0, "p_b": 0.0, "n_a": 10, "n_b": 10}, {"power": 0.0}, by="no spread, no effect")
    c.add("power_two_proportions", {"p_a": 0.0, "p_b": 1.0, "n_a": 10, "n_b": 10}, {"power": 1.0}, by="all against none")
    for bad in ({"p_a": 1.2}, {"p_b": "nan"}, {"n_a": 0}, {"n_b": "inf"}, {"alpha": 0}):
        c.refuse("power_two_proportions", {**{"p_a": 0.1, "p_b": 0.2, "n_a": 10, "n_b": 10}, **bad})
    for bad in ({"p_b": 0.1}, {"power": 1}, {"power": 0}, {"ratio_a_over_b": 0}, {"alternative": "less"}):
        c.refuse("sample_size_two_proportions", {**{"p_a": 0.1, "p_b": 0.2}, **bad})
    for pa, n, alternative in ((0.1, 3841, "two-sided"), (0.1, 3841, "less"), (0.001, 100000, "greater")):
        sign = -1 if alternative == "less" else 1

        def lacking(d):
            q = pa + sign * d
            s0, s1 = math.sqrt(2 * (pa + q) / 2 * (1 - (pa + q) / 2)), math.sqrt(pa * (1 - pa) + q * (1 - q))
            a = 0.025 if alternative == "two-sided" else 0.05
            return stats.norm.sf((stats.norm.isf(a) * s0 - d * math.sqrt(n)) / s1) - 0.8
        d = brentq(lacking, 1e-9, (pa if sign < 0 else 1 - pa), xtol=1e-15)
        c.add("mde_two_proportions", {"p_a": pa, "n_a": n, "n_b": n, "alternative": alternative}, {"p_b": pa + sign * d}, 1e-9, by="scipy brentq")
    c.refuse("mde_two_proportions", {"p_a": 1, "n_a": 100, "n_b": 100})
    c.refuse("mde_two_proportions", {"p_a": 0.5, "n_a": 2, "n_b": 2, "power": 0.999})
    for pa, pb in ((0.1, 0.12), (0.5, 0.4)):
        h = proportion.proportion_effectsize(pb, pa)
        n = power.NormalIndPower().solve_power(h, power=0.8, alpha=0.05)
        c.add("sample_size_arcsine_h", {"p_a": pa, "p_b": pb}, {"cohen_h": h, "n_per_arm_real": n, "n_per_arm_ceiling": math.ceil(n)}, 1e-6,
              by="statsmodels NormalIndPower")
    t, z = power.TTestIndPower(), power.NormalIndPower()
    for d, na, nb, alpha, alternative in ((0.5, 64, 64, 0.05, "two-sided"), (0.2, 20, 40, 0.01, "two-sided"), (0.8, 5, 5, 0.05, "greater"),
                                          (-0.3, 100, 50, 0.05, "less"), (0.0, 30, 30, 0.05, "two-sided"), (0.01, 10**6, 10**6, 0.05, "two-sided")):
        i = {"cohen_d": d, "n_a": na, "n_b": nb, "alpha": alpha, "alternative": alternative}
        c.add("power_two_means_t", i, {"power": t.power(d, na, alpha, ratio=nb / na, alternative=ALT[alternative])}, 1e-7, 1e-10,
              by="statsmodels TTestIndPower")
        c.add("power_two_means_z", i, {"power": z.power(d, na, alpha, ratio=nb / na, alternative=ALT[alternative])}, 1e-10, 1e-13,
              by="statsmodels NormalIndPower")
    for d, goal, ratio in ((0.5, 0.8, 1), (0.1, 0.9, 2), (1.5, 0.8, 1)):
        n = t.solve_power(d, power=goal, alpha=0.05, ratio=ratio)
        c.add("sample_size_two_means_t", {"cohen_d": d, "power": goal, "ratio_b_over_a": ratio}, {"n_a_real": n, "n_a_ceiling": math.ceil(n)}, 1e-6,
              by="statsmodels TTestIndPower")
        n = z.solve_power(d, power=goal, alpha=0.05, ratio=ratio)
        c.add("sample_size_two_means_z", {"cohen_d": d, "power": goal, "ratio_b_over_a": ratio}, {"n_per_arm_real": n}, 1e-6,
              by="statsmodels NormalIndPower")
    def smallest(test, n): # the library's own solver stops early
        return brentq(lambda d: test.power(d, n, 0.05, ratio=1) - 0.8, 0.5 / math.sqrt(n), 7 / math.sqrt(n), xtol=1e-14)
    for n in (10, 1000, 10**6):
        c.add("mde_two_means_t", {"n_per_arm": n}, {"cohen_d": smallest(t, n)}, 1e-7, by="statsmodels' power, brentq")
        c.add("mde_two_means_z", {"n_per_arm": n}, {"cohen_d": smallest(z, n)}, 1e-9, by="statsmodels' power, brentq")
    for f in ("power_two_means_t", "power_two_means_z"):
        for bad in ({"cohen_d": "nan"}, {"n_a": 0}, {"alpha": 1}):
            c.refuse(f, {**{"cohen_d": 0.5, "n_a": 10, "n_b": 10}, **bad})
    for f in ("sample_size_two_means_t", "sample_size_two_means_z"):
        for bad in ({"cohen_d": 0}, {"cohen_d": -1, "alternative": "greater"}, {"power": 1}, {"ratio_b_over_a": 0}):
            c.refuse(f, {**{"cohen_d": 0.5}, **bad})
    for f in ("mde_two_means_t", "mde_two_means_z"):
        c.refuse(f, {"n_per_arm": 0})
    za, zb = stats.norm.isf(0.05), stats.norm.ppf(0.8)
    n = ((za + zb) / 0.02)**2 * (0.1 * 0.9 * 2)
    c.add("sample_size_noninferiority_rates", {"p_a": 0.1, "p_b": 0.1, "margin": 0.02}, {"n_a_real": n, "n_a_ceiling": math.ceil(n)}, 1e-9, by="closed form")
    n = ((za + zb) / 0.01)**2 * (0.1 * 0.9 + 0.11 * 0.89 / 2)
    c.add("sample_size_noninferiority_rates", {"p_a": 0.1, "p_b": 0.11, "margin": 0.02, "less_is_better": True, "ratio_b_over_a": 2}, {"n_a_real": n}, 1e-9,
          by="closed form")
    n = ((za + zb) / 0.5)**2 * 9 * 2
    c.add("sample_size_noninferiority_means", {"effect": 0, "margin": 0.5, "sd": 3}, {"n_a_real": n}, 1e-9, by="closed form")
    c.refuse("sample_size_noninferiority_means", {"effect": -0.5, "margin": 0.5, "sd": 3})
    c.refuse("sample_size_noninferiority_means", {"effect": 0, "margin": 0, "sd": 3})
    c.refuse("sample_size_noninferiority_rates", {"p_a": 0.1, "p_b": 0.05, "margin": 0.05})
    c.refuse("sample_size_noninferiority_rates", {"p_a": 2, "p_b": 0.05, "margin": 0.05})
    c.add("design_effect", {"size": 20, "icc": 0.05}, {"factor": 1.95}, 1e-12, by="1 + (m-1) icc")
    c.add("design_effect", {"size": 20, "icc": 0.05, "cv": 0.5}, {"factor": 1 + (1.25 * 20 - 1) * 0.05}, 1e-12, by="Eldridge")
    c.add("design_effect", {"size": 1, "icc": 1}, {"factor": 1.0}, by="one member")
    c.refuse("design_effect", {"size": 0.5, "icc": 0.1})
    c.refuse("design_effect", {"size": 5, "icc": 1.1})
    c.add("variance_left", {"rho": 0.6}, {"factor": 0.64}, 1e-12, by="1 - rho^2")
    c.refuse("variance_left", {"rho": 1})
    c.add("control_share", {"treatments": 1}, {"share": 0.5}, by="definition")
    c.add("control_share", {"treatments": 4}, {"share": 1 / 3}, 1e-12, by="sqrt k")
    base = {"metric": "rate", "baseline": 0.1, "effect": 0.02}
    n = proportion.samplesize_proportions_2indep_onetail(0.02, 0.1, 0.8, alpha=0.05)
    c.add("design_users", base, {"control": math.ceil(n), "treatment": math.ceil(n), "total": 2 * math.ceil(n), "factor": 1.0}, 1e-12, by="statsmodels")
    n = proportion.samplesize_proportions_2indep_onetail(0.02, 0.1, 0.8, alpha=0.05 / 6)
    c.add("design_users", {**base, "treatments": 2, "metrics": 3}, {"control": math.ceil(n), "alpha": 0.05 / 6}, 1e-12, by="statsmodels, alpha/6")
    n = t.solve_power(0.1, power=0.8, alpha=0.05)
    c.add("design_users", {"metric": "mean", "baseline": 5, "sd": 10, "effect": 1, "rho": 0.5, "cluster_size": 3, "icc": 0.1},
          {"control": math.ceil(n * 0.75 * 1.2), "factor": 0.9}, 1e-9, by="statsmodels, times 1-rho^2 and the design effect")
    for bad in ({"effect": 0}, {"control_share": 1}, {"rho": 1}, {"inflation": 0.5}, {"baseline": 2}, {"metric": "mean"}):
        c.refuse("design_users", {**base, **bad})
    n = 2 * math.ceil(proportion.samplesize_proportions_2indep_onetail(0.02, 0.1, 0.8, alpha=0.05))
    c.add("design_effect_of", {"metric": "rate", "baseline": 0.1, "total": n}, {"effect": 0.02}, 1e-4, by="the inverse of design_users")
    c.add("design_effect_of", {"metric": "rate", "baseline": 0.1, "total": n, "less_is_better": True, "alternative": "two-sided"},
          {"effect": brentq(lambda e: proportion.samplesize_proportions_2indep_onetail(e, 0.1, 0.8) - n / 2, -0.05, -0.001)}, 1e-7,
          by="statsmodels size, brentq")
    c.refuse("design_effect_of", {"metric": "rate", "baseline": 0.1, "total": 2})
