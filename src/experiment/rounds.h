/* rounds: exposed users one after the other, each with what it earned: the rounds of a bandit, and of off-policy
 * evaluation.
 *
 * The reward is the primary metric in the attribution window.  Who was exposed to several arms, or to one that the
 * design does not have, is passed over. */
#ifndef RECKON_EXPERIMENT_ROUNDS_H
#define RECKON_EXPERIMENT_ROUNDS_H

#include "base/job.h"
#include "experiment/design.h"

struct round {
    int64_t user, exposed; /* ms */
    uint32_t variant;
    double propensity, reward;
};

/* By ascending user.  A non-zero answer ends it and is returned.  The primary must be bound.  E_USAGE: a ratio or a
 * quantile, which has no value of one user. */
typedef int (*round_fn)(void *context, const struct round *round);
int rounds_each(struct store *store, int64_t experiment, const struct design *design, round_fn fn, void *context,
                struct job *job, struct error *err);
/* The longer one of the attribution window and the metric's own horizon, in ms. */
int64_t rounds_window(const struct design *design);

#endif
