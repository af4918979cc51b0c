/* mean: is the mean of B another than that of A?  (revenue per user, orders per user)
 *
 * Welch's t (B. L. Welch 1947, with Satterthwaite's degrees of freedom), differences in percent of control by the
 * delta method or Fieller's theorem (E. C. Fieller 1954), ratios of sums by the delta method (Deng et al. 2018,
 * "Applying the delta method in metric analytics"), and differences with users in clusters (Liang & Zeger 1986).
 * All take moments, so that the caller reads its data once.  Every arm needs two users (E_BAD_DATA, in words). */
#ifndef RECKON_STATS_MEAN_H
#define RECKON_STATS_MEAN_H

#include "stats/moments.h"
#include "stats/outcome.h"

/* B - A against `null`. */
int mean_welch(const struct moments *a, const struct moments *b, double null, enum outcome_alternative alternative,
               double alpha, struct outcome *out, struct error *err);

/* (B - A) / |A|.  The delta method; state FEW when control's mean is within three standard errors of zero, where
 * Fieller's interval is the honest one.  A mean of zero is refused. */
int mean_lift(const struct moments *a, const struct moments *b, enum outcome_alternative alternative, double alpha,
              struct outcome *out, struct error *err);

/* The same by Fieller: the two-sided set of lifts that the data do not contradict; UNBOUNDED (low and high infinite, p
 * still valid) when control's mean is not significantly different from zero.  p is that of the difference. */
int mean_lift_fieller(const struct moments *a, const struct moments *b, double alpha, struct outcome *out,
                      struct error *err);

/* Fieller's set for any two independent estimates with normal errors (a ratio, a quantile, a mean after variance reduction):
 * the lifts (B - A) / |A| at which B and what A says of it are at most `reach` errors apart.  It holds 0 exactly when the
 * difference of the estimates does.  False: it has no ends (A itself is within `reach` errors of zero). */
bool mean_fieller(double a, double a_se, double b, double b_se, double reach, double *low, double *high);

/* A ratio metric R = Σy / Σx of one arm, from pairs per user (x the denominator: impressions; y the numerator:
 * clicks): the ratio and the variance of its estimate.  A denominator that sums to zero is refused. */
int mean_ratio(const struct moments_pair *arm, double *ratio, double *variance, struct error *err);

/* R_B - R_A, normal. */
int mean_ratio_difference(const struct moments_pair *a, const struct moments_pair *b, double null,
                          enum outcome_alternative alternative, double alpha, struct outcome *out, struct error *err);
/* The same test by the score: errors are those that there would be if both arms had their common ratio.  It keeps its
 * level where few users, or a few with large denominators, carry the ratios (purchases by day): there the own ratio
 * follows them, so that the delta method's errors are too small (8 % and more at a nominal 5 %).  The interval is around
 * the difference with these errors, t with n_A + n_B - 2 degrees of freedom: leave users with neither numerator nor
 * denominator out, who say nothing.  Denominators must sum to more than zero. */
int mean_ratio_score(const struct moments_pair *a, const struct moments_pair *b, enum outcome_alternative alternative,
                     double alpha, struct outcome *out, struct error *err);
/* (R_B - R_A) / |R_A|, normal, by the delta method. */
int mean_ratio_lift(const struct moments_pair *a, const struct moments_pair *b, enum outcome_alternative alternative,
                    double alpha, struct outcome *out, struct error *err);

/* Sums over one cluster (household, shop, day): how many of its members are in each arm, and their sum. */
struct mean_cluster {
    double n_a, sum_a, n_b, sum_b;
};

/* B - A of members, with the variance between clusters: the sandwich with the correction G/(G-1) (N-1)/(N-2), as
 * statsmodels' OLS(...).fit(cov_type="cluster", use_t=True); t with G-1 degrees of freedom.  FEW below 100 clusters:
 * with 60 of uneven sizes 5 % is really 6 %. It holds whether whole clusters or their members were assigned. */
int mean_clustered(const struct mean_cluster *clusters, size_t n, double null, enum outcome_alternative alternative,
                   double alpha, struct outcome *out, struct error *err);

/* The correlation within clusters by analysis of variance (Donner 1986), from moments per cluster; at least 0. */
int mean_icc(const struct moments *clusters, size_t n, double *icc, struct error *err);

/* Non-inferiority with a margin relative to control: is B >= (1 - margin) A?  (less is better: B <= (1 + margin) A.)
 * The contrast B - (1 ∓ margin) A has its own standard error; margin in (0,1); A's mean must be above zero. */
int mean_noninferior(const struct moments *a, const struct moments *b, double margin, bool less_is_better, double alpha,
                     struct outcome_noninferiority *out, struct error *err);

#endif
