/* Models without some people: what an update gives is what training without them gives. */
#include <math.h>
#include <string.h>

#include "base/job.h"
#include "base/mem.h"
#include "base/pool.h"
#include "engine/downdate.h"
#include "engine/ials_shards.h"
#include "engine/kinds.h"
#include "tests/unit/check_main.h"
#include "tests/unit/engine_fixture.h"

/* Data, who leaves (each with this chance, and `always`), and the change. */
struct scene {
    struct dataset data;
    uint8_t *gone;
    struct change change;
};

static void scene_make(struct scene *s, uint32_t users, uint32_t items, double chance, uint64_t seed, uint32_t now_later)
{
    struct rng rng;
    fixture_random(&s->data, users, items, 20, seed);
    s->data.now += now_later; /* not the moment of anybody's event */
    s->gone = mem_zalloc(users, 1);
    rng_init(&rng, seed, 77);
    for (uint32_t u = 0; u < users; u++)
        s->gone[u] = rng_uniform(&rng) < chance;
    s->gone[3] = 1;
    s->gone[4] = 0;
    ck_assert_int_eq(change_make(&s->change, &s->data, s->gone, s->data.now, NULL), 0);
}

static void scene_release(struct scene *s)
{
    change_release(&s->change);
    mem_free(s->gone);
    dataset_release(&s->data);
}

static struct model *train(const struct model_kind *kind, const struct dataset *data, struct train_context *ctx)
{
    struct model *m = NULL;
    struct error err;
    ck_assert_msg(model_train(&m, kind, data, ctx, &err) == 0, "%s", err.why);
    return m;
}

/* The largest difference between two models' arrays; infinite when they have not the same form. */
static double difference(const struct model *a, const struct model *b)
{
    struct tensor_set x = {0}, y = {0};
    double most = 0;
    ck_assert_int_eq(model_save(a, &x, NULL), 0);
    ck_assert_int_eq(model_save(b, &y, NULL), 0);
    ck_assert_uint_eq(x.n_tensors, y.n_tensors);
    for (size_t i = 0; i < x.n_tensors; i++) {
        const struct tensor *t = &x.tensors[i], *o = tensor_set_find(&y, t->name);
        if (o == NULL || t->type != o->type || tensor_count(t) != tensor_count(o)) {
            most = (double)INFINITY;
            continue;
        }
        if (memcmp(t->data, o->data, tensor_count(t) * tensor_type_size(t->type)) == 0)
            continue;
        if (t->type != TENSOR_F32)
            most = (double)INFINITY;
        for (uint64_t k = 0; t->type == TENSOR_F32 && k < tensor_count(t); k++) {
            double d = fabs((double)((const float *)t->data)[k] - (double)((const float *)o->data)[k]);
            most = d > most ? d : most;
        }
    }
    for (size_t i = 0; i < x.n_meta; i++) {
        const char *other = tensor_set_meta(&y, x.meta[i].name);
        if (other == NULL || strcmp(other, x.meta[i].text) != 0)
            most = (double)INFINITY;
    }
    tensor_set_release(&x);
    tensor_set_release(&y);
    return most;
}

