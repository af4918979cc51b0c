/* ials_block: the inner loops of iALS++ for blocks of 16 factors, one AVX-512 register wide.
 *
 * A block's 16 x 16 normal equations stay in registers while the entries of a row pass by, and their
 * solution does too: about 10 cycles per entry and block, and 500 per row and block.  Blocks this small
 * converge in as many epochs as larger ones or the exact solution do (bench/RESULTS.md), at a fraction of
 * the arithmetic.
 *
 * Each function has a plain twin that does the same operations in the same order and gives the same bits;
 * it is what other processors run. */
#ifndef RECKON_ENGINE_IALS_BLOCK_H
#define RECKON_ENGINE_IALS_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#define IALS_BLOCK 16

/* The entries of one row: factors of entry i at fixed + index[i] * stride. */
struct ials_entries {
    const float *fixed;
    size_t stride;         /* at least the width of x */
    const uint32_t *index;
    const float *weight;   /* NULL: all 1 */
    size_t n;
};

/* residual[i] = 1 - x . v_i, over `width` factors (a multiple of IALS_BLOCK). */
void ials_block_residuals(const struct ials_entries *e, const float *x, uint32_t width, float *residual);
void ials_block_residuals_plain(const struct ials_entries *e, const float *x, uint32_t width, float *residual);

/* residual[i] -= delta . v_i, over the block that begins at factor `from`. */
void ials_block_update(const struct ials_entries *e, uint32_t from, const float *delta, float *residual);
void ials_block_update_plain(const struct ials_entries *e, uint32_t from, const float *delta, float *residual);

/* a[16][16] = sum of w_i v_i v_i^T and rhs[16] = sum of w_i residual_i v_i over the block at `from`. */
void ials_block_sum(const struct ials_entries *e, uint32_t from, const float *residual, float *a, float *rhs);
void ials_block_sum_plain(const struct ials_entries *e, uint32_t from, const float *residual, float *a, float *rhs);

/* Adds what is not about entries: a += w0 gram + ridge I over the block, and rhs -= w0 gram x + ridge x there.
 * gram is symmetric, width x width. */
void ials_block_rest(const float *gram, uint32_t width, float w0, float ridge, uint32_t from, const float *x, float *a,
                     float *rhs);
void ials_block_rest_plain(const float *gram, uint32_t width, float w0, float ridge, uint32_t from, const float *x,
                           float *a, float *rhs);

/* delta = a^-1 rhs; a is symmetric, positive (semi-)definite, and spoilt.  A direction that a does not
 * determine comes out as 0. */
void ials_block_solve(float *a, const float *rhs, float *delta);
void ials_block_solve_plain(float *a, const float *rhs, float *delta);

#endif
