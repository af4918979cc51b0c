/* Normalised PureSVD: what remains of a history when it is seen through the strongest common patterns only.
 *
 * A = the users x items matrix, each entry divided by |user|^2a |item|^2b (squared norms; a: user_exponent,
 * b: from_exponent; .5 each is the cosine scaling); V = its `dim` leading right singular vectors;
 * score = sum over the history of x_h / |h|^2b V[h] . V[i] |i|^2c, c: to_exponent.  After PureSVD (Cremonesi,
 * Koren, Turrin 2010) and the low-pass filter of GF-CF (Shen et al. 2021).  Far more patterns than the best
 * single model would take are worth having in a blend.
 *
 * V comes from subspace iteration with oversampling (Halko, Martinsson, Tropp 2011), `epochs` times through the
 * data, from a start that is keyed by (seed, item): only sparse products, no n x n matrix. */
#include <lapacke.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "engine/dense.h"
#include "engine/factors.h"
#include "engine/kinds.h"

#define OVERSAMPLING 16
#define ROWS 64        /* rows in one task of a sparse product */
#define GRAM_CHUNKS 64 /* pieces that a Gram matrix is added up from, at most */

struct svd_model {
    struct model base;
    uint32_t dim;
    float *from;   /* n_items x dim: V[h] / |h|^2b */
    float *to;     /* n_items x dim: V[i] |i|^2c */
    float *packed; /* `to`, for scoring */
};

static void svd_free(struct model *model)
{
    struct svd_model *self = (struct svd_model *)model;
    mem_free(self->from);
    mem_free(self->to);
    mem_free(self->packed);
    mem_free(self);
}

static int svd_new(struct svd_model **out, uint32_t n_items, uint32_t dim, struct error *err)
{
    struct svd_model *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "svd");
    self->dim = dim;
    self->from = mem_zalloc((size_t)n_items * dim, sizeof(float));
    self->to = mem_zalloc((size_t)n_items * dim, sizeof(float));
    self->packed = mem_alloc_aligned(factors_packed_size(n_items, dim), sizeof(float));
    if (self->from == NULL || self->to == NULL || self->packed == NULL) {
        svd_free(&self->base);
        return error_nomem(err, "svd");
    }
    *out = self;
    return 0;
}

/* Training. */
struct training {
    struct csr by_user, by_item;
    uint32_t width;     /* of the subspace, a multiple of DENSE_WIDTH */
    float *q, *p;       /* n_items x width, orthonormal; n_users x width: A q */
    double *item_norm;  /* squared, before any scaling */
    double *gram;       /* width x width */
    double *parts;      /* GRAM_CHUNKS of those */
    struct pool *pool;
    struct job *job;
    atomic_bool cancelled;
    double done, total; /* sparse products, for progress */
};

static void training_release(struct training *t)
{
    csr_release(&t->by_user);
    csr_release(&t->by_item);
    mem_free(t->q);
    mem_free(t->p);
    mem_free(t->item_norm);
    mem_free(t->gram);
    mem_free(t->parts);
}

/* Divides the entries; every one gets a value. */
static int scale_entries(struct training *t, const struct params *params, struct error *err)
{
    struct csr *m = &t->by_user;
    uint64_t n = m->start[m->rows];
    double a = PARAM(params, user_exponent), b = PARAM(params, from_exponent);
    if (m->val == NULL) {
        m->val = mem_alloc(n, sizeof *m->val);
        for (uint64_t i = 0; m->val != NULL && i < n; i++)
            m->val[i] = 1;
    }
    t->item_norm = mem_zalloc(m->cols, sizeof *t->item_norm);
    if (m->val == NULL || t->item_norm == NULL)
        return error_nomem(err, "svd");
    for (uint64_t i = 0; i < n; i++)
        t->item_norm[m->col[i]] += (double)m->val[i] * (double)m->val[i];
    for (uint32_t u = 0; u < m->rows; u++) {
        double norm = 0;
        for (uint64_t i = m->start[u]; i < m->start[(size_t)u + 1]; i++)
            norm += (double)m->val[i] * (double)m->val[i];
        for (uint64_t i = m->start[u]; i < m->start[(size_t)u + 1]; i++)
            m->val[i] = (float)((double)m->val[i] * pow(norm, -a) * pow(t->item_norm[m->col[i]], -b));
    }
    return 0;
}

struct product {
    struct training *t;
    const struct csr *m;
    const float *in;
    float *out;
};

