/* collect: exposures and the events around them, added up by arm: one pass over two clustered tables.
 *
 * The first exposure of a user counts.  Who was exposed to two arms belongs to neither: dropped, and counted.  Events
 * before the exposure are the covariate and nothing else. */
#ifndef RECKON_EXPERIMENT_COLLECT_H
#define RECKON_EXPERIMENT_COLLECT_H

#include "base/job.h"
#include "experiment/sums.h"

struct collected {
    struct sums *sums;
    double exposed;         /* users, those dropped included */
    double crossed;         /* users who met several arms */
    double strays;          /* users in a variant that the design does not have */
    double open;            /* users whose attribution window has not ended */
    int64_t first, last;    /* exposures; 0: none */
};

/* design's metrics must be bound.  `now`: which windows are over. */
int collect(struct collected *out, struct store *store, int64_t experiment, const struct design *design, int64_t now,
            struct job *job, struct error *err);
void collected_release(struct collected *self);

#endif
