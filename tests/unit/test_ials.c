/* iALS: the kernels against plain loops, the solver against the normal equations, and what training promises. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/curves.h"
#include "base/job.h"
#include "base/mem.h"
#include "base/rng.h"
#include "engine/dense.h"
#include "engine/ials_block.h"
#include "engine/ials_solver.h"
#include "engine/ials_train.h"
#include "engine/kinds.h"
#include "tests/unit/check_main.h"
#include "tests/unit/engine_fixture.h"

#define MANY 100
#define WIDTH 48

struct problem {
    float fixed[MANY * WIDTH], gram[WIDTH * WIDTH], weight[MANY], x[WIDTH];
    uint32_t index[MANY];
};

static void problem_init(struct problem *p, uint64_t seed, uint32_t dim)
{
    struct rng rng;
    rng_init(&rng, seed, 1);
    memset(p, 0, sizeof *p);
    for (int i = 0; i < MANY; i++) {
        for (uint32_t k = 0; k < dim; k++)
            p->fixed[i * WIDTH + (int)k] = (float)(rng_normal(&rng) * 0.4);
        p->index[i] = (uint32_t)((i * 37) % MANY);
        p->weight[i] = (float)(0.2 + 3 * rng_uniform(&rng));
    }
    for (uint32_t k = 0; k < dim; k++)
        p->x[k] = (float)rng_normal(&rng);
    uint32_t width = dense_pad(dim);
    for (uint32_t i = 0; i < dim; i++)
        for (uint32_t j = 0; j < dim; j++) {
            double sum = 0;
            for (int n = 0; n < MANY; n++)
                sum += (double)p->fixed[n * WIDTH + (int)i] * (double)p->fixed[n * WIDTH + (int)j];
            p->gram[i * width + j] = (float)sum;
        }
}

/* Several segments of rows and several strips. */
START_TEST(test_gram_matrices)
{
    enum { rows = 3000, dim = 70, width = 80 };
    float *v = mem_zalloc(rows * width, sizeof *v), *one = mem_alloc(width * width, sizeof *one);
    float *two = mem_alloc(width * width, sizeof *two);
    struct rng rng;
    rng_init(&rng, 5, 5);
    for (int i = 0; i < rows * width; i++)
        v[i] = i % width < dim ? (float)rng_uniform(&rng) : 0;
    struct pool *pool = pool_new(2);
    ck_assert_int_eq(ials_gram(one, v, rows, dim, NULL, NULL, NULL), 0);
    ck_assert_int_eq(ials_gram(two, v, rows, dim, pool, NULL, NULL), 0);
    ck_assert_mem_eq(one, two, width * width * sizeof *one);
    for (int i = 0; i < width; i++)
        for (int j = 0; j < width; j++) {
            double sum = 0;
            for (int n = 0; n < rows; n++)
                sum += (double)v[n * width + i] * (double)v[n * width + j];
            ck_assert_double_eq_tol((double)one[i * width + j], sum, 1e-6 * (sum + 1));
        }
    pool_free(pool);
    mem_free(v);
    mem_free(one);
    mem_free(two);
}
END_TEST

