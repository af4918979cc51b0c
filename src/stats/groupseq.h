/* groupseq: tests that are looked at a few times, planned beforehand, with one chance of a false alarm for all looks.
 *
 * Boundaries by recursive numerical integration of the score process, whose increments are independent (Armitage,
 * McPherson & Rowe 1969; Jennison & Turnbull 2000, ch. 19): the density within the continuation region is carried from
 * look to look on Gauss-Legendre points.  Constants agree with the published ones to all digits given.
 *
 * t[k] is the information at look k as a share of what is planned (users so far / users planned), rising.  A look with
 * no more information than the last keeps its bound; beyond t = 1 nothing more is spent.  Bounds are on the scale of
 * the z statistic and are cut at GROUPSEQ_Z_MAX.  Two-sided tests are symmetric: half of alpha on each side. */
#ifndef RECKON_STATS_GROUPSEQ_H
#define RECKON_STATS_GROUPSEQ_H

#include "stats/outcome.h"

#define GROUPSEQ_LOOKS_MAX 200
#define GROUPSEQ_Z_MAX 8.0

enum groupseq_family {
    GROUPSEQ_OBRIEN_FLEMING, /* Lan & DeMets 1983: 2(1 - Φ(z/√t)) per side */
    GROUPSEQ_POCOCK,         /* α ln(1 + (e-1) t) */
    GROUPSEQ_POWER,          /* α t^parameter (Kim & DeMets 1987); Spotify's is 2 */
    GROUPSEQ_HSD             /* Hwang, Shih & DeCani 1990: α (1 - e^-γt)/(1 - e^-γ), parameter γ; 0 is linear */
};

/* The alpha that may be spent until t; alpha in (0,1), else NaN. */
double groupseq_spent(enum groupseq_family family, double parameter, double alpha, bool two_sided, double t);

/* z[k] and, if not NULL, spent[k] (cumulative) for looks t[0..n). */
int groupseq_bounds(enum groupseq_family family, double parameter, double alpha, bool two_sided, const double *t,
                    size_t n, double *z, double *spent, struct error *err);

/* The classic designs of equally spaced looks: z[k] = c (k/n)^(shape - ½); shape 0 is O'Brien & Fleming 1979, ½ Pocock
 * 1977, between them Wang & Tsiatis 1987.  *constant is c. */
int groupseq_classic(double shape, double alpha, bool two_sided, size_t n, double *constant, double *z,
                     struct error *err);

/* The chance of crossing the bounds first at each look, upwards and (two-sided) downwards, when the mean of z at t = 1
 * is `drift`.  `down` may be NULL. */
int groupseq_crossing(const double *t, const double *z, size_t n, bool two_sided, double drift, double *up,
                      double *down, struct error *err);

/* How many times more users than a fixed test this design needs at most, for the same power. */
int groupseq_inflation(const double *t, const double *z, size_t n, bool two_sided, double alpha, double power,
                       double *factor, struct error *err);

struct groupseq_answer {
    bool stop;             /* the bound is reached */
    double p;              /* of the stagewise order; valid whenever one stops */
    double estimate;       /* median-unbiased, in the effect's unit */
    double low, high;      /* of the same order, coverage 1 - alpha */
    double repeated_low, repeated_high; /* estimate ± z[k] se: valid at every look, whether one stops or not */
};

/* What may be said at look `look` (from 0), where the effect is estimated with se. */
int groupseq_analyse(const double *t, const double *z, size_t look, bool two_sided, double effect, double se,
                     double alpha, struct groupseq_answer *out, struct error *err);

#endif
