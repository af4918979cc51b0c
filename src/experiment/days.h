/* days: the primary metric by days since the first exposure, to see whether an effect wears off (novelty) or grows.
 *
 * A day counts for users for whom it is over.  When a lift is the same on all days, what is done is spread over them in
 * the same way in all arms, so the average day on which it is done (a ratio of users' sums, since the days of one user
 * belong together; mean_ratio_score) is compared between arms: earlier than control's is novelty.  For rates, counts and money; ratios and quantiles have no
 * value of a user's day. */
#ifndef RECKON_EXPERIMENT_DAYS_H
#define RECKON_EXPERIMENT_DAYS_H

#include "experiment/design.h"
#include "stats/moments.h"

enum { DAYS_BINS_MAX = 14 };

struct days {
    size_t n_bins;             /* 0: the primary has none */
    int64_t width;             /* ms of a bin: whole days */
    struct moments value[DESIGN_ARMS_MAX][DAYS_BINS_MAX]; /* users who did something; the others by days_finish */
    double ripe[DESIGN_ARMS_MAX][DAYS_BINS_MAX + 1];      /* users of whom so many bins are over */
    struct moments_pair middle[DESIGN_ARMS_MAX];          /* of users of whom all are over and who did something: x
                                                             the sum of the bins, y that of bin times number, from 1 */
};

void days_init(struct days *self, const struct design *design);
void days_add(struct days *self, size_t arm, const struct design *design, const struct metric_event *events, size_t n,
              int64_t exposed, int64_t now);
void days_merge(struct days *self, const struct days *other);
void days_finish(struct days *self, size_t arms); /* once */

#endif
