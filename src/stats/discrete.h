/* discrete: the binomial, Poisson and hypergeometric distributions.
 *
 * Probabilities in Loader's saddle-point form (see special.h); tails of the first two are incomplete beta and gamma
 * functions, those of the hypergeometric a sum from the point outwards, that stops when nothing is added any more.
 * Counts are doubles that hold whole numbers (up to 2^53); k is rounded down.  The quantile is the smallest k with
 * cdf(k) >= p, as in R and SciPy.  Domain: see special.h. */
#ifndef RECKON_STATS_DISCRETE_H
#define RECKON_STATS_DISCRETE_H

double discrete_binomial_log_pmf(double k, double n, double p);
double discrete_binomial_pmf(double k, double n, double p);
double discrete_binomial_cdf(double k, double n, double p);
double discrete_binomial_sf(double k, double n, double p); /* P(X > k) */
double discrete_binomial_quantile(double q, double n, double p);

double discrete_poisson_log_pmf(double k, double mean);
double discrete_poisson_pmf(double k, double mean);
double discrete_poisson_cdf(double k, double mean);
double discrete_poisson_sf(double k, double mean);
double discrete_poisson_quantile(double q, double mean);

/* k white ones among `drawn` from an urn of `total`, of which `white` are white. */
double discrete_hypergeometric_log_pmf(double k, double total, double white, double drawn);
double discrete_hypergeometric_pmf(double k, double total, double white, double drawn);
double discrete_hypergeometric_cdf(double k, double total, double white, double drawn);
double discrete_hypergeometric_sf(double k, double total, double white, double drawn);

#endif
