#include "experiment/sums.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "stats/order.h"

struct sums *sums_new(const struct design *design, int64_t now, struct error *err)
{
    struct sums *self = mem_zalloc(1, sizeof *self);
    if (self != NULL)
        self->cell = mem_zalloc(design->n_arms, sizeof *self->cell);
    if (self == NULL || self->cell == NULL) {
        error_nomem(err, "experiment");
        mem_free(self);
        return NULL;
    }
    self->design = design;
    self->now = now;
    self->n_arms = design->n_arms;
    self->n_metrics = design->n_metrics;
    return self;
}

void sums_free(struct sums *self)
{
    if (self == NULL)
        return;
    for (size_t a = 0; a < self->n_arms; a++)
        for (size_t m = 0; m < self->n_metrics; m++) {
            mem_free(self->cell[a][m].kept);
            mem_free(self->cell[a][m].values);
            mem_free(self->cell[a][m].owner);
        }
    mem_free(self->cell);
    mem_free(self);
}

static bool is_capped(const struct sums *self, size_t metric)
{
    const struct metric *m = &self->design->metrics[metric].metric;
    return self->design->cap > 0 && (metric_is_money(m) || m->type == METRIC_COUNT);
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

int sums_add_quantile(struct sums *self, size_t arm, size_t metric, double value, struct error *err)
{
    struct sums_cell *cell = &self->cell[arm][metric];
    size_t n = cell->n_values;
    if (mem_grow((void **)&cell->values, &cell->cap_values, n + 1, sizeof *cell->values) != 0 ||
        mem_grow((void **)&cell->owner, &cell->cap_owner, n + 1, sizeof *cell->owner) != 0)
        return error_nomem(err, "experiment");
    cell->values[n] = value;
    cell->owner[n] = (uint32_t)(self->users[arm] - 1);
    cell->n_values++;
    return 0;
}

void sums_measure(const struct sums *self, struct sums_user *user, const struct metric_event *events, size_t n,
                  int64_t exposed)
{
    int64_t before = self->design->pre_days * CLOCK_DAY_MS, window = self->design->window_days * CLOCK_DAY_MS;
    user->events = events;
    user->n_events = n;
    user->exposed = exposed;
    for (size_t m = 0; m < self->n_metrics; m++)
        user->value[m] = metric_of(&self->design->metrics[m].metric, events, n, exposed, before, window);
}

static int add_quantile(struct sums *self, size_t arm, size_t metric, const struct sums_user *user, struct error *err)
{
    const struct metric *m = &self->design->metrics[metric].metric;
    int64_t window = self->design->window_days * CLOCK_DAY_MS;
    int rc = 0;
    for (size_t i = 0; i < user->n_events && rc == 0; i++)
        if (metric_counts(m, &user->events[i], user->exposed, window))
            rc = sums_add_quantile(self, arm, metric, user->events[i].value, err);
    return rc;
}

int sums_add(struct sums *self, size_t arm, const struct sums_user *user, struct error *err)
{
    int rc = 0;
    self->users[arm]++;
    for (size_t m = 0; m < self->n_metrics && rc == 0; m++) {
        const struct metric *metric = &self->design->metrics[m].metric;
        if (metric->type == METRIC_QUANTILE)
            rc = add_quantile(self, arm, m, user, err);
        else if (metric_is_ripe(metric, user->exposed, self->now))
            rc = sums_add_value(self, arm, m, &user->value[m], err);
    }
    return rc;
}

static int merge_lists(struct sums_cell *to, const struct sums_cell *from, double users, struct error *err)
{
    if (mem_grow((void **)&to->kept, &to->cap_kept, to->n_kept + from->n_kept, sizeof *to->kept) != 0 ||
        mem_grow((void **)&to->values, &to->cap_values, to->n_values + from->n_values, sizeof *to->values) != 0 ||
        mem_grow((void **)&to->owner, &to->cap_owner, to->n_values + from->n_values, sizeof *to->owner) != 0)
        return error_nomem(err, "experiment");
    if (from->n_kept > 0)
        memcpy(to->kept + to->n_kept, from->kept, from->n_kept * sizeof *from->kept);
    to->n_kept += from->n_kept;
    for (size_t i = 0; i < from->n_values; i++) {
        to->values[to->n_values] = from->values[i];
        to->owner[to->n_values++] = from->owner[i] + (uint32_t)users;
    }
    return 0;
}

int sums_merge(struct sums *self, const struct sums *other, struct error *err)
{
    int rc = 0;
    for (size_t a = 0; a < self->n_arms && rc == 0; a++) {
        for (size_t m = 0; m < self->n_metrics && rc == 0; m++) {
            struct sums_cell *to = &self->cell[a][m];
            const struct sums_cell *from = &other->cell[a][m];
            moments_pair_merge(&to->covariate, &from->covariate);
            moments_pair_merge(&to->ratio, &from->ratio);
            to->zeros += from->zeros;
            rc = merge_lists(to, from, self->users[a], err);
        }
        self->users[a] += other->users[a];
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

static int take_kept(struct sums *self, size_t metric, const struct sums *whole, struct error *err)
{
    double cap, before;
    int rc = 0;
    if (whole != NULL) {
        cap = whole->capped_at[metric] > 0 ? whole->capped_at[metric] : (double)INFINITY;
        before = whole->pre_capped_at[metric] > 0 ? whole->pre_capped_at[metric] : (double)INFINITY;
    } else {
        rc = common_cap(self, metric, 1, &cap, err);
        if (rc == 0)
            rc = common_cap(self, metric, 0, &before, err);
    }
    if (rc != 0)
        return rc;
    self->capped_at[metric] = isfinite(cap) ? cap : 0;
    self->pre_capped_at[metric] = isfinite(before) ? before : 0;
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

int sums_finish(struct sums *self, const struct sums *whole, struct error *err)
{
    int rc = 0;
    for (size_t m = 0; m < self->n_metrics && rc == 0; m++)
        if (is_capped(self, m))
            rc = take_kept(self, m, whole, err);
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

double sums_counted(const struct sums *self, size_t metric)
{
    bool all = self->design->metrics[metric].metric.days == 0;
    double n = 0;
    for (size_t a = 0; a < self->n_arms; a++)
        n += all ? self->users[a] : self->cell[a][metric].covariate.n;
    return n;
}
