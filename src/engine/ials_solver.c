#include "engine/ials_solver.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"
#include "engine/dense.h"
#include "engine/ials_block.h"

#define TASK_COST 65536 /* entries (and fixed costs counted as entries) in one task of a sweep */
#define ROW_COST 64     /* what a row costs beside its entries */
#define STRIP 64        /* rows of a Gram matrix in one task */
#define PIECE 4096      /* entries summed up in float32 */

struct work {
    float *a;        /* width x width of the block */
    float *inverse;  /* 1 / diagonal of its factor */
    float *rhs;
    float *panel;    /* DENSE_CHUNK x width */
    float *residual; /* one for each entry */
};

static size_t rounded(size_t floats)
{
    return (floats + DENSE_WIDTH - 1) / DENSE_WIDTH * DENSE_WIDTH;
}

static uint32_t block_width(uint32_t dim, uint32_t block)
{
    uint32_t width = dense_pad(dim);
    return block < width ? block : width;
}

size_t ials_scratch(uint32_t dim, uint32_t block, size_t entries)
{
    size_t width = block_width(dim, block);
    return (width * width + 2 * width + DENSE_CHUNK * width + rounded(entries)) * sizeof(float);
}

static struct work split(const struct ials_side *s, void *scratch)
{
    size_t width = block_width(s->dim, s->block);
    struct work w = {.a = scratch};
    w.inverse = w.a + width * width;
    w.rhs = w.inverse + width;
    w.panel = w.rhs + width;
    w.residual = w.panel + DENSE_CHUNK * width;
    return w;
}

static float root(const float *weight, size_t i)
{
    return weight == NULL ? 1 : sqrtf(weight[i]);
}

static float ridge(const struct ials_side *s, const float *weight, size_t n)
{
    double sum = (double)n;
    if (weight != NULL) {
        sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += (double)weight[i];
    }
    return (float)(s->reg * pow(sum + s->unobserved_weight * s->others, s->reg_exponent));
}

/* Columns [from, from + width) of the entries' factors, scaled by the root of their weights. */
static void gather(const struct ials_side *s, uint32_t from, uint32_t width, const uint32_t *index,
                   const float *weight, size_t n, float *panel)
{
    uint32_t have = s->dim - from < width ? s->dim - from : width;
    for (size_t i = 0; i < n; i++) {
        float *row = panel + i * width;
        const float *v = s->fixed + index[i] * s->stride + from;
        if (i + 8 < n)
            for (uint32_t j = 0; j < have; j += 16)
                __builtin_prefetch(s->fixed + index[i + 8] * s->stride + from + j);
        memcpy(row, v, have * sizeof *row);
        for (uint32_t j = have; j < width; j++)
            row[j] = 0;
        if (weight != NULL) {
            float scale = sqrtf(weight[i]);
            for (uint32_t j = 0; j < have; j++)
                row[j] *= scale;
        }
    }
}

/* a = w0 * gram of the block + ridge; padded directions get a 1 so that they come out as 0. */
static void start_matrix(const struct ials_side *s, uint32_t from, uint32_t width, float ridge_term, float *a)
{
    size_t all = dense_pad(s->dim);
    float w0 = (float)s->unobserved_weight;
    for (uint32_t i = 0; i < width; i++) {
        const float *g = s->gram + (from + i) * all + from;
        for (uint32_t j = i / DENSE_WIDTH * DENSE_WIDTH; j < width; j++)
            a[(size_t)i * width + j] = w0 * g[j];
        a[(size_t)i * width + i] += from + i < s->dim ? ridge_term : 1;
    }
}

/* rhs = minus the gradient at x of the parts that are not about entries: -(w0 gram x + ridge x). */
static void start_rhs(const struct ials_side *s, uint32_t from, uint32_t width, float ridge_term, const float *x,
                      float *rhs)
{
    uint32_t all = dense_pad(s->dim);
    float w0 = (float)s->unobserved_weight;
    for (uint32_t i = 0; i < width; i++)
        rhs[i] = -w0 * dense_dot(s->gram + (size_t)(from + i) * all, x, all) - ridge_term * x[from + i];
}

/* Adds the entries to the matrix and the right-hand side; the last piece stays in the panel. */
static void add_entries(const struct ials_side *s, const struct work *w, uint32_t from, uint32_t width,
                        const uint32_t *index, const float *weight, size_t n, struct job *job)
{
    for (size_t at = 0; at < n; at += DENSE_CHUNK) {
        size_t piece = n - at < DENSE_CHUNK ? n - at : DENSE_CHUNK;
        gather(s, from, width, index + at, weight == NULL ? NULL : weight + at, piece, w->panel);
        dense_gram_add(w->a, width, w->panel, width, piece, width);
        for (size_t i = 0; i < piece; i++)
            dense_axpy(w->rhs, w->residual[at + i], w->panel + i * width, width);
        if (n > DENSE_CHUNK && job_cancelled(job))
            return;
    }
}

