/* collect: exposures and the events around them, added up by arm: one pass over two clustered tables.
 *
 * The first exposure of a user counts.  Who was exposed to two arms belongs to neither: dropped, and counted.  Events
 * before the exposure are the covariate and nothing else.
 *
 * Many exposures are read in parts, by ranges of users, on several connections; the parts are the same whatever the
 * number of threads, and are added up in their order, so that the answer is, to the bit. */
#ifndef RECKON_EXPERIMENT_COLLECT_H
#define RECKON_EXPERIMENT_COLLECT_H

#include "base/job.h"
#include "experiment/days.h"
#include "experiment/dimension.h"
#include "experiment/sums.h"

/* Users told apart by one dimension. */
struct collected_by {
    struct dimension dimension;
    struct sums *level[DIMENSION_LEVELS_MAX]; /* by its levels */
};

struct collected {
    struct sums *sums;
    double exposed;         /* users, those dropped included */
    double crossed;         /* users who met several arms */
    double strays;          /* users in a variant that the design does not have */
    double open;            /* users whose attribution window has not ended */
    int64_t first, last;    /* exposures; 0: none */
    struct collected_by *strata; /* of the design; NULL: none */
    struct collected_by *by;     /* those that were asked for */
    size_t n_by;
    struct days days;
    bool has_revenue;       /* there are purchases at all */
    struct moments revenue[DESIGN_ARMS_MAX]; /* of purchases in the window, by user, nothing cut */
};

enum { COLLECT_BY_MAX = 16 };

/* design's metrics must be bound.  `now`: which windows are over. */
int collect(struct collected *out, struct store *store, int64_t experiment, const struct design *design, int64_t now,
            struct job *job, struct error *err);
/* Also by these dimensions, at most COLLECT_BY_MAX; E_USAGE for one that there is not. */
int collect_by(struct collected *out, struct store *store, int64_t experiment, const struct design *design, int64_t now,
               const char *const *names, size_t n_names, struct job *job, struct error *err);
void collected_release(struct collected *self);

#endif
