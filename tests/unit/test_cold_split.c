/* New people and new items: who is kept out, what is known, and that nothing else tells. */
#include "engine/cold_split.h"

#include <string.h>

#include "base/mem.h"
#include "tests/unit/check_main.h"
#include "tests/unit/engine_fixture.h"

#define USERS 200
#define ITEMS 40
#define PER_USER 30
#define LEAST 4

static struct cold_split made;
static struct dataset data;

static void make(enum split_kind kind, enum answer_mode mode, uint64_t seed)
{
    struct cold_options o = {.split = split_defaults(kind, mode), .share = 0.4, .least = LEAST};
    struct error err = {0};
    o.split.seed = seed;
    o.split.test_days = 48;
    fixture_random(&data, USERS, ITEMS, PER_USER, 9);
    ck_assert_msg(cold_split_make(&made, &data, &o, &err) == 0, "%s", err.why);
}

static void drop(void)
{
    cold_split_release(&made);
    dataset_release(&data);
}

static const enum split_kind kinds[] = {SPLIT_RANDOM, SPLIT_LAST, SPLIT_TIME};

START_TEST(test_measured_people_do_not_train)
{
    make(kinds[_i], ANSWER_REPEAT, 1);
    ck_assert_uint_ge(made.split.n_users, 10);
    ck_assert_uint_gt(made.split.train.n_users, USERS / 3);
    ck_assert_uint_lt(made.split.train.n_users, made.whole.n_users);
    for (uint32_t i = 0; i < made.split.n_users; i++) {
        ck_assert_uint_ge(made.split.history[i].n, LEAST);
        ck_assert_uint_gt(made.split.relevant_start[i + 1], made.split.relevant_start[i]);
        for (uint32_t u = 0; u < made.split.train.n_users; u++)
            ck_assert_uint_ne(made.split.train.user_key[u], made.split.user_key[i]);
    }
    /* The others are whole. */
    for (uint32_t u = 0, w = 0; u < made.split.train.n_users; u++, w++) {
        while (made.whole.user_key[w] != made.split.train.user_key[u])
            w++;
        struct history a = dataset_history(&made.split.train, u), b = dataset_history(&made.whole, w);
        ck_assert_uint_eq(a.n, b.n);
        ck_assert_mem_eq(a.item, b.item, a.n * sizeof *a.item);
    }
    drop();
}
END_TEST

static uint32_t times_in(const struct history *h, uint32_t item)
{
    uint32_t n = 0;
    for (uint32_t e = 0; e < h->n; e++)
        n += h->item[e] == item;
    return n;
}

START_TEST(test_more_known_events_hold_the_fewer_ones)
{
    make(kinds[_i], ANSWER_DISCOVER, 2);
    uint32_t n = made.split.n_users, shuffled = 0;
    uint32_t (*fewer)[LEAST] = mem_zalloc(n, sizeof *fewer);
    for (uint32_t k = 0; k <= LEAST; k++) {
        struct split view = cold_split_known(&made, k);
        ck_assert_uint_eq(view.n_users, n);
        ck_assert_ptr_eq(view.relevant, made.split.relevant);
        for (uint32_t i = 0; i < n; i++) {
            const struct history *h = &view.history[i], *all = &made.split.history[i];
            ck_assert_uint_eq(h->n, k);
            ck_assert_uint_eq(h->now, all->now);
            for (uint32_t e = 0; e < k; e++) {
                ck_assert_uint_ge(times_in(all, h->item[e]), times_in(h, h->item[e]));
                ck_assert(e == 0 || h->time[e - 1] <= h->time[e]);
            }
            for (uint32_t e = 0; e + 1 < k; e++)
                ck_assert_uint_gt(times_in(h, fewer[i][e]), 0);
            if (kinds[_i] != SPLIT_RANDOM)
                ck_assert_mem_eq(h->item, all->item + all->n - k, k * sizeof *h->item);
            else
                shuffled += memcmp(h->item, all->item + all->n - k, k * sizeof *h->item) != 0;
            memcpy(fewer[i], h->item, k * sizeof *h->item);
        }
    }
    ck_assert(kinds[_i] != SPLIT_RANDOM || shuffled > n);
    mem_free(fewer);
    drop();
}
END_TEST

START_TEST(test_hidden_events_are_not_to_be_found_in_discovery_mode)
{
    make(kinds[_i], ANSWER_DISCOVER, 3);
    for (uint32_t i = 0; i < made.split.n_users; i++)
        for (uint64_t e = made.split.relevant_start[i]; e < made.split.relevant_start[i + 1]; e++)
            ck_assert_uint_eq(times_in(&made.split.history[i], made.split.relevant[e]), 0);
    drop();
}
END_TEST

