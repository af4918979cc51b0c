#include "engine/ials_block.h"

#include <math.h>
#include <string.h>

#define N IALS_BLOCK
#define VANISHED 1e-6f /* a pivot this much smaller than its diagonal determines nothing */

#if defined(__x86_64__) && defined(__GNUC__)
#define WITH_AVX512 1
#include <immintrin.h>
#else
#define WITH_AVX512 0
#endif

/* fmaf is one instruction where the loader finds FMA; elsewhere it is slow and still right. */
#if WITH_AVX512 && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(__clang__)
#define FMA_CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define FMA_CLONES
#endif

static inline __attribute__((always_inline)) float lane_sum(const float *p)
{
    float s[4];
    for (int l = 0; l < 4; l++)
        s[l] = (p[4 * l] + p[4 * l + 2]) + (p[4 * l + 1] + p[4 * l + 3]);
    return (s[0] + s[1]) + (s[2] + s[3]);
}

static inline __attribute__((always_inline)) float dot_plain(const float *a, const float *b, uint32_t width)
{
    float lane[N] = {0};
    for (uint32_t k = 0; k < width; k += N)
        for (int l = 0; l < N; l++)
            lane[l] = fmaf(a[k + l], b[k + l], lane[l]);
    return lane_sum(lane);
}

FMA_CLONES void ials_block_residuals_plain(const struct ials_entries *e, const float *x, uint32_t width,
                                           float *residual)
{
    for (size_t i = 0; i < e->n; i++)
        residual[i] = 1 - dot_plain(x, e->fixed + e->index[i] * e->stride, width);
}

FMA_CLONES void ials_block_update_plain(const struct ials_entries *e, uint32_t from, const float *delta,
                                        float *residual)
{
    for (size_t i = 0; i < e->n; i++)
        residual[i] -= dot_plain(delta, e->fixed + e->index[i] * e->stride + from, N);
}

FMA_CLONES void ials_block_sum_plain(const struct ials_entries *e, uint32_t from, const float *residual, float *a,
                                     float *rhs)
{
    memset(a, 0, N * N * sizeof *a);
    memset(rhs, 0, N * sizeof *rhs);
    for (size_t i = 0; i < e->n; i++) {
        const float *v = e->fixed + e->index[i] * e->stride + from;
        float weight = e->weight == NULL ? 1 : e->weight[i], wv[N];
        for (int l = 0; l < N; l++)
            wv[l] = weight * v[l];
        for (int j = 0; j < N; j++)
            for (int l = 0; l < N; l++)
                a[j * N + l] = fmaf(v[j], wv[l], a[j * N + l]);
        for (int l = 0; l < N; l++)
            rhs[l] = fmaf(residual[i], wv[l], rhs[l]);
    }
}

FMA_CLONES void ials_block_rest_plain(const float *gram, uint32_t width, float w0, float ridge, uint32_t from,
                                      const float *x, float *a, float *rhs)
{
    float sum[4][N] = {{0}};
    for (uint32_t k = 0; k < width; k++)
        for (int l = 0; l < N; l++)
            sum[k % 4][l] = fmaf(x[k], gram[(size_t)k * width + from + l], sum[k % 4][l]);
    for (int j = 0; j < N; j++) {
        for (int l = 0; l < N; l++)
            a[j * N + l] = fmaf(w0, gram[(size_t)(from + j) * width + from + l], a[j * N + l]);
        a[j * N + j] += ridge;
    }
    for (int l = 0; l < N; l++) {
        float all = (sum[0][l] + sum[1][l]) + (sum[2][l] + sum[3][l]);
        rhs[l] = fmaf(-ridge, x[from + l], fmaf(-w0, all, rhs[l]));
    }
}

/* Symmetric sweeps turn a into -a^-1 (Gauss-Jordan without pivoting, which a definite matrix does not need). */
FMA_CLONES void ials_block_solve_plain(float *a, const float *rhs, float *delta)
{
    float diagonal[N];
    for (int k = 0; k < N; k++)
        diagonal[k] = a[k * N + k];
    for (int k = 0; k < N; k++) {
        float pivot[N], t[N];
        memcpy(pivot, a + k * N, sizeof pivot);
        float scale = pivot[k] > VANISHED * diagonal[k] ? 1 / pivot[k] : 0;
        for (int l = 0; l < N; l++)
            t[l] = pivot[l] * scale;
        for (int i = 0; i < N; i++) {
            for (int l = 0; l < N; l++)
                a[i * N + l] = fmaf(-t[i], pivot[l], a[i * N + l]);
            a[i * N + k] = t[i];
        }
        memcpy(a + k * N, t, sizeof t);
        a[k * N + k] = -scale;
    }
    for (int l = 0; l < N; l++)
        delta[l] = 0;
    for (int k = 0; k < N; k++)
        for (int l = 0; l < N; l++)
            delta[l] = fmaf(-rhs[k], a[k * N + l], delta[l]);
}

