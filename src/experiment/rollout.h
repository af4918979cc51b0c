/* rollout: an experiment whose coverage goes up step by step, and back to nobody by itself when a guardrail is hurt.
 *
 * A look reads what there is and does at most one thing.  In this order: back, when a live guardrail is breached (an arm
 * fails too often, or is too slow), the shares of the arms are not as planned, a guardrail of the design is hurt or the
 * primary is worse; hold, when the rollout is paused, or too few users or hours have come since the last step, or the
 * clock has gone back; else the next step.  Raising the coverage adds users and moves none.  Going back assigns nobody
 * any more and pauses the experiment.  Each step is in the experiment's record and in the audit log, with its reason. */
#ifndef RECKON_EXPERIMENT_ROLLOUT_H
#define RECKON_EXPERIMENT_ROLLOUT_H

#include "base/job.h"
#include "experiment/design.h"
#include "store/audit.h"
#include "store/rollouts.h"

struct rollout_plan {
    uint32_t steps[DESIGN_LOOKS_MAX]; /* coverages in basis points, rising */
    size_t n;
    double least_users, least_hours;  /* since the last step, before the next */
    double errors;                    /* largest share of an arm's requests that may fail; 1: any */
    double ms;                        /* 95 % of an arm's answers must be as fast; 0: any */
};

/* JSON text; mem_free. */
int rollout_plan_write(const struct rollout_plan *self, char **out, struct error *err);
int rollout_plan_read(struct rollout_plan *out, const char *text, const char *name, struct error *err);

/* What one server saw of an arm since the last look. */
struct rollout_live {
    uint64_t requests, errors, slow; /* slow: not answered within `ms` */
};
enum { ROLLOUT_LIVE_MIN = 30 };      /* fewer requests say nothing */

/* Is a live guardrail breached, beyond what chance does in one of 200 looks?  `why` says which. */
bool rollout_breached(const struct rollout_plan *plan, const struct design *design, const struct rollout_live *arms,
                      char *why, size_t size);

enum rollout_step { ROLLOUT_HOLD, ROLLOUT_NEXT, ROLLOUT_BACK, ROLLOUT_DONE };
struct rollout_outcome {
    enum rollout_step step;
    uint32_t coverage;     /* from now on */
    double users;          /* since the last step */
    char reason[700];
};
const char *rollout_step_name(enum rollout_step step);

/* One look.  breach: of a live guardrail; NULL: none (then exposures and events are read).  E_CONFLICT: it does not
 * run, or has no rollout. */
int rollout_look(struct rollout_outcome *out, struct store *store, const char *name, const char *breach,
                 const struct audit_actor *actor, int64_t now, struct job *job, struct error *err);

/* Within a write transaction: by command.  E_CONFLICT: there is no rollout, or it is over. */
int rollout_command(struct store *store, struct experiment_record *record, enum rollout_state to, const char *reason,
                    int64_t now, struct error *err);

#endif