/* Rows of out = m in. */
static void multiply_rows(void *context, size_t task, unsigned worker)
{
    struct product *x = context;
    struct training *t = x->t;
    size_t w = t->width;
    uint32_t from = (uint32_t)task * ROWS, to = x->m->rows - from < ROWS ? x->m->rows : from + ROWS;
    (void)worker;
    if (atomic_load(&t->cancelled))
        return;
    for (uint32_t row = from; row < to; row++) {
        float *sum = x->out + row * w;
        memset(sum, 0, w * sizeof *sum);
        for (uint64_t i = x->m->start[row]; i < x->m->start[(size_t)row + 1]; i++)
            dense_axpy(sum, x->m->val[i], x->in + x->m->col[i] * w, t->width);
    }
    if (job_step(t->job, "svd", t->done + (double)from / x->m->rows, t->total, "passes"))
        atomic_store(&t->cancelled, true);
}

static void multiply(struct training *t, const struct csr *m, const float *in, float *out)
{
    struct product x = {t, m, in, out};
    pool_run(t->pool, ((size_t)m->rows + ROWS - 1) / ROWS, multiply_rows, &x);
    t->done++;
}

struct gramming {
    const float *rows;
    uint32_t n, size; /* rows; rows in one piece */
    uint32_t width;
    double *parts;
};

static void gram_piece(void *context, size_t task, unsigned worker)
{
    const struct gramming *g = context;
    size_t w = g->width;
    double *part = g->parts + task * w * w;
    uint32_t from = (uint32_t)task * g->size, to = g->n - from < g->size ? g->n : from + g->size;
    (void)worker;
    memset(part, 0, w * w * sizeof *part);
    for (uint32_t row = from; row < to; row++) {
        const float *v = g->rows + row * w;
        for (size_t i = 0; i < w; i++) {
            double x = (double)v[i];
            for (size_t j = i; j < w; j++)
                part[i * w + j] += x * (double)v[j];
        }
    }
}

/* t->gram = rows^T rows, in float64, both triangles. */
static void gram_of(struct training *t, const float *rows, uint32_t n)
{
    size_t w = t->width;
    struct gramming g = {rows, n, (n + GRAM_CHUNKS - 1) / GRAM_CHUNKS, t->width, t->parts};
    size_t pieces = (n + g.size - 1) / g.size;
    pool_run(t->pool, pieces, gram_piece, &g);
    memset(t->gram, 0, w * w * sizeof *t->gram);
    for (size_t piece = 0; piece < pieces; piece++)
        for (size_t i = 0; i < w * w; i++)
            t->gram[i] += t->parts[piece * w * w + i];
    for (size_t i = 0; i < w; i++)
        for (size_t j = 0; j < i; j++)
            t->gram[i * w + j] = t->gram[j * w + i];
}

/* gram = u^T u; u replaces the upper triangle.  A direction that is not there gets a row of zeros and inverse 0. */
static void cholesky(double *gram, size_t w, double *inverse)
{
    double largest = 0;
    for (size_t i = 0; i < w; i++)
        largest = fmax(largest, gram[i * w + i]);
    for (size_t i = 0; i < w; i++) {
        double pivot = gram[i * w + i];
        for (size_t k = 0; k < i; k++)
            pivot -= gram[k * w + i] * gram[k * w + i];
        double root = pivot > 1e-12 * largest ? sqrt(pivot) : 0;
        inverse[i] = root > 0 ? 1 / root : 0;
        gram[i * w + i] = root;
        for (size_t j = i + 1; j < w; j++) {
            double sum = gram[i * w + j];
            for (size_t k = 0; k < i; k++)
                sum -= gram[k * w + i] * gram[k * w + j];
            gram[i * w + j] = sum * inverse[i];
        }
    }
}

struct solving {
    float *rows;
    const double *u, *inverse;
    uint32_t n, width;
};

static void solve_rows(void *context, size_t task, unsigned worker)
{
    const struct solving *s = context;
    size_t w = s->width;
    uint32_t from = (uint32_t)task * ROWS, to = s->n - from < ROWS ? s->n : from + ROWS;
    (void)worker;
    for (uint32_t row = from; row < to; row++) {
        float *v = s->rows + row * w;
        for (size_t j = 0; j < w; j++) {
            double sum = (double)v[j];
            for (size_t k = 0; k < j; k++)
                sum -= s->u[k * w + j] * (double)v[k];
            v[j] = (float)(sum * s->inverse[j]);
        }
    }
}

