#include "stats/family.h"

#include <math.h>

#include "stats/normal.h"
#include "stats/quadrature.h"
#include "stats/root.h"

#define RELATIVE 1e-11

struct arms {
    const double *lambda;
    size_t k;
    bool two_sided;
    double t, df;
    double limit; /* t times the scale at hand */
};

/* P(some of them beyond the limit | the shared normal z). */
static double beyond_given(const void *context, double z)
{
    const struct arms *a = context;
    double log_inside = 0;
    for (size_t i = 0; i < a->k; i++) {
        double l = a->lambda[i], own = sqrt((1 - l) * (1 + l));
        double beyond = normal_sf((a->limit - l * z) / own);
        if (a->two_sided)
            beyond += normal_sf((a->limit + l * z) / own);
        log_inside += log1p(-fmin(beyond, 1));
    }
    return -expm1(log_inside);
}

static double beyond_at_scale(const void *context, double s)
{
    struct arms a = *(const struct arms *)context;
    a.limit = a.t * s;
    return quadrature_over_normal(beyond_given, &a, RELATIVE);
}

double family_dunnett_sf(double t, const double *lambda, size_t k, double df, bool two_sided)
{
    struct arms a = {.lambda = lambda, .k = k, .two_sided = two_sided, .t = t, .df = df};
    for (size_t i = 0; i < k; i++)
        if (!(lambda[i] >= 0 && lambda[i] < 1))
            return NAN;
    if (isnan(t) || !(df > 0) || k == 0)
        return NAN;
    if (isinf(t) || (two_sided && t <= 0))
        return t > 0 ? 0 : 1;
    return fmin(isinf(df) ? beyond_at_scale(&a, 1) : quadrature_over_scale(beyond_at_scale, &a, df, RELATIVE), 1);
}

struct range {
    double q, k, df, width;
};

static double range_given(const void *context, double z)
{
    const struct range *r = context;
    double below = normal_cdf(z), share = below > 0 ? normal_cdf(z - r->width) / below : 0;
    return r->k * pow(below, r->k - 1) * -expm1((r->k - 1) * log1p(-fmin(share, 1)));
}

static double range_at_scale(const void *context, double s)
{
    struct range r = *(const struct range *)context;
    r.width = r.q * s;
    return quadrature_over_normal(range_given, &r, RELATIVE);
}

double family_range_sf(double q, unsigned k, double df)
{
    struct range r = {.q = q, .k = k, .df = df};
    if (isnan(q) || k < 2 || !(df > 0))
        return NAN;
    if (q <= 0 || isinf(q))
        return q > 0 ? 0 : 1;
    return fmin(isinf(df) ? range_at_scale(&r, 1) : quadrature_over_scale(range_at_scale, &r, df, RELATIVE), 1);
}

struct target {
    struct arms arms;
    struct range range;
    double log_q;
};

static double dunnett_error(const void *context, double t)
{
    const struct target *g = context;
    const struct arms *a = &g->arms;
    return g->log_q - log(family_dunnett_sf(t, a->lambda, a->k, a->df, a->two_sided));
}

double family_dunnett_upper_quantile(double q, const double *lambda, size_t k, double df, bool two_sided)
{
    struct target g = {.arms = {.lambda = lambda, .k = k, .two_sided = two_sided, .df = df}, .log_q = log(q)};
    double t = 0;
    if (!(q > 0 && q < 1) || isnan(family_dunnett_sf(1, lambda, k, df, two_sided)))
        return NAN;
    double guess = normal_upper_quantile(fmin((two_sided ? 0.5 : 1) * q / (double)k, 0.5));
    return root_around(dunnett_error, &g, guess, 0.5, two_sided ? 1e-9 : -1e6, 1e9, &t) == 0 ? t : NAN;
}

static double range_error(const void *context, double q)
{
    const struct target *g = context;
    return g->log_q - log(family_range_sf(q, (unsigned)g->range.k, g->range.df));
}

double family_range_upper_quantile(double tail, unsigned k, double df)
{
    struct target g = {.range = {.k = k, .df = df}, .log_q = log(tail)};
    double q = 0;
    if (!(tail > 0 && tail < 1) || k < 2 || !(df > 0))
        return NAN;
    return root_around(range_error, &g, 3.5, 0.5, 1e-9, 1e9, &q) == 0 ? q : NAN;
}

