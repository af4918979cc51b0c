#include "stats/fisher_f.h"

#include <math.h>
#include <stdbool.h>

#include "stats/beta.h"
#include "stats/special.h"

static double log_tail(double x, double df1, double df2, bool upper)
{
    if (isinf(x) && x > 0)
        return upper ? -INFINITY : 0;
    double s = df1 * x + df2;
    return x <= 0 ? special_log_beta_tail(0.5 * df1, 0.5 * df2, 0, 1, upper)
                  : special_log_beta_tail(0.5 * df1, 0.5 * df2, df1 * x / s, df2 / s, upper);
}

double fisher_f_pdf(double x, double df1, double df2)
{
    if (!(df1 > 0 && df2 > 0) || isnan(x) || isinf(df1) || isinf(df2))
        return NAN;
    if (x < 0 || isinf(x))
        return 0;
    if (x == 0)
        return df1 > 2 ? 0 : df1 < 2 ? INFINITY : 1;
    double s = df1 * x + df2;
    return exp(special_log_beta_prefactor(0.5 * df1, 0.5 * df2, df1 * x / s, df2 / s)) / x;
}

double fisher_f_cdf(double x, double df1, double df2)
{
    return exp(log_tail(x, df1, df2, false));
}

double fisher_f_log_sf(double x, double df1, double df2)
{
    return log_tail(x, df1, df2, true);
}

double fisher_f_sf(double x, double df1, double df2)
{
    return exp(log_tail(x, df1, df2, true));
}

double fisher_f_quantile(double p, double df1, double df2)
{
    return p >= 0 && p <= 1 ? exp(beta_log_odds_quantile(p, 1 - p, 0.5 * df1, 0.5 * df2)) * (df2 / df1) : NAN;
}

double fisher_f_upper_quantile(double q, double df1, double df2)
{
    return q >= 0 && q <= 1 ? exp(beta_log_odds_quantile(1 - q, q, 0.5 * df1, 0.5 * df2)) * (df2 / df1) : NAN;
}
