#include "engine/dataset.h"

#include <math.h>

#include "base/mem.h"
#include "tests/unit/check_main.h"
#include "tests/unit/engine_fixture.h"

static const struct fixture_event events[] = {
    {0, 2, 20, 0}, {0, 0, 10, 0}, {0, 2, 10, 3}, {0, 2, 10, 1}, {2, 1, 40, 0}, {2, 0, 0, 2},
};

static void build(struct dataset *data)
{
    fixture_build(data, 3, 4, events, sizeof events / sizeof events[0]);
}

START_TEST(test_history_of_a_user_without_events_is_empty)
{
    struct dataset data;
    build(&data);
    ck_assert_uint_eq(dataset_history(&data, 1).n, 0);
    struct history h = dataset_history(&data, 2);
    ck_assert_uint_eq(h.n, 2);
    ck_assert_uint_eq(h.item[0], 1);
    ck_assert_uint_eq(h.now, FIXTURE_NOW);
    dataset_release(&data);
}
END_TEST

START_TEST(test_once_sum_days_and_log_differ_as_documented)
{
    struct dataset data;
    build(&data);
    /* user 0, item 2: 1 at 20 days, 3 and 1 at 10 days; half-life 10 days */
    const double expected[] = {
        [COUNT_ONCE] = 1.5, [COUNT_SUM] = 2.25, [COUNT_DAYS] = 1.75, [COUNT_LOG] = log(3.25)};
    for (int counting = COUNT_ONCE; counting <= COUNT_LOG; counting++) {
        struct weighting w = {.counting = (enum counting)counting, .half_life_days = 10};
        struct csr m;
        ck_assert_int_eq(csr_from_events(&m, &data, &w, NULL), 0);
        ck_assert_uint_eq(m.start[3], 4);
        ck_assert_uint_eq(m.col[0], 0);
        ck_assert_uint_eq(m.col[1], 2);
        ck_assert_double_eq_tol((double)m.val[1], expected[counting], 1e-6);
        csr_release(&m);
    }
    dataset_release(&data);
}
END_TEST

START_TEST(test_window_leaves_old_events_out)
{
    struct dataset data;
    build(&data);
    struct weighting w = {.counting = COUNT_SUM, .window_days = 15};
    struct csr m;
    ck_assert_int_eq(csr_from_events(&m, &data, &w, NULL), 0);
    ck_assert_uint_eq(m.start[3] - m.start[2], 1);
    ck_assert_uint_eq(m.col[2], 0);
    csr_release(&m);
    dataset_release(&data);
}
END_TEST

START_TEST(test_history_weighting_equals_the_matrix_row)
{
    struct dataset data;
    fixture_random(&data, 40, 30, 20, 7);
    struct weighting w = {.counting = COUNT_DAYS, .half_life_days = 5};
    struct csr m;
    ck_assert_int_eq(csr_from_events(&m, &data, &w, NULL), 0);
    void *scratch = mem_alloc_aligned(1, weighting_scratch(30));
    for (uint32_t u = 0; u < 40; u++) {
        struct history h = dataset_history(&data, u);
        struct counted *c;
        uint32_t n = weighting_history(&w, &h, 30, scratch, &c);
        ck_assert_uint_eq(n, m.start[u + 1] - m.start[u]);
        for (uint64_t i = m.start[u]; i < m.start[u + 1]; i++) {
            uint32_t k = 0;
            while (k < n && c[k].item != m.col[i])
                k++;
            ck_assert_uint_lt(k, n);
            ck_assert_float_eq(c[k].value, m.val[i]);
            ck_assert(i == m.start[u] || m.col[i - 1] < m.col[i]);
        }
    }
    mem_free(scratch);
    csr_release(&m);
    dataset_release(&data);
}
END_TEST

START_TEST(test_binary_matrix_and_its_transpose)
{
    struct dataset data;
    build(&data);
    struct csr m, t;
    ck_assert_int_eq(csr_from_dataset(&m, &data, 10, 1, NULL), 0);
    ck_assert_ptr_null(m.val);
    ck_assert_int_eq(csr_transpose(&t, &m, NULL), 0);
    const uint64_t start[] = {0, 2, 3, 4, 4};
    const uint32_t col[] = {0, 2, 2, 0};
    ck_assert_mem_eq(t.start, start, sizeof start);
    ck_assert_mem_eq(t.col, col, sizeof col);
    csr_release(&m);
    csr_release(&t);
    dataset_release(&data);
}
END_TEST

START_TEST(test_every_failing_allocation_is_reported)
{
    struct dataset data;
    build(&data);
    struct weighting w = {.counting = COUNT_SUM};
    for (unsigned long nth = 1;; nth++) {
        struct csr m;
        mem_fail_after(nth);
        int rc = csr_from_events(&m, &data, &w, NULL);
        mem_fail_after(0);
        if (rc == 0) {
            ck_assert_uint_gt(nth, 5);
            csr_release(&m);
            break;
        }
        ck_assert_int_eq(rc, E_NOMEM);
    }
    dataset_release(&data);
}
END_TEST

CHECK_MAIN("dataset", test_history_of_a_user_without_events_is_empty, test_once_sum_days_and_log_differ_as_documented,
           test_window_leaves_old_events_out, test_history_weighting_equals_the_matrix_row,
           test_binary_matrix_and_its_transpose, test_every_failing_allocation_is_reported)
