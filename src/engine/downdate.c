#include "engine/downdate.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "engine/dense.h"

#define ROWS 16  /* of the result in one task */
#define SPAN 512 /* columns of V that a task of the triangular solve takes */

struct work {
    const struct downdate *d;
    uint32_t r, width; /* of V, padded */
    double *w;         /* r x n */
    double *c;         /* r x r, of which the lower triangle becomes L */
    double *kept;      /* r x m: W of the items that stay, then V */
    float *v;          /* r x width */
    float *sums;       /* ROWS x width for each worker */
    double *diagonal;  /* m: of the new P */
    float *to_b;
};

static void release(struct work *k)
{
    mem_free(k->w);
    mem_free(k->c);
    mem_free(k->kept);
    mem_free(k->v);
    mem_free(k->sums);
    mem_free(k->diagonal);
}

static int init(struct work *k, const struct downdate *d, struct error *err)
{
    *k = (struct work){.d = d, .r = d->gone->rows, .width = dense_pad(d->m)};
    size_t r = k->r;
    k->w = mem_zalloc(r * d->n, sizeof *k->w);
    k->c = mem_alloc(r * r, sizeof *k->c);
    k->kept = mem_alloc(r * d->m, sizeof *k->kept);
    k->v = mem_alloc_aligned(r * k->width, sizeof *k->v);
    k->sums = mem_alloc_aligned((size_t)pool_size(d->pool) * ROWS * k->width, sizeof *k->sums);
    k->diagonal = mem_alloc(d->m, sizeof *k->diagonal);
    if (k->w != NULL && k->c != NULL && k->kept != NULL && k->v != NULL && k->sums != NULL && k->diagonal != NULL)
        return 0;
    release(k);
    return error_nomem(err, "ease: update");
}

static double entry(const struct csr *m, uint64_t i)
{
    return m->val == NULL ? 1 : (double)m->val[i];
}

/* P[i][j] of before. */
static double inverse_at(const struct downdate *d, size_t i, size_t j)
{
    return i == j ? (double)d->diagonal[i] : -(double)d->b[i * d->n + j] * (double)d->diagonal[j];
}

/* A row of W, and that row of C. */
static void rows_task(void *context, size_t u, unsigned worker)
{
    struct work *k = context;
    const struct downdate *d = k->d;
    const struct csr *gone = d->gone;
    double *w = k->w + u * d->n;
    (void)worker;
    if (job_cancelled(d->job))
        return;
    for (uint64_t e = gone->start[u]; e < gone->start[u + 1]; e++) {
        size_t i = gone->col[e];
        double x = entry(gone, e);
        const float *row = d->b + i * d->n;
        for (size_t j = 0; j < d->n; j++)
            w[j] -= x * (double)row[j] * (double)d->diagonal[j];
        w[i] += x * (double)d->diagonal[i]; /* b[i][i] is 0 */
    }
    for (size_t v = 0; v <= u; v++) {
        double sum = u == v;
        for (uint64_t e = gone->start[v]; e < gone->start[v + 1]; e++)
            sum -= entry(gone, e) * w[gone->col[e]];
        k->c[u * k->r + v] = sum;
    }
    for (size_t l = 0; l < d->m; l++)
        k->kept[u * d->m + l] = w[d->keep[l]];
}

static int factor(struct work *k)
{
    size_t r = k->r;
    for (size_t i = 0; i < r; i++) {
        double before = k->c[i * r + i];
        for (size_t j = 0; j <= i; j++) {
            double sum = k->c[i * r + j];
            for (size_t l = 0; l < j; l++)
                sum -= k->c[i * r + l] * k->c[j * r + l];
            if (i == j && !(sum > DOWNDATE_PIVOT && sum > DOWNDATE_PIVOT * before))
                return 1;
            k->c[i * r + j] = i == j ? sqrt(sum) : sum / k->c[j * r + j];
        }
    }
    return 0;
}