static void update_residual(const struct ials_side *s, const struct work *w, uint32_t from, uint32_t width,
                            const uint32_t *index, const float *weight, size_t n)
{
    for (size_t i = 0; i < n; i++)
        w->residual[i] -= root(weight, i) * dense_dot(s->fixed + index[i] * s->stride + from, w->rhs, width);
}

/* a and rhs of one small block, from the entries; long rows are added up in float64. */
static void sum_block(const struct ials_entries *e, uint32_t from, const float *residual, float *a, float *rhs,
                      struct job *job)
{
    enum { square = IALS_BLOCK * IALS_BLOCK };
    if (e->n <= PIECE) {
        ials_block_sum(e, from, residual, a, rhs);
        return;
    }
    double total[square + IALS_BLOCK] = {0};
    for (size_t at = 0; at < e->n && !job_cancelled(job); at += PIECE) {
        struct ials_entries piece = *e;
        piece.index += at;
        piece.weight = e->weight == NULL ? NULL : e->weight + at;
        piece.n = e->n - at < PIECE ? e->n - at : PIECE;
        ials_block_sum(&piece, from, residual + at, a, rhs);
        for (int i = 0; i < square; i++)
            total[i] += (double)a[i];
        for (int i = 0; i < IALS_BLOCK; i++)
            total[square + i] += (double)rhs[i];
    }
    for (int i = 0; i < square; i++)
        a[i] = (float)total[i];
    for (int i = 0; i < IALS_BLOCK; i++)
        rhs[i] = (float)total[square + i];
}

static void solve_by_small_blocks(const struct ials_side *s, const struct ials_entries *e, float *x, struct job *job,
                                  float *residual)
{
    float a[IALS_BLOCK * IALS_BLOCK], rhs[IALS_BLOCK], delta[IALS_BLOCK];
    uint32_t width = dense_pad(s->dim);
    float w0 = (float)s->unobserved_weight, ridge_term = ridge(s, e->weight, e->n);
    ials_block_residuals(e, x, width, residual);
    for (uint32_t from = 0; from < width; from += IALS_BLOCK) {
        sum_block(e, from, residual, a, rhs, job);
        if (job_cancelled(job))
            return;
        ials_block_rest(s->gram, width, w0, ridge_term, from, x, a, rhs);
        for (uint32_t j = s->dim < from ? 0 : s->dim - from; j < IALS_BLOCK; j++)
            a[j * IALS_BLOCK + j] += 1; /* padding: comes out as 0, also without a ridge */
        ials_block_solve(a, rhs, delta);
        for (uint32_t j = 0; j < IALS_BLOCK; j++)
            x[from + j] += delta[j];
        if (from + IALS_BLOCK < width)
            ials_block_update(e, from, delta, residual);
    }
}

void ials_solve_row(const struct ials_side *s, const uint32_t *index, const float *weight, size_t n, float *x,
                    struct job *job, void *scratch)
{
    struct work w = split(s, scratch);
    uint32_t all = dense_pad(s->dim), block = block_width(s->dim, s->block);
    if (n == 0 || block == all)
        memset(x, 0, all * sizeof *x);
    if (n == 0)
        return;
    if (block == IALS_BLOCK && block < all) {
        struct ials_entries e = {.fixed = s->fixed, .stride = s->stride, .index = index, .weight = weight, .n = n};
        solve_by_small_blocks(s, &e, x, job, w.residual);
        return;
    }
    float ridge_term = ridge(s, weight, n);
    for (size_t i = 0; i < n; i++) {
        w.residual[i] = root(weight, i);
        if (block < all)
            w.residual[i] *= 1 - dense_dot(s->fixed + index[i] * s->stride, x, all);
    }
    for (uint32_t from = 0; from < all; from += block) {
        uint32_t width = all - from < block ? all - from : block;
        start_matrix(s, from, width, ridge_term, w.a);
        if (block < all)
            start_rhs(s, from, width, ridge_term, x, w.rhs);
        else
            memset(w.rhs, 0, width * sizeof *w.rhs);
        add_entries(s, &w, from, width, index, weight, n, job);
        if (job_cancelled(job))
            return;
        dense_cholesky(w.a, width, width, w.inverse);
        dense_solve(w.a, width, width, w.inverse, w.rhs);
        for (uint32_t i = 0; i < width; i++)
            x[from + i] += w.rhs[i];
        if (from + width < all)
            update_residual(s, &w, from, width, index, weight, n);
    }
}

