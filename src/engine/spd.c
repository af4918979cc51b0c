#include "engine/spd.h"

#include <lapacke.h>
#include <string.h>

#include "base/mem.h"
#include "engine/dense.h"

/* A sweep over pivot block k turns a into
 *
 *   a[k][k] = -(old a[k][k])^-1,   a[i][k] = a[i][k] a[k][k]^-1,   a[i][j] -= a[i][k] a[k][k]^-1 a[k][j]
 *
 * and after all of them a is minus the inverse.  With l the Cholesky factor of the pivot and y = a[.][k] l^-T,
 * the last is y y^T and the middle one y l^-1.  The panel y is kept by strips of STRIP rows of a, each as
 * block x STRIP (that is, transposed), which is what the kernel reads. */
#define BLOCK 256
#define SMALL 128 /* blocks of matrices so small that a pivot block would be most of the work */
#define STRIP 32

struct sweep {
    float *a;
    size_t n;
    uint32_t block, strips;
    uint32_t k, from, width; /* the pivot block: number, first row, rows; beyond width it is padded with 0 */
    struct pool *pool;
    struct job *job;
    const char *what;
    float *inverse;    /* l^-1, block x block, lower */
    float *transposed; /* and its transpose */
    float *panel;      /* strips x block x STRIP */
    float *scratch;    /* 2 x block x STRIP for each worker */
};

static size_t rows_of(const struct sweep *s, uint32_t strip)
{
    size_t rest = s->n - (size_t)strip * STRIP;
    return rest < STRIP ? rest : STRIP;
}

/* Block and STRIP are such that a strip is within the pivot block or outside. */
static int in_pivot(const struct sweep *s, uint32_t strip)
{
    return (size_t)strip * STRIP >= s->from && (size_t)strip * STRIP < (size_t)s->from + s->width;
}

/* to[k][row] = a[strip's row][pivot's k]; the matrix has it in its lower triangle. */
static void read_strip(const struct sweep *s, uint32_t strip, float *to)
{
    size_t first = (size_t)strip * STRIP, rows = rows_of(s, strip);
    memset(to, 0, (size_t)s->block * STRIP * sizeof *to);
    if (first < s->from) {
        for (uint32_t k = 0; k < s->width; k++)
            memcpy(to + (size_t)k * STRIP, s->a + (s->from + k) * s->n + first, rows * sizeof *to);
        return;
    }
    for (size_t row = 0; row < rows; row++)
        for (uint32_t k = 0; k < s->width; k++)
            to[(size_t)k * STRIP + row] = s->a[(first + row) * s->n + s->from + k];
}

static void write_strip(const struct sweep *s, uint32_t strip, const float *from)
{
    size_t first = (size_t)strip * STRIP, rows = rows_of(s, strip);
    if (first < s->from) {
        for (uint32_t k = 0; k < s->width; k++)
            memcpy(s->a + (s->from + k) * s->n + first, from + (size_t)k * STRIP, rows * sizeof *from);
        return;
    }
    for (size_t row = 0; row < rows; row++)
        for (uint32_t k = 0; k < s->width; k++)
            s->a[(first + row) * s->n + s->from + k] = from[(size_t)k * STRIP + row];
}

/* The panel gets y of a strip, and the matrix y l^-1.  l^-1 is lower triangular: half of each sum is 0. */
static void panel_task(void *context, size_t task, unsigned worker)
{
    struct sweep *s = context;
    uint32_t strip = (uint32_t)task, block = s->block;
    if (in_pivot(s, strip) || job_cancelled(s->job))
        return;
    float *x = s->scratch + (size_t)worker * 2 * block * STRIP, *z = x + (size_t)block * STRIP;
    float *y = s->panel + (size_t)strip * block * STRIP;
    read_strip(s, strip, x);
    for (uint32_t i = 0; i < block; i += DENSE_WIDTH)
        dense_outer(y + (size_t)i * STRIP, STRIP, s->transposed + i, block, DENSE_WIDTH, x, STRIP, STRIP,
                    i + DENSE_WIDTH, DENSE_SET);
    for (uint32_t i = 0; i < block; i += DENSE_WIDTH)
        dense_outer(z + (size_t)i * STRIP, STRIP, s->inverse + (size_t)i * block + i, block, DENSE_WIDTH,
                    y + (size_t)i * STRIP, STRIP, STRIP, block - i, DENSE_SET);
    write_strip(s, strip, z);
}

/* a[strip i][strip j] -= y y^T */
static void update_square(struct sweep *s, uint32_t i, uint32_t j)
{
    const float *l = s->panel + (size_t)i * s->block * STRIP, *r = s->panel + (size_t)j * s->block * STRIP;
    float *to = s->a + (size_t)i * STRIP * s->n + (size_t)j * STRIP, edge[STRIP * STRIP];
    if (rows_of(s, i) == STRIP) {
        dense_outer(to, s->n, l, STRIP, STRIP, r, STRIP, STRIP, s->block, DENSE_SUBTRACT);
        return;
    }
    dense_outer(edge, STRIP, l, STRIP, STRIP, r, STRIP, STRIP, s->block, DENSE_SET);
    size_t cols = rows_of(s, j);
    for (size_t row = 0; row < rows_of(s, i); row++)
        for (size_t col = 0; col < cols; col++)
            to[row * s->n + col] -= edge[row * STRIP + col];
}