START_TEST(test_the_data_without_them)
{
    /* item 1 is theirs alone; item 3 nobody ever had */
    static const struct fixture_event events[] = {{0, 0, 3, 0}, {0, 2, 2, 0}, {1, 1, 9, 2}, {1, 2, 8, 0}, {2, 4, 1, 3}};
    struct dataset data;
    struct change c;
    const uint8_t gone[] = {0, 1, 0}, all[] = {1, 1, 1};
    fixture_build(&data, 3, 5, events, 5);
    ck_assert_int_eq(change_make(&c, &data, gone, 42, NULL), 0);
    const uint32_t place[] = {0, CHANGE_NOWHERE, 1, CHANGE_NOWHERE, 2};
    ck_assert_mem_eq(c.place, place, sizeof place);
    ck_assert_uint_eq(c.n_gone, 1);
    ck_assert_uint_eq(c.after.n_users, 2);
    ck_assert_uint_eq(c.after.n_items, 3);
    ck_assert_uint_eq(c.after.n_events, 3);
    ck_assert_uint_eq(c.after.now, 42);
    ck_assert_uint_eq(c.after.user_start[1], 2);
    ck_assert_uint_eq(c.after.item[1], 1);
    ck_assert_uint_eq(c.after.item[2], 2);
    ck_assert(c.after.weight[2] > 2.5f);
    ck_assert(c.after.item_key[2] == data.item_key[4]);
    ck_assert(c.after.user_key[1] == data.user_key[2]);
    uint8_t *touched = change_touched(&c);
    const uint8_t want[] = {0, 1, 0};
    ck_assert_mem_eq(touched, want, 3);
    struct weighting plain = {0}, decay = {.half_life_days = 9}, window = {.window_days = 9};
    ck_assert(!change_moves_ages(&c, &plain));
    ck_assert(change_moves_ages(&c, &decay));
    ck_assert(change_moves_ages(&c, &window));
    mem_free(touched);
    change_release(&c);
    ck_assert_int_eq(change_make(&c, &data, all, 42, NULL), E_BAD_DATA);
    struct item_terms terms; /* what is described stays though nobody has it */
    fixture_terms(&terms, &data, 1);
    ck_assert_int_eq(change_make(&c, &data, gone, 42, NULL), 0);
    ck_assert_uint_eq(c.after.n_items, 5);
    ck_assert(c.after.terms == &terms);
    change_release(&c);
    item_terms_release(&terms);
    dataset_release(&data);
}
END_TEST

/* Random data, few and many who leave, every way of counting: the update is the training, byte for byte. */
START_TEST(test_knn_is_updated_to_the_byte)
{
    unsigned updated = 0, vanished = 0, differ = 0;
    for (uint64_t seed = 0; seed < 36; seed++) {
        struct scene s;
        struct train_context ctx = {.seed = seed};
        const char *why = "";
        scene_make(&s, 150 + (uint32_t)seed * 3, 60 + (uint32_t)(seed % 5) * 200, seed % 4 == 0 ? 0.03 : 0, seed, 5);
        model_default_params(&knn_kind, &ctx.params);
        PARAM(&ctx.params, similarity) = (double)(seed % 2); /* cosine, jaccard */
        PARAM(&ctx.params, counting) = (double)(seed % 4);
        PARAM(&ctx.params, half_life_days) = seed % 3 == 0 ? 20 : 0;
        PARAM(&ctx.params, window_days) = seed % 5 == 0 ? 40 : 0;
        PARAM(&ctx.params, neighbours) = seed % 3 == 1 ? 4 : 40;
        PARAM(&ctx.params, shrinkage) = seed % 7;
        if (seed % 6 == 5)
            ctx.pool = pool_new(3);
        struct model *before = train(&knn_kind, &s.data, &ctx), *after = train(&knn_kind, &s.change.after, &ctx), *made;
        int rc = model_update(&made, before, &s.change, &ctx, &why, NULL);
        ck_assert_msg(rc == 0 || (rc == 1 && strstr(why, "costs no less") != NULL), "%s", why);
        if (rc == 0) {
            ck_assert_msg(!(difference(made, after) > 0), "seed %u", (unsigned)seed);
            differ += difference(made, before) > 0;
            ck_assert_uint_eq(made->n_items, s.change.after.n_items);
            model_free(made);
            updated++;
            vanished += s.change.after.n_items < s.data.n_items;
        }
        model_free(before);
        model_free(after);
        pool_free(ctx.pool);
        scene_release(&s);
    }
    ck_assert_uint_ge(updated, 20);
    ck_assert_uint_ge(differ, 15);
    ck_assert_uint_ge(vanished, 5);
}
END_TEST

