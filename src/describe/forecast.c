#include "describe/forecast.h"

#include <math.h>

#include "stats/student.h"

static const double sides = 0.05; /* on each */

static double mean_of(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

static double deviation_of(const double *x, size_t n, double mean)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return sqrt(sum / (double)(n - 1));
}

void forecast_make(struct forecast *out, const double *days, size_t n, double spent, double left, double limit)
{
    *out = (struct forecast){.rate = NAN, .end = NAN, .low = NAN, .high = NAN, .lasts = NAN};
    if (limit >= 0 && spent >= limit)
        out->lasts = 0;
    if (n < FORECAST_DAYS_MIN)
        return;
    out->told = true;
    out->rate = mean_of(days, n);
    double spread = deviation_of(days, n, out->rate) * student_upper_quantile(sides, (double)n - 1) *
                    sqrt(left + left * left / (double)n);
    out->end = spent + out->rate * left;
    out->low = fmax(spent, out->end - spread);
    out->high = out->end + spread;
    if (limit >= 0 && spent < limit)
        out->lasts = out->rate > 0 ? (limit - spent) / out->rate : (double)INFINITY;
}
