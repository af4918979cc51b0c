/* iALS: implicit alternating least squares (Hu, Koren, Volinsky 2008) with the frequency-scaled regulariser
 * and the unobserved weight of Rendle et al. 2021, solved by blocks (iALS++); ials_solver.h has the loss.
 *
 * The model keeps the factors of the items and their Gram matrix, and nobody's row: a user's factors come
 * from the history by one exact solve (fold-in), at training's end as at any later time, and
 * score = x . v_item.  Items without events have a row of zeros and get the lowest score. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "engine/dense.h"
#include "engine/ials_solver.h"
#include "engine/kinds.h"

#define PANEL 64 /* items scored together; their factors are packed dimension by dimension */
#define GROUP 8  /* users scored together */

struct ials_model {
    struct model base;
    uint32_t dim;
    uint32_t n_known; /* items with factors */
    float *factors;   /* n_items x dim */
    float *gram;      /* width x width, width = dense_pad(dim) */
    float *gram_kept; /* dim x dim, as saved; gram itself when dim = width */
    float *packed;    /* for each PANEL of items: dim x PANEL */
};

static void ials_free(struct model *model)
{
    struct ials_model *self = (struct ials_model *)model;
    mem_free(self->factors);
    mem_free(self->packed);
    if (self->gram_kept != self->gram)
        mem_free(self->gram_kept);
    mem_free(self->gram);
    mem_free(self);
}

static size_t panels(uint32_t n_items)
{
    return ((size_t)n_items + PANEL - 1) / PANEL;
}

static int ials_new(struct ials_model **out, uint32_t n_items, uint32_t dim, struct error *err)
{
    struct ials_model *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "ials");
    size_t width = dense_pad(dim);
    self->base.n_items = n_items;
    self->dim = dim;
    self->factors = mem_alloc_aligned((size_t)n_items * dim, sizeof(float));
    self->packed = mem_alloc_aligned(panels(n_items) * dim * PANEL, sizeof(float));
    self->gram = mem_zalloc(width * width, sizeof(float));
    self->gram_kept = width == dim ? self->gram : mem_zalloc((size_t)dim * dim, sizeof(float));
    if (self->factors == NULL || self->packed == NULL || self->gram == NULL || self->gram_kept == NULL) {
        ials_free(&self->base);
        return error_nomem(err, "ials");
    }
    *out = self;
    return 0;
}

/* From factors: packed and n_known. */
static void finish_factors(struct ials_model *self)
{
    uint32_t n = self->base.n_items, dim = self->dim;
    memset(self->packed, 0, panels(n) * dim * PANEL * sizeof(float));
    self->n_known = 0;
    for (uint32_t i = 0; i < n; i++) {
        const float *v = self->factors + (size_t)i * dim;
        float *to = self->packed + i / PANEL * (size_t)dim * PANEL + i % PANEL, any = 0;
        for (uint32_t k = 0; k < dim; k++) {
            to[(size_t)k * PANEL] = v[k];
            any += fabsf(v[k]);
        }
        self->n_known += any > 0;
    }
}

static int is_known(const struct ials_model *self, uint32_t item)
{
    const float *v = self->factors + (size_t)item * self->dim;
    for (uint32_t k = 0; k < self->dim; k++)
        if (fabsf(v[k]) > 0)
            return 1;
    return 0;
}

/* Training. */
struct training {
    struct csr by_user, by_item;
    uint32_t dim, width, block;
    float *x, *y;             /* factors of users and items, rows of `width` */
    float *last, *start; double k;
    float *gram;              /* of either */
    double users, items;      /* with entries */
    const struct params *params;
    struct pool *pool;
    struct job *job;
};

static void training_release(struct training *t)
{
    csr_release(&t->by_user);
    csr_release(&t->by_item);
    mem_free(t->x);
    mem_free(t->y);
    mem_free(t->gram);
}

static double rows_with_entries(const struct csr *m)
{
    double n = 0;
    for (uint32_t row = 0; row < m->rows; row++)
        n += m->start[(size_t)row + 1] > m->start[row];
    return n;
}

