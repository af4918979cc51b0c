#include "engine/topk.h"

#include "base/rng.h"
#include "tests/unit/check_main.h"

#define N 1003

/* Few distinct values: many ties. */
static void draw(struct rng *rng, float *scores, uint64_t *excluded, uint32_t levels, double share)
{
    for (uint32_t w = 0; w < (N + 63) / 64; w++)
        excluded[w] = 0;
    for (uint32_t i = 0; i < N; i++) {
        scores[i] = (float)rng_below(rng, levels) - (float)levels / 2;
        if (rng_uniform(rng) < share)
            excluded[i / 64] |= 1ULL << (i % 64);
    }
}

static int ahead(const float *scores, uint32_t a, uint32_t b)
{
    return scores[a] > scores[b] || (scores[a] == scores[b] && a < b);
}

static uint32_t rank_of(const float *scores, const uint64_t *excluded, uint32_t item)
{
    uint32_t rank = 0;
    for (uint32_t i = 0; i < N; i++)
        if (!(excluded[i / 64] >> (i % 64) & 1) && i != item && ahead(scores, i, item))
            rank++;
    return rank;
}

START_TEST(test_selection_equals_the_plain_reference_and_the_ranks)
{
    static const uint32_t ks[] = {0, 1, 2, 10, 100, 1003, 5000};
    static float scores[N];
    static uint64_t excluded[(N + 63) / 64];
    static struct scored fast[5000], plain[5000];
    for (uint64_t round = 0; round < 60; round++) {
        struct rng rng;
        rng_init(&rng, 1, round);
        draw(&rng, scores, excluded, round % 3 == 0 ? 4 : 100000, round % 2 == 0 ? 0.3 : 0.995);
        uint32_t k = ks[round % 7];
        uint32_t n = topk_select(scores, N, excluded, k, fast);
        ck_assert_uint_eq(n, topk_select_plain(scores, N, excluded, k, plain));
        uint32_t eligible = 0;
        for (uint32_t i = 0; i < N; i++)
            eligible += !(excluded[i / 64] >> (i % 64) & 1);
        ck_assert_uint_eq(n, k < eligible ? k : eligible);
        for (uint32_t i = 0; i < n; i++) {
            ck_assert_uint_eq(fast[i].item, plain[i].item);
            ck_assert_float_eq(fast[i].score, scores[fast[i].item]);
            ck_assert_uint_eq(rank_of(scores, excluded, fast[i].item), i);
            ck_assert_uint_eq(topk_rank(scores, N, excluded, fast[i].item), i);
        }
    }
}
END_TEST

START_TEST(test_rank_of_an_excluded_item_counts_the_others)
{
    const float scores[] = {3, 1, 2, 2, 5};
    const uint64_t excluded = 1u << 4 | 1u << 3;
    ck_assert_uint_eq(topk_rank(scores, 5, &excluded, 3), 2);
    ck_assert_uint_eq(topk_rank(scores, 5, &excluded, 2), 1);
    ck_assert_uint_eq(topk_rank(scores, 5, NULL, 3), 3);
    ck_assert_uint_eq(topk_rank(scores, 5, NULL, 4), 0);
}
END_TEST

CHECK_MAIN("topk", test_selection_equals_the_plain_reference_and_the_ranks,
           test_rank_of_an_excluded_item_counts_the_others)
