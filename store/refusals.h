/* refusals: what people refused who are not in the store, because a backup from before they came was restored.
 *
 * Kept as keyed hashes (store/suppressions.h) and bits of purposes, and recorded as consents that were withdrawn as soon as
 * somebody of that identifier is stored again (users_intern). */
#ifndef RECKON_STORE_REFUSALS_H
#define RECKON_STORE_REFUSALS_H

#include "store/store.h"

/* Within a write transaction of a copy that has the database that it replaces attached as `live`: keeps what people of live
 * refused who are not in the copy, and what was kept there; records what those refused who are in the copy. */
int refusals_carry(struct store *copy, struct error *err);

/* Within a write transaction: somebody new was stored under this identifier. */
int refusals_apply(struct store *self, const char *identifier, size_t n, int64_t user, struct error *err);

#endif
