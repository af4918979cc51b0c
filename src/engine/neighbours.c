#include "engine/neighbours.h"

#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/topk.h"

#define CHUNK 16 /* targets in one task */

struct kept {
    uint32_t n;
    uint32_t *source;
    float *weight;
};

struct worker {
    struct neighbour_row row;
    float *weight; /* n_items, zero between targets */
    struct scored *best;
};

struct building {
    const struct neighbour_build *build;
    struct worker *workers;
    struct kept *kept;
    atomic_int failed;
    atomic_uint done;
};

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Leaves in row->touched, ascending, the sources to keep, and returns how many; w->weight has their weights. */
static uint32_t choose(const struct neighbour_build *b, struct worker *w, uint32_t target)
{
    struct neighbour_row *row = &w->row;
    uint32_t n = 0;
    for (uint32_t t = 0; t < row->n_touched; t++) {
        uint32_t source = row->touched[t];
        double weight = source == target ? 0 : b->weigh(b->context, target, source, row->sum[source]);
        row->sum[source] = 0;
        if ((float)weight > 0) {
            w->weight[source] = (float)weight;
            row->touched[n++] = source;
        }
    }
    if (n <= b->keep) {
        qsort(row->touched, n, sizeof *row->touched, ascending);
        return n;
    }
    uint32_t held = topk_select(w->weight, b->n_items, NULL, b->keep, w->best);
    for (uint32_t t = 0; t < n; t++)
        w->weight[row->touched[t]] = 0;
    for (uint32_t k = 0; k < held; k++) {
        row->touched[k] = w->best[k].item;
        w->weight[w->best[k].item] = w->best[k].score;
    }
    qsort(row->touched, held, sizeof *row->touched, ascending);
    return held;
}

static int keep_row(struct kept *kept, struct worker *w, uint32_t n)
{
    kept->source = mem_dup(w->row.touched, n * sizeof *kept->source);
    kept->weight = mem_alloc(n, sizeof *kept->weight);
    int rc = kept->source == NULL || kept->weight == NULL ? E_NOMEM : 0;
    for (uint32_t k = 0; k < n; k++) {
        uint32_t source = w->row.touched[k];
        if (rc == 0)
            kept->weight[k] = w->weight[source];
        w->weight[source] = 0;
    }
    kept->n = n;
    return rc;
}

static void build_chunk(void *context, size_t task, unsigned worker)
{
    struct building *self = context;
    const struct neighbour_build *b = self->build;
    struct worker *w = &self->workers[worker];
    uint32_t from = (uint32_t)task * CHUNK, to = b->n_items - from < CHUNK ? b->n_items : from + CHUNK;
    for (uint32_t target = from; target < to; target++) {
        if (atomic_load(&self->failed) != 0)
            return;
        w->row.n_touched = 0;
        b->sum(b->context, target, &w->row);
        if (keep_row(&self->kept[target], w, choose(b, w, target)) != 0)
            atomic_store(&self->failed, E_NOMEM);
        unsigned done = atomic_fetch_add(&self->done, 1) + 1;
        if (job_step(b->job, b->name, done, b->n_items, "items"))
            atomic_store(&self->failed, E_CANCELLED);
    }
}

static int workers_init(struct worker *workers, unsigned n, const struct neighbour_build *b)
{
    for (unsigned i = 0; i < n; i++) {
        struct worker *w = &workers[i];
        w->row.sum = mem_zalloc(b->n_items, sizeof *w->row.sum);
        w->row.touched = mem_alloc(b->n_items, sizeof *w->row.touched);
        w->weight = mem_zalloc(b->n_items, sizeof *w->weight);
        w->best = mem_alloc(b->keep < b->n_items ? b->keep : b->n_items, sizeof *w->best);
        if (w->row.sum == NULL || w->row.touched == NULL || w->weight == NULL || w->best == NULL)
            return E_NOMEM;
    }
    return 0;
}

static void workers_release(struct worker *workers, unsigned n)
{
    for (unsigned i = 0; workers != NULL && i < n; i++) {
        mem_free(workers[i].row.sum);
        mem_free(workers[i].row.touched);
        mem_free(workers[i].weight);
        mem_free(workers[i].best);
    }
    mem_free(workers);
}

