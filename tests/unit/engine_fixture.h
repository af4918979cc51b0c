/* Small data sets for the tests of the engine. */
#ifndef RECKON_TESTS_ENGINE_FIXTURE_H
#define RECKON_TESTS_ENGINE_FIXTURE_H

#include <check.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "engine/dataset.h"

#define FIXTURE_NOW 1700000000u

struct fixture_event {
    uint32_t user, item, age_days; /* before FIXTURE_NOW */
    float weight;                  /* 0: 1 */
};

/* Events must come by user, oldest first. */
static inline void fixture_build(struct dataset *data, uint32_t n_users, uint32_t n_items,
                                 const struct fixture_event *events, size_t n)
{
    struct error err;
    ck_assert_int_eq(dataset_alloc(data, n_users, n_items, n, &err), 0);
    data->now = FIXTURE_NOW;
    for (uint32_t i = 0; i < n_items; i++)
        data->item_key[i] = rng_key(&i, sizeof i);
    size_t at = 0;
    for (uint32_t u = 0; u < n_users; u++) {
        data->user_key[u] = u + 1;
        for (; at < n && events[at].user == u; at++) {
            data->item[at] = events[at].item;
            data->time[at] = FIXTURE_NOW - events[at].age_days * 86400u;
            data->weight[at] = events[at].weight > 0 ? events[at].weight : 1;
        }
        data->user_start[u + 1] = at;
    }
    ck_assert_uint_eq(at, n);
}

/* Users with tastes: each prefers the items of one of five groups; repeats happen. */
static inline void fixture_random(struct dataset *data, uint32_t n_users, uint32_t n_items, uint32_t per_user,
                                  uint64_t seed)
{
    struct error err;
    ck_assert_int_eq(dataset_alloc(data, n_users, n_items, (uint64_t)n_users * per_user, &err), 0);
    data->now = FIXTURE_NOW;
    for (uint32_t i = 0; i < n_items; i++)
        data->item_key[i] = rng_key(&i, sizeof i);
    uint64_t at = 0;
    for (uint32_t u = 0; u < n_users; u++) {
        struct rng rng;
        rng_init(&rng, seed, u);
        data->user_key[u] = u + 1;
        uint32_t groups = n_items < 5 ? 1 : 5, taste = (uint32_t)rng_below(&rng, groups);
        uint32_t age = per_user + 30, n = 1 + (uint32_t)rng_below(&rng, per_user);
        for (uint32_t e = 0; e < n; e++, at++) {
            double x = rng_uniform(&rng);
            uint32_t item = (uint32_t)(x * x * n_items);
            if (rng_uniform(&rng) < 0.7)
                item = item / groups * groups + taste;
            data->item[at] = item < n_items ? item : n_items - 1;
            data->time[at] = FIXTURE_NOW - age * 86400u;
            data->weight[at] = 1;
            age -= (uint32_t)rng_below(&rng, 2);
        }
        data->user_start[u + 1] = at;
    }
    data->n_events = at;
}

/* What the items are described by: their group of five (as in fixture_random) in two words, and two of twenty
 * other words; every seventh item by nothing.  Release it after the dataset. */
static inline void fixture_terms(struct item_terms *out, struct dataset *data, uint64_t seed)
{
    enum { GROUP_WORDS = 10, WORDS = 30 };
    uint32_t n = data->n_items, at = 0;
    *out = (struct item_terms){.counts = {.rows = n, .cols = WORDS}};
    struct csr *m = &out->counts;
    out->key = mem_alloc(WORDS, sizeof *out->key);
    m->start = mem_zalloc((size_t)n + 1, sizeof *m->start);
    m->col = mem_alloc((size_t)n * 4, sizeof *m->col);
    m->val = mem_alloc((size_t)n * 4, sizeof *m->val);
    for (uint32_t t = 0; t < WORDS; t++)
        out->key[t] = 1000 + 17 * t;
    for (uint32_t i = 0; i < n; i++) {
        struct rng rng;
        rng_init(&rng, seed, i);
        uint32_t other = GROUP_WORDS + (uint32_t)rng_below(&rng, WORDS - GROUP_WORDS - 1);
        uint32_t words[4] = {i % 5 * 2, i % 5 * 2 + 1, other, other + 1};
        for (uint32_t k = 0; i % 7 != 6 && k < 4; k++, at++) {
            m->col[at] = words[k];
            m->val[at] = (float)(1 + rng_below(&rng, 2));
        }
        m->start[i + 1] = at;
    }
    data->terms = out;
}

/* Every user has one trait for the group of the first item, every third none, every second one more.  Release it
 * after the dataset. */
static inline void fixture_traits(struct user_traits *out, struct dataset *data)
{
    uint32_t n = data->n_users;
    uint64_t at = 0;
    *out = (struct user_traits){.n_users = n};
    out->user_key = mem_alloc(n, sizeof *out->user_key);
    out->start = mem_zalloc((size_t)n + 1, sizeof *out->start);
    out->trait = mem_alloc((size_t)n * 2, sizeof *out->trait);
    for (uint32_t u = 0; u < n; u++) {
        out->user_key[u] = data->user_key[u]; /* they ascend */
        if (u % 3 != 2)
            out->trait[at++] = 100 + data->item[data->user_start[u]] % 5;
        if (u % 2 == 0)
            out->trait[at++] = 200;
        out->start[u + 1] = at;
    }
    data->traits = out;
}

#endif
