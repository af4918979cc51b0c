#include "stats/discrete.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

#include "stats/special.h"

#define COUNT_MAX 9007199254740992.0 /* whole numbers are exact up to here */

/* ln of the binomial probability with n and k real, p + q = 1. */
static double log_binomial(double k, double n, double p, double q)
{
    if (k < 0 || k > n)
        return -INFINITY;
    if (p == 0 || q == 0)
        return (p == 0 ? k == 0 : k == n) ? 0 : -INFINITY;
    if (k == 0)
        return p < 0.1 ? n * log1p(-p) : n * log(q);
    if (k == n)
        return q < 0.1 ? n * log1p(-q) : n * log(p);
    return special_stirling_error(n) - special_stirling_error(k) - special_stirling_error(n - k) -
           special_deviance(k, n * p) - special_deviance(n - k, n * q) + 0.5 * log(n / k / (n - k)) -
           SPECIAL_LN_SQRT_2PI;
}

static bool binomial_domain(double k, double n, double p)
{
    return !isnan(k) && n >= 0 && n == floor(n) && n <= COUNT_MAX && p >= 0 && p <= 1;
}

double discrete_binomial_log_pmf(double k, double n, double p)
{
    if (!binomial_domain(k, n, p))
        return NAN;
    return k == floor(k) ? log_binomial(k, n, p, 1 - p) : -INFINITY;
}

double discrete_binomial_pmf(double k, double n, double p)
{
    return exp(discrete_binomial_log_pmf(k, n, p));
}

static double binomial_tail(double k, double n, double p, bool upper)
{
    if (!binomial_domain(k, n, p))
        return NAN;
    k = floor(k);
    if (k < 0)
        return upper ? 1 : 0;
    if (k >= n)
        return upper ? 0 : 1;
    return exp(special_log_beta_tail(k + 1, n - k, p, 1 - p, !upper));
}

double discrete_binomial_cdf(double k, double n, double p)
{
    return binomial_tail(k, n, p, false);
}

double discrete_binomial_sf(double k, double n, double p)
{
    return binomial_tail(k, n, p, true);
}

/* The smallest k in [lo, hi] with cdf(k) >= q, where cdf(hi) >= q is known; one that is q but for rounding is it. */
static double first_at_least(double (*cdf)(double, double, double), double q, double a, double b, double lo, double hi)
{
    q *= 1 - 64 * DBL_EPSILON;
    while (lo < hi) {
        double middle = floor(lo + (hi - lo) / 2);
        if (cdf(middle, a, b) >= q)
            hi = middle;
        else
            lo = middle + 1;
    }
    return lo;
}

double discrete_binomial_quantile(double q, double n, double p)
{
    if (!binomial_domain(0, n, p) || !(q >= 0 && q <= 1))
        return NAN;
    if (q == 1)
        return p == 0 ? 0 : n;
    return first_at_least(discrete_binomial_cdf, q, n, p, 0, n);
}

double discrete_poisson_log_pmf(double k, double mean)
{
    if (isnan(k) || !(mean >= 0 && mean <= COUNT_MAX))
        return NAN;
    if (k < 0 || k != floor(k) || isinf(k))
        return -INFINITY;
    if (mean == 0)
        return k == 0 ? 0 : -INFINITY;
    return k == 0 ? -mean : special_log_gamma_prefactor(k, mean);
}

double discrete_poisson_pmf(double k, double mean)
{
    return exp(discrete_poisson_log_pmf(k, mean));
}

static double poisson_tail(double k, double mean, bool upper)
{
    if (isnan(k) || !(mean >= 0 && mean <= COUNT_MAX))
        return NAN;
    k = floor(k);
    if (k < 0)
        return upper ? 1 : 0;
    if (mean == 0 || isinf(k))
        return upper ? 0 : 1;
    return exp(special_log_gamma_tail(k + 1, mean, !upper));
}

double discrete_poisson_cdf(double k, double mean)
{
    return poisson_tail(k, mean, false);
}

double discrete_poisson_sf(double k, double mean)
{
    return poisson_tail(k, mean, true);
}

static double poisson_cdf3(double k, double mean, double unused)
{
    (void)unused;
    return discrete_poisson_cdf(k, mean);
}

double discrete_poisson_quantile(double q, double mean)
{
    if (!(q >= 0 && q <= 1 && mean >= 0 && mean <= COUNT_MAX))
        return NAN;
    if (q == 1)
        return mean == 0 ? 0 : INFINITY;
    double hi = ceil(mean + 1);
    while (discrete_poisson_cdf(hi, mean) < q)
        hi *= 2;
    return first_at_least(poisson_cdf3, q, mean, 0, 0, hi);
}

static bool urn_domain(double k, double total, double white, double drawn)
{
    return !isnan(k) && total >= 0 && total <= COUNT_MAX && white >= 0 && white <= total && drawn >= 0 &&
           drawn <= total && total == floor(total) && white == floor(white) && drawn == floor(drawn);
}

double discrete_hypergeometric_log_pmf(double k, double total, double white, double drawn)
{
    if (!urn_domain(k, total, white, drawn))
        return NAN;
    double black = total - white;
    if (k != floor(k) || k < fmax(0, drawn - black) || k > fmin(white, drawn))
        return -INFINITY;
    if (total == 0)
        return 0;
    double p = drawn / total, q = (total - drawn) / total;
    return log_binomial(k, white, p, q) + log_binomial(drawn - k, black, p, q) - log_binomial(drawn, total, p, q);
}

double discrete_hypergeometric_pmf(double k, double total, double white, double drawn)
{
    return exp(discrete_hypergeometric_log_pmf(k, total, white, drawn));
}

/* The sum of the probabilities from k downwards (step -1) or upwards, relative to that of k. */
static double urn_sum(double k, double total, double white, double drawn, int step)
{
    double black = total - white, sum = 1, term = 1;
    while (term > 1e-18 * sum) {
        double up = (white - k) * (drawn - k), down = (k + 1) * (black - drawn + k + 1);
        if (step > 0) {
            term *= up / down;
            k++;
        } else {
            k--;
            up = (white - k) * (drawn - k), down = (k + 1) * (black - drawn + k + 1);
            term *= down / up;
        }
        sum += term;
    }
    return sum;
}

static double urn_tail(double k, double total, double white, double drawn, bool upper)
{
    if (!urn_domain(k, total, white, drawn))
        return NAN;
    double lo = fmax(0, drawn - (total - white)), hi = fmin(white, drawn);
    k = floor(k);
    if (k < lo)
        return upper ? 1 : 0;
    if (k >= hi)
        return upper ? 0 : 1;
    double mean = total > 0 ? white * (drawn / total) : 0;
    bool below = k <= mean; /* the side of k on which the terms fall */
    double from = below ? k : k + 1;
    double tail = exp(discrete_hypergeometric_log_pmf(from, total, white, drawn)) *
                  urn_sum(from, total, white, drawn, below ? -1 : 1);
    return below == !upper ? fmin(tail, 1) : fmax(1 - tail, 0);
}

double discrete_hypergeometric_cdf(double k, double total, double white, double drawn)
{
    return urn_tail(k, total, white, drawn, false);
}

double discrete_hypergeometric_sf(double k, double total, double white, double drawn)
{
    return urn_tail(k, total, white, drawn, true);
}
