/* together: other experiments that the users of one met at about the same time.
 *
 * Two experiments at once are no fault: each spreads the other's effect over its arms alike, as long as their arms have
 * nothing to do with each other.  Where they do (one salt for both, one of them for an arm of the other alone), what one
 * does shows in the other, and neither can be read.  Both are told. */
#ifndef RECKON_EXPERIMENT_TOGETHER_H
#define RECKON_EXPERIMENT_TOGETHER_H

#include "experiment/design.h"
#include "store/experiments.h"

enum { TOGETHER_USERS = 20000, TOGETHER_MAX = 64 };

#define TOGETHER_ALARM 0.001

struct together_other {
    char name[EXPERIMENT_NAME_MAX];
    double users; /* who met both within an attribution window */
    double p;     /* that their arms have nothing to do with each other; 1 when that cannot be told */
    bool bound;   /* p is below TOGETHER_ALARM */
};

struct together {
    double looked_at; /* users: the first TOGETHER_USERS of the experiment */
    struct together_other others[TOGETHER_MAX];
    size_t n;
};

int together_read(struct together *out, struct store *store, int64_t experiment, const struct design *design, double exposed,
                  struct error *err);

#endif
