/* What each way to split holds out, on histories small enough to see. */
#include "engine/split.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/check_main.h"
#include "tests/unit/engine_fixture.h"

static void events_of_four(struct dataset *data)
{
    static const struct fixture_event events[] = {
        {0, 3, 50, 0}, {0, 1, 40, 0}, {0, 2, 20, 0}, {0, 1, 10, 0}, {0, 4, 5, 0}, {0, 4, 4, 0},
        {1, 1, 35, 0}, {1, 5, 3, 0},
        {2, 2, 2, 0},
        {3, 0, 60, 2},
    };
    fixture_build(data, 4, 6, events, sizeof events / sizeof events[0]);
}

static struct split make(const struct dataset *data, struct split_options options)
{
    struct split split;
    struct error err = {0};
    int rc = split_make(&split, data, &options, &err);
    ck_assert_msg(rc == 0, "%s: %s", err.what, err.why);
    return split;
}

static void expect_relevant(const struct split *s, uint32_t at, uint32_t user, const uint32_t *items, uint32_t n)
{
    ck_assert_uint_eq(s->user[at], user);
    ck_assert_uint_eq(s->relevant_start[at + 1] - s->relevant_start[at], n);
    ck_assert_mem_eq(s->relevant + s->relevant_start[at], items, n * sizeof *items);
}

START_TEST(test_one_moment_parts_everyone)
{
    struct dataset data;
    events_of_four(&data);
    struct split_options options = split_defaults(SPLIT_TIME, ANSWER_REPEAT);
    options.test_days = 15;
    struct split s = make(&data, options);
    ck_assert_uint_eq(s.moment, FIXTURE_NOW - 15 * 86400u);
    ck_assert_uint_eq(s.train.now, s.moment);
    ck_assert_uint_eq(s.train.n_events, 5);
    ck_assert_uint_eq(s.train.n_users, 3);
    ck_assert_uint_eq(s.train.user_key[2], data.user_key[3]);
    ck_assert_uint_eq(s.catalogue, 4); /* 0 to 3: nobody had 4 and 5 before */
    ck_assert_uint_eq(s.n_users, 1);
    expect_relevant(&s, 0, 0, (const uint32_t[]){1}, 1);
    ck_assert_uint_eq(s.history[0].n, 3);
    ck_assert_uint_eq(s.history[0].now, s.moment);
    ck_assert_uint_eq(s.unknown_users, 1); /* user 2 came later */
    ck_assert_uint_eq(s.unknown_items, 2); /* (0, 4) once and (1, 5) */
    split_release(&s);

    options.drop_unknown_items = false;
    s = make(&data, options);
    ck_assert_uint_eq(s.n_users, 2);
    expect_relevant(&s, 0, 0, (const uint32_t[]){1, 4}, 2);
    expect_relevant(&s, 1, 1, (const uint32_t[]){5}, 1);
    split_release(&s);

    options.mode = ANSWER_DISCOVER;
    s = make(&data, options);
    expect_relevant(&s, 0, 0, (const uint32_t[]){4}, 1);
    ck_assert_uint_eq(s.already_had, 1);
    split_release(&s);
    dataset_release(&data);
}
END_TEST

START_TEST(test_an_event_at_the_moment_itself_trains)
{
    struct dataset data;
    static const struct fixture_event events[] = {{0, 0, 11, 0}, {0, 1, 10, 0}, {0, 0, 9, 0}};
    fixture_build(&data, 1, 2, events, 3);
    struct split_options options = split_defaults(SPLIT_TIME, ANSWER_REPEAT);
    options.test_days = 10;
    struct split s = make(&data, options);
    ck_assert_uint_eq(s.train.n_events, 2);
    split_release(&s);
    dataset_release(&data);
}
END_TEST

START_TEST(test_the_last_event_is_held_out)
{
    struct dataset data;
    events_of_four(&data);
    struct split_options options = split_defaults(SPLIT_LAST, ANSWER_REPEAT);
    options.strict = false;
    struct split s = make(&data, options);
    ck_assert_uint_eq(s.train.n_events, 6); /* five of user 0, one of user 1 */
    ck_assert_uint_eq(s.n_users, 2);
    ck_assert_uint_eq(s.unknown_users, 2);
    expect_relevant(&s, 0, 0, (const uint32_t[]){4}, 1);
    expect_relevant(&s, 1, 1, (const uint32_t[]){5}, 1);
    ck_assert_uint_eq(s.history[0].n, 5);
    ck_assert_uint_eq(s.history[0].now, FIXTURE_NOW - 4 * 86400u);
    split_release(&s);

    options.strict = true;
    s = make(&data, options);
    ck_assert_uint_eq(s.train.n_events, 4);
    ck_assert_uint_eq(s.train.n_users, 1);
    ck_assert_uint_eq(s.n_users, 2);
    ck_assert_uint_eq(s.history[0].n, 5); /* the validation event is known when asked */
    ck_assert_uint_eq(s.unknown_items, 2);
    split_release(&s);

    options.mode = ANSWER_DISCOVER;
    s = make(&data, options);
    ck_assert_uint_eq(s.n_users, 1); /* user 0 has 4 already */
    expect_relevant(&s, 0, 1, (const uint32_t[]){5}, 1);
    split_release(&s);
    dataset_release(&data);
}
END_TEST

