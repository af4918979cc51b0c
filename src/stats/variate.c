#include "stats/variate.h"

#include <math.h>

#include "stats/special.h"

static double open_uniform(struct rng *rng)
{
    return 1 - rng_uniform(rng); /* never 0 */
}

double variate_exponential(struct rng *rng)
{
    return -log(open_uniform(rng));
}

static double poisson_inversion(struct rng *rng, double mean)
{
    double p = mean == 1 ? 0.36787944117144232160 : exp(-mean), u = rng_uniform(rng), k = 0;
    while (u >= p && k < 200) {
        u -= p;
        p *= mean / ++k;
    }
    return k;
}

double variate_poisson(struct rng *rng, double mean)
{
    if (mean < 10)
        return mean > 0 ? poisson_inversion(rng, mean) : 0;
    double root = sqrt(mean), b = 0.931 + 2.53 * root, a = -0.059 + 0.02483 * b;
    double squeeze = 0.9277 - 3.6224 / (b - 2);
    for (;;) {
        double u = rng_uniform(rng) - 0.5, v = open_uniform(rng), us = 0.5 - fabs(u);
        double k = floor((2 * a / us + b) * u + mean + 0.43);
        if (us >= 0.07 && v <= squeeze)
            return k;
        if (k < 0 || (us < 0.013 && v > us))
            continue;
        double scale = 1.1239 + 1.1328 / (b - 3.4);
        if (log(v * scale / (a / (us * us) + b)) <= -mean + k * log(mean) - special_log_gamma(k + 1))
            return k;
    }
}

double variate_log_gamma(struct rng *rng, double shape)
{
    if (shape < 1) /* Gamma(a) = Gamma(a+1) U^(1/a) */
        return variate_log_gamma(rng, shape + 1) + log(open_uniform(rng)) / shape;
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = rng_normal(rng), v = 1 + c * x;
        if (v <= 0)
            continue;
        v = v * v * v;
        if (log(open_uniform(rng)) < 0.5 * x * x + d - d * v + d * log(v))
            return log(d) + log(v);
    }
}

double variate_gamma(struct rng *rng, double shape)
{
    return exp(variate_log_gamma(rng, shape));
}

double variate_beta(struct rng *rng, double a, double b)
{
    double x = variate_log_gamma(rng, a), y = variate_log_gamma(rng, b);
    return 1 / (1 + exp(y - x));
}

double variate_student(struct rng *rng, double df)
{
    double z = rng_normal(rng);
    return isinf(df) ? z : z / sqrt(2 * variate_gamma(rng, 0.5 * df) / df);
}