/* The kept rows, which go by target, as one matrix. */
static int assemble(struct csr *by_target, const struct kept *kept, uint32_t n_items)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < n_items; i++)
        total += kept[i].n;
    struct csr m = {.rows = n_items, .cols = n_items};
    m.start = mem_alloc((size_t)n_items + 1, sizeof *m.start);
    m.col = mem_alloc(total, sizeof *m.col);
    m.val = mem_alloc(total, sizeof *m.val);
    if (m.start == NULL || m.col == NULL || m.val == NULL) {
        csr_release(&m);
        return E_NOMEM;
    }
    uint64_t at = 0;
    for (uint32_t i = 0; i < n_items; i++) {
        m.start[i] = at;
        memcpy(m.col + at, kept[i].source, kept[i].n * sizeof *m.col);
        memcpy(m.val + at, kept[i].weight, kept[i].n * sizeof *m.val);
        at += kept[i].n;
    }
    m.start[n_items] = at;
    *by_target = m;
    return 0;
}

static int building_init(struct building *self, const struct neighbour_build *build)
{
    *self = (struct building){.build = build};
    unsigned n_workers = pool_size(build->pool);
    self->workers = mem_zalloc(n_workers, sizeof *self->workers);
    self->kept = mem_zalloc(build->n_items, sizeof *self->kept);
    return self->workers == NULL || self->kept == NULL ? E_NOMEM : workers_init(self->workers, n_workers, build);
}

/* The kept rows become the weights, unless something failed before. */
static int building_finish(struct building *self, int rc, struct csr *weights, struct error *err)
{
    const struct neighbour_build *build = self->build;
    struct csr by_target = {0};
    workers_release(self->workers, pool_size(build->pool));
    if (rc == 0)
        rc = assemble(&by_target, self->kept, build->n_items);
    for (uint32_t i = 0; self->kept != NULL && i < build->n_items; i++) {
        mem_free(self->kept[i].source);
        mem_free(self->kept[i].weight);
    }
    mem_free(self->kept);
    if (rc == E_CANCELLED)
        return job_error_cancelled(err, build->name);
    if (rc != 0)
        return error_nomem(err, build->name);
    rc = csr_transpose(weights, &by_target, err);
    csr_release(&by_target);
    return rc;
}

int neighbours_build(struct csr *weights, const struct neighbour_build *build, struct error *err)
{
    struct building self;
    int rc = building_init(&self, build);
    if (rc == 0) {
        pool_run(build->pool, (build->n_items + CHUNK - 1) / CHUNK, build_chunk, &self);
        rc = atomic_load(&self.failed);
    }
    return building_finish(&self, rc, weights, err);
}

/* ---- after people left ----------------------------------------------------------------------------------- */

struct updating {
    struct building building;
    const struct neighbour_change *change;
    uint32_t *source, n;    /* the touched items, ascending */
    struct kept *speaks;    /* n: what each of them says now for items that are not touched; `source` is the target here */
    struct csr old, said;   /* by target: the rows of before; what touched sources say now, by place in `source` */
    uint32_t *before;       /* an item's number before */
};

/* Everything about one touched item: its row, and its place in the rows of the others. */
static int update_touched(struct updating *self, uint32_t k, struct worker *w)
{
    const struct neighbour_build *b = self->building.build;
    struct kept *speaks = &self->speaks[k];
    uint32_t item = self->source[k];
    w->row.n_touched = 0;
    b->sum(b->context, item, &w->row);
    speaks->source = mem_alloc(w->row.n_touched, sizeof *speaks->source);
    speaks->weight = mem_alloc(w->row.n_touched, sizeof *speaks->weight);
    if (speaks->source == NULL || speaks->weight == NULL)
        return E_NOMEM;
    for (uint32_t t = 0; t < w->row.n_touched; t++) {
        uint32_t target = w->row.touched[t];
        if (self->change->touched[target] != 0)
            continue;
        float weight = (float)b->weigh(b->context, target, item, w->row.sum[target]);
        if (weight > 0) {
            speaks->source[speaks->n] = target;
            speaks->weight[speaks->n++] = weight;
        }
    }
    return keep_row(&self->building.kept[item], w, choose(b, w, item));
}

/* The row of an item that they did not have: as it was, but for what touched items say. */
static int update_other(struct updating *self, uint32_t target, struct worker *w)
{
    const struct neighbour_change *c = self->change;
    uint32_t old = self->before[target];
    struct topk best = {.heap = w->best, .k = self->building.build->keep};
    best.k = best.k < self->building.build->n_items ? best.k : self->building.build->n_items;
    for (uint64_t i = self->old.start[old]; i < self->old.start[(size_t)old + 1]; i++) {
        uint32_t source = c->place[self->old.col[i]];
        if (source != UINT32_MAX && c->touched[source] == 0)
            topk_offer(&best, (struct scored){source, self->old.val[i]});
    }
    for (uint64_t i = self->said.start[target]; i < self->said.start[(size_t)target + 1]; i++)
        topk_offer(&best, (struct scored){self->source[self->said.col[i]], self->said.val[i]});
    topk_finish(&best);
    for (uint32_t k = 0; k < best.held; k++) {
        w->row.touched[k] = best.heap[k].item;
        w->weight[best.heap[k].item] = best.heap[k].score;
    }
    qsort(w->row.touched, best.held, sizeof *w->row.touched, ascending);
    return keep_row(&self->building.kept[target], w, best.held);
}

