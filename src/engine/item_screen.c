#include "engine/item_screen.h"

#define ZERO 128 /* what a code of items has been raised by */

void item_screen_plain(const uint8_t *block, uint32_t quads, const float *scale, const struct screen_group *group,
                       uint32_t pass[SCREEN_USERS])
{
    for (uint32_t u = 0; u < SCREEN_USERS; u++) {
        pass[u] = 0;
        for (uint32_t i = 0; i < SCREEN_ITEMS; i++) {
            int32_t sum = 0;
            for (uint32_t q = 0; q < quads; q++)
                for (uint32_t k = 0; k < 4; k++)
                    sum += ((int32_t)block[(q * SCREEN_ITEMS + i) * 4 + k] - ZERO) *
                           (int32_t)group->code[(q * SCREEN_USERS + u) * 4 + k];
            pass[u] |= (uint32_t)((float)sum * scale[i] >= group->floor[u]) << i;
        }
    }
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#include <string.h>

static inline __attribute__((always_inline)) int32_t four_codes(const int8_t *code)
{
    int32_t four;
    memcpy(&four, code, sizeof four);
    return four;
}

/* Unsigned times signed bytes, summed by fours: what the raised zero adds, 128 times the sum of the user's codes, is
 * taken away beforehand. */
static __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni"))) void screen_vnni(
    const uint8_t *block, uint32_t quads, const float *scale, const struct screen_group *group,
    uint32_t pass[SCREEN_USERS])
{
    __m512i low[SCREEN_USERS], high[SCREEN_USERS];
#pragma GCC unroll 8
    for (int u = 0; u < SCREEN_USERS; u++)
        low[u] = high[u] = _mm512_set1_epi32(-ZERO * group->sum[u]);
    const int8_t *code = group->code;
    for (uint32_t q = 0; q < quads; q++, block += SCREEN_ITEMS * 4, code += SCREEN_USERS * 4) {
        __m512i a = _mm512_loadu_si512(block), b = _mm512_loadu_si512(block + 64);
#pragma GCC unroll 8
        for (int u = 0; u < SCREEN_USERS; u++) {
            __m512i x = _mm512_set1_epi32(four_codes(code + 4 * u));
            low[u] = _mm512_dpbusd_epi32(low[u], a, x);
            high[u] = _mm512_dpbusd_epi32(high[u], b, x);
        }
    }
    __m512 first = _mm512_loadu_ps(scale), second = _mm512_loadu_ps(scale + 16);
#pragma GCC unroll 8
    for (int u = 0; u < SCREEN_USERS; u++) {
        __m512 floor = _mm512_set1_ps(group->floor[u]);
        uint32_t a = _mm512_cmp_ps_mask(_mm512_mul_ps(_mm512_cvtepi32_ps(low[u]), first), floor, _CMP_GE_OQ);
        uint32_t b = _mm512_cmp_ps_mask(_mm512_mul_ps(_mm512_cvtepi32_ps(high[u]), second), floor, _CMP_GE_OQ);
        pass[u] = a | b << 16;
    }
}

/* 8 items times 4 users in registers.  The sign of the user's codes goes to the items', so that unsigned times signed
 * bytes can be had without a sum of two that 16 bits do not hold. */
static inline __attribute__((always_inline, target("avx2"))) void screen_part(
    const uint8_t *block, uint32_t quads, const float *scale, const struct screen_group *group, int user, int shift,
    uint32_t pass[SCREEN_USERS])
{
    const __m256i raised = _mm256_set1_epi8((char)ZERO), ones = _mm256_set1_epi16(1);
    __m256i sum[4];
#pragma GCC unroll 4
    for (int u = 0; u < 4; u++)
        sum[u] = _mm256_setzero_si256();
    const int8_t *code = group->code + 4 * user;
    for (uint32_t q = 0; q < quads; q++, block += SCREEN_ITEMS * 4, code += SCREEN_USERS * 4) {
        __m256i a = _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(const void *)block), raised);
#pragma GCC unroll 4
        for (int u = 0; u < 4; u++) {
            __m256i x = _mm256_set1_epi32(four_codes(code + 4 * u));
            __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(x), _mm256_sign_epi8(a, x));
            sum[u] = _mm256_add_epi32(sum[u], _mm256_madd_epi16(pairs, ones));
        }
    }
    __m256 factor = _mm256_loadu_ps(scale);
#pragma GCC unroll 4
    for (int u = 0; u < 4; u++) {
        __m256 value = _mm256_mul_ps(_mm256_cvtepi32_ps(sum[u]), factor);
        __m256 passes = _mm256_cmp_ps(value, _mm256_set1_ps(group->floor[user + u]), _CMP_GE_OQ);
        pass[user + u] |= (uint32_t)_mm256_movemask_ps(passes) << shift;
    }
}

__attribute__((target("avx2"))) void item_screen_avx2(const uint8_t *block, uint32_t quads, const float *scale,
                                                      const struct screen_group *group, uint32_t pass[SCREEN_USERS])
{
    memset(pass, 0, SCREEN_USERS * sizeof *pass);
    for (int i = 0; i < SCREEN_ITEMS; i += 8)
        for (int u = 0; u < SCREEN_USERS; u += 4)
            screen_part(block + (size_t)i * 4, quads, scale + i, group, u, i, pass);
}
#endif

void item_screen(const uint8_t *block, uint32_t quads, const float *scale, const struct screen_group *group,
                 uint32_t pass[SCREEN_USERS])
{
#if defined(__x86_64__) && defined(__GNUC__)
    if (__builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bw")) {
        screen_vnni(block, quads, scale, group, pass);
        return;
    }
    if (__builtin_cpu_supports("avx2")) {
        item_screen_avx2(block, quads, scale, group, pass);
        return;
    }
#endif
    item_screen_plain(block, quads, scale, group, pass);
}
