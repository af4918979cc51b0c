/* metric: what an experiment asks about, and its value for one user.
 *
 * A metric is written as a word, with a kind of event behind a colon:
 *
 *   rate:KIND            did the user do it at all?            conversion is rate:purchase
 *   count:KIND           how often                             orders is count:purchase
 *   revenue:KIND         sum of price times quantity           revenue is revenue:purchase
 *   ratio:KIND/KIND      all of one kind over all of another, of the users together (delta method)
 *                                                              ctr is ratio:click/view
 *   quantile:Q/KIND      the Q-quantile of what events of the kind come to (price times quantity; those without a price
 *                        are left out), with users as clusters      quantile:0.5/purchase
 *   retention:DAYS       did the user do anything in the last seventh of a window of so many days?
 *   churn:DAYS           did the user do nothing from a day after the exposure until so many days after it?  Less is
 *                        better
 *   ltv:DAYS             what the user's purchases come to within so many days (customer lifetime value over a horizon);
 *                        ltv:KIND/DAYS of another kind
 *
 * ",down" behind it: less is better (rate:return,down).  All is counted in the attribution window, from the user's
 * first exposure on; the covariate of variance reduction is the same quantity in as long a time before it.  The last
 * three have a horizon of their own instead of the window, and users count once it is over. */
#ifndef RECKON_EXPERIMENT_METRIC_H
#define RECKON_EXPERIMENT_METRIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct store;

enum metric_type { METRIC_RATE, METRIC_COUNT, METRIC_REVENUE, METRIC_RATIO, METRIC_RETENTION, METRIC_CHURN,
                   METRIC_LTV, METRIC_QUANTILE };
enum { METRIC_NAME_MAX = 128, METRICS_MAX = 16 };

struct metric {
    char name[METRIC_NAME_MAX];  /* as it was written */
    enum metric_type type;
    char kind[64], below[64];    /* of the event; `below`: of a ratio's denominator */
    int64_t kind_id, below_id;   /* metric_bind; 0: nobody did it yet */
    int64_t days;                /* the horizon of its own; 0: the attribution window */
    double q;                    /* of a quantile */
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
bool metric_is_money(const struct metric *self); /* sums of prices */
/* What has happened until `now` is all that is asked about a user who was exposed then. */
bool metric_is_ripe(const struct metric *self, int64_t exposed, int64_t now);
const char *metric_says(const struct metric *self, char *text, size_t size); /* in words */

double metric_event_value(double price, double quantity);

/* Of a user who was exposed at that time, by events from exposed - before on.  Nothing for a quantile, which is of events
 * (metric_counts). */
struct metric_value metric_of(const struct metric *self, const struct metric_event *events, size_t n, int64_t exposed,
                              int64_t before, int64_t window);

/* Is the event one of those whose values a quantile is of? */
bool metric_counts(const struct metric *self, const struct metric_event *event, int64_t exposed, int64_t window);

#endif