/* Random factors for the items that have events, keyed by (seed, item). */
static void start_items(struct training *t, const struct dataset *data, uint64_t seed)
{
    double scale = PARAM(t->params, init_stddev) / sqrt(t->dim);
    memset(t->y, 0, (size_t)data->n_items * t->width * sizeof *t->y);
    for (uint32_t i = 0; i < data->n_items; i++) {
        if (t->by_item.start[(size_t)i + 1] == t->by_item.start[i])
            continue;
        struct rng rng;
        rng_init(&rng, seed, data->item_key[i]);
        for (uint32_t k = 0; k < t->dim; k++)
            t->y[(size_t)i * t->width + k] = (float)(scale * rng_normal(&rng));
    }
}

static int training_init(struct training *t, const struct dataset *data, struct train_context *ctx, struct error *err)
{
    struct weighting weighting = weighting_from_params(&ctx->params);
    t->params = &ctx->params;
    t->pool = ctx->pool;
    t->job = ctx->job;
    t->dim = (uint32_t)PARAM(&ctx->params, dim);
    t->width = dense_pad(t->dim);
    t->block = dense_pad((uint32_t)PARAM(&ctx->params, block_size));
    int rc = csr_from_events(&t->by_user, data, &weighting, err);
    if (rc == 0)
        rc = csr_transpose(&t->by_item, &t->by_user, err);
    if (rc != 0)
        return rc;
    t->users = rows_with_entries(&t->by_user);
    t->items = rows_with_entries(&t->by_item);
    if (t->items < 1) {
        error_set(err, E_BAD_DATA, "ials", "no event falls into the window");
        return error_hint(err, E_BAD_DATA, "widen --window-days");
    }
    t->x = mem_alloc_aligned((size_t)data->n_users * t->width, sizeof *t->x);
    t->y = mem_alloc_aligned((size_t)data->n_items * t->width, sizeof *t->y);
    t->gram = mem_alloc_aligned((size_t)t->width * t->width, sizeof *t->gram);
    if (t->x == NULL || t->y == NULL || t->gram == NULL) {
        error_set(err, E_NOMEM, "ials", "out of memory for %u factors of %u users and %u items", t->dim, data->n_users,
                  data->n_items);
        return error_hint(err, E_NOMEM, "lower --dim");
    }
    memset(t->x, 0, (size_t)data->n_users * t->width * sizeof *t->x);
    start_items(t, data, ctx->seed);
    return 0;
}

static struct ials_side side_of(const struct training *t, const float *fixed, double others)
{
    return (struct ials_side){
        .fixed = fixed,
        .stride = t->width,
        .gram = t->gram,
        .dim = t->dim,
        .block = t->block,
        .unobserved_weight = PARAM(t->params, unobserved_weight),
        .reg = PARAM(t->params, reg),
        .reg_exponent = PARAM(t->params, reg_exponent),
        .others = others,
    };
}

#include <stdlib.h>
static void extrapolate(struct training *t)
{
    size_t n = (size_t)t->by_item.rows * t->width;
    double along = 0;
    if (t->last == NULL) {
        t->last = mem_zalloc(n, 4);
        t->start = mem_zalloc(n, 4);
        memcpy(t->last, t->y, n * 4);
        memcpy(t->start, t->y, n * 4);
        t->k = 1;
        return;
    }
    for (size_t i = 0; i < n; i++)
        along += (double)(t->start[i] - t->y[i]) * (double)(t->y[i] - t->last[i]);
    static double cap = -1;
    if (cap < 0)
        cap = getenv("CAP") ? atof(getenv("CAP")) : 0;
    if (along > 0)
        t->k = 1;
    else
        t->k++;
    double beta = (t->k - 1) / (t->k + 2);
    beta = beta < cap ? beta : cap;
    for (size_t i = 0; i < n; i++) {
        float y = t->y[i];
        t->y[i] = y + (float)beta * (y - t->last[i]);
        t->last[i] = y;
    }
    memcpy(t->start, t->y, n * 4);
}