static int check_arms(const struct moments *arms, size_t k, double alpha, struct error *err)
{
    int rc = outcome_check_alpha(alpha, "several arms", err);
    for (size_t i = 0; i < k && rc == 0; i++) {
        if (!isfinite(arms[i].mean + arms[i].m2 + arms[i].n) || arms[i].m2 < 0)
            rc = error_set(err, E_BAD_DATA, "several arms", "arm %zu holds something that is not a finite number",
                           i + 1);
        else if (arms[i].n < 2)
            rc = error_set(err, E_BAD_DATA, "several arms", "arm %zu has fewer than two users", i + 1);
    }
    return rc;
}

int family_dunnett(const struct moments *control, const struct moments *treatments, size_t k, bool pooled,
                   enum outcome_alternative alternative, double alpha, struct family_comparison *out, struct error *err)
{
    double lambda[FAMILY_ARMS_MAX];
    if (k == 0 || k > FAMILY_ARMS_MAX)
        return error_set(err, E_BAD_DATA, "several arms", "%zu treatments: there must be 1 to %d", k, FAMILY_ARMS_MAX);
    int rc = check_arms(control, 1, alpha, err);
    if (rc == 0)
        rc = check_arms(treatments, k, alpha, err);
    if (rc != 0)
        return rc;
    double squares = control->m2, df = control->n - 1, v0 = moments_variance(control) / control->n;
    for (size_t i = 0; i < k; i++) {
        squares += treatments[i].m2;
        df += treatments[i].n - 1;
    }
    bool two_sided = alternative == OUTCOME_TWO_SIDED, spread = squares > 0;
    for (size_t i = 0; i < k; i++) {
        const struct moments *m = &treatments[i];
        double vi = moments_variance(m) / m->n;
        out[i].effect = m->mean - control->mean;
        out[i].se = pooled ? sqrt(squares / df * (1 / control->n + 1 / m->n)) : sqrt(v0 + vi);
        spread = spread && out[i].se > 0;
        /* The share of control's variance in the comparison: its square root is the loading on the shared part. */
        double share = pooled ? 1 / control->n / (1 / control->n + 1 / m->n) : v0 + vi > 0 ? v0 / (v0 + vi) : 0.5;
        lambda[i] = fmin(sqrt(share), 1 - 1e-12);
    }
    df = pooled ? df : INFINITY;
    double crit = spread ? family_dunnett_upper_quantile(alpha, lambda, k, df, two_sided) : 0;
    for (size_t i = 0; i < k; i++) {
        struct family_comparison *c = &out[i];
        c->statistic = spread ? c->effect / c->se : 0;
        double t = two_sided ? fabs(c->statistic) : alternative == OUTCOME_GREATER ? c->statistic : -c->statistic;
        c->p = spread ? family_dunnett_sf(t, lambda, k, df, two_sided) : 1;
        c->low = alternative == OUTCOME_LESS ? -INFINITY : c->effect - crit * c->se;
        c->high = alternative == OUTCOME_GREATER ? INFINITY : c->effect + crit * c->se;
    }
    return 0;
}

int family_tukey(const struct moments *arms, size_t k, double alpha, struct family_comparison *out, struct error *err)
{
    if (k < 2 || k > FAMILY_ARMS_MAX)
        return error_set(err, E_BAD_DATA, "several arms", "%zu arms: there must be 2 to %d", k, FAMILY_ARMS_MAX);
    int rc = check_arms(arms, k, alpha, err);
    if (rc != 0)
        return rc;
    double squares = 0, df = 0;
    for (size_t i = 0; i < k; i++) {
        squares += arms[i].m2;
        df += arms[i].n - 1;
    }
    double variance = squares / df, crit = squares > 0 ? family_range_upper_quantile(alpha, (unsigned)k, df) : 0;
    for (size_t i = 0; i < k; i++)
        for (size_t j = i + 1; j < k; j++, out++) {
            out->effect = arms[j].mean - arms[i].mean;
            out->se = sqrt(variance * (1 / arms[i].n + 1 / arms[j].n));
            out->statistic = out->se > 0 ? out->effect / out->se : 0;
            out->p = out->se > 0 ? family_range_sf(fabs(out->statistic) * sqrt(2), (unsigned)k, df) : 1;
            out->low = out->effect - crit / sqrt(2) * out->se;
            out->high = out->effect + crit / sqrt(2) * out->se;
        }
    return 0;
}
