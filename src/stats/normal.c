#include "stats/normal.h"

#include <math.h>

#include "stats/special.h"

double normal_log_pdf(double x)
{
    return -0.5 * x * x - SPECIAL_LN_SQRT_2PI;
}

double normal_pdf(double x)
{
    return exp(normal_log_pdf(x));
}

double normal_sf(double x)
{
    /* erfc(x/√2)/2; what rounding took from x/√2 is put back by the derivative. */
    const double c = 0.70710678118654752440, c_rest = -4.833646656726457e-17;
    double z = x * c, rest = fma(x, c, -z) + x * c_rest;
    double tail = 0.5 * erfc(z);
    if (isinf(x) || tail == 0)
        return tail;
    return tail - rest * exp(-z * z) * 0.56418958354775628695;
}

double normal_cdf(double x)
{
    return normal_sf(-x);
}

/* sf(x) / pdf(x) for large x. */
static double mills_ratio(double x)
{
    double f = x;
    for (int k = 60; k > 0; k--)
        f = x + k / f;
    return 1 / f;
}

double normal_log_sf(double x)
{
    if (x > 12)
        return isinf(x) ? -INFINITY : normal_log_pdf(x) + log(mills_ratio(x));
    return x < -1 ? log1p(-normal_sf(-x)) : log(normal_sf(x));
}

double normal_log_cdf(double x)
{
    return normal_log_sf(-x);
}

/* The x > 0 with sf(x) = q < ¼. */
static double upper_tail_quantile(double q)
{
    double target = log(q), t = sqrt(-2 * target);
    double x = t - (2.515517 + 0.802853 * t + 0.010328 * t * t) /
                       (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t * t * t); /* A&S 26.2.23 */
    for (int i = 0; i < 4; i++) {
        double value = normal_log_sf(x);
        x += (value - target) * exp(value - normal_log_pdf(x));
    }
    return x;
}

/* The x with cdf(x) = ½ + d, |d| <= ¼. */
static double central_quantile(double d)
{
    double x = d * SPECIAL_SQRT_2PI;
    for (int i = 0; i < 6; i++) {
        double f = (0.5 * erf(x * 0.70710678118654752440) - d) / normal_pdf(x);
        x -= f / (1 + 0.5 * x * f); /* Halley */
    }
    return x;
}

double normal_quantile(double p)
{
    if (!(p >= 0 && p <= 1))
        return NAN;
    if (p == 0 || p == 1)
        return p == 0 ? -INFINITY : INFINITY;
    if (p < 0.25)
        return -upper_tail_quantile(p);
    return p > 0.75 ? upper_tail_quantile(1 - p) : central_quantile(p - 0.5);
}

double normal_upper_quantile(double q)
{
    return -normal_quantile(q);
}

double normal_between(double lo, double hi)
{
    if (!(lo < hi))
        return 0;
    if (lo > 0)
        return normal_sf(lo) - normal_sf(hi);
    if (hi < 0)
        return normal_cdf(hi) - normal_cdf(lo);
    return 0.5 * (erf(hi * 0.70710678118654752440) - erf(lo * 0.70710678118654752440));
}

double normal_excess(double c)
{
    if (c < 8)
        return normal_pdf(c) - c * normal_sf(c);
    /* φ(c) (1 - c R(c)), with 1 - cR = R (1/R - c), the tail of the continued fraction. */
    double f = c;
    for (int k = 60; k > 1; k--)
        f = c + k / f;
    double rest = 1 / f;
    return isinf(c) ? 0 : normal_pdf(c) * rest / (c + rest);
}
