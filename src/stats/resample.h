/* resample: bootstrap intervals of means, ratios and their differences, fast enough to be used by default.
 *
 * Users are drawn, not events.  Up to RESAMPLE_BINS users: the plain bootstrap (Efron 1979).  Above: users are sorted
 * by their pull on the ratio and put into at most RESAMPLE_BINS bins, the large ones alone; every resample draws how
 * often each bin occurs (Poisson bootstrap: Hanley & MacGibbon 2006, Chamandy et al. 2012) and, for bins of unequal
 * users, one bivariate normal of the right covariance for what is within.  With at most RESAMPLE_BINS different users
 * (conversions, counts) there is nothing within, and it is exact.
 * Resample r depends on (seed, arm, r) alone: the same numbers for any number of threads.
 *
 * Intervals: percentile, and BCa (Efron 1987), whose acceleration comes from the influence of single users.  When one
 * per cent of users make up most of the sum even the bootstrap of a mean fails: `heavy` says so. */
#ifndef RECKON_STATS_RESAMPLE_H
#define RECKON_STATS_RESAMPLE_H

#include <stdint.h>

#include "base/job.h"
#include "base/pool.h"
#include "stats/outcome.h"

#define RESAMPLE_BINS 2048

struct resample_arm {
    const double *y;
    const double *x; /* denominators; NULL: 1 each, so that Σy/Σx is the mean */
    size_t n;
};

enum resample_statistic {
    RESAMPLE_VALUE,      /* of one arm: Σy/Σx; b is NULL */
    RESAMPLE_DIFFERENCE, /* B - A */
    RESAMPLE_LIFT        /* (B - A)/|A| */
};

struct resample_options {
    uint32_t resamples; /* 0: 10,000; at least 100 */
    uint64_t seed;
    double alpha;
    struct pool *pool;  /* may be NULL */
    struct job *job;    /* may be NULL */
};

struct resample_answer {
    double estimate, se, bias;
    double low, high;         /* BCa */
    double percentile_low, percentile_high;
    double p;                 /* two-sided, of "nothing there": twice the smaller share beyond 0, at most 1 */
    double shift, acceleration; /* z0 and a of BCa */
    double undefined;         /* share of resamples without a value (denominator 0): they are left out */
    uint32_t resamples;
    bool heavy;               /* the top 1 % of users hold more than 20 % of Σ|y| in an arm: do not trust a mean */
    enum outcome_state state; /* NO_SPREAD: all users are equal; low = high = estimate */
};

int resample_interval(const struct resample_arm *a, const struct resample_arm *b, enum resample_statistic statistic,
                      const struct resample_options *options, struct resample_answer *out, struct error *err);

#endif
