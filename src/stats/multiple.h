/* multiple: p-values of many metrics or arms, adjusted so that the chance of a false alarm is what was promised.
 *
 * Bonferroni and Šidák 1967, Holm 1979 (any dependence; uniformly better than Bonferroni), Hochberg 1988,
 * Benjamini & Hochberg 1995 (the share of false ones among those found), Benjamini & Yekutieli 2001 (the same under
 * any dependence).  Only success metrics count; guardrails are not corrected, since all of them must pass.
 * A p that is NaN takes no part: it is not counted, and stays NaN-free as adjusted 1, not rejected. */
#ifndef RECKON_STATS_MULTIPLE_H
#define RECKON_STATS_MULTIPLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum multiple_method {
    MULTIPLE_HOLM,
    MULTIPLE_BH,
    MULTIPLE_BY,
    MULTIPLE_BONFERRONI,
    MULTIPLE_SIDAK,
    MULTIPLE_HOCHBERG,
    MULTIPLE_NONE
};

/* adjusted[i], comparable with alpha, and whether i is rejected (`reject` may be NULL).  n = 0 is fine.  E_BAD_DATA for
 * a p outside [0,1]. */
int multiple_adjust(const double *p, size_t n, enum multiple_method method, double alpha, double *adjusted,
                    bool *reject, struct error *err);

#endif
