/* Normalised PureSVD: what remains of a history when it is seen through the strongest common patterns only.
 *
 * A = the users x items matrix, each entry divided by |user|^2a |item|^2b (squared norms; a: user_exponent,
 * b: from_exponent; .5 each is the cosine scaling); V = its `dim` leading right singular vectors;
 * score = sum over the history of x_h / |h|^2b V[h] . V[i] |i|^2c, c: to_exponent.  After PureSVD (Cremonesi,
 * Koren, Turrin 2010) and the low-pass filter of GF-CF (Shen et al. 2021).  Far more patterns than the best
 * single model would take are worth having in a blend.
 *
 * V comes from subspace.h, `epochs` times through the data. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "engine/factors.h"
#include "engine/item_index.h"
#include "engine/kinds.h"
#include "engine/subspace.h"

struct svd_model {
    struct model base;
    uint32_t dim;
    const float *from; /* n_items x dim: V[h] / |h|^2b */
    const float *to;   /* n_items x dim: V[i] |i|^2c */
    float *own[2];     /* the same, unless they are borrowed from a file */
    float *packed;     /* `to`, for scoring; NULL: there is an index instead */
    struct item_index index; /* of `to`; zeroed: none */
};

static void svd_free(struct model *model)
{
    struct svd_model *self = (struct svd_model *)model;
    item_index_release(&self->index);
    mem_free(self->own[0]);
    mem_free(self->own[1]);
    mem_free(self->packed);
    mem_free(self);
}

/* With zeros of its own, unless `from` and `to` are to be borrowed. */
static int svd_new(struct svd_model **out, uint32_t n_items, uint32_t dim, const float *from, const float *to,
                   struct error *err)
{
    struct svd_model *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "svd");
    self->dim = dim;
    self->base.n_items = n_items;
    for (int i = 0; i < 2 && from == NULL; i++)
        self->own[i] = mem_zalloc((size_t)n_items * dim, sizeof(float));
    self->from = from != NULL ? from : self->own[0];
    self->to = to != NULL ? to : self->own[1];
    if (self->from == NULL || self->to == NULL) {
        svd_free(&self->base);
        return error_nomem(err, "svd");
    }
    *out = self;
    return 0;
}

/* What scores are computed from where there is no index. */
static int pack(struct svd_model *self, struct error *err)
{
    self->packed = mem_alloc_aligned(factors_packed_size(self->base.n_items, self->dim), sizeof(float));
    if (self->packed == NULL)
        return error_nomem(err, "svd");
    factors_pack(self->packed, self->to, self->base.n_items, self->dim);
    return 0;
}

/* Training. */
static double square(float x)
{
    return (double)x * (double)x;
}

/* Divides the entries; every one gets a value.  norm: of the items, squared, before that. */
static int scale_entries(struct csr *m, double *norm, const struct params *params, struct error *err)
{
    uint64_t n = m->start[m->rows];
    double a = PARAM(params, user_exponent), b = PARAM(params, from_exponent);
    if (m->val == NULL) {
        m->val = mem_alloc(n, sizeof *m->val);
        if (m->val == NULL)
            return error_nomem(err, "svd");
        for (uint64_t i = 0; i < n; i++)
            m->val[i] = 1;
    }
    for (uint64_t i = 0; i < n; i++)
        norm[m->col[i]] += square(m->val[i]);
    for (uint32_t u = 0; u < m->rows; u++) {
        double own = 0;
        for (uint64_t i = m->start[u]; i < m->start[(size_t)u + 1]; i++)
            own += square(m->val[i]);
        for (uint64_t i = m->start[u]; i < m->start[(size_t)u + 1]; i++)
            m->val[i] = (float)((double)m->val[i] * pow(own, -a) * pow(norm[m->col[i]], -b));
    }
    return 0;
}

/* V, scaled for either side. */
static void take_vectors(struct svd_model *self, const struct subspace *found, const double *norm,
                         const struct params *params)
{
    double from = PARAM(params, from_exponent), to = PARAM(params, to_exponent);
    for (uint32_t i = 0; i < found->columns; i++)
        for (uint32_t k = 0; norm[i] > 0 && k < self->dim; k++) {
            double v = (double)found->v[(size_t)i * self->dim + k];
            self->own[0][(size_t)i * self->dim + k] = (float)(v * pow(norm[i], -from));
            self->own[1][(size_t)i * self->dim + k] = (float)(v * pow(norm[i], to));
        }
}

