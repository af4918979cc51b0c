/* What every kind of model promises, tried on each of them. */
#include "engine/model.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "engine/kinds.h"
#include "tests/unit/check_main.h"
#include "tests/unit/engine_fixture.h"

#define USERS 300
#define ITEMS 57
#define PER_USER 25

static const struct model_kind *each(size_t i)
{
    return model_kinds[i];
}

static struct item_terms terms;
static struct user_traits traits;

/* As fixture_random, and with descriptions for the kinds that learn from them. */
static void make_data(struct dataset *data, uint32_t n_users, uint32_t n_items, uint32_t per_user, uint64_t seed)
{
    fixture_random(data, n_users, n_items, per_user, seed);
    fixture_terms(&terms, data, seed);
    fixture_traits(&traits, data);
}

static void drop_data(struct dataset *data)
{
    dataset_release(data);
    item_terms_release(&terms);
    user_traits_release(&traits);
}

static struct model *train(const struct model_kind *kind, const struct dataset *data, unsigned threads)
{
    struct train_context ctx = {.seed = 42};
    struct error err = {0};
    struct model *model = NULL;
    model_default_params(kind, &ctx.params);
    if (model_uses_param(kind, PARAM_ID_dim))
        PARAM(&ctx.params, dim) = 8;
    if (model_uses_param(kind, PARAM_ID_epochs))
        PARAM(&ctx.params, epochs) = 4;
    ctx.pool = threads == 0 ? NULL : pool_new(threads);
    int rc = model_train(&model, kind, data, &ctx, &err);
    ck_assert_msg(rc == 0, "%s: %s", kind->name, err.why);
    pool_free(ctx.pool);
    return model;
}

static int same_bytes(const struct model *a, const struct model *b)
{
    struct tensor_set x = {0}, y = {0};
    ck_assert_int_eq(model_save(a, &x, NULL), 0);
    ck_assert_int_eq(model_save(b, &y, NULL), 0);
    int same = x.n_tensors == y.n_tensors && x.n_meta == y.n_meta;
    for (size_t i = 0; same && i < x.n_tensors; i++) {
        const struct tensor *t = &x.tensors[i], *u = &y.tensors[i];
        same = strcmp(t->name, u->name) == 0 && t->type == u->type && tensor_count(t) == tensor_count(u) &&
               memcmp(t->data, u->data, tensor_count(t) * tensor_type_size(t->type)) == 0;
    }
    for (size_t i = 0; same && i < x.n_meta; i++)
        same = strcmp(x.meta[i].text, y.meta[i].text) == 0;
    tensor_set_release(&x);
    tensor_set_release(&y);
    return same;
}

START_TEST(test_the_number_of_threads_does_not_change_a_byte)
{
    struct dataset data;
    make_data(&data, USERS, ITEMS, PER_USER, 1);
    const struct model_kind *kind = each((size_t)_i);
    struct model *one = train(kind, &data, 1), *other;
    for (unsigned threads = 0; threads <= 3; threads++) {
        other = train(kind, &data, threads);
        ck_assert_msg(same_bytes(one, other), "%s with %u threads", kind->name, threads);
        model_free(other);
    }
    model_free(one);
    drop_data(&data);
}
END_TEST

