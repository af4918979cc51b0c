/* metric: what an experiment asks about, and its value for one user.
 *
 * A metric is written as a word, with a kind of event behind a colon:
 *
 *   rate:KIND            did the user do it at all?            conversion is rate:purchase
 *   count:KIND           how often                             orders is count:purchase
 *   revenue:KIND         sum of price times quantity           revenue is revenue:purchase
 *   ratio:KIND/KIND      all of one kind over all of another, of the users together (delta method)
 *                                                              ctr is ratio:click/view
 *   retention:DAYS       did the user do anything in the last seventh of a window of so many days?
 *
 * ",down" behind it: less is better (rate:return,down).  All is counted in the attribution window, from the user's
 * first exposure on; the covariate of variance reduction is the same quantity in as long a time before it. */
#ifndef RECKON_EXPERIMENT_METRIC_H
#define RECKON_EXPERIMENT_METRIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct store;

enum metric_type { METRIC_RATE, METRIC_COUNT, METRIC_REVENUE, METRIC_RATIO, METRIC_RETENTION };
enum { METRIC_NAME_MAX = 128, METRICS_MAX = 16 };

struct metric {
    char name[METRIC_NAME_MAX];  /* as it was written */
    enum metric_type type;
    char kind[64], below[64];    /* of the event; `below`: of a ratio's denominator */
    int64_t kind_id, below_id;   /* metric_bind; 0: nobody did it yet */
    int64_t days;                /* of a retention */
    bool down;
};

/* One event of a user, in time order. */
struct metric_event {
    int64_t time, kind;
    double value; /* price times quantity; 0 when there is no price */
};

/* y: the metric (of a ratio: its numerator); x: a ratio's denominator, else 1; pre: the covariate. */
struct metric_value {
    double y, x, pre;
};

/* E_USAGE says what may be written. */
int metric_parse(struct metric *out, const char *text, struct error *err);
/* Looks the kinds up.  E_NOT_FOUND names those there are: a metric of a kind that never happens is a slip of the
 * pen. */
int metric_bind(struct metric *metrics, size_t n, struct store *store, struct error *err);
bool metric_is_rate(const struct metric *self); /* its values are 0 and 1 */
const char *metric_says(const struct metric *self, char *text, size_t size); /* in words */

double metric_event_value(double price, double quantity);

/* Of a user who was exposed at that time, by events from exposed - before on. */
struct metric_value metric_of(const struct metric *self, const struct metric_event *events, size_t n, int64_t exposed,
                              int64_t before, int64_t window);

#endif
