"""Group sequential designs by brute-force integration, published constants, and closed forms."""
import math

import numpy as np
from scipy import stats
from scipy.integrate import simpson
from scipy.optimize import brentq
from scipy.special import zeta

GRID = 801


def crossing(t, z, two, drift=0.0):
    """P(first crossing upwards, downwards) at each look, by the Simpson on a fine grid of the score."""
    up, down, density, s, before = [], [], None, None, 0.0
    for k, (tk, zk) in enumerate(zip(t, z)):
        step, move, limit = math.sqrt(tk - before), drift * (tk - before), zk * math.sqrt(tk)
        if density is None:
            up.append(stats.norm.sf((limit - move) / step))
            down.append(stats.norm.cdf((-limit - move) / step) if two else 0.0)
        else:
            up.append(simpson(density * stats.norm.sf((limit - s - move) / step), x=s))
            down.append(simpson(density * stats.norm.cdf((-limit - s - move) / step), x=s) if two else 0.0)
        far = drift * tk
        grid = np.linspace(-limit if two else far - 9 * math.sqrt(tk), limit, GRID)
        if density is None:
            density = stats.norm.pdf((grid - move) / step) / step
        else:
            kernel = np.exp(-0.5 * ((grid[:, None] - s[None, :] - move) / step)**2) / (step * math.sqrt(2 * math.pi))
            density = simpson(kernel * density[None, :], x=s, axis=1)
        s, before = grid, tk
    return np.array(up), np.array(down)


def spent(family, parameter, alpha, two, t):
    side = alpha / 2 if two else alpha
    t = min(t, 1)
    one = {"obrien_fleming": lambda: 2 * stats.norm.sf(stats.norm.isf(side / 2) / math.sqrt(t)),
           "pocock": lambda: side * math.log(1 + (math.e - 1) * t), "power": lambda: side * t**parameter,
           "hsd": lambda: side * (t if parameter == 0 else (1 - math.exp(-parameter * t)) / (1 - math.exp(-parameter)))}[family]()
    return 2 * one if two else one


def bounds(family, parameter, alpha, two, t):
    z, before = [], 0.0
    for k, tk in enumerate(t):
        now = spent(family, parameter, alpha, two, tk)
        goal = (now - before) / (2 if two else 1)
        z.append(brentq(lambda x: crossing(t[:k + 1], z + [x], two)[0][k] - goal, -2, 8, xtol=1e-10))
        before = now
    return z


