/* root: where a continuous function of one variable is nought.
 *
 * Brent's method (R. P. Brent, Algorithms for Minimization without Derivatives, 1973, ch. 4): it cannot leave its
 * bracket, and ends at the last bit or two of x.  Nothing here allocates; re-entrant. */
#ifndef RECKON_STATS_ROOT_H
#define RECKON_STATS_ROOT_H

typedef double (*root_fn)(const void *context, double x);

/* The root between lo and hi.  0, or -1 when f has the same sign at both ends or is NaN there. */
int root_between(root_fn f, const void *context, double lo, double hi, double *x);

/* Looks for a bracket around `guess` in steps that double, from `step`, within [lo, hi] (either may be infinite), and
 * solves in it.  f must be monotone.  0, or -1 when there is no change of sign in the range. */
int root_around(root_fn f, const void *context, double guess, double step, double lo, double hi, double *x);

#endif
