"""Distributions against mpmath with 50 digits; where it cannot, against SciPy."""
import mpmath as m
from mpmath import mpf
from scipy import stats

BY = "mpmath, 50 digits"
m.mp.dps = 50


def beta_lower(x, a, b):
    # By the hypergeometric series, so that small tails keep all digits.
    x, a, b = mpf(x), mpf(a), mpf(b)
    return x**a * (1 - x)**b / (a * m.beta(a, b)) * m.hyp2f1(1, a + b, a + 1, x)


def beta_tails(x, a, b):
    x = mpf(x)
    if x <= 0:
        return mpf(0), mpf(1)
    if x >= 1:
        return mpf(1), mpf(0)
    if x * (mpf(a) + b) <= a:
        low = beta_lower(x, a, b)
        return low, 1 - low
    up = beta_lower(1 - x, b, a)
    return 1 - up, up


def t_tails(x, df):
    x, df = mpf(x), mpf(df)
    low, _ = beta_tails(df / (df + x * x), df / 2, mpf("0.5"))
    half = low / 2
    return (half, 1 - half) if x < 0 else (1 - half, half)


def gamma_tails(x, a):
    return m.gammainc(a, 0, x, regularized=True), m.gammainc(a, x, m.inf, regularized=True)


def solve(f, guess):
    return m.findroot(f, guess, tol=1e-40, maxsteps=200)


def normal(c):
    for x in (0.0, 0.3, -0.3, 1.96, -1.0, 3.0, -5.5, 8.5, -8.5, 20.0, -37.5):
        low, up = m.erfc(-mpf(x) / m.sqrt(2)) / 2, m.erfc(mpf(x) / m.sqrt(2)) / 2
        c.add("norm_cdf", {"x": x}, low, 1e-13, by=BY)
        c.add("norm_sf", {"x": x}, up, 1e-13, by=BY)
        c.add("norm_pdf", {"x": x}, m.npdf(mpf(x)), 1e-12, by=BY)
        c.add("norm_log_pdf", {"x": x}, m.log(m.npdf(mpf(x))), 1e-13, by=BY)
    for x in (0.0, 2.0, 11.9, 12.1, 50.0, 1000.0, -3.0, -9.0):
        c.add("norm_log_sf", {"x": x}, m.log(m.erfc(mpf(x) / m.sqrt(2)) / 2), 1e-13, by=BY)
        c.add("norm_log_cdf", {"x": -x}, m.log(m.erfc(mpf(x) / m.sqrt(2)) / 2), 1e-13, by=BY)
    for p in (0.5, 0.5000001, 0.7, 0.3, 0.975, 0.025, 1e-9, 1e-300, 1 - 1e-12):
        z = solve(lambda t: m.log(m.ncdf(t)) - m.log(mpf(p)), stats.norm.ppf(p)) if p < 0.4 else \
            m.sqrt(2) * m.erfinv(2 * mpf(p) - 1)
        c.add("norm_quantile", {"p": p}, z, 1e-13, 1e-16, by=BY)
        c.add("norm_upper_quantile", {"q": p}, -z, 1e-13, 1e-16, by=BY)
    c.add("norm_quantile", {"p": 0}, "-inf", by="definition")
    c.add("norm_quantile", {"p": 1}, "inf", by="definition")
    for x in (-2.0, 0.0, 1.0, 7.9, 8.1, 30.0):
        x = mpf(x)
        c.add("norm_excess", {"c": x}, m.npdf(x) - x * m.erfc(x / m.sqrt(2)) / 2, 1e-11, by=BY)
    for lo, hi in ((-1.0, 1.0), (5.0, 6.0), (-20.0, -19.0), (0.0, 40.0), (1.0, 1.0)):
        c.add("norm_between", {"low": lo, "high": hi}, (m.erfc(mpf(max(lo, -hi)) / m.sqrt(2)) - m.erfc(mpf(max(hi, -lo)) / m.sqrt(2))) / 2,
              1e-12, 1e-16 if lo < 0 < hi else 1e-300, by=BY)
    for f, inputs in (("norm_quantile", {"p": 1.5}), ("norm_quantile", {"p": "nan"}), ("norm_cdf", {"x": "nan"}),
                      ("norm_upper_quantile", {"q": -0.1}), ("norm_sf", {})):
        c.refuse(f, inputs)


