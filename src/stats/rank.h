/* rank: Mann & Whitney's U (1947), for metrics whose mean a few users dominate.
 *
 * It asks whether a user of B tends to have more than one of A, not whether the mean is larger.  As in SciPy,
 * OUTCOME_GREATER means that A tends to be larger; the effect is P(B > A) + ½ P(B = A) - ½. */
#ifndef RECKON_STATS_RANK_H
#define RECKON_STATS_RANK_H

#include "stats/outcome.h"

enum rank_method {
    RANK_AUTO,      /* exact for up to 8 users in the smaller arm without ties, as in SciPy */
    RANK_EXACT,     /* the permutation distribution, with ties too (Streitberg & Röhmel 1986); E_REFUSED when large */
    RANK_ASYMPTOTIC /* normal, with the variance corrected for ties */
};

struct rank_answer {
    double u_a;      /* pairs in which A is larger, ties counting half */
    double p, log_p;
    double effect;
    bool exact;
    enum outcome_state state; /* NO_SPREAD: all values are equal */
};

int rank_mann_whitney(const double *a, size_t na, const double *b, size_t nb, enum outcome_alternative alternative,
                      enum rank_method method, bool continuity, struct rank_answer *out, struct error *err);

#endif
