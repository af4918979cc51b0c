#include "experiment/rounds.h"

#include <math.h>

#include "base/clock.h"
#include "base/mem.h"

struct pass {
    const struct design *design;
    round_fn fn;
    void *context;
    struct metric_event *events;
    size_t n, cap;
    struct exposed_event now; /* user 0: none */
    bool crossed;
    double rows;
    struct job *job;
    struct error *err;
};

static int end_user(struct pass *p)
{
    if (p->now.user == 0 || p->crossed || p->now.variant >= p->design->n_arms)
        return 0;
    struct metric_value v = metric_of(&p->design->metrics[0].metric, p->events, p->n, p->now.exposed, 0,
                                      p->design->window_days * CLOCK_DAY_MS);
    const struct round round = {.user = p->now.user, .exposed = p->now.exposed, .variant = p->now.variant,
                                .propensity = p->now.propensity, .reward = v.y};
    return p->fn(p->context, &round);
}

static int take(void *context, const struct exposed_event *e)
{
    struct pass *p = context;
    if (e->user != p->now.user) {
        int rc = end_user(p);
        if (rc != 0)
            return rc;
        p->now = *e;
        p->crossed = false;
        p->n = 0;
    }
    p->crossed = p->crossed || e->variant != p->now.variant;
    if (fmod(++p->rows, 4096) == 0 && job_step(p->job, "exposures", p->rows, 0, "rows"))
        return job_error_cancelled(p->err, "exposures");
    if (e->kind == 0)
        return 0;
    if (mem_grow((void **)&p->events, &p->cap, p->n + 1, sizeof *p->events) != 0)
        return error_nomem(p->err, "exposures");
    p->events[p->n++] = (struct metric_event){e->time, e->kind, metric_event_value(e->price, e->quantity)};
    return 0;
}

int64_t rounds_window(const struct design *d)
{
    int64_t days = d->metrics[0].metric.days;
    return (days > d->window_days ? days : d->window_days) * CLOCK_DAY_MS;
}

int rounds_each(struct store *store, int64_t experiment, const struct design *design, round_fn fn, void *context,
                struct job *job, struct error *err)
{
    const struct metric *metric = &design->metrics[0].metric;
    struct pass p = {.design = design, .fn = fn, .context = context, .job = job, .err = err};
    if (metric->type == METRIC_RATIO || metric->type == METRIC_QUANTILE) {
        error_set(err, E_USAGE, metric->name, "has no value of one user, and a bandit or a value by weights goes by users");
        return error_hint(err, E_USAGE, "make the primary metric one of users: conversion, orders, revenue, rate:KIND");
    }
    int rc = exposures_each(store, experiment, 0, rounds_window(design), take, &p, err);
    if (rc == 0)
        rc = end_user(&p);
    mem_free(p.events);
    return rc;
}
