/* ledger: what calls of language models may cost, and the ledger of what they did cost.
 *
 * A budget has a scope (a provider, a model, a team, a phase, a month; NULL: any) and limits in tokens and in money, each
 * month anew or once for all.  Every attempt of a call is reserved before it goes, with the most that it may come to, under
 * every budget whose scope it is in, and settled when it has ended; both are one transaction each, so that the sums are
 * exact however many processes call, and a hard limit is never passed.  What was reserved by a process that is gone is
 * counted as spent in full (estimated) by ledger_recover: nobody knows better, and money is not spent twice.  A charge that
 * is held belongs to what the provider works on by itself (a batch, a tuning), and stays reserved until that is settled.
 *
 * Money is in millionths of the currency; a month is that of UTC.  A clock that is set back does not reopen a month:
 * the newest charge says what month it is at least. */
#ifndef RECKON_STORE_LEDGER_H
#define RECKON_STORE_LEDGER_H

#include <stdbool.h>

#include "store/store.h"

enum { LEDGER_NAME_MAX = 64, LEDGER_MONTH = 8 };

/* In the currency. */
double ledger_money(int64_t millionths);

/* What a call is for; none is NULL, "" is a team or phase that was not said. */
struct charge_scope {
    const char *provider, *model, *team, *phase, *purpose;
};

/* Tokens and money, at most or in fact. */
struct charge_amount {
    int64_t prompt, cached, completion, cost;
};

enum charge_state { CHARGE_RESERVED, CHARGE_SETTLED, CHARGE_ESTIMATED, CHARGE_RELEASED };

/* `job`: the logged job that calls (store/jobs.h), whose life tells whether somebody will settle it; 0: none.
 * E_REFUSED: a hard limit would be passed, and which; E_CONFLICT: it would be, but for what is reserved by others. */
int ledger_reserve(struct store *self, const struct charge_scope *scope, const struct charge_amount *most, int64_t job,
                    int64_t now, int64_t *charge, struct error *err);
/* The same within a write transaction, which goes on whatever it says, and held. */
int ledger_hold(struct store *self, const struct charge_scope *scope, const struct charge_amount *most, int64_t now,
                int64_t *charge, struct error *err);

/* Settles a charge, once reserved or estimated meanwhile.  amount NULL: for CHARGE_RELEASED nothing, for
 * CHARGE_ESTIMATED what was reserved. */
int ledger_settle(struct store *self, int64_t charge, enum charge_state state, const struct charge_amount *amount,
                   struct error *err);
int ledger_settle_within(struct store *self, int64_t charge, enum charge_state state,
                         const struct charge_amount *amount, struct error *err); /* a write transaction */

/* Counts as spent what jobs that are no more had reserved; *n: how many charges. */
int ledger_recover(struct store *self, int64_t *n, struct error *err);

struct ledger_budget {
    char name[LEDGER_NAME_MAX];
    char *provider, *model, *team, *phase;                     /* owned; NULL: any */
    bool monthly;
    char month[LEDGER_MONTH];                                  /* the only one that it is for; "": any.  Then monthly */
    int64_t ends;                                              /* once: ms, until when it should last; 0: not said */
    int64_t soft_tokens, hard_tokens, soft_cost, hard_cost;    /* negative: none */
};
void ledger_budget_release(struct ledger_budget *self); /* zeroed is fine */

/* Within a write transaction: made, or its scope and limits changed; what was spent in its scope counts from the
 * beginning. */
int ledger_put_budget(struct store *self, const struct ledger_budget *budget, struct error *err);
int ledger_remove_budget(struct store *self, const char *name, struct error *err); /* likewise; E_NOT_FOUND */

struct ledger_state {
    struct ledger_budget budget; /* borrowed */
    int64_t tokens, tokens_reserved, cost, cost_reserved; /* of the month (its own, else this), or of all time */
};
typedef int (*ledger_budgets_fn)(void *context, const struct ledger_state *state);
int ledger_each_budget(struct store *self, int64_t now, ledger_budgets_fn fn, void *context, struct error *err);

/* What time it is for the ledger: *now, or the newest charge, when the clock was set back; month may be NULL. */
int ledger_clock(struct store *self, int64_t *now, char month[LEDGER_MONTH], struct error *err);

/* What was spent of a budget on each day from `from` on, days without charges left out; "2026-11-24". */
typedef int (*ledger_days_fn)(void *context, const char *day, int64_t tokens, int64_t cost);
int ledger_each_day(struct store *self, const char *budget, int64_t from, ledger_days_fn fn, void *context,
                    struct error *err);

/* Sums of the ledger.  `by`: "provider", "model", "team", "phase", "purpose", "month", "day" or "state". */
struct charge_sum {
    const char *key; /* borrowed */
    int64_t calls;
    struct charge_amount amount;
    int64_t estimated, reserved; /* calls among them */
};
typedef int (*charge_sums_fn)(void *context, const struct charge_sum *sum);
int ledger_sums(struct store *self, const char *by, int64_t from, int64_t until, charge_sums_fn fn, void *context,
                 struct error *err);

#endif
