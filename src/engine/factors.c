#include "engine/factors.h"

#include <math.h>
#include <string.h>

#include "engine/dense.h"

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

void factors_score(const float *packed, uint32_t n_items, uint32_t dim, const float *groups, uint32_t n_users,
                   float *scores, size_t stride, float *tile)
{
    for (uint32_t first = 0; first < n_items; first += PANEL) {
        const float *panel = packed + (size_t)first * dim;
        uint32_t width = n_items - first < PANEL ? n_items - first : PANEL;
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
