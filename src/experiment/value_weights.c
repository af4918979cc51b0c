/* Other weights of an experiment's arms: its exposed users, each one round. */
#include <math.h>

#include "base/clock.h"
#include "base/mem.h"
#include "experiment/value.h"

/* Users one after the other, with what is needed of each. */
struct rounds {
    const struct design *design;
    double *reward, *behaviour;
    uint32_t *arm, *position; /* position: 0 everywhere */
    size_t n, cap[4];
    struct metric_event *events;
    size_t n_events, cap_events;
    struct exposed_event now; /* user 0: none */
    bool crossed;
    double rows;
    struct job *job;
    struct error *err;
};

static int end_user(struct rounds *r)
{
    if (r->now.user == 0 || r->crossed || r->now.variant >= r->design->n_arms)
        return 0;
    if (mem_grow((void **)&r->reward, &r->cap[0], r->n + 1, sizeof *r->reward) != 0 ||
        mem_grow((void **)&r->behaviour, &r->cap[1], r->n + 1, sizeof *r->behaviour) != 0 ||
        mem_grow((void **)&r->arm, &r->cap[2], r->n + 1, sizeof *r->arm) != 0 ||
        mem_grow((void **)&r->position, &r->cap[3], r->n + 1, sizeof *r->position) != 0)
        return error_nomem(r->err, "experiment value");
    struct metric_value v = metric_of(&r->design->metrics[0].metric, r->events, r->n_events, r->now.exposed, 0,
                                      r->design->window_days * CLOCK_DAY_MS);
    r->reward[r->n] = v.y;
    r->behaviour[r->n] = r->now.propensity;
    r->position[r->n] = 0;
    r->arm[r->n++] = r->now.variant;
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

static int evaluate(struct value *out, const struct rounds *r, const uint32_t *weights, double lambda,
                    struct error *err)
{
    double policy[DESIGN_ARMS_MAX];
    for (size_t a = 0; a < r->design->n_arms; a++)
        policy[a] = weights[a] / 10000.0;
    const struct value_rounds rounds = {
        .n = r->n, .actions = r->design->n_arms, .positions = 1, .reward = r->reward, .behaviour = r->behaviour,
        .action = r->arm, .position = r->position, .policy = policy};
    *out = (struct value){.rounds = r->n};
    if (r->n == 0) {
        error_set(err, E_REFUSED, "experiment value", "nobody has been exposed to one arm alone yet");
        return error_hint(err, E_REFUSED, "let the experiment run");
    }
    return value_of_rounds(out, &rounds, lambda, r->design->alpha, err);
}

int value_of_weights(struct value *out, struct store *store, int64_t experiment, const struct design *design,
                     const uint32_t *weights, double lambda, struct job *job, struct error *err)
{
    const struct metric *metric = &design->metrics[0].metric;
    struct rounds r = {.design = design, .job = job, .err = err};
    if (metric->type == METRIC_RATIO)
        return error_set(err, E_USAGE, metric->name, "is a ratio, which has no value of one user");
    int64_t after = (metric->days > design->window_days ? metric->days : design->window_days) * CLOCK_DAY_MS;
    int rc = exposures_each(store, experiment, 0, after, take, &r, err);
    if (rc == 0)
        rc = end_user(&r);
    if (rc == 0)
        rc = evaluate(out, &r, weights, lambda, err);
    mem_free(r.reward);
    mem_free(r.behaviour);
    mem_free(r.arm);
    mem_free(r.position);
    mem_free(r.events);
    return rc;
}