START_TEST(test_block_kernels_have_the_bits_of_the_plain_loops)
{
    static const size_t lengths[] = {0, 1, 15, 16, 17, 40, 100};
    static struct problem p;
    problem_init(&p, 1, WIDTH);
    for (size_t n = 0; n < 7; n++)
        for (int weighted = 0; weighted < 2; weighted++) {
            struct ials_entries e = {p.fixed, WIDTH, p.index, weighted ? p.weight : NULL, lengths[n]};
            float r[2][MANY] = {{0}}, a[2][256], rhs[2][16], delta[2][16];
            size_t bytes = sizeof r[0];
            ials_block_residuals(&e, p.x, WIDTH, r[0]);
            ials_block_residuals_plain(&e, p.x, WIDTH, r[1]);
            ck_assert_mem_eq(r[0], r[1], bytes);
            ials_block_sum(&e, 16, r[0], a[0], rhs[0]);
            ials_block_sum_plain(&e, 16, r[1], a[1], rhs[1]);
            ck_assert_mem_eq(a[0], a[1], sizeof a[0]);
            ck_assert_mem_eq(rhs[0], rhs[1], sizeof rhs[0]);
            ials_block_rest(p.gram, WIDTH, 0.3f, 1.5f, 16, p.x, a[0], rhs[0]);
            ials_block_rest_plain(p.gram, WIDTH, 0.3f, 1.5f, 16, p.x, a[1], rhs[1]);
            ck_assert_mem_eq(a[0], a[1], sizeof a[0]);
            ck_assert_mem_eq(rhs[0], rhs[1], sizeof rhs[0]);
            ials_block_solve(a[0], rhs[0], delta[0]);
            ials_block_solve_plain(a[1], rhs[1], delta[1]);
            ck_assert_mem_eq(delta[0], delta[1], sizeof delta[0]);
            ials_block_update(&e, 16, delta[0], r[0]);
            ials_block_update_plain(&e, 16, delta[1], r[1]);
            ck_assert_mem_eq(r[0], r[1], bytes);
        }
}
END_TEST

START_TEST(test_a_block_solution_solves)
{
    static struct problem p;
    problem_init(&p, 2, WIDTH);
    struct ials_entries e = {p.fixed, WIDTH, p.index, p.weight, 60};
    float ones[MANY], a[256], kept[256], rhs[16], delta[16];
    for (int i = 0; i < MANY; i++)
        ones[i] = 1;
    ials_block_sum(&e, 32, ones, a, rhs);
    memcpy(kept, a, sizeof a);
    ials_block_solve(a, rhs, delta);
    for (int i = 0; i < 16; i++) {
        double sum = 0;
        for (int j = 0; j < 16; j++)
            sum += (double)kept[i * 16 + j] * (double)delta[j];
        ck_assert_double_eq_tol(sum, (double)rhs[i], 1e-3);
    }
    float none[256] = {0}, b[16] = {1, 2}, d[16];
    none[0] = 4;
    ials_block_solve(none, b, d);
    ck_assert_float_eq(d[0], 0.25f);
    for (int i = 1; i < 16; i++)
        ck_assert_float_eq(d[i], 0);
}
END_TEST

static struct ials_side side_of(const struct problem *p, uint32_t dim, uint32_t block)
{
    return (struct ials_side){.fixed = p->fixed, .stride = WIDTH, .gram = p->gram, .dim = dim, .block = block,
                              .unobserved_weight = 0.2, .reg = 0.3, .reg_exponent = 0.7, .others = MANY};
}

/* The gradient of the loss at x, in float64. */
static double gradient_norm(const struct problem *p, const struct ials_side *s, const float *weight, size_t n,
                            const float *x)
{
    double g[WIDTH] = {0}, sum = 0, total = 0;
    for (size_t i = 0; i < n; i++)
        sum += weight == NULL ? 1 : (double)weight[i];
    double ridge = s->reg * pow(sum + s->unobserved_weight * s->others, s->reg_exponent);
    for (uint32_t k = 0; k < s->dim; k++)
        g[k] = ridge * (double)x[k];
    for (size_t j = 0; j < MANY + n; j++) {
        const float *v = p->fixed + (j < MANY ? j : p->index[j - MANY]) * WIDTH;
        double dot = 0, w = j < MANY ? s->unobserved_weight : weight == NULL ? 1 : (double)weight[j - MANY];
        for (uint32_t k = 0; k < s->dim; k++)
            dot += (double)v[k] * (double)x[k];
        for (uint32_t k = 0; k < s->dim; k++)
            g[k] += w * (dot - (j < MANY ? 0 : 1)) * (double)v[k];
    }
    for (uint32_t k = 0; k < s->dim; k++)
        total += g[k] * g[k];
    return sqrt(total);
}

