/* EASE^R: known answers, the limit on items, what it does not know. */
#include <math.h>
#include <string.h>

#include "base/job.h"
#include "base/mem.h"
#include "engine/kinds.h"
#include "tests/unit/check_main.h"
#include "tests/unit/engine_fixture.h"

static struct model *train(const struct dataset *data, struct train_context *ctx, double lambda, double max_items)
{
    struct model *model = NULL;
    struct error err;
    model_default_params(&ease_kind, &ctx->params);
    PARAM(&ctx->params, lambda) = lambda;
    PARAM(&ctx->params, max_items) = max_items;
    ck_assert_msg(model_train(&model, &ease_kind, data, ctx, &err) == 0, "%s", err.why);
    return model;
}

static void scores_of(const struct model *model, const struct history *h, float *scores)
{
    void *scratch = mem_alloc_aligned(1, ease_kind.score_scratch(model));
    model_score_one(model, h, scores, scratch);
    mem_free(scratch);
}

/* NumPy: P = inv(X.T @ X + 2 I); B = -P / diag(P); fill_diagonal(B, 0). */
static const struct fixture_event small[] = {
    {0, 0, 3, 0}, {0, 1, 2, 0}, {0, 4, 1, 0}, {1, 0, 2, 0}, {1, 2, 1, 0}, {2, 1, 2, 0}, {2, 2, 1, 0}, {3, 0, 9, 0},
    {3, 1, 9, 0}, {3, 2, 9, 0}, {4, 2, 8, 0}, {4, 3, 7, 0}, {5, 3, 2, 0}, {5, 4, 1, 0}};
static const double small_b[5][5] = {{0.0, 0.2478134, 0.3195876, -0.1129032, 0.1937984},
                                     {0.2478134, 0.0, 0.3195876, -0.1129032, 0.1937984},
                                     {0.271137, 0.271137, 0.0, 0.2419355, -0.1782946},
                                     {-0.122449, -0.122449, 0.3092784, 0.0, 0.2945736},
                                     {0.2186589, 0.2186589, -0.2371134, 0.3064516, 0.0}};
static const double small_scores[5] = {0.4664723, 0.4664723, 0.4020619, 0.0806452, 0.3875969}; /* of user 0 */

START_TEST(test_the_answer_is_that_of_numpy)
{
    struct dataset data;
    struct train_context ctx = {.seed = 1};
    fixture_build(&data, 6, 5, small, 14);
    struct model *model = train(&data, &ctx, 2, 100);
    ck_assert_str_eq(ctx.note, "");
    float scores[5];
    for (uint32_t i = 0; i < 5; i++) {
        ease_kind.similar(model, i, scores);
        for (uint32_t j = 0; j < 5; j++)
            ck_assert_double_eq_tol((double)scores[j], small_b[i][j], 1e-6);
    }
    struct history h = dataset_history(&data, 0);
    scores_of(model, &h, scores);
    for (uint32_t j = 0; j < 5; j++)
        ck_assert_double_eq_tol((double)scores[j], small_scores[j], 1e-6);
    model_free(model);
    dataset_release(&data);
}
END_TEST

/* The same matrices in float64, by elimination, on data with weights and decay. */
static void reference(const struct csr *x, double lambda, double *b)
{
    uint32_t n = x->cols;
    double *a = mem_zalloc((size_t)n * n, sizeof *a), *p = mem_zalloc((size_t)n * n, sizeof *p);
    for (uint32_t u = 0; u < x->rows; u++)
        for (uint64_t i = x->start[u]; i < x->start[u + 1]; i++)
            for (uint64_t j = x->start[u]; j < x->start[u + 1]; j++)
                a[x->col[i] * n + x->col[j]] += (double)x->val[i] * (double)x->val[j];
    for (uint32_t i = 0; i < n; i++)
        a[i * n + i] += lambda, p[i * n + i] = 1;
    for (uint32_t k = 0; k < n; k++) {
        double pivot = a[k * n + k];
        for (uint32_t j = 0; j < n; j++)
            a[k * n + j] /= pivot, p[k * n + j] /= pivot;
        for (uint32_t i = 0; i < n; i++) {
            double f = a[i * n + k];
            for (uint32_t j = 0; i != k && j < n; j++)
                a[i * n + j] -= f * a[k * n + j], p[i * n + j] -= f * p[k * n + j];
        }
    }
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < n; j++)
            b[i * n + j] = i == j ? 0 : -p[i * n + j] / p[j * n + j];
    mem_free(a);
    mem_free(p);
}

#define ITEMS 150 /* two blocks of the inverse, and a strip and a rest in scoring */

START_TEST(test_weighted_training_and_scoring_follow_the_formula)
{
    struct dataset data;
    struct csr x;
    static double b[ITEMS * ITEMS];
    static float scores[ITEMS];
    fixture_random(&data, 400, ITEMS, 30, 1);
    struct weighting w = {COUNT_SUM, 20, 0};
    ck_assert_int_eq(csr_from_events(&x, &data, &w, NULL), 0);
    reference(&x, 3, b);
    struct train_context ctx = {.seed = 1};
    struct model *model = NULL;
    model_default_params(&ease_kind, &ctx.params);
    PARAM(&ctx.params, lambda) = 3;
    PARAM(&ctx.params, counting) = COUNT_SUM;
    PARAM(&ctx.params, half_life_days) = 20;
    ck_assert_int_eq(model_train(&model, &ease_kind, &data, &ctx, NULL), 0);
    for (uint32_t u = 0; u < 50; u++) {
        struct history h = dataset_history(&data, u);
        scores_of(model, &h, scores);
        for (uint32_t j = 0; j < ITEMS; j++) {
            double sum = 0;
            for (uint64_t i = x.start[u]; i < x.start[u + 1]; i++)
                sum += (double)x.val[i] * b[x.col[i] * ITEMS + j];
            ck_assert_double_eq_tol((double)scores[j], sum, 1e-4);
        }
    }
    model_free(model);
    csr_release(&x);
    dataset_release(&data);
}
END_TEST

