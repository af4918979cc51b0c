/* Content: against NumPy, and what a new item gets.  The vectors: TF-IDF of eight items over five terms as
 * content.h says, numpy.linalg.svd, three directions, singular values to the power of .25. */
#include "engine/content.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "engine/kinds.h"
#include "engine/subspace.h"
#include "tests/unit/check_main.h"
#include "tests/unit/engine_fixture.h"

#define ITEMS 8
#define TERMS 7 /* the last but one in one item only, the last in all of them */
#define DIM 3

static const float numpy_cosine_0[ITEMS] = {1.000000f, 0.889610f, 0.424439f, -0.198967f,
                                            -0.166358f, -0.080289f, 0.649792f, 0.132859f};
static const float numpy_cosine_5[ITEMS] = {-0.080289f, -0.146105f, -0.216967f, 0.278077f,
                                            0.983918f, 1.000000f, 0.567102f, 0.358859f};
/* A user who had item 0 once and item 3 twice, own weight 4. */
static const float numpy_score[ITEMS] = {0.418334f, 0.122433f, 0.166641f, 0.890927f,
                                         0.064157f, 0.043257f, -0.009902f, 0.182759f};

static uint64_t start[ITEMS + 1] = {0, 3, 7, 10, 13, 16, 19, 22, 25};
static uint32_t col[] = {0, 1, 6, 0, 1, 2, 6, 1, 2, 6, 2, 3, 6, 3, 4, 6, 3, 4, 6, 0, 4, 6, 1, 3, 6, 5};
static float val[] = {1, 1, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 1, 1, 1, 1, 1, 1, 1};
static uint64_t key[TERMS] = {10, 20, 30, 40, 50, 60, 70};
static const struct item_terms terms = {{ITEMS, TERMS, start, col, val}, key, NULL};

static const struct fixture_event events[] = {{0, 0, 1, 0}, {0, 3, 1, 0}, {0, 3, 1, 0}};

static struct model *train(struct dataset *data, const struct item_terms *from)
{
    struct train_context ctx = {.seed = 3};
    struct error err = {0};
    struct model *model = NULL;
    fixture_build(data, 1, from->counts.rows, events, 3);
    data->terms = from;
    model_default_params(&content_kind, &ctx.params);
    PARAM(&ctx.params, dim) = DIM;
    PARAM(&ctx.params, epochs) = 30;
    PARAM(&ctx.params, spectrum_exponent) = 0.25;
    PARAM(&ctx.params, own_weight) = 4;
    PARAM(&ctx.params, half_life_days) = 0;
    ck_assert_msg(model_train(&model, &content_kind, data, &ctx, &err) == 0, "%s", err.why);
    return model;
}

/* The vectors of the items, as they are saved. */
static void vectors_of(const struct model *model, float *out, uint32_t n)
{
    struct tensor_set set = {0};
    ck_assert_int_eq(model_save(model, &set, NULL), 0);
    const float *v = tensor_set_want(&set, "item", TENSOR_F32, n, DIM, NULL);
    ck_assert_ptr_nonnull(v);
    memcpy(out, v, (size_t)n * DIM * sizeof *v);
    tensor_set_release(&set);
}

static size_t terms_of(const struct item_terms *from, uint32_t item, struct item_term *out)
{
    size_t n = 0;
    for (uint64_t e = from->counts.start[item]; e < from->counts.start[item + 1]; e++)
        out[n++] = (struct item_term){.key = from->key[from->counts.col[e]], .count = from->counts.val[e]};
    return n;
}

START_TEST(test_likeness_and_scores_are_those_of_numpy)
{
    struct dataset data;
    struct model *model = train(&data, &terms);
    float scores[ITEMS];
    content_kind.similar(model, 0, scores);
    for (int i = 0; i < ITEMS; i++)
        ck_assert_float_eq_tol(scores[i], numpy_cosine_0[i], 2e-5f);
    content_kind.similar(model, 5, scores);
    for (int i = 0; i < ITEMS; i++)
        ck_assert_float_eq_tol(scores[i], numpy_cosine_5[i], 2e-5f);
    void *scratch = mem_alloc_aligned(1, content_kind.score_scratch(model));
    struct history user = dataset_history(&data, 0);
    model_score_one(model, &user, scores, scratch);
    for (int i = 0; i < ITEMS; i++)
        ck_assert_float_eq_tol(scores[i], numpy_score[i], 2e-5f);
    mem_free(scratch);
    model_free(model);
    dataset_release(&data);
}
END_TEST

