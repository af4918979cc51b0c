/* outcome: what a test answers, the same for all of them.
 *
 * `effect` is treatment B minus control A.  `p` is computed from a survival function, never as 1 - cdf, and `log_p` is
 * right also where p is 0 in a double.  The interval has coverage 1 - alpha; of a one-sided alternative one of its ends
 * is infinite and the other is the one-sided bound.  Numbers are finite but for that, and for `df`, which is INFINITY
 * when the normal was used.  Where there is nothing to compute, `state` says what is the matter and p is 1: */
#ifndef RECKON_STATS_OUTCOME_H
#define RECKON_STATS_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum outcome_alternative {
    OUTCOME_TWO_SIDED,
    OUTCOME_GREATER, /* B > A */
    OUTCOME_LESS
};

/*      name             text */
#define OUTCOME_STATES(X)                                                                                           \
    X(OK, "ok")                                                                                                     \
    X(NO_SPREAD, "no_spread")           /* all values equal in both arms and the arms alike: no information; p 1 */ \
    X(DETERMINISTIC, "deterministic")   /* no spread, but the arms differ: statistics has nothing to say; p 1 */    \
    X(UNBOUNDED, "unbounded")           /* the interval is not bounded (Fieller): low and high are infinite */      \
    X(FEW, "few")                       /* computed, but the approximation wants more data; see the test */

enum outcome_state {
#define X(name, text) OUTCOME_##name,
    OUTCOME_STATES(X)
#undef X
};

struct outcome {
    enum outcome_state state;
    double effect, se;
    double statistic, df;
    double p, log_p;
    double low, high;
};

const char *outcome_state_name(enum outcome_state state);

/* 0, or E_BAD_DATA "what: alpha … is not between 0 and 1". */
int outcome_check_alpha(double alpha, const char *what, struct error *err);
/* 0, or E_BAD_DATA when one of n values is NaN, infinite or beyond ±OUTCOME_VALUE_MAX; says which. */
#define OUTCOME_VALUE_MAX 1e150
int outcome_check_values(const double *values, size_t n, const char *what, struct error *err);

/* p (and ln p) of a statistic that is normal, or Student's t when df is finite. */
double outcome_p(double statistic, double df, enum outcome_alternative alternative, double *log_p);

/* The whole outcome of an estimate with a standard error against `null`; se >= 0, and 0 gives NO_SPREAD or
 * DETERMINISTIC.  alpha in (0,1). */
void outcome_from(struct outcome *out, double effect, double null, double se, double df,
                  enum outcome_alternative alternative, double alpha);

/* Non-inferiority: is B at most `margin` worse than A?  margin > 0, in the effect's unit.  For a metric where less is
 * better set `less_is_better`.  One-sided at alpha; the hypothesis that is rejected is "worse by the margin or more".
 */
enum outcome_verdict {
    OUTCOME_INCONCLUSIVE,
    OUTCOME_NON_INFERIOR,  /* the bound clears the margin */
    OUTCOME_SUPERIOR,      /* and clears zero */
    OUTCOME_INFERIOR       /* the bound of the other side shows that it is worse by more than the margin */
};

struct outcome_noninferiority {
    enum outcome_verdict verdict;
    double statistic, p, log_p;
    double bound; /* the one-sided bound of the effect on its bad side */
};

const char *outcome_verdict_name(enum outcome_verdict verdict);
int outcome_noninferiority(double effect, double se, double df, double margin, bool less_is_better, double alpha,
                           struct outcome_noninferiority *out, struct error *err);

#endif
