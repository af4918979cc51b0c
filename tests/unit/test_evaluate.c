/* Evaluation against a vector computed elsewhere, and what must not change a figure. */
#include "engine/evaluate.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/check_main.h"
#include "tests/unit/engine_fixture.h"
#include "tests/unit/evaluate_vector.h"

/* A model that scores from the vector's table: who asks is told by the first item of the history. */
static void table_score(const struct model *self, const struct history *users, uint32_t n, float *scores,
                        size_t stride, void *scratch)
{
    (void)scratch;
    for (uint32_t u = 0; u < n; u++)
        memcpy(scores + u * stride, vector_scores[users[u].item[0]], self->n_items * sizeof *scores);
}

static size_t no_scratch(const struct model *self)
{
    (void)self;
    return 0;
}

static const struct model_kind table_kind = {.name = "table", .score = table_score, .score_scratch = no_scratch};
static const struct model table = {.kind = &table_kind, .n_items = VECTOR_ITEMS};

static struct split vector_split(struct dataset *data, enum answer_mode mode)
{
    struct split split;
    struct split_options options = split_defaults(SPLIT_TIME, mode);
    fixture_build(data, VECTOR_USERS, VECTOR_ITEMS, vector_events, sizeof vector_events / sizeof vector_events[0]);
    options.drop_unknown_items = false;
    ck_assert_int_eq(split_make(&split, data, &options, NULL), 0);
    return split;
}

static struct evaluation evaluate(const struct model *model, const struct split *split,
                                  struct evaluate_options options)
{
    struct evaluation out;
    struct error err = {0};
    int rc = evaluate_model(&out, model, split, &options, &err);
    ck_assert_msg(rc == 0, "%s: %s", err.what, err.why);
    return out;
}

START_TEST(test_every_figure_of_the_vector)
{
    struct dataset data;
    enum answer_mode mode = (enum answer_mode)_i;
    struct split split = vector_split(&data, mode);
    struct evaluate_options options = {.n_k = VECTOR_KS};
    memcpy(options.k, vector_k, sizeof vector_k);
    struct evaluation got = evaluate(&table, &split, options);
    ck_assert_uint_eq(got.n_users, vector_users[mode]);
    for (uint32_t j = 0; j < VECTOR_KS; j++)
        for (int id = 0; id < METRIC_COUNT; id++) {
            double mean = evaluation_mean(&got, (enum metric_id)id, vector_k[j]);
            ck_assert_msg(fabs(mean - vector_figures[mode][j][id]) < 1e-6, "%s@%u: %.9f, not %.9f",
                          metric_specs[id].name, vector_k[j], mean, vector_figures[mode][j][id]);
        }
    evaluation_release(&got);
    split_release(&split);
    dataset_release(&data);
}
END_TEST

/* Two users, by hand: equal scores go by item number; the list and the relevant items are kept. */
START_TEST(test_ties_and_lists_by_hand)
{
    static const struct fixture_event events[] = {{0, 0, 40, 0}, {0, 3, 5, 0}, {0, 0, 4, 0}};
    struct dataset data;
    struct split split;
    fixture_build(&data, 1, 4, events, 3);
    struct split_options how = split_defaults(SPLIT_TIME, ANSWER_DISCOVER);
    how.drop_unknown_items = false;
    ck_assert_int_eq(split_make(&split, &data, &how, NULL), 0);
    struct train_context ctx = {0};
    struct model *model;
    model_default_params(model_kind_find("popular"), &ctx.params);
    ck_assert_int_eq(model_train(&model, model_kind_find("popular"), &split.train, &ctx, NULL), 0);
    struct evaluation got = evaluate(model, &split, (struct evaluate_options){.k = {3}, .n_k = 1});
    ck_assert_uint_eq(got.list_length[0], 3); /* item 0 is not eligible */
    for (uint32_t i = 0; i < 3; i++)
        ck_assert_uint_eq(got.list[i].item, i + 1);
    ck_assert_uint_eq(got.relevant_start[1], 1);
    ck_assert_uint_eq(got.relevant[0], 3);
    ck_assert_double_eq(evaluation_mean(&got, METRIC_MRR, 3), 1.0 / 3);
    ck_assert_double_eq(evaluation_mean(&got, METRIC_AUC, 0), 0.5);
    evaluation_release(&got);
    model_free(model);
    split_release(&split);
    dataset_release(&data);
}
END_TEST