START_TEST(test_above_the_limit_the_most_popular_items_are_used)
{
    struct dataset data;
    struct train_context ctx = {.seed = 1};
    fixture_build(&data, 6, 5, small, 14);
    /* 0, 1 and 2 have three, three and four users; 3 and 4 two each */
    struct model *model = train(&data, &ctx, 2, 4);
    ck_assert_str_eq(ctx.note, "used the 4 most popular of 5 items; the others get the lowest score");
    float scores[5];
    double contribution[3];
    void *scratch = mem_alloc_aligned(1, ease_kind.score_scratch(model));
    for (uint32_t u = 0; u < 6; u++) {
        struct history h = dataset_history(&data, u);
        model_score_one(model, &h, scores, scratch);
        for (int i = 0; i < 4; i++)
            ck_assert_float_ge(scores[i], scores[4]);
        double rest = ease_kind.explain(model, &h, 4, contribution, scratch);
        ck_assert_double_eq_tol(rest, (double)scores[4], 1e-6);
        ck_assert_double_eq(contribution[0], 0);
    }
    ease_kind.similar(model, 4, scores);
    ck_assert_float_eq(scores[0], 0);
    mem_free(scratch);
    model_free(model);
    dataset_release(&data);
}
END_TEST

START_TEST(test_an_item_without_events_gets_the_lowest_score)
{
    struct dataset data;
    struct train_context ctx = {.seed = 1};
    fixture_build(&data, 6, 6, small, 14);
    struct model *model = train(&data, &ctx, 2, 100);
    float scores[6], lowest = 1;
    struct history h = dataset_history(&data, 4);
    scores_of(model, &h, scores);
    for (int i = 0; i < 5; i++)
        lowest = scores[i] < lowest ? scores[i] : lowest;
    ck_assert_float_eq(scores[5], lowest);
    model_free(model);
    dataset_release(&data);
}
END_TEST

START_TEST(test_events_outside_the_window_leave_no_trace)
{
    struct dataset with, without;
    struct train_context ctx = {.seed = 1};
    struct fixture_event old[15];
    memcpy(old, small, sizeof small);
    old[14] = (struct fixture_event){6, 2, 500, 0};
    fixture_build(&with, 7, 5, old, 15);
    fixture_build(&without, 6, 5, small, 14);
    struct model *model[2];
    float a[5], b[5];
    for (int m = 0; m < 2; m++) {
        model_default_params(&ease_kind, &ctx.params);
        PARAM(&ctx.params, window_days) = 30;
        ck_assert_int_eq(model_train(&model[m], &ease_kind, m == 0 ? &with : &without, &ctx, NULL), 0);
    }
    for (uint32_t i = 0; i < 5; i++) {
        ease_kind.similar(model[0], i, a);
        ease_kind.similar(model[1], i, b);
        ck_assert_mem_eq(a, b, sizeof a);
    }
    struct error err;
    struct model *none = NULL;
    PARAM(&ctx.params, window_days) = 0.5;
    ck_assert_int_eq(model_train(&none, &ease_kind, &with, &ctx, &err), E_BAD_DATA);
    ck_assert_ptr_nonnull(strstr(err.hint, "--window-days"));
    model_free(model[0]);
    model_free(model[1]);
    dataset_release(&with);
    dataset_release(&without);
}
END_TEST

struct canceller {
    struct job job;
    const char *when; /* how the note begins at which to cancel */
    int calls;
};

static void cancel_at(void *context, const char *note, double done, double total, const char *unit)
{
    struct canceller *c = context;
    (void)done;
    (void)total;
    (void)unit;
    c->calls++;
    if (strncmp(note, c->when, strlen(c->when)) == 0)
        job_cancel(&c->job);
}

START_TEST(test_a_cancel_in_each_phase_leaves_no_model)
{
    static const char *const phases[] = {"ease: item pairs", "ease"};
    struct dataset data;
    fixture_random(&data, 400, ITEMS, 30, 2);
    for (int p = 0; p < 2; p++) {
        struct canceller c = {.when = phases[p]};
        job_init(&c.job, cancel_at, &c);
        struct train_context ctx = {.seed = 1, .job = &c.job};
        struct model *model = NULL;
        model_default_params(&ease_kind, &ctx.params);
        ck_assert_int_eq(model_train(&model, &ease_kind, &data, &ctx, NULL), E_CANCELLED);
        ck_assert_ptr_null(model);
        ck_assert_int_ge(c.calls, 1);
    }
    dataset_release(&data);
}
END_TEST

CHECK_MAIN("ease", test_the_answer_is_that_of_numpy, test_weighted_training_and_scoring_follow_the_formula,
           test_above_the_limit_the_most_popular_items_are_used, test_an_item_without_events_gets_the_lowest_score,
           test_events_outside_the_window_leave_no_trace, test_a_cancel_in_each_phase_leaves_no_model)
