/* The body of dense_outer for one instruction set: included once for each by dense.c, with
 * TILE_ISA (target string), TILE_NAME(x), VEC, LANES, ROWS, LOAD, SET, STORE, FMA, ADD, SUB defined. */

/* ROWS x (vectors * LANES) of c in registers. */
static inline __attribute__((always_inline, target(TILE_ISA))) void TILE_NAME(tile)(
    float *c, size_t ldc, const float *l, size_t ldl, const float *r, size_t ldr, size_t n, enum dense_mode mode,
    const int vectors)
{
    VEC acc[ROWS][2];
#pragma GCC unroll 8
    for (int i = 0; i < ROWS; i++)
        acc[i][0] = acc[i][1] = SET(0.0f);
    for (size_t k = 0; k < n; k++, l += ldl, r += ldr) {
        VEC r0 = LOAD(r), r1 = vectors > 1 ? LOAD(r + LANES) : r0;
#pragma GCC unroll 8
        for (int i = 0; i < ROWS; i++) {
            VEC a = SET(l[i]);
            acc[i][0] = FMA(a, r0, acc[i][0]);
            if (vectors > 1)
                acc[i][1] = FMA(a, r1, acc[i][1]);
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < ROWS; i++) {
#pragma GCC unroll 2
        for (int v = 0; v < vectors; v++) {
            float *to = c + (size_t)i * ldc + v * LANES;
            if (mode == DENSE_SET)
                STORE(to, acc[i][v]);
            else if (mode == DENSE_ADD)
                STORE(to, ADD(LOAD(to), acc[i][v]));
            else
                STORE(to, SUB(LOAD(to), acc[i][v]));
        }
    }
}

static __attribute__((target(TILE_ISA))) void TILE_NAME(outer)(float *c, size_t ldc, const float *l, size_t ldl,
                                                               uint32_t m, const float *r, size_t ldr, uint32_t w,
                                                               size_t n, enum dense_mode mode)
{
    for (uint32_t i = 0; i < m; i += ROWS) {
        float *row = c + (size_t)i * ldc;
        uint32_t j = 0;
        for (; j + 2 * LANES <= w; j += 2 * LANES)
            TILE_NAME(tile)(row + j, ldc, l + i, ldl, r + j, ldr, n, mode, 2);
        for (; j < w; j += LANES)
            TILE_NAME(tile)(row + j, ldc, l + i, ldl, r + j, ldr, n, mode, 1);
    }
}

#undef TILE_ISA
#undef TILE_NAME
#undef VEC
#undef LANES
#undef ROWS
#undef LOAD
#undef SET
#undef STORE
#undef FMA
#undef ADD
#undef SUB