START_TEST(test_a_row_solves_the_normal_equations)
{
    static struct problem p;
    static const uint32_t dims[] = {3, 16, 40, 48};
    for (int d = 0; d < 4; d++)
        for (int weighted = 0; weighted < 2; weighted++) {
            problem_init(&p, 3, dims[d]);
            const float *weight = weighted ? p.weight : NULL;
            struct ials_side exact = side_of(&p, dims[d], WIDTH), blocks = side_of(&p, dims[d], 16);
            void *scratch = mem_alloc_aligned(1, ials_scratch(dims[d], WIDTH, MANY));
            float x[WIDTH], y[WIDTH] = {0};
            double start = gradient_norm(&p, &exact, weight, 30, y);
            ials_solve_row(&exact, p.index, weight, 30, x, NULL, scratch);
            ck_assert_double_lt(gradient_norm(&p, &exact, weight, 30, x), 1e-4 * start);
            for (int pass = 0; pass < 40; pass++)
                ials_solve_row(&blocks, p.index, weight, 30, y, NULL, scratch);
            for (uint32_t k = 0; k < dims[d]; k++)
                ck_assert_float_eq_tol(x[k], y[k], 1e-4f);
            for (uint32_t k = dims[d]; k < dense_pad(dims[d]); k++)
                ck_assert(fpclassify(x[k]) == FP_ZERO && fpclassify(y[k]) == FP_ZERO);
            ials_solve_row(&exact, p.index, weight, 0, x, NULL, scratch);
            ck_assert_float_eq(x[0], 0);
            mem_free(scratch);
        }
}
END_TEST

/* numpy.linalg.solve(w0 V.T V + sum w v v.T + reg (sum w + w0 others)^nu I, sum w v) */
START_TEST(test_a_row_is_that_of_numpy)
{
    static const float v[5 * 3] = {.5f, -.25f, 1, 0, 1, .75f, -1, .5f, .25f, .125f, 0, 2, 1, 1, -.5f};
    static const uint32_t index[3] = {0, 2, 3};
    static const float weight[3] = {1, 2.5f, .5f};
    static const double want[3] = {-0.39638596470331033, 0.20979681367603464, 0.4567692046313308};
    float wide[5 * 16] = {0}, gram[256], x[16];
    for (int i = 0; i < 15; i++)
        wide[i / 3 * 16 + i % 3] = v[i];
    ck_assert_int_eq(ials_gram(gram, wide, 5, 3, NULL, NULL, NULL), 0);
    struct ials_side side = {.fixed = v, .stride = 3, .gram = gram, .dim = 3, .block = 16,
                             .unobserved_weight = 0.3, .reg = 0.2, .reg_exponent = 0.8, .others = 5};
    void *scratch = mem_alloc_aligned(1, ials_scratch(3, 16, 3));
    ials_solve_row(&side, index, weight, 3, x, NULL, scratch);
    for (int k = 0; k < 3; k++)
        ck_assert_double_eq_tol((double)x[k], want[k], 1e-5);
    mem_free(scratch);
}
END_TEST

/* More entries than are summed up in float32 at once. */
START_TEST(test_long_rows)
{
    static struct problem p;
    problem_init(&p, 4, WIDTH);
    uint32_t n = 9000;
    uint32_t *index = mem_alloc(n, sizeof *index);
    for (uint32_t i = 0; i < n; i++)
        index[i] = i % MANY;
    struct ials_side exact = side_of(&p, WIDTH, WIDTH), blocks = side_of(&p, WIDTH, 16);
    void *scratch = mem_alloc_aligned(1, ials_scratch(WIDTH, WIDTH, n));
    float x[WIDTH], y[WIDTH] = {0};
    ials_solve_row(&exact, index, NULL, n, x, NULL, scratch);
    for (int pass = 0; pass < 200; pass++)
        ials_solve_row(&blocks, index, NULL, n, y, NULL, scratch);
    for (uint32_t k = 0; k < WIDTH; k++)
        ck_assert_float_eq_tol(x[k], y[k], 1e-3f);
    mem_free(scratch);
    mem_free(index);
}
END_TEST