START_TEST(test_words_of_one_item_or_of_most_say_nothing)
{
    struct dataset data;
    struct model *model = train(&data, &terms);
    struct tensor_set set = {0};
    ck_assert_int_eq(model_save(model, &set, NULL), 0);
    const uint64_t *known = tensor_set_want(&set, "term_key", TENSOR_U64, 5, 0, NULL);
    ck_assert_ptr_nonnull(known);
    ck_assert_mem_eq(known, key, 5 * sizeof *key);
    tensor_set_release(&set);
    model_free(model);
    dataset_release(&data);
}
END_TEST

START_TEST(test_an_item_placed_again_gets_its_very_vector)
{
    struct dataset data;
    struct model *model = train(&data, &terms), *again = NULL;
    float trained[ITEMS * DIM], placed[DIM], over[ITEMS * DIM];
    struct item_term own[TERMS];
    vectors_of(model, trained, ITEMS);
    ck_assert_uint_eq(content_dim(model), DIM);
    for (uint32_t i = 0; i < ITEMS; i++) {
        size_t n = terms_of(&terms, i, own);
        ck_assert_uint_eq(content_fold_in_item(model, own, n, placed), n - 1); /* all but the stop word */
        ck_assert_mem_eq(placed, trained + i * DIM, sizeof placed);
    }
    ck_assert_int_eq(content_over_items(&again, model, &terms, NULL), 0);
    ck_assert(content_is(again));
    vectors_of(again, over, ITEMS);
    ck_assert_mem_eq(over, trained, sizeof over);
    model_free(again);
    model_free(model);
    dataset_release(&data);
}
END_TEST

START_TEST(test_a_new_item_scores_as_its_twin_without_events)
{
    struct dataset data;
    struct model *model = train(&data, &terms);
    float scores[ITEMS], vector[DIM];
    struct item_term own[TERMS];
    void *scratch = mem_alloc_aligned(1, content_kind.score_scratch(model));
    struct history user = dataset_history(&data, 0);
    model_score_one(model, &user, scores, scratch);
    content_fold_in_item(model, own, terms_of(&terms, 7, own), vector);
    ck_assert_float_eq_tol(content_score_vector(model, &user, vector, scratch), scores[7], 1e-6f);
    ck_assert_float_gt(scores[7], 0);
    mem_free(scratch);
    model_free(model);
    dataset_release(&data);
}
END_TEST

START_TEST(test_unknown_words_and_no_words)
{
    struct dataset data;
    struct model *model = train(&data, &terms);
    const float nothing[DIM] = {0};
    float vector[DIM], with[DIM], without[DIM];
    struct item_term strange[] = {{5, 1, false}, {60, 1, false}, {70, 9, false}, {999, 1, false}},
                     known[] = {{10, 1, false}, {11, 1, false}, {20, 1, false}};
    ck_assert_uint_eq(content_fold_in_item(model, NULL, 0, vector), 0);
    ck_assert_mem_eq(vector, nothing, sizeof vector);
    ck_assert_uint_eq(content_fold_in_item(model, strange, 4, vector), 0);
    ck_assert_mem_eq(vector, nothing, sizeof vector);
    ck_assert_uint_eq(content_fold_in_item(model, known, 3, with), 2);
    known[1] = known[2];
    ck_assert_uint_eq(content_fold_in_item(model, known, 2, without), 2);
    ck_assert_mem_eq(with, without, sizeof with);
    model_free(model);
    dataset_release(&data);
}
END_TEST

