/* quadrature: integrals of smooth functions of one variable.
 *
 * Adaptive Gauss-Kronrod with 21 points (Piessens et al., QUADPACK, 1983): the panel with the largest error is halved
 * until the whole is good enough.  Start with enough panels that no peak falls between the points.  Infinite ends are
 * the caller's: cut where the integrand is nought.  Nothing here allocates; re-entrant. */
#ifndef RECKON_STATS_QUADRATURE_H
#define RECKON_STATS_QUADRATURE_H

typedef double (*quadrature_fn)(const void *context, double x);

/* The integral of f over [lo, hi] to max(absolute, relative * |integral|), beginning with `panels` (1 to 64). */
double quadrature_integrate(quadrature_fn f, const void *context, double lo, double hi, int panels, double relative,
                            double absolute);

/* E g(S) for S = sqrt(chi-square with df degrees of freedom / df): what turns a normal probability into one of t.
 * g must be bounded by about 1; `relative` as above.  df > 0. */
double quadrature_over_scale(quadrature_fn g, const void *context, double df, double relative);

/* E g(Z) for a standard normal Z. */
double quadrature_over_normal(quadrature_fn g, const void *context, double relative);

#endif