START_TEST(test_ease_is_updated_to_1e_5)
{
    for (uint64_t seed = 0; seed < 12; seed++) {
        struct scene s;
        struct train_context ctx = {.seed = seed};
        const char *why = "";
        scene_make(&s, 400, 120 + (uint32_t)seed, seed % 3 == 0 ? 0.04 : 0, seed, 5);
        model_default_params(&ease_kind, &ctx.params);
        PARAM(&ctx.params, lambda) = seed % 2 == 0 ? 500 : 20;
        PARAM(&ctx.params, counting) = (double)(seed % 4);
        PARAM(&ctx.params, half_life_days) = seed % 3 == 0 ? 20 : 0;
        if (seed % 4 == 3)
            ctx.pool = pool_new(3);
        struct model *before = train(&ease_kind, &s.data, &ctx), *after = train(&ease_kind, &s.change.after, &ctx), *made;
        ck_assert_msg(model_update(&made, before, &s.change, &ctx, &why, NULL) == 0, "%s", why);
        double d = difference(made, after);
        ck_assert_msg(d < 1e-5, "seed %u: %g", (unsigned)seed, d);
        ck_assert(difference(before, after) > 10 * d);
        model_free(before);
        model_free(after);
        model_free(made);
        pool_free(ctx.pool);
        scene_release(&s);
    }
}
END_TEST

/* Against the plain formula, with dropped items, more rows than one chunk of sums, and any number of threads. */
START_TEST(test_downdate_is_its_reference)
{
    enum { N = 75, R = 300 };
    static float b[N * N], diagonal[N], fast[2][N * N], plain[N * N], d_fast[2][N], d_plain[N];
    static uint64_t start[R + 1];
    static uint32_t col[R * 2], keep[N];
    static float val[R * 2];
    struct csr gone = {.rows = R, .cols = N, .start = start, .col = col, .val = val};
    uint32_t m = 0;
    for (uint32_t i = 0; i < N; i++) {
        diagonal[i] = 0.001f * (float)(1 + i % 3);
        if (i % 9 != 4)
            keep[m++] = i;
    }
    for (uint32_t i = 0; i < N; i++) /* P symmetric, with small numbers beside the diagonal */
        for (uint32_t j = 0; j < N; j++)
            b[i * N + j] = i == j ? 0 : -1e-5f * (float)((i + j) % 7) / diagonal[j];
    for (uint32_t u = 0; u < R; u++) {
        start[u + 1] = 2 * (u + 1);
        col[2 * u] = u % (N / 2);
        col[2 * u + 1] = N / 2 + u % 31;
        val[2 * u] = 0.5f + (float)(u % 2);
        val[2 * u + 1] = 1;
    }
    struct downdate d = {.b = b, .diagonal = diagonal, .n = N, .gone = &gone, .keep = keep, .m = m};
    ck_assert_int_eq(downdate(&d, fast[0], d_fast[0], NULL), 0);
    d.pool = pool_new(4);
    ck_assert_int_eq(downdate(&d, fast[1], d_fast[1], NULL), 0);
    pool_free(d.pool);
    d.pool = NULL;
    ck_assert_mem_eq(fast[0], fast[1], (size_t)m * m * sizeof(float));
    ck_assert_mem_eq(d_fast[0], d_fast[1], m * sizeof(float));
    ck_assert_int_eq(downdate_plain(&d, plain, d_plain, NULL), 0);
    for (uint32_t i = 0; i < m * m; i++)
        ck_assert_double_eq_tol((double)fast[0][i], (double)plain[i], 2e-6);
    for (uint32_t i = 0; i < m; i++)
        ck_assert_double_eq_tol((double)d_fast[0][i] / (double)d_plain[i], 1, 1e-6);
    gone.rows = 0; /* nobody: nothing changes but what is dropped */
    ck_assert_int_eq(downdate(&d, fast[0], d_fast[0], NULL), 0);
    for (uint32_t i = 0; i < m; i++)
        for (uint32_t j = 0; j < m; j++)
            ck_assert_double_eq_tol((double)fast[0][i * m + j], (double)b[keep[i] * N + keep[j]], 1e-7);
    gone.rows = 1; /* somebody who is nearly all that an item rests on */
    val[0] = 31.5f;
    ck_assert_int_eq(downdate(&d, fast[0], d_fast[0], NULL), 1);
}
END_TEST

static void expect_refusal(const struct model_kind *kind, const struct scene *s, struct train_context *ctx,
                           const char *words)
{
    const char *why = "";
    struct model *before = train(kind, &s->data, ctx), *made = NULL;
    ck_assert_int_eq(model_update(&made, before, &s->change, ctx, &why, NULL), 1);
    ck_assert_msg(strstr(why, words) != NULL, "%s", why);
    model_free(before);
}