def student(c):
    for x, df in ((0.0, 3.0), (2.0, 5.0), (-3.0, 1.0), (1.5, 0.5), (2.5, 1e6), (-60.0, 3.0), (12.0, 30.0), (1e5, 2.5),
                  (-1e-9, 7.0), (6.0, 1e9), (-8.0, 400.0)):
        low, up = t_tails(x, df)
        c.add("t_cdf", {"x": x, "df": df}, low, 1e-12, by=BY)
        c.add("t_sf", {"x": x, "df": df}, up, 1e-12, by=BY)
        c.add("t_log_sf", {"x": x, "df": df}, m.log(up), 1e-12, by=BY)
        c.add("t_log_cdf", {"x": x, "df": df}, m.log(low), 1e-12, by=BY)
        x, df = mpf(x), mpf(df)
        pdf = m.gamma((df + 1) / 2) / m.gamma(df / 2) / m.sqrt(df * m.pi) * (1 + x * x / df)**(-(df + 1) / 2)
        c.add("t_pdf", {"x": x, "df": df}, pdf, 1e-12, by=BY)
        c.add("t_log_pdf", {"x": x, "df": df}, m.log(pdf), 1e-12, by=BY)
    for p, df in ((0.975, 1.0), (0.975, 2.7), (1e-10, 4.0), (0.5 + 1e-8, 3.0), (0.9, 1e7), (1e-200, 9.0), (0.3, 0.4)):
        x = solve(lambda t: m.log(t_tails(t, df)[0]) - m.log(mpf(p)), mpf(stats.t.ppf(p, df)))
        c.add("t_quantile", {"p": p, "df": df}, x, 1e-12, by=BY)
        c.add("t_upper_quantile", {"q": p, "df": df}, -x, 1e-12, by=BY)
    # The power law of the far tail: P(T < -x) = x^-df df^(df/2) / (df B(df/2, 1/2)) to first order.
    for p, df in ((1e-190, 0.9), (1e-250, 0.5), (0.3, 0.001), (0.01, 0.003)):
        x = -m.exp((mpf(df) / 2 * m.log(df) - m.log(mpf(p) * df * m.beta(mpf(df) / 2, mpf("0.5")))) / df)
        if x > -1e308:
            c.add("t_quantile", {"p": p, "df": df}, x, 1e-11, by="mpmath, the tail's power law")
    c.add("t_quantile", {"p": 0.3, "df": 1e-6}, "-inf", by="beyond all doubles")
    c.add("t_quantile", {"p": 0.7, "df": 1e-6}, "inf", by="beyond all doubles")
    c.add("t_quantile", {"p": 0.5, "df": 4}, 0.0, by="symmetry")
    c.add("t_sf", {"x": 1.0, "df": "inf"}, m.erfc(1 / m.sqrt(2)) / 2, 1e-13, by="the normal")
    for df in (-1, 0, "nan"):
        c.refuse("t_cdf", {"x": 1, "df": df})
        c.refuse("t_quantile", {"p": 0.5, "df": df})
    for x, df, ncp in ((2.0, 10.0, 1.0), (2.0, 126.0, 2.83), (-1.0, 5.0, 2.0), (4.0, 3.0, 0.0), (30.0, 60.0, 20.0),
                       (1.96, 1e6, 2.8), (2.5, 2.0, -1.0)):
        def inner(s):
            v = mpf(df)
            d = 2 * (v / 2)**(v / 2) / m.gamma(v / 2) * s**(v - 1) * m.exp(-v * s * s / 2)
            return d * m.erfc((x * s - ncp) / m.sqrt(2)) / 2
        if df < 1000:
            m.mp.dps = 25
            sf = m.quad(inner, [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 6, 12])
            m.mp.dps = 50
            by = "mpmath quadrature over the scale"
        else:
            sf, by = stats.nct.sf(x, df, ncp), "scipy stats.nct"
        c.add("nct_sf", {"x": x, "df": df, "ncp": ncp}, sf, 1e-10 if df < 1000 else 1e-8, by=by)
        c.add("nct_cdf", {"x": -x, "df": df, "ncp": -ncp}, sf, 1e-10 if df < 1000 else 1e-8, by=by)
    c.refuse("nct_sf", {"x": 1, "df": -2, "ncp": 0})


