/* value: what other weights of the arms would have earned, from the exposures that were logged with their propensities
 * (off-policy evaluation).  Each user is a round; the reward is the primary metric. */
#ifndef RECKON_EXPERIMENT_VALUE_H
#define RECKON_EXPERIMENT_VALUE_H

#include "base/job.h"
#include "experiment/design.h"
#include "stats/policy.h"

struct value {
    uint64_t users;
    double logged; /* what was earned, by user */
    struct policy_value ips, snips;
};

/* target: basis points for each arm, together 10,000.  E_USAGE: a ratio has no value of one user; E_REFUSED: the logs
 * cannot answer, and why. */
int value_of_weights(struct value *out, struct store *store, int64_t experiment, const struct design *design,
                     const uint32_t *target, struct job *job, struct error *err);

#endif
