/* bootstrap: how sure a figure is, by resampling the test users.
 *
 * Poisson bootstrap (Hanley & MacGibbon 2006; Chamandy et al. 2012): in each resample a user counts
 * Poisson(1) times, drawn from a stream keyed by (seed, user_key).  A user's weights therefore do not depend
 * on who else was tested, and two models that are compared see the same users in every resample: the
 * differences are paired.  Bounds are percentiles of the resampled means.  The same for any number of threads. */
#ifndef RECKON_ENGINE_BOOTSTRAP_H
#define RECKON_ENGINE_BOOTSTRAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/job.h"
#include "base/pool.h"
#include "engine/evaluate.h"

struct bootstrap_options {
    uint32_t resamples; /* 0: 1000 */
    double level;       /* 0: .95 */
    uint64_t seed;
    struct pool *pool;
    struct job *job;
};

struct interval {
    double low, high; /* NaN for a figure that is no mean over users */
};

struct difference {
    double mean, low, high; /* of b - a */
    double p;               /* two-sided: twice the smaller share of resamples on one side of 0, at most 1 */
    bool significant;       /* 0 lies outside the interval */
};

/* One interval per column of `self`. */
int bootstrap_intervals(const struct evaluation *self, const struct bootstrap_options *options,
                        struct interval *out, struct error *err);

/* One difference per column.  a and b must have tested the same users (E_USAGE). */
int bootstrap_differences(const struct evaluation *a, const struct evaluation *b,
                          const struct bootstrap_options *options, struct difference *out, struct error *err);

#endif