START_TEST(test_every_sweep_lowers_the_loss)
{
    struct dataset data;
    struct csr by_user, by_item;
    fixture_random(&data, 60, 50, 20, 5);
    struct weighting w = {COUNT_SUM, 0, 0};
    ck_assert_int_eq(csr_from_events(&by_user, &data, &w, NULL), 0);
    ck_assert_int_eq(csr_transpose(&by_item, &by_user, NULL), 0);
    double used = 0;
    for (uint32_t i = 0; i < 50; i++)
        used += by_item.start[i + 1] > by_item.start[i];
    static float x[60 * WIDTH], y[50 * WIDTH], gram[WIDTH * WIDTH];
    struct rng rng;
    rng_init(&rng, 6, 6);
    for (uint32_t i = 0; i < 50 * WIDTH; i++)
        y[i] = by_item.start[i / WIDTH + 1] > by_item.start[i / WIDTH] ? (float)(0.1 * rng_normal(&rng)) : 0;
    struct ials_side users = {.fixed = y, .stride = WIDTH, .gram = gram, .dim = WIDTH, .block = 16,
                              .unobserved_weight = 0.3, .reg = 0.2, .reg_exponent = 0.5, .others = used};
    struct ials_side items = users;
    items.fixed = x;
    items.others = 60;
    struct ials_progress progress = {.note = "test", .share = 1, .total = 1};
    double before = INFINITY;
    for (int epoch = 0; epoch < 6; epoch++) {
        ck_assert_int_eq(ials_gram(gram, y, 50, WIDTH, NULL, NULL, NULL), 0);
        ck_assert_int_eq(ials_sweep(&users, &by_user, x, NULL, &progress, NULL), 0);
        double after = ials_loss_plain(&by_user, x, y, WIDTH, 0.3, 0.2, 0.5);
        ck_assert_double_lt(after, before);
        before = after;
        ck_assert_int_eq(ials_gram(gram, x, 60, WIDTH, NULL, NULL, NULL), 0);
        ck_assert_int_eq(ials_sweep(&items, &by_item, y, NULL, &progress, NULL), 0);
        after = ials_loss_plain(&by_user, x, y, WIDTH, 0.3, 0.2, 0.5);
        ck_assert_double_lt(after, before);
        before = after;
    }
    csr_release(&by_user);
    csr_release(&by_item);
    dataset_release(&data);
}
END_TEST

static void params_for(struct params *params, double dim, double epochs)
{
    model_default_params(&ials_kind, params);
    PARAM(params, dim) = dim;
    PARAM(params, epochs) = epochs;
    PARAM(params, reg) = 1;
}

/* At convergence the items solve their equations for users who were folded in: folding in is training. */
START_TEST(test_folding_in_is_what_training_does)
{
    struct dataset data;
    fixture_random(&data, 80, 40, 20, 7);
    struct train_context ctx = {.seed = 3};
    struct ials_factors f;
    params_for(&ctx.params, 8, 400);
    ck_assert_int_eq(ials_factorise(&f, &data, &ctx, 400, "test", NULL, NULL, NULL, NULL), 0);
    struct weighting w = weighting_from_params(&ctx.params);
    struct csr by_user, by_item;
    ck_assert_int_eq(csr_from_events(&by_user, &data, &w, NULL), 0);
    ck_assert_int_eq(csr_transpose(&by_item, &by_user, NULL), 0);
    double used = 0;
    for (uint32_t i = 0; i < 40; i++)
        used += by_item.start[i + 1] > by_item.start[i];
    static float x[80 * 16], y[40 * 16], gram[256];
    struct ials_side users = {.fixed = f.items, .stride = 16, .gram = f.gram, .dim = 8, .block = 16,
                              .unobserved_weight = PARAM(&ctx.params, unobserved_weight),
                              .reg = PARAM(&ctx.params, reg), .reg_exponent = PARAM(&ctx.params, reg_exponent),
                              .others = used};
    struct ials_side items = users;
    struct ials_progress progress = {.note = "test", .share = 1, .total = 1};
    ck_assert_int_eq(ials_sweep(&users, &by_user, x, NULL, &progress, NULL), 0);
    ck_assert_int_eq(ials_gram(gram, x, 80, 8, NULL, NULL, NULL), 0);
    items.fixed = x;
    items.gram = gram;
    items.others = 80;
    ck_assert_int_eq(ials_sweep(&items, &by_item, y, NULL, &progress, NULL), 0);
    for (uint32_t i = 0; i < 40; i++)
        for (uint32_t k = 0; k < 8; k++)
            ck_assert_float_eq_tol(y[i * 16 + k], f.items[i * 16 + k], 2e-3f);
    ials_factors_release(&f);
    csr_release(&by_user);
    csr_release(&by_item);
    dataset_release(&data);
}
END_TEST