def beta(c):
    for x, a, b in ((0.5, 2.0, 3.0), (1e-5, 0.5, 0.5), (0.02, 20.0, 1000.0), (0.3, 10000.0, 23000.0), (0.1, 300.0, 100.0),
                    (0.999, 50.0, 2.0), (0.2, 11.0, 991.0), (0.5, 0.01, 0.02), (0.7, 1.0, 1.0), (0.9, 1.0, 400.0),
                    (0.0, 2.0, 2.0), (1.0, 2.0, 2.0), (0.05, 0.3, 30.0), (0.5, 1e6, 1e6), (0.4995, 1e6, 1e6)):
        if a >= 1e6:
            low, up, rel = mpf(stats.beta.cdf(x, a, b)), mpf(stats.beta.sf(x, a, b)), 1e-9
        else:
            (low, up), rel = beta_tails(x, a, b), 2e-12
        c.add("beta_cdf", {"x": x, "a": a, "b": b}, low, rel, by=BY)
        c.add("beta_sf", {"x": x, "a": a, "b": b}, up, rel, by=BY)
        if 0 < x < 1:
            c.add("beta_log_cdf", {"x": x, "a": a, "b": b}, m.log(low), rel, 1e-15, by=BY)
            c.add("beta_log_sf", {"x": x, "a": a, "b": b}, m.log(up), rel, 1e-15, by=BY)
            log = (mpf(a) - 1) * m.log(mpf(x)) + (mpf(b) - 1) * m.log(1 - mpf(x)) - m.log(m.beta(mpf(a), mpf(b)))
            c.add("beta_log_pdf", {"x": x, "a": a, "b": b}, log, 1e-11, 1e-13, by=BY)
            c.add("beta_pdf", {"x": x, "a": a, "b": b}, m.exp(log), 1e-10 if a < 1e6 else 1e-8, by=BY)
        if a < 1e6:
            c.add("log_beta", {"a": a, "b": b}, m.log(m.beta(mpf(a), mpf(b))), 1e-12, 1e-14, by=BY)
    for p, a, b in ((0.025, 1.0, 100.0), (0.975, 10.0, 90.0), (0.5, 0.5, 0.5), (1e-6, 3.0, 1.0), (0.025, 1201.0, 8801.0),
                    (1e-100, 5.0, 7.0), (0.999999, 40.0, 3.0)):
        x = m.exp(solve(lambda u: m.log(beta_tails(m.exp(u), a, b)[0]) - m.log(mpf(p)),
                        m.log(mpf(stats.beta.ppf(p, a, b)) or (mpf(p) * a * m.beta(a, b))**(1 / mpf(a)))))
        c.add("beta_quantile", {"p": p, "a": a, "b": b}, x, 1e-12, by=BY)
        c.add("beta_upper_quantile", {"q": p, "a": b, "b": a}, 1 - x, 1e-12, by=BY)
    c.add("beta_quantile", {"p": 0, "a": 2, "b": 3}, 0.0, by="definition")
    c.add("beta_quantile", {"p": 1, "a": 2, "b": 3}, 1.0, by="definition")
    for a, b in ((-1, 2), (2, 0), ("nan", 1), (1, "inf")):
        c.refuse("beta_cdf", {"x": 0.5, "a": a, "b": b})
        c.refuse("beta_quantile", {"p": 0.5, "a": a, "b": b})
    c.refuse("beta_upper_quantile", {"q": 2, "a": 1, "b": 1})


