/* daily_counts: events without their people: how many of a kind an item had on a day.
 *
 * What is left of events that must not be stored of anybody (no consent to analytics), and of those that have been kept
 * long enough (store/retention.h).  Nothing leads from a count to a person; small counts may still describe one, so
 * whoever shows them leaves out those below a threshold. */
#ifndef RECKON_STORE_DAILY_COUNTS_H
#define RECKON_STORE_DAILY_COUNTS_H

#include "store/store.h"

/* Within a write transaction; item and kind interned in it.  quantity NaN: 1. */
int daily_counts_add(struct store *self, int64_t time, int64_t item, int64_t kind, double quantity, struct error *err);

#endif