void ials_apply_inverse(const struct ials_side *s, const uint32_t *index, const float *weight, size_t n, float *z,
                        uint32_t rows, void *scratch)
{
    struct work w = split(s, scratch);
    uint32_t width = dense_pad(s->dim);
    start_matrix(s, 0, width, ridge(s, weight, n), w.a);
    memset(w.residual, 0, n * sizeof *w.residual);
    add_entries(s, &w, 0, width, index, weight, n, NULL);
    dense_cholesky(w.a, width, width, w.inverse);
    for (uint32_t i = 0; i < rows; i++)
        dense_solve(w.a, width, width, w.inverse, z + (size_t)i * width);
}

/* Gram matrices: segments of rows x strips of the result, added up in float64 in the order of the segments.
 * How many segments there are depends on dim alone. */
struct gram {
    const float *factors;
    size_t rows;
    uint32_t width, strips, segments;
    double *sums;  /* segments x width x width */
    float *pieces; /* STRIP x width for each worker */
    struct job *job;
};

static void gram_task(void *context, size_t task, unsigned worker)
{
    struct gram *g = context;
    size_t segment = task / g->strips, width = g->width, from = task % g->strips * STRIP;
    uint32_t height = width - from < STRIP ? (uint32_t)(width - from) : STRIP;
    double *sum = g->sums + (segment * width + from) * width;
    float *piece = g->pieces + worker * STRIP * width;
    memset(sum, 0, height * width * sizeof *sum);
    size_t end = g->rows * (segment + 1) / g->segments;
    for (size_t at = g->rows * segment / g->segments; at < end; at += DENSE_CHUNK) {
        size_t n = end - at < DENSE_CHUNK ? end - at : DENSE_CHUNK;
        const float *rows = g->factors + at * width + from;
        if (job_cancelled(g->job))
            return;
        dense_outer(piece, width, rows, width, height, rows, width, (uint32_t)(width - from), n, DENSE_SET);
        for (uint32_t i = 0; i < height; i++)
            for (size_t j = 0; j < width - from; j++)
                sum[i * width + from + j] += (double)piece[i * width + j];
    }
}

int ials_gram(float *out, const float *factors, uint32_t rows, uint32_t dim, struct pool *pool, struct job *job,
              struct error *err)
{
    struct gram g = {.factors = factors, .rows = rows, .width = dense_pad(dim), .job = job};
    size_t square = (size_t)g.width * g.width;
    g.strips = (g.width + STRIP - 1) / STRIP;
    g.segments = g.width <= 512 ? 16 : 1;
    g.sums = mem_alloc(g.segments * square, sizeof *g.sums);
    g.pieces = mem_alloc_aligned((size_t)pool_size(pool) * STRIP * g.width, sizeof *g.pieces);
    int rc = g.sums == NULL || g.pieces == NULL ? error_nomem(err, "ials") : 0;
    if (rc == 0) {
        pool_run(pool, (size_t)g.segments * g.strips, gram_task, &g);
        if (job_cancelled(job))
            rc = job_error_cancelled(err, "ials");
    }
    for (uint32_t i = 0; rc == 0 && i < g.width; i++)
        for (uint32_t j = i; j < g.width; j++) {
            double sum = 0;
            for (uint32_t segment = 0; segment < g.segments; segment++)
                sum += g.sums[segment * square + (size_t)i * g.width + j];
            out[(size_t)i * g.width + j] = out[(size_t)j * g.width + i] = (float)sum;
        }
    mem_free(g.sums);
    mem_free(g.pieces);
    return rc;
}

struct sweep {
    const struct ials_side *side;
    const struct csr *entries;
    float *x;
    uint32_t *begin; /* first row of each task */
    size_t tasks;
    unsigned char *scratch;
    size_t scratch_size;
    const struct ials_progress *progress;
    atomic_size_t done;
};

static void sweep_task(void *context, size_t task, unsigned worker)
{
    struct sweep *s = context;
    const struct csr *m = s->entries;
    const struct ials_progress *p = s->progress;
    size_t width = dense_pad(s->side->dim);
    void *scratch = s->scratch + worker * s->scratch_size;
    for (size_t row = s->begin[task]; row < s->begin[task + 1]; row++) {
        if (job_cancelled(p->job))
            return;
        uint64_t from = m->start[row], n = m->start[row + 1] - from;
        ials_solve_row(s->side, m->col + from, m->val == NULL ? NULL : m->val + from, n, s->x + row * width, p->job,
                       scratch);
    }
    size_t done = atomic_fetch_add(&s->done, 1) + 1;
    job_step(p->job, p->note, p->done + p->share * (double)done / (double)s->tasks, p->total, "epochs");
}

