/* linear_bandit: rewards that depend on context, by one ridge regression per arm (or one for all arms, with features
 * of user and arm together).
 *
 * A = ridge I + Σ w x x', b = Σ w r x, theta = A^-1 b.  LinUCB (Li et al. 2010) scores x'theta + alpha √(x'A^-1 x);
 * linear Thompson (Agrawal & Goyal 2013) draws x'theta with standard deviation v √(x'A^-1 x), which is all of the
 * posterior that matters for one x.  A^-1 is kept by Sherman & Morrison's update and made anew from A every 1000
 * additions, so that rounding does not pile up.  Owner: init/release. */
#ifndef RECKON_STATS_LINEAR_BANDIT_H
#define RECKON_STATS_LINEAR_BANDIT_H

#include "base/rng.h"
#include "stats/bayes.h"

#define LINEAR_BANDIT_FEATURES_MAX 512

struct linear_bandit {
    size_t d;
    double ridge;
    double *a, *inverse, *b, *theta, *scratch;
    unsigned since; /* additions since A^-1 was made anew */
};

int linear_bandit_init(struct linear_bandit *self, size_t features, double ridge, struct error *err);
void linear_bandit_release(struct linear_bandit *self);
/* A reward for features x with weight > 0 (1; or 1/propensity). */
int linear_bandit_add(struct linear_bandit *self, const double *x, double reward, double weight, struct error *err);
/* Forgets: keeps that share of what was seen, and all of the ridge. */
int linear_bandit_discount(struct linear_bandit *self, double keep, struct error *err);

double linear_bandit_mean(const struct linear_bandit *self, const double *x);     /* x'theta */
double linear_bandit_spread(const struct linear_bandit *self, const double *x);   /* √(x'A^-1 x) */

/* Of k arms, each with its own model and features x[i]; the score may be NULL. */
int linear_bandit_ucb(const struct linear_bandit *arms, const double *const *x, size_t k, double alpha, double *score,
                      double *probability, struct error *err);
/* The probabilities of linear Thompson with v: arms are independent given x, so that they are exact. */
int linear_bandit_thompson(const struct linear_bandit *arms, const double *const *x, size_t k, double v,
                           double *probability, struct error *err);

#endif
