#include "engine/subspace.h"

#include <lapacke.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "engine/dense.h"

#define OVERSAMPLING 16
#define WIDTH_MAX (SUBSPACE_DIM_MAX + 2 * OVERSAMPLING)
#define ROWS 64          /* rows in one task of a product */
#define GRAM_CHUNKS 64   /* pieces that a Gram matrix is added up from, at most */
#define VANISHES 1e-6    /* a singular value below this share of the largest is rounding */

struct iteration {
    const struct subspace_task *task;
    uint32_t width;     /* of the subspace, a multiple of DENSE_WIDTH */
    float *q, *p;       /* columns x width, orthonormal; rows x width: matrix q */
    double *gram;       /* width x width */
    double *parts;      /* GRAM_CHUNKS of those */
    atomic_bool cancelled;
    double done, total; /* products, for progress */
};

struct product {
    struct iteration *t;
    const struct csr *m;
    const float *in;
    float *out;
};

/* Rows of out = m in. */
static void multiply_rows(void *context, size_t task, unsigned worker)
{
    struct product *x = context;
    struct iteration *t = x->t;
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
    if (job_step(t->task->job, t->task->what, t->done + (double)from / x->m->rows, t->total, "passes"))
        atomic_store(&t->cancelled, true);
}

static void multiply(struct iteration *t, const struct csr *m, const float *in, float *out)
{
    struct product x = {t, m, in, out};
    pool_run(t->task->pool, ((size_t)m->rows + ROWS - 1) / ROWS, multiply_rows, &x);
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
static void gram_of(struct iteration *t, const float *rows, uint32_t n)
{
    size_t w = t->width;
    struct gramming g = {rows, n, (n + GRAM_CHUNKS - 1) / GRAM_CHUNKS, t->width, t->parts};
    size_t pieces = (n + g.size - 1) / g.size;
    pool_run(t->task->pool, pieces, gram_piece, &g);
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
        double rest[WIDTH_MAX];
        for (size_t j = 0; j < w; j++)
            rest[j] = (double)v[j];
        for (size_t k = 0; k < w; k++) {
            const double *u = s->u + k * w;
            double x = rest[k] * s->inverse[k];
            v[k] = (float)x;
            for (size_t j = k + 1; j < w; j++)
                rest[j] -= u[j] * x;
        }
    }
}

/* Makes the columns of q orthonormal (Cholesky QR, twice: the first leaves what float32 rounding left). */
static int orthonormalise(struct iteration *t, struct error *err)
{
    double *inverse = mem_alloc(t->width, sizeof *inverse);
    if (inverse == NULL)
        return error_nomem(err, t->task->what);
    for (int pass = 0; pass < 2; pass++) {
        gram_of(t, t->q, t->task->matrix->cols);
        cholesky(t->gram, t->width, inverse);
        struct solving s = {t->q, t->gram, inverse, t->task->matrix->cols, t->width};
        pool_run(t->task->pool, ((size_t)s.n + ROWS - 1) / ROWS, solve_rows, &s);
    }
    mem_free(inverse);
    return 0;
}

static int iteration_init(struct iteration *t, const struct subspace_task *task, struct error *err)
{
    uint32_t columns = task->matrix->cols;
    *t = (struct iteration){.task = task, .total = 2.0 * task->passes + 1};
    t->width = dense_pad((task->dim < columns ? task->dim : columns) + OVERSAMPLING);
    size_t w = t->width;
    t->q = mem_alloc_aligned(columns * w, sizeof *t->q);
    t->p = mem_alloc_aligned(task->matrix->rows * w, sizeof *t->p);
    t->gram = mem_alloc(w * w, sizeof *t->gram);
    t->parts = mem_alloc(GRAM_CHUNKS * w * w, sizeof *t->parts);
    if (t->q == NULL || t->p == NULL || t->gram == NULL || t->parts == NULL)
        return error_nomem(err, task->what);
    for (uint32_t c = 0; c < columns; c++) {
        struct rng rng;
        rng_init(&rng, task->seed, task->column_key[c]);
        for (size_t k = 0; k < w; k++)
            t->q[c * w + k] = (float)rng_normal(&rng);
    }
    return 0;
}

static void iteration_release(struct iteration *t)
{
    mem_free(t->q);
    mem_free(t->p);
    mem_free(t->gram);
    mem_free(t->parts);
}

