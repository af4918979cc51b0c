/* What item_index.c (building, files) and item_search.c share: how the arrays lie. */
#ifndef RECKON_ENGINE_ITEM_INDEX_PRIVATE_H
#define RECKON_ENGINE_ITEM_INDEX_PRIVATE_H

#include <math.h>

#include "engine/item_index.h"
#include "engine/item_screen.h"

#define INDEX_STRETCH 256 /* items with one bound; whole blocks */
#define INDEX_LANES 128   /* users searched for together */
#define INDEX_CODE_MAX 127
#define INDEX_CODE_ZERO 128

static inline uint32_t index_quads(uint32_t dim)
{
    return (dim + 3) / 4;
}

static inline size_t index_block_bytes(uint32_t dim)
{
    return (size_t)index_quads(dim) * SCREEN_ITEMS * 4;
}

static inline size_t index_stretches(uint32_t n)
{
    return ((size_t)n + INDEX_STRETCH - 1) / INDEX_STRETCH;
}

static inline int index_code(float x)
{
    long c = lrintf(x);
    return c > INDEX_CODE_MAX ? INDEX_CODE_MAX : c < -INDEX_CODE_MAX ? -INDEX_CODE_MAX : (int)c;
}

/* A float that is not below x. */
static inline float index_above(double x)
{
    return nextafterf((float)x, INFINITY);
}

#endif
