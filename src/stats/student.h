/* student: Student's t, central and noncentral.
 *
 * The central tails are incomplete beta functions (Abramowitz & Stegun 26.7.1).  The noncentral ones, for power, are
 * the normal tail averaged over the scale (26.7.9) by quadrature, relative 1e-12.  df > 0, and may be fractional;
 * df = INFINITY is the normal.  Domain: see special.h. */
#ifndef RECKON_STATS_STUDENT_H
#define RECKON_STATS_STUDENT_H

double student_log_pdf(double x, double df);
double student_pdf(double x, double df);
double student_cdf(double x, double df);
double student_sf(double x, double df);
double student_log_sf(double x, double df);
double student_log_cdf(double x, double df);
double student_quantile(double p, double df);
double student_upper_quantile(double q, double df);

double student_noncentral_cdf(double x, double df, double ncp);
double student_noncentral_sf(double x, double df, double ncp);

#endif