static void ials_params(struct train_context *ctx, double shards)
{
    model_default_params(&ials_kind, &ctx->params);
    PARAM(&ctx->params, dim) = 24;
    PARAM(&ctx->params, shards) = shards;
}

static struct model *reloaded(struct model *m)
{
    struct tensor_set set = {0};
    struct model *out = NULL;
    ck_assert_int_eq(model_save(m, &set, NULL), 0);
    ck_assert_int_eq(model_load(&out, &set, NULL), 0);
    tensor_set_release(&set);
    return out;
}

/* Who left was in some of the shards: those are trained again, and what comes out is the training without them. */
START_TEST(test_shards_are_updated_to_the_byte)
{
    unsigned vanished = 0;
    for (uint64_t seed = 0; seed < 10; seed++) {
        struct scene s;
        struct train_context ctx = {.seed = seed};
        const char *why = "";
        scene_make(&s, 90, 70 + (uint32_t)(seed % 3) * 300, seed % 4 == 0 ? 0.02 : 0, seed, 5);
        ials_params(&ctx, (double)(6 + seed % 5));
        PARAM(&ctx.params, counting) = (double)(seed % 4);
        PARAM(&ctx.params, half_life_days) = seed % 3 == 0 ? 20 : 0;
        PARAM(&ctx.params, index) = seed % 5 == 1 ? 1 : 0;
        if (seed % 4 == 3)
            ctx.pool = pool_new(3);
        struct model *trained = train(&ials_kind, &s.data, &ctx), *before = reloaded(trained);
        struct model *after = train(&ials_kind, &s.change.after, &ctx), *made;
        ck_assert(!(difference(trained, before) > 0));
        ck_assert_msg(model_update(&made, before, &s.change, &ctx, &why, NULL) == 0, "%s", why);
        ck_assert(!(difference(made, after) > 0));
        ck_assert(difference(made, before) > 0);
        ck_assert(s.change.n_gone > 1 || strncmp(ctx.how, "1 of ", 5) == 0);
        vanished += s.change.after.n_items < s.data.n_items;
        model_free(trained);
        model_free(before);
        model_free(after);
        model_free(made);
        pool_free(ctx.pool);
        scene_release(&s);
    }
    ck_assert_uint_ge(vanished, 2);
}
END_TEST

/* Shards that differ by a rotation say the same: where training starts from has their products, whatever they are turned by;
 * a shard without anybody is none. */
START_TEST(test_shards_are_merged_whatever_they_are_turned_by)
{
    enum { N = 300, DIM = 6, WIDTH = 16 };
    static float f[3 * N * DIM];
    struct rng rng;
    float *to = NULL;
    rng_init(&rng, 1, 1);
    for (int i = 0; i < N; i++) {
        float v[DIM];
        for (int k = 0; k < DIM; k++)
            v[k] = (float)rng_normal(&rng);
        for (int k = 0; k < DIM; k++) {
            int o = (k + 2) % DIM; /* turned by an exchange of axes, and one sign */
            f[i * DIM + k] = v[k];
            f[(N + i) * DIM + o] = k == 0 ? -v[k] : v[k];
        }
    }
    struct ials_shards shards = {.n = 2, .n_items = N, .dim = DIM, .factors = f};
    for (int empty = 0; empty < 2; empty++) {
        shards.n = 2 + (uint32_t)empty;
        ck_assert_int_eq(ials_shards_merge(&to, &shards, NULL, NULL), 0);
        double share = empty ? 2.0 / 3 : 1;
        for (int i = 0; i < N; i += 7)
            for (int j = 0; j < N; j += 11) {
                double got = 0, want = 0;
                for (int k = 0; k < DIM; k++) {
                    got += (double)to[i * WIDTH + k] * (double)to[j * WIDTH + k];
                    want += (double)f[i * DIM + k] * (double)f[j * DIM + k];
                }
                ck_assert_double_eq_tol(got, share * want, 1e-4);
            }
        mem_free(to);
    }
    uint32_t held[5] = {0};
    for (uint32_t u = 0; u < 1000; u++)
        held[ials_shard_of(rng_key(&u, sizeof u), 5)]++;
    for (int s = 0; s < 5; s++)
        ck_assert(held[s] > 150 && held[s] < 250);
}
END_TEST

