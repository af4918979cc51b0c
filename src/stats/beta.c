#include "stats/beta.h"

#include <math.h>
#include <stdbool.h>

#include "stats/root.h"
#include "stats/special.h"

double beta_log_pdf(double x, double a, double b)
{
    if (!(a > 0 && b > 0) || isnan(x))
        return NAN;
    if (x < 0 || x > 1)
        return -INFINITY;
    if (x == 0 || x == 1) {
        double shape = x == 0 ? a : b, other = x == 0 ? b : a;
        return shape > 1 ? -INFINITY : shape < 1 ? INFINITY : log(other);
    }
    return special_log_beta_prefactor(a, b, x, 1 - x) - log(x) - log1p(-x);
}

double beta_pdf(double x, double a, double b)
{
    return exp(beta_log_pdf(x, a, b));
}

static double log_tail(double x, double a, double b, bool upper)
{
    x = x < 0 ? 0 : x > 1 ? 1 : x;
    return special_log_beta_tail(a, b, x, 1 - x, upper);
}

double beta_log_cdf(double x, double a, double b)
{
    return log_tail(x, a, b, false);
}

double beta_log_sf(double x, double a, double b)
{
    return log_tail(x, a, b, true);
}

double beta_cdf(double x, double a, double b)
{
    return exp(beta_log_cdf(x, a, b));
}

double beta_sf(double x, double a, double b)
{
    return exp(beta_log_sf(x, a, b));
}

struct odds {
    double a, b, target;
    bool upper;
};

static double odds_error(const void *context, double u)
{
    const struct odds *o = context;
    double x = 1 / (1 + exp(-u)), y = 1 / (1 + exp(u));
    return special_log_beta_tail(o->a, o->b, x, y, o->upper) - o->target;
}

double beta_log_odds_quantile(double p, double q, double a, double b)
{
    if (!(a > 0 && b > 0 && p >= 0 && q >= 0) || isinf(a) || isinf(b))
        return NAN;
    if (p == 0 || q == 0)
        return p == 0 ? -INFINITY : INFINITY;
    struct odds o = {.a = a, .b = b, .target = log(fmin(p, q)), .upper = q < p};
    /* Very near an end the tail is a power: q = y^b / (b B(a,b)). */
    double shape = o.upper ? b : a, log_beta = special_log_beta(a, b);
    double log_end = (o.target + log(shape) + log_beta) / shape;
    double u = o.upper ? -log_end : log_end;
    if (log_end < -600)
        return u;
    if (root_around(odds_error, &o, log(a / b), sqrt(1 / a + 1 / b), -700, 700, &u) == 0)
        return u;
    bool above = o.upper == (odds_error(&o, 700) > 0);
    return above ? -(log(q) + log(b) + log_beta) / b : (log(p) + log(a) + log_beta) / a;
}

double beta_quantile(double p, double a, double b)
{
    return p >= 0 && p <= 1 ? 1 / (1 + exp(-beta_log_odds_quantile(p, 1 - p, a, b))) : NAN;
}

double beta_upper_quantile(double q, double a, double b)
{
    return q >= 0 && q <= 1 ? 1 / (1 + exp(-beta_log_odds_quantile(1 - q, q, a, b))) : NAN;
}