static void update_chunk(struct updating *self, size_t task, unsigned worker, uint32_t n, bool touched)
{
    const struct neighbour_build *b = self->building.build;
    uint32_t from = (uint32_t)task * CHUNK, to = n - from < CHUNK ? n : from + CHUNK;
    for (uint32_t i = from; i < to && atomic_load(&self->building.failed) == 0; i++) {
        struct worker *w = &self->building.workers[worker];
        int rc = touched                           ? update_touched(self, i, w)
                 : self->change->touched[i] == 0 ? update_other(self, i, w)
                                                   : 0;
        unsigned done = atomic_fetch_add(&self->building.done, 1) + 1;
        if (rc == 0 && job_step(b->job, b->name, done, self->n + b->n_items, "items"))
            rc = E_CANCELLED;
        if (rc != 0)
            atomic_store(&self->building.failed, rc);
    }
}

static void touched_chunk(void *context, size_t task, unsigned worker)
{
    update_chunk(context, task, worker, ((struct updating *)context)->n, true);
}

static void others_chunk(void *context, size_t task, unsigned worker)
{
    update_chunk(context, task, worker, ((struct updating *)context)->building.build->n_items, false);
}

/* What touched items say, by who is spoken for. */
static int gather_said(struct updating *self)
{
    struct csr by_source = {0};
    int rc = assemble(&by_source, self->speaks, self->n);
    by_source.cols = self->building.build->n_items;
    rc = rc != 0 ? rc : csr_transpose(&self->said, &by_source, NULL);
    csr_release(&by_source);
    return rc;
}

static int updating_init(struct updating *self)
{
    const struct neighbour_change *c = self->change;
    uint32_t n = self->building.build->n_items;
    self->source = mem_alloc(n, sizeof *self->source);
    self->before = mem_alloc(n, sizeof *self->before);
    if (self->source == NULL || self->before == NULL)
        return E_NOMEM;
    for (uint32_t i = 0; i < c->weights->rows; i++)
        if (c->place[i] != UINT32_MAX)
            self->before[c->place[i]] = i;
    for (uint32_t i = 0; i < n; i++)
        if (c->touched[i] != 0)
            self->source[self->n++] = i;
    self->speaks = mem_zalloc(self->n, sizeof *self->speaks);
    return self->speaks == NULL ? E_NOMEM : csr_transpose(&self->old, c->weights, NULL);
}

static void updating_release(struct updating *self)
{
    for (uint32_t k = 0; self->speaks != NULL && k < self->n; k++) {
        mem_free(self->speaks[k].source);
        mem_free(self->speaks[k].weight);
    }
    mem_free(self->speaks);
    mem_free(self->source);
    mem_free(self->before);
    csr_release(&self->old);
    csr_release(&self->said);
}

int neighbours_update(struct csr *weights, const struct neighbour_build *build, const struct neighbour_change *change,
                      struct error *err)
{
    struct updating self = {.change = change};
    int rc = building_init(&self.building, build);
    rc = rc != 0 ? rc : updating_init(&self);
    if (rc == 0) {
        pool_run(build->pool, (self.n + CHUNK - 1) / CHUNK, touched_chunk, &self);
        rc = atomic_load(&self.building.failed);
    }
    rc = rc != 0 ? rc : gather_said(&self);
    if (rc == 0) {
        pool_run(build->pool, (build->n_items + CHUNK - 1) / CHUNK, others_chunk, &self);
        rc = atomic_load(&self.building.failed);
    }
    updating_release(&self);
    return building_finish(&self.building, rc, weights, err);
}

/* ---- scoring --------------------------------------------------------------------------------------------- */

size_t neighbours_scratch(uint32_t n_items)
{
    return weighting_scratch(n_items);
}

/* The history's items with what each weighs, in `amount`. */
static uint32_t weigh_history(const struct neighbour_history *how, const struct history *user, uint32_t n_items,
                              void *scratch, struct counted **out)
{
    uint32_t n = weighting_history(&how->weighting, user, n_items, scratch, out);
    for (uint32_t k = 0; k < n; k++) {
        struct counted *c = &(*out)[k];
        c->amount = (double)c->value;
        if (how->recency < 1)
            c->amount *= pow(how->recency, (double)(user->n - 1 - c->last));
    }
    return n;
}

