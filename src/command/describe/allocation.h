/* allocation: a table of who may spend what, as budgets.
 *
 * CSV with a header.  Columns, in any order: budget (its name; else made of what it covers), provider,
 * model, team (or agent), phase, month (2026-11: that month alone), period (month or once; else once), ends (a date), and
 * the limits tokens (hard_tokens), soft_tokens, cost (hard_cost), soft_cost.  Numbers may have commas between thousands.
 * All of a table's mistakes are found, with line and field, before anything of it is used. */
#ifndef RECKON_COMMAND_ALLOCATION_H
#define RECKON_COMMAND_ALLOCATION_H

#include "store/ledger.h"

struct allocation {
    struct ledger_budget *list;
    uint64_t *lines;
    size_t n, cap, cap_lines, wrong; /* wrong: mistakes that were found */
};

/* A mistake; field "" when it is of the whole line. */
typedef void (*allocation_fn)(void *context, uint64_t line, const char *field, const char *why);

/* E_BAD_DATA: there are mistakes, each of which fn was told, and err has the first; nothing is in *out then. */
int allocation_read(struct allocation *out, const char *path, allocation_fn fn, void *context, struct error *err);
void allocation_release(struct allocation *self);

#endif
