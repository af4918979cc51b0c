#include "experiment/history.h"

#include <math.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/events.h"

struct reader {
    struct metric_event *events;
    size_t n, cap;
    int64_t user;
    history_fn fn;
    void *context;
    struct job *job;
    double seen;
    struct error *err;
};

static int give(struct reader *r)
{
    int rc = r->n > 0 ? r->fn(r->context, r->user, r->events, r->n, r->err) : 0;
    r->n = 0;
    return rc;
}

static int take(void *context, const struct event_row *row)
{
    struct reader *r = context;
    if (row->user != r->user) {
        int rc = give(r);
        if (rc != 0)
            return rc;
        r->user = row->user;
    }
    if (mem_grow((void **)&r->events, &r->cap, r->n + 1, sizeof *r->events) != 0)
        return error_nomem(r->err, "experiment");
    r->events[r->n++] = (struct metric_event){row->time, row->kind, metric_event_value(row->price, row->quantity)};
    if (fmod(++r->seen, 4096) == 0 && job_step(r->job, "history", r->seen, 0, "events"))
        return job_error_cancelled(r->err, "experiment");
    return 0;
}

int history_each(struct store *store, int64_t since, int64_t until, history_fn fn, void *context, struct job *job,
                 struct error *err)
{
    struct reader r = {.fn = fn, .context = context, .job = job, .err = err};
    int rc = events_each(store, since, until, take, &r, err);
    if (rc == 0)
        rc = give(&r);
    mem_free(r.events);
    return rc;
}

int history_window(struct store *store, const struct design *d, struct history_window *out, struct error *err)
{
    struct event_totals totals;
    int rc = events_totals(store, &totals, err);
    if (rc != 0)
        return rc;
    int64_t days = totals.events == 0 ? 0 : (totals.last - totals.first) / CLOCK_DAY_MS + 1;
    int64_t window = design_horizon(d), intake = days - window - d->pre_days;
    if (days < window + 1) {
        error_set(err, E_BAD_DATA, "experiment", "the store's events span %lld days, which is not more than the "
                  "%lld that the window, or the horizon of a metric, takes", (long long)days, (long long)window);
        return error_hint(err, E_BAD_DATA, "give a shorter --window or horizon, or import more history");
    }
    intake = intake < 1 ? days - window : intake;
    intake = intake > HISTORY_INTAKE_MAX ? HISTORY_INTAKE_MAX : intake;
    *out = (struct history_window){.until = totals.last + 1, .intake_days = (uint32_t)intake};
    out->intake_end = out->until - window * CLOCK_DAY_MS;
    out->start = out->intake_end - intake * CLOCK_DAY_MS;
    return 0;
}

int64_t history_exposed(const struct history_window *self, const struct metric_event *events, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (events[i].time >= self->start)
            return events[i].time < self->intake_end ? events[i].time + 1 : 0;
    return 0;
}

static int add_user(void *context, int64_t user, const struct metric_event *events, size_t n, struct error *err)
{
    struct baseline *self = context;
    int64_t exposed = history_exposed(&self->window, events, n);
    (void)user;
    if (exposed == 0)
        return 0;
    int64_t day = (exposed - 1 - self->window.start) / CLOCK_DAY_MS;
    self->arrivals[day < HISTORY_INTAKE_MAX ? day : HISTORY_INTAKE_MAX - 1]++;
    struct sums_user who;
    sums_measure(self->sums, &who, events, n, exposed);
    int rc = sums_add(self->sums, 0, &who, err);
    return rc == 0 && self->tamed != NULL ? sums_add(self->tamed_sums, 0, &who, err) : rc;
}

/* Beside it the same with a cap, to say what one would save. */
static int tame(struct baseline *self, const struct design *design, struct error *err)
{
    if (!metric_is_money(&design->metrics[0].metric) || design->cap > 0)
        return 0;
    self->tamed = mem_dup(design, sizeof *design);
    if (self->tamed == NULL)
        return error_nomem(err, "experiment");
    self->tamed->cap = HISTORY_CAP;
    self->tamed->n_metrics = 1;
    self->tamed_sums = sums_new(self->tamed, self->window.until, err);
    return self->tamed_sums != NULL ? 0 : E_NOMEM;
}

int baseline_read(struct baseline *out, struct store *store, const struct design *design, struct job *job,
                  struct error *err)
{
    *out = (struct baseline){.sums = NULL};
    int rc = history_window(store, design, &out->window, err);
    if (rc != 0)
        return rc;
    out->sums = sums_new(design, out->window.until, err);
    rc = out->sums != NULL ? tame(out, design, err) : E_NOMEM;
    if (rc == 0)
        rc = history_each(store, out->window.start - design->pre_days * CLOCK_DAY_MS, out->window.until, add_user, out,
                          job, err);
    if (rc == 0)
        rc = sums_finish(out->sums, NULL, err);
    if (rc == 0 && out->tamed != NULL)
        rc = sums_finish(out->tamed_sums, NULL, err);
    if (rc == 0 && out->sums->users[0] < 2) {
        error_set(err, E_BAD_DATA, "experiment", "fewer than two users came in the %u days before the last window",
                  out->window.intake_days);
        rc = error_hint(err, E_BAD_DATA, "a baseline needs more: import more events, or shorten --window");
    }
    if (rc != 0)
        baseline_release(out);
    return rc;
}

void baseline_release(struct baseline *self)
{
    sums_free(self->sums);
    sums_free(self->tamed_sums);
    mem_free(self->tamed);
    self->sums = self->tamed_sums = NULL;
    self->tamed = NULL;
}

static double pace(const struct baseline *self)
{
    uint32_t n = self->window.intake_days, from = n > 7 ? n - 7 : 0;
    double sum = 0;
    for (uint32_t d = from; d < n; d++)
        sum += self->arrivals[d];
    return sum / (n - from);
}

double baseline_users(const struct baseline *self, double days)
{
    double users = 0;
    for (uint32_t d = 0; d < self->window.intake_days && d < days; d++)
        users += self->arrivals[d] * fmin(1, days - d);
    return users + fmax(0, days - self->window.intake_days) * pace(self);
}

double baseline_days(const struct baseline *self, double users)
{
    double came = 0, rate = pace(self);
    for (uint32_t d = 0; d < self->window.intake_days; d++) {
        if (came + self->arrivals[d] >= users)
            return d + (self->arrivals[d] > 0 ? (users - came) / self->arrivals[d] : 0);
        came += self->arrivals[d];
    }
    return rate > 0 ? self->window.intake_days + (users - came) / rate : (double)INFINITY;
}
