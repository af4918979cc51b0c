/* normal: the standard normal distribution, with both tails and their logarithms.
 *
 * Tails come from erfc with the rounding of x/√2 put back, so that they are right to about 1e-15 down to the smallest
 * double; beyond it their logarithms come from the continued fraction of Mills' ratio (Abramowitz & Stegun 26.2.14).
 * Quantiles are polished by Newton steps on the logarithm of the tail.  Domain: see special.h. */
#ifndef RECKON_STATS_NORMAL_H
#define RECKON_STATS_NORMAL_H

double normal_pdf(double x);
double normal_cdf(double x);
double normal_sf(double x);
double normal_log_pdf(double x);
double normal_log_cdf(double x);
double normal_log_sf(double x);
double normal_quantile(double p);       /* -INFINITY at 0, INFINITY at 1 */
double normal_upper_quantile(double q); /* the x with sf(x) = q */
double normal_between(double lo, double hi); /* P(lo < Z < hi), without cancellation in the tails */

/* E max(Z - c, 0) for a standard normal Z: φ(c) - c sf(c), without cancellation for large c. */
double normal_excess(double c);

#endif
