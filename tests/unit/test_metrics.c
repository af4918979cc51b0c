/* Each metric on lists whose value is worked out by hand. */
#include "engine/metrics.h"

#include <math.h>
#include <string.h>

#include "tests/unit/check_main.h"

#define LOG2_3 1.5849625007211562

static double of(enum metric_id id, const char *hits, uint32_t relevant, uint32_t k)
{
    uint8_t hit[16] = {0};
    uint32_t n = (uint32_t)strlen(hits);
    for (uint32_t i = 0; i < n; i++)
        hit[i] = hits[i] == '1';
    return metric_of_hits(id, hit, n, relevant, k);
}

static void expect(double got, double want)
{
    ck_assert_msg(fabs(got - want) < 1e-12, "%.15g, not %.15g", got, want);
}

START_TEST(test_two_hits_of_three)
{
    /* ranks 1 and 3 */
    expect(of(METRIC_PRECISION, "1010", 3, 4), 2.0 / 4);
    expect(of(METRIC_RECALL, "1010", 3, 4), 2.0 / 3);
    expect(of(METRIC_NDCG, "1010", 3, 4), (1 + 1 / 2.0) / (1 + 1 / LOG2_3 + 1 / 2.0));
    expect(of(METRIC_MAP, "1010", 3, 4), (1.0 + 2.0 / 3) / 3);
    expect(of(METRIC_MAP_MIN, "1010", 3, 4), (1.0 + 2.0 / 3) / 3);
    expect(of(METRIC_MRR, "1010", 3, 4), 1);
    expect(of(METRIC_HIT_RATE, "1010", 3, 4), 1);
}
END_TEST

START_TEST(test_more_relevant_than_places)
{
    expect(of(METRIC_RECALL, "0110", 20, 4), 2.0 / 20);
    expect(of(METRIC_MAP, "0110", 20, 4), (1.0 / 2 + 2.0 / 3) / 20);
    expect(of(METRIC_MAP_MIN, "0110", 20, 4), (1.0 / 2 + 2.0 / 3) / 4);
    expect(of(METRIC_NDCG, "1111", 20, 4), 1);
    expect(of(METRIC_MRR, "0110", 20, 4), 1.0 / 2);
}
END_TEST

START_TEST(test_only_the_first_k_count)
{
    expect(of(METRIC_PRECISION, "0001", 2, 3), 0);
    expect(of(METRIC_HIT_RATE, "0001", 2, 3), 0);
    expect(of(METRIC_MRR, "0001", 2, 3), 0);
    expect(of(METRIC_NDCG, "0001", 2, 3), 0);
    expect(of(METRIC_MAP, "0001", 2, 3), 0);
    expect(of(METRIC_MAP, "0001", 2, 4), (1.0 / 4) / 2);
}
END_TEST

START_TEST(test_a_list_shorter_than_k)
{
    expect(of(METRIC_PRECISION, "11", 2, 10), 2.0 / 10);
    expect(of(METRIC_NDCG, "11", 2, 10), 1);
    expect(of(METRIC_MAP_MIN, "11", 2, 10), 1);
    expect(of(METRIC_PRECISION, "", 2, 10), 0);
}
END_TEST

START_TEST(test_gini)
{
    uint32_t alike[] = {3, 3, 3, 3}, one[] = {0, 8, 0, 0}, some[] = {2, 0, 1, 1}, none[] = {0, 0};
    expect(metric_gini(alike, 4), 0);
    expect(metric_gini(one, 4), 3.0 / 4);
    expect(metric_gini(some, 4), (-3.0 * 0 - 1 * 1 + 1 * 1 + 3 * 2) / (4 * 4));
    expect(metric_gini(none, 2), 0);
}
END_TEST

START_TEST(test_names_are_read_and_written)
{
    char text[32];
    uint32_t k = 99;
    ck_assert_str_eq(metric_label(METRIC_NDCG, 10, text, sizeof text), "ndcg@10");
    ck_assert_str_eq(metric_label(METRIC_AUC, 10, text, sizeof text), "auc");
    ck_assert_int_eq(metric_find("map_min@5", &k), METRIC_MAP_MIN);
    ck_assert_uint_eq(k, 5);
    ck_assert_int_eq(metric_find("hit_rate", &k), METRIC_HIT_RATE);
    ck_assert_uint_eq(k, 0);
    ck_assert_int_eq(metric_find("auc@10", &k), -1);
    ck_assert_int_eq(metric_find("ndcg@0", &k), -1);
    ck_assert_int_eq(metric_find("ndcg@1x", &k), -1);
    ck_assert_int_eq(metric_find("rmse@10", &k), -1);
    for (int id = 0; id < METRIC_COUNT; id++) {
        ck_assert_int_eq(metric_find(metric_specs[id].name, &k), id);
        ck_assert_uint_gt(strlen(metric_specs[id].definition), 20);
    }
}
END_TEST

CHECK_MAIN("metrics", test_two_hits_of_three, test_more_relevant_than_places, test_only_the_first_k_count,
           test_a_list_shorter_than_k, test_gini, test_names_are_read_and_written)
