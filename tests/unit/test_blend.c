/* The blend: its weights, its members, its explanations and its files. */
#include "engine/blend.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "engine/blend_fit.h"
#include "engine/kinds.h"
#include "tests/unit/check_main.h"
#include "tests/unit/engine_fixture.h"

/* Users with one relevant item among 20, the first of them: member 0 is right about it two times in three (of
 * other users than member 1), member 2 is noise. */
static void half_right(struct blend_sample *s, uint32_t n_users)
{
    *s = (struct blend_sample){.n_users = n_users, .n_members = 3};
    s->start = mem_zalloc(n_users + 1, sizeof *s->start);
    s->z = mem_zalloc((size_t)n_users * 20 * 3, sizeof *s->z);
    s->relevant = mem_zalloc((size_t)n_users * 20, 1);
    s->n_relevant = mem_zalloc(n_users, sizeof *s->n_relevant);
    s->user_key = mem_zalloc(n_users, sizeof *s->user_key);
    for (uint32_t u = 0; u < n_users; u++) {
        struct rng rng;
        rng_init(&rng, 5, u);
        s->start[u + 1] = (u + 1) * 20u;
        s->n_relevant[u] = 1;
        s->user_key[u] = u + 1;
        uint32_t which = (uint32_t)rng_below(&rng, 20);
        s->relevant[u * 20 + which] = 1;
        for (uint32_t m = 0; m < 3; m++)
            for (uint32_t i = 0; i < 20; i++)
                s->z[u * 60 + m * 20 + i] = (float)rng_normal(&rng);
        if (u % 3 != 0)
            s->z[u * 60 + which] += 4;
        if (u % 3 != 1)
            s->z[u * 60 + 20 + which] += 4;
    }
}

START_TEST(test_members_that_complement_each_other_share_the_weight)
{
    struct blend_sample s;
    double weight[3], other[3], ndcg, alone;
    float scratch[20];
    half_right(&s, 400);
    ck_assert_int_eq(blend_fit(&s, 1, NULL, NULL, weight, &ndcg, NULL), 0);
    ck_assert_double_gt(weight[0], 0.3);
    ck_assert_double_gt(weight[1], 0.3);
    ck_assert_double_lt(weight[2], 0.1);
    ck_assert_double_eq_tol(weight[0] + weight[1] + weight[2], 1, 1e-12);
    alone = blend_fit_ndcg(&s, (const double[]){1, 0, 0}, scratch);
    ck_assert_double_gt(ndcg, alone + 0.03);
    struct pool *pool = pool_new(3);
    ck_assert_int_eq(blend_fit(&s, 1, pool, NULL, other, &ndcg, NULL), 0);
    ck_assert_mem_eq(weight, other, sizeof weight);
    pool_free(pool);
    blend_sample_release(&s);
}
END_TEST

START_TEST(test_fitting_stops_and_runs_out_of_memory_cleanly)
{
    struct blend_sample s;
    double weight[3], ndcg;
    struct job job;
    half_right(&s, 30);
    job_init(&job, NULL, NULL);
    job_cancel(&job);
    ck_assert_int_eq(blend_fit(&s, 1, NULL, &job, weight, &ndcg, NULL), E_CANCELLED);
    for (unsigned long n = 1; n < 12; n++) {
        mem_fail_after(n);
        int rc = blend_fit(&s, 1, NULL, NULL, weight, &ndcg, NULL);
        mem_fail_after(0);
        ck_assert_int_eq(rc, n < 8 ? E_NOMEM : rc);
    }
    blend_sample_release(&s);
}
END_TEST

static struct model *train(const struct dataset *data, struct train_context *ctx)
{
    struct model *model;
    struct error err = {0};
    model_default_params(&blend_kind, &ctx->params);
    int rc = model_train(&model, &blend_kind, data, ctx, &err);
    ck_assert_msg(rc == 0, "%s: %s", err.what, err.why);
    return model;
}

