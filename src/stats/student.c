#include "stats/student.h"

#include <math.h>
#include <stdbool.h>

#include "stats/beta.h"
#include "stats/normal.h"
#include "stats/quadrature.h"
#include "stats/special.h"

double student_log_pdf(double x, double df)
{
    if (!(df > 0) || isnan(x))
        return NAN;
    if (isinf(df))
        return normal_log_pdf(x);
    if (isinf(x))
        return -INFINITY;
    double power = x * x < df * 1e300 ? log1p(x * x / df) : 2 * log(fabs(x)) - log(df);
    return -special_log_beta(0.5, 0.5 * df) - 0.5 * log(df) - 0.5 * (df + 1) * power;
}

double student_pdf(double x, double df)
{
    return exp(student_log_pdf(x, df));
}

/* P(|T| > x) or its complement, ln of it. */
static double log_two_tails(double x, double df, bool inside)
{
    double square = x * x;
    if (isinf(square))
        return inside ? 0
                      : log(2) - special_log_beta(0.5, 0.5 * df) + 0.5 * df * (log(df) - 2 * log(fabs(x))) - log(df);
    double s = df + square;
    return special_log_beta_tail(0.5 * df, 0.5, df / s, square / s, inside);
}

double student_log_sf(double x, double df)
{
    if (!(df > 0) || isnan(x))
        return NAN;
    if (isinf(df))
        return normal_log_sf(x);
    if (isinf(x))
        return x > 0 ? -INFINITY : 0;
    double half = log_two_tails(x, df, false) - 0.69314718055994530942;
    return x > 0 ? half : special_log1m_exp(half);
}

double student_log_cdf(double x, double df)
{
    return student_log_sf(-x, df);
}

double student_sf(double x, double df)
{
    return x == 0 && df > 0 ? 0.5 : exp(student_log_sf(x, df));
}

double student_cdf(double x, double df)
{
    return student_sf(-x, df);
}

double student_quantile(double p, double df)
{
    if (!(p >= 0 && p <= 1 && df > 0))
        return NAN;
    if (isinf(df) || p == 0 || p == 1 || p == 0.5)
        return normal_quantile(p);
    double tail = p < 0.5 ? p : 1 - p, inside = p < 0.5 ? 1 - 2 * p : 2 * (p - 0.5);
    /* T²/df has the odds of a beta(½, df/2). */
    double u = beta_log_odds_quantile(inside, 2 * tail, 0.5, 0.5 * df);
    double x = exp(0.5 * (u + log(df)));
    return p < 0.5 ? -x : x;
}

double student_upper_quantile(double q, double df)
{
    return -student_quantile(q, df);
}

struct noncentral {
    double x, ncp;
};

static double shifted_tail(const void *context, double s)
{
    const struct noncentral *c = context;
    return normal_sf(c->x * s - c->ncp);
}

double student_noncentral_sf(double x, double df, double ncp)
{
    if (!(df > 0) || isnan(x) || !isfinite(ncp))
        return NAN;
    if (isinf(x))
        return x > 0 ? 0 : 1;
    struct noncentral c = {x, ncp};
    return isinf(df) ? normal_sf(x - ncp) : quadrature_over_scale(shifted_tail, &c, df, 1e-13);
}

double student_noncentral_cdf(double x, double df, double ncp)
{
    return student_noncentral_sf(-x, df, -ncp);
}