def generate(c):
    for family, parameter in (("obrien_fleming", 0), ("pocock", 0), ("power", 2), ("power", 3), ("hsd", -4), ("hsd", 0), ("hsd", 1)):
        for alternative in ("two-sided", "greater"):
            for t in (0.3, 1.0, 1.2):
                c.add("alpha_spent", {"spending": family, "parameter": parameter, "alpha": 0.05, "alternative": alternative, "t": t},
                      {"spent": spent(family, parameter, 0.05, alternative == "two-sided", t)}, 1e-10, by="definition")
    c.add("alpha_spent", {"spending": "pocock", "t": 0}, {"spent": 0.0}, by="nothing seen, nothing spent")
    five = [0.2, 0.4, 0.6, 0.8, 1.0]
    published = {"obrien_fleming": [4.8769, 3.3570, 2.6803, 2.2898, 2.0310], "pocock": [2.4380, 2.4268, 2.4102, 2.3966, 2.3860],
                 "power": [3.0902, 2.7141, 2.4728, 2.2799, 2.1140]}
    for family, z in published.items():
        c.add("group_sequential_bounds", {"spending": family, "t": five}, {"z": z}, 0, 6e-5, by="published (ldbounds)")
    for family, parameter, alternative, t in (("obrien_fleming", 0, "two-sided", [0.5, 1.0]), ("pocock", 0, "two-sided", [0.1, 0.35, 0.9]),
                                              ("hsd", -4, "greater", [0.25, 0.5, 1.0]), ("power", 3, "two-sided", [0.4, 0.7, 1.0])):
        z = bounds(family, parameter, 0.05, alternative == "two-sided", t)
        c.add("group_sequential_bounds", {"spending": family, "parameter": parameter, "alternative": alternative, "t": t}, {"z": z}, 2e-6,
              by="Simpson on %d points, brentq" % GRID)
    c.add("group_sequential_bounds", {"spending": "pocock", "t": [1.0]}, {"z": [1.959963984540054], "spent": [0.05]}, 1e-9, by="one look")
    c.add("group_sequential_bounds", {"spending": "obrien_fleming", "t": [0.01, 1.0]}, {"z": [8.0, 1.959963984540054]}, 1e-9, by="bounds are cut at 8")
    z = bounds("pocock", 0, 0.05, True, [0.5])
    c.add("group_sequential_bounds", {"spending": "pocock", "t": [0.5, 0.5]}, {"z": z * 2}, 1e-7, by="no new information keeps the bound")
    for bad in ({"t": []}, {"t": [0]}, {"t": [0.5, 0.4]}, {"t": [0.5, "nan"]}, {"t": [-1]}, {"alpha": 0}, {"spending": "power", "parameter": 0}):
        c.refuse("group_sequential_bounds", {**{"spending": "pocock", "t": [0.5, 1]}, **bad})
    for design, k, constant in (("obrien_fleming", 5, 2.040073), ("pocock", 5, 2.413176), ("pocock", 2, 2.178273), ("obrien_fleming", 2, 1.977432),
                                ("pocock", 10, 2.555100), ("obrien_fleming", 10, 2.086755)):
        def error(x):
            t = [(i + 1) / k for i in range(k)]
            z = [x * v**(-0.5 if design == "obrien_fleming" else 0.0) for v in t]
            return sum(crossing(t, z, True)[0]) - 0.025
        by = "Simpson, brentq"
        if k <= 5:
            constant = brentq(error, 1.9, 2.6, xtol=1e-9)
        else:
            by = "published (Jennison & Turnbull)"
        c.add("group_sequential_classic", {"design": design, "looks": k}, {"constant": constant}, 1e-6 if k <= 5 else 1e-3, by=by)
    c.add("group_sequential_classic", {"design": "pocock", "looks": 1}, {"constant": 1.959963984540054}, 1e-9, by="one look")
    c.refuse("group_sequential_classic", {"looks": 0})
    c.refuse("group_sequential_classic", {"looks": 3, "alpha": 1})
    c.refuse("group_sequential_classic", {"looks": 3, "shape": 9})
    for n, total in ((5, 0.1417), (10, 0.1934), (20, 0.2479)):
        t = [(i + 1) / n for i in range(n)]
        c.add("group_sequential_crossing", {"t": t, "z": [1.959963984540054] * n}, {"total": total}, 0, 6e-5, by="peeking at 1.96, published")
    for drift, two in ((0.0, True), (3.0, True), (2.0, False), (-1.0, False)):
        z = [2.5, 2.2, 2.0]
        up, down = crossing([0.3, 0.6, 1.0], z, two, drift)
        c.add("group_sequential_crossing", {"t": [0.3, 0.6, 1.0], "z": z, "drift": drift, "alternative": "two-sided" if two else "greater"},
              {"up": up, "down": down}, 1e-6, 1e-9, by="Simpson")
    for bad in ({"z": [1, "nan"]}, {"t": [1, 0.5]}, {"drift": "inf"}):
        c.refuse("group_sequential_crossing", {**{"t": [0.5, 1], "z": [2, 2]}, **bad})
    for family in ("obrien_fleming", "pocock"):
        z = bounds(family, 0, 0.05, True, [0.5, 1.0])
        drift = brentq(lambda d: sum(crossing([0.5, 1.0], z, True, d)[0]) - 0.8, 1, 6, xtol=1e-10)
        c.add("group_sequential_inflation", {"t": [0.5, 1.0], "z": z, "power": 0.8}, {"factor": (drift / (1.959963984540054 + stats.norm.ppf(0.8)))**2}, 1e-6,
              by="Simpson, brentq")
    c.add("group_sequential_inflation", {"t": [1.0], "z": [1.959963984540054]}, {"factor": 1.0}, 1e-9, by="one look costs nothing")
    c.refuse("group_sequential_inflation", {"t": [1.0], "z": [2], "power": 0.01})
    z, t = [2.9626, 1.9686], [0.5, 1.0]
    for k, effect, se in ((0, 0.4, 0.1), (1, 0.25, 0.1), (1, -0.3, 0.1)):
        seen = abs(effect) / se
        zz = z[:k] + [seen]
        p = 2 * sum(crossing(t[:k + 1], zz, True)[0])
        sign = math.copysign(1, effect)
        at = [brentq(lambda d: sum(crossing(t[:k + 1], zz, True, d)[0]) - w, -10, 15, xtol=1e-9) * se * math.sqrt(t[k]) for w in (0.025, 0.5, 0.975)]
        low, mid, high = at if sign > 0 else (-at[2], -at[1], -at[0])
        c.add("group_sequential_analysis", {"t": t[:k + 1], "z": z[:k + 1], "effect": effect, "se": se},
              {"stop": seen >= z[k], "p_value": p, "estimate": mid, "low": low, "high": high, "repeated_low": effect - z[k] * se}, 1e-5, 1e-7,
              by="Simpson, brentq, stagewise order")
    c.add("group_sequential_analysis", {"t": [1], "z": [1.959963984540054], "effect": 1, "se": 0.5},
          {"p_value": 2 * stats.norm.sf(2), "estimate": 1.0, "low": 1 - 0.5 * 1.959963984540054, "high": 1 + 0.5 * 1.959963984540054, "stop": True}, 1e-7, by="one look")
    for bad in ({"se": 0}, {"effect": "nan"}, {"t": []}):
        c.refuse("group_sequential_analysis", {**{"t": [1], "z": [2], "effect": 1, "se": 1}, **bad})
    for effect, se, tau in ((0.3, 0.1, 0.2), (0.0, 0.1, 0.2), (-2.0, 0.05, 0.3), (1e-6, 1e-6, 1e-6), (50.0, 1.0, 1.0)):
        v, t2 = se**2, tau**2
        log = 0.5 * math.log(v / (v + t2)) + t2 * effect**2 / (2 * v * (v + t2))
        half = math.sqrt(v * (v + t2) / t2 * (2 * math.log(20) + math.log((v + t2) / v)))
        c.add("msprt", {"effect": effect, "se": se, "tau": tau}, {"log_ratio": log, "p_value": min(1, math.exp(-log)), "ci_low": effect - half, "ci_high": effect + half},
              1e-10, 1e-14, by="Johari et al., closed form")
    for bad in ({"se": 0}, {"tau": 0}, {"tau": "inf"}, {"effect": "nan"}, {"alpha": 1}):
        c.refuse("msprt", {**{"effect": 1, "se": 1, "tau": 1}, **bad})
    rho = math.sqrt((-2 * math.log(0.05) + math.log(1 - 2 * math.log(0.05))) / 5000)
    c.add("anytime_rho", {"n_best": 5000}, {"rho": 0.0398400667714}, 1e-10, by="GrowthBook")
    for n, half in ((100, 6.694389), (1000, 3.363888), (5000, 3.035209), (20000, 3.127114), (10**6, 3.656536)):
        c.add("anytime_halfwidth", {"n": n}, {"halfwidth": half}, 3e-7, by="GrowthBook sequential_interval_halfwidth")
        k = n * rho * rho
        half = math.sqrt(2 * (k + 1) / k * math.log(1 + math.sqrt(k + 1) / 0.1))
        c.add("anytime_halfwidth", {"n": n, "one_sided": True}, {"halfwidth": half}, 1e-10, by="closed form")
    c.add("asymptotic_confidence_sequence", {"effect": 3, "se": 1, "n": 5000}, {"p_value": 0.0549476, "ci_low": 3 - 3.035209}, 2e-5, by="GrowthBook")
    c.add("asymptotic_confidence_sequence", {"effect": 0, "se": 1, "n": 100}, {"p_value": 1.0, "ci_low": -6.694389, "ci_high": 6.694389}, 3e-7, by="GrowthBook")
    k = 5000 * rho * rho
    p = brentq(lambda a: 4 - math.sqrt(2 * (k + 1) / k * math.log(1 + math.sqrt(k + 1) / (2 * a))), 1e-8, 0.4999, xtol=1e-15)
    c.add("asymptotic_confidence_sequence", {"effect": 4, "se": 1, "n": 5000, "rho": rho, "one_sided": True}, {"p_value": p, "ci_high": "inf"}, 1e-8, by="brentq")
    for bad in ({"n": 0}, {"se": -1}, {"rho": 0}, {"effect": "inf"}, {"one_sided": True, "alpha": 0.6}):
        c.refuse("asymptotic_confidence_sequence", {**{"effect": 1, "se": 1, "n": 100}, **bad})
    for v in (1.0, 100.0, 1e6):
        r = 100 / (2 * math.log(20) + math.log(1 + 2 * math.log(20)))
        c.add("subgaussian_bound", {"v": v, "v_best": 100}, {"bound": math.sqrt((v + r) * math.log((v + r) / (0.05**2 * r))), "rho": r}, 1e-10, by="Howard et al.")
        c.add("subgaussian_bound", {"v": v, "rho": 10, "method": "normal_mixture_one_sided"},
              {"bound": math.sqrt(2 * (v + 10) * math.log(math.sqrt((v + 10) / 10) / 0.1 + 1))}, 1e-10, by="Howard et al.")
        l = 1.4 * math.log(math.log(2 * max(v, 1))) + math.log(zeta(1.4) / (0.05 * math.log(2)**1.4))
        k1, k2 = (2**0.25 + 2**-0.25) / math.sqrt(2), (math.sqrt(2) + 1) / 2
        for scale in (0.0, 0.5):
            c.add("subgaussian_bound", {"v": v, "method": "stitched", "c": scale},
                  {"bound": math.sqrt(k1**2 * max(v, 1) * l + (k2 * scale * l)**2) + k2 * scale * l}, 1e-9, by="Howard et al., stitched")
    c.refuse("subgaussian_bound", {"v": -1})
    c.refuse("subgaussian_bound", {"v": 1, "rho": 0})
    x = np.random.default_rng(13).beta(2, 5, 300).round(4)
    weight = weighted = penalty = total = squares = 0.0
    low, high = 0.0, 1.0
    for i, v in enumerate(x, 1):
        mean, var = (0.5 + total) / i, (0.25 + squares) / i
        lam = min(math.sqrt(2 * math.log(40) / (var * i * math.log(1 + i))), 0.5)
        weight, weighted, penalty = weight + lam, weighted + lam * v, penalty + (v - mean)**2 * (-math.log(1 - lam) - lam)
        total += v
        squares += (v - (0.5 + total) / (i + 1))**2
        half = (math.log(40) + penalty) / weight
        low, high = max(low, weighted / weight - half), min(high, weighted / weight + half)
    c.add("bounded_confidence_sequence", {"values": x}, {"low": low, "high": high}, 1e-9, by="Waudby-Smith & Ramdas, Theorem 2")
    c.add("bounded_confidence_sequence", {"values": []}, {"low": 0.0, "high": 1.0}, by="nothing seen")
    c.refuse("bounded_confidence_sequence", {"values": [0.5, 1.5]})
    c.refuse("bounded_confidence_sequence", {"values": ["nan"]})
