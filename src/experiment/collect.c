#include "experiment/collect.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/pool.h"

enum { PARTS = 16, PARTS_FROM = 200000 }; /* below so many exposures one connection is as fast */

enum { SAMPLE = 64, SAMPLE_LEAST = 1000 }; /* a part's first users are counted: are they dense? */
#define DENSE 0.1 /* share of users from which on reading everybody's events is faster */

/* What all parts share. */
struct collecting {
    struct store *store;
    int64_t experiment, now;
    const struct design *design;
    struct metric revenue;       /* kind_id 0: nobody buys */
    const struct collected *out; /* its dimensions */
    int64_t first_user, last_user;
    size_t n_parts;
    struct job *job;
};

/* Users of one range. */
struct part {
    const struct collecting *all;
    struct collected sum; /* its dimensions have only sums */
    struct metric_event *events;
    size_t n, cap;
    int64_t user, exposed; /* user 0: none yet */
    uint32_t variant;
    bool crossed;
    uint64_t rows;
    int rc;
    struct error err;
};

static int add_by(struct collected_by *by, const struct dimension *dimension, const struct part *p,
                  const struct sums_user *user, struct error *err)
{
    bool before = p->n > 0 && p->events[0].time < p->exposed;
    return sums_add(by->level[dimension_level(dimension, p->user, p->exposed, before)], p->variant, user, err);
}

static int end_user(struct part *p)
{
    struct collected *s = &p->sum;
    const struct collecting *all = p->all;
    const struct design *d = all->design;
    int64_t window = d->window_days * CLOCK_DAY_MS;
    struct sums_user user;
    if (p->user == 0)
        return 0;
    s->exposed++;
    if (p->crossed) {
        s->crossed++;
        return 0;
    }
    if (p->variant >= d->n_arms) {
        s->strays++;
        return 0;
    }
    s->open += p->exposed + window > all->now;
    sums_measure(s->sums, &user, p->events, p->n, p->exposed);
    int rc = sums_add(s->sums, p->variant, &user, &p->err);
    if (s->has_revenue)
        moments_add(&s->revenue[p->variant],
                    metric_of(&all->revenue, p->events, p->n, p->exposed, 0, window).y);
    days_add(&s->days, p->variant, d, p->events, p->n, p->exposed, all->now);
    if (rc == 0 && s->strata != NULL)
        rc = add_by(s->strata, &all->out->strata->dimension, p, &user, &p->err);
    for (size_t i = 0; i < s->n_by && rc == 0; i++)
        rc = add_by(&s->by[i], &all->out->by[i].dimension, p, &user, &p->err);
    return rc;
}

static int begin_user(struct part *p, const struct exposed_event *e)
{
    int rc = end_user(p);
    p->user = e->user;
    p->variant = e->variant;
    p->exposed = e->exposed;
    p->crossed = false;
    p->n = 0;
    return rc;
}

static int take(void *context, const struct exposed_event *e)
{
    struct part *p = context;
    int rc = e->user != p->user ? begin_user(p, e) : 0;
    if (rc != 0)
        return rc;
    p->crossed = p->crossed || e->variant != p->variant;
    if (p->sum.first == 0 || e->exposed < p->sum.first)
        p->sum.first = e->exposed;
    if (e->exposed > p->sum.last)
        p->sum.last = e->exposed;
    if (++p->rows % 4096 == 0 && job_step(p->all->job, "exposures", (double)p->rows, 0, "rows"))
        return job_error_cancelled(&p->err, "experiment report");
    if (p->crossed || e->kind == 0)
        return 0;
    if (mem_grow((void **)&p->events, &p->cap, p->n + 1, sizeof *p->events) != 0)
        return error_nomem(&p->err, "experiment report");
    p->events[p->n++] = (struct metric_event){e->time, e->kind, metric_event_value(e->price, e->quantity)};
    return 0;
}

static int init_by(struct collected_by *by, size_t levels, const struct collecting *all, struct error *err)
{
    for (size_t l = 0; l < levels; l++)
        if ((by->level[l] = sums_new(all->design, all->now, err)) == NULL)
            return E_NOMEM;
    return 0;
}

