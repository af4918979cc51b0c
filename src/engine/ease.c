/* EASE^R (Steck 2019, "Embarrassingly Shallow Autoencoders for Sparse Data"): the best linear map from a
 * user's vector to itself that may not use an item to predict that item, in closed form:
 *
 *   P = (X^T X + lambda I)^-1,   B[i][j] = -P[i][j] / P[j][j],   B[j][j] = 0,   scores = x B
 *
 * Memory is one matrix of n x n floats, n = items with events, at most max_items: 1.6 GB at the default of
 * 20000 and 10 GB at 50000; the work is n^3 multiply-adds (about a minute at 20000 on two cores).  Above the
 * limit the items that most users have are used.  Items outside the matrix get the lowest score. */
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/downdate.h"
#include "engine/factors.h"
#include "engine/kinds.h"
#include "engine/simd.h"
#include "engine/spd.h"

#define NOT_USED UINT32_MAX
#define BAND 512      /* columns of B that stay in cache while a tile of users goes over them */
#define STRIP 64      /* columns summed up in registers */
#define TILE 256      /* rows of a task on the whole matrix */
#define GATHERED 65536 /* entries of histories gathered at least before the rows are summed */

struct ease_model {
    struct model base;
    uint32_t n_used;
    uint32_t *used;  /* n_used items, ascending */
    uint32_t *place; /* n_items: position in `used`, or NOT_USED */
    const float *b;  /* n_used x n_used; row: item of the history */
    float *own;      /* the same, unless it is borrowed from a file */
    float *diagonal; /* n_used: of P; with it B is P, for updates.  NULL: from a file of before it was kept */
};

static void ease_free(struct model *model)
{
    struct ease_model *self = (struct ease_model *)model;
    mem_free(self->used);
    mem_free(self->place);
    mem_free(self->own);
    mem_free(self->diagonal);
    mem_free(self);
}

/* `used` must be ascending and below n_items: copied.  b: to be borrowed; NULL: room for its own. */
static int ease_new(struct ease_model **out, uint32_t n_items, const uint32_t *used, uint32_t n_used, const float *b,
                    struct error *err)
{
    struct ease_model *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "ease");
    self->n_used = n_used;
    self->used = mem_dup(used, n_used * sizeof *used);
    self->place = mem_alloc(n_items, sizeof *self->place);
    self->own = b == NULL ? mem_alloc_aligned((size_t)n_used * n_used, sizeof *self->own) : NULL;
    self->b = b != NULL ? b : self->own;
    self->diagonal = mem_alloc(n_used, sizeof *self->diagonal);
    if (self->used == NULL || self->place == NULL || self->b == NULL || self->diagonal == NULL) {
        ease_free(&self->base);
        error_set(err, E_NOMEM, "ease", "out of memory for a matrix of %u x %u items (%.1f GB)", n_used, n_used,
                  (double)n_used * n_used * 4e-9);
        return error_hint(err, E_NOMEM, "lower --max-items");
    }
    for (uint32_t i = 0; i < n_items; i++)
        self->place[i] = NOT_USED;
    for (uint32_t k = 0; k < n_used; k++)
        self->place[used[k]] = k;
    *out = self;
    return 0;
}

struct popularity {
    uint64_t users;
    uint32_t item;
};

