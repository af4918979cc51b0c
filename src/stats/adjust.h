/* adjust: the same difference with less noise, by what is known of users from before the test.
 *
 * CUPED (Deng, Xu, Kohavi & Walker 2013): a covariate that was measured before assignment takes a share rho² of the
 * variance away.  Post-stratification (Miratrix, Sekhon & Yu 2013): arms are compared within strata (country, device)
 * that were known before.  Anything that the treatment may have changed must not be used: it biases the answer.
 * A user without history gets the mean of those who have one; nobody is dropped. */
#ifndef RECKON_STATS_ADJUST_H
#define RECKON_STATS_ADJUST_H

#include "stats/moments.h"
#include "stats/outcome.h"

struct adjust_answer {
    struct outcome outcome;
    double mean_a, mean_b; /* adjusted */
    double theta;          /* of the covariate, the same in both arms */
    double left;           /* the share of the squared standard error that is left: 1 is no gain */
};

/* x: the covariate, y: the metric, of users.  theta is cov/var pooled within the arms, 0 when the covariate has no
 * spread (then this is Welch's test). */
int adjust_cuped(const struct moments_pair *a, const struct moments_pair *b, double null,
                 enum outcome_alternative alternative, double alpha, struct adjust_answer *out, struct error *err);

/* The same of several covariates.  Rows are users: x is n x k, row by row; `treated` says who is in B.  The adjustment
 * is by least squares on the covariates within arms; covariates that say nothing more than others are left out.  k may
 * be 0 to ADJUST_COVARIATES_MAX. */
#define ADJUST_COVARIATES_MAX 32
int adjust_cuped_many(const double *x, size_t k, const double *y, const bool *treated, size_t n, double null,
                      enum outcome_alternative alternative, double alpha, struct adjust_answer *out, struct error *err);

/* Arms a[i], b[i] of stratum i, weighted by the strata's shares of all users.  Strata with fewer than two users in an
 * arm are put together into one; when that is not enough they are refused.  theta is 0. */
int adjust_poststratified(const struct moments *a, const struct moments *b, size_t strata, double null,
                          enum outcome_alternative alternative, double alpha, struct adjust_answer *out,
                          struct error *err);

/* The same as what each arm is after stratifying: moments whose mean and standard error are the stratified ones, to be
 * compared in any way. */
int adjust_stratified_arms(const struct moments *a, const struct moments *b, size_t strata, struct moments *out_a,
                           struct moments *out_b, struct error *err);

#endif
