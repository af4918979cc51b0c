/* retention: how long events are kept, by their kind, and what is left of them then.
 *
 * A rule is of one kind of event, or ('') of all kinds that have none of their own.  Nothing is deleted while there is no
 * rule.  With `count`, how many an item had on a day stays (store/daily_counts.h), and nothing of anybody.  Kinds under a
 * legal hold are passed over, whoever it is about; a hold on everything stops the run. */
#ifndef RECKON_STORE_RETENTION_H
#define RECKON_STORE_RETENTION_H

#include "base/job.h"
#include "store/store.h"

enum { RETENTION_DAYS = 730 }; /* what is usual: two years */

struct retention_rule {
    const char *kind; /* "": the rest */
    int64_t days;
    bool count;
};
typedef int (*retention_fn)(void *context, const struct retention_rule *rule);
int retention_each(struct store *self, retention_fn fn, void *context, struct error *err);

/* Within a write transaction.  days 0: no rule any more. */
int retention_set(struct store *self, const struct retention_rule *rule, struct error *err);

/* How many events a rule would delete now. */
int retention_due(struct store *self, const struct retention_rule *rule, int64_t now, int64_t *events, struct error *err);

/* Deletes them, some thousand people at a time, each in a transaction of its own.  E_REFUSED: a hold on everything. */
int retention_run(struct store *self, const struct retention_rule *rule, int64_t now, struct job *job, int64_t *events,
                  struct error *err);

#endif