/* A block of strips from the left to the diagonal; the longest rows first.  Four strips of rows share each
 * strip of columns while it is in the cache. */
static void update_task(void *context, size_t task, unsigned worker)
{
    struct sweep *s = context;
    uint32_t groups = (s->strips + 3) / 4, first = (groups - 1 - (uint32_t)task) * 4;
    uint32_t last = first + 4 < s->strips ? first + 4 : s->strips;
    (void)worker;
    for (uint32_t j = 0; j < last; j++) {
        if (in_pivot(s, j))
            continue;
        if (job_cancelled(s->job))
            return;
        for (uint32_t i = j > first ? j : first; i < last; i++)
            if (!in_pivot(s, i))
                update_square(s, i, j);
    }
}

/* l^-1 and its transpose from the pivot block, which becomes minus its inverse, l^-T l^-1.  What is row-major and
 * lower here is upper to LAPACK. */
static int invert_pivot(struct sweep *s)
{
    uint32_t width = s->width, block = s->block;
    float *pivot = s->a + s->from * s->n + s->from;
    memset(s->inverse, 0, (size_t)block * block * sizeof *pivot);
    memset(s->transposed, 0, (size_t)block * block * sizeof *pivot);
    for (uint32_t i = 0; i < width; i++)
        memcpy(s->inverse + (size_t)i * block, pivot + i * s->n, (i + 1) * sizeof *pivot);
    if (LAPACKE_spotrf_work(LAPACK_COL_MAJOR, 'U', (lapack_int)width, s->inverse, (lapack_int)block) != 0 ||
        LAPACKE_strtri_work(LAPACK_COL_MAJOR, 'U', 'N', (lapack_int)width, s->inverse, (lapack_int)block) != 0)
        return E_BAD_DATA;
    for (uint32_t i = 0; i < width; i++)
        for (uint32_t j = 0; j <= i; j++)
            s->transposed[(size_t)j * block + i] = s->inverse[(size_t)i * block + j];
    float *d = s->scratch; /* block x DENSE_WIDTH */
    for (uint32_t j = 0; j < width; j += DENSE_WIDTH) {
        const float *part = s->inverse + (size_t)j * block;
        dense_outer(d, DENSE_WIDTH, part, block, block, part + j, block, DENSE_WIDTH, block - j, DENSE_SET);
        for (uint32_t i = j; i < width; i++)
            for (uint32_t col = j; col <= i && col < j + DENSE_WIDTH; col++)
                pivot[i * s->n + col] = -d[(size_t)i * DENSE_WIDTH + col - j];
    }
    return 0;
}

static void negate_task(void *context, size_t task, unsigned worker)
{
    struct sweep *s = context;
    size_t first = task * STRIP, end = first + rows_of(s, (uint32_t)task);
    (void)worker;
    if (job_cancelled(s->job))
        return;
    for (size_t i = first; i < end; i++)
        for (size_t j = 0; j <= i; j++)
            s->a[i * s->n + j] = -s->a[i * s->n + j];
}

static int sweep_all(struct sweep *s)
{
    size_t blocks = (s->n + s->block - 1) / s->block;
    for (s->k = 0; s->k < blocks; s->k++) {
        if (job_step(s->job, s->what, s->k, (double)blocks, "blocks"))
            return E_CANCELLED;
        s->from = s->k * s->block;
        s->width = s->n - s->from < s->block ? (uint32_t)(s->n - s->from) : s->block;
        int rc = invert_pivot(s);
        if (rc != 0)
            return rc;
        pool_run(s->pool, s->strips, panel_task, s);
        pool_run(s->pool, (s->strips + 3) / 4, update_task, s);
        if (job_cancelled(s->job))
            return E_CANCELLED;
    }
    pool_run(s->pool, s->strips, negate_task, s);
    return job_cancelled(s->job) ? E_CANCELLED : 0;
}

int spd_invert(float *a, uint32_t n, struct pool *pool, struct job *job, const char *what, struct error *err)
{
    struct sweep s = {.a = a, .n = n, .pool = pool, .job = job, .what = what};
    s.block = n < 16 * BLOCK ? SMALL : BLOCK;
    s.strips = (n + STRIP - 1) / STRIP;
    size_t square = (size_t)s.block * s.block;
    s.inverse = mem_alloc_aligned(square, sizeof *s.inverse);
    s.transposed = mem_alloc_aligned(square, sizeof *s.transposed);
    s.panel = mem_alloc_aligned((size_t)s.strips * s.block * STRIP, sizeof *s.panel);
    s.scratch = mem_alloc_aligned((size_t)pool_size(pool) * 2 * s.block * STRIP, sizeof *s.scratch);
    int rc = E_NOMEM;
    if (s.inverse != NULL && s.transposed != NULL && s.panel != NULL && s.scratch != NULL)
        rc = sweep_all(&s);
    mem_free(s.inverse);
    mem_free(s.transposed);
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
