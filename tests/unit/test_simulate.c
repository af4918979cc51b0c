#include "ingest/simulate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "ingest/simulate_private.h"
#include "tests/unit/check_main.h"

static char dir[64];

static const struct simulate_options plain = {
    .users = 50, .items = 40, .events = 5000, .days = 30, .start = INT64_C(1704067200000), .seed = 3, .zipf = 0.8,
    .tastes = 6, .click = 0.5, .cart = 0.5, .purchase = 0.5, .review = 0.5, .new_items = 0.5};

static void make_dir(void)
{
    snprintf(dir, sizeof dir, "/tmp/reckon-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void path_of(char *path, const char *name)
{
    ck_assert_int_eq(fs_join(path, FS_PATH_MAX, dir, name), 0);
}

static void clear_dir(void)
{
    static const char *const names[] = {"events.csv", "items.csv", "users.csv"};
    char path[FS_PATH_MAX];
    for (int i = 0; i < 3; i++) {
        path_of(path, names[i]);
        unlink(path);
    }
    ck_assert_int_eq(rmdir(dir), 0); /* nothing else was left behind */
}

static char *slurp(const char *name)
{
    char path[FS_PATH_MAX], *data;
    size_t n;
    path_of(path, name);
    ck_assert_int_eq(fs_read_all(path, 1 << 24, &data, &n, NULL), 0);
    return data;
}

static void simulate(const struct simulate_options *o, struct simulate_counts *counts)
{
    struct error err = {0};
    make_dir();
    ck_assert_msg(simulate_to_directory(o, dir, NULL, counts, &err) == 0, "%s", err.why);
}

static uint64_t total(const struct simulate_counts *counts)
{
    uint64_t sum = 0;
    for (int k = 0; k < SIMULATE_KINDS; k++)
        sum += counts->events[k];
    return sum;
}

START_TEST(test_as_many_events_as_asked_for_in_order)
{
    struct simulate_counts counts;
    simulate(&plain, &counts);
    ck_assert_uint_eq(total(&counts), plain.events);
    for (int k = 1; k < SIMULATE_REVIEW; k++) {
        ck_assert_uint_gt(counts.events[k], 0);
        ck_assert_uint_lt(counts.events[k], counts.events[k - 1]);
    }
    char *text = slurp("events.csv"), *line = text;
    ck_assert_int_eq(strncmp(text, "# synthetic data made by reckon simulate --users 50 ", 52), 0);
    line = strchr(line, '\n') + 1;
    ck_assert_int_eq(strncmp(line, "user,item,kind,time,session,quantity,price,rating\n", 50), 0);
    char last[32] = "";
    uint64_t n = 0;
    for (line = strchr(line, '\n') + 1; *line != '\0'; line = strchr(line, '\n') + 1, n++) {
        char kind[16], time[24], rest[64];
        unsigned user, item, session;
        ck_assert_int_eq(sscanf(line, "u%u,i%u,%15[^,],%23[^,],s%u,%63[^\n]", &user, &item, kind, time, &session, rest),
                         6);
        ck_assert_uint_lt(user, plain.users);
        ck_assert_uint_lt(item, plain.items);
        ck_assert_int_ge(strcmp(time, last), 0);
        strcpy(last, time);
        ck_assert_int_eq(strcmp(rest, ",,") == 0, strcmp(kind, "view") == 0 || strcmp(kind, "click") == 0);
    }
    ck_assert_uint_eq(n, plain.events);
    ck_assert_int_lt(strcmp(last, "2024-01-31"), 0);
    mem_free(text);
    clear_dir();
}
END_TEST

START_TEST(test_the_same_bytes_for_the_same_options)
{
    static const char *const names[] = {"events.csv", "items.csv", "users.csv"};
    struct simulate_counts counts;
    char *first[3];
    simulate(&plain, &counts);
    for (int i = 0; i < 3; i++)
        first[i] = slurp(names[i]);
    clear_dir();
    simulate(&plain, &counts);
    for (int i = 0; i < 3; i++) {
        char *again = slurp(names[i]);
        ck_assert_str_eq(first[i], again);
        mem_free(again);
    }
    clear_dir();
    struct simulate_options other = plain;
    other.seed = 4;
    simulate(&other, &counts);
    for (int i = 0; i < 3; i++) {
        char *again = slurp(names[i]);
        ck_assert_str_ne(strchr(first[i], '\n'), strchr(again, '\n'));
        mem_free(again);
        mem_free(first[i]);
    }
    clear_dir();
}
END_TEST

START_TEST(test_nothing_is_seen_before_it_is_launched)
{
    struct shop shop;
    ck_assert_int_eq(shop_init(&shop, &plain, NULL), 0);
    struct simulate_counts counts;
    simulate(&plain, &counts);
    char *text = slurp("events.csv"), *line = strchr(strchr(text, '\n') + 1, '\n') + 1;
    unsigned later = 0;
    for (; *line != '\0'; line = strchr(line, '\n') + 1) {
        unsigned user, item, day;
        ck_assert_int_eq(sscanf(line, "u%u,i%u,%*[^,],2024-01-%u", &user, &item, &day), 3);
        ck_assert_uint_le(shop.items[item].launched, (day - 1) * 86400);
        ck_assert_uint_le(shop_user(&shop, user).since, (day - 1) * 86400);
        later += shop.items[item].launched > 0;
    }
    ck_assert_uint_gt(later, 100);
    mem_free(text);
    shop_release(&shop);
    clear_dir();
}
END_TEST

START_TEST(test_the_smallest_and_the_oddest)
{
    struct simulate_counts counts;
    struct simulate_options o = plain;
    o.users = o.items = o.days = o.tastes = 1;
    o.new_items = 1;
    simulate(&o, &counts);
    ck_assert_uint_eq(total(&counts), o.events);
    clear_dir();
    o = plain;
    o.events = 0;
    simulate(&o, &counts);
    ck_assert_uint_eq(total(&counts), 0);
    ck_assert_int_eq(counts.first, 0);
    clear_dir();
    o = plain;
    o.tastes = SIMULATE_TASTES_MAX; /* most groups have no item */
    o.zipf = 4;
    simulate(&o, &counts);
    ck_assert_uint_eq(total(&counts), o.events);
    clear_dir();
    o = plain;
    o.click = o.cart = o.purchase = o.review = 1;
    simulate(&o, &counts);
    ck_assert_uint_ge(counts.events[SIMULATE_VIEW], counts.events[SIMULATE_PURCHASE]);
    ck_assert_uint_gt(counts.events[SIMULATE_REVIEW], 0);
    clear_dir();
    o.click = 0;
    simulate(&o, &counts);
    ck_assert_uint_eq(counts.events[SIMULATE_VIEW], o.events);
    clear_dir();
}
END_TEST

START_TEST(test_popularity_is_zipf)
{
    struct simulate_options o = plain;
    o.items = 1000;
    o.tastes = 1;
    struct shop shop;
    ck_assert_int_eq(shop_init(&shop, &o, NULL), 0);
    static unsigned drawn[1000];
    struct rng rng;
    rng_init(&rng, 5, 5);
    for (int i = 0; i < 1000000; i++)
        drawn[alias_draw(&shop.groups[0], &rng)]++;
    double sum = 0;
    unsigned most = 0;
    for (int r = 1; r <= 1000; r++) {
        sum += pow(r, -0.8);
        most = drawn[r - 1] > most ? drawn[r - 1] : most;
    }
    ck_assert_double_eq_tol(most, 1e6 / sum, 4 * sqrt(1e6 / sum));
    shop_release(&shop);
}
END_TEST

START_TEST(test_all_files_or_none)
{
    struct simulate_counts counts;
    struct error err;
    struct job job;
    simulate(&plain, &counts);
    char *before = slurp("events.csv");
    struct simulate_options o = plain;
    o.seed = 9;
    ck_assert_int_eq(simulate_to_directory(&o, dir, NULL, &counts, &err), E_CONFLICT);
    char *after = slurp("events.csv");
    ck_assert_str_eq(before, after);
    mem_free(before);
    mem_free(after);
    clear_dir();
    make_dir();
    job_init(&job, NULL, NULL);
    job_cancel(&job);
    ck_assert_int_eq(simulate_to_directory(&o, dir, &job, &counts, &err), E_CANCELLED);
    clear_dir();
    make_dir();
    for (unsigned long i = 1;; i++) {
        mem_fail_after(i);
        int rc = simulate_to_directory(&o, dir, NULL, &counts, NULL);
        mem_fail_after(0);
        if (rc == 0)
            break;
        ck_assert_int_eq(rc, E_NOMEM);
        ck_assert_uint_lt(i, 200);
    }
    clear_dir();
}
END_TEST

CHECK_MAIN("simulate", test_as_many_events_as_asked_for_in_order, test_the_same_bytes_for_the_same_options,
           test_nothing_is_seen_before_it_is_launched, test_the_smallest_and_the_oddest, test_popularity_is_zipf,
           test_all_files_or_none)