START_TEST(test_scores_do_not_depend_on_the_others_in_the_call)
{
    static float together[MODEL_TILE][ITEMS + 7], alone[ITEMS];
    struct dataset data;
    make_data(&data, USERS, ITEMS, PER_USER, 2);
    const struct model_kind *kind = each((size_t)_i);
    struct model *model = train(kind, &data, 2);
    struct history users[MODEL_TILE];
    for (uint32_t u = 0; u < MODEL_TILE; u++)
        users[u] = dataset_history(&data, u);
    users[5].n = 0;
    void *scratch = mem_alloc_aligned(1, kind->score_scratch(model) + 1);
    kind->score(model, users, MODEL_TILE, together[0], ITEMS + 7, scratch);
    for (uint32_t u = 0; u < MODEL_TILE; u++) {
        model_score_one(model, &users[u], alone, scratch);
        ck_assert_msg(memcmp(alone, together[u], sizeof alone) == 0, "%s: user %u", kind->name, u);
        for (uint32_t i = 0; i < ITEMS; i++)
            ck_assert(isfinite(alone[i]));
    }
    kind->score(model, users + 60, 3, together[0], ITEMS + 7, scratch);
    model_score_one(model, &users[61], alone, scratch);
    ck_assert_mem_eq(alone, together[1], sizeof alone);
    mem_free(scratch);
    model_free(model);
    drop_data(&data);
}
END_TEST

/* Several items at once, and by what was noted when a whole tile was scored: the same to the bit as one by one. */
START_TEST(test_explanations_of_several_items_and_by_notes_are_the_same)
{
    enum { SOME = 7, ROWS = 9 };
    static float scores[ROWS][ITEMS], plain[ROWS][ITEMS];
    static double alone[SOME][PER_USER], together[SOME * PER_USER], noted[SOME * PER_USER];
    double rest[SOME], rests[SOME], noted_rests[SOME];
    const uint32_t items[SOME] = {3, 0, ITEMS - 1, 7, 3, 11, 5};
    struct dataset data;
    struct history users[ROWS];
    make_data(&data, USERS, ITEMS, PER_USER, 3);
    const struct model_kind *kind = each((size_t)_i);
    struct model *model = train(kind, &data, 2);
    void *scratch = mem_alloc_aligned(1, kind->score_scratch(model) + 1);
    double *notes = mem_alloc(ROWS * model_notes(model) + 1, sizeof *notes);
    for (uint32_t u = 0; u < ROWS; u++) {
        users[u] = dataset_history(&data, u);
        users[u].n = users[u].n > u ? users[u].n - u : users[u].n; /* some short ones: there other members of a blend count */
    }
    kind->score(model, users, ROWS, plain[0], ITEMS, scratch);
    model_score_noting(model, users, ROWS, scores[0], ITEMS, notes, scratch);
    ck_assert_mem_eq(scores, plain, sizeof plain);
    for (uint32_t u = 0; u < ROWS; u++) {
        size_t bytes = users[u].n * sizeof(double);
        for (uint32_t i = 0; i < SOME; i++)
            rest[i] = kind->explain(model, &users[u], items[i], alone[i], scratch);
        model_explain_many(model, &users[u], items, SOME, together, rests, NULL, scratch);
        model_explain_many(model, &users[u], items, SOME, noted, noted_rests, notes + u * model_notes(model), scratch);
        for (uint32_t i = 0; i < SOME; i++) {
            ck_assert_msg(memcmp(alone[i], together + i * users[u].n, bytes) == 0, "%s: user %u item %u", kind->name, u, i);
            ck_assert_double_eq(rest[i], rests[i]);
        }
        ck_assert_mem_eq(noted, together, SOME * bytes);
        ck_assert_mem_eq(noted_rests, rests, sizeof rests);
    }
    mem_free(notes);
    mem_free(scratch);
    model_free(model);
    drop_data(&data);
}
END_TEST

START_TEST(test_some_are_as_similar_as_among_all)
{
    enum { SOME = 7 };
    static float all[ITEMS];
    const struct model_kind *kind = each((size_t)_i);
    struct dataset data;
    ck_assert((kind->similar == NULL) == (kind->similar_to == NULL));
    if (kind->similar_to == NULL)
        return;
    make_data(&data, USERS, ITEMS, PER_USER, 3);
    struct model *model = train(kind, &data, 1);
    for (uint32_t item = 0; item < model->n_items; item++) {
        uint32_t items[SOME];
        float some[SOME];
        for (uint32_t i = 0; i < SOME; i++)
            items[i] = (item + i * 5) % model->n_items;
        kind->similar(model, item, all);
        kind->similar_to(model, item, items, SOME, some);
        for (uint32_t i = 0; i < SOME; i++)
            ck_assert_float_eq(some[i], all[items[i]]);
    }
    model_free(model);
    drop_data(&data);
}
END_TEST

