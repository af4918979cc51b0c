/* course: how a bandit went: shares of the arms among those who came, and the regret, over time.
 *
 * Regret is what was missed, by user: the mean of the arm that is best by all that is known now, less that of the arm
 * that the user met, added up over users.  It is an estimate, as the means are. */
#ifndef RECKON_EXPERIMENT_COURSE_H
#define RECKON_EXPERIMENT_COURSE_H

#include "experiment/adapt.h"

enum { COURSE_POINTS = 100 };

struct course_point {
    int64_t time;                 /* ms: the end of its stretch */
    double users[DESIGN_ARMS_MAX]; /* who came by then, by arm */
    double regret;
};

struct course {
    struct course_point *points;  /* owned; mem_free */
    size_t n;
};

/* `learnt`: means of the arms.  down: less is better. */
int course_read(struct course *out, struct store *store, int64_t experiment, const struct design *design,
                const struct adapted *learnt, struct error *err);

#endif
