/* ials_solver: the least-squares problems that iALS is made of.
 *
 * With the factors v_j of one side fixed, a row x of the other side minimises
 *
 *   sum over its entries of w_j (1 - x.v_j)^2  +  w0 * sum over all j of (x.v_j)^2
 *     +  reg * (sum of w_j + w0 * others)^exponent * |x|^2
 *
 * (Rendle, Krichene, Zhang, Koren 2021, "Revisiting the Performance of iALS on Item Recommendation
 * Benchmarks").  When `block` >= dim it is solved exactly.  Otherwise one pass of block coordinate descent
 * improves x (Rendle et al. 2021, "iALS++"): the residual of each entry is kept up to date, and the Gram
 * matrix of the fixed side is computed once per sweep and sliced; the cost per entry is dim * block instead
 * of dim^2.
 *
 * A row's result depends on its own entries, the fixed factors and x only: rows may be solved in any order
 * by any number of threads.  Widths are padded to DENSE_WIDTH with zeros. */
#ifndef RECKON_ENGINE_IALS_SOLVER_H
#define RECKON_ENGINE_IALS_SOLVER_H

#include "base/job.h"
#include "base/pool.h"
#include "engine/dataset.h"

struct ials_side {
    const float *fixed; /* the other side's factors, rows of `stride` floats, of which the first `dim` are read */
    size_t stride;
    const float *gram;  /* fixed^T fixed, width x width, width = dense_pad(dim) */
    uint32_t dim;
    uint32_t block;     /* a multiple of DENSE_WIDTH (or >= dim); less than dim needs stride = dense_pad(dim) */
    double unobserved_weight, reg, reg_exponent;
    double others;      /* how many fixed rows have entries */
};

/* Bytes of scratch (64-aligned) for rows of at most `entries`. */
size_t ials_scratch(uint32_t dim, uint32_t block, size_t entries);

/* One row: entries index[0..n) with weights (NULL: all 1).  x: dense_pad(dim) floats, zero beyond dim; read only
 * when block < dim.  No entries: x becomes 0.  job (may be NULL) is asked now and then; after a cancel x is
 * undefined. */
void ials_solve_row(const struct ials_side *side, const uint32_t *index, const float *weight, size_t n, float *x,
                    struct job *job, void *scratch);

/* For explanations: each of `rows` rows of z (dense_pad(dim) floats) becomes A^-1 z, A the matrix of the row's normal
 * equations (block >= dim). */
void ials_apply_inverse(const struct ials_side *side, const uint32_t *index, const float *weight, size_t n, float *z,
                        uint32_t rows, void *scratch);

/* out (width x width) = factors^T factors, over rows of `stride` = width floats, summed in float64. */
int ials_gram(float *out, const float *factors, uint32_t rows, uint32_t dim, struct pool *pool, struct job *job,
              struct error *err);

/* Every row of `entries` once; x: entries->rows rows of dense_pad(dim) floats.  Progress is reported as
 * `note`, done + share of the rows, of total epochs.  E_NOMEM or E_CANCELLED on failure. */
struct ials_progress {
    struct job *job;
    const char *note;
    double done, share, total;
};
int ials_sweep(const struct ials_side *side, const struct csr *entries, float *x, struct pool *pool,
               const struct ials_progress *progress, struct error *err);

/* The loss itself, to check that sweeps lower it: plain and slow, in float64. */
double ials_loss_plain(const struct csr *entries, const float *x, const float *y, uint32_t dim,
                       double unobserved_weight, double reg, double reg_exponent);

#endif
