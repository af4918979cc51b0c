#include "experiment/days.h"

#include "base/clock.h"

void days_init(struct days *self, const struct design *design)
{
    const struct metric *m = &design->metrics[0].metric;
    int64_t days = m->days > 0 ? m->days : design->window_days, width = (days + DAYS_BINS_MAX - 1) / DAYS_BINS_MAX;
    *self = (struct days){.width = width * CLOCK_DAY_MS};
    if (days >= 2 && (m->type == METRIC_RATE || m->type == METRIC_COUNT || metric_is_money(m)))
        self->n_bins = (size_t)(days / width);
}

void days_add(struct days *self, size_t arm, const struct design *design, const struct metric_event *events, size_t n,
              int64_t exposed, int64_t now)
{
    const struct metric *m = &design->metrics[0].metric;
    double value[DAYS_BINS_MAX] = {0}, sum = 0, numbered = 0;
    bool any = false;
    if (self->n_bins == 0 || now < exposed)
        return;
    int64_t over = (now - exposed) / self->width;
    size_t bins = over < (int64_t)self->n_bins ? (size_t)over : self->n_bins;
    for (size_t i = 0; i < n; i++) {
        if (events[i].time < exposed || events[i].kind != m->kind_id)
            continue;
        size_t bin = (size_t)((events[i].time - exposed) / self->width);
        if (bin < bins) {
            value[bin] += metric_is_money(m) ? events[i].value : 1;
            any = true;
        }
    }
    self->ripe[arm][bins]++;
    if (!any)
        return;
    for (size_t b = 0; b < bins; b++) {
        value[b] = m->type == METRIC_RATE && value[b] > 0 ? 1 : value[b];
        if (value[b] != 0)
            moments_add(&self->value[arm][b], value[b]);
        sum += value[b];
        numbered += value[b] * (double)(b + 1);
    }
    if (bins == self->n_bins)
        moments_pair_add(&self->middle[arm], sum, numbered);
}

void days_merge(struct days *self, const struct days *other)
{
    for (size_t a = 0; a < DESIGN_ARMS_MAX; a++) {
        for (size_t b = 0; b < self->n_bins; b++)
            moments_merge(&self->value[a][b], &other->value[a][b]);
        for (size_t b = 0; b <= self->n_bins; b++)
            self->ripe[a][b] += other->ripe[a][b];
        moments_pair_merge(&self->middle[a], &other->middle[a]);
    }
}

void days_finish(struct days *self, size_t arms)
{
    for (size_t a = 0; a < arms; a++) {
        double users = 0;
        for (size_t b = self->n_bins; b > 0; b--) {
            users += self->ripe[a][b];
            struct moments zeros = {.n = users - self->value[a][b - 1].n};
            moments_merge(&self->value[a][b - 1], &zeros);
        }
    }
}
