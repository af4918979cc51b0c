/* sums: what is known of each arm, metric by metric, from users added one at a time.
 *
 * Most users do nothing of a kind: those are only counted.  With a cap, values that are not zero are kept (8 bytes each
 * for metric and covariate together) until sums_finish, since the cap must be that of all arms together; of a quantile
 * every value is kept (12 bytes).  Users of a metric with a horizon of its own count once it is over.
 * Sums of parts that are merged in one order are the same bits, however many threads made the parts. */
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
    double *values;                /* of a quantile: of events; owner[i]: whose, numbered within the arm */
    uint32_t *owner;
    size_t n_values, cap_values, cap_owner;
};

struct sums {
    size_t n_arms, n_metrics;
    const struct design *design;   /* borrowed */
    int64_t now;                   /* ms: which horizons are over */
    double users[DESIGN_ARMS_MAX];
    double capped_at[METRICS_MAX], pre_capped_at[METRICS_MAX]; /* 0: nothing was cut */
    struct sums_cell (*cell)[METRICS_MAX]; /* by arm */
};

/* On the heap. */
struct sums *sums_new(const struct design *design, int64_t now, struct error *err);
void sums_free(struct sums *self); /* NULL is fine */

/* What one user did, metric by metric; computed once, added to several sums. */
struct sums_user {
    const struct metric_event *events; /* from pre_days before the exposure to its end */
    size_t n_events;
    int64_t exposed;
    struct metric_value value[METRICS_MAX];
};

void sums_measure(const struct sums *self, struct sums_user *user, const struct metric_event *events, size_t n,
                  int64_t exposed);
int sums_add(struct sums *self, size_t arm, const struct sums_user *user, struct error *err);
int sums_add_value(struct sums *self, size_t arm, size_t metric, const struct metric_value *value, struct error *err);
/* A value of the user of that arm who was added last. */
int sums_add_quantile(struct sums *self, size_t arm, size_t metric, double value, struct error *err);

/* Adds the other one, of the same design, behind this one; before sums_finish. */
int sums_merge(struct sums *self, const struct sums *other, struct error *err);
/* Once, before anything is read.  `whole`: whose caps to take, already finished; NULL: its own. */
int sums_finish(struct sums *self, const struct sums *whole, struct error *err);

struct moments sums_moments(const struct sums *self, size_t arm, size_t metric);
/* Users who count for the metric, in all arms. */
double sums_counted(const struct sums *self, size_t metric);

#endif