/* Room for what is added up: of a part, and of the whole. */
static int init_sums(struct collected *s, const struct collecting *all, struct error *err)
{
    int rc = (s->sums = sums_new(all->design, all->now, err)) != NULL ? 0 : E_NOMEM;
    if (rc == 0 && s->strata != NULL)
        rc = init_by(s->strata, all->out->strata->dimension.n_levels, all, err);
    for (size_t i = 0; i < s->n_by && rc == 0; i++)
        rc = init_by(&s->by[i], all->out->by[i].dimension.n_levels, all, err);
    s->has_revenue = all->revenue.kind_id != 0;
    days_init(&s->days, all->design);
    return rc;
}

static int init_part(struct part *p, const struct collecting *all)
{
    p->all = all;
    p->sum.n_by = all->out->n_by;
    if (all->out->strata != NULL && (p->sum.strata = mem_zalloc(1, sizeof *p->sum.strata)) == NULL)
        return error_nomem(&p->err, "experiment report");
    if (p->sum.n_by > 0 && (p->sum.by = mem_zalloc(p->sum.n_by, sizeof *p->sum.by)) == NULL)
        return error_nomem(&p->err, "experiment report");
    return init_sums(&p->sum, all, &p->err);
}

static int read_part(struct part *p, struct store *store, size_t number)
{
    const struct collecting *all = p->all;
    const struct design *d = all->design;
    int64_t width = (all->last_user - all->first_user) / (int64_t)all->n_parts + 1;
    int64_t from = all->first_user + (int64_t)number * width;
    int64_t sample = width / SAMPLE > SAMPLE_LEAST ? width / SAMPLE : width < SAMPLE_LEAST ? width : SAMPLE_LEAST, n;
    struct exposure_range range = {.from = from, .to = from + width, .before = d->pre_days * CLOCK_DAY_MS,
                                   .after = design_horizon(d) * CLOCK_DAY_MS};
    int rc = exposures_between(store, all->experiment, from, from + sample, &n, &p->err);
    range.dense = (double)n > DENSE * (double)sample;
    if (rc == 0)
        rc = exposures_each_of(store, all->experiment, &range, take, p, &p->err);
    return rc != 0 ? rc : end_user(p);
}

struct parts {
    struct part *part;
    size_t n;
    struct store **stores; /* of each worker; NULL: not opened yet */
};

static void run_part(void *context, size_t task, unsigned worker)
{
    struct parts *parts = context;
    struct part *p = &parts->part[task];
    struct store **store = &parts->stores[worker];
    p->rc = *store != NULL ? 0 : store_open(store, store_workspace(p->all->store), false, &p->err);
    if (p->rc == 0)
        p->rc = read_part(p, *store, task);
    mem_free(p->events);
    p->events = NULL;
}

static int merge_by(struct collected_by *to, const struct collected_by *from, size_t levels, struct error *err)
{
    int rc = 0;
    for (size_t l = 0; l < levels && rc == 0; l++)
        rc = sums_merge(to->level[l], from->level[l], err);
    return rc;
}

static int merge(struct collected *to, const struct collected *from, struct error *err)
{
    int rc = sums_merge(to->sums, from->sums, err);
    to->exposed += from->exposed;
    to->crossed += from->crossed;
    to->strays += from->strays;
    to->open += from->open;
    if (from->first != 0 && (to->first == 0 || from->first < to->first))
        to->first = from->first;
    to->last = from->last > to->last ? from->last : to->last;
    days_merge(&to->days, &from->days);
    for (size_t a = 0; a < DESIGN_ARMS_MAX; a++)
        moments_merge(&to->revenue[a], &from->revenue[a]);
    if (rc == 0 && to->strata != NULL)
        rc = merge_by(to->strata, from->strata, to->strata->dimension.n_levels, err);
    for (size_t i = 0; i < to->n_by && rc == 0; i++)
        rc = merge_by(&to->by[i], &from->by[i], to->by[i].dimension.n_levels, err);
    return rc;
}

static int finish_by(struct collected_by *by, const struct sums *whole, struct error *err)
{
    int rc = 0;
    for (size_t l = 0; l < by->dimension.n_levels && rc == 0; l++)
        rc = sums_finish(by->level[l], whole, err);
    return rc;
}

static int finish(struct collected *s, size_t arms, struct error *err)
{
    int rc = sums_finish(s->sums, NULL, err);
    days_finish(&s->days, arms);
    if (rc == 0 && s->strata != NULL)
        rc = finish_by(s->strata, s->sums, err);
    for (size_t i = 0; i < s->n_by && rc == 0; i++)
        rc = finish_by(&s->by[i], s->sums, err);
    return rc;
}

