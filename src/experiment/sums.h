/* sums: what is known of each arm, metric by metric, from users added one at a time.
 *
 * Most users do nothing of a kind: those are only counted.  With a cap, values that are not zero are kept (8 bytes each
 * for metric and covariate together) until sums_finish, since the cap must be that of all arms together. */
#ifndef RECKON_EXPERIMENT_SUMS_H
#define RECKON_EXPERIMENT_SUMS_H

#include "experiment/design.h"
#include "stats/moments.h"

struct sums_cell {
    struct moments_pair covariate; /* x: before exposure, y: the metric (of a ratio: numerator) */
    struct moments_pair ratio;     /* x: denominator, y: numerator */
    double zeros;                  /* users with neither; folded in by sums_finish */
    float *kept;                   /* pairs (pre, y) */
    size_t n_kept, cap_kept;
};

struct sums {
    size_t n_arms, n_metrics;
    const struct design *design;   /* borrowed */
    double users[DESIGN_ARMS_MAX];
    double capped_at[METRICS_MAX]; /* 0: nothing was cut */
    struct sums_cell cell[DESIGN_ARMS_MAX][METRICS_MAX];
};

/* On the heap: it is large. */
struct sums *sums_new(const struct design *design, struct error *err);
void sums_free(struct sums *self); /* NULL is fine */

/* A user of that arm, with all events from pre_days before to window_days after the exposure. */
int sums_add(struct sums *self, size_t arm, const struct metric_event *events, size_t n, int64_t exposed,
             struct error *err);
int sums_add_value(struct sums *self, size_t arm, size_t metric, const struct metric_value *value, struct error *err);
/* Once, before anything is read. */
int sums_finish(struct sums *self, struct error *err);

struct moments sums_moments(const struct sums *self, size_t arm, size_t metric);

#endif