static struct model *train(const char *name, const struct dataset *data, struct pool *pool)
{
    struct model *model;
    struct train_context ctx = {.pool = pool, .seed = 9};
    model_default_params(model_kind_find(name), &ctx.params);
    ck_assert_int_eq(model_train(&model, model_kind_find(name), data, &ctx, NULL), 0);
    return model;
}

static void expect_same(const struct evaluation *a, const struct evaluation *b)
{
    ck_assert_uint_eq(a->n_users, b->n_users);
    for (uint32_t c = 0; c < a->n_columns; c++) {
        ck_assert_mem_eq(&a->column[c].mean, &b->column[c].mean, sizeof(double));
        if (a->column[c].value != NULL)
            ck_assert_mem_eq(a->column[c].value, b->column[c].value, a->n_users * sizeof(double));
    }
    ck_assert_mem_eq(a->list_length, b->list_length, a->n_users * sizeof *a->list_length);
    for (uint32_t u = 0; u < a->n_users; u++)
        ck_assert_mem_eq(a->list + (size_t)u * a->depth, b->list + (size_t)u * b->depth,
                         a->list_length[u] * sizeof *a->list);
}

START_TEST(test_threads_and_tiles_change_nothing)
{
    struct dataset data;
    struct split split;
    fixture_random(&data, 500, 60, 20, 4);
    struct split_options how = split_defaults(SPLIT_RANDOM, ANSWER_DISCOVER);
    ck_assert_int_eq(split_make(&split, &data, &how, NULL), 0);
    struct model *model = train("knn", &split.train, NULL);
    struct pool *pool = pool_new(3);
    for (uint32_t candidates = 0; candidates <= 20; candidates += 20) {
        struct evaluate_options options = {.k = {10, 3}, .n_k = 2, .candidates = candidates, .seed = 2};
        struct evaluation one = evaluate(model, &split, options), other;
        options.pool = pool;
        options.tile = 7;
        other = evaluate(model, &split, options);
        expect_same(&one, &other);
        evaluation_release(&one);
        evaluation_release(&other);
    }
    pool_free(pool);
    model_free(model);
    split_release(&split);
    dataset_release(&data);
}
END_TEST

START_TEST(test_candidates_are_drawn_fairly)
{
    struct dataset data;
    struct split split;
    fixture_random(&data, 2000, 300, 40, 4);
    struct split_options how = split_defaults(SPLIT_RANDOM, ANSWER_REPEAT);
    ck_assert_int_eq(split_make(&split, &data, &how, NULL), 0);
    struct model *model = train("random", &split.train, NULL);
    struct evaluate_options options = {.candidates = 50, .seed = 1};
    struct evaluation got = evaluate(model, &split, options), other;
    double relevant = 0;
    for (uint32_t u = 0; u < got.n_users; u++) {
        uint64_t n = got.relevant_start[u + 1] - got.relevant_start[u];
        ck_assert_uint_ge(n, 1);
        ck_assert_uint_le(n, EVALUATE_CANDIDATE_RELEVANT);
        relevant += (double)n / got.n_users;
    }
    /* of a random ranking: each relevant item is among the first 10 of 50 one time in five */
    ck_assert_double_eq_tol(evaluation_mean(&got, METRIC_RECALL, 10), 0.2, 0.02);
    ck_assert_double_eq_tol(evaluation_mean(&got, METRIC_PRECISION, 10), 0.02 * relevant, 0.002);
    ck_assert_double_eq_tol(evaluation_mean(&got, METRIC_AUC, 0), 0.5, 0.02);
    options.seed = 2;
    other = evaluate(model, &split, options);
    ck_assert(evaluation_mean(&got, METRIC_NDCG, 10) != evaluation_mean(&other, METRIC_NDCG, 10));
    evaluation_release(&other);
    options.candidates = 1000; /* more than there are: the full ranking of the (at most four) relevant items */
    other = evaluate(model, &split, options);
    ck_assert_uint_eq(other.n_users, got.n_users);
    evaluation_release(&other);
    evaluation_release(&got);
    model_free(model);
    split_release(&split);
    dataset_release(&data);
}
END_TEST

