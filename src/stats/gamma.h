/* gamma: the gamma distribution with shape and rate 1, and the chi-square distribution.
 *
 * A gamma with rate r is gamma_*(r x, shape); chi-square with df is gamma_*(x/2, df/2).  shape, df > 0, finite.
 * Domain: see special.h. */
#ifndef RECKON_STATS_GAMMA_H
#define RECKON_STATS_GAMMA_H

double gamma_log_pdf(double x, double shape);
double gamma_pdf(double x, double shape);
double gamma_cdf(double x, double shape);
double gamma_sf(double x, double shape);
double gamma_log_cdf(double x, double shape);
double gamma_log_sf(double x, double shape);
double gamma_quantile(double p, double shape);
double gamma_upper_quantile(double q, double shape);

double gamma_chi2_pdf(double x, double df);
double gamma_chi2_cdf(double x, double df);
double gamma_chi2_sf(double x, double df);
double gamma_chi2_log_sf(double x, double df);
double gamma_chi2_quantile(double p, double df);
double gamma_chi2_upper_quantile(double q, double df);

#endif
