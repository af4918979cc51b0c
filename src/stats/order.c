#include "stats/order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "stats/discrete.h"
#include "stats/moments.h"

#define Z 1.959963984540054 /* half-width in which the density around the quantile is taken */

static int by_value(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

void order_sort(double *values, size_t n)
{
    qsort(values, n, sizeof *values, by_value);
}

double order_quantile(const double *sorted, size_t n, double q)
{
    double at = q * (double)(n - 1), whole = floor(at);
    size_t i = (size_t)whole;
    return i + 1 < n ? sorted[i] + (at - whole) * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

static int check_quantile(double q, size_t n, struct error *err)
{
    if (n == 0) {
        error_set(err, E_BAD_DATA, "quantile", "there are no values");
        return error_hint(err, E_BAD_DATA, "wait for more users");
    }
    if (q > 0 && q < 1)
        return 0;
    return error_set(err, E_BAD_DATA, "quantile", "%g is not between 0 and 1", q);
}

int order_interval(const double *sorted, size_t n, double q, double alpha, double *low, double *high, double *coverage,
                   struct error *err)
{
    int rc = check_quantile(q, n, err);
    if (rc == 0)
        rc = outcome_check_alpha(alpha, "quantile", err);
    if (rc == 0)
        rc = outcome_check_values(sorted, n, "quantile", err);
    if (rc != 0)
        return rc;
    /* K, the number of values below the quantile, is binomial: X(l) is below it when K >= l, X(u) above when K < u. */
    double size = (double)n, l = discrete_binomial_quantile(0.5 * alpha, size, q);
    double u = discrete_binomial_quantile(1 - 0.5 * alpha, size, q) + 1;
    while (l > 0 && discrete_binomial_cdf(l - 1, size, q) > 0.5 * alpha)
        l--;
    double below = l > 0 ? discrete_binomial_cdf(l - 1, size, q) : 0,
           above = u <= size ? discrete_binomial_sf(u - 1, size, q) : 0;
    *low = l > 0 ? sorted[(size_t)l - 1] : -INFINITY;
    *high = u <= size ? sorted[(size_t)u - 1] : INFINITY;
    *coverage = 1 - below - above;
    return 0;
}

/* The standard deviation of the share of values at or below v, times √n of values: √(q(1-q)) when users have one
 * value each, more when a user's values go together. */
static int share_spread(const double *values, const uint32_t *user, size_t n, double v, double *spread, double *users,
                        struct error *err)
{
    uint32_t most = 0;
    for (size_t i = 0; i < n; i++)
        most = user[i] > most ? user[i] : most;
    double *count = mem_zalloc((size_t)most + 1, 2 * sizeof *count);
    if (count == NULL)
        return error_nomem(err, "quantile");
    for (size_t i = 0; i < n; i++) {
        count[2 * user[i]]++;
        count[2 * user[i] + 1] += values[i] <= v;
    }
    struct moments_pair m = {0};
    for (size_t u = 0; u <= most; u++)
        if (count[2 * u] > 0)
            moments_pair_add(&m, count[2 * u], count[2 * u + 1]);
    mem_free(count);
    *users = m.n;
    if (m.n < 2)
        return error_set(err, E_BAD_DATA, "quantile", "the values are of one user: a spread cannot be told");
    double share = m.mean_y / m.mean_x, sum = fmax(m.yy + share * share * m.xx - 2 * share * m.xy, 0);
    double variance = sum / (m.n - 1) / (m.n * m.mean_x * m.mean_x);
    *spread = sqrt(variance * (double)n);
    return 0;
}

int order_arm(const double *values, const uint32_t *user, size_t n, double q, struct order_arm *out, struct error *err)
{
    int rc = check_quantile(q, n, err);
    if (rc == 0)
        rc = outcome_check_values(values, n, "quantile", err);
    if (rc != 0)
        return rc;
    double *sorted = mem_dup(values, n * sizeof *values);
    if (sorted == NULL)
        return error_nomem(err, "quantile");
    order_sort(sorted, n);
    double size = (double)n, v = order_quantile(sorted, n, q), spread = sqrt(q * (1 - q)), users = size;
    if (user != NULL)
        rc = share_spread(values, user, n, v, &spread, &users, err);
    double reach = Z * spread / sqrt(size);
    if (rc == 0 && (q - reach <= 0 || q + reach >= 1)) {
        error_set(err, E_BAD_DATA, "quantile", "%zu values are too few for the %g-quantile", n, q);
        rc = error_hint(err, E_BAD_DATA, "wait for more users, or look at a quantile nearer to the median");
    }
    if (rc == 0) {
        double l = order_quantile(sorted, n, q - reach), u = order_quantile(sorted, n, q + reach);
        *out = (struct order_arm){.n = size, .users = users, .value = v, .se = (u - l) / (2 * Z)};
    }
    mem_free(sorted);
    return rc;
}

int order_difference(const struct order_arm *a, const struct order_arm *b, enum outcome_alternative alternative,
                     double alpha, struct outcome *out, struct error *err)
{
    int rc = outcome_check_alpha(alpha, "quantile", err);
    if (rc != 0)
        return rc;
    if (!isfinite(a->value + b->value) || !(a->se >= 0 && b->se >= 0) || isinf(a->se + b->se))
        return error_set(err, E_BAD_DATA, "quantile", "an arm's value or standard error is not a finite number");
    outcome_from(out, b->value - a->value, 0, hypot(a->se, b->se), INFINITY, alternative, alpha);
    return 0;
}

int order_cap(const double *values, size_t n, double q, bool nonzero_only, double *cap, struct error *err)
{
    if (!(q > 0 && q <= 1))
        return error_set(err, E_BAD_DATA, "cap", "the quantile %g is not between 0 and 1", q);
    int rc = outcome_check_values(values, n, "cap", err);
    if (rc != 0)
        return rc;
    double *kept = mem_alloc(n, sizeof *kept);
    size_t m = 0;
    if (kept == NULL)
        return error_nomem(err, "cap");
    for (size_t i = 0; i < n; i++)
        if (!nonzero_only || values[i] != 0)
            kept[m++] = values[i];
    order_sort(kept, m);
    if (m == 0) {
        error_set(err, E_BAD_DATA, "cap", "there are no values%s", nonzero_only && n > 0 ? " but zeros" : "");
        rc = error_hint(err, E_BAD_DATA, "without values there is nothing to cap");
    } else {
        *cap = order_quantile(kept, m, q);
    }
    mem_free(kept);
    return rc;
}

size_t order_winsorise(double *values, size_t n, double low, double high)
{
    size_t moved = 0;
    for (size_t i = 0; i < n; i++) {
        double v = fmin(fmax(values[i], low), high);
        moved += v != values[i];
        values[i] = v;
    }
    return moved;
}
