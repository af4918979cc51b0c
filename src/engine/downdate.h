/* downdate: EASE's weights when people leave, without inverting again.
 *
 * With P = (X^T X + lambda I)^-1, B[i][j] = -P[i][j] / P[j][j] and the rows U (r x n) of X that leave, Woodbury's identity
 * gives
 *     (X^T X - U^T U + lambda I)^-1 = P + W^T C^-1 W,   W = U P,   C = I - W U^T,
 * and P comes out of B and the diagonal of P: that diagonal is all that has to be kept.  C = L L^T and V = L^-1 W are
 * found in float64, the sums V^T V in float32, as training does: about r n^2 multiply-adds instead of n^3.
 *
 * Items that nobody has any more are dropped: their rows and columns of the matrix are those of lambda I alone, so
 * leaving them out is what training without them does. */
#ifndef RECKON_ENGINE_DOWNDATE_H
#define RECKON_ENGINE_DOWNDATE_H

#include "base/job.h"
#include "base/pool.h"
#include "engine/dataset.h"

struct downdate {
    const float *b, *diagonal; /* n x n, n: as they were */
    uint32_t n;
    const struct csr *gone;    /* r x n: the rows that leave */
    const uint32_t *keep;      /* m places of the n, ascending: the items that stay */
    uint32_t m;
    struct pool *pool;
    struct job *job;
};

/* Below this share of itself a pivot of C has lost so many digits that the result is not equal to 1e-5. */
#define DOWNDATE_PIVOT 0.01

/* to_b: m x m, to_diagonal: m.  1: it would be inexact (see above); E_NOMEM; E_CANCELLED.  The same bytes for any number of
 * threads. */
int downdate(const struct downdate *self, float *to_b, float *to_diagonal, struct error *err);
/* By the formula, in float64, one number at a time; the reference for the tests. */
int downdate_plain(const struct downdate *self, float *to_b, float *to_diagonal, struct error *err);

#endif