/* Users from items, then items from users. */
static int epoch(struct training *t, unsigned number, unsigned epochs, struct error *err)
{
    char note[48];
    snprintf(note, sizeof note, "ials: epoch %u of %u", number + 1, epochs);
    struct ials_side users = side_of(t, t->y, t->items), items = side_of(t, t->x, t->users);
    struct ials_progress p = {.job = t->job, .note = note, .done = number, .share = 0.5, .total = epochs};
    int rc = ials_gram(t->gram, t->y, t->by_item.rows, t->dim, t->pool, t->job, err);
    if (rc == 0)
        rc = ials_sweep(&users, &t->by_user, t->x, t->pool, &p, err);
    if (rc == 0)
        rc = ials_gram(t->gram, t->x, t->by_user.rows, t->dim, t->pool, t->job, err);
    p.done += p.share;
    if (rc == 0)
        rc = ials_sweep(&items, &t->by_item, t->y, t->pool, &p, err);
    if (rc == 0 && number + 1 < epochs)
        extrapolate(t);
    return rc;
}

static int take_factors(struct ials_model **out, struct training *t, struct error *err)
{
    struct ials_model *self;
    uint32_t n_items = t->by_item.rows;
    int rc = ials_gram(t->gram, t->y, n_items, t->dim, t->pool, t->job, err);
    if (rc == 0)
        rc = ials_new(&self, n_items, t->dim, err);
    if (rc != 0)
        return rc;
    for (uint32_t i = 0; i < n_items; i++)
        memcpy(self->factors + (size_t)i * t->dim, t->y + (size_t)i * t->width, t->dim * sizeof *t->y);
    memcpy(self->gram, t->gram, (size_t)t->width * t->width * sizeof *t->gram);
    for (uint32_t i = 0; i < t->dim; i++)
        memmove(self->gram_kept + (size_t)i * t->dim, self->gram + (size_t)i * t->width, t->dim * sizeof *t->gram);
    finish_factors(self);
    *out = self;
    return 0;
}

static int ials_train(struct model **out, const struct dataset *data, struct train_context *ctx, struct error *err)
{
    struct training t = {0};
    struct ials_model *self;
    unsigned epochs = (unsigned)PARAM(&ctx->params, epochs);
    int rc = training_init(&t, data, ctx, err);
    for (unsigned number = 0; rc == 0 && number < epochs; number++)
        rc = epoch(&t, number, epochs, err);
    if (rc == 0)
        rc = take_factors(&self, &t, err);
    training_release(&t);
    if (rc != 0)
        return rc;
    snprintf(ctx->note, sizeof ctx->note, "ran %u epochs", epochs);
    *out = &self->base;
    return 0;
}

/* Scoring. */
static struct ials_side fold_in(const struct ials_model *self)
{
    const struct params *p = &self->base.params;
    return (struct ials_side){
        .fixed = self->factors,
        .stride = self->dim,
        .gram = self->gram,
        .dim = self->dim,
        .block = dense_pad(self->dim),
        .unobserved_weight = PARAM(p, unobserved_weight),
        .reg = PARAM(p, reg),
        .reg_exponent = PARAM(p, reg_exponent),
        .others = self->n_known,
    };
}

