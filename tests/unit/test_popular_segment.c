/* Popularity by segment: what a trait moves, and how little when few people share it. */
#include <math.h>

#include "base/mem.h"
#include "engine/kinds.h"
#include "tests/unit/check_main.h"
#include "tests/unit/engine_fixture.h"

#define ITEMS 4
#define LARGE 1
#define SMALL 2

/* Of 60 people everybody has item 0; item 1 is what the 30 of the large segment have, item 2 what 24 of the others have
 * and item 3 nobody.  A small segment of 10 is all for item 1. */
static struct dataset data;
static struct user_traits traits;

static struct model *train(double shrinkage)
{
    static struct fixture_event events[120];
    struct train_context ctx = {.seed = 1};
    struct model *model = NULL;
    size_t n = 0;
    for (uint32_t u = 0; u < 60; u++) {
        events[n++] = (struct fixture_event){u, 0, 2, 0};
        if (u < 54)
            events[n++] = (struct fixture_event){u, u < 30 ? 1 : 2, 1, 0};
    }
    fixture_build(&data, 60, ITEMS, events, n);
    traits = (struct user_traits){.n_users = 40};
    traits.user_key = mem_alloc(40, sizeof *traits.user_key);
    traits.start = mem_zalloc(41, sizeof *traits.start);
    traits.trait = mem_alloc(50, sizeof *traits.trait);
    uint64_t at = 0;
    for (uint32_t u = 0; u < 40; u++) { /* the first 40 users; nothing is known of the others */
        traits.user_key[u] = data.user_key[u];
        if (u < 30)
            traits.trait[at++] = LARGE;
        if (u < 10)
            traits.trait[at++] = SMALL;
        traits.start[u + 1] = at;
    }
    data.traits = &traits;
    model_default_params(&popular_segment_kind, &ctx.params);
    PARAM(&ctx.params, shrinkage) = shrinkage;
    ck_assert_int_eq(model_train(&model, &popular_segment_kind, &data, &ctx, NULL), 0);
    return model;
}

static void drop(struct model *model)
{
    model_free(model);
    dataset_release(&data);
    user_traits_release(&traits);
}

static void score(const struct model *model, const uint64_t *trait, uint32_t n, float *out)
{
    struct history nobody = {.now = FIXTURE_NOW, .n_traits = n, .trait = trait};
    model_score_one(model, &nobody, out, NULL);
}

START_TEST(test_the_formula)
{
    static const uint64_t large[] = {LARGE};
    float plain[ITEMS], moved[ITEMS];
    struct model *model = train(10);
    const double count[ITEMS] = {60, 30, 24, 0}, of_trait[ITEMS] = {30, 30, 0, 0};
    score(model, NULL, 0, plain);
    score(model, large, 1, moved);
    for (int i = 0; i < ITEMS; i++) {
        double p = (count[i] + 0.5) / 61, ratio = (of_trait[i] + 10.5 * p) / 40.5 / p;
        ck_assert_float_eq_tol(plain[i], (float)log(p), 1e-5f);
        ck_assert_float_eq_tol(moved[i], (float)(log(p) + log(ratio)), 1e-5f);
    }
    drop(model);
}
END_TEST

START_TEST(test_a_trait_of_few_people_is_no_trait)
{
    static const uint64_t both[] = {LARGE, SMALL}, strange[] = {SMALL, 77};
    float a[ITEMS], b[ITEMS];
    struct model *model = train(10);
    score(model, both, 1, a);
    score(model, both, 2, b);
    ck_assert_mem_eq(a, b, sizeof a);
    score(model, NULL, 0, a);
    score(model, strange, 2, b);
    ck_assert_mem_eq(a, b, sizeof a);
    struct tensor_set set = {0};
    ck_assert_int_eq(model_save(model, &set, NULL), 0);
    ck_assert_uint_eq(tensor_set_find(&set, "trait")->shape[0], 1);
    tensor_set_release(&set);
    drop(model);
}
END_TEST

START_TEST(test_shrinkage_keeps_to_the_whole)
{
    static const uint64_t large[] = {LARGE};
    float plain[ITEMS], moved[ITEMS];
    struct model *model = train(1e6);
    score(model, NULL, 0, plain);
    score(model, large, 1, moved);
    for (int i = 0; i < ITEMS; i++)
        ck_assert_float_eq_tol(plain[i], moved[i], 1e-3f);
    drop(model);
    model = train(0); /* nothing is impossible */
    score(model, large, 1, moved);
    for (int i = 0; i < ITEMS; i++)
        ck_assert(isfinite(moved[i]));
    ck_assert_float_gt(moved[1], moved[2]);
    drop(model);
}
END_TEST

START_TEST(test_without_traits_it_is_popularity)
{
    float a[ITEMS], b[ITEMS];
    struct train_context ctx = {.seed = 1};
    struct model *model = train(10), *popular = NULL;
    score(model, NULL, 0, a);
    model_default_params(&popular_kind, &ctx.params);
    ck_assert_int_eq(model_train(&popular, &popular_kind, &data, &ctx, NULL), 0);
    score(popular, NULL, 0, b);
    for (int i = 0; i < ITEMS; i++)
        for (int j = 0; j < ITEMS; j++)
            ck_assert((a[i] < a[j]) == (b[i] < b[j]));
    model_free(popular);
    drop(model);
}
END_TEST

CHECK_MAIN("popular_segment", test_the_formula, test_a_trait_of_few_people_is_no_trait,
           test_shrinkage_keeps_to_the_whole, test_without_traits_it_is_popularity)