START_TEST(test_similar_users_get_what_the_others_have)
{
    struct dataset data;
    fixture_random(&data, 300, 57, 25, 8);
    struct train_context ctx = {.seed = 3};
    struct model *model = NULL;
    params_for(&ctx.params, 16, 16);
    ck_assert_int_eq(model_train(&model, &ials_kind, &data, &ctx, NULL), 0);
    /* A stranger who likes items 3, 8 and 13 (taste 3 of five) gets more of the same. */
    static const uint32_t item[3] = {3, 8, 13}, time[3] = {FIXTURE_NOW, FIXTURE_NOW, FIXTURE_NOW};
    static const float weight[3] = {1, 1, 1};
    struct history h = {.n = 3, .item = item, .time = time, .weight = weight, .now = FIXTURE_NOW};
    float scores[57];
    void *scratch = mem_alloc_aligned(1, ials_kind.score_scratch(model));
    model_score_one(model, &h, scores, scratch);
    ck_assert_float_gt(scores[18], scores[17]);
    ck_assert_float_gt(scores[18], scores[19]);
    ck_assert_float_gt(scores[23], scores[22]);
    ials_kind.similar(model, 3, scores);
    ck_assert_float_eq_tol(scores[3], 1, 1e-5f);
    ck_assert_float_gt(scores[8], scores[7]);
    mem_free(scratch);
    model_free(model);
    dataset_release(&data);
}
END_TEST

START_TEST(test_an_item_without_events_gets_the_lowest_score)
{
    struct dataset data;
    fixture_random(&data, 80, 40, 20, 9);
    data.n_items = 40;
    for (uint64_t i = 0; i < data.n_events; i++)
        if (data.item[i] == 12)
            data.item[i] = 13;
    struct train_context ctx = {.seed = 3};
    struct model *model = NULL;
    params_for(&ctx.params, 20, 5);
    ck_assert_int_eq(model_train(&model, &ials_kind, &data, &ctx, NULL), 0);
    void *scratch = mem_alloc_aligned(1, ials_kind.score_scratch(model));
    for (uint32_t u = 0; u < 80; u++) {
        float scores[40], lowest = INFINITY;
        double contribution[20];
        struct history h = dataset_history(&data, u);
        model_score_one(model, &h, scores, scratch);
        for (int i = 0; i < 40; i++)
            lowest = i != 12 && scores[i] < lowest ? scores[i] : lowest;
        ck_assert_float_eq(scores[12], lowest);
        ck_assert_double_eq_tol(ials_kind.explain(model, &h, 12, contribution, scratch), (double)lowest, 1e-5);
        ck_assert_double_eq(contribution[0], 0);
    }
    mem_free(scratch);
    model_free(model);
    dataset_release(&data);
}
END_TEST