static int more_users(const void *a, const void *b)
{
    const struct popularity *x = a, *y = b;
    if (x->users != y->users)
        return x->users < y->users ? 1 : -1;
    return x->item < y->item ? -1 : x->item > y->item;
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* The items with events, or the `most` of them that most users have; ascending.  *known: how many have events. */
static int choose_items(uint32_t **out, uint32_t *n_used, uint32_t *known, const struct csr *by_item, uint32_t most,
                        struct error *err)
{
    uint32_t n = 0;
    struct popularity *items = mem_alloc(by_item->rows, sizeof *items);
    uint32_t *used = mem_alloc(by_item->rows, sizeof *used);
    if (items == NULL || used == NULL) {
        mem_free(items);
        mem_free(used);
        return error_nomem(err, "ease");
    }
    for (uint32_t i = 0; i < by_item->rows; i++) {
        uint64_t users = by_item->start[(size_t)i + 1] - by_item->start[i];
        if (users > 0)
            items[n++] = (struct popularity){users, i};
    }
    *known = n;
    if (n == 0) {
        mem_free(items);
        mem_free(used);
        error_set(err, E_BAD_DATA, "ease", "no event falls into the window");
        return error_hint(err, E_BAD_DATA, "widen --window-days");
    }
    qsort(items, n, sizeof *items, more_users);
    n = n < most ? n : most;
    for (uint32_t k = 0; k < n; k++)
        used[k] = items[k].item;
    qsort(used, n, sizeof *used, ascending);
    mem_free(items);
    *out = used;
    *n_used = n;
    return 0;
}

/* The matrix on the way from X^T X to B. */
struct building {
    struct ease_model *model;
    const struct csr *by_user, *by_item;
    double lambda;
    struct job *job;
    double *sums; /* n_used for each worker */
    atomic_uint done;
};

static double entry(const struct csr *m, uint64_t i)
{
    return m->val == NULL ? 1 : (double)m->val[i];
}

/* The row of item `used[k]`, up to the diagonal, summed up in float64. */
static void gram_row(struct building *t, uint32_t k, double *sum)
{
    const struct csr *items = t->by_item, *users = t->by_user;
    const uint32_t *place = t->model->place;
    uint32_t item = t->model->used[k];
    memset(sum, 0, ((size_t)k + 1) * sizeof *sum);
    for (uint64_t i = items->start[item]; i < items->start[(size_t)item + 1]; i++) {
        double x = entry(items, i);
        uint64_t end = users->start[(size_t)items->col[i] + 1];
        for (uint64_t p = users->start[items->col[i]]; p < end && users->col[p] <= item; p++)
            if (place[users->col[p]] != NOT_USED)
                sum[place[users->col[p]]] += x * entry(users, p);
        if ((i & 1023) == 0 && job_cancelled(t->job))
            return;
    }
    sum[k] += t->lambda;
    float *row = t->model->own + (size_t)k * t->model->n_used;
    for (uint32_t j = 0; j <= k; j++)
        row[j] = (float)sum[j];
}

/* The longest rows first. */
static void gram_task(void *context, size_t task, unsigned worker)
{
    struct building *t = context;
    uint32_t n = t->model->n_used, to = n - (uint32_t)task * 16, from = to < 16 ? 0 : to - 16;
    double *sum = t->sums + (size_t)worker * n;
    for (uint32_t k = from; k < to; k++) {
        if (job_step(t->job, "ease: item pairs", atomic_fetch_add(&t->done, 1), n, "items"))
            return;
        gram_row(t, k, sum);
    }
}

/* From the lower triangle of P to both triangles of B, one pair of square tiles at a time. */
static void weights_task(void *context, size_t task, unsigned worker)
{
    struct building *t = context;
    size_t n = t->model->n_used, from = task * TILE, to = from + TILE < n ? from + TILE : n;
    float *b = t->model->own;
    (void)worker;
    if (job_cancelled(t->job))
        return;
    for (size_t left = 0; left <= from; left += TILE)
        for (size_t i = from; i < to; i++)
            for (size_t j = left; j < left + TILE && j < i; j++) {
                float p = b[i * n + j];
                b[i * n + j] = -p / t->model->diagonal[j];
                b[j * n + i] = -p / t->model->diagonal[i];
            }
    for (size_t i = from; i < to; i++)
        b[i * n + i] = 0;
}

static int build_weights(struct building *t, struct pool *pool, struct error *err)
{
    size_t n = t->model->n_used;
    int rc = 0;
    t->sums = mem_alloc((size_t)pool_size(pool) * n, sizeof *t->sums);
    if (t->sums == NULL) {
        rc = error_nomem(err, "ease");
        goto out;
    }
    pool_run(pool, (n + 15) / 16, gram_task, t);
    if (job_cancelled(t->job)) {
        rc = job_error_cancelled(err, "ease");
        goto out;
    }
    if ((rc = spd_invert(t->model->own, (uint32_t)n, pool, t->job, "ease: inverse", err)) != 0)
        goto out;
    for (size_t i = 0; i < n; i++)
        t->model->diagonal[i] = t->model->b[i * n + i];
    pool_run(pool, (n + TILE - 1) / TILE, weights_task, t);
    if (job_cancelled(t->job))
        rc = job_error_cancelled(err, "ease");
out:
    mem_free(t->sums);
    return rc;
}

static void note_used(struct train_context *ctx, uint32_t n_used, uint32_t known)
{
    if (n_used < known)
        snprintf(ctx->note, sizeof ctx->note, "used the %u most popular of %u items; the others get the lowest score",
                 n_used, known);
}

static int ease_train(struct model **out, const struct dataset *data, struct train_context *ctx, struct error *err)
{
    struct weighting weighting = weighting_from_params(&ctx->params);
    struct csr by_user = {0}, by_item = {0};
    struct ease_model *self = NULL;
    uint32_t *used = NULL, n_used = 0, known = 0;
    int rc = csr_from_events(&by_user, data, &weighting, err);
    if (rc == 0)
        rc = csr_transpose(&by_item, &by_user, err);
    if (rc == 0)
        rc = choose_items(&used, &n_used, &known, &by_item, (uint32_t)PARAM(&ctx->params, max_items), err);
    if (rc == 0)
        rc = ease_new(&self, data->n_items, used, n_used, NULL, err);
    if (rc == 0) {
        struct building t = {
            .model = self,
            .by_user = &by_user,
            .by_item = &by_item,
            .lambda = PARAM(&ctx->params, lambda),
            .job = ctx->job,
        };
        note_used(ctx, n_used, known);
        rc = build_weights(&t, ctx->pool, err);
    }
    csr_release(&by_user);
    csr_release(&by_item);
    mem_free(used);
    if (rc != 0) {
        if (self != NULL)
            ease_free(&self->base);
        return rc;
    }
    *out = &self->base;
    return 0;
}

/* ---- without some people (downdate.h) --------------------------------------------------------------------- */

struct updating {
    const struct ease_model *before;
    const struct change *change;
    struct csr gone;        /* rows of those who left: columns are places in the matrix of before */
    uint32_t *used, n_used; /* of the new one */
    uint32_t known;
    uint32_t *keep;         /* n_used: places in the matrix of before */
};

static void updating_release(struct updating *t)
{
    csr_release(&t->gone);
    mem_free(t->used);
    mem_free(t->keep);
}

/* From all rows of before: those of who left, of the items that are in the matrix.  Items and places ascend alike. */
static int take_gone(struct updating *t, const struct csr *by_user, struct error *err)
{
    struct csr *g = &t->gone;
    uint64_t n = 0;
    g->cols = t->before->n_used;
    g->start = mem_zalloc((size_t)t->change->n_gone + 1, sizeof *g->start);
    g->col = mem_alloc(by_user->start[by_user->rows], sizeof *g->col);
    g->val = mem_alloc(by_user->start[by_user->rows], sizeof *g->val);
    if (g->start == NULL || g->col == NULL || g->val == NULL)
        return error_nomem(err, "ease");
    for (uint32_t u = 0; u < by_user->rows; u++) {
        uint64_t first = n;
        for (uint64_t i = by_user->start[u]; t->change->gone[u] != 0 && i < by_user->start[(size_t)u + 1]; i++)
            if (t->before->place[by_user->col[i]] != NOT_USED) {
                g->col[n] = t->before->place[by_user->col[i]];
                g->val[n++] = (float)entry(by_user, i);
            }
        if (n > first) /* who has nothing in the matrix leaves nothing in it */
            g->start[++g->rows] = n;
    }
    return 0;
}

/* The items of the new matrix; 1 when one of them was not in the one of before, or one in it is only less popular now. */
static int choose_kept(struct updating *t, const struct params *params, const char **why, struct error *err)
{
    struct weighting weighting = weighting_from_params(params);
    struct csr by_user = {0}, by_item = {0};
    uint32_t n = t->before->base.n_items, kept = 0;
    int rc = csr_from_events(&by_user, &t->change->after, &weighting, err);
    rc = rc != 0 ? rc : csr_transpose(&by_item, &by_user, err);
    if (rc == 0)
        rc = choose_items(&t->used, &t->n_used, &t->known, &by_item, (uint32_t)PARAM(params, max_items), err);
    if (rc == 0 && (t->keep = mem_alloc(t->n_used, sizeof *t->keep)) == NULL)
        rc = error_nomem(err, "ease");
    for (uint32_t i = 0; rc == 0 && i < n; i++) {
        uint32_t now = t->change->place[i];
        bool had = t->before->place[i] != NOT_USED, has = kept < t->n_used && now == t->used[kept];
        bool owned = now != CHANGE_NOWHERE && by_item.start[(size_t)now + 1] > by_item.start[now];
        if ((has && !had) || (had && owned && !has)) {
            *why = "other items are now among the most popular ones that the matrix is made of";
            rc = 1;
        } else if (has) {
            t->keep[kept++] = t->before->place[i];
        }
    }
    csr_release(&by_user);
    csr_release(&by_item);
    return rc;
}

/* About r n^2 against n^3; what comes with it for each person is slower than the inverse. */
static const char *ease_update_refused(const struct params *params, uint64_t n_items, uint64_t people, uint64_t events)
{
    (void)params;
    (void)events;
    return people * 4 > n_items ? "they are so many that an update costs no less" : NULL;
}

static int updating_init(struct updating *t, const struct params *params, const char **why, struct error *err)
{
    struct weighting weighting = weighting_from_params(params);
    struct csr by_user = {0};
    if (t->before->diagonal == NULL)
        *why = "its file is from before the diagonal was kept";
    else if (change_moves_ages(t->change, &weighting))
        *why = "the newest event was theirs, and ages count from it";
    if (*why != NULL)
        return 1;
    int rc = csr_from_events(&by_user, t->change->before, &weighting, err);
    rc = rc != 0 ? rc : take_gone(t, &by_user, err);
    csr_release(&by_user);
    if (rc == 0 && (*why = ease_update_refused(params, t->before->n_used, t->gone.rows, 0)) != NULL)
        return 1;
    return rc != 0 ? rc : choose_kept(t, params, why, err);
}

static int ease_update(struct model **out, const struct model *before, const struct change *change,
                       struct train_context *ctx, const char **why, struct error *err)
{
    struct updating t = {.before = (const struct ease_model *)before, .change = change};
    struct ease_model *self = NULL;
    *why = NULL;
    int rc = updating_init(&t, &ctx->params, why, err);
    rc = rc != 0 ? rc : ease_new(&self, change->after.n_items, t.used, t.n_used, NULL, err);
    if (rc == 0) {
        struct downdate d = {.b = t.before->b, .diagonal = t.before->diagonal, .n = t.before->n_used, .gone = &t.gone,
                             .keep = t.keep, .m = t.n_used, .pool = ctx->pool, .job = ctx->job};
        note_used(ctx, t.n_used, t.known);
        rc = downdate(&d, self->own, self->diagonal, err);
        if (rc == 1)
            *why = "they weigh so much in it that an update would lose digits";
    }
    updating_release(&t);
    if (rc != 0) {
        if (self != NULL)
            ease_free(&self->base);
        return rc;
    }
    *out = &self->base;
    return 0;
}

/* ---- scoring ---------------------------------------------------------------------------------------------- */

/* One item of a gathered history. */
struct amount {
    uint32_t place;
    float value;
};

struct ease_scratch {
    void *counting;
    float *row; /* n_used */
    struct amount *amounts;
    uint32_t capacity;
};

static size_t rounded(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

static size_t capacity(const struct ease_model *self)
{
    return self->n_used > GATHERED ? self->n_used : GATHERED;
}

static size_t ease_scratch(const struct model *model)
{
    const struct ease_model *self = (const struct ease_model *)model;
    return rounded(weighting_scratch(model->n_items)) + rounded(self->n_used * sizeof(float)) +
           capacity(self) * sizeof(struct amount);
}

static struct ease_scratch split_scratch(const struct ease_model *self, void *scratch)
{
    unsigned char *p = scratch;
    struct ease_scratch s = {.counting = p};
    p += rounded(weighting_scratch(self->base.n_items));
    s.row = (float *)(void *)p;
    p += rounded(self->n_used * sizeof(float));
    s.amounts = (struct amount *)(void *)p;
    s.capacity = (uint32_t)capacity(self);
    return s;
}

typedef float vector __attribute__((vector_size(32), aligned(4)));
#define LANES 8

/* out[0 .. STRIP) = sum of value * the rows' columns from `column` on, in the order of the history. */
ENGINE_CLONES static void sum_strip(float *out, const float *b, size_t n, size_t column, const struct amount *amounts,
                                    uint32_t count)
{
    vector sum[STRIP / LANES] = {{0}};
    for (uint32_t k = 0; k < count; k++) {
        const vector *row = (const vector *)(const void *)(b + amounts[k].place * n + column);
        float x = amounts[k].value;
        for (int v = 0; v < STRIP / LANES; v++)
            sum[v] += x * row[v];
    }
    memcpy(out, sum, sizeof sum);
}

static void sum_rest(float *out, const float *b, size_t n, size_t column, const struct amount *amounts, uint32_t count)
{
    for (size_t j = column; j < n; j++) {
        float sum = 0;
        for (uint32_t k = 0; k < count; k++)
            sum += amounts[k].value * b[amounts[k].place * n + j];
        out[j - column] = sum;
    }
}

/* Users [0, n) whose amounts are amounts[start[u] .. start[u + 1]): into rows of n_used scores. */
static void sum_rows(const struct ease_model *self, const struct amount *amounts, const uint32_t *start, uint32_t n,
                     float *scores, size_t stride)
{
    size_t items = self->n_used;
    for (size_t band = 0; band < items; band += BAND)
        for (uint32_t u = 0; u < n; u++) {
            const struct amount *mine = amounts + start[u];
            uint32_t count = start[u + 1] - start[u];
            for (size_t j = band; j < band + BAND && j < items; j += STRIP) {
                float *to = scores + u * stride + j;
                if (j + STRIP <= items)
                    sum_strip(to, self->b, items, j, mine, count);
                else
                    sum_rest(to, self->b, items, j, mine, count);
            }
        }
}

static float lowest_of(const struct ease_model *self, const float *row)
{
    float lowest = 0;
    for (uint32_t k = 0; k < self->n_used; k++)
        lowest = k == 0 || row[k] < lowest ? row[k] : lowest;
    return lowest;
}

/* From places to items; those outside the matrix get the lowest score of the others. */
static void spread_row(const struct ease_model *self, float *row)
{
    uint32_t n = self->base.n_items;
    if (self->n_used == n)
        return;
    float lowest = lowest_of(self, row);
    uint32_t k = self->n_used;
    for (uint32_t i = n; i-- > 0;) /* used[k] >= k: nothing is overwritten before it is read */
        row[i] = k > 0 && self->used[k - 1] == i ? row[--k] : lowest;
}

static uint32_t gather(const struct ease_model *self, const struct weighting *w, const struct history *user,
                       void *counting, struct amount *out)
{
    struct counted *counted;
    uint32_t n = weighting_history(w, user, self->base.n_items, counting, &counted), kept = 0;
    for (uint32_t k = 0; k < n; k++) {
        uint32_t place = self->place[counted[k].item];
        if (place != NOT_USED)
            out[kept++] = (struct amount){place, counted[k].value};
    }
    return kept;
}

static void ease_score(const struct model *model, const struct history *users, uint32_t n, float *scores,
                       size_t stride, void *scratch)
{
    const struct ease_model *self = (const struct ease_model *)model;
    struct weighting w = weighting_from_params(&model->params);
    struct ease_scratch s = split_scratch(self, scratch);
    for (uint32_t done = 0; done < n;) {
        uint32_t start[MODEL_TILE + 1] = {0}, count = 0;
        while (done + count < n && count < MODEL_TILE && start[count] + self->n_used <= s.capacity) {
            uint32_t more = gather(self, &w, &users[done + count], s.counting, s.amounts + start[count]);
            start[count + 1] = start[count] + more;
            count++;
        }
        sum_rows(self, s.amounts, start, count, scores + done * stride, stride);
        for (uint32_t u = 0; u < count; u++)
            spread_row(self, scores + (done + u) * stride);
        done += count;
    }
}

static double ease_explain(const struct model *model, const struct history *user, uint32_t item, double *contribution,
                           void *scratch)
{
    const struct ease_model *self = (const struct ease_model *)model;
    struct weighting w = weighting_from_params(&model->params);
    struct ease_scratch s = split_scratch(self, scratch);
    uint32_t to = self->place[item];
    double remainder = 0;
    if (to == NOT_USED) { /* nothing in the history speaks for it: all of it is the lowest score */
        uint32_t start[2] = {0, gather(self, &w, user, s.counting, s.amounts)};
        sum_rows(self, s.amounts, start, 1, s.row, self->n_used);
        for (uint32_t k = 0; k < self->n_used; k++)
            remainder = k == 0 || (double)s.row[k] < remainder ? (double)s.row[k] : remainder;
    }
    struct counted *counted;
    uint32_t n = weighting_history(&w, user, model->n_items, s.counting, &counted);
    for (uint32_t k = 0; k < n; k++) {
        uint32_t from = self->place[counted[k].item];
        counted[k].amount = from == NOT_USED || to == NOT_USED
                                ? 0
                                : (double)counted[k].value * (double)self->b[(size_t)from * self->n_used + to];
    }
    weighting_spread(&w, user, model->n_items, s.counting, n, counted, contribution);
    return remainder;
}

/* How strongly having the item speaks for each other one. */
static void ease_similar(const struct model *model, uint32_t item, float *scores)
{
    const struct ease_model *self = (const struct ease_model *)model;
    if (self->place[item] == NOT_USED) {
        memset(scores, 0, model->n_items * sizeof *scores);
        return;
    }
    memcpy(scores, self->b + (size_t)self->place[item] * self->n_used, self->n_used * sizeof *scores);
    spread_row(self, scores);
}

static void ease_similar_to(const struct model *model, uint32_t item, const uint32_t *items, uint32_t n,
                            float *scores)
{
    const struct ease_model *self = (const struct ease_model *)model;
    if (self->place[item] == NOT_USED) {
        memset(scores, 0, n * sizeof *scores);
        return;
    }
    const float *row = self->b + (size_t)self->place[item] * self->n_used;
    float lowest = 0;
    bool known = false;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t to = self->place[items[i]];
        if (to == NOT_USED && !known) {
            lowest = lowest_of(self, row);
            known = true;
        }
        scores[i] = to == NOT_USED ? lowest : row[to];
    }
}

static int ease_save(const struct model *model, struct tensor_set *out, struct error *err)
{
    const struct ease_model *self = (const struct ease_model *)model;
    int rc = tensor_set_add_1d(out, "items", TENSOR_U32, self->n_used, self->used, err);
    rc = rc != 0 ? rc : tensor_set_add_2d(out, "B", TENSOR_F32, self->n_used, self->n_used, self->b, err);
    if (rc != 0 || self->diagonal == NULL)
        return rc;
    return tensor_set_add_1d(out, "diagonal", TENSOR_F32, self->n_used, self->diagonal, err);
}

static int ease_load(struct model **out, const struct model *head, const struct tensor_set *in, struct error *err)
{
    const struct tensor *items = tensor_set_find(in, "items");
    if (items == NULL || items->dims != 1 || items->shape[0] < 1 || items->shape[0] > head->n_items)
        return error_set(err, E_CORRUPT, "model file", "the list of items is missing or has the wrong length");
    uint32_t n = (uint32_t)items->shape[0];
    const uint32_t *used = tensor_set_want(in, "items", TENSOR_U32, n, 0, err);
    const float *b = used == NULL ? NULL : tensor_set_want(in, "B", TENSOR_F32, n, n, err);
    if (b == NULL)
        return E_CORRUPT;
    for (uint32_t k = 0; k < n; k++)
        if (used[k] >= head->n_items || (k > 0 && used[k] <= used[k - 1]))
            return error_set(err, E_CORRUPT, "model file", "the list of items is not in order");
    const float *diagonal = NULL;
    if (tensor_set_find(in, "diagonal") != NULL && /* a file of before it was kept has none */
        (diagonal = tensor_set_want(in, "diagonal", TENSOR_F32, n, 0, err)) == NULL)
        return E_CORRUPT;
    if (!factors_finite(b, (size_t)n * n) || (diagonal != NULL && !factors_finite(diagonal, n)))
        return error_set(err, E_CORRUPT, "model file", "a weight is not a finite number");
    struct ease_model *self;
    int rc = ease_new(&self, head->n_items, used, n, in->lasting ? b : NULL, err);
    if (rc != 0)
        return rc;
    if (!in->lasting)
        memcpy(self->own, b, (size_t)n * n * sizeof *b);
    if (diagonal != NULL) {
        memcpy(self->diagonal, diagonal, n * sizeof *diagonal);
    } else {
        mem_free(self->diagonal);
        self->diagonal = NULL;
    }
    *out = &self->base;
    return 0;
}

const struct model_kind ease_kind = {
    .name = "ease",
    .title = "EASE^R",
    .about = "Linear item-item weights in closed form (Steck 2019, Embarrassingly Shallow Autoencoders)",
    .defaults = "lambda=500 counting=once half_life_days=0 window_days=0 max_items=20000",
    .update_rounds = true,
    .train = ease_train,
    .update = ease_update,
    .update_refused = ease_update_refused,
    .score = ease_score,
    .score_scratch = ease_scratch,
    .explain = ease_explain,
    .similar = ease_similar,
    .similar_to = ease_similar_to,
    .save = ease_save,
    .load = ease_load,
    .free = ease_free,
};