#if WITH_AVX512
#define AVX512 __attribute__((target("avx512f")))
#define INLINE static inline __attribute__((always_inline, target("avx512f")))

/* Sums the lanes of 16 vectors, as lane_sum does. */
INLINE __m512 lane_sums(const __m512 *p)
{
    __m512 q[8], s[4];
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++)
        q[i] = _mm512_add_ps(_mm512_unpacklo_ps(p[2 * i], p[2 * i + 1]), _mm512_unpackhi_ps(p[2 * i], p[2 * i + 1]));
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        __m512d a = _mm512_castps_pd(q[2 * i]), b = _mm512_castps_pd(q[2 * i + 1]);
        s[i] = _mm512_add_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(a, b)), _mm512_castpd_ps(_mm512_unpackhi_pd(a, b)));
    }
    __m512 c = _mm512_add_ps(_mm512_shuffle_f32x4(s[0], s[1], 0x88), _mm512_shuffle_f32x4(s[0], s[1], 0xdd));
    __m512 d = _mm512_add_ps(_mm512_shuffle_f32x4(s[2], s[3], 0x88), _mm512_shuffle_f32x4(s[2], s[3], 0xdd));
    return _mm512_add_ps(_mm512_shuffle_f32x4(c, d, 0x88), _mm512_shuffle_f32x4(c, d, 0xdd));
}

/* The dot products of 16 entries from `at` on (beyond n: whatever, the last entry again) with x. */
INLINE __m512 dots(const struct ials_entries *e, size_t at, size_t n, uint32_t from, const float *x, uint32_t width)
{
    __m512 lane[N];
    const float *v[N];
#pragma GCC unroll 16
    for (int i = 0; i < N; i++) {
        size_t entry = at + (size_t)i < n ? at + (size_t)i : n - 1;
        v[i] = e->fixed + e->index[entry] * e->stride + from;
        lane[i] = _mm512_mul_ps(_mm512_loadu_ps(x), _mm512_loadu_ps(v[i]));
    }
    for (uint32_t k = N; k < width; k += N) {
        __m512 xk = _mm512_loadu_ps(x + k);
#pragma GCC unroll 16
        for (int i = 0; i < N; i++)
            lane[i] = _mm512_fmadd_ps(xk, _mm512_loadu_ps(v[i] + k), lane[i]);
    }
    return lane_sums(lane);
}

INLINE __mmask16 first_lanes(size_t n)
{
    return (__mmask16)(n < N ? (1u << n) - 1 : 0xffff);
}

AVX512 static void residuals_512(const struct ials_entries *e, const float *x, uint32_t width, float *residual)
{
    __m512 one = _mm512_set1_ps(1);
    for (size_t at = 0; at < e->n; at += N) {
        for (size_t i = at + 2 * N; i < at + 3 * N && i < e->n; i++)
            for (uint32_t k = 0; k < width; k += N)
                _mm_prefetch((const char *)(e->fixed + e->index[i] * e->stride + k), _MM_HINT_T0);
        __m512 r = _mm512_sub_ps(one, dots(e, at, e->n, 0, x, width));
        _mm512_mask_storeu_ps(residual + at, first_lanes(e->n - at), r);
    }
}

AVX512 static void update_512(const struct ials_entries *e, uint32_t from, const float *delta, float *residual)
{
    for (size_t at = 0; at < e->n; at += N) {
        __mmask16 mine = first_lanes(e->n - at);
        __m512 r = _mm512_sub_ps(_mm512_maskz_loadu_ps(mine, residual + at), dots(e, at, e->n, from, delta, N));
        _mm512_mask_storeu_ps(residual + at, mine, r);
    }
}

AVX512 static void sum_512(const struct ials_entries *e, uint32_t from, const float *residual, float *a, float *rhs)
{
    __m512 row[N], b = _mm512_setzero_ps();
#pragma GCC unroll 16
    for (int j = 0; j < N; j++)
        row[j] = _mm512_setzero_ps();
    for (size_t i = 0; i < e->n; i++) {
        const float *v = e->fixed + e->index[i] * e->stride + from;
        __m512 wv = _mm512_loadu_ps(v);
        if (e->weight != NULL)
            wv = _mm512_mul_ps(_mm512_set1_ps(e->weight[i]), wv);
#pragma GCC unroll 16
        for (int j = 0; j < N; j++)
            row[j] = _mm512_fmadd_ps(_mm512_set1_ps(v[j]), wv, row[j]);
        b = _mm512_fmadd_ps(_mm512_set1_ps(residual[i]), wv, b);
    }
#pragma GCC unroll 16
    for (int j = 0; j < N; j++)
        _mm512_storeu_ps(a + j * N, row[j]);
    _mm512_storeu_ps(rhs, b);
}