START_TEST(test_only_what_was_asked_for)
{
    struct dataset data;
    struct split split = vector_split(&data, ANSWER_REPEAT);
    struct evaluation got = evaluate(&table, &split, (struct evaluate_options){.metrics = METRIC_BIT(NDCG)});
    ck_assert_uint_eq(got.n_columns, 1);
    ck_assert_uint_eq(got.column[0].k, 10);
    ck_assert_ptr_null(evaluation_column(&got, METRIC_AUC, 0));
    evaluation_release(&got);
    split_release(&split);
    dataset_release(&data);
}
END_TEST

START_TEST(test_wrong_questions)
{
    struct dataset data;
    struct split split = vector_split(&data, ANSWER_REPEAT);
    struct evaluation out;
    struct error err;
    struct evaluate_options options = {.k = {0}, .n_k = 1};
    ck_assert_int_eq(evaluate_model(&out, &table, &split, &options, &err), E_USAGE);
    options = (struct evaluate_options){.candidates = 4};
    ck_assert_int_eq(evaluate_model(&out, &table, &split, &options, &err), E_USAGE);
    struct model other = {.kind = &table_kind, .n_items = VECTOR_ITEMS - 1};
    options = (struct evaluate_options){.n_k = 0};
    ck_assert_int_eq(evaluate_model(&out, &other, &split, &options, &err), E_BAD_DATA);
    struct job job;
    job_init(&job, NULL, NULL);
    job_cancel(&job);
    options.job = &job;
    ck_assert_int_eq(evaluate_model(&out, &table, &split, &options, &err), E_CANCELLED);
    options.job = NULL;
    for (unsigned long n = 1;; n++) {
        mem_fail_after(n);
        int rc = evaluate_model(&out, &table, &split, &options, NULL);
        mem_fail_after(0);
        if (rc == 0)
            break;
        ck_assert_int_eq(rc, E_NOMEM);
    }
    evaluation_release(&out);
    split_release(&split);
    dataset_release(&data);
}
END_TEST

START_TEST(test_seeds_are_averaged_by_user)
{
    struct dataset data;
    struct evaluation part[2], mean;
    fixture_random(&data, 100, 60, 20, 4);
    for (uint64_t seed = 0; seed < 2; seed++) {
        struct split split;
        struct split_options how = split_defaults(SPLIT_RANDOM, ANSWER_DISCOVER);
        how.seed = seed;
        ck_assert_int_eq(split_make(&split, &data, &how, NULL), 0);
        struct model *model = train("popular", &split.train, NULL);
        part[seed] = evaluate(model, &split, (struct evaluate_options){.k = {5, 10}, .n_k = 2});
        model_free(model);
        split_release(&split);
    }
    const struct evaluation *parts[] = {&part[0], &part[1]};
    ck_assert_int_eq(evaluation_average(&mean, parts, 2, NULL), 0);
    ck_assert_uint_ge(mean.n_users, part[0].n_users);
    for (uint32_t c = 0; c < mean.n_columns; c++)
        ck_assert_double_eq_tol(mean.column[c].mean, (part[0].column[c].mean + part[1].column[c].mean) / 2, 1e-12);
    ck_assert_uint_eq(mean.n_columns, part[0].n_columns);
    for (uint32_t u = 1; u < mean.n_users; u++)
        ck_assert_uint_gt(mean.user_key[u], mean.user_key[u - 1]);
    evaluation_release(&mean);
    evaluation_release(&part[1]);
    part[1] = (struct evaluation){0};
    ck_assert_int_eq(evaluation_average(&mean, parts, 2, NULL), E_USAGE);
    evaluation_release(&part[0]);
    dataset_release(&data);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("evaluate");
    TCase *tc = tcase_create("all");
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, test_every_figure_of_the_vector, ANSWER_REPEAT, ANSWER_DISCOVER + 1);
    tcase_add_test(tc, test_ties_and_lists_by_hand);
    tcase_add_test(tc, test_threads_and_tiles_change_nothing);
    tcase_add_test(tc, test_candidates_are_drawn_fairly);
    tcase_add_test(tc, test_only_what_was_asked_for);
    tcase_add_test(tc, test_wrong_questions);
    tcase_add_test(tc, test_seeds_are_averaged_by_user);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
