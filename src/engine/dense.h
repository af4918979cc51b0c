/* dense: the small dense kernels of the factor models.
 *
 * Everything is row-major float32.  One register-blocked kernel, c (m x w) += or -= l^T r with l (n x m)
 * and r (n x w), is all that Gram matrices, Cholesky factors and scores are made of.  A plain version of
 * each function stands beside it, for machines without vector units that we know and for the tests.
 *
 * Widths (w, and m where a function has one) are multiples of DENSE_WIDTH: callers pad with zeros.
 * Sums run over n in order, each step one fused multiply-add from 0, and c changes once at the end: the
 * bits depend neither on the vector width nor on m and w, so a row of a result is the same whoever
 * shares the call.  float32 sums are kept short: callers cut n into pieces of DENSE_CHUNK.
 * Thread rule: no state; any number of threads, each with its own arrays. */
#ifndef RECKON_ENGINE_DENSE_H
#define RECKON_ENGINE_DENSE_H

#include <stddef.h>
#include <stdint.h>

#define DENSE_WIDTH 16
#define DENSE_CHUNK 256

enum dense_mode { DENSE_SET, DENSE_ADD, DENSE_SUBTRACT };

static inline uint32_t dense_pad(uint32_t n)
{
    return (n + DENSE_WIDTH - 1) / DENSE_WIDTH * DENSE_WIDTH;
}

/* c = / += / -= l^T r: c[i][j] gets the sum over k < n of l[k*ldl + i] * r[k*ldr + j]. */
void dense_outer(float *c, size_t ldc, const float *l, size_t ldl, uint32_t m, const float *r, size_t ldr, uint32_t w,
                 size_t n, enum dense_mode mode);
void dense_outer_plain(float *c, size_t ldc, const float *l, size_t ldl, uint32_t m, const float *r, size_t ldr,
                       uint32_t w, size_t n, enum dense_mode mode);

/* a += panel^T panel, a: w x w, of which the upper triangle counts (below it anything may be written). */
void dense_gram_add(float *a, size_t lda, const float *panel, size_t ldp, size_t n, uint32_t w);

/* a = u^T u in place, upper triangle; a is symmetric and positive (semi-)definite, finite everywhere.
 * inverse[i] = 1 / u[i][i].  A direction that the matrix does not determine (its pivot vanishes) gets
 * inverse 0 and a row of zeros, and so a 0 in every solution: there is no failure. */
void dense_cholesky(float *u, size_t ldu, uint32_t w, float *inverse);
void dense_cholesky_plain(float *u, size_t ldu, uint32_t w, float *inverse);

/* Solves u^T u x = b; b comes in x. */
void dense_solve(const float *u, size_t ldu, uint32_t w, const float *inverse, float *x);

float dense_dot(const float *a, const float *b, uint32_t w);      /* in DENSE_WIDTH lanes, then pairwise */
void dense_axpy(float *y, float a, const float *x, uint32_t w);   /* y += a x */

#endif
