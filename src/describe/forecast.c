#include "describe/forecast.h"

#include <math.h>

#include "stats/moments.h"
#include "stats/student.h"

static const double sides = 0.05; /* on each */

void forecast_make(struct forecast *out, const double *days, size_t n, double spent, double left, double limit)
{
    *out = (struct forecast){.rate = NAN, .end = NAN, .low = NAN, .high = NAN, .lasts = NAN};
    if (limit >= 0 && spent >= limit)
        out->lasts = 0;
    if (n < FORECAST_DAYS_MIN)
        return;
    out->told = true;
    struct moments m = {0};
    for (size_t i = 0; i < n; i++)
        moments_add(&m, days[i]);
    out->rate = m.mean;
    double spread = sqrt(moments_variance(&m)) * student_upper_quantile(sides, (double)n - 1) *
                    sqrt(left + left * left / (double)n);
    out->end = spent + out->rate * left;
    out->low = fmax(spent, out->end - spread);
    out->high = out->end + spread;
    if (limit >= 0 && spent < limit)
        out->lasts = out->rate > 0 ? (limit - spent) / out->rate : (double)INFINITY;
}