/* How much of the matrix the subspace holds: |A q|^2 of |A|^2, before the pass. */
static void tell_captured(const struct iteration *t, uint32_t pass)
{
    const struct subspace_task *task = t->task;
    size_t n = (size_t)task->matrix->rows * t->width;
    double held = 0, all = 0;
    char name[64];
    for (size_t i = 0; i < n; i++)
        held += (double)t->p[i] * (double)t->p[i];
    for (uint64_t i = 0; i < task->matrix->start[task->matrix->rows]; i++)
        all += (double)task->matrix->val[i] * (double)task->matrix->val[i];
    snprintf(name, sizeof name, "%s: captured share", task->what);
    job_point(task->job, name, "pass", pass + 1, all > 0 ? held / all : 0);
}

static int iterate(struct iteration *t, struct error *err)
{
    const struct subspace_task *task = t->task;
    int rc = orthonormalise(t, err);
    for (uint32_t pass = 0; rc == 0 && pass < task->passes; pass++) {
        multiply(t, task->matrix, t->q, t->p);
        if (job_keeps_points(task->job) && !atomic_load(&t->cancelled))
            tell_captured(t, pass);
        multiply(t, task->transposed, t->p, t->q);
        rc = atomic_load(&t->cancelled) ? job_error_cancelled(err, task->what) : orthonormalise(t, err);
    }
    if (rc != 0)
        return rc;
    multiply(t, task->matrix, t->q, t->p);
    gram_of(t, t->p, task->matrix->rows);
    return atomic_load(&t->cancelled) ? job_error_cancelled(err, task->what) : 0;
}

struct rotation {
    const struct iteration *t;
    struct subspace *out;
};

static void rotate_rows(void *context, size_t task, unsigned worker)
{
    const struct rotation *r = context;
    size_t w = r->t->width, dim = r->out->dim;
    uint32_t n = r->out->columns, from = (uint32_t)task * ROWS, to = n - from < ROWS ? n : from + ROWS;
    (void)worker;
    for (uint32_t c = from; c < to; c++)
        for (size_t k = 0; k < dim && k < w && r->out->sigma[k] > 0; k++) {
            const double *e = r->t->gram + (w - 1 - k) * w;
            double v = 0;
            for (size_t j = 0; j < w; j++)
                v += (double)r->t->q[c * w + j] * e[j];
            r->out->v[c * dim + k] = (float)v;
        }
}

/* The eigenvectors of the subspace's Gram matrix turn q into the singular vectors. */
static int take_vectors(struct iteration *t, struct subspace *out, struct error *err)
{
    size_t w = t->width;
    double *values = mem_alloc(w, sizeof *values);
    if (values == NULL)
        return error_nomem(err, t->task->what);
    int failed = LAPACKE_dsyev(LAPACK_COL_MAJOR, 'V', 'U', (int)w, t->gram, (int)w, values);
    double largest = values[w - 1] > 0 ? sqrt(values[w - 1]) : 0;
    for (size_t k = 0; k < out->dim && k < w; k++) { /* they come ascending */
        double value = values[w - 1 - k] > 0 ? sqrt(values[w - 1 - k]) : 0;
        out->sigma[k] = value > VANISHES * largest ? value : 0;
    }
    mem_free(values);
    if (failed != 0)
        return error_set(err, E_FAILED, t->task->what, "the eigenvalues were not found");
    struct rotation r = {t, out};
    pool_run(t->task->pool, ((size_t)out->columns + ROWS - 1) / ROWS, rotate_rows, &r);
    return 0;
}

int subspace_find(struct subspace *out, const struct subspace_task *task, struct error *err)
{
    struct iteration t;
    struct subspace found = {.columns = task->matrix->cols, .dim = task->dim};
    found.v = mem_zalloc((size_t)found.columns * found.dim, sizeof *found.v);
    found.sigma = mem_zalloc(found.dim, sizeof *found.sigma);
    int rc = iteration_init(&t, task, err);
    if (rc == 0 && (found.v == NULL || found.sigma == NULL))
        rc = error_nomem(err, task->what);
    if (rc == 0)
        rc = iterate(&t, err);
    if (rc == 0)
        rc = take_vectors(&t, &found, err);
    iteration_release(&t);
    if (rc != 0)
        subspace_release(&found);
    else
        *out = found;
    return rc;
}

void subspace_release(struct subspace *self)
{
    mem_free(self->v);
    mem_free(self->sigma);
    *self = (struct subspace){0};
}
