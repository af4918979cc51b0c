#include "experiment/rehearsal.h"

#include <math.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "experiment/reading_private.h"
#include "stats/order.h"

enum { LOOKS = 20, LEAST = 100 };

struct gathering {
    const struct design *design;
    struct history_window window;
    struct metric_value *values;
    size_t n, cap;
    double *pool;      /* of a quantile: the values of user i from first[i] to first[i + 1] */
    uint32_t *first;
    size_t n_pool, cap_pool, cap_first;
};

static int take_values(struct gathering *g, const struct metric_event *events, size_t n, int64_t exposed)
{
    const struct metric *metric = &g->design->metrics[0].metric;
    if (mem_grow((void **)&g->first, &g->cap_first, g->n + 2, sizeof *g->first) != 0)
        return E_NOMEM;
    for (size_t i = 0; i < n; i++) {
        if (!metric_counts(metric, &events[i], exposed, g->design->window_days * CLOCK_DAY_MS))
            continue;
        if (mem_grow((void **)&g->pool, &g->cap_pool, g->n_pool + 1, sizeof *g->pool) != 0)
            return E_NOMEM;
        g->pool[g->n_pool++] = events[i].value;
    }
    g->first[g->n + 1] = (uint32_t)g->n_pool;
    g->first[0] = 0;
    return 0;
}

static int take(void *context, int64_t user, const struct metric_event *events, size_t n, struct error *err)
{
    struct gathering *g = context;
    int64_t exposed = history_exposed(&g->window, events, n);
    (void)user;
    if (exposed == 0)
        return 0;
    if (mem_grow((void **)&g->values, &g->cap, g->n + 1, sizeof *g->values) != 0 ||
        take_values(g, events, n, exposed) != 0)
        return error_nomem(err, "experiment simulate");
    g->values[g->n++] = metric_of(&g->design->metrics[0].metric, events, n, exposed,
                                  g->design->pre_days * CLOCK_DAY_MS, g->design->window_days * CLOCK_DAY_MS);
    return 0;
}

/* Cuts once, by all users: the same in every run. */
static int cut(struct gathering *g, struct error *err)
{
    const struct metric *metric = &g->design->metrics[0].metric;
    if (!(g->design->cap > 0) || (!metric_is_money(metric) && metric->type != METRIC_COUNT))
        return 0;
    double *y = mem_alloc(g->n, sizeof *y), cap = INFINITY;
    if (y == NULL)
        return error_nomem(err, "experiment simulate");
    size_t nonzero = 0;
    for (size_t i = 0; i < g->n; i++)
        if (g->values[i].y != 0)
            y[nonzero++] = g->values[i].y;
    int rc = nonzero > 0 ? order_cap(y, nonzero, g->design->cap, true, &cap, err) : 0;
    for (size_t i = 0; i < g->n; i++) {
        g->values[i].y = fmin(g->values[i].y, cap);
        g->values[i].pre = fmin(g->values[i].pre, cap);
    }
    mem_free(y);
    return rc;
}

struct run {
    const struct gathering *users;
    struct design design; /* of the primary alone, planned for the users there are */
    struct sums *sums;
    uint32_t *order;
    struct rng rng;
    double effect;
    double base; /* the rate, of a rate */
    bool found, peeked, covered, bounded;
};

static struct metric_value treated(struct run *r, struct metric_value v)
{
    if (r->effect == 0)
        return v;
    if (!metric_is_rate(&r->design.metrics[0].metric)) {
        v.y *= 1 + r->effect;
        return v;
    }
    double u = rng_uniform(&r->rng); /* so many more of those who did not, or fewer of those who did */
    if (r->effect > 0 && v.y == 0)
        v.y = u < r->base * r->effect / (1 - r->base) ? 1 : 0;
    else if (r->effect < 0 && v.y > 0)
        v.y = u < -r->effect ? 0 : 1;
    return v;
}

static int add_values(struct run *r, size_t arm, uint32_t user, struct error *err)
{
    const struct gathering *g = r->users;
    int rc = 0;
    for (uint32_t i = g->first[user]; i < g->first[user + 1] && rc == 0; i++)
        rc = sums_add_quantile(r->sums, arm, 0, g->pool[i] * (arm > 0 ? 1 + r->effect : 1), err);
    return rc;
}

static size_t draw_arm(struct run *r)
{
    uint64_t slot = rng_below(&r->rng, 10000);
    size_t arm = 0;
    for (uint64_t end = r->design.arms[0].weight; slot >= end && arm + 1 < r->design.n_arms;)
        end += r->design.arms[++arm].weight;
    return arm;
}

static int look(struct run *r, double users, struct error *err)
{
    struct reading_rule rule;
    struct reading_line line;
    int rc = sums_finish(r->sums, NULL, err);
    if (rc == 0)
        rc = reading_rule_make(&rule, &r->design, users, err);
    rule.frequentist = true;
    for (size_t a = 1; a < r->design.n_arms && rc == 0; a++) {
        line = (struct reading_line){.arm = a};
        rc = reading_compare(&line, r->sums, &rule, err);
        r->found = r->found || (rc == 0 && line.known && line.p <= r->design.alpha / (double)rule.k);
        if (rc == 0 && a == 1) {
            r->bounded = line.known && line.bounded;
            r->covered = r->bounded && line.low <= r->effect && r->effect <= line.high;
        }
    }
    return rc;
}