START_TEST(test_the_note_says_where_the_weights_come_from)
{
    struct dataset data;
    fixture_random(&data, 60, 25, 30, 2);
    data.now = 0;
    for (uint64_t e = 0; e < data.n_events; e++)
        data.now = data.time[e] > data.now ? data.time[e] : data.now;
    struct train_context ctx = {.seed = 3, .validation = split_defaults(SPLIT_TIME, ANSWER_REPEAT)};
    ctx.validation.test_days = 3;
    model_free(train(&data, &ctx));
    ck_assert_msg(strstr(ctx.note, "last 3 days") != NULL && strstr(ctx.note, "repeat") != NULL, "%s", ctx.note);
    ctx.validation = split_defaults(SPLIT_LAST, ANSWER_DISCOVER);
    model_free(train(&data, &ctx));
    ck_assert_msg(strstr(ctx.note, "last event") != NULL && strstr(ctx.note, "discover") != NULL, "%s", ctx.note);
    ctx.validation = (struct split_options){0};
    model_free(train(&data, &ctx));
    ck_assert_msg(strstr(ctx.note, "10 %") != NULL, "%s", ctx.note);
    dataset_release(&data);
}
END_TEST

START_TEST(test_without_anything_to_validate_on)
{
    static const struct fixture_event events[] = {{0, 0, 5, 0}, {1, 1, 5, 0}, {2, 1, 5, 0}};
    struct dataset data;
    fixture_build(&data, 3, 2, events, 3);
    struct train_context ctx = {.validation = split_defaults(SPLIT_TIME, ANSWER_DISCOVER)};
    struct model *model = train(&data, &ctx);
    ck_assert_msg(strstr(ctx.note, "nothing to validate on") != NULL, "%s", ctx.note);
    model_free(model);
    dataset_release(&data);
}
END_TEST

START_TEST(test_settings_of_members)
{
    struct member_setting s;
    struct error err;
    ck_assert_int_eq(blend_setting(&s, "ease-recent", "lambda", "300", &err), 0);
    ck_assert_str_eq(s.member, "ease-recent");
    ck_assert_int_eq(s.param, PARAM_ID_lambda);
    ck_assert_double_eq(s.value, 300);
    ck_assert_int_eq(blend_setting(&s, "easy", "lambda", "300", &err), E_NOT_FOUND);
    ck_assert_int_eq(blend_setting(&s, "ease", "dim", "3", &err), E_USAGE);
    ck_assert_int_eq(blend_setting(&s, "ease", "lambda", "-1", &err), E_USAGE);
    for (size_t i = 0; blend_member_name(i) != NULL; i++)
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(blend_member_name(i), blend_member_name(k));

    struct dataset data;
    fixture_random(&data, 60, 25, 30, 2);
    struct train_context ctx = {.seed = 3};
    struct tensor_set plain = {0}, set = {0};
    struct model *one = train(&data, &ctx), *other;
    struct member_setting all[8];
    size_t n = 0;
    for (size_t i = 0; blend_member_name(i) != NULL; i++)
        if (blend_member_kind(i) == &ease_kind)
            ck_assert_int_eq(blend_setting(&all[n++], blend_member_name(i), "lambda", "17", NULL), 0);
    ctx.settings = all;
    ctx.n_settings = n;
    other = train(&data, &ctx);
    ck_assert_int_eq(model_save(one, &plain, NULL), 0);
    ck_assert_int_eq(model_save(other, &set, NULL), 0);
    int seen = 0;
    for (size_t i = 0; i < n; i++) {
        char name[TENSOR_NAME_MAX * 4];
        snprintf(name, sizeof name, "%.31s/param.lambda", all[i].member);
        const char *text = tensor_set_meta(&set, name);
        seen += text != NULL;
        ck_assert(text == NULL || strcmp(text, "17") == 0);
    }
    ck_assert_int_gt(seen, 0);
    tensor_set_release(&plain);
    tensor_set_release(&set);
    model_free(one);
    model_free(other);
    dataset_release(&data);
}
END_TEST

