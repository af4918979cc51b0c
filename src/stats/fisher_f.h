/* fisher_f: the F distribution, through beta.h.  df1, df2 > 0, finite.  Domain: see special.h. */
#ifndef RECKON_STATS_FISHER_F_H
#define RECKON_STATS_FISHER_F_H

double fisher_f_pdf(double x, double df1, double df2);
double fisher_f_cdf(double x, double df1, double df2);
double fisher_f_sf(double x, double df1, double df2);
double fisher_f_log_sf(double x, double df1, double df2);
double fisher_f_quantile(double p, double df1, double df2);
double fisher_f_upper_quantile(double q, double df1, double df2);

#endif