/* Found out by looking at all, then remembered by a model that was loaded. */
START_TEST(test_the_most_similar_is_remembered)
{
    static float all[ITEMS], row[ITEMS];
    const struct model_kind *kind = each((size_t)_i);
    struct dataset data;
    struct tensor_set set = {0};
    struct model *loaded;
    if (kind->similar == NULL)
        return;
    make_data(&data, USERS, ITEMS, PER_USER, 3);
    struct model *model = train(kind, &data, 1);
    ck_assert_int_eq(model_save(model, &set, NULL), 0);
    ck_assert_int_eq(model_load(&loaded, &set, NULL), 0);
    for (uint32_t item = 0; item < model->n_items; item++) {
        float most = 0;
        kind->similar(model, item, all);
        for (uint32_t i = 0; i < model->n_items; i++)
            most = i != item && all[i] > most ? all[i] : most;
        ck_assert_float_eq(model_similar_most(model, item, row), most);
        ck_assert_float_eq(model_similar_most(loaded, item, row), most);
        ck_assert_float_eq(model_similar_most(loaded, item, NULL), most); /* it looks at nothing again */
    }
    tensor_set_release(&set);
    model_free(loaded);
    model_free(model);
    drop_data(&data);
}
END_TEST

START_TEST(test_explanations_add_up_to_the_score)
{
    static float scores[ITEMS];
    static double contribution[PER_USER];
    struct dataset data;
    make_data(&data, USERS, ITEMS, PER_USER, 3);
    const struct model_kind *kind = each((size_t)_i);
    struct model *model = train(kind, &data, 2);
    void *scratch = mem_alloc_aligned(1, kind->score_scratch(model) + 1);
    for (uint32_t u = 0; u < 20; u++) {
        struct history h = dataset_history(&data, u);
        model_score_one(model, &h, scores, scratch);
        for (uint32_t item = 0; item < ITEMS; item++) {
            double sum = kind->explain(model, &h, item, contribution, scratch);
            for (uint32_t i = 0; i < h.n; i++)
                sum += contribution[i];
            double score = (double)scores[item];
            ck_assert_msg(fabs(sum - score) <= 1e-4 * (1 + fabs(score)), "%s: user %u item %u: %g, explained %g",
                          kind->name, u, item, score, sum);
        }
    }
    mem_free(scratch);
    model_free(model);
    drop_data(&data);
}
END_TEST