START_TEST(test_what_cannot_be_updated_says_why)
{
    struct scene s, many;
    struct train_context ctx = {.seed = 1};
    scene_make(&s, 200, 100, 0, 1, 5);
    scene_make(&many, 200, 100, 0.5, 1, 5);
    s.change.after.now--; /* the newest event was theirs */
    model_default_params(&knn_kind, &ctx.params);
    PARAM(&ctx.params, half_life_days) = 30;
    expect_refusal(&knn_kind, &s, &ctx, "newest");
    PARAM(&ctx.params, half_life_days) = 0;
    PARAM(&ctx.params, similarity) = 2;
    expect_refusal(&knn_kind, &s, &ctx, "BM25");
    PARAM(&ctx.params, similarity) = 0;
    expect_refusal(&knn_kind, &many, &ctx, "costs no less");
    model_default_params(&ease_kind, &ctx.params);
    PARAM(&ctx.params, window_days) = 300;
    expect_refusal(&ease_kind, &s, &ctx, "newest");
    PARAM(&ctx.params, window_days) = 0;
    expect_refusal(&ease_kind, &many, &ctx, "so many");
    PARAM(&ctx.params, max_items) = 20;
    for (uint32_t u = 0; u < s.data.n_users; u++) /* who leaves has an item at the border */
        s.gone[u] = 0;
    unsigned refused = 0;
    for (uint32_t u = 0; u < 60; u++) {
        struct scene one = {.data = s.data, .gone = s.gone};
        struct model *before = train(&ease_kind, &s.data, &ctx), *made;
        const char *why = "";
        s.gone[u] = 1;
        ck_assert_int_eq(change_make(&one.change, &s.data, s.gone, s.data.now, NULL), 0);
        int rc = model_update(&made, before, &one.change, &ctx, &why, NULL);
        struct model *after = train(&ease_kind, &one.change.after, &ctx);
        if (rc == 0) {
            ck_assert(difference(made, after) < 1e-5);
            model_free(made);
        } else {
            ck_assert(strstr(why, "most popular") != NULL || strstr(why, "so many") != NULL);
            refused++;
        }
        model_free(before);
        model_free(after);
        change_release(&one.change);
        s.gone[u] = 0;
    }
    ck_assert(refused > 0 && refused < 60);
    model_default_params(&svd_kind, &ctx.params);
    expect_refusal(&svd_kind, &many, &ctx, "trained again");
    ials_params(&ctx, 1);
    expect_refusal(&ials_kind, &s, &ctx, "in one piece");
    ials_params(&ctx, 8);
    expect_refusal(&ials_kind, &many, &ctx, "most of its shards");
    PARAM(&ctx.params, half_life_days) = 9;
    expect_refusal(&ials_kind, &s, &ctx, "newest");
    PARAM(&ctx.params, patience) = 2;
    struct model *none = NULL;
    ck_assert_int_eq(model_train(&none, &ials_kind, &s.data, &ctx, NULL), E_USAGE);
    scene_release(&s);
    scene_release(&many);
}
END_TEST

/* Counts are counted again: that is the training itself. */
START_TEST(test_counts_are_counted_again)
{
    const struct model_kind *const kinds[] = {&random_kind, &popular_kind, &own_frequency_kind, &period_kind};
    struct scene s;
    scene_make(&s, 100, 40, 0.1, 2, 0);
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        struct train_context ctx = {.seed = 5};
        const char *why;
        model_default_params(kinds[k], &ctx.params);
        struct model *before = train(kinds[k], &s.data, &ctx), *after = train(kinds[k], &s.change.after, &ctx), *made;
        ck_assert_int_eq(model_update(&made, before, &s.change, &ctx, &why, NULL), 0);
        ck_assert(!(difference(made, after) > 0));
        model_free(before);
        model_free(after);
        model_free(made);
    }
    scene_release(&s);
}
END_TEST

