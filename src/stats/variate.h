/* variate: random numbers of the distributions that bandits and bootstraps draw from.
 *
 * Poisson: PTRS for large means, inversion for small ones (Hörmann 1993); gamma: Marsaglia & Tsang 2000; beta from two
 * gammas, on the scale of logarithms for small shapes.  Streams come from base/rng.h: the same numbers everywhere. */
#ifndef RECKON_STATS_VARIATE_H
#define RECKON_STATS_VARIATE_H

#include "base/rng.h"

double variate_poisson(struct rng *rng, double mean);      /* a whole number; mean >= 0 */
double variate_log_gamma(struct rng *rng, double shape);   /* ln of a gamma variate with rate 1; shape > 0 */
double variate_gamma(struct rng *rng, double shape);
double variate_beta(struct rng *rng, double a, double b);
double variate_student(struct rng *rng, double df);
double variate_exponential(struct rng *rng);

#endif