START_TEST(test_damaged_files)
{
    struct dataset data;
    fixture_random(&data, 60, 20, 15, 2);
    struct train_context ctx = {.seed = 3};
    struct model *model = train(&data, &ctx), *loaded;
    static const struct {
        const char *meta, *text;
    } damages[] = {{"members", ""}, {"members", "nobody"}, {"members", ",,"}, {"members", "a,b"}};
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        struct tensor_set set = {0}, damaged = {0};
        struct error err = {0};
        ck_assert_int_eq(model_save(model, &set, NULL), 0);
        for (size_t t = 0; t < set.n_tensors; t++)
            ck_assert_int_eq(tensor_set_add(&damaged, set.tensors[t].name, set.tensors[t].type, set.tensors[t].dims,
                                            set.tensors[t].shape, set.tensors[t].data, NULL), 0);
        for (size_t m = 0; m < set.n_meta; m++)
            ck_assert_int_eq(tensor_set_put_meta(&damaged, set.meta[m].name,
                                                 strcmp(set.meta[m].name, damages[i].meta) == 0 ? damages[i].text
                                                                                                : set.meta[m].text,
                                                 NULL), 0);
        ck_assert_msg(model_load(&loaded, &damaged, &err) == E_CORRUPT, "%s=%s", damages[i].meta, damages[i].text);
        tensor_set_release(&set);
        tensor_set_release(&damaged);
    }
    model_free(model);
    dataset_release(&data);
}
END_TEST

/* The set of `model`, with every few_weight but the first one's set to 0, or without them. */
static void change_few(const struct model *model, struct tensor_set *set, struct tensor_set *out, bool without)
{
    int first = 1;
    ck_assert_int_eq(model_save(model, set, NULL), 0);
    for (size_t t = 0; t < set->n_tensors; t++)
        ck_assert_int_eq(tensor_set_add(out, set->tensors[t].name, set->tensors[t].type, set->tensors[t].dims,
                                        set->tensors[t].shape, set->tensors[t].data, NULL), 0);
    for (size_t m = 0; m < set->n_meta; m++) {
        const char *at = strstr(set->meta[m].name, "/few_weight");
        if (at != NULL && without)
            continue;
        ck_assert_int_eq(tensor_set_put_meta(out, set->meta[m].name,
                                             at == NULL ? set->meta[m].text : first ? "1" : "0", NULL), 0);
        first &= at == NULL;
    }
}

static double sum_of(const struct tensor_set *set, const char *end)
{
    double sum = 0;
    for (size_t m = 0; m < set->n_meta; m++) {
        const char *slash = strchr(set->meta[m].name, '/');
        sum += slash != NULL && strcmp(slash, end) == 0 ? atof(set->meta[m].text) : 0;
    }
    return sum;
}

START_TEST(test_short_histories_have_weights_of_their_own)
{
    enum { ITEMS = 25 };
    float before[ITEMS], after[ITEMS];
    struct dataset data;
    fixture_random(&data, 60, ITEMS, 30, 2);
    struct train_context ctx = {.seed = 3};
    struct model *model = train(&data, &ctx), *changed, *none;
    struct tensor_set set = {0}, other = {0}, again = {0}, bad = {0};
    change_few(model, &set, &other, false);
    ck_assert_double_eq_tol(sum_of(&set, "/weight"), 1, 1e-9);
    ck_assert_double_eq_tol(sum_of(&set, "/few_weight"), 1, 1e-9);
    ck_assert_int_eq(model_load(&changed, &other, NULL), 0);
    void *scratch = mem_alloc_aligned(1, blend_kind.score_scratch(model));
    uint32_t u = 0;
    while (dataset_history(&data, u).n < 20)
        u++;
    struct history h = dataset_history(&data, u);
    for (h.n = 1; h.n <= 12; h.n++) {
        model_score_one(model, &h, before, scratch);
        model_score_one(changed, &h, after, scratch);
        ck_assert_msg((memcmp(before, after, sizeof before) == 0) == (h.n >= 10), "with %u events", h.n);
    }
    change_few(model, &again, &bad, true);
    ck_assert_int_eq(model_load(&none, &bad, NULL), E_CORRUPT);
    mem_free(scratch);
    tensor_set_release(&set);
    tensor_set_release(&other);
    tensor_set_release(&again);
    tensor_set_release(&bad);
    model_free(changed);
    model_free(model);
    dataset_release(&data);
}
END_TEST

CHECK_MAIN("blend", test_short_histories_have_weights_of_their_own, test_members_that_complement_each_other_share_the_weight,
           test_fitting_stops_and_runs_out_of_memory_cleanly, test_the_note_says_where_the_weights_come_from,
           test_without_anything_to_validate_on, test_settings_of_members, test_damaged_files)
