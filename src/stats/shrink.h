/* shrink: estimates that were picked because they were large are too large.
 *
 * The winner's curse: an effect that is looked at because it was significant is corrected by conditioning on that
 * (Zhong & Prentice 2008; intervals by inverting the truncated normal: Lee, Sun, Sun & Taylor 2016).  Segments: a
 * normal prior that the segments themselves give (Efron & Morris 1975), its spread by Paule & Mandel 1982. */
#ifndef RECKON_STATS_SHRINK_H
#define RECKON_STATS_SHRINK_H

#include "stats/outcome.h"

struct shrink_winner {
    bool selected;       /* false: not significant; then estimate and interval are the plain ones */
    double estimate;     /* median-unbiased given the selection */
    double likeliest;    /* the conditional maximum-likelihood estimate */
    double low, high;
};

/* An estimate with its standard error, shown because its p was at most alpha_selected (two-sided, or one-sided when
 * `one_sided`: only positive ones are shown).  The interval has coverage 1 - alpha among those that are shown. */
int shrink_winner(double estimate, double se, double alpha_selected, bool one_sided, double alpha,
                  struct shrink_winner *out, struct error *err);

struct shrink_segments {
    double mean, mean_se; /* of the segments' true effects */
    double tau;           /* their spread; 0: the differences are what chance gives */
    double q, q_p;        /* Cochran's test that all are alike */
};

/* shrunk[i] and sd[i]: the posterior mean and spread of segment i (the prior's own uncertainty included).  n >= 2;
 * every se above zero. */
int shrink_segments(const double *estimates, const double *se, size_t n, double *shrunk, double *sd,
                    struct shrink_segments *out, struct error *err);

#endif