START_TEST(test_a_loaded_model_is_the_saved_one)
{
    static float before[ITEMS], after[ITEMS];
    struct dataset data;
    make_data(&data, USERS, ITEMS, PER_USER, 4);
    const struct model_kind *kind = each((size_t)_i);
    struct model *model = train(kind, &data, 2), *loaded = NULL;
    struct tensor_set set = {0};
    struct error err;
    ck_assert_int_eq(model_save(model, &set, &err), 0);
    ck_assert_msg(model_load(&loaded, &set, &err) == 0, "%s: %s", kind->name, err.why);
    ck_assert_ptr_eq(loaded->kind, kind);
    ck_assert_uint_eq(loaded->trained_at, FIXTURE_NOW);
    ck_assert(same_bytes(model, loaded));
    void *scratch = mem_alloc_aligned(1, kind->score_scratch(model) + 1);
    struct model *borrowing = NULL; /* from arrays that stay */
    set.lasting = true;
    ck_assert_int_eq(model_load(&borrowing, &set, &err), 0);
    set.lasting = false;
    ck_assert(same_bytes(model, borrowing));
    for (uint32_t u = 0; u < 20; u++) {
        struct history h = dataset_history(&data, u);
        model_score_one(model, &h, before, scratch);
        model_score_one(loaded, &h, after, scratch);
        ck_assert_mem_eq(before, after, sizeof before);
        model_score_one(borrowing, &h, after, scratch);
        ck_assert_mem_eq(before, after, sizeof before);
    }
    model_free(borrowing);
    /* Every array cut by one element, and every array missing, is noticed. */
    for (size_t t = 0; t < set.n_tensors; t++) {
        struct tensor *tensor = &set.tensors[t];
        struct model *bad = NULL;
        tensor->shape[0]--;
        ck_assert_msg(model_load(&bad, &set, &err) == E_CORRUPT, "%s: %s", kind->name, tensor->name);
        tensor->shape[0]++;
        char first = tensor->name[0];
        tensor->name[0] = '?';
        /* files of before the diagonal was kept have none */
        bool optional = strstr(tensor->name, "iagonal") != NULL;
        ck_assert_msg(model_load(&bad, &set, &err) == (optional ? 0 : E_CORRUPT), "%s: %s", kind->name, tensor->name);
        model_free(optional ? bad : NULL);
        tensor->name[0] = first;
    }
    mem_free(scratch);
    tensor_set_release(&set);
    model_free(loaded);
    model_free(model);
    drop_data(&data);
}
END_TEST

/* For all users at once, with a mask that leaves `left` items. */
static void check_search(const struct model *model, const struct dataset *data, uint32_t left)
{
    enum { BEST = 9, SOME = 40 };
    struct history users[SOME];
    struct model_wish wishes[SOME];
    struct scored found[SOME][BEST], want[BEST];
    float scores[ITEMS];
    uint64_t mask = ~((UINT64_C(1) << left) - 1);
    void *scratch = mem_alloc_aligned(1, model->kind->score_scratch(model) + 1);
    for (uint32_t u = 0; u < SOME; u++) {
        users[u] = dataset_history(data, u);
        wishes[u] = (struct model_wish){.excluded = left < ITEMS ? &mask : NULL, .k = BEST, .out = found[u]};
    }
    users[3].n = 0;
    model->kind->search(model, users, wishes, SOME, scratch);
    for (uint32_t u = 0; u < SOME; u++) {
        model_score_one(model, &users[u], scores, scratch);
        uint32_t n = topk_select(scores, ITEMS, wishes[u].excluded, BEST, want);
        ck_assert_uint_eq(wishes[u].n, n);
        for (uint32_t i = 0; i < n; i++) {
            ck_assert_uint_eq(found[u][i].item, want[i].item);
            ck_assert(found[u][i].score >= want[i].score && found[u][i].score <= want[i].score);
        }
    }
    mem_free(scratch);
}

static void check_search_and_files(const struct model *model, const struct dataset *data)
{
    struct tensor_set set = {0};
    struct error err;
    ck_assert(model_can_search(model));
    for (uint32_t left = 0; left <= ITEMS; left += left < 6 ? 1 : 17)
        check_search(model, data, left);
    ck_assert_int_eq(model_save(model, &set, &err), 0);
    for (int lasting = 0; lasting < 2; lasting++) {
        struct model *loaded;
        set.lasting = lasting != 0;
        ck_assert_msg(model_load(&loaded, &set, &err) == 0, "%s: %s", model->kind->name, err.why);
        ck_assert(same_bytes(model, loaded));
        check_search(loaded, data, ITEMS);
        check_search(loaded, data, 20);
        model_free(loaded);
    }
    /* One of another catalogue, or nothing but the index's own account of itself. */
    for (size_t t = 0; t < set.n_tensors; t++) {
        struct model *bad;
        if (strncmp(set.tensors[t].name, "index.", 6) != 0)
            continue;
        set.tensors[t].shape[0]--;
        ck_assert_int_eq(model_load(&bad, &set, &err), E_CORRUPT);
        set.tensors[t].shape[0]++;
    }
    tensor_set_release(&set);
}