static size_t rounded(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

struct ials_parts {
    void *counting;
    uint32_t *index; /* n_items */
    float *weight;   /* n_items */
    float *x;        /* width: one user's factors */
    float *group;    /* dim x GROUP: those of the users scored together */
    float *tile;     /* GROUP x PANEL */
    void *solver;
};

static size_t parts_sizes(const struct ials_model *self, size_t size[7])
{
    uint32_t n = self->base.n_items, width = dense_pad(self->dim);
    size_t total = 0;
    size[0] = weighting_scratch(n);
    size[1] = n * sizeof(uint32_t);
    size[2] = n * sizeof(float);
    size[3] = width * sizeof(float);
    size[4] = (size_t)MODEL_TILE * self->dim * sizeof(float);
    size[5] = GROUP * PANEL * sizeof(float);
    size[6] = ials_scratch(self->dim, width, n);
    for (int i = 0; i < 7; i++)
        total += size[i] = rounded(size[i]);
    return total;
}

static size_t ials_score_scratch(const struct model *model)
{
    size_t size[7];
    return parts_sizes((const struct ials_model *)model, size);
}

static struct ials_parts split_scratch(const struct ials_model *self, void *scratch)
{
    size_t size[7];
    void *part[7];
    unsigned char *p = scratch;
    parts_sizes(self, size);
    for (int i = 0; i < 7; i++, p += size[i - 1])
        part[i] = p;
    return (struct ials_parts){part[0], part[1], part[2], part[3], part[4], part[5], part[6]};
}

/* The history's items that the model knows and their weights; returns how many. */
static uint32_t entries_of(const struct ials_model *self, const struct history *user, struct ials_parts *s)
{
    struct weighting w = weighting_from_params(&self->base.params);
    struct counted *counted;
    uint32_t n = weighting_history(&w, user, self->base.n_items, s->counting, &counted), kept = 0;
    for (uint32_t k = 0; k < n; k++)
        if (is_known(self, counted[k].item)) {
            s->index[kept] = counted[k].item;
            s->weight[kept++] = counted[k].value;
        }
    return kept;
}

/* Items without factors get the lowest score of the others. */
static void lower_unknown(const struct ials_model *self, float *row)
{
    uint32_t n = self->base.n_items;
    int any = 0;
    float lowest = 0;
    if (self->n_known == n)
        return;
    for (uint32_t i = 0; i < n; i++)
        if (is_known(self, i)) {
            lowest = !any || row[i] < lowest ? row[i] : lowest;
            any = 1;
        }
    for (uint32_t i = 0; i < n; i++)
        if (!is_known(self, i))
            row[i] = lowest;
}

/* Users' factors are in `group`, GROUP users to a slab of dim x GROUP. */
static void score_panels(const struct ials_model *self, const float *group, uint32_t n, float *scores, size_t stride,
                         float *tile)
{
    uint32_t n_items = self->base.n_items, dim = self->dim;
    for (uint32_t first = 0; first < n_items; first += PANEL) {
        const float *panel = self->packed + (size_t)first * dim;
        uint32_t width = n_items - first < PANEL ? n_items - first : PANEL;
        for (uint32_t u = 0; u < n; u += GROUP) {
            uint32_t users = n - u < GROUP ? n - u : GROUP;
            int whole = users == GROUP && width == PANEL;
            float *to = scores + u * stride + first;
            dense_outer(whole ? to : tile, whole ? stride : PANEL, group + (size_t)u * dim, GROUP, GROUP, panel, PANEL,
                        PANEL, dim, DENSE_SET);
            for (uint32_t i = 0; !whole && i < users; i++)
                memcpy(to + i * stride, tile + (size_t)i * PANEL, width * sizeof *to);
        }
    }
}

static void ials_score(const struct model *model, const struct history *users, uint32_t n, float *scores,
                       size_t stride, void *scratch)
{
    const struct ials_model *self = (const struct ials_model *)model;
    struct ials_side side = fold_in(self);
    struct ials_parts s = split_scratch(self, scratch);
    memset(s.group, 0, (size_t)(n + GROUP - 1) / GROUP * GROUP * self->dim * sizeof *s.group);
    for (uint32_t u = 0; u < n; u++) {
        uint32_t kept = entries_of(self, &users[u], &s);
        ials_solve_row(&side, s.index, s.weight, kept, s.x, NULL, s.solver);
        float *to = s.group + (size_t)(u / GROUP) * GROUP * self->dim + u % GROUP;
        for (uint32_t k = 0; k < self->dim; k++)
            to[(size_t)k * GROUP] = s.x[k];
    }
    score_panels(self, s.group, n, scores, stride, s.tile);
    for (uint32_t u = 0; u < n; u++)
        lower_unknown(self, scores + u * stride);
}

/* score = v^T A^-1 (sum of w_i v_i), so event i's share is w_i v_i . (A^-1 v). */
static double ials_explain(const struct model *model, const struct history *user, uint32_t item, double *contribution,
                           void *scratch)
{
    const struct ials_model *self = (const struct ials_model *)model;
    struct ials_side side = fold_in(self);
    struct ials_parts s = split_scratch(self, scratch);
    struct weighting w = weighting_from_params(&model->params);
    struct counted *counted;
    double remainder = 0;
    uint32_t width = dense_pad(self->dim), dim = self->dim, kept = entries_of(self, user, &s);
    if (is_known(self, item)) {
        memset(s.x, 0, width * sizeof *s.x);
        memcpy(s.x, self->factors + (size_t)item * dim, dim * sizeof *s.x);
        ials_apply_inverse(&side, s.index, s.weight, kept, s.x, s.solver);
    } else { /* nothing in the history speaks for it: all of it is the lowest score */
        int any = 0;
        ials_solve_row(&side, s.index, s.weight, kept, s.x, NULL, s.solver);
        for (uint32_t i = 0; i < model->n_items; i++) {
            double score = 0;
            for (uint32_t k = 0; k < dim; k++)
                score += (double)s.x[k] * (double)self->factors[(size_t)i * dim + k];
            if (is_known(self, i)) {
                remainder = !any || score < remainder ? score : remainder;
                any = 1;
            }
        }
        memset(s.x, 0, width * sizeof *s.x);
    }
    uint32_t n = weighting_history(&w, user, model->n_items, s.counting, &counted);
    for (uint32_t c = 0; c < n; c++) {
        const float *v = self->factors + (size_t)counted[c].item * dim;
        counted[c].amount = 0;
        for (uint32_t k = 0; k < dim; k++)
            counted[c].amount += (double)counted[c].value * (double)v[k] * (double)s.x[k];
    }
    weighting_spread(&w, user, model->n_items, s.counting, n, counted, contribution);
    return remainder;
}

/* Cosine of the factors; items without any: 0. */
static void ials_similar(const struct model *model, uint32_t item, float *scores)
{
    const struct ials_model *self = (const struct ials_model *)model;
    const float *v = self->factors + (size_t)item * self->dim;
    double own = 0;
    for (uint32_t k = 0; k < self->dim; k++)
        own += (double)v[k] * (double)v[k];
    for (uint32_t i = 0; i < model->n_items; i++) {
        const float *other = self->factors + (size_t)i * self->dim;
        double dot = 0, norm = 0;
        for (uint32_t k = 0; k < self->dim; k++) {
            dot += (double)v[k] * (double)other[k];
            norm += (double)other[k] * (double)other[k];
        }
        scores[i] = own > 0 && norm > 0 ? (float)(dot / sqrt(own * norm)) : 0;
    }
}

static int ials_save(const struct model *model, struct tensor_set *out, struct error *err)
{
    const struct ials_model *self = (const struct ials_model *)model;
    int rc = tensor_set_add_2d(out, "item_factors", TENSOR_F32, model->n_items, self->dim, self->factors, err);
    return rc != 0 ? rc : tensor_set_add_2d(out, "gram", TENSOR_F32, self->dim, self->dim, self->gram_kept, err);
}

static int ials_load(struct model **out, const struct model *head, const struct tensor_set *in, struct error *err)
{
    uint32_t dim = (uint32_t)PARAM(&head->params, dim), width = dense_pad(dim);
    const float *factors = tensor_set_want(in, "item_factors", TENSOR_F32, head->n_items, dim, err);
    const float *gram = factors == NULL ? NULL : tensor_set_want(in, "gram", TENSOR_F32, dim, dim, err);
    if (gram == NULL)
        return E_CORRUPT;
    for (size_t i = 0; i < (size_t)head->n_items * dim; i++)
        if (!isfinite(factors[i]))
            return error_set(err, E_CORRUPT, "model file", "a factor is not a finite number");
    for (size_t i = 0; i < (size_t)dim * dim; i++)
        if (!isfinite(gram[i]))
            return error_set(err, E_CORRUPT, "model file", "the Gram matrix has an entry that is not a finite number");
    struct ials_model *self;
    int rc = ials_new(&self, head->n_items, dim, err);
    if (rc != 0)
        return rc;
    memcpy(self->factors, factors, (size_t)head->n_items * dim * sizeof *factors);
    memcpy(self->gram_kept, gram, (size_t)dim * dim * sizeof *gram);
    for (uint32_t i = 0; i < dim; i++)
        memmove(self->gram + (size_t)i * width, gram + (size_t)i * dim, dim * sizeof *gram);
    finish_factors(self);
    *out = &self->base;
    return 0;
}

const struct model_kind ials_kind = {
    .name = "ials",
    .title = "iALS",
    .about = "Implicit matrix factorisation with frequency-scaled regularisation (Rendle et al. 2021, iALS++)",
    .defaults = "dim=64 reg=0.02 reg_exponent=1 unobserved_weight=0.3 epochs=16 block_size=64 init_stddev=0.1 "
                "counting=once half_life_days=0 window_days=0",
    .train = ials_train,
    .score = ials_score,
    .score_scratch = ials_score_scratch,
    .explain = ials_explain,
    .similar = ials_similar,
    .save = ials_save,
    .load = ials_load,
    .free = ials_free,
};
