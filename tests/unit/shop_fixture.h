/* A shop whose people have tastes, for tests of what is learnt from a store. */
#ifndef RECKON_TESTS_SHOP_FIXTURE_H
#define RECKON_TESTS_SHOP_FIXTURE_H

#include "base/rng.h"
#include "tests/unit/store_fixture.h"

/* `n_users` people with tastes, without the one of number `without` (-1: all of them). */
static inline void shop_fill(struct store *store, int n_users, int n_items, int per_user, int without)
{
    struct event_run *run;
    uint64_t added, present;
    ck_assert_int_eq(event_run_new(&run, store, NULL), 0);
    ck_assert_int_eq(store_begin(store, NULL), 0);
    for (int i = 0; i < n_items; i++) {
        char name[32];
        int64_t item;
        snprintf(name, sizeof name, "item%03d", i);
        ck_assert_int_eq(items_intern(store, name, strlen(name), &item, NULL, NULL), 0);
    }
    for (int u = 0; u < n_users; u++) {
        char name[32];
        struct rng rng;
        int64_t user, kind;
        if (u == without)
            continue;
        rng_init(&rng, 7, (uint64_t)u);
        snprintf(name, sizeof name, "user%d", u);
        ck_assert_int_eq(users_intern(store, name, strlen(name), &user, NULL, NULL), 0);
        ck_assert_int_eq(kinds_intern(store, "purchase", 8, &kind, NULL), 0);
        int taste = (int)rng_below(&rng, 4);
        for (int e = 0; e < per_user; e++) {
            int i = (int)rng_below(&rng, (uint64_t)n_items);
            if (rng_uniform(&rng) < 0.7)
                i = i / 4 * 4 + taste < n_items ? i / 4 * 4 + taste : i;
            snprintf(name, sizeof name, "item%03d", i);
            struct event_record r = {.user = user, .kind = kind, .quantity = (double)NAN, .price = (double)NAN,
                                     .time = INT64_C(1300000000000) + (int64_t)(rng_uniform(&rng) * 100 * 86400) * 1000};
            ck_assert_int_eq(items_find(store, name, &r.item, NULL), 0);
            ck_assert_int_eq(event_run_append(run, &r, 1, &added, &present, NULL), 0);
        }
    }
    ck_assert_int_eq(store_commit(store, NULL), 0);
    event_run_free(run);
}

#endif
