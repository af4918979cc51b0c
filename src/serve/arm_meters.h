/* arm_meters: how answers to users of each arm of an experiment went: for the live guardrails of rollouts.
 *
 * Counted without locks by whoever ends a request, and taken by the pilot at each look.  Answers that come from the
 * memory of answers are not counted: nothing was computed for them. */
#ifndef RECKON_SERVE_ARM_METERS_H
#define RECKON_SERVE_ARM_METERS_H

#include "experiment/rollout.h"
#include "serve/meters.h"

enum { ARM_METERS = 32 }; /* experiments at once; of more, nothing is counted */

struct arm_meters {
    atomic_int_least64_t experiment[ARM_METERS]; /* 0: free */
    struct {
        atomic_uint_least64_t failed, bucket[METERS_BUCKETS];
    } arm[ARM_METERS][DESIGN_ARMS_MAX];
};

void arm_meters_add(struct arm_meters *self, int64_t experiment, uint32_t variant, bool failed, uint64_t micros);

/* Forgets those that do not run any more. */
void arm_meters_keep(struct arm_meters *self, const int64_t *running, size_t n);

/* What came since it was taken last, by arm, when some arm has enough to be judged (else it stays).  ms: what is slow,
 * as finely as METERS_BUCKETS tell; 0: nothing is. */
void arm_meters_take(struct arm_meters *self, int64_t experiment, double ms, struct rollout_live live[DESIGN_ARMS_MAX]);

#endif
