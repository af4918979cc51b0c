/* book: the experiments that run, ready to assign users: read once, shared by threads.
 *
 * A user's arm follows from the user's identifier and the experiment's salt alone (stats/assign.h), so it is the same
 * today and tomorrow, here and in a client that hashes by the same scheme.  Raising the coverage adds users and moves
 * none.  In order: a tester's override; consent; the holdout (users who are in no experiment); the layer, in which a
 * user is in one experiment at most; the target; the share.  A bandit's users keep the arm that they met first. */
#ifndef RECKON_EXPERIMENT_BOOK_H
#define RECKON_EXPERIMENT_BOOK_H

#include "experiment/design.h"
#include "stats/assign.h"

struct filter;

struct context;

struct book_entry {
    struct experiment_record record;
    struct design design;
    struct assign_table table;
    uint32_t weights[DESIGN_ARMS_MAX];
    struct context *context; /* of a bandit with context, once it has learnt; else NULL */
};

struct book {
    struct book_entry **entries; /* those that have begun, the newest first */
    size_t n, cap;
    uint32_t holdout;            /* basis points */
};

/*      name           text */
#define BOOK_REASONS(X)                                                            \
    X(IN, "assigned")                                                              \
    X(TESTER, "a tester's override; not counted")                                  \
    X(STOPPED, "the experiment does not run")                                      \
    X(CONSENT, "the user has not consented to experiments")                        \
    X(HELD_OUT, "the user is in the holdout, which takes part in no experiment")   \
    X(LAYER, "the user belongs to another part of the layer")                      \
    X(TARGET, "the user is not in the target")                                     \
    X(SHARE, "the user is not in the share that takes part")

enum book_reason {
#define X(name, text) BOOK_##name,
    BOOK_REASONS(X)
#undef X
};

struct assignment {
    enum book_reason reason;
    bool in;             /* has an arm; else nothing changes for the user */
    bool counted;        /* its exposure is logged */
    uint32_t variant;
    double propensity;
    struct hash_place place; /* where the hash put the user, for explaining */
};

int book_load(struct book *out, struct store *store, double holdout, struct error *err);
void book_release(struct book *self); /* zeroed is fine */

const struct book_entry *book_find(const struct book *self, const char *name); /* NULL: there is none that has begun */
/* The running experiment on that place of the shop (scenario); NULL: none. */
const struct book_entry *book_of_place(const struct book *self, const char *place);

int book_entry_make(struct book_entry **out, const struct experiment_record *record, struct error *err);
/* What its bandit has learnt of contexts. */
int book_entry_learnt(struct book_entry *self, struct store *store, struct error *err);
void book_entry_free(struct book_entry *self); /* NULL is fine */

const char *book_reason_text(enum book_reason reason);

/* `user`: the store's integer; 0: unknown to the store. */
int book_assign(const struct book_entry *self, uint32_t holdout, struct store *store, const char *identifier,
                int64_t user, struct assignment *out, struct error *err);

/* Is the target a filter over attributes of people?  E_USAGE shows the place. */
int book_check_target(struct store *store, const char *target, struct error *err);

/* May the user take part in experiments at all?  The one place where consent is asked. */
int book_may_assign(struct store *store, int64_t user, bool *may, struct error *err);

#endif