AVX512 static void rest_512(const float *gram, uint32_t width, float w0, float ridge, uint32_t from, const float *x,
                            float *a, float *rhs)
{
    __m512 sum[4], scale = _mm512_set1_ps(w0);
#pragma GCC unroll 4
    for (int part = 0; part < 4; part++)
        sum[part] = _mm512_setzero_ps();
    const float *g = gram + from;
    for (uint32_t k = 0; k < width; k += 4, g += 4 * (size_t)width)
#pragma GCC unroll 4
        for (uint32_t part = 0; part < 4; part++)
            sum[part] = _mm512_fmadd_ps(_mm512_set1_ps(x[k + part]), _mm512_loadu_ps(g + part * (size_t)width),
                                        sum[part]);
    g = gram + (size_t)from * width + from;
    for (int j = 0; j < N; j++, g += width) {
        _mm512_storeu_ps(a + j * N, _mm512_fmadd_ps(scale, _mm512_loadu_ps(g), _mm512_loadu_ps(a + j * N)));
        a[j * N + j] += ridge;
    }
    __m512 all = _mm512_add_ps(_mm512_add_ps(sum[0], sum[1]), _mm512_add_ps(sum[2], sum[3]));
    __m512 r = _mm512_fnmadd_ps(scale, all, _mm512_loadu_ps(rhs));
    _mm512_storeu_ps(rhs, _mm512_fnmadd_ps(_mm512_set1_ps(ridge), _mm512_loadu_ps(x + from), r));
}

AVX512 static void solve_512(float *a, const float *rhs, float *delta)
{
    __m512 row[N], sum = _mm512_setzero_ps();
    float diagonal[N];
#pragma GCC unroll 16
    for (int k = 0; k < N; k++) {
        row[k] = _mm512_loadu_ps(a + k * N);
        diagonal[k] = VANISHED * a[k * N + k];
    }
#pragma GCC unroll 16
    for (int k = 0; k < N; k++) {
        __m512 pivot = row[k];
        __m512 d = _mm512_permutexvar_ps(_mm512_set1_epi32(k), pivot);
        __mmask16 good = _mm512_cmp_ps_mask(d, _mm512_set1_ps(diagonal[k]), _CMP_GT_OQ);
        __m512 scale = _mm512_maskz_div_ps(good, _mm512_set1_ps(1), d);
        __m512 t = _mm512_mul_ps(pivot, scale);
#pragma GCC unroll 16
        for (int i = 0; i < N; i++) {
            if (i == k)
                continue;
            __m512 ti = _mm512_permutexvar_ps(_mm512_set1_epi32(i), t);
            row[i] = _mm512_mask_mov_ps(_mm512_fnmadd_ps(ti, pivot, row[i]), (__mmask16)(1u << k), ti);
        }
        row[k] = _mm512_mask_sub_ps(t, (__mmask16)(1u << k), _mm512_setzero_ps(), scale);
    }
#pragma GCC unroll 16
    for (int k = 0; k < N; k++)
        sum = _mm512_fnmadd_ps(_mm512_set1_ps(rhs[k]), row[k], sum);
    _mm512_storeu_ps(delta, sum);
}

static int has_avx512(void)
{
    return __builtin_cpu_supports("avx512f");
}
#endif

#if WITH_AVX512
#define FAST(call)        \
    do {                  \
        if (has_avx512()) { \
            call;         \
            return;       \
        }                 \
    } while (0)
#else
#define FAST(call) \
    do {           \
    } while (0)
#endif

void ials_block_residuals(const struct ials_entries *e, const float *x, uint32_t width, float *residual)
{
    FAST(residuals_512(e, x, width, residual));
    ials_block_residuals_plain(e, x, width, residual);
}

void ials_block_update(const struct ials_entries *e, uint32_t from, const float *delta, float *residual)
{
    FAST(update_512(e, from, delta, residual));
    ials_block_update_plain(e, from, delta, residual);
}

void ials_block_sum(const struct ials_entries *e, uint32_t from, const float *residual, float *a, float *rhs)
{
    FAST(sum_512(e, from, residual, a, rhs));
    ials_block_sum_plain(e, from, residual, a, rhs);
}

void ials_block_rest(const float *gram, uint32_t width, float w0, float ridge, uint32_t from, const float *x, float *a,
                     float *rhs)
{
    FAST(rest_512(gram, width, w0, ridge, from, x, a, rhs));
    ials_block_rest_plain(gram, width, w0, ridge, from, x, a, rhs);
}

void ials_block_solve(float *a, const float *rhs, float *delta)
{
    FAST(solve_512(a, rhs, delta));
    ials_block_solve_plain(a, rhs, delta);
}