/* What items are described by knows of nobody: it is taken over, unless an item goes with them. */
START_TEST(test_content_is_taken_over)
{
    struct scene s;
    struct item_terms terms;
    struct train_context ctx = {.seed = 5};
    const char *why = "";
    fixture_random(&s.data, 100, 70, 20, 1);
    fixture_terms(&terms, &s.data, 1);
    s.gone = mem_zalloc(100, 1);
    s.gone[7] = 1;
    ck_assert_int_eq(change_make(&s.change, &s.data, s.gone, s.data.now, NULL), 0);
    ck_assert_uint_eq(s.change.after.n_items, 70);
    model_default_params(&content_kind, &ctx.params);
    PARAM(&ctx.params, dim) = 8;
    struct model *before = train(&content_kind, &s.data, &ctx), *after = train(&content_kind, &s.change.after, &ctx), *made;
    char note[sizeof ctx.note];
    memcpy(note, ctx.note, sizeof note);
    s.change.note = note;
    ck_assert_int_eq(model_update(&made, before, &s.change, &ctx, &why, NULL), 0);
    ck_assert(!(difference(made, after) > 0));
    ck_assert_str_eq(ctx.note, note);
    model_free(made);
    s.change.after.terms = NULL;
    ck_assert_int_eq(model_update(&made, before, &s.change, &ctx, &why, NULL), 1);
    ck_assert(strstr(why, "an item is gone") != NULL);
    s.change.after.terms = &terms;
    model_free(before);
    model_free(after);
    scene_release(&s);
    item_terms_release(&terms);
}
END_TEST

/* A file of before there was a diagonal loads, scores alike, and says why it cannot be updated. */
START_TEST(test_an_old_file_of_ease)
{
    struct scene s;
    struct train_context ctx = {.seed = 1};
    struct tensor_set set = {0};
    const char *why = "";
    scene_make(&s, 200, 50, 0, 3, 5);
    model_default_params(&ease_kind, &ctx.params);
    struct model *m = train(&ease_kind, &s.data, &ctx), *old = NULL, *made = NULL;
    ck_assert_int_eq(model_save(m, &set, NULL), 0);
    ck_assert_str_eq(set.tensors[set.n_tensors - 1].name, "diagonal");
    set.n_tensors--;
    ck_assert_int_eq(model_load(&old, &set, NULL), 0);
    set.n_tensors++;
    ck_assert_int_eq(model_update(&made, old, &s.change, &ctx, &why, NULL), 1);
    ck_assert(strstr(why, "diagonal") != NULL);
    model_free(old);
    ck_assert_int_eq(model_load(&old, &set, NULL), 0);
    ck_assert(!(difference(old, m) > 0));
    ck_assert_int_eq(model_update(&made, old, &s.change, &ctx, &why, NULL), 0);
    model_free(made);
    model_free(old);
    model_free(m);
    tensor_set_release(&set);
    scene_release(&s);
}
END_TEST

START_TEST(test_cancelled_and_out_of_memory)
{
    struct scene s;
    scene_make(&s, 120, 50, 0, 4, 5);
    const struct model_kind *const kinds[] = {&knn_kind, &ease_kind, &ials_kind};
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        struct train_context ctx = {.seed = 1};
        struct model *made;
        const char *why;
        model_default_params(kinds[k], &ctx.params);
        if (kinds[k] == &ials_kind)
            ials_params(&ctx, 3);
        struct model *before = train(kinds[k], &s.data, &ctx);
        int rc = E_NOMEM;
        for (unsigned long n = 1; rc == E_NOMEM; n++) {
            struct error err;
            mem_fail_after(n);
            rc = model_update(&made, before, &s.change, &ctx, &why, &err);
            mem_fail_after(0);
        }
        ck_assert_int_eq(rc, 0);
        model_free(made);
        struct job job = {0};
        job_cancel(&job);
        ctx.job = &job;
        ck_assert_int_eq(model_update(&made, before, &s.change, &ctx, &why, NULL), E_CANCELLED);
        model_free(before);
    }
    scene_release(&s);
}
END_TEST

CHECK_MAIN("change", test_the_data_without_them, test_shards_are_updated_to_the_byte,
           test_shards_are_merged_whatever_they_are_turned_by, test_knn_is_updated_to_the_byte, test_ease_is_updated_to_1e_5,
           test_downdate_is_its_reference, test_what_cannot_be_updated_says_why, test_counts_are_counted_again,
           test_content_is_taken_over,
           test_an_old_file_of_ease, test_cancelled_and_out_of_memory)
