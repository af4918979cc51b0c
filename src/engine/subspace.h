/* subspace: the strongest common patterns of a sparse matrix: its leading right singular vectors.
 *
 * Randomised subspace iteration with oversampling (Halko, Martinsson, Tropp 2011): only sparse products, no
 * columns x columns matrix.  The start is drawn per column from a stream keyed by (seed, column key); sums are
 * in float32 over one row's entries and in float64 over rows, added up in a fixed order: the same bytes for any
 * number of threads.  Memory: (rows + columns) x (dim + about 16) floats. */
#ifndef RECKON_ENGINE_SUBSPACE_H
#define RECKON_ENGINE_SUBSPACE_H

#include <stdint.h>

#include "base/error.h"
#include "base/job.h"
#include "base/pool.h"
#include "engine/dataset.h"

#define SUBSPACE_DIM_MAX 4096 /* the largest that the parameter dim can be */

struct subspace_task {
    const char *what;                 /* names the work in progress reports and errors */
    const struct csr *matrix;         /* with values */
    const struct csr *transposed;     /* of `matrix` */
    const uint64_t *column_key;
    uint32_t dim, passes;
    uint64_t seed;
    struct pool *pool;
    struct job *job;
};

/* v: columns x dim, orthonormal columns, the strongest first; sigma: dim singular values, descending.  Directions
 * that the matrix does not have (its rank is below dim) are zeros, and so is their sigma. */
struct subspace {
    uint32_t columns, dim;
    float *v;
    double *sigma;
};

/* E_NOMEM, E_CANCELLED, or E_FAILED when LAPACK does not find the eigenvalues. */
int subspace_find(struct subspace *out, const struct subspace_task *task, struct error *err);
void subspace_release(struct subspace *self); /* zeroed is fine */

#endif
