/* proportion: conversion rates, from counts of users who did and users there were.
 *
 * Tests and intervals of one and two proportions: Wald, Wilson 1927, Agresti & Coull 1998, Clopper & Pearson 1934,
 * Newcombe 1998 (method 10, the right default for a difference), Miettinen & Nurminen 1985.  Counts are whole numbers
 * with 0 <= x <= n, n > 0; anything else is refused in words.  No or all conversions are ordinary input. */
#ifndef RECKON_STATS_PROPORTION_H
#define RECKON_STATS_PROPORTION_H

#include "stats/outcome.h"

struct proportion {
    double x, n; /* of n users, x converted */
};

int proportion_check(const struct proportion *p, const char *arm, struct error *err);

/* B - A by the normal approximation.  `pooled`: the variance of the test from the pooled rate (the usual test; its
 * interval is Wald's, unpooled); `continuity`: Yates' correction, which draws the
 * difference towards 0 (as R's prop.test).  `null`: the difference to test against (then, and
 * only then, the variance must be unpooled: E_USAGE).  NO_SPREAD when nobody or everybody converted; FEW when an
 * expected count is below 5: use exact_fisher. */
int proportion_z(const struct proportion *a, const struct proportion *b, bool pooled, bool continuity, double null,
                 enum outcome_alternative alternative, double alpha, struct outcome *out, struct error *err);

/* B - A with the lift (B - A)/A by the delta method on the scale of logarithms: low and high of the ratio less 1.
 * Needs a conversion in both arms (E_BAD_DATA). */
int proportion_lift(const struct proportion *a, const struct proportion *b, double alpha, struct outcome *out,
                    struct error *err);

enum proportion_method {
    PROPORTION_WILSON,
    PROPORTION_AGRESTI_COULL,
    PROPORTION_CLOPPER_PEARSON,
    PROPORTION_WALD,
    PROPORTION_JEFFREYS
};

int proportion_interval(const struct proportion *p, enum proportion_method method, double alpha, double *low,
                        double *high, struct error *err);

enum proportion_difference_method {
    PROPORTION_NEWCOMBE,
    PROPORTION_DIFFERENCE_WALD,
    PROPORTION_AGRESTI_CAFFO,
    PROPORTION_MIETTINEN_NURMINEN
};

int proportion_difference_interval(const struct proportion *a, const struct proportion *b,
                                   enum proportion_difference_method method, double alpha, double *low, double *high,
                                   struct error *err);

#endif
