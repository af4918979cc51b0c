#include "experiment/collect.h"

#include <math.h>

#include "base/clock.h"
#include "base/mem.h"

struct collector {
    struct collected *out;
    const struct design *design;
    struct metric_event *events;
    size_t n, cap;
    int64_t user, exposed; /* user 0: none yet */
    uint32_t variant;
    bool crossed;
    int64_t now;
    double rows;
    struct job *job;
    struct error *err;
};

static int end_user(struct collector *c)
{
    if (c->user == 0)
        return 0;
    c->out->exposed++;
    if (c->crossed) {
        c->out->crossed++;
        return 0;
    }
    if (c->variant >= c->design->n_arms) {
        c->out->strays++;
        return 0;
    }
    c->out->open += c->exposed + c->design->window_days * CLOCK_DAY_MS > c->now;
    struct sums_user user;
    sums_measure(c->out->sums, &user, c->events, c->n, c->exposed);
    return sums_add(c->out->sums, c->variant, &user, c->err);
}

static int begin_user(struct collector *c, const struct exposed_event *e)
{
    int rc = end_user(c);
    c->user = e->user;
    c->variant = e->variant;
    c->exposed = e->exposed;
    c->crossed = false;
    c->n = 0;
    return rc;
}

static int take(void *context, const struct exposed_event *e)
{
    struct collector *c = context;
    int rc = e->user != c->user ? begin_user(c, e) : 0;
    if (rc != 0)
        return rc;
    c->crossed = c->crossed || e->variant != c->variant;
    if (c->out->first == 0 || e->exposed < c->out->first)
        c->out->first = e->exposed;
    if (e->exposed > c->out->last)
        c->out->last = e->exposed;
    if (fmod(++c->rows, 4096) == 0 && job_step(c->job, "exposures", c->rows, 0, "rows"))
        return job_error_cancelled(c->err, "experiment report");
    if (c->crossed || e->kind == 0)
        return 0;
    if (mem_grow((void **)&c->events, &c->cap, c->n + 1, sizeof *c->events) != 0)
        return error_nomem(c->err, "experiment report");
    c->events[c->n++] = (struct metric_event){e->time, e->kind, metric_event_value(e->price, e->quantity)};
    return 0;
}

int collect(struct collected *out, struct store *store, int64_t experiment, const struct design *design, int64_t now,
            struct job *job, struct error *err)
{
    *out = (struct collected){.sums = sums_new(design, now, err)};
    if (out->sums == NULL)
        return E_NOMEM;
    struct collector c = {.out = out, .design = design, .now = now, .job = job, .err = err};
    int rc = exposures_each(store, experiment, design->pre_days * CLOCK_DAY_MS, design_horizon(design) * CLOCK_DAY_MS, take, &c, err);
    if (rc == 0)
        rc = end_user(&c);
    if (rc == 0)
        rc = sums_finish(out->sums, NULL, err);
    mem_free(c.events);
    if (rc != 0)
        collected_release(out);
    return rc;
}

void collected_release(struct collected *self)
{
    sums_free(self->sums);
    self->sums = NULL;
}