START_TEST(test_an_index_changes_no_answer)
{
    const struct model_kind *kind = each((size_t)_i);
    struct dataset data;
    if (!model_uses_param(kind, PARAM_ID_index)) {
        ck_assert(kind->search == NULL);
        return;
    }
    make_data(&data, USERS, ITEMS, PER_USER, 8);
    for (uint64_t e = 0; e < data.n_events; e++) /* some items have no events */
        data.item[e] -= data.item[e] % 7 == 6;
    struct train_context ctx = {.seed = 42};
    struct model *model, *plain;
    model_default_params(kind, &ctx.params);
    PARAM(&ctx.params, dim) = 9;
    PARAM(&ctx.params, epochs) = 4;
    ck_assert_int_eq(model_train(&plain, kind, &data, &ctx, NULL), 0);
    ck_assert(!model_can_search(plain));
    model_apply_params(&ctx.params, "index=always");
    ck_assert_int_eq(model_train(&model, kind, &data, &ctx, NULL), 0);
    ck_assert_ptr_nonnull(strstr(ctx.note, "index of "));
    check_search_and_files(model, &data);
    float scores[ITEMS], same[ITEMS];
    void *scratch = mem_alloc_aligned(1, kind->score_scratch(model) + kind->score_scratch(plain));
    struct history h = dataset_history(&data, 7);
    model_score_one(model, &h, scores, scratch);
    model_score_one(plain, &h, same, scratch);
    ck_assert_mem_eq(scores, same, sizeof same);
    mem_free(scratch);
    model_free(plain);
    model_free(model);
    drop_data(&data);
}
END_TEST

START_TEST(test_failing_allocations_are_reported)
{
    struct dataset data;
    make_data(&data, 30, 12, 8, 5);
    const struct model_kind *kind = each((size_t)_i);
    struct train_context ctx = {.seed = 1};
    model_default_params(kind, &ctx.params);
    if (model_uses_param(kind, PARAM_ID_dim))
        PARAM(&ctx.params, dim) = 4;
    if (model_uses_param(kind, PARAM_ID_epochs))
        PARAM(&ctx.params, epochs) = 2;
    if (model_uses_param(kind, PARAM_ID_index))
        model_apply_params(&ctx.params, "index=always");
    for (unsigned long nth = 1;; nth++) {
        struct model *model = NULL;
        ck_assert_uint_lt(nth, 20000);
        mem_fail_after(nth);
        int rc = model_train(&model, kind, &data, &ctx, NULL);
        mem_fail_after(0);
        if (rc == 0) {
            model_free(model);
            break;
        }
        ck_assert_msg(rc == E_NOMEM, "%s: %d", kind->name, rc);
        if (nth > 60)
            nth += nth / 8;
    }
    drop_data(&data);
}
END_TEST

START_TEST(test_odd_data_is_learnt_or_refused)
{
    const struct model_kind *kind = each((size_t)_i);
    struct train_context ctx = {.seed = 1};
    struct model *model = NULL;
    struct error err = {0};
    struct dataset data;
    model_default_params(kind, &ctx.params);
    fixture_build(&data, 0, 0, NULL, 0);
    ck_assert_int_eq(model_train(&model, kind, &data, &ctx, &err), E_BAD_DATA);
    ck_assert_str_eq(err.why, "there are no events to learn from");
    drop_data(&data);

    static const struct fixture_event one[] = {{0, 0, 3, 0}};
    fixture_build(&data, 1, 1, one, 1);
    if (kind == &content_kind) { /* one item has no word in common with another */
        ck_assert_int_eq(model_train(&model, kind, &data, &ctx, &err), E_BAD_DATA);
        drop_data(&data);
        return;
    }
    ck_assert_msg(model_train(&model, kind, &data, &ctx, &err) == 0, "%s: %s", kind->name, err.why);
    void *scratch = mem_alloc_aligned(1, kind->score_scratch(model) + 1);
    struct history h = dataset_history(&data, 0);
    float score;
    model_score_one(model, &h, &score, scratch);
    ck_assert(isfinite(score));
    mem_free(scratch);
    model_free(model);
    drop_data(&data);

    static const struct fixture_event same[] = {{0, 0, 9, 0}, {0, 1, 8, 0}, {1, 0, 9, 0}, {1, 1, 8, 0},
                                                {2, 0, 9, 0}, {2, 1, 8, 0}, {3, 0, 9, 0}, {3, 1, 8, 0}};
    fixture_build(&data, 4, 3, same, 8);
    ck_assert_msg(model_train(&model, kind, &data, &ctx, &err) == 0, "%s: %s", kind->name, err.why);
    model_free(model);
    drop_data(&data);
}
END_TEST

