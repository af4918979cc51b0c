#include "stats/gamma.h"

#include <math.h>
#include <stdbool.h>

#include "stats/root.h"
#include "stats/special.h"

double gamma_log_pdf(double x, double shape)
{
    if (!(shape > 0) || isnan(x) || isinf(shape))
        return NAN;
    if (x < 0 || isinf(x))
        return -INFINITY;
    if (x == 0)
        return shape > 1 ? -INFINITY : shape < 1 ? INFINITY : 0;
    return special_log_gamma_prefactor(shape, x) + log(shape) - log(x);
}

double gamma_pdf(double x, double shape)
{
    return exp(gamma_log_pdf(x, shape));
}

double gamma_log_cdf(double x, double shape)
{
    return special_log_gamma_tail(shape, x < 0 ? 0 : x, false);
}

double gamma_log_sf(double x, double shape)
{
    return special_log_gamma_tail(shape, x < 0 ? 0 : x, true);
}

double gamma_cdf(double x, double shape)
{
    return exp(gamma_log_cdf(x, shape));
}

double gamma_sf(double x, double shape)
{
    return exp(gamma_log_sf(x, shape));
}

struct target {
    double shape, log_p;
    bool upper;
};

static double tail_error(const void *context, double u)
{
    const struct target *t = context;
    return special_log_gamma_tail(t->shape, exp(u), t->upper) - t->log_p;
}

static double quantile(double p, double q, double shape)
{
    if (!(p >= 0 && q >= 0 && shape > 0) || isinf(shape))
        return NAN;
    if (p == 0 || q == 0)
        return p == 0 ? 0 : INFINITY;
    struct target t = {.shape = shape, .log_p = log(fmin(p, q)), .upper = q < p};
    double u;
    if (root_around(tail_error, &t, log(shape), 1 / sqrt(shape), -745, 709, &u) != 0)
        return p < q ? 0 : INFINITY;
    return exp(u);
}

double gamma_quantile(double p, double shape)
{
    return quantile(p, 1 - p, shape);
}

double gamma_upper_quantile(double q, double shape)
{
    return quantile(1 - q, q, shape);
}

double gamma_chi2_pdf(double x, double df)
{
    return 0.5 * gamma_pdf(0.5 * x, 0.5 * df);
}

double gamma_chi2_cdf(double x, double df)
{
    return gamma_cdf(0.5 * x, 0.5 * df);
}

double gamma_chi2_sf(double x, double df)
{
    return gamma_sf(0.5 * x, 0.5 * df);
}

double gamma_chi2_log_sf(double x, double df)
{
    return gamma_log_sf(0.5 * x, 0.5 * df);
}

double gamma_chi2_quantile(double p, double df)
{
    return 2 * gamma_quantile(p, 0.5 * df);
}

double gamma_chi2_upper_quantile(double q, double df)
{
    return 2 * gamma_upper_quantile(q, 0.5 * df);
}
