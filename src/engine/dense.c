#include "engine/dense.h"

#include <math.h>
#include <string.h>

#include "engine/simd.h"

#define BLOCK 8 /* rows of a Cholesky factor eliminated together */

void dense_outer_plain(float *c, size_t ldc, const float *l, size_t ldl, uint32_t m, const float *r, size_t ldr,
                       uint32_t w, size_t n, enum dense_mode mode)
{
    for (uint32_t i = 0; i < m; i++)
        for (uint32_t j = 0; j < w; j++) {
            float sum = 0, *to = &c[i * ldc + j];
            for (size_t k = 0; k < n; k++)
                sum = fmaf(l[k * ldl + i], r[k * ldr + j], sum);
            *to = mode == DENSE_SET ? sum : mode == DENSE_ADD ? *to + sum : *to - sum;
        }
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define TILE_ISA "avx512f"
#define TILE_NAME(x) x##_512
#define VEC __m512
#define LANES 16
#define ROWS 8
#define LOAD _mm512_loadu_ps
#define SET _mm512_set1_ps
#define STORE _mm512_storeu_ps
#define FMA _mm512_fmadd_ps
#define ADD _mm512_add_ps
#define SUB _mm512_sub_ps
#include "engine/dense_tile.h"

#define TILE_ISA "avx2,fma"
#define TILE_NAME(x) x##_256
#define VEC __m256
#define LANES 8
#define ROWS 4
#define LOAD _mm256_loadu_ps
#define SET _mm256_set1_ps
#define STORE _mm256_storeu_ps
#define FMA _mm256_fmadd_ps
#define ADD _mm256_add_ps
#define SUB _mm256_sub_ps
#include "engine/dense_tile.h"
#endif

void dense_outer(float *c, size_t ldc, const float *l, size_t ldl, uint32_t m, const float *r, size_t ldr, uint32_t w,
                 size_t n, enum dense_mode mode)
{
#if defined(__x86_64__) && defined(__GNUC__)
    if (__builtin_cpu_supports("avx512f")) {
        outer_512(c, ldc, l, ldl, m, r, ldr, w, n, mode);
        return;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        outer_256(c, ldc, l, ldl, m, r, ldr, w, n, mode);
        return;
    }
#endif
    dense_outer_plain(c, ldc, l, ldl, m, r, ldr, w, n, mode);
}

void dense_gram_add(float *a, size_t lda, const float *panel, size_t ldp, size_t n, uint32_t w)
{
    for (uint32_t i = 0; i < w; i += DENSE_WIDTH)
        dense_outer(a + i * lda + i, lda, panel + i, ldp, DENSE_WIDTH, panel + i, ldp, w - i, n, DENSE_ADD);
}

/* Rows k .. k + BLOCK, from which all rows before k have been taken away already.  Loops start at whole
 * vectors, so they also touch what lies below the diagonal, which nobody reads. */
ENGINE_CLONES static void eliminate(float *u, size_t ldu, uint32_t k, uint32_t w, const float *diagonal,
                                    float *inverse)
{
    for (uint32_t i = k; i < k + BLOCK; i++) {
        float *row = u + i * ldu;
        uint32_t from = i / DENSE_WIDTH * DENSE_WIDTH;
        for (uint32_t p = k; p < i; p++) {
            const float *above = u + p * ldu;
            float a = above[i];
            for (uint32_t j = from; j < w; j++)
                row[j] -= a * above[j];
        }
        float pivot = row[i];
        float scale = pivot > 1e-6f * diagonal[i - k] ? 1 / sqrtf(pivot) : 0;
        for (uint32_t j = from; j < w; j++)
            row[j] *= scale;
        inverse[i] = scale;
    }
}

void dense_cholesky(float *u, size_t ldu, uint32_t w, float *inverse)
{
    for (uint32_t k = 0; k < w; k += BLOCK) {
        float diagonal[BLOCK];
        uint32_t from = k / DENSE_WIDTH * DENSE_WIDTH;
        for (uint32_t i = 0; i < BLOCK; i++)
            diagonal[i] = u[(k + i) * ldu + k + i];
        if (k > 0)
            dense_outer(u + k * ldu + from, ldu, u + k, ldu, BLOCK, u + from, ldu, w - from, k, DENSE_SUBTRACT);
        eliminate(u, ldu, k, w, diagonal, inverse);
    }
}

void dense_cholesky_plain(float *u, size_t ldu, uint32_t w, float *inverse)
{
    for (uint32_t i = 0; i < w; i++) {
        float diagonal = u[i * ldu + i];
        for (uint32_t j = i; j < w; j++) {
            double sum = (double)u[i * ldu + j];
            for (uint32_t k = 0; k < i; k++)
                sum -= (double)u[k * ldu + i] * (double)u[k * ldu + j];
            u[i * ldu + j] = (float)sum;
        }
        float pivot = u[i * ldu + i];
        inverse[i] = pivot > 1e-6f * diagonal ? 1 / sqrtf(pivot) : 0;
        for (uint32_t j = i; j < w; j++)
            u[i * ldu + j] *= inverse[i];
    }
}

static inline __attribute__((always_inline)) void axpy(float *y, float a, const float *x, uint32_t w)
{
    for (uint32_t j = 0; j < w; j++)
        y[j] += a * x[j];
}

static inline __attribute__((always_inline)) float dot(const float *a, const float *b, uint32_t w)
{
    float lane[DENSE_WIDTH] = {0};
    for (uint32_t j = 0; j < w; j += DENSE_WIDTH)
        for (uint32_t l = 0; l < DENSE_WIDTH; l++)
            lane[l] += a[j + l] * b[j + l];
    for (uint32_t half = DENSE_WIDTH / 2; half > 0; half /= 2)
        for (uint32_t l = 0; l < half; l++)
            lane[l] += lane[l + half];
    return lane[0];
}

ENGINE_CLONES void dense_axpy(float *y, float a, const float *x, uint32_t w)
{
    axpy(y, a, x, w);
}

ENGINE_CLONES float dense_dot(const float *a, const float *b, uint32_t w)
{
    return dot(a, b, w);
}

ENGINE_CLONES void dense_solve(const float *u, size_t ldu, uint32_t w, const float *inverse, float *x)
{
    for (uint32_t i = 0; i < w; i++) {
        uint32_t from = i / DENSE_WIDTH * DENSE_WIDTH, to = from + DENSE_WIDTH;
        float y = x[i] * inverse[i];
        x[i] = y;
        for (uint32_t j = i + 1; j < to; j++)
            x[j] -= y * u[i * ldu + j];
        axpy(x + to, -y, u + i * ldu + to, w - to);
    }
    for (uint32_t i = w; i-- > 0;) {
        uint32_t to = i / DENSE_WIDTH * DENSE_WIDTH + DENSE_WIDTH;
        float sum = dot(u + i * ldu + to, x + to, w - to);
        for (uint32_t j = i + 1; j < to; j++)
            sum += u[i * ldu + j] * x[j];
        x[i] = (x[i] - sum) * inverse[i];
    }
}
