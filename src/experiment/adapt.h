/* adapt: weights of a bandit that follow what is learnt.
 *
 * Feedback comes late: a user counts when the attribution window is over, not before; one who came an hour ago has not
 * had the time to buy, and would pull down the arm that has most of the newest users.  So weights are learnt in batches,
 * from all users whose window is over, as often as one likes.  Where the world changes, older users can be made to count
 * less (design `keep`).  No arm gets less than the design's floor, so that what changes is noticed. */
#ifndef RECKON_EXPERIMENT_ADAPT_H
#define RECKON_EXPERIMENT_ADAPT_H

#include "experiment/rounds.h"
#include "store/audit.h"

struct adapted {
    double users;     /* whose window is over */
    double waiting;   /* whose is not */
    double users_of[DESIGN_ARMS_MAX], mean[DESIGN_ARMS_MAX]; /* of those that count; the primary as it is written */
    uint32_t before[DESIGN_ARMS_MAX], weights[DESIGN_ARMS_MAX]; /* basis points */
    bool changed;     /* by adapt_take: they are in force now */
};

/* Learns, and puts the weights in force, with an entry in the record and in the audit log, when one differs from the
 * former by at least `least` basis points.  Users keep the arm that they met first; the weights are for those who come.
 * E_CONFLICT: it does not run.
 * E_USAGE: the design has no bandit. */
int adapt_take(struct adapted *out, struct store *store, const char *name, uint32_t least,
               const struct audit_actor *actor, int64_t now, struct job *job, struct error *err);

/* Probabilities that sum to 1 as basis points that sum to 10,000. */
int adapt_round(const double *probability, size_t n, uint32_t *weights);

/* Weights by the bandit from what is known of the arms; `rate`: rewards are 0 or 1.  Pure. */
struct bandit_arm;
int adapt_weights(const struct bandit_arm *arms, const struct design *design, bool rate,
                  uint32_t weights[DESIGN_ARMS_MAX], struct error *err);

#endif
