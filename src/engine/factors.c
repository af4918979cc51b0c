#include "engine/factors.h"

#include <math.h>
#include <string.h>

#include "engine/dense.h"
#include "engine/simd.h"

#define PANEL FACTORS_PANEL
#define GROUP FACTORS_GROUP

size_t factors_packed_size(uint32_t n_items, uint32_t dim)
{
    return ((size_t)n_items + PANEL - 1) / PANEL * PANEL * dim;
}

size_t factors_group_size(uint32_t n_users, uint32_t dim)
{
    return ((size_t)n_users + GROUP - 1) / GROUP * GROUP * dim;
}

/* What is not finite has all bits of the exponent set. */
ENGINE_CLONES bool factors_finite(const float *values, size_t n)
{
    enum { PIECE = 4096 };
    const uint32_t exponent = UINT32_C(0x7f800000);
    for (size_t at = 0; at < n; at += PIECE) {
        uint32_t bits[PIECE], any = 0;
        size_t piece = n - at < PIECE ? n - at : PIECE;
        memcpy(bits, values + at, piece * sizeof *bits);
        for (size_t i = 0; i < piece; i++)
            any |= (bits[i] & exponent) == exponent;
        if (any)
            return false;
    }
    return true;
}

ENGINE_CLONES float factors_length(const float *row, uint32_t dim)
{
    enum { LANES = 8 };
    double lane[LANES] = {0}, sum = 0;
    uint32_t k = 0;
    for (; k + LANES <= dim; k += LANES)
        for (uint32_t l = 0; l < LANES; l++)
            lane[l] += (double)row[k + l] * (double)row[k + l];
    for (; k < dim; k++)
        sum += (double)row[k] * (double)row[k];
    for (uint32_t l = 0; l < LANES; l++)
        sum += lane[l];
    return (float)sqrt(sum);
}

void factors_pack(float *packed, const float *rows, uint32_t n_items, uint32_t dim)
{
    memset(packed, 0, factors_packed_size(n_items, dim) * sizeof *packed);
    for (uint32_t i = 0; i < n_items; i++) {
        float *to = packed + i / PANEL * (size_t)dim * PANEL + i % PANEL;
        for (uint32_t k = 0; k < dim; k++)
            to[(size_t)k * PANEL] = rows[(size_t)i * dim + k];
    }
}

void factors_put_user(float *groups, uint32_t user, const float *x, uint32_t dim)
{
    float *to = groups + (size_t)(user / GROUP) * GROUP * dim + user % GROUP;
    for (uint32_t k = 0; k < dim; k++)
        to[(size_t)k * GROUP] = x[k];
}

/* One panel of items, from `first` on. */
static void score_panel(const float *panel, uint32_t first, uint32_t width, uint32_t dim, const float *groups,
                        uint32_t n_users, float *scores, size_t stride, float *tile)
{
    for (uint32_t u = 0; u < n_users; u += GROUP) {
        uint32_t users = n_users - u < GROUP ? n_users - u : GROUP;
        int whole = users == GROUP && width == PANEL;
        float *to = scores + u * stride + first;
        dense_outer(whole ? to : tile, whole ? stride : PANEL, groups + (size_t)u * dim, GROUP, GROUP, panel, PANEL,
                    PANEL, dim, DENSE_SET);
        for (uint32_t i = 0; !whole && i < users; i++)
            memcpy(to + i * stride, tile + (size_t)i * PANEL, width * sizeof *to);
    }
}

void factors_score(const float *packed, uint32_t n_items, uint32_t dim, const float *groups, uint32_t n_users,
                   float *scores, size_t stride, float *tile)
{
    for (uint32_t first = 0; first < n_items; first += PANEL) {
        uint32_t width = n_items - first < PANEL ? n_items - first : PANEL;
        score_panel(packed + (size_t)first * dim, first, width, dim, groups, n_users, scores, stride, tile);
    }
}

void factors_score_rows(const float *rows, uint32_t n_items, uint32_t dim, const float *groups, uint32_t n_users,
                        float *scores, size_t stride, float *tile, float *panel)
{
    for (uint32_t first = 0; first < n_items; first += PANEL) {
        uint32_t width = n_items - first < PANEL ? n_items - first : PANEL;
        factors_pack(panel, rows + (size_t)first * dim, width, dim);
        score_panel(panel, first, width, dim, groups, n_users, scores, stride, tile);
    }
}

/* As dense_outer: one fused step per factor, from 0.  SOME chains at a time hide the latency of each. */
enum { SOME = 8 };

static inline __attribute__((always_inline)) void score_some(const float *rows, uint32_t dim, const float *x,
                                                             const uint32_t *items, uint32_t n, float *scores)
{
    for (uint32_t first = 0; first < n; first += SOME) {
        float sum[SOME] = {0};
        const float *row[SOME];
        for (uint32_t i = 0; i < SOME; i++)
            row[i] = rows + (size_t)items[first + i < n ? first + i : first] * dim;
        for (uint32_t k = 0; k < dim; k++)
            for (uint32_t i = 0; i < SOME; i++)
                sum[i] = fmaf(x[k], row[i][k], sum[i]);
        for (uint32_t i = 0; i < SOME && first + i < n; i++)
            scores[first + i] = sum[i];
    }
}

#if defined(__x86_64__) && defined(__GNUC__)
static __attribute__((target("avx2,fma"))) void score_some_fma(const float *rows, uint32_t dim, const float *x,
                                                               const uint32_t *items, uint32_t n, float *scores)
{
    score_some(rows, dim, x, items, n, scores);
}
#endif

void factors_score_some(const float *rows, uint32_t dim, const float *x, const uint32_t *items, uint32_t n,
                        float *scores)
{
#if defined(__x86_64__) && defined(__GNUC__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        score_some_fma(rows, dim, x, items, n, scores);
        return;
    }
#endif
    score_some(rows, dim, x, items, n, scores);
}