void neighbours_score(const struct csr *weights, const struct neighbour_history *how, const struct history *users,
                      uint32_t n, float *scores, size_t stride, void *scratch)
{
    for (uint32_t u = 0; u < n; u++) {
        float *row = scores + u * stride;
        struct counted *counted;
        uint32_t n_counted = weigh_history(how, &users[u], weights->cols, scratch, &counted);
        memset(row, 0, weights->cols * sizeof *row);
        for (uint32_t k = 0; k < n_counted; k++) {
            float amount = (float)counted[k].amount;
            uint64_t end = weights->start[(size_t)counted[k].item + 1];
            for (uint64_t i = weights->start[counted[k].item]; i < end; i++)
                row[weights->col[i]] += amount * weights->val[i];
        }
    }
}

static double weight_of(const struct csr *weights, uint32_t source, uint32_t target)
{
    uint64_t from = weights->start[source];
    const uint32_t *found = bsearch(&target, weights->col + from, weights->start[(size_t)source + 1] - from,
                                    sizeof target, ascending);
    return found == NULL ? 0 : (double)weights->val[found - weights->col];
}

double neighbours_explain(const struct csr *weights, const struct neighbour_history *how, const struct history *user,
                          uint32_t item, double *contribution, void *scratch)
{
    struct counted *counted;
    uint32_t n = weigh_history(how, user, weights->cols, scratch, &counted);
    for (uint32_t k = 0; k < n; k++)
        counted[k].amount *= weight_of(weights, counted[k].item, item);
    weighting_spread(&how->weighting, user, weights->cols, scratch, n, counted, contribution);
    return 0;
}

void neighbours_similar(const struct csr *weights, uint32_t item, float *scores)
{
    memset(scores, 0, weights->cols * sizeof *scores);
    for (uint64_t i = weights->start[item]; i < weights->start[(size_t)item + 1]; i++)
        scores[weights->col[i]] = weights->val[i];
}

void neighbours_similar_to(const struct csr *weights, uint32_t item, const uint32_t *items, uint32_t n, float *scores)
{
    for (uint32_t i = 0; i < n; i++)
        scores[i] = (float)weight_of(weights, item, items[i]);
}

int neighbours_save(const struct csr *weights, struct tensor_set *out, struct error *err)
{
    uint64_t n = weights->start[weights->rows];
    int rc = tensor_set_add_1d(out, "start", TENSOR_U64, (uint64_t)weights->rows + 1, weights->start, err);
    if (rc == 0)
        rc = tensor_set_add_1d(out, "item", TENSOR_U32, n, weights->col, err);
    if (rc == 0)
        rc = tensor_set_add_1d(out, "weight", TENSOR_F32, n, weights->val, err);
    return rc;
}

static int valid(const uint64_t *start, const uint32_t *col, const float *val, uint32_t n_items, uint64_t n)
{
    if (start[0] != 0 || start[n_items] != n)
        return 0;
    for (uint32_t i = 0; i < n_items; i++) {
        if (start[(size_t)i + 1] < start[i] || start[(size_t)i + 1] > n)
            return 0;
        for (uint64_t k = start[i]; k < start[(size_t)i + 1]; k++)
            if (col[k] >= n_items || (k > start[i] && col[k] <= col[k - 1]) || !isfinite(val[k]))
                return 0;
    }
    return 1;
}

int neighbours_load(struct csr *weights, uint32_t n_items, const struct tensor_set *in, struct error *err)
{
    const uint64_t *start = tensor_set_want(in, "start", TENSOR_U64, (uint64_t)n_items + 1, 0, err);
    if (start == NULL)
        return E_CORRUPT;
    uint64_t n = start[n_items];
    const uint32_t *col = tensor_set_want(in, "item", TENSOR_U32, n, 0, err);
    const float *val = col == NULL ? NULL : tensor_set_want(in, "weight", TENSOR_F32, n, 0, err);
    if (val == NULL)
        return E_CORRUPT;
    if (!valid(start, col, val, n_items, n))
        return error_set(err, E_CORRUPT, "model file", "the item-item weights do not form a matrix");
    struct csr m = {.rows = n_items, .cols = n_items};
    m.start = mem_dup(start, ((size_t)n_items + 1) * sizeof *start);
    m.col = mem_dup(col, n * sizeof *col);
    m.val = mem_dup(val, n * sizeof *val);
    if (m.start == NULL || m.col == NULL || m.val == NULL) {
        csr_release(&m);
        return error_nomem(err, "loading a model");
    }
    *weights = m;
    return 0;
}