START_TEST(test_items_without_a_description_come_last)
{
    struct dataset data;
    uint64_t longer[ITEMS + 3];
    memcpy(longer, start, sizeof start);
    longer[ITEMS + 1] = longer[ITEMS + 2] = longer[ITEMS];
    struct item_terms more = terms;
    more.counts.rows = ITEMS + 2;
    more.counts.start = longer;
    struct model *model = train(&data, &more);
    float scores[ITEMS + 2];
    double contribution[3];
    void *scratch = mem_alloc_aligned(1, content_kind.score_scratch(model));
    struct history user = dataset_history(&data, 0);
    model_score_one(model, &user, scores, scratch);
    for (int i = 0; i < ITEMS; i++)
        ck_assert_float_ge(scores[i], scores[ITEMS]);
    double rest = content_kind.explain(model, &user, ITEMS, contribution, scratch);
    ck_assert_double_eq_tol(rest, (double)scores[ITEMS], 1e-6);
    /* One that was bought is known by that. */
    uint32_t item[] = {ITEMS}, time[] = {FIXTURE_NOW};
    float weight[] = {1};
    user = (struct history){.n = 1, .item = item, .time = time, .weight = weight, .now = FIXTURE_NOW};
    model_score_one(model, &user, scores, scratch);
    for (int i = 0; i < ITEMS + 2; i++)
        ck_assert(i == ITEMS ? scores[i] > 0 : scores[i] <= 0);
    mem_free(scratch);
    model_free(model);
    dataset_release(&data);
}
END_TEST

START_TEST(test_without_words_in_common_there_is_nothing_to_learn)
{
    static uint64_t few[] = {0, 1, 2};
    static uint32_t different[] = {0, 1};
    const struct item_terms apart = {{2, 2, few, different, val}, key, NULL};
    const struct item_terms *const sources[] = {NULL, &apart};
    for (int i = 0; i < 2; i++) {
        struct train_context ctx = {.seed = 3};
        struct error err = {0};
        struct model *model = NULL;
        struct dataset data;
        fixture_build(&data, 1, 2, events, 1);
        data.terms = sources[i];
        model_default_params(&content_kind, &ctx.params);
        ck_assert_int_eq(model_train(&model, &content_kind, &data, &ctx, &err), E_BAD_DATA);
        ck_assert_str_eq(err.why, "no two items have a word of their titles or an attribute in common");
        dataset_release(&data);
    }
}
END_TEST

/* A 6 x 4 matrix of rank 3 (the last column is the first); singular values by NumPy. */
START_TEST(test_a_subspace_knows_its_rank)
{
    static uint64_t rows[] = {0, 3, 5, 7, 10, 11, 13};
    static uint32_t columns[] = {0, 1, 3, 1, 2, 0, 3, 0, 2, 3, 1, 1, 2};
    static float values[] = {1, 2, 1, 1, 3, 2, 2, 1, 1, 1, 4, 1, 1};
    struct csr m = {6, 4, rows, columns, values}, t = {0};
    const uint64_t keys[] = {1, 2, 3, 4};
    static const double sigma[] = {4.910123, 3.364547, 3.093624, 0};
    ck_assert_int_eq(csr_transpose(&t, &m, NULL), 0);
    struct subspace_task task = {.what = "test", .matrix = &m, .transposed = &t, .column_key = keys, .dim = 6,
                                 .passes = 20, .seed = 1};
    struct subspace found;
    ck_assert_int_eq(subspace_find(&found, &task, NULL), 0);
    for (uint32_t k = 0; k < 4; k++)
        ck_assert_double_eq_tol(found.sigma[k], sigma[k], 1e-5);
    for (uint32_t a = 0; a < 6; a++)
        for (uint32_t b = 0; b < 6; b++) {
            double sum = 0;
            for (uint32_t c = 0; c < 4; c++)
                sum += (double)found.v[c * 6 + a] * (double)found.v[c * 6 + b];
            ck_assert_double_eq_tol(sum, a == b && a < 3 ? 1 : 0, 1e-5);
        }
    subspace_release(&found);
    csr_release(&t);
}
END_TEST

CHECK_MAIN("content", test_likeness_and_scores_are_those_of_numpy, test_words_of_one_item_or_of_most_say_nothing,
           test_an_item_placed_again_gets_its_very_vector, test_a_new_item_scores_as_its_twin_without_events,
           test_unknown_words_and_no_words, test_items_without_a_description_come_last,
           test_without_words_in_common_there_is_nothing_to_learn, test_a_subspace_knows_its_rank)
