/* experiments: tests of one thing against another, and who saw which variant.
 *
 * A design is text that src/experiment reads (JSON); it can be replaced while the experiment is a draft and never
 * again.  Beside it stands what may change while it runs: its state, how much of its traffic it covers, weights that a
 * bandit has learnt.  Every change is kept, with its reason.
 *
 * An exposure is the first time that a user met a variant.  Users who met several variants have several. */
#ifndef RECKON_STORE_EXPERIMENTS_H
#define RECKON_STORE_EXPERIMENTS_H

#include "store/store.h"

enum experiment_state { EXPERIMENT_DRAFT, EXPERIMENT_RUNNING, EXPERIMENT_PAUSED, EXPERIMENT_STOPPED };
enum { EXPERIMENT_NAME_MAX = 64 };

const char *experiment_state_name(enum experiment_state state);

struct experiment_record {
    int64_t experiment;
    char name[EXPERIMENT_NAME_MAX];
    enum experiment_state state;
    int64_t created, started, stopped; /* ms; 0: not yet */
    uint32_t coverage;                 /* basis points of its users who are assigned now */
    int32_t layer_from, layer_to;      /* slots of its layer; both 0: none */
    char *design;                      /* owned */
    char *weights;                     /* owned; NULL: those of the design */
};

void experiment_record_release(struct experiment_record *self); /* zeroed is fine */

/* Letters, digits, '-', '_' and '.'; E_USAGE. */
int experiments_check_name(const char *name, struct error *err);

/* Within a write transaction: a draft, new or instead of the draft of that name.  E_CONFLICT: it has begun. */
int experiments_put(struct store *self, const char *name, const char *design, int64_t now, struct error *err);

/* E_NOT_FOUND names what there is. */
int experiments_find(struct store *self, const char *name, struct experiment_record *out, struct error *err);

/* All, the newest first. */
typedef int (*experiments_fn)(void *context, const struct experiment_record *record);
int experiments_each(struct store *self, experiments_fn fn, void *context, struct error *err);

/* Within a write transaction: what stands beside the design is now as in the record; `what` ("started", "step") and
 * `detail` say why. */
int experiments_update(struct store *self, const struct experiment_record *record, int64_t now, const char *what,
                       const char *detail, struct error *err);

struct experiment_change {
    int64_t at;
    const char *what, *detail; /* borrowed */
};
typedef int (*experiment_changes_fn)(void *context, const struct experiment_change *change);
int experiments_changes(struct store *self, int64_t experiment, experiment_changes_fn fn, void *context,
                        struct error *err);

struct exposure {
    int64_t experiment, user;
    uint32_t variant;
    int64_t time;      /* ms */
    double propensity; /* of that variant for that user, in (0, 1] */
};

/* Within a write transaction.  Of the same user and variant the earliest stays.  *added (may be NULL): it is new. */
int exposures_add(struct store *self, const struct exposure *exposure, bool *added, struct error *err);
int exposures_known(struct store *self, int64_t experiment, int64_t user, uint32_t variant, bool *known,
                    struct error *err);

/* The user's earliest; *known false: there is none. */
int exposures_first(struct store *self, int64_t experiment, int64_t user, struct exposure *out, bool *known,
                    struct error *err);

/* Users by variant, for variants below n. */
int exposures_count(struct store *self, int64_t experiment, uint64_t *users, size_t n, int64_t *first, int64_t *last,
                    struct error *err);

/* What a bandit with context has learnt, as text; mem_free.  *out NULL: nothing yet.  Put within a write transaction. */
int experiment_model(struct store *self, int64_t experiment, char **out, struct error *err);
int experiment_model_put(struct store *self, int64_t experiment, const char *model, struct error *err);

/* Users whose exposure is later than `since`, in whatever arm. */
int exposures_since(struct store *self, int64_t experiment, int64_t since, int64_t *users, struct error *err);

/* Exposures by arm and time, in stretches of `step` ms; ascending. */
typedef int (*exposure_course_fn)(void *context, int64_t time, uint32_t variant, int64_t users);
int exposures_course(struct store *self, int64_t experiment, int64_t step, exposure_course_fn fn, void *context,
                     struct error *err);

/* An exposed user's event, or that there is none (`kind` 0). */
struct exposed_event {
    int64_t user;
    int64_t exposed, time; /* ms */
    uint32_t variant;
    int64_t kind;
    double propensity, quantity, price; /* NaN: none */
};
typedef int (*exposed_fn)(void *context, const struct exposed_event *event);

/* By user: of each exposure of the user all events from `before` ms before it until `after` ms after it, in time order;
 * at least one call for each exposure.  One pass over two clustered tables. */
int exposures_each(struct store *self, int64_t experiment, int64_t before, int64_t after, exposed_fn fn, void *context,
                   struct error *err);
/* The same of users in [from, to), for reading in parts on several connections. */
struct exposure_range {
    int64_t from, to;      /* users */
    int64_t before, after; /* ms */
    bool dense;            /* most users of the range are exposed, so that reading all events in their order takes less
                            * than looking for those of each */
};
int exposures_each_of(struct store *self, int64_t experiment, const struct exposure_range *range, exposed_fn fn,
                      void *context, struct error *err);

/* How many there are (counted up to `enough`), and of which users the first and the last are; 0 when there are none. */
int exposures_extent(struct store *self, int64_t experiment, uint64_t enough, uint64_t *n, int64_t *first_user,
                     int64_t *last_user, struct error *err);
/* How many there are of users in [from, to). */
int exposures_between(struct store *self, int64_t experiment, int64_t from, int64_t to, int64_t *n, struct error *err);

/* Users of an experiment (its first `users` ones) who met another one from `window` ms before their exposure to as much
 * after it: by experiment, this one's arm and the other's, ascending.  fn's non-zero answer ends it and is returned. */
typedef int (*exposures_also_fn)(void *context, int64_t other, uint32_t variant, uint32_t others, int64_t users);
int exposures_also(struct store *self, int64_t experiment, int64_t users, int64_t window, exposures_also_fn fn, void *context,
                   struct error *err);

/* Within a write transaction: the user always gets that variant (or, negative, no longer). */
int experiment_override_set(struct store *self, int64_t experiment, int64_t user, int variant, struct error *err);
int experiment_override(struct store *self, int64_t experiment, int64_t user, int *variant, struct error *err);

#endif
