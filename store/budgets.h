/* budgets: how much of people's privacy may be spent on noisy answers about a data set, and what was.
 *
 * A spend is never changed and never removed (triggers), and comes back with a restore.  Whoever asks reads the budget
 * and adds the spend in one write transaction, so that no two of them spend the same rest; the answer is given after
 * the commit: killed in between, an answer is lost and never a spend. */
#ifndef RECKON_STORE_BUDGETS_H
#define RECKON_STORE_BUDGETS_H

#include "store/store.h"

struct budget_record {
    const char *data_set;      /* borrowed in callbacks */
    int64_t epsilon, delta;    /* millionths, 1e-15 */
    bool zcdp;                 /* composition; else basic */
    int64_t since;
};

struct budget_spend {
    int64_t spend, at;
    const char *data_set, *query; /* borrowed */
    int64_t epsilon, delta, rho;  /* millionths, 1e-15, 1e-12 */
};

/* Within a write transaction; one that is there is replaced, what was spent stays. */
int budgets_set(struct store *self, const struct budget_record *record, struct error *err);
/* *found false: there is none.  out->data_set is `data_set`. */
int budgets_get(struct store *self, const char *data_set, struct budget_record *out, bool *found, struct error *err);
typedef int (*budgets_fn)(void *context, const struct budget_record *record);
int budgets_each(struct store *self, budgets_fn fn, void *context, struct error *err);

/* Sums of all that was spent on it: epsilon, delta and rho of *out; spend: how many. */
int budgets_spent(struct store *self, const char *data_set, struct budget_spend *out, struct error *err);
int budgets_spend(struct store *self, struct budget_spend *spend, struct error *err); /* within a write transaction */
typedef int (*budget_spends_fn)(void *context, const struct budget_spend *spend);
int budgets_spends(struct store *self, const char *data_set, budget_spends_fn fn, void *context, struct error *err);

#endif
