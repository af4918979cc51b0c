#include "engine/spd.h"

#include <cblas.h>
#include <lapacke.h>
#include <string.h>

#include "base/mem.h"

#define BLOCK 256
#define SMALL 128 /* blocks of matrices so small that a pivot block would be most of the work */

struct sweep {
    float *a;
    size_t n;
    uint32_t block, blocks;
    struct pool *pool;
    struct job *job;
    const char *what;
    /* of the current pivot block: */
    uint32_t k;
    float *l;       /* its Cholesky factor, lower, block x block */
    float *panel;   /* n x block: the pivot's columns times l^-T */
    float *scratch; /* block x block for each worker */
};

static uint32_t first(const struct sweep *s, uint32_t b)
{
    return b * s->block;
}

static uint32_t length(const struct sweep *s, uint32_t b)
{
    size_t rest = s->n - first(s, b);
    return rest < s->block ? (uint32_t)rest : s->block;
}

static float *at(const struct sweep *s, uint32_t row_block, uint32_t column_block)
{
    return s->a + first(s, row_block) * s->n + first(s, column_block);
}

static void transpose(float *to, size_t ldt, const float *from, size_t ldf, uint32_t rows, uint32_t cols)
{
    for (uint32_t i = 0; i < rows; i++)
        for (uint32_t j = 0; j < cols; j++)
            to[j * ldt + i] = from[i * ldf + j];
}

/* Block (b, k): the panel gets a l^-T, and the matrix a l^-T l^-1. */
static void panel_task(void *context, size_t task, unsigned worker)
{
    struct sweep *s = context;
    uint32_t b = (uint32_t)task, rows = length(s, b), width = length(s, s->k);
    if (b == s->k || job_cancelled(s->job))
        return;
    float *y = s->panel + (size_t)first(s, b) * s->block;
    float *z = s->scratch + (size_t)worker * s->block * s->block;
    if (b > s->k)
        for (uint32_t i = 0; i < rows; i++)
            memcpy(y + (size_t)i * s->block, at(s, b, s->k) + i * s->n, width * sizeof *y);
    else
        transpose(y, s->block, at(s, s->k, b), s->n, width, rows);
    cblas_strsm(CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, (int)rows, (int)width, 1, s->l,
                (int)s->block, y, (int)s->block);
    memcpy(z, y, (size_t)rows * s->block * sizeof *z);
    cblas_strsm(CblasRowMajor, CblasRight, CblasLower, CblasNoTrans, CblasNonUnit, (int)rows, (int)width, 1, s->l,
                (int)s->block, z, (int)s->block);
    if (b > s->k)
        for (uint32_t i = 0; i < rows; i++)
            memcpy(at(s, b, s->k) + i * s->n, z + (size_t)i * s->block, width * sizeof *z);
    else
        transpose(at(s, s->k, b), s->n, z, s->block, rows, width);
}

/* a[rows of block][columns from .. to) -= panel panel^T */
static void update_strip(struct sweep *s, uint32_t b, uint32_t from, uint32_t to)
{
    if (from >= to)
        return;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)length(s, b), (int)(to - from), (int)length(s, s->k), -1,
                s->panel + (size_t)first(s, b) * s->block, (int)s->block, s->panel + (size_t)from * s->block,
                (int)s->block, 1, s->a + first(s, b) * s->n + from, (int)s->n);
}

/* The longest rows of blocks first. */
static void update_task(void *context, size_t task, unsigned worker)
{
    struct sweep *s = context;
    uint32_t b = s->blocks - 1 - (uint32_t)task;
    (void)worker;
    if (b == s->k || job_cancelled(s->job))
        return;
    uint32_t gap = first(s, s->k), beyond = gap + length(s, s->k);
    update_strip(s, b, 0, b < s->k ? first(s, b) : gap);
    if (b > s->k)
        update_strip(s, b, beyond, first(s, b));
    cblas_ssyrk(CblasRowMajor, CblasLower, CblasNoTrans, (int)length(s, b), (int)length(s, s->k), -1,
                s->panel + (size_t)first(s, b) * s->block, (int)s->block, 1, at(s, b, b), (int)s->n);
}

/* The pivot block becomes -1 times its inverse.  Row-major lower is LAPACK's upper. */
static int invert_pivot(struct sweep *s)
{
    uint32_t width = length(s, s->k);
    float *pivot = at(s, s->k, s->k);
    for (uint32_t i = 0; i < width; i++)
        memcpy(s->l + (size_t)i * s->block, pivot + i * s->n, (i + 1) * sizeof *pivot);
    if (LAPACKE_spotrf_work(LAPACK_COL_MAJOR, 'U', (lapack_int)width, s->l, (lapack_int)s->block) != 0)
        return E_BAD_DATA;
    for (uint32_t i = 0; i < width; i++)
        memcpy(s->scratch + (size_t)i * s->block, s->l + (size_t)i * s->block, (i + 1) * sizeof *pivot);
    if (LAPACKE_spotri_work(LAPACK_COL_MAJOR, 'U', (lapack_int)width, s->scratch, (lapack_int)s->block) != 0)
        return E_BAD_DATA;
    for (uint32_t i = 0; i < width; i++)
        for (uint32_t j = 0; j <= i; j++)
            pivot[i * s->n + j] = -s->scratch[(size_t)i * s->block + j];
    return 0;
}

static void negate_task(void *context, size_t task, unsigned worker)
{
    struct sweep *s = context;
    (void)worker;
    uint32_t from = first(s, (uint32_t)task), to = from + length(s, (uint32_t)task);
    for (size_t i = from; i < to; i++)
        for (size_t j = 0; j <= i; j++)
            s->a[i * s->n + j] = -s->a[i * s->n + j];
}

static int sweep_all(struct sweep *s)
{
    for (s->k = 0; s->k < s->blocks; s->k++) {
        if (job_step(s->job, s->what, s->k, s->blocks, "blocks"))
            return E_CANCELLED;
        int rc = invert_pivot(s);
        if (rc != 0)
            return rc;
        pool_run(s->pool, s->blocks, panel_task, s);
        pool_run(s->pool, s->blocks, update_task, s);
        if (job_cancelled(s->job))
            return E_CANCELLED;
    }
    pool_run(s->pool, s->blocks, negate_task, s);
    return 0;
}

int spd_invert(float *a, uint32_t n, struct pool *pool, struct job *job, const char *what, struct error *err)
{
    struct sweep s = {.a = a, .n = n, .pool = pool, .job = job, .what = what};
    s.block = n < 8 * BLOCK ? SMALL : BLOCK;
    s.blocks = (n + s.block - 1) / s.block;
    size_t square = (size_t)s.block * s.block;
    s.l = mem_zalloc(square, sizeof *s.l);
    s.panel = mem_zalloc((size_t)s.blocks * square, sizeof *s.panel);
    s.scratch = mem_zalloc(pool_size(pool) * square, sizeof *s.scratch);
    int rc = s.l == NULL || s.panel == NULL || s.scratch == NULL ? E_NOMEM : sweep_all(&s);
    mem_free(s.l);
    mem_free(s.panel);
    mem_free(s.scratch);
    if (rc == E_NOMEM)
        return error_nomem(err, what);
    if (rc == E_CANCELLED)
        return job_error_cancelled(err, what);
    if (rc == E_BAD_DATA) {
        error_set(err, rc, what, "the matrix of items is too close to singular for single precision");
        return error_hint(err, rc, "raise --lambda");
    }
    return 0;
}