/* Cuts the rows into tasks of about the same work; begin gets tasks + 1 places (NULL: only counts). */
static size_t cut_rows(const struct csr *m, uint32_t *begin)
{
    size_t tasks = 0;
    uint64_t cost = TASK_COST;
    for (uint32_t row = 0; row < m->rows; row++) {
        if (cost >= TASK_COST) {
            if (begin != NULL)
                begin[tasks] = row;
            tasks++;
            cost = 0;
        }
        cost += ROW_COST + m->start[(size_t)row + 1] - m->start[row];
    }
    if (begin != NULL)
        begin[tasks] = m->rows;
    return tasks;
}

static size_t longest_row(const struct csr *m)
{
    uint64_t most = 0;
    for (uint32_t row = 0; row < m->rows; row++) {
        uint64_t n = m->start[(size_t)row + 1] - m->start[row];
        most = n > most ? n : most;
    }
    return most;
}

int ials_sweep(const struct ials_side *side, const struct csr *entries, float *x, struct pool *pool,
               const struct ials_progress *progress, struct error *err)
{
    struct sweep s = {.side = side, .entries = entries, .x = x, .progress = progress};
    s.tasks = cut_rows(entries, NULL);
    s.scratch_size = (ials_scratch(side->dim, side->block, longest_row(entries)) + 63) / 64 * 64;
    s.begin = mem_alloc(s.tasks + 1, sizeof *s.begin);
    s.scratch = mem_alloc_aligned(pool_size(pool), s.scratch_size);
    int rc = s.begin == NULL || s.scratch == NULL ? error_nomem(err, "ials") : 0;
    if (rc == 0) {
        cut_rows(entries, s.begin);
        pool_run(pool, s.tasks, sweep_task, &s);
        if (job_cancelled(progress->job))
            rc = job_error_cancelled(err, "ials");
    }
    mem_free(s.begin);
    mem_free(s.scratch);
    return rc;
}

static double plain_dot(const float *a, const float *b, uint32_t dim)
{
    double sum = 0;
    for (uint32_t k = 0; k < dim; k++)
        sum += (double)a[k] * (double)b[k];
    return sum;
}

/* Ridge terms of one side, whose rows have these sums of weights; rows without entries are 0. */
static double plain_ridge(const double *sums, uint32_t rows, const float *x, size_t width, uint32_t dim, double others,
                          double reg, double reg_exponent)
{
    double total = 0;
    for (uint32_t i = 0; i < rows; i++)
        if (sums[i] > 0)
            total += reg * pow(sums[i] + others, reg_exponent) * plain_dot(x + i * width, x + i * width, dim);
    return total;
}

double ials_loss_plain(const struct csr *m, const float *x, const float *y, uint32_t dim, double unobserved_weight,
                       double reg, double reg_exponent)
{
    size_t width = dense_pad(dim);
    double loss = 0, rows = 0, cols = 0;
    double *sums = mem_zalloc((size_t)m->rows + m->cols, sizeof *sums);
    if (sums == NULL)
        return NAN;
    for (uint32_t i = 0; i < m->rows; i++) {
        for (uint32_t j = 0; j < m->cols; j++) {
            double score = plain_dot(x + i * width, y + j * width, dim);
            loss += unobserved_weight * score * score;
        }
        for (uint64_t e = m->start[i]; e < m->start[(size_t)i + 1]; e++) {
            double w = m->val == NULL ? 1 : (double)m->val[e];
            double miss = 1 - plain_dot(x + i * width, y + m->col[e] * width, dim);
            loss += w * miss * miss;
            sums[i] += w;
            sums[m->rows + m->col[e]] += w;
        }
    }
    for (uint32_t i = 0; i < m->rows; i++)
        rows += sums[i] > 0;
    for (uint32_t j = 0; j < m->cols; j++)
        cols += sums[m->rows + j] > 0;
    loss += plain_ridge(sums, m->rows, x, width, dim, unobserved_weight * cols, reg, reg_exponent) +
            plain_ridge(sums + m->rows, m->cols, y, width, dim, unobserved_weight * rows, reg, reg_exponent);
    mem_free(sums);
    return loss;
}