def fisher_f(c):
    for x, d1, d2 in ((4.0, 1.0, 10.0), (0.5, 5.0, 5.0), (0.001, 2.0, 7.0), (30.0, 3.0, 1000.0), (1e4, 2.0, 1.0), (0.0, 3.0, 3.0)):
        low, up = beta_tails(mpf(d1) * x / (mpf(d1) * x + d2), mpf(d1) / 2, mpf(d2) / 2)
        c.add("f_cdf", {"x": x, "df1": d1, "df2": d2}, low, 1e-12, by=BY)
        c.add("f_sf", {"x": x, "df1": d1, "df2": d2}, up, 1e-12, by=BY)
        if x > 0:
            c.add("f_log_sf", {"x": x, "df1": d1, "df2": d2}, m.log(up), 1e-12, 1e-15, by=BY)
            c.add("f_pdf", {"x": x, "df1": d1, "df2": d2}, stats.f.pdf(x, d1, d2), 1e-10, by="scipy stats.f")
    for p, d1, d2 in ((0.95, 3.0, 20.0), (0.99, 1.0, 1.0), (0.05, 10.0, 2.0)):
        x = solve(lambda t: beta_tails(mpf(d1) * t / (mpf(d1) * t + d2), mpf(d1) / 2, mpf(d2) / 2)[0] - mpf(p),
                  mpf(stats.f.ppf(p, d1, d2)))
        c.add("f_quantile", {"p": p, "df1": d1, "df2": d2}, x, 1e-12, by=BY)
        c.add("f_upper_quantile", {"q": p, "df1": d2, "df2": d1}, 1 / x, 1e-12, by=BY)
    for f in ("f_cdf", "f_sf", "f_pdf"):
        c.refuse(f, {"x": 1, "df1": 0, "df2": 3})
    c.refuse("f_quantile", {"p": -1, "df1": 1, "df2": 3})


def gamma(c):
    for x, a in ((1.0, 1.0), (1e-8, 0.5), (25.0, 15.0), (0.5, 0.01), (400.0, 300.0), (300.0, 400.0), (1000.0, 2.0), (1e5, 1e5)):
        low, up = gamma_tails(mpf(x), mpf(a))
        c.add("gamma_cdf", {"x": x, "shape": a}, low, 1e-12, by=BY)
        c.add("gamma_sf", {"x": x, "shape": a}, up, 1e-12, by=BY)
        c.add("gamma_log_cdf", {"x": x, "shape": a}, m.log(low), 1e-12, 1e-15, by=BY)
        c.add("gamma_log_sf", {"x": x, "shape": a}, m.log(up), 1e-12, 1e-15, by=BY)
        log = (mpf(a) - 1) * m.log(mpf(x)) - mpf(x) - m.loggamma(mpf(a))
        c.add("gamma_log_pdf", {"x": x, "shape": a}, log, 1e-11, by=BY)
        c.add("gamma_pdf", {"x": x, "shape": a}, m.exp(log), 1e-10, by=BY)
        c.add("chi2_cdf", {"x": 2 * x, "df": 2 * a}, low, 1e-12, by=BY)
        c.add("chi2_sf", {"x": 2 * x, "df": 2 * a}, up, 1e-12, by=BY)
        c.add("chi2_log_sf", {"x": 2 * x, "df": 2 * a}, m.log(up), 1e-12, 1e-15, by=BY)
        c.add("chi2_pdf", {"x": 2 * x, "df": 2 * a}, m.exp(log) / 2, 1e-10, by=BY)
    for p, a in ((0.95, 0.5), (0.05, 5.0), (0.999, 50.0), (1e-8, 1.0), (1e-50, 3.0), (0.5, 1000.0)):
        x = m.exp(solve(lambda u: m.log(gamma_tails(m.exp(u), mpf(a))[0]) - m.log(mpf(p)), m.log(mpf(stats.gamma.ppf(p, a)))))
        c.add("gamma_quantile", {"p": p, "shape": a}, x, 1e-12, by=BY)
        c.add("chi2_quantile", {"p": p, "df": 2 * a}, 2 * x, 1e-12, by=BY)
        x = m.exp(solve(lambda u: m.log(gamma_tails(m.exp(u), mpf(a))[1]) - m.log(mpf(p)), m.log(mpf(stats.gamma.isf(p, a)))))
        c.add("gamma_upper_quantile", {"q": p, "shape": a}, x, 1e-12, by=BY)
        c.add("chi2_upper_quantile", {"q": p, "df": 2 * a}, 2 * x, 1e-12, by=BY)
    c.add("gamma_cdf", {"x": 0, "shape": 2}, 0.0, by="definition")
    c.add("gamma_sf", {"x": -3, "shape": 2}, 1.0, by="definition")
    for f, i in (("gamma_cdf", {"x": 1, "shape": -1}), ("chi2_sf", {"x": 1, "df": 0}), ("gamma_quantile", {"p": 2, "shape": 1}),
                 ("chi2_quantile", {"p": 0.5, "df": "nan"})):
        c.refuse(f, i)
    for x in (1e-10, 0.5, 1.0, 3.5, 171.0, 1e8):
        c.add("log_gamma", {"x": x}, m.loggamma(mpf(x)), 1e-13, 1e-15, by=BY)


