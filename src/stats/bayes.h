/* bayes: posteriors of a rate or a mean, and what is to be decided from them.
 *
 * Beta-binomial for rates; normal with known variance, and normal-inverse-gamma (then the mean's posterior is Student's
 * t) for means.  Probabilities of being best, expected losses and intervals of differences are exact or by quadrature
 * (relative about 1e-11), not by simulation: every call gives the same answer.  Gelman et al., Bayesian Data Analysis,
 * 3rd ed., ch. 2, 3 and 5; expected loss: Stucchio 2015.  Larger is better: turn the sign where it is not. */
#ifndef RECKON_STATS_BAYES_H
#define RECKON_STATS_BAYES_H

#include "stats/moments.h"
#include "stats/outcome.h"

enum bayes_kind {
    BAYES_BETA,   /* a, b */
    BAYES_NORMAL, /* location, scale */
    BAYES_STUDENT /* location, scale, df */
};

struct bayes_posterior {
    enum bayes_kind kind;
    double a, b;            /* of a beta */
    double location, scale; /* of the others */
    double df;
};

/* Conjugate updates.  A beta prior of (1, 1) is flat. */
int bayes_rate(double prior_a, double prior_b, double conversions, double users, struct bayes_posterior *out,
               struct error *err);
/* A normal prior for the mean, with the variance of single values known (or estimated from very many). */
int bayes_mean(double prior_mean, double prior_sd, const struct moments *data, double known_variance,
               struct bayes_posterior *out, struct error *err);
/* Normal-inverse-gamma(mean, kappa pseudo-users, shape, rate of the variance): the mean's posterior is t. */
int bayes_mean_unknown(double prior_mean, double prior_kappa, double prior_shape, double prior_rate,
                       const struct moments *data, struct bayes_posterior *out, struct error *err);
/* A normal prior for an effect that was estimated with a standard error. */
int bayes_effect(double prior_mean, double prior_sd, double estimate, double se, struct bayes_posterior *out,
                 struct error *err);

/* Of a posterior that the functions above made; NaN for one that cannot be. */
double bayes_expectation(const struct bayes_posterior *p); /* of a t with df <= 1: its location */
double bayes_cdf(const struct bayes_posterior *p, double x);
double bayes_quantile(const struct bayes_posterior *p, double q);
/* The interval with probability 1 - alpha and equal tails. */
int bayes_interval(const struct bayes_posterior *p, double alpha, double *low, double *high, struct error *err);
/* The shortest one: of highest density (equal to the other for symmetric posteriors). */
int bayes_shortest(const struct bayes_posterior *p, double alpha, double *low, double *high, struct error *err);

/* Of n arms (1 to BAYES_ARMS_MAX): the probability that each is best, and the expected loss of choosing it,
 * E max(theta) - E theta_i, in the metric's unit (of a t it needs df > 1).  Either array may be NULL. */
#define BAYES_ARMS_MAX 64
int bayes_best(const struct bayes_posterior *arms, size_t n, double *probability, double *loss, struct error *err);

/* P(B - A <= x), and the interval of B - A with equal tails. */
double bayes_difference_cdf(const struct bayes_posterior *a, const struct bayes_posterior *b, double x);
int bayes_difference_interval(const struct bayes_posterior *a, const struct bayes_posterior *b, double alpha,
                              double *low, double *high, struct error *err);
/* P(B/A - 1 <= x) where A cannot be negative (rates; E_USAGE for others), and its interval. */
int bayes_lift_interval(const struct bayes_posterior *a, const struct bayes_posterior *b, double alpha, double *low,
                        double *high, struct error *err);

#endif