/* A person without events that count leaves no trace, and nobody's place in the data matters. */
START_TEST(test_who_has_nothing_in_the_window_leaves_no_trace)
{
    struct dataset data, more;
    fixture_random(&data, 80, 40, 20, 10);
    ck_assert_int_eq(dataset_alloc(&more, 81, 40, data.n_events + 1, NULL), 0);
    more.now = data.now;
    memcpy(more.item_key, data.item_key, 40 * sizeof *data.item_key);
    memcpy(more.user_key + 1, data.user_key, 80 * sizeof *data.user_key);
    more.user_key[0] = 999;
    more.item[0] = 7;
    more.time[0] = FIXTURE_NOW - 400u * 86400;
    more.weight[0] = 1;
    memcpy(more.item + 1, data.item, data.n_events * sizeof *data.item);
    memcpy(more.time + 1, data.time, data.n_events * sizeof *data.time);
    memcpy(more.weight + 1, data.weight, data.n_events * sizeof *data.weight);
    for (uint32_t u = 0; u <= 80; u++)
        more.user_start[u + 1] = data.user_start[u] + 1;
    struct train_context ctx = {.seed = 3};
    struct ials_factors a, b;
    params_for(&ctx.params, 20, 5);
    PARAM(&ctx.params, window_days) = 300;
    ck_assert_int_eq(ials_factorise(&a, &data, &ctx, 5, "test", NULL, NULL, NULL, NULL), 0);
    ck_assert_int_eq(ials_factorise(&b, &more, &ctx, 5, "test", NULL, NULL, NULL, NULL), 0);
    ck_assert_mem_eq(a.items, b.items, 40 * 32 * sizeof *a.items);
    ck_assert_mem_eq(a.gram, b.gram, 32 * 32 * sizeof *a.gram);
    ials_factors_release(&a);
    ials_factors_release(&b);
    dataset_release(&data);
    dataset_release(&more);
}
END_TEST

START_TEST(test_early_stopping_finds_the_epochs_and_says_so)
{
    struct dataset data;
    fixture_random(&data, 300, 57, 25, 11);
    struct train_context ctx = {.seed = 3};
    struct model *early = NULL, *fixed = NULL;
    params_for(&ctx.params, 16, 60);
    PARAM(&ctx.params, patience) = 2;
    ck_assert_int_eq(model_train(&early, &ials_kind, &data, &ctx, NULL), 0);
    unsigned epochs = 0, ran = 0, best = 0;
    double ndcg = 0;
    ck_assert_msg(sscanf(ctx.note,
                         "%u epochs on all events: of %u on the validation split, number %u had the best NDCG@10 (%lf)",
                         &epochs, &ran, &best, &ndcg) == 4, "%s", ctx.note);
    ck_assert_uint_eq(epochs, best);
    ck_assert(ran == best + 2 || ran == 60);
    ck_assert_double_gt(ndcg, 0.1);
    /* and it is the model of that many epochs */
    params_for(&ctx.params, 16, epochs);
    ck_assert_int_eq(model_train(&fixed, &ials_kind, &data, &ctx, NULL), 0);
    ck_assert_str_eq(ctx.note, "");
    float a[57], b[57];
    for (uint32_t i = 0; i < 57; i++) {
        ials_kind.similar(early, i, a);
        ials_kind.similar(fixed, i, b);
        ck_assert_mem_eq(a, b, sizeof a);
    }
    model_free(early);
    model_free(fixed);
    dataset_release(&data);
}
END_TEST

static int take_curve(void *context, const struct curve *c)
{
    struct curve *out = context;
    if (strcmp(c->name, out->name) == 0)
        *out = *c;
    return 0;
}

/* Curves are told, and whoever keeps them gets the same model. */
START_TEST(test_watching_changes_nothing)
{
    struct dataset data;
    fixture_random(&data, 300, 57, 25, 11);
    struct train_context ctx = {.seed = 3};
    struct model *alone = NULL, *watched = NULL;
    struct curves curves;
    struct job job;
    params_for(&ctx.params, 16, 12);
    PARAM(&ctx.params, patience) = 50;
    ck_assert_int_eq(model_train(&alone, &ials_kind, &data, &ctx, NULL), 0);
    job_init(&job, NULL, NULL);
    curves_init(&curves);
    job.curves = &curves;
    ctx.job = &job;
    ck_assert_int_eq(model_train(&watched, &ials_kind, &data, &ctx, NULL), 0);
    for (uint32_t i = 0; i < 57; i++) {
        float a[57], b[57];
        ials_kind.similar(alone, i, a);
        ials_kind.similar(watched, i, b);
        ck_assert_mem_eq(a, b, sizeof a);
    }
    struct curve loss = {.name = "ials, validation: loss"}, ndcg = {.name = "ials, validation: ndcg@10"};
    curves_each(&curves, take_curve, &loss);
    curves_each(&curves, take_curve, &ndcg);
    ck_assert_uint_eq(loss.n, 12);
    ck_assert_uint_eq(ndcg.n, 12);
    ck_assert_double_eq(ndcg.x[11], 12);
    for (size_t i = 1; i < 4; i++)
        ck_assert_double_lt(loss.y[i], loss.y[i - 1]);
    curves_release(&curves);
    model_free(alone);
    model_free(watched);
    dataset_release(&data);
}
END_TEST

