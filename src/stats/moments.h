/* moments: count, mean and spread of one or two quantities per user, added one at a time or merged.
 *
 * Welford's updates and Chan's merges (Chan, Golub & LeVeque 1983), so that nothing cancels when the mean is large
 * against the spread.  Merging in a fixed order gives the same bits whatever the number of threads.
 * Values must be finite: what adds them up from outside checks with moments_of, or outcome_check_values. */
#ifndef RECKON_STATS_MOMENTS_H
#define RECKON_STATS_MOMENTS_H

#include <stddef.h>

#include "base/error.h"

struct moments {
    double n, mean, m2; /* m2: the sum of squared deviations from the mean */
};

void moments_add(struct moments *self, double x);                     /* from {0} */
void moments_merge(struct moments *self, const struct moments *other);
double moments_variance(const struct moments *self);                  /* divisor n-1; 0 when n < 2 */
int moments_of(const double *values, size_t n, struct moments *out, struct error *err); /* refuses NaN, infinite */
/* From what is often all there is: sum and sum of squares (which may cancel), or mean and standard deviation. */
struct moments moments_from_sums(double n, double sum, double sum_of_squares);
struct moments moments_from_sd(double n, double mean, double sd);

/* Of pairs (x, y): a covariate and the metric, or denominator and numerator. */
struct moments_pair {
    double n, mean_x, mean_y, xx, yy, xy; /* the last three: sums of products of deviations */
};

void moments_pair_add(struct moments_pair *self, double x, double y);
void moments_pair_merge(struct moments_pair *self, const struct moments_pair *other);
int moments_pair_of(const double *x, const double *y, size_t n, struct moments_pair *out, struct error *err);
struct moments moments_pair_x(const struct moments_pair *self);
struct moments moments_pair_y(const struct moments_pair *self);

#endif
