#include "experiment/sums.h"

#include <math.h>

#include "base/clock.h"
#include "base/mem.h"
#include "stats/order.h"

struct sums *sums_new(const struct design *design, struct error *err)
{
    struct sums *self = mem_zalloc(1, sizeof *self);
    if (self == NULL) {
        error_nomem(err, "experiment");
        return NULL;
    }
    self->design = design;
    self->n_arms = design->n_arms;
    self->n_metrics = design->n_metrics;
    return self;
}

void sums_free(struct sums *self)
{
    if (self == NULL)
        return;
    for (size_t a = 0; a < self->n_arms; a++)
        for (size_t m = 0; m < self->n_metrics; m++)
            mem_free(self->cell[a][m].kept);
    mem_free(self);
}

static bool is_capped(const struct sums *self, size_t metric)
{
    enum metric_type type = self->design->metrics[metric].metric.type;
    return self->design->cap > 0 && (type == METRIC_REVENUE || type == METRIC_COUNT);
}

static int keep(struct sums_cell *cell, const struct metric_value *v, struct error *err)
{
    if (mem_grow((void **)&cell->kept, &cell->cap_kept, cell->n_kept + 2, sizeof *cell->kept) != 0)
        return error_nomem(err, "experiment");
    cell->kept[cell->n_kept++] = (float)v->pre;
    cell->kept[cell->n_kept++] = (float)v->y;
    return 0;
}

int sums_add_value(struct sums *self, size_t arm, size_t metric, const struct metric_value *v, struct error *err)
{
    struct sums_cell *cell = &self->cell[arm][metric];
    bool ratio = self->design->metrics[metric].metric.type == METRIC_RATIO;
    if (v->y == 0 && v->pre == 0 && (!ratio || v->x == 0)) {
        cell->zeros++;
        return 0;
    }
    if (is_capped(self, metric))
        return keep(cell, v, err);
    moments_pair_add(&cell->covariate, v->pre, v->y);
    if (ratio)
        moments_pair_add(&cell->ratio, v->x, v->y);
    return 0;
}

int sums_add(struct sums *self, size_t arm, const struct metric_event *events, size_t n, int64_t exposed,
             struct error *err)
{
    int64_t before = self->design->pre_days * CLOCK_DAY_MS, window = self->design->window_days * CLOCK_DAY_MS;
    int rc = 0;
    self->users[arm]++;
    for (size_t m = 0; m < self->n_metrics && rc == 0; m++) {
        struct metric_value v = metric_of(&self->design->metrics[m].metric, events, n, exposed, before, window);
        rc = sums_add_value(self, arm, m, &v, err);
    }
    return rc;
}

/* The cap of all arms together, of the metric (offset 1) or its covariate (0), among values that are not zero. */
static int common_cap(const struct sums *self, size_t metric, size_t offset, double *cap, struct error *err)
{
    size_t n = 0, total = 0;
    for (size_t a = 0; a < self->n_arms; a++)
        total += self->cell[a][metric].n_kept / 2;
    *cap = INFINITY;
    double *values = mem_alloc(total > 0 ? total : 1, sizeof *values);
    if (values == NULL)
        return error_nomem(err, "experiment");
    for (size_t a = 0; a < self->n_arms; a++)
        for (size_t i = offset; i < self->cell[a][metric].n_kept; i += 2)
            if (self->cell[a][metric].kept[i] != 0)
                values[n++] = (double)self->cell[a][metric].kept[i];
    int rc = n == 0 ? 0 : order_cap(values, n, self->design->cap, true, cap, err);
    mem_free(values);
    return rc;
}

static int take_kept(struct sums *self, size_t metric, struct error *err)
{
    double cap, before;
    int rc = common_cap(self, metric, 1, &cap, err);
    if (rc == 0)
        rc = common_cap(self, metric, 0, &before, err);
    if (rc != 0)
        return rc;
    self->capped_at[metric] = isfinite(cap) ? cap : 0;
    for (size_t a = 0; a < self->n_arms; a++) {
        struct sums_cell *cell = &self->cell[a][metric];
        for (size_t i = 0; i < cell->n_kept; i += 2)
            moments_pair_add(&cell->covariate, fmin((double)cell->kept[i], before), fmin((double)cell->kept[i + 1],
                                                                                         cap));
        mem_free(cell->kept);
        cell->kept = NULL;
        cell->n_kept = cell->cap_kept = 0;
    }
    return 0;
}

int sums_finish(struct sums *self, struct error *err)
{
    int rc = 0;
    for (size_t m = 0; m < self->n_metrics && rc == 0; m++)
        if (is_capped(self, m))
            rc = take_kept(self, m, err);
    for (size_t a = 0; a < self->n_arms; a++)
        for (size_t m = 0; m < self->n_metrics; m++) {
            struct sums_cell *cell = &self->cell[a][m];
            struct moments_pair none = {.n = cell->zeros};
            moments_pair_merge(&cell->covariate, &none);
            if (self->design->metrics[m].metric.type == METRIC_RATIO)
                moments_pair_merge(&cell->ratio, &none);
            cell->zeros = 0;
        }
    return rc;
}

struct moments sums_moments(const struct sums *self, size_t arm, size_t metric)
{
    return moments_pair_y(&self->cell[arm][metric].covariate);
}