/* Reads all parts and adds them up. */
static int read_parts(struct collected *out, struct collecting *all, struct error *err)
{
    struct parts parts = {.part = mem_zalloc(all->n_parts, sizeof *parts.part), .n = all->n_parts};
    struct pool *pool = all->n_parts > 1 ? pool_new(0) : NULL;
    unsigned workers = pool_size(pool);
    parts.stores = mem_zalloc(workers, sizeof(struct store *));
    int rc = parts.part == NULL || parts.stores == NULL ? error_nomem(err, "experiment report") : 0;
    for (size_t i = 0; i < parts.n && rc == 0; i++)
        parts.part[i].rc = rc = init_part(&parts.part[i], all);
    if (rc == 0 && parts.n > 1)
        pool_run(pool, parts.n, run_part, &parts);
    else if (rc == 0)
        parts.part[0].rc = read_part(&parts.part[0], all->store, 0);
    for (size_t i = 0; i < parts.n && rc == 0; i++)
        rc = parts.part[i].rc != 0 ? parts.part[i].rc : merge(out, &parts.part[i].sum, err);
    for (size_t i = 0; parts.part != NULL && i < parts.n && err != NULL; i++)
        if (parts.part[i].rc != 0)
            *err = parts.part[i].err;
    for (size_t i = 0; parts.part != NULL && i < parts.n; i++) {
        collected_release(&parts.part[i].sum);
        mem_free(parts.part[i].events);
    }
    for (unsigned w = 0; parts.stores != NULL && w < workers; w++)
        store_close(parts.stores[w]);
    mem_free(parts.stores);
    mem_free(parts.part);
    pool_free(pool);
    return rc;
}

static int read_dimensions(struct collected *out, const struct collecting *all, const char *const *names,
                           size_t n_names, struct error *err)
{
    int rc = 0;
    if (all->design->strata[0] != '\0') {
        if ((out->strata = mem_zalloc(1, sizeof *out->strata)) == NULL)
            return error_nomem(err, "experiment report");
        rc = dimension_read(&out->strata->dimension, all->store, all->experiment, all->design->strata, all->job, err);
    }
    if (rc == 0 && n_names > 0 && (out->by = mem_zalloc(n_names, sizeof *out->by)) == NULL)
        rc = error_nomem(err, "experiment report");
    for (; out->n_by < n_names && rc == 0; out->n_by++)
        rc = dimension_read(&out->by[out->n_by].dimension, all->store, all->experiment, names[out->n_by], all->job,
                            err);
    return rc;
}

int collect_by(struct collected *out, struct store *store, int64_t experiment, const struct design *design, int64_t now,
               const char *const *names, size_t n_names, struct job *job, struct error *err)
{
    struct collecting all = {.store = store, .experiment = experiment, .now = now, .design = design, .out = out,
                             .job = job};
    uint64_t n;
    struct error ignored;
    *out = (struct collected){.n_by = 0};
    int rc = exposures_extent(store, experiment, PARTS_FROM, &n, &all.first_user, &all.last_user, err);
    all.n_parts = n < PARTS_FROM ? 1 : PARTS;
    if (rc == 0)
        rc = metric_parse(&all.revenue, "revenue", err);
    if (rc == 0 && metric_bind(&all.revenue, 1, store, &ignored) != 0)
        all.revenue.kind_id = 0;
    if (rc == 0)
        rc = read_dimensions(out, &all, names, n_names, err);
    if (rc == 0)
        rc = init_sums(out, &all, err);
    if (rc == 0)
        rc = read_parts(out, &all, err);
    if (rc == 0)
        rc = finish(out, design->n_arms, err);
    if (rc != 0)
        collected_release(out);
    return rc;
}

int collect(struct collected *out, struct store *store, int64_t experiment, const struct design *design, int64_t now,
            struct job *job, struct error *err)
{
    return collect_by(out, store, experiment, design, now, NULL, 0, job, err);
}

static void by_release(struct collected_by *by)
{
    for (size_t l = 0; l < DIMENSION_LEVELS_MAX; l++)
        sums_free(by->level[l]);
    dimension_release(&by->dimension);
}

void collected_release(struct collected *self)
{
    sums_free(self->sums);
    if (self->strata != NULL)
        by_release(self->strata);
    for (size_t i = 0; i < self->n_by; i++)
        by_release(&self->by[i]);
    mem_free(self->strata);
    mem_free(self->by);
    *self = (struct collected){.n_by = 0};
}