static void clear(struct sums *sums)
{
    for (size_t a = 0; a < sums->n_arms; a++) {
        sums->users[a] = 0;
        struct sums_cell *cell = &sums->cell[a][0], empty = {.values = cell->values, .owner = cell->owner,
                                                             .cap_values = cell->cap_values,
                                                             .cap_owner = cell->cap_owner};
        *cell = empty;
    }
}

static int run_once(struct run *r, struct error *err)
{
    size_t n = r->users->n;
    bool quantile = r->design.metrics[0].metric.type == METRIC_QUANTILE;
    bool once = r->design.method == DESIGN_FIXED;
    uint32_t looks = once                                      ? r->effect == 0 && !quantile ? LOOKS : 1
                     : r->design.method == DESIGN_ALWAYS_VALID ? LOOKS
                                                               : r->design.looks;
    size_t next = 1;
    int rc = 0;
    clear(r->sums);
    r->found = r->peeked = r->covered = r->bounded = false;
    rng_shuffle_u32(&r->rng, r->order, n);
    for (size_t i = 0; i < n && rc == 0; i++) {
        size_t arm = draw_arm(r);
        struct metric_value v = r->users->values[r->order[i]];
        v = arm > 0 ? treated(r, v) : v;
        r->sums->users[arm]++;
        rc = quantile ? add_values(r, arm, r->order[i], err) : sums_add_value(r->sums, arm, 0, &v, err);
        if (rc == 0 && i + 1 == (n * next + looks - 1) / looks) {
            next++;
            r->peeked = r->peeked || (once && r->found);
            r->found = r->found && !once; /* what counts is the last look */
            rc = i + 1 >= LEAST * r->design.n_arms || i + 1 == n ? look(r, (double)(i + 1), err) : 0;
        }
    }
    return rc;
}

static int try_all(struct rehearsal *out, struct run *r, uint64_t seed, struct job *job, struct error *err)
{
    int rc = 0;
    for (uint32_t i = 0; i < 2 * out->runs && rc == 0; i++) {
        rng_init(&r->rng, seed, i);
        r->effect = i % 2 == 0 ? 0 : out->truth;
        rc = run_once(r, err);
        if (i % 2 == 0) {
            out->false_positives += r->found;
            out->peeked += r->peeked || (r->design.method == DESIGN_FIXED && r->found);
        } else {
            out->found += r->found;
            out->covered += r->covered;
            out->intervals += r->bounded;
        }
        if (rc == 0 && job_step(job, "runs", i / 2.0, out->runs, "runs"))
            rc = job_error_cancelled(err, "experiment simulate");
    }
    out->false_positives /= out->runs;
    out->peeked = r->users->pool == NULL ? out->peeked / out->runs : 0;
    out->found /= out->runs;
    out->covered = out->intervals > 0 ? out->covered / out->intervals : 0;
    return rc;
}

static int prepare(struct run *r, const struct gathering *g, const struct design *design, struct error *err)
{
    double sum = 0;
    r->users = g;
    r->design = *design;
    r->design.n_metrics = 1;
    r->design.users = g->n;
    r->design.cap = 0;
    for (size_t i = 0; i < g->n; i++)
        sum += g->values[i].y;
    r->base = sum / (double)g->n;
    if (metric_is_rate(&design->metrics[0].metric) && r->base * (1 + design->effect) > 1)
        return error_set(err, E_BAD_DATA, design->metrics[0].metric.name, "a rate of %g cannot grow by %g %%", r->base,
                         100 * design->effect);
    r->sums = sums_new(&r->design, INT64_MAX, err);
    r->order = mem_alloc(g->n, sizeof *r->order);
    if (r->sums == NULL || r->order == NULL)
        return error_nomem(err, "experiment simulate");
    for (size_t i = 0; i < g->n; i++)
        r->order[i] = (uint32_t)i;
    return 0;
}

int rehearsal_run(struct rehearsal *out, struct store *store, const struct design *design, uint32_t runs, uint64_t seed,
              struct job *job, struct error *err)
{
    struct gathering g = {.design = design};
    struct run *r = mem_zalloc(1, sizeof *r);
    int rc = r == NULL ? error_nomem(err, "experiment simulate") : history_window(store, design, &g.window, err);
    if (rc == 0)
        rc = history_each(store, g.window.start - design->pre_days * CLOCK_DAY_MS, g.window.until, take, &g, job, err);
    if (rc == 0 && g.n < LEAST * design->n_arms) {
        rc = error_set(err, E_BAD_DATA, "experiment simulate",
                       "only %zu users came in the %u days of history that count",
                       g.n, g.window.intake_days);
        rc = error_hint(err, rc, "every arm needs %d", LEAST);
    }
    if (rc == 0)
        rc = cut(&g, err);
    if (rc == 0)
        rc = prepare(r, &g, design, err);
    *out = (struct rehearsal){.users = g.n, .runs = runs, .truth = design->effect, .seed = seed};
    if (rc == 0)
        rc = try_all(out, r, seed, job, err);
    if (r != NULL) {
        sums_free(r->sums);
        mem_free(r->order);
    }
    mem_free(r);
    mem_free(g.values);
    mem_free(g.pool);
    mem_free(g.first);
    return rc;
}
