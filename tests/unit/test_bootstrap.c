/* Intervals that hold what they promise, and pairs that see the same users. */
#include "engine/bootstrap.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "tests/unit/check_main.h"

static void sample(struct evaluation *out, uint32_t n, uint64_t seed, double mean)
{
    static const uint32_t ten[] = {10};
    struct rng rng;
    rng_init(&rng, seed, 77);
    ck_assert_int_eq(evaluation_init(out, n, METRIC_BIT(NDCG) | METRIC_BIT(COVERAGE), ten, 1, NULL), 0);
    for (uint32_t u = 0; u < n; u++) {
        out->user_key[u] = seed * 1000000 + u;
        out->column[0].value[u] = mean + rng_normal(&rng);
        out->column[0].mean += out->column[0].value[u] / n;
    }
}

START_TEST(test_95_of_100_intervals_hold_the_truth)
{
    struct bootstrap_options options = {.resamples = 400};
    int held = 0;
    double width = 0;
    for (uint64_t seed = 0; seed < 400; seed++) {
        struct evaluation e;
        struct interval got[2];
        sample(&e, 100, seed, 3);
        ck_assert_int_eq(bootstrap_intervals(&e, &options, got, NULL), 0);
        held += got[0].low <= 3 && 3 <= got[0].high;
        width += (got[0].high - got[0].low) / 400;
        ck_assert(isnan(got[1].low));
        evaluation_release(&e);
    }
    /* 380 +- 3.5 standard deviations of 4.4, and the percentile bootstrap is a little narrow at n = 100 */
    ck_assert_int_ge(held, 360);
    ck_assert_int_le(held, 395);
    ck_assert_double_eq_tol(width, 2 * 1.96 / 10, 0.02);
}
END_TEST

START_TEST(test_threads_and_seeds)
{
    struct evaluation e;
    struct interval one[2], other[2];
    struct pool *pool = pool_new(3);
    struct bootstrap_options options = {.seed = 5, .resamples = 200};
    sample(&e, 5000, 1, 0);
    ck_assert_int_eq(bootstrap_intervals(&e, &options, one, NULL), 0);
    options.pool = pool;
    ck_assert_int_eq(bootstrap_intervals(&e, &options, other, NULL), 0);
    ck_assert_mem_eq(&one[0], &other[0], sizeof one[0]);
    options.seed = 6;
    ck_assert_int_eq(bootstrap_intervals(&e, &options, other, NULL), 0);
    ck_assert(memcmp(&one[0], &other[0], sizeof one[0]) != 0);
    pool_free(pool);
    evaluation_release(&e);
}
END_TEST

START_TEST(test_a_small_steady_difference_is_seen)
{
    struct evaluation a, b;
    struct difference got[2];
    struct bootstrap_options options = {.seed = 1};
    sample(&a, 300, 2, 0);
    sample(&b, 300, 2, 0);
    ck_assert_int_eq(bootstrap_differences(&a, &b, &options, got, NULL), 0);
    ck_assert(!got[0].significant);
    ck_assert_double_eq(got[0].mean, 0);
    ck_assert_double_eq(got[0].p, 1);
    b.column[0].mean += 0.02;
    for (uint32_t u = 0; u < b.n_users; u++)
        b.column[0].value[u] += u % 2 ? 0.03 : 0.01;
    ck_assert_int_eq(bootstrap_differences(&a, &b, &options, got, NULL), 0);
    ck_assert(got[0].significant); /* a hundredth of the spread between users: only pairs can tell */
    ck_assert_double_eq_tol(got[0].low, 0.02 - 1.96 * 0.01 / sqrt(300), 2e-4);
    ck_assert_double_eq(got[0].p, 0);
    ck_assert(!got[1].significant);
    b.user_key[7]++;
    ck_assert_int_eq(bootstrap_differences(&a, &b, &options, got, NULL), E_USAGE);
    evaluation_release(&a);
    evaluation_release(&b);
}
END_TEST

START_TEST(test_one_user_has_an_interval_of_one_value)
{
    struct evaluation e;
    struct interval got[2];
    sample(&e, 1, 3, 0);
    ck_assert_int_eq(bootstrap_intervals(&e, &(struct bootstrap_options){0}, got, NULL), 0);
    ck_assert_double_eq(got[0].low, e.column[0].mean);
    ck_assert_double_eq(got[0].high, e.column[0].mean);
    evaluation_release(&e);
}
END_TEST

CHECK_MAIN("bootstrap", test_95_of_100_intervals_hold_the_truth, test_threads_and_seeds,
           test_a_small_steady_difference_is_seen, test_one_user_has_an_interval_of_one_value)