START_TEST(test_a_random_share_of_each_user)
{
    struct dataset data;
    fixture_random(&data, 200, 40, 30, 3);
    struct split_options options = split_defaults(SPLIT_RANDOM, ANSWER_REPEAT);
    struct split s = make(&data, options);
    uint64_t expected = 0;
    for (uint32_t u = 0; u < data.n_users; u++) {
        uint32_t n = (uint32_t)(data.user_start[u + 1] - data.user_start[u]);
        uint32_t held = (uint32_t)floor(0.25 * n + 0.5);
        expected += n - held;
    }
    ck_assert_uint_eq(s.train.n_events, expected);
    for (uint32_t i = 0; i < s.n_users; i++) {
        struct history h = s.history[i];
        uint32_t u = s.user[i], n = (uint32_t)(data.user_start[u + 1] - data.user_start[u]);
        ck_assert_uint_eq(h.n, n - (uint32_t)floor(0.25 * n + 0.5));
        for (uint32_t e = 1; e < h.n; e++)
            ck_assert_uint_ge(h.time[e], h.time[e - 1]);
    }
    struct split again = make(&data, options), other;
    ck_assert_uint_eq(again.n_users, s.n_users);
    ck_assert_mem_eq(again.relevant, s.relevant, s.relevant_start[s.n_users] * sizeof *s.relevant);
    options.seed = 1;
    other = make(&data, options);
    ck_assert(other.relevant_start[other.n_users] != s.relevant_start[s.n_users] ||
              memcmp(other.relevant, s.relevant, s.relevant_start[s.n_users] * sizeof *s.relevant) != 0);
    split_release(&s);
    split_release(&again);
    split_release(&other);
    dataset_release(&data);
}
END_TEST

/* Removing a person changes nothing for anyone else. */
START_TEST(test_a_user_is_split_alone)
{
    struct dataset data, fewer;
    fixture_random(&data, 60, 40, 30, 3);
    uint32_t gone = 17;
    uint64_t from = data.user_start[gone], n = data.user_start[gone + 1] - from;
    ck_assert_int_eq(dataset_alloc(&fewer, data.n_users - 1, data.n_items, data.n_events - n, NULL), 0);
    fewer.now = data.now;
    for (uint32_t u = 0; u < fewer.n_users; u++) {
        uint32_t old = u < gone ? u : u + 1;
        fewer.user_key[u] = data.user_key[old];
        fewer.user_start[u + 1] = data.user_start[old + 1] - (u < gone ? 0 : n);
    }
    for (uint64_t e = 0, at = 0; e < data.n_events; e++)
        if (e < from || e >= from + n) {
            fewer.item[at] = data.item[e];
            fewer.time[at] = data.time[e];
            fewer.weight[at++] = data.weight[e];
        }
    struct split_options options = split_defaults(SPLIT_RANDOM, ANSWER_REPEAT);
    options.seed = 5;
    struct split a = make(&data, options), b = make(&fewer, options);
    for (uint32_t i = 0, k = 0; i < a.n_users; i++) {
        if (a.user[i] == gone)
            continue;
        ck_assert_uint_eq(a.user_key[i], b.user_key[k]);
        uint64_t count = a.relevant_start[i + 1] - a.relevant_start[i];
        ck_assert_uint_eq(count, b.relevant_start[k + 1] - b.relevant_start[k]);
        ck_assert_mem_eq(a.relevant + a.relevant_start[i], b.relevant + b.relevant_start[k],
                         count * sizeof *a.relevant);
        k++;
    }
    split_release(&a);
    split_release(&b);
    dataset_release(&data);
    dataset_release(&fewer);
}
END_TEST

START_TEST(test_what_cannot_be_split_says_why)
{
    struct dataset data;
    struct split s;
    struct error err = {0};
    events_of_four(&data);
    struct split_options options = split_defaults(SPLIT_RANDOM, ANSWER_REPEAT);
    options.test_share = 1;
    ck_assert_int_eq(split_make(&s, &data, &options, &err), E_USAGE);
    options.test_share = NAN;
    ck_assert_int_eq(split_make(&s, &data, &options, &err), E_USAGE);
    options = split_defaults(SPLIT_TIME, ANSWER_REPEAT);
    options.test_days = 0;
    ck_assert_int_eq(split_make(&s, &data, &options, &err), E_USAGE);
    options.test_days = 400;
    ck_assert_int_eq(split_make(&s, &data, &options, &err), E_BAD_DATA);
    ck_assert_ptr_nonnull(strstr(err.why, "learn"));
    options.test_days = 1;
    ck_assert_int_eq(split_make(&s, &data, &options, &err), E_BAD_DATA);
    ck_assert_ptr_nonnull(strstr(err.why, "find"));
    dataset_release(&data);
}
END_TEST

START_TEST(test_running_out_of_memory_leaks_nothing)
{
    struct dataset data;
    events_of_four(&data);
    struct split_options options = split_defaults(SPLIT_LAST, ANSWER_REPEAT);
    for (unsigned long n = 1;; n++) {
        struct split s;
        mem_fail_after(n);
        int rc = split_make(&s, &data, &options, NULL);
        mem_fail_after(0);
        if (rc == 0) {
            split_release(&s);
            break;
        }
        ck_assert_int_eq(rc, E_NOMEM);
    }
    dataset_release(&data);
}
END_TEST

START_TEST(test_the_scope_of_the_fit_is_said)
{
    char text[160];
    struct split_options options = split_defaults(SPLIT_LAST, ANSWER_REPEAT);
    split_describe(&options, text, sizeof text);
    ck_assert_ptr_nonnull(strstr(text, "without the last two"));
    options.strict = false;
    split_describe(&options, text, sizeof text);
    ck_assert_ptr_nonnull(strstr(text, "but the last"));
}
END_TEST

CHECK_MAIN("split", test_one_moment_parts_everyone, test_an_event_at_the_moment_itself_trains,
           test_the_last_event_is_held_out, test_a_random_share_of_each_user, test_a_user_is_split_alone,
           test_what_cannot_be_split_says_why, test_running_out_of_memory_leaks_nothing,
           test_the_scope_of_the_fit_is_said)
