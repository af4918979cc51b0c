/* order: quantiles, their intervals and differences, and caps against outliers.
 *
 * Quantiles are interpolated as in NumPy and R (type 7 of Hyndman & Fan 1996).  An interval of one quantile is exact
 * for any distribution, from order statistics (David & Nagaraja, Order Statistics, 7.1).  For differences the standard
 * error comes from the interval of order statistics around the quantile (Price & Bonett 2001); with several values per
 * user it is widened by the delta method over users (Deng et al. 2018, sec. 4).
 * A cap (winsorising) must be the same for all arms: take it from all values together, or the lift is biased. */
#ifndef RECKON_STATS_ORDER_H
#define RECKON_STATS_ORDER_H

#include <stdint.h>

#include "stats/outcome.h"

void order_sort(double *values, size_t n);
double order_quantile(const double *sorted, size_t n, double q); /* n > 0, 0 <= q <= 1 */

/* The interval of the q-quantile between order statistics with coverage of at least 1 - alpha; an end beyond the data
 * is infinite.  `coverage` is what it really has. */
int order_interval(const double *sorted, size_t n, double q, double alpha, double *low, double *high, double *coverage,
                   struct error *err);

struct order_arm {
    double n, users;
    double value, se;
};

/* The q-quantile of an arm with its standard error.  user[i] tells whose value i is (any order; NULL: one each).
 * E_BAD_DATA when there are too few values around the quantile to tell a standard error. */
int order_arm(const double *values, const uint32_t *user, size_t n, double q, struct order_arm *out, struct error *err);
/* B - A of quantiles, normal. */
int order_difference(const struct order_arm *a, const struct order_arm *b, enum outcome_alternative alternative,
                     double alpha, struct outcome *out, struct error *err);

/* The q-quantile of all values, or of those that are not zero (when most users buy nothing a quantile of all is 0). */
int order_cap(const double *values, size_t n, double q, bool nonzero_only, double *cap, struct error *err);
size_t order_winsorise(double *values, size_t n, double low, double high); /* how many were moved */

#endif