def discrete(c):
    for k, n, p in ((3, 10, 0.3), (0, 20, 0.5), (20, 20, 0.9), (500, 1000, 0.5), (7, 1000000, 1e-5), (100, 1000, 0.3), (-1, 5, 0.2)):
        P, q = mpf(p), 1 - mpf(p)
        pmf = m.binomial(n, k) * P**k * q**(n - k) if 0 <= k <= n else mpf(0)
        low = sum(m.binomial(n, i) * P**i * q**(n - i) for i in range(0, k + 1)) if n < 2000 else None
        i = {"k": k, "n": n, "p": p}
        c.add("binomial_pmf", i, pmf, 1e-12, by=BY)
        if pmf > 0:
            c.add("binomial_log_pmf", i, m.log(pmf), 1e-12, 1e-14, by=BY)
        if low is not None:
            c.add("binomial_cdf", i, low, 1e-11, by=BY)
            c.add("binomial_sf", i, 1 - low if k < n else mpf(0), 1e-11, by=BY)
    for q, n, p in ((0.5, 10, 0.3), (0.025, 100, 0.1), (1.0, 7, 0.5), (0.0, 7, 0.5), (0.999, 100000, 0.001), (0.5, 5, 0.5), (0.5, 101, 0.5),
                    (1.0, 100000, 0.5)):
        c.add("binomial_quantile", {"q": q, "n": n, "p": p}, max(float(stats.binom.ppf(q, n, p)), 0), 1e-12, by="scipy stats.binom")
    for k, mean in ((0, 2.0), (3, 2.0), (100, 150.0), (10, 0.0), (0, 0.0), (1000, 900.0)):
        i, pmf = {"k": k, "mean": mean}, m.exp(-mpf(mean)) * mpf(mean)**k / m.factorial(k) if mean > 0 else mpf(k == 0)
        low = m.gammainc(k + 1, mpf(mean), m.inf, regularized=True)
        c.add("poisson_pmf", i, pmf, 1e-12, by=BY)
        c.add("poisson_cdf", i, low, 1e-12, by=BY)
        c.add("poisson_sf", i, m.gammainc(k + 1, 0, mpf(mean), regularized=True), 1e-12, by=BY)
        if pmf > 0:
            c.add("poisson_log_pmf", i, m.log(pmf), 1e-12, 1e-14, by=BY)
    for q, mean in ((0.5, 3.0), (0.975, 10.0), (0.01, 1000.0), (0.3, 0.0)):
        c.add("poisson_quantile", {"q": q, "mean": mean}, max(float(stats.poisson.ppf(q, mean)), 0), 1e-12, by="scipy stats.poisson")
    for k, total, white, drawn in ((3, 50, 10, 12), (0, 20, 5, 4), (8, 10, 8, 10), (40, 1000, 100, 300), (9, 100000, 50, 1000), (5, 10, 5, 5)):
        def p(i):
            return mpf(m.binomial(white, i)) * m.binomial(total - white, drawn - i) / m.binomial(total, drawn)
        lo, hi = max(0, drawn - (total - white)), min(white, drawn)
        i = {"k": k, "total": total, "white": white, "drawn": drawn}
        c.add("hypergeometric_pmf", i, p(k), 1e-11, by=BY)
        c.add("hypergeometric_log_pmf", i, m.log(p(k)), 1e-11, 1e-13, by=BY)
        c.add("hypergeometric_cdf", i, sum(p(j) for j in range(lo, k + 1)), 1e-11, by=BY)
        c.add("hypergeometric_sf", i, sum((p(j) for j in range(k + 1, hi + 1)), mpf(0)), 1e-11, by=BY)
    for f, i in (("binomial_cdf", {"k": 1, "n": -1, "p": 0.5}), ("binomial_pmf", {"k": 1, "n": 5, "p": 1.5}),
                 ("binomial_quantile", {"q": 2, "n": 5, "p": 0.5}), ("poisson_cdf", {"k": 1, "mean": -1}),
                 ("poisson_quantile", {"q": 0.5, "mean": "nan"}), ("hypergeometric_pmf", {"k": 1, "total": 5, "white": 6, "drawn": 2})):
        c.refuse(f, i)


def generate(c):
    for part in (normal, student, beta, fisher_f, gamma, discrete):
        part(c)
