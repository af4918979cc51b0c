/* family: several arms against one control, or each against each, with one chance of a false alarm for all.
 *
 * Dunnett 1955: treatments against control, by the multivariate t, whose correlations are products, so that it is an
 * integral over one normal (and one over the scale).  Tukey 1949 and Kramer 1956: all pairs, by the studentised range.
 * Tails are integrated as tails: relative about 1e-10.  df may be INFINITY.  Domain of the distributions: special.h. */
#ifndef RECKON_STATS_FAMILY_H
#define RECKON_STATS_FAMILY_H

#include "stats/moments.h"
#include "stats/outcome.h"

#define FAMILY_ARMS_MAX 64

/* P(some |T_i| > t), or P(some T_i > t), of k statistics with correlations lambda_i lambda_j, 0 <= lambda < 1. */
double family_dunnett_sf(double t, const double *lambda, size_t k, double df, bool two_sided);
double family_dunnett_upper_quantile(double q, const double *lambda, size_t k, double df, bool two_sided);

/* P(range of k normals / independent scale > q). */
double family_range_sf(double q, unsigned k, double df);
double family_range_upper_quantile(double tail, unsigned k, double df);

struct family_comparison {
    double effect, se, statistic;
    double p;         /* adjusted: comparable with alpha */
    double low, high; /* simultaneous */
};

/* out[i]: treatment i minus control, with the variance pooled over all arms (df = users - arms).  With unequal
 * variances and many users give `pooled` false: each comparison has its own standard error, and the normal is used. */
int family_dunnett(const struct moments *control, const struct moments *treatments, size_t k, bool pooled,
                   enum outcome_alternative alternative, double alpha, struct family_comparison *out,
                   struct error *err);

/* All pairs i < j in order (0,1), (0,2), …: arm j minus arm i; Tukey & Kramer. */
int family_tukey(const struct moments *arms, size_t k, double alpha, struct family_comparison *out, struct error *err);

#endif
