/* rollouts: experiments whose coverage goes up step by step by itself, as far as the store knows them.  What a plan means
 * is src/experiment's to know (experiment/rollout.h). */
#ifndef RECKON_STORE_ROLLOUTS_H
#define RECKON_STORE_ROLLOUTS_H

#include "store/store.h"

/*      name          text */
#define ROLLOUT_STATES(X)                                                         \
    X(RUNNING, "running")         /* steps are taken */                           \
    X(PAUSED, "paused")           /* none is; guardrails are looked at all the same */ \
    X(ABORTED, "aborted")         /* by command: nobody is assigned */            \
    X(ROLLED_BACK, "rolled back") /* by a guardrail: likewise */                  \
    X(COMPLETE, "complete")       /* the last step is reached */

enum rollout_state {
#define X(name, text) ROLLOUT_##name,
    ROLLOUT_STATES(X)
#undef X
};

const char *rollout_state_name(enum rollout_state state);

struct rollout_record {
    int64_t experiment;
    char *plan;         /* owned */
    enum rollout_state state;
    int64_t since;      /* ms: when the step that is on began */
    int64_t looked;     /* ms; 0: never */
    char *says;         /* owned; what the last look found */
};

void rollout_record_release(struct rollout_record *self); /* zeroed is fine */

/* *known false: the experiment has none, and nothing is filled in. */
int rollouts_find(struct store *self, int64_t experiment, struct rollout_record *out, bool *known, struct error *err);

/* Within a write transaction: new, or instead of the former one. */
int rollouts_put(struct store *self, const struct rollout_record *record, struct error *err);
/* Within a write transaction: a look that changed nothing.  Only what it says anew is written, since whatever is written
 * makes servers compute their answers again. */
int rollouts_looked(struct store *self, int64_t experiment, int64_t now, const char *says, struct error *err);

#endif