START_TEST(test_the_draw_of_a_person_does_not_depend_on_the_others)
{
    uint64_t before[USERS];
    make(SPLIT_LAST, ANSWER_REPEAT, 4);
    uint32_t n = made.split.n_users, at = 0;
    memcpy(before, made.split.user_key, n * sizeof *before);
    cold_split_release(&made);
    /* Without the first user. */
    struct dataset rest = data;
    uint64_t gone = data.user_start[1];
    uint64_t *start = mem_alloc(USERS, sizeof *start);
    for (uint32_t u = 0; u < USERS; u++)
        start[u] = data.user_start[u + 1] - gone;
    rest.n_users--;
    rest.n_events -= gone;
    rest.user_start = start;
    rest.item += gone;
    rest.time += gone;
    rest.weight += gone;
    rest.user_key++;
    struct cold_options o = {.split = split_defaults(SPLIT_LAST, ANSWER_REPEAT), .share = 0.4, .least = LEAST};
    o.split.seed = 4;
    ck_assert_int_eq(cold_split_make(&made, &rest, &o, NULL), 0);
    for (uint32_t i = 0; i < n; i++)
        if (before[i] != data.user_key[0])
            ck_assert_uint_eq(made.split.user_key[at++], before[i]);
    ck_assert_uint_eq(at, made.split.n_users);
    mem_free(start);
    drop();
}
END_TEST

START_TEST(test_too_little_is_told)
{
    static const struct fixture_event few[] = {{0, 0, 9, 0}, {0, 1, 8, 0}, {1, 0, 9, 0}, {1, 1, 8, 0}};
    struct cold_options o = {.split = split_defaults(SPLIT_LAST, ANSWER_REPEAT), .share = 0.5, .least = LEAST};
    struct error err = {0};
    o.split.strict = false;
    fixture_build(&data, 2, 2, few, 4);
    ck_assert_int_eq(cold_split_make(&made, &data, &o, &err), E_BAD_DATA);
    o.share = 1;
    ck_assert_int_eq(cold_split_make(&made, &data, &o, &err), E_BAD_DATA);
    ck_assert_str_eq(err.why, "no event of other people is left to learn from");
    dataset_release(&data);
}
END_TEST

START_TEST(test_only_what_nobody_had_is_new)
{
    /* Item 3 is new at the split, 10 days ago; user 1 met only what was known. */
    static const struct fixture_event events[] = {{0, 0, 30, 0}, {0, 3, 5, 0}, {0, 1, 4, 0}, {1, 1, 30, 0}, {1, 0, 3, 0},
                                                  {2, 2, 20, 0}, {2, 3, 2, 0}, {2, 2, 1, 0}};
    struct split_options o = split_defaults(SPLIT_TIME, ANSWER_REPEAT);
    struct split split;
    o.test_days = 10;
    o.drop_unknown_items = false;
    fixture_build(&data, 3, 4, events, 8);
    ck_assert_int_eq(split_make(&split, &data, &o, NULL), 0);
    ck_assert_uint_eq(split.n_users, 3);
    ck_assert_int_eq(cold_split_new_items(&split, NULL), 0);
    ck_assert_uint_eq(split.n_users, 2);
    ck_assert_uint_eq(split.user[1], 2);
    ck_assert_uint_eq(split.relevant_start[2], 2);
    ck_assert_uint_eq(split.relevant[0], 3);
    ck_assert_uint_eq(split.relevant[1], 3);
    ck_assert_uint_eq(split.history[1].item[0], 2);
    split_release(&split);
    o.drop_unknown_items = true;
    ck_assert_int_eq(split_make(&split, &data, &o, NULL), 0);
    ck_assert_int_eq(cold_split_new_items(&split, NULL), E_BAD_DATA);
    split_release(&split);
    dataset_release(&data);
}
END_TEST

START_TEST(test_failing_allocations_are_reported)
{
    struct cold_options o = {.split = split_defaults(SPLIT_RANDOM, ANSWER_REPEAT), .share = 0.4, .least = LEAST};
    fixture_random(&data, USERS, ITEMS, PER_USER, 9);
    int rc = E_NOMEM;
    for (unsigned long nth = 1; rc != 0; nth++) {
        mem_fail_after(nth);
        rc = cold_split_make(&made, &data, &o, NULL);
        mem_fail_after(0);
        ck_assert(rc == 0 || rc == E_NOMEM);
    }
    drop();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cold_split");
    TCase *tc = tcase_create("cold_split");
    tcase_add_loop_test(tc, test_measured_people_do_not_train, 0, 3);
    tcase_add_loop_test(tc, test_more_known_events_hold_the_fewer_ones, 0, 3);
    tcase_add_loop_test(tc, test_hidden_events_are_not_to_be_found_in_discovery_mode, 0, 3);
    tcase_add_test(tc, test_the_draw_of_a_person_does_not_depend_on_the_others);
    tcase_add_test(tc, test_too_little_is_told);
    tcase_add_test(tc, test_only_what_nobody_had_is_new);
    tcase_add_test(tc, test_failing_allocations_are_reported);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
