#include "experiment/value.h"

#include <math.h>

#include "base/clock.h"
#include "base/mem.h"

/* Users one after the other, with what is needed of each. */
struct rounds {
    const struct design *design;
    const uint32_t *target;
    double *reward, *behaviour, *share;
    size_t n, cap[3];
    struct metric_event *events;
    size_t n_events, cap_events;
    struct exposed_event now; /* user 0: none */
    bool crossed;
    double rows, sum;
    struct job *job;
    struct error *err;
};

static int end_user(struct rounds *r)
{
    if (r->now.user == 0 || r->crossed || r->now.variant >= r->design->n_arms)
        return 0;
    if (mem_grow((void **)&r->reward, &r->cap[0], r->n + 1, sizeof *r->reward) != 0 ||
        mem_grow((void **)&r->behaviour, &r->cap[1], r->n + 1, sizeof *r->behaviour) != 0 ||
        mem_grow((void **)&r->share, &r->cap[2], r->n + 1, sizeof *r->share) != 0)
        return error_nomem(r->err, "experiment value");
    struct metric_value v = metric_of(&r->design->metrics[0].metric, r->events, r->n_events, r->now.exposed, 0,
                                      r->design->window_days * CLOCK_DAY_MS);
    r->reward[r->n] = v.y;
    r->behaviour[r->n] = r->now.propensity;
    r->share[r->n++] = r->target[r->now.variant] / 10000.0;
    r->sum += v.y;
    return 0;
}

static int take(void *context, const struct exposed_event *e)
{
    struct rounds *r = context;
    if (e->user != r->now.user) {
        int rc = end_user(r);
        if (rc != 0)
            return rc;
        r->now = *e;
        r->crossed = false;
        r->n_events = 0;
    }
    r->crossed = r->crossed || e->variant != r->now.variant;
    if (fmod(++r->rows, 4096) == 0 && job_step(r->job, "exposures", r->rows, 0, "rows"))
        return job_error_cancelled(r->err, "experiment value");
    if (e->kind == 0)
        return 0;
    if (mem_grow((void **)&r->events, &r->cap_events, r->n_events + 1, sizeof *r->events) != 0)
        return error_nomem(r->err, "experiment value");
    r->events[r->n_events++] = (struct metric_event){e->time, e->kind, metric_event_value(e->price, e->quantity)};
    return 0;
}

static int evaluate(struct value *out, const struct rounds *r, struct error *err)
{
    const struct policy_log log = {.n = r->n, .reward = r->reward, .behaviour = r->behaviour, .target = r->share};
    *out = (struct value){.users = r->n, .logged = r->n > 0 ? r->sum / (double)r->n : 0};
    if (r->n == 0) {
        error_set(err, E_REFUSED, "experiment value", "nobody has been exposed to one arm alone yet");
        return error_hint(err, E_REFUSED, "let the experiment run");
    }
    int rc = policy_evaluate(&log, POLICY_IPS, (double)INFINITY, r->design->alpha, false, &out->ips, err);
    return rc != 0 ? rc : policy_evaluate(&log, POLICY_SNIPS, (double)INFINITY, r->design->alpha, false, &out->snips,
                                          err);
}

int value_of_weights(struct value *out, struct store *store, int64_t experiment, const struct design *design,
                     const uint32_t *target, struct job *job, struct error *err)
{
    const struct metric *metric = &design->metrics[0].metric;
    struct rounds r = {.design = design, .target = target, .job = job, .err = err};
    if (metric->type == METRIC_RATIO)
        return error_set(err, E_USAGE, metric->name, "is a ratio, which has no value of one user");
    int64_t after = (metric->days > design->window_days ? metric->days : design->window_days) * CLOCK_DAY_MS;
    int rc = exposures_each(store, experiment, 0, after, take, &r, err);
    if (rc == 0)
        rc = end_user(&r);
    if (rc == 0)
        rc = evaluate(out, &r, err);
    mem_free(r.reward);
    mem_free(r.behaviour);
    mem_free(r.share);
    mem_free(r.events);
    return rc;
}