static int svd_train(struct model **out, const struct dataset *data, struct train_context *ctx, struct error *err)
{
    struct weighting weighting = weighting_from_params(&ctx->params);
    struct csr by_user = {0}, by_item = {0};
    struct subspace found = {0};
    struct svd_model *self = NULL;
    struct subspace_task task = {
        .what = "svd",
        .matrix = &by_user,
        .transposed = &by_item,
        .column_key = data->item_key,
        .dim = (uint32_t)PARAM(&ctx->params, dim),
        .passes = (uint32_t)PARAM(&ctx->params, epochs),
        .seed = ctx->seed,
        .pool = ctx->pool,
        .job = ctx->job,
    };
    double *norm = mem_zalloc(data->n_items, sizeof *norm);
    int rc = norm == NULL ? error_nomem(err, "svd") : csr_from_events(&by_user, data, &weighting, err);
    if (rc == 0)
        rc = scale_entries(&by_user, norm, &ctx->params, err);
    if (rc == 0)
        rc = csr_transpose(&by_item, &by_user, err);
    if (rc == 0)
        rc = subspace_find(&found, &task, err);
    if (rc == 0)
        rc = svd_new(&self, data->n_items, task.dim, NULL, NULL, err);
    if (rc == 0) {
        take_vectors(self, &found, norm, &ctx->params);
        rc = item_index_wanted(&ctx->params, data->n_items)
                 ? item_index_train(&self->index, self->to, data->n_items, self->dim, false, ctx, err)
                 : pack(self, err);
    }
    if (rc == 0)
        *out = &self->base;
    else if (self != NULL)
        svd_free(&self->base);
    csr_release(&by_user);
    csr_release(&by_item);
    subspace_release(&found);
    mem_free(norm);
    return rc;
}

/* Scoring. */
struct parts {
    void *counting;
    float *x, *groups, *tile, *panel; /* x: MODEL_TILE users', panel: without packed factors */
    void *search;
};