/* Makes the columns of q orthonormal (Cholesky QR, twice: the first leaves what float32 rounding left). */
static int orthonormalise(struct training *t, struct error *err)
{
    double *inverse = mem_alloc(t->width, sizeof *inverse);
    if (inverse == NULL)
        return error_nomem(err, "svd");
    for (int pass = 0; pass < 2; pass++) {
        gram_of(t, t->q, t->by_item.rows);
        cholesky(t->gram, t->width, inverse);
        struct solving s = {t->q, t->gram, inverse, t->by_item.rows, t->width};
        pool_run(t->pool, ((size_t)s.n + ROWS - 1) / ROWS, solve_rows, &s);
    }
    mem_free(inverse);
    return 0;
}

static int training_init(struct training *t, const struct dataset *data, struct train_context *ctx,
                         struct error *err)
{
    struct weighting weighting = weighting_from_params(&ctx->params);
    uint32_t dim = (uint32_t)PARAM(&ctx->params, dim);
    t->pool = ctx->pool;
    t->job = ctx->job;
    t->width = dense_pad((dim < data->n_items ? dim : data->n_items) + OVERSAMPLING);
    t->total = 2 * PARAM(&ctx->params, epochs) + 1;
    int rc = csr_from_events(&t->by_user, data, &weighting, err);
    if (rc == 0)
        rc = scale_entries(t, &ctx->params, err);
    if (rc == 0)
        rc = csr_transpose(&t->by_item, &t->by_user, err);
    if (rc != 0)
        return rc;
    size_t w = t->width;
    t->q = mem_alloc_aligned(data->n_items * w, sizeof *t->q);
    t->p = mem_alloc_aligned(data->n_users * w, sizeof *t->p);
    t->gram = mem_alloc(w * w, sizeof *t->gram);
    t->parts = mem_alloc(GRAM_CHUNKS * w * w, sizeof *t->parts);
    if (t->q == NULL || t->p == NULL || t->gram == NULL || t->parts == NULL)
        return error_nomem(err, "svd");
    for (uint32_t i = 0; i < data->n_items; i++) {
        struct rng rng;
        rng_init(&rng, ctx->seed, data->item_key[i]);
        for (size_t k = 0; k < w; k++)
            t->q[i * w + k] = (float)rng_normal(&rng);
    }
    return 0;
}

/* Of t->gram: eigenvectors by row, ascending eigenvalues. */
static int eigenvectors(struct training *t, struct error *err)
{
    double *values = mem_alloc(t->width, sizeof *values);
    if (values == NULL)
        return error_nomem(err, "svd");
    int w = (int)t->width, failed = LAPACKE_dsyev(LAPACK_COL_MAJOR, 'V', 'U', w, t->gram, w, values);
    mem_free(values);
    return failed == 0 ? 0 : error_set(err, E_FAILED, "svd", "the eigenvalues were not found");
}

/* V = q times the eigenvectors of the subspace, scaled for either side. */
static void take_vectors(struct svd_model *self, const struct training *t, const struct params *params)
{
    size_t w = t->width;
    double from = PARAM(params, from_exponent), to = PARAM(params, to_exponent);
    for (uint32_t i = 0; i < t->by_item.rows; i++) {
        if (t->item_norm[i] <= 0)
            continue;
        for (size_t k = 0; k < self->dim && k < w; k++) {
            const double *e = t->gram + (w - 1 - k) * w;
            double v = 0;
            for (size_t j = 0; j < w; j++)
                v += (double)t->q[i * w + j] * e[j];
            self->from[(size_t)i * self->dim + k] = (float)(v * pow(t->item_norm[i], -from));
            self->to[(size_t)i * self->dim + k] = (float)(v * pow(t->item_norm[i], to));
        }
    }
}

static int svd_train(struct model **out, const struct dataset *data, struct train_context *ctx, struct error *err)
{
    struct training t = {0};
    struct svd_model *self = NULL;
    uint32_t epochs = (uint32_t)PARAM(&ctx->params, epochs);
    int rc = training_init(&t, data, ctx, err);
    if (rc == 0)
        rc = orthonormalise(&t, err);
    for (uint32_t pass = 0; rc == 0 && pass < epochs; pass++) {
        multiply(&t, &t.by_user, t.q, t.p);
        multiply(&t, &t.by_item, t.p, t.q);
        rc = atomic_load(&t.cancelled) ? job_error_cancelled(err, "svd") : orthonormalise(&t, err);
    }
    if (rc == 0) {
        multiply(&t, &t.by_user, t.q, t.p);
        gram_of(&t, t.p, data->n_users);
        rc = atomic_load(&t.cancelled) ? job_error_cancelled(err, "svd") : eigenvectors(&t, err);
    }
    if (rc == 0)
        rc = svd_new(&self, data->n_items, (uint32_t)PARAM(&ctx->params, dim), err);
    if (rc == 0) {
        take_vectors(self, &t, &ctx->params);
        factors_pack(self->packed, self->to, data->n_items, self->dim);
        *out = &self->base;
    }
    training_release(&t);
    return rc;
}