START_TEST(test_parameters_out_of_range_are_refused)
{
    const struct model_kind *kind = each((size_t)_i);
    struct dataset data;
    make_data(&data, 10, 5, 5, 6);
    struct train_context ctx = {.seed = 1};
    struct model *model = NULL;
    for (int id = 0; id < PARAM_COUNT; id++) {
        if (!model_uses_param(kind, id) || param_specs[id].type == PARAM_CHOICE)
            continue;
        model_default_params(kind, &ctx.params);
        ctx.params.value[id] = param_specs[id].max * 2 + 1;
        ck_assert_int_eq(model_train(&model, kind, &data, &ctx, NULL), E_USAGE);
        ctx.params.value[id] = NAN;
        ck_assert_int_eq(model_train(&model, kind, &data, &ctx, NULL), E_USAGE);
    }
    drop_data(&data);
}
END_TEST

START_TEST(test_a_cancelled_job_leaves_no_model)
{
    const struct model_kind *kind = each((size_t)_i);
    struct dataset data;
    make_data(&data, USERS, ITEMS, PER_USER, 7);
    struct job job;
    job_init(&job, NULL, NULL);
    job_cancel(&job);
    struct train_context ctx = {.seed = 1, .job = &job};
    struct model *model = NULL;
    model_default_params(kind, &ctx.params);
    ck_assert_int_eq(model_train(&model, kind, &data, &ctx, NULL), E_CANCELLED);
    ck_assert_ptr_null(model);
    drop_data(&data);
}
END_TEST

int main(void)
{
    int kinds = 0;
    while (model_kinds[kinds] != NULL)
        kinds++;
    Suite *suite = suite_create("model");
    TCase *tc = tcase_create("every kind");
    tcase_set_timeout(tc, 300);
    tcase_add_loop_test(tc, test_the_number_of_threads_does_not_change_a_byte, 0, kinds);
    tcase_add_loop_test(tc, test_scores_do_not_depend_on_the_others_in_the_call, 0, kinds);
    tcase_add_loop_test(tc, test_some_are_as_similar_as_among_all, 0, kinds);
    tcase_add_loop_test(tc, test_the_most_similar_is_remembered, 0, kinds);
    tcase_add_loop_test(tc, test_explanations_add_up_to_the_score, 0, kinds);
    tcase_add_loop_test(tc, test_explanations_of_several_items_and_by_notes_are_the_same, 0, kinds);
    tcase_add_loop_test(tc, test_a_loaded_model_is_the_saved_one, 0, kinds);
    tcase_add_loop_test(tc, test_an_index_changes_no_answer, 0, kinds);
    tcase_add_loop_test(tc, test_failing_allocations_are_reported, 0, kinds);
    tcase_add_loop_test(tc, test_odd_data_is_learnt_or_refused, 0, kinds);
    tcase_add_loop_test(tc, test_parameters_out_of_range_are_refused, 0, kinds);
    tcase_add_loop_test(tc, test_a_cancelled_job_leaves_no_model, 0, kinds);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