/* V = L^-1 W, for some columns. */
static void solve_task(void *context, size_t task, unsigned worker)
{
    struct work *k = context;
    size_t m = k->d->m, from = task * SPAN, to = from + SPAN < m ? from + SPAN : m;
    (void)worker;
    for (size_t u = 0; u < k->r && !job_cancelled(k->d->job); u++) {
        double *row = k->kept + u * m, scale = 1 / k->c[u * k->r + u];
        for (size_t p = 0; p < u; p++) {
            double f = k->c[u * k->r + p];
            const double *other = k->kept + p * m;
            for (size_t j = from; j < to; j++)
                row[j] -= f * other[j];
        }
        for (size_t j = from; j < to; j++) {
            row[j] *= scale;
            k->v[u * k->width + j] = (float)row[j];
        }
    }
    for (size_t j = from; j < to; j++) {
        double sum = (double)k->d->diagonal[k->d->keep[j]];
        for (size_t u = 0; u < k->r; u++)
            sum += k->kept[u * m + j] * k->kept[u * m + j];
        k->diagonal[j] = sum;
    }
}

/* Some rows of the new B. */
static void sum_task(void *context, size_t task, unsigned worker)
{
    struct work *k = context;
    const struct downdate *d = k->d;
    size_t m = d->m, from = task * ROWS, to = from + ROWS < m ? from + ROWS : m;
    float *sums = k->sums + (size_t)worker * ROWS * k->width;
    if (job_step(d->job, "ease: update", (double)from, (double)m, "items"))
        return;
    if (k->r == 0)
        memset(sums, 0, ROWS * k->width * sizeof *sums);
    for (size_t u = 0; u < k->r; u += DENSE_CHUNK) {
        size_t rows = k->r - u < DENSE_CHUNK ? k->r - u : DENSE_CHUNK;
        const float *v = k->v + u * k->width;
        dense_outer(sums, k->width, v + from, k->width, ROWS, v, k->width, k->width, rows,
                    u == 0 ? DENSE_SET : DENSE_ADD);
    }
    for (size_t i = from; i < to; i++)
        for (size_t j = 0; j < m; j++) {
            const float *sum = sums + (i - from) * k->width;
            double p = inverse_at(d, d->keep[i], d->keep[j]) + (double)sum[j];
            k->to_b[i * m + j] = i == j ? 0 : (float)(-p / k->diagonal[j]);
        }
}

int downdate(const struct downdate *self, float *to_b, float *to_diagonal, struct error *err)
{
    struct work k;
    int rc = init(&k, self, err);
    if (rc != 0)
        return rc;
    k.to_b = to_b;
    memset(k.v, 0, (size_t)k.r * k.width * sizeof *k.v);
    pool_run(self->pool, k.r, rows_task, &k);
    if (!job_cancelled(self->job) && (rc = factor(&k)) == 0) {
        pool_run(self->pool, (self->m + SPAN - 1) / SPAN, solve_task, &k);
        pool_run(self->pool, (self->m + ROWS - 1) / ROWS, sum_task, &k);
        for (uint32_t j = 0; j < self->m; j++)
            to_diagonal[j] = (float)k.diagonal[j];
    }
    release(&k);
    return job_cancelled(self->job) ? job_error_cancelled(err, "ease: update") : rc;
}

/* ---- the reference ---------------------------------------------------------------------------------------- */

/* One row leaves: P += (P u)(P u)^T / (1 - u^T P u)  (Sherman and Morrison). */
static void take_out(double *p, size_t n, const struct csr *gone, size_t u, double *pu)
{
    double rest = 1;
    for (size_t j = 0; j < n; j++) {
        pu[j] = 0;
        for (uint64_t e = gone->start[u]; e < gone->start[u + 1]; e++)
            pu[j] += entry(gone, e) * p[gone->col[e] * n + j];
    }
    for (uint64_t e = gone->start[u]; e < gone->start[u + 1]; e++)
        rest -= entry(gone, e) * pu[gone->col[e]];
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            p[i * n + j] += pu[i] * pu[j] / rest;
}

int downdate_plain(const struct downdate *self, float *to_b, float *to_diagonal, struct error *err)
{
    size_t n = self->n, m = self->m;
    double *p = mem_alloc(n * n, sizeof *p), *pu = mem_alloc(n, sizeof *pu);
    if (p == NULL || pu == NULL) {
        mem_free(p);
        mem_free(pu);
        return error_nomem(err, "ease: update");
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            p[i * n + j] = inverse_at(self, i, j);
    for (size_t u = 0; u < self->gone->rows; u++)
        take_out(p, n, self->gone, u, pu);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < m; j++) {
            double of = p[(size_t)self->keep[j] * n + self->keep[j]];
            to_b[i * m + j] = i == j ? 0 : (float)(-p[(size_t)self->keep[i] * n + self->keep[j]] / of);
            to_diagonal[j] = (float)of;
        }
    mem_free(p);
    mem_free(pu);
    return 0;
}
