/* findings: what a report shows behind its verdict, of the primary metric: money by arm, segments, days since exposure,
 * and whether the arms were alike before.
 *
 * None of it decides.  Segments: p is adjusted over all segments of all dimensions together (Holm), and their lifts are
 * drawn to each other by as much as chance explains (shrinkage); a dimension matters when its segments differ more than
 * chance does (Cochran's Q, Holm over the dimensions).  Before: the covariates are compared, which the treatment cannot
 * have changed, so that a difference is a fault of the assignment (the A/A check). */
#ifndef RECKON_EXPERIMENT_FINDINGS_H
#define RECKON_EXPERIMENT_FINDINGS_H

#include "experiment/reading.h"

enum { FINDINGS_LEAST = 50 }; /* users in each arm for a segment to be read */

struct findings_money { /* of one arm */
    double users, sum, each;
    bool compared;           /* not control, and there is a spread */
    double more, low, high;  /* money that the arm's users brought beyond control's, in all */
};

struct findings_segment {
    size_t by, level, arm;
    double control_users, users;
    struct reading_line line; /* adjusted: over all segments */
    bool is_shrunk;
    double shrunk, shrunk_low, shrunk_high; /* lift */
};

struct findings_by { /* one dimension, one treatment */
    size_t by, arm;
    bool known;              /* two segments at least could be read */
    double p, adjusted, tau; /* that all segments are alike; the spread of true lifts */
};

struct findings_day {
    size_t bin, arm;
    bool known;
    double users, control, treatment, lift, low, high;
};

struct findings_trend { /* one treatment */
    size_t arm;
    bool known;
    double control, treatment; /* the average day on which it is done, from 1 */
    double p, adjusted;
};

struct findings_before {
    size_t metric, arm;
    bool known;
    double control, treatment, p, adjusted;
};

struct findings {
    struct findings_money money[DESIGN_ARMS_MAX];
    struct findings_segment *segments;
    size_t n_segments, cap_segments;
    struct findings_by by[COLLECT_BY_MAX * (DESIGN_ARMS_MAX - 1)];
    size_t n_by;
    struct findings_day days[DAYS_BINS_MAX * (DESIGN_ARMS_MAX - 1)];
    size_t n_days;
    struct findings_trend trend[DESIGN_ARMS_MAX];
    size_t n_trend;
    struct findings_before before[READING_LINES_MAX];
    size_t n_before;
    bool unlike_before; /* some difference before is beyond chance (adjusted p below FINDINGS_ALARM) */
};

#define FINDINGS_ALARM 0.001

/* On the heap: it is large.  findings_release also after an error. */
int findings_make(struct findings *out, const struct collected *collected, const struct reading *reading,
                  const struct design *design, struct error *err);
void findings_release(struct findings *self); /* zeroed is fine */

#endif
