/* srm: sample-ratio mismatch, the first thing to look at: do the arms have the shares that they were to have?
 *
 * A mismatch means that users were lost or assigned in another way than planned, and then nothing else of the test can
 * be believed.  The chi-square test against the planned shares is for one look; the sequential one (Lindon & Malek
 * 2022, "Anytime-valid inference for multinomial count data") holds at every look.  The usual threshold is 0.001. */
#ifndef RECKON_STATS_SRM_H
#define RECKON_STATS_SRM_H

#include "stats/outcome.h"

#define SRM_THRESHOLD 0.001

struct srm_answer {
    double chi2, df, p, log_p;
    bool stray; /* users in an arm of weight 0: that alone is an alarm, and p is 0 */
    bool few;   /* an expected count is below 5: the approximation is rough */
};

/* weights: planned shares on any scale, at least 0, two of them above 0.  df counts arms with a weight only. */
int srm_chi2(const double *observed, const double *weights, size_t arms, struct srm_answer *out, struct error *err);

/* The same at every look.  p = min(previous p, 1/Bayes factor); start with previous = 1.  The prior is a Dirichlet
 * around the plan with `strength` (0: 100) pseudo-users. */
int srm_sequential(const double *observed, const double *weights, size_t arms, double strength, double previous,
                   double *p, struct error *err);

/* Are rows and columns of a table of counts independent (Pearson)?  Of users who are in two experiments at once: do the
 * arms of one go with the arms of the other?  Empty rows and columns do not count; without two of each there is nothing to
 * compare: df 0, p 1. */
int srm_independence(const double *counts, size_t rows, size_t columns, struct srm_answer *out, struct error *err);

#endif
