/* bandit: which arm next, and with what probability.
 *
 * Policies turn what is known of the arms into allocation probabilities: they are what is logged as propensities, so
 * that the logs can be used for off-policy evaluation (policy.h).  Thompson's probabilities are computed by quadrature,
 * not by drawing (bayes.h).  Rewards come in batches and late: add sums whenever they arrive.  Drift: discount before
 * each batch, and arms that are not played become uncertain again.
 * Sources: Auer, Cesa-Bianchi & Fischer 2002 (UCB1, epsilon-greedy); Thompson 1933, Chapelle & Li 2011; Russo 2016
 * (top-two); Raj & Kalyani 2017 (discounting); Li, Chu, Langford & Schapire 2010 (LinUCB); Agrawal & Goyal 2013. */
#ifndef RECKON_STATS_BANDIT_H
#define RECKON_STATS_BANDIT_H

#include "base/rng.h"
#include "stats/bayes.h"

#define BANDIT_ARMS_MAX BAYES_ARMS_MAX

struct bandit_arm {
    double n, sum, squares; /* plays, Σ reward, Σ reward² (discounted: not whole numbers) */
};

void bandit_add(struct bandit_arm *arm, double n, double sum, double squares); /* a batch, whenever it arrives */
/* Multiplies all that is known by keep in (0,1]. */
int bandit_discount(struct bandit_arm *arms, size_t k, double keep, struct error *err);

/* Each fills probability[k], which sums to 1.  Ties share. */
int bandit_uniform(size_t k, double *probability, struct error *err);
int bandit_epsilon_greedy(const struct bandit_arm *arms, size_t k, double epsilon, double *probability,
                          struct error *err);
/* mean + √(width ln t / n), width 2 for UCB1 and rewards in [0,1]; arms never played first.  index may be NULL. */
int bandit_ucb(const struct bandit_arm *arms, size_t k, double width, double *index, double *probability,
               struct error *err);
/* Rewards in [0,1] (E_BAD_DATA when a sum says otherwise), prior Beta(a, b). */
int bandit_thompson_beta(const struct bandit_arm *arms, size_t k, double a, double b, double *probability,
                         struct error *err);
/* Any rewards: normal-inverse-gamma prior as in bayes_mean_unknown. */
int bandit_thompson_normal(const struct bandit_arm *arms, size_t k, double prior_mean, double prior_kappa,
                           double prior_shape, double prior_rate, double *probability, struct error *err);

/* From probabilities of being best: play it with chance `leader` (½), else redraw until another one is best. */
int bandit_top_two(const double *best, size_t k, double leader, double *probability, struct error *err);
/* Gives every arm at least `floor`: floor + (1 - k floor) p. */
int bandit_floor(double *probability, size_t k, double floor, struct error *err);
size_t bandit_draw(const double *probability, size_t k, struct rng *rng);
/* One Thompson draw without probabilities: the arm whose draw is largest. */
size_t bandit_draw_beta(const struct bandit_arm *arms, size_t k, double a, double b, struct rng *rng);

#endif
