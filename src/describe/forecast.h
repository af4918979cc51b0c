/* forecast: what will be spent by a day to come, from what was spent each day.
 *
 * The days are whole ones, of which those without spending are zero.  They are taken for draws of one distribution: the
 * rate is their mean, and the interval that of the sum of the days to come (Student's t; Hahn & Meeker, Statistical
 * Intervals, 4.8), nine times of ten.  Weekdays and trends are not known to it.  Of fewer than FORECAST_DAYS_MIN days
 * nothing is said.  Pure. */
#ifndef RECKON_DESCRIBE_FORECAST_H
#define RECKON_DESCRIBE_FORECAST_H

#include <stdbool.h>
#include <stddef.h>

enum { FORECAST_DAYS_MIN = 3 };

struct forecast {
    bool told;             /* there were days enough */
    double rate;           /* a day */
    double end, low, high; /* spent by the end; NAN: there is none */
    double lasts;          /* days from now until the limit is reached at that rate; INFINITY: never, NAN: no limit */
};

/* spent: up to now, also before the first day and today; left: days from now to the end (NAN: none); limit: negative none. */
void forecast_make(struct forecast *out, const double *days, size_t n, double spent, double left, double limit);

#endif
