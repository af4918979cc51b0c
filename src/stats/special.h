/* special: the few special functions that every distribution is built on.
 *
 * Incomplete beta and gamma functions as tails, with their logarithms, so that a tail of 1e-400 is still a number.
 * Both start from a prefactor in Loader's saddle-point form (C. Loader, "Fast and accurate computation of binomial
 * probabilities", 2000), which loses no digits where lgamma differences would; then a continued fraction or a series
 * with positive terms only (DiDonato & Morris, ACM TOMS 708, 1992, for beta; Abramowitz & Stegun 6.5.29 and 6.5.31
 * for gamma).  Relative error about 1e-14 times the condition of the problem for shapes from 1e-3 to 1e8; the time
 * grows with the root of the larger shape.
 *
 * Domain of this file and of all distributions here: arguments outside it (NaN, a shape that is not positive) give
 * NaN.  That is the only place in src/stats where NaN comes out; what is built above refuses such input with words. */
#ifndef RECKON_STATS_SPECIAL_H
#define RECKON_STATS_SPECIAL_H

#include <stdbool.h>

#define SPECIAL_LN_SQRT_2PI 0.91893853320467274178
#define SPECIAL_SQRT_2PI 2.50662827463100050242
#define SPECIAL_PI 3.14159265358979323846

double special_log_gamma(double x);            /* ln Γ(x), x > 0; thread-safe, unlike lgamma() */
double special_stirling_error(double n);       /* ln Γ(n+1) - (n+½)ln n + n - ln √(2π), n > 0 */
double special_deviance(double x, double mean);/* x ln(x/mean) + mean - x, without cancellation; x, mean > 0 */
double special_log_beta(double a, double b);   /* ln B(a, b) */
double special_log_sum(double x, double y);    /* ln(e^x + e^y); -INFINITY is ln 0 */
double special_log1m_exp(double x);            /* ln(1 - e^x) for x <= 0 */

/* ln of x^a y^b / B(a,b), where y = 1 - x is given too, since near 1 it cannot be had from x. */
double special_log_beta_prefactor(double a, double b, double x, double y);
/* ln of x^a e^-x / Γ(a+1). */
double special_log_gamma_prefactor(double a, double x);

/* The regularised incomplete beta function I_x(a,b), or its complement when `upper`; ln of it. */
double special_log_beta_tail(double a, double b, double x, double y, bool upper);
/* P(a,x), or Q(a,x) when `upper`; ln of it. */
double special_log_gamma_tail(double a, double x, bool upper);

#endif
