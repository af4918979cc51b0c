#include "engine/factors.h"

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