/* Scoring. */
struct parts {
    void *counting;
    float *x, *groups, *tile;
};

static size_t parts_of(const struct svd_model *self, unsigned char *scratch, struct parts *out)
{
    size_t counting = weighting_scratch(self->base.n_items);
    size_t x = (self->dim * sizeof(float) + 63) / 64 * 64;
    size_t groups = (factors_group_size(MODEL_TILE, self->dim) * sizeof(float) + 63) / 64 * 64;
    if (out != NULL)
        *out = (struct parts){scratch, (void *)(scratch + counting), (void *)(scratch + counting + x),
                              (void *)(scratch + counting + x + groups)};
    return counting + x + groups + FACTORS_TILE_SIZE * sizeof(float);
}

static size_t svd_scratch(const struct model *model)
{
    return parts_of((const struct svd_model *)model, NULL, NULL);
}

static void svd_score(const struct model *model, const struct history *users, uint32_t n, float *scores,
                      size_t stride, void *scratch)
{
    const struct svd_model *self = (const struct svd_model *)model;
    struct weighting weighting = weighting_from_params(&model->params);
    struct parts s;
    parts_of(self, scratch, &s);
    memset(s.groups, 0, factors_group_size(n, self->dim) * sizeof *s.groups);
    for (uint32_t u = 0; u < n; u++) {
        struct counted *counted;
        uint32_t n_counted = weighting_history(&weighting, &users[u], model->n_items, s.counting, &counted);
        memset(s.x, 0, self->dim * sizeof *s.x);
        for (uint32_t c = 0; c < n_counted; c++) {
            const float *from = self->from + (size_t)counted[c].item * self->dim;
            for (uint32_t k = 0; k < self->dim; k++)
                s.x[k] += counted[c].value * from[k];
        }
        factors_put_user(s.groups, u, s.x, self->dim);
    }
    factors_score(self->packed, model->n_items, self->dim, s.groups, n, scores, stride, s.tile);
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

static int svd_save(const struct model *model, struct tensor_set *out, struct error *err)
{
    const struct svd_model *self = (const struct svd_model *)model;
    int rc = tensor_set_add_2d(out, "from", TENSOR_F32, model->n_items, self->dim, self->from, err);
    return rc != 0 ? rc : tensor_set_add_2d(out, "to", TENSOR_F32, model->n_items, self->dim, self->to, err);
}

static int svd_load(struct model **out, const struct model *head, const struct tensor_set *in, struct error *err)
{
    uint32_t dim = (uint32_t)PARAM(&head->params, dim);
    size_t n = (size_t)head->n_items * dim;
    const float *from = tensor_set_want(in, "from", TENSOR_F32, head->n_items, dim, err);
    const float *to = from == NULL ? NULL : tensor_set_want(in, "to", TENSOR_F32, head->n_items, dim, err);
    if (to == NULL)
        return E_CORRUPT;
    for (size_t i = 0; i < n; i++)
        if (!isfinite(from[i]) || !isfinite(to[i]))
            return error_set(err, E_CORRUPT, "model file", "a factor is not a finite number");
    struct svd_model *self;
    int rc = svd_new(&self, head->n_items, dim, err);
    if (rc != 0)
        return rc;
    memcpy(self->from, from, n * sizeof *from);
    memcpy(self->to, to, n * sizeof *to);
    factors_pack(self->packed, self->to, head->n_items, dim);
    *out = &self->base;
    return 0;
}

const struct model_kind svd_kind = {
    .name = "svd",
    .title = "Normalised SVD",
    .about = "The history seen through the strongest common patterns only (PureSVD, Cremonesi et al. 2010, normalised)",
    .defaults = "dim=64 user_exponent=0.5 from_exponent=0.5 to_exponent=0.5 epochs=16 counting=once "
                "half_life_days=0 window_days=0",
    .train = svd_train,
    .score = svd_score,
    .score_scratch = svd_scratch,
    .explain = svd_explain,
    .similar = svd_similar,
    .save = svd_save,
    .load = svd_load,
    .free = svd_free,
};
