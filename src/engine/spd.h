/* spd: the inverse of a large symmetric positive definite matrix, in place.
 *
 * LAPACK's spotrf + spotri cannot be interrupted and its threads are not ours; this is the same amount
 * of arithmetic (n^3) as blocked symmetric sweeps (Gauss-Jordan) over the kernel of dense.h, shared out by
 * our pool.  Every part of the matrix sees the same operations in the same order whatever the number of
 * threads, so the bytes are the same.  Memory: the matrix plus one panel of n x 256.
 *
 * Accuracy is that of float32 times the condition number, as with spotrf + spotri: fine for a Gram
 * matrix with a ridge term. */
#ifndef RECKON_ENGINE_SPD_H
#define RECKON_ENGINE_SPD_H

#include <stdint.h>

#include "base/error.h"
#include "base/job.h"
#include "base/pool.h"

/* a: n x n row-major, of which the lower triangle (with the diagonal) is read and replaced; what is above the
 * diagonal is spoilt.  `what` names the work in progress reports and errors.  E_NOMEM, E_CANCELLED (a is
 * spoilt), or E_BAD_DATA when the matrix is not positive definite in float32. */
int spd_invert(float *a, uint32_t n, struct pool *pool, struct job *job, const char *what, struct error *err);

#endif
