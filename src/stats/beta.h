/* beta: the beta distribution, and from it F and Student's t (student.h, fisher_f.h).
 *
 * Quantiles are found on the scale of log odds, where neither end of (0,1) loses digits; `beta_log_odds_quantile` gives
 * that scale out.  Shapes a, b > 0, finite.  Domain: see special.h. */
#ifndef RECKON_STATS_BETA_H
#define RECKON_STATS_BETA_H

double beta_log_pdf(double x, double a, double b);
double beta_pdf(double x, double a, double b);
double beta_cdf(double x, double a, double b);
double beta_sf(double x, double a, double b);
double beta_log_cdf(double x, double a, double b);
double beta_log_sf(double x, double a, double b);
double beta_quantile(double p, double a, double b);
double beta_upper_quantile(double q, double a, double b);

/* ln(x/(1-x)) of the quantile x with P(X < x) = p and P(X > x) = q; p + q = 1, and the smaller one is looked at. */
double beta_log_odds_quantile(double p, double q, double a, double b);

#endif