START_TEST(test_a_dimension_beyond_the_data_and_no_regulariser_stay_finite)
{
    static const struct fixture_event same[] = {{0, 0, 9, 0}, {0, 1, 8, 0}, {1, 0, 9, 0}, {1, 1, 8, 0}};
    struct dataset data;
    fixture_build(&data, 2, 3, same, 4);
    struct train_context ctx = {.seed = 1};
    struct model *model = NULL;
    float scores[3];
    for (double dim = 4; dim <= 40; dim += 36) {
        params_for(&ctx.params, dim, 10);
        PARAM(&ctx.params, reg) = 0;
        PARAM(&ctx.params, unobserved_weight) = 0;
        ck_assert_int_eq(model_train(&model, &ials_kind, &data, &ctx, NULL), 0);
        struct history h = dataset_history(&data, 0);
        void *scratch = mem_alloc_aligned(1, ials_kind.score_scratch(model));
        model_score_one(model, &h, scores, scratch);
        for (int i = 0; i < 3; i++)
            ck_assert(isfinite(scores[i]));
        ck_assert_float_eq_tol(scores[0], 1, 0.01f);
        mem_free(scratch);
        model_free(model);
    }
    dataset_release(&data);
}
END_TEST

START_TEST(test_a_model_too_large_for_memory_is_refused_in_words)
{
    struct dataset data;
    fixture_random(&data, 30, 12, 8, 12);
    struct train_context ctx = {.seed = 1};
    struct model *model = NULL;
    struct error err;
    params_for(&ctx.params, 512, 1);
    int seen = 0;
    for (unsigned long nth = 1; nth < 60; nth++) {
        mem_fail_after(nth);
        int rc = model_train(&model, &ials_kind, &data, &ctx, &err);
        mem_fail_after(0);
        if (rc == 0) {
            model_free(model);
            break;
        }
        ck_assert_int_eq(rc, E_NOMEM);
        seen |= strstr(err.hint, "--dim") != NULL;
    }
    ck_assert_int_eq(seen, 1);
    dataset_release(&data);
}
END_TEST

static void cancel_in_epoch_two(void *context, const char *note, double done, double total, const char *unit)
{
    (void)done;
    (void)total;
    (void)unit;
    if (strstr(note, "epoch 1 ") == NULL)
        job_cancel(context);
}

START_TEST(test_a_cancel_between_epochs_leaves_no_model)
{
    struct dataset data;
    fixture_random(&data, 300, 57, 25, 13);
    struct job job;
    job_init(&job, cancel_in_epoch_two, &job);
    struct train_context ctx = {.seed = 1, .job = &job};
    struct model *model = NULL;
    params_for(&ctx.params, 32, 10000); /* long enough to report again */
    ck_assert_int_eq(model_train(&model, &ials_kind, &data, &ctx, NULL), E_CANCELLED);
    ck_assert_ptr_null(model);
    dataset_release(&data);
}
END_TEST

CHECK_MAIN("ials", test_gram_matrices, test_block_kernels_have_the_bits_of_the_plain_loops,
           test_a_block_solution_solves,
           test_a_row_solves_the_normal_equations, test_a_row_is_that_of_numpy, test_long_rows,
           test_every_sweep_lowers_the_loss, test_folding_in_is_what_training_does,
           test_similar_users_get_what_the_others_have, test_an_item_without_events_gets_the_lowest_score,
           test_who_has_nothing_in_the_window_leaves_no_trace, test_early_stopping_finds_the_epochs_and_says_so, test_watching_changes_nothing,
           test_a_dimension_beyond_the_data_and_no_regulariser_stay_finite,
           test_a_model_too_large_for_memory_is_refused_in_words, test_a_cancel_between_epochs_leaves_no_model)
