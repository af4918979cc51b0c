/* agreement: how far two who judge the same things agree, beyond what chance would do (J. Cohen 1960).
 *
 * kappa = (observed - expected) / (1 - expected); 1: always, 0: as chance, below: less.  Its standard error is that of large
 * samples (J. Fleiss, J. Cohen & B. Everitt 1969), its interval the normal one, within [-1, 1]. */
#ifndef RECKON_STATS_AGREEMENT_H
#define RECKON_STATS_AGREEMENT_H

#include "stats/outcome.h"

struct agreement {
    enum outcome_state state; /* NO_SPREAD: both said one thing alone, and kappa is not defined (0); FEW: less than 20 things */
    double n, observed, expected; /* shares */
    double kappa, se, low, high;
};

/* counts: k x k, row by row: how many things one put into row's class and the other into column's.  k in 2 to
 * AGREEMENT_CLASSES.  E_BAD_DATA: no things, or counts that are none. */
enum { AGREEMENT_CLASSES = 16 };
int agreement_kappa(const double *counts, size_t k, double alpha, struct agreement *out, struct error *err);

#endif
