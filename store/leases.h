/* leases: what only one of several programs on a workspace does at a time.
 *
 * Who holds a lease does the work and renews it; when that one is gone, its lease ends by itself and another takes it.
 * What is done under a lease must bear being done twice: a program that stood still for longer than its lease finds out
 * only when it comes back. */
#ifndef RECKON_STORE_LEASES_H
#define RECKON_STORE_LEASES_H

#include "store/store.h"

/* Within a write transaction: takes it for `ms` from now on, or renews it when a third of that is over; *taken false:
 * another holds it.  A lease that
 * would last longer than it can have been given for is of a clock that has gone back since, and is free. */
int leases_take(struct store *self, const char *name, const char *holder, int64_t now, int64_t ms, bool *taken,
                struct error *err);
/* Within a write transaction: gives it back, if it is the holder's. */
int leases_give(struct store *self, const char *name, const char *holder, struct error *err);

#endif
