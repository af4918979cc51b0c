#include "stats/moments.h"

#include <math.h>

#include "stats/outcome.h"

void moments_add(struct moments *self, double x)
{
    double d = x - self->mean;
    self->n++;
    self->mean += d / self->n;
    self->m2 += d * (x - self->mean);
}

void moments_merge(struct moments *self, const struct moments *other)
{
    if (other->n == 0)
        return;
    double n = self->n + other->n, d = other->mean - self->mean;
    self->m2 += other->m2 + d * d * (self->n / n * other->n);
    self->mean += d * (other->n / n);
    self->n = n;
}

double moments_variance(const struct moments *self)
{
    return self->n > 1 ? fmax(self->m2, 0) / (self->n - 1) : 0;
}

int moments_of(const double *values, size_t n, struct moments *out, struct error *err)
{
    struct moments m = {.n = (double)n}, about = {0};
    int rc = outcome_check_values(values, n, "metric", err);
    for (size_t i = 0; i < n && rc == 0; i++)
        moments_add(&about, values[i]);
    /* Once more about that mean: where it is large against the spread, its updates have rounded at each step. */
    for (size_t i = 0; i < n && rc == 0; i++) {
        double d = values[i] - about.mean;
        m.mean += d / m.n;
        m.m2 += d * d;
    }
    if (rc == 0) {
        m.m2 = fmax(m.m2 - m.n * m.mean * m.mean, 0);
        m.mean += about.mean;
        *out = m;
    }
    return rc;
}

struct moments moments_from_sums(double n, double sum, double sum_of_squares)
{
    double mean = n > 0 ? sum / n : 0;
    return (struct moments){n, mean, fmax(sum_of_squares - sum * mean, 0)};
}

struct moments moments_from_sd(double n, double mean, double sd)
{
    return (struct moments){n, mean, n > 1 ? sd * sd * (n - 1) : 0};
}

void moments_pair_add(struct moments_pair *self, double x, double y)
{
    double dx = x - self->mean_x, dy = y - self->mean_y;
    self->n++;
    self->mean_x += dx / self->n;
    self->mean_y += dy / self->n;
    self->xx += dx * (x - self->mean_x);
    self->yy += dy * (y - self->mean_y);
    self->xy += dx * (y - self->mean_y);
}

void moments_pair_merge(struct moments_pair *self, const struct moments_pair *other)
{
    if (other->n == 0)
        return;
    double n = self->n + other->n, dx = other->mean_x - self->mean_x, dy = other->mean_y - self->mean_y;
    double weight = self->n / n * other->n;
    self->xx += other->xx + dx * dx * weight;
    self->yy += other->yy + dy * dy * weight;
    self->xy += other->xy + dx * dy * weight;
    self->mean_x += dx * (other->n / n);
    self->mean_y += dy * (other->n / n);
    self->n = n;
}

int moments_pair_of(const double *x, const double *y, size_t n, struct moments_pair *out, struct error *err)
{
    struct moments_pair m = {0};
    int rc = outcome_check_values(x, n, "covariate", err);
    if (rc == 0)
        rc = outcome_check_values(y, n, "metric", err);
    for (size_t i = 0; i < n && rc == 0; i++)
        moments_pair_add(&m, x[i], y[i]);
    if (rc == 0)
        *out = m;
    return rc;
}

struct moments moments_pair_x(const struct moments_pair *self)
{
    return (struct moments){self->n, self->mean_x, self->xx};
}

struct moments moments_pair_y(const struct moments_pair *self)
{
    return (struct moments){self->n, self->mean_y, self->yy};
}