static size_t rounded(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

static size_t parts_of(const struct svd_model *self, unsigned char *scratch, struct parts *out)
{
    const size_t size[] = {
        rounded(weighting_scratch(self->base.n_items)),
        rounded((size_t)MODEL_TILE * self->dim * sizeof(float)),
        rounded(factors_group_size(MODEL_TILE, self->dim) * sizeof(float)),
        FACTORS_TILE_SIZE * sizeof(float),
        self->packed == NULL ? factors_packed_size(1, self->dim) * sizeof(float) : 0,
        self->index.n > 0 ? item_index_scratch(&self->index) : 0,
    };
    enum { PARTS = sizeof size / sizeof size[0] };
    size_t at[PARTS + 1] = {0};
    for (int i = 0; i < PARTS; i++)
        at[i + 1] = at[i] + size[i];
    if (out != NULL)
        *out = (struct parts){scratch,                     (void *)(scratch + at[1]), (void *)(scratch + at[2]),
                              (void *)(scratch + at[3]), (void *)(scratch + at[4]), scratch + at[5]};
    return at[PARTS];
}

static size_t svd_scratch(const struct model *model)
{
    return parts_of((const struct svd_model *)model, NULL, NULL);
}

/* The history seen through V. */
static void project(const struct svd_model *self, const struct history *user, void *counting, float *x)
{
    struct weighting weighting = weighting_from_params(&self->base.params);
    struct counted *counted;
    uint32_t n = weighting_history(&weighting, user, self->base.n_items, counting, &counted);
    memset(x, 0, self->dim * sizeof *x);
    for (uint32_t c = 0; c < n; c++) {
        const float *from = self->from + (size_t)counted[c].item * self->dim;
        for (uint32_t k = 0; k < self->dim; k++)
            x[k] += counted[c].value * from[k];
    }
}

static void svd_score(const struct model *model, const struct history *users, uint32_t n, float *scores,
                      size_t stride, void *scratch)
{
    const struct svd_model *self = (const struct svd_model *)model;
    struct parts s;
    parts_of(self, scratch, &s);
    memset(s.groups, 0, factors_group_size(n, self->dim) * sizeof *s.groups);
    for (uint32_t u = 0; u < n; u++) {
        project(self, &users[u], s.counting, s.x);
        factors_put_user(s.groups, u, s.x, self->dim);
    }
    if (self->packed != NULL)
        factors_score(self->packed, model->n_items, self->dim, s.groups, n, scores, stride, s.tile);
    else
        factors_score_rows(self->to, model->n_items, self->dim, s.groups, n, scores, stride, s.tile, s.panel);
}

static bool svd_can_search(const struct model *model)
{
    return ((const struct svd_model *)model)->index.n > 0;
}

static void svd_search(const struct model *model, const struct history *users, struct model_wish *wishes, uint32_t n,
                       void *scratch)
{
    const struct svd_model *self = (const struct svd_model *)model;
    struct item_query queries[MODEL_TILE];
    struct parts s;
    parts_of(self, scratch, &s);
    for (uint32_t u = 0; u < n; u++) {
        queries[u] = (struct item_query){.x = s.x + (size_t)u * self->dim, .wish = &wishes[u]};
        project(self, &users[u], s.counting, s.x + (size_t)u * self->dim);
    }
    item_index_search(&self->index, queries, n, s.search);
}

static double product_of(const struct svd_model *self, uint32_t from, uint32_t to)
{
    double sum = 0;
    for (uint32_t k = 0; k < self->dim; k++)
        sum += (double)self->from[(size_t)from * self->dim + k] * (double)self->to[(size_t)to * self->dim + k];
    return sum;
}

static double svd_explain(const struct model *model, const struct history *user, uint32_t item, double *contribution,
                          void *scratch)
{
    const struct svd_model *self = (const struct svd_model *)model;
    struct weighting weighting = weighting_from_params(&model->params);
    struct counted *counted;
    uint32_t n = weighting_history(&weighting, user, model->n_items, scratch, &counted);
    for (uint32_t c = 0; c < n; c++)
        counted[c].amount = (double)counted[c].value * product_of(self, counted[c].item, item);
    weighting_spread(&weighting, user, model->n_items, scratch, n, counted, contribution);
    return 0;
}

/* What an event on `item` alone would give. */
static void svd_similar(const struct model *model, uint32_t item, float *scores)
{
    for (uint32_t i = 0; i < model->n_items; i++)
        scores[i] = (float)product_of((const struct svd_model *)model, item, i);
}

static void svd_similar_to(const struct model *model, uint32_t item, const uint32_t *items, uint32_t n,
                           float *scores)
{
    for (uint32_t i = 0; i < n; i++)
        scores[i] = (float)product_of((const struct svd_model *)model, item, items[i]);
}

static int svd_save(const struct model *model, struct tensor_set *out, struct error *err)
{
    const struct svd_model *self = (const struct svd_model *)model;
    int rc = tensor_set_add_2d(out, "from", TENSOR_F32, model->n_items, self->dim, self->from, err);
    if (rc == 0)
        rc = tensor_set_add_2d(out, "to", TENSOR_F32, model->n_items, self->dim, self->to, err);
    return rc != 0 || self->index.n == 0 ? rc : item_index_save(&self->index, out, err);
}

static int svd_load(struct model **out, const struct model *head, const struct tensor_set *in, struct error *err)
{
    uint32_t dim = (uint32_t)PARAM(&head->params, dim);
    size_t n = (size_t)head->n_items * dim;
    const float *from = tensor_set_want(in, "from", TENSOR_F32, head->n_items, dim, err);
    const float *to = from == NULL ? NULL : tensor_set_want(in, "to", TENSOR_F32, head->n_items, dim, err);
    if (to == NULL)
        return E_CORRUPT;
    if (!factors_finite(from, n) || !factors_finite(to, n))
        return error_set(err, E_CORRUPT, "model file", "a factor is not a finite number");
    struct svd_model *self;
    int rc = svd_new(&self, head->n_items, dim, in->lasting ? from : NULL, in->lasting ? to : NULL, err);
    if (rc != 0)
        return rc;
    if (!in->lasting) {
        memcpy(self->own[0], from, n * sizeof *from);
        memcpy(self->own[1], to, n * sizeof *to);
    }
    rc = item_index_present(in) ? item_index_load(&self->index, in, self->to, head->n_items, dim, false, err)
                                : pack(self, err);
    if (rc != 0) {
        svd_free(&self->base);
        return rc;
    }
    *out = &self->base;
    return 0;
}

const struct model_kind svd_kind = {
    .name = "svd",
    .title = "Normalised SVD",
    .about = "The history seen through the strongest common patterns only (PureSVD, Cremonesi et al. 2010, normalised)",
    .defaults = "dim=64 user_exponent=0.5 from_exponent=0.5 to_exponent=0.5 epochs=16 counting=once "
                "half_life_days=0 window_days=0 index=auto",
    .train = svd_train,
    .score = svd_score,
    .score_scratch = svd_scratch,
    .can_search = svd_can_search,
    .search = svd_search,
    .explain = svd_explain,
    .similar = svd_similar,
    .similar_to = svd_similar_to,
    .save = svd_save,
    .load = svd_load,
    .free = svd_free,
};
