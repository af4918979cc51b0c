/* The best ten of a large catalogue by the index of items, against scoring everything, in the same run.
 *
 *   bench_index [ITEMS [USERS [EVENTS]]] [DIR]     default: 500000 items, 2000000 users, 10 events each
 *
 * Twice: with the factors that iALS (d = 64) learns from a synthetic shop with popular and rare items, where lengths
 * follow popularity and few items have to be looked at; and with normal random factors, where all lengths are alike and
 * nothing can be left out, which is the worst there is.  Two threads; the exact side scores all items and selects, for
 * fewer users.  With DIR the factors, the questions and the right answers are written there, for peer_hnsw.cpp. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "engine/factors.h"
#include "engine/item_index.h"
#include "engine/kinds.h"

enum { THREADS = 2, DIM = 64, BEST = 10, TOGETHER = 64, QUESTIONS = 16384, EXACT = 512, SINGLE = 2000, EPOCHS = 4 };

struct task {
    const struct item_index *index;
    const float *packed, *x;
    uint32_t n_items;
    const uint64_t *mask;
    struct scored *out, *exact;
    uint32_t *n;
    void *scratch[THREADS];
    float *scores[THREADS];
};

static void search_some(void *context, size_t task, unsigned worker)
{
    struct task *t = context;
    struct item_query queries[TOGETHER];
    struct model_wish wishes[TOGETHER];
    for (uint32_t i = 0; i < TOGETHER; i++) {
        size_t u = task * TOGETHER + i;
        wishes[i] = (struct model_wish){.excluded = t->mask, .k = BEST, .out = t->out + u * BEST};
        queries[i] = (struct item_query){t->x + u * DIM, &wishes[i]};
    }
    item_index_search(t->index, queries, TOGETHER, t->scratch[worker]);
    for (uint32_t i = 0; i < TOGETHER; i++)
        t->n[task * TOGETHER + i] = wishes[i].n;
}

static void score_some(void *context, size_t task, unsigned worker)
{
    struct task *t = context;
    static _Thread_local float groups[8 * FACTORS_GROUP * DIM], tile[FACTORS_TILE_SIZE];
    size_t first = task * TOGETHER;
    for (uint32_t i = 0; i < TOGETHER; i++)
        factors_put_user(groups, i, t->x + (first + i) * DIM, DIM);
    factors_score(t->packed, t->n_items, DIM, groups, TOGETHER, t->scores[worker], t->n_items, tile);
    for (uint32_t i = 0; i < TOGETHER; i++)
        topk_select(t->scores[worker] + (size_t)i * t->n_items, t->n_items, t->mask, BEST,
                    t->exact + (first + i) * BEST);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void time_single(struct task *t, const char *label)
{
    static double ms[SINGLE];
    for (uint32_t u = 0; u < SINGLE; u++) {
        struct model_wish wish = {.excluded = t->mask, .k = BEST, .out = t->out + (size_t)u * BEST};
        struct item_query query = {t->x + (size_t)u * DIM, &wish};
        double start = clock_seconds();
        item_index_search(t->index, &query, 1, t->scratch[0]);
        ms[u] = 1e3 * (clock_seconds() - start);
    }
    qsort(ms, SINGLE, sizeof *ms, by_value);
    printf("  %-34s p50 %.3f ms, p95 %.3f ms, p99 %.3f ms\n", label, ms[SINGLE / 2], ms[SINGLE * 95 / 100],
           ms[SINGLE * 99 / 100]);
}

static void compare(struct task *t, uint32_t eligible, struct pool *pool)
{
    double start = clock_seconds();
    pool_run(pool, EXACT / TOGETHER, score_some, t);
    double exact = EXACT / (clock_seconds() - start);
    start = clock_seconds();
    pool_run(pool, QUESTIONS / TOGETHER, search_some, t);
    double rate = QUESTIONS / (clock_seconds() - start);
    uint32_t right = 0, same = 0, want = eligible < BEST ? eligible : BEST;
    for (uint32_t u = 0; u < EXACT; u++) {
        const struct scored *a = t->out + (size_t)u * BEST, *b = t->exact + (size_t)u * BEST;
        uint32_t equal = 0;
        for (uint32_t i = 0; i < want && t->n[u] == want; i++) {
            equal += a[i].item == b[i].item;
            for (uint32_t k = 0; k < want; k++)
                right += a[i].item == b[k].item;
        }
        same += equal == want;
    }
    printf("  %7u items eligible: %9.0f answers/s, scoring everything %6.0f/s, ratio %6.1f; recall@10 %.4f, identical "
           "lists %u of %u\n",
           eligible, rate, exact, rate / exact, (double)right / (EXACT * want), same, EXACT);
}

static void write_file(const char *dir, const char *label, const char *name, const void *data, size_t bytes)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s-%s.bin", dir, label, name);
    FILE *f = fopen(path, "wb");
    if (f == NULL || fwrite(data, 1, bytes, f) != bytes)
        fprintf(stderr, "%s cannot be written\n", path);
    if (f != NULL)
        fclose(f);
}

static int measure(const char *label, const float *factors, uint32_t n_items, const float *x, struct pool *pool,
                   const char *dir)
{
    static const uint32_t shares[] = {1, 100, 1000, 100000};
    struct item_index index;
    struct error err = {0};
    double start = clock_seconds();
    if (item_index_build(&index, factors, n_items, DIM, true, pool, NULL, &err) != 0)
        return 1;
    printf("%s factors: %u items, index of %.1f MB built in %.2f s\n", label, n_items, (double)index.n * (DIM + 8) / 1e6,
           clock_seconds() - start);
    float *packed = mem_alloc_aligned(factors_packed_size(n_items, DIM), sizeof *packed);
    uint64_t *mask = mem_alloc((size_t)n_items / 64 + 1, sizeof *mask);
    struct task t = {.index = &index, .packed = packed, .x = x, .n_items = n_items};
    t.out = mem_zalloc((size_t)QUESTIONS * BEST, sizeof *t.out);
    t.exact = mem_zalloc((size_t)EXACT * BEST, sizeof *t.exact);
    t.n = mem_zalloc(QUESTIONS, sizeof *t.n);
    for (int w = 0; w < THREADS; w++) {
        t.scratch[w] = mem_alloc_aligned(1, item_index_scratch(&index));
        t.scores[w] = mem_alloc_aligned((size_t)TOGETHER * n_items, sizeof(float));
    }
    factors_pack(packed, factors, n_items, DIM);
    for (size_t s = 0; s < sizeof shares / sizeof *shares; s++) {
        uint32_t eligible = 0;
        memset(mask, 0xff, ((size_t)n_items / 64 + 1) * sizeof *mask);
        for (uint32_t i = 0; i < n_items; i += shares[s], eligible++)
            mask[i / 64] &= ~(UINT64_C(1) << i % 64);
        t.mask = s == 0 ? NULL : mask;
        compare(&t, eligible, pool);
        time_single(&t, "one at a time, one thread:");
        if (s == 0 && dir != NULL) {
            write_file(dir, label, "factors", factors, (size_t)n_items * DIM * sizeof *factors);
            write_file(dir, label, "questions", x, (size_t)QUESTIONS * DIM * sizeof *x);
            write_file(dir, label, "answers", t.exact, (size_t)EXACT * BEST * sizeof *t.exact);
        }
    }
    for (int w = 0; w < THREADS; w++) {
        mem_free(t.scratch[w]);
        mem_free(t.scores[w]);
    }
    mem_free(t.out);
    mem_free(t.exact);
    mem_free(t.n);
    mem_free(mask);
    mem_free(packed);
    item_index_release(&index);
    return 0;
}

/* Popular items more often, people with a taste for some neighbouring numbers. */
static int make_shop(struct dataset *data, uint32_t users, uint32_t items, uint32_t events)
{
    if (dataset_alloc(data, users, items, (uint64_t)users * events, NULL) != 0)
        return 1;
    data->now = 1700000000;
    for (uint32_t i = 0; i < items; i++)
        data->item_key[i] = i;
    for (uint32_t u = 0; u < users; u++) {
        struct rng rng;
        rng_init(&rng, 1, u);
        data->user_key[u] = u;
        data->user_start[(size_t)u + 1] = ((uint64_t)u + 1) * events;
        uint32_t taste = (uint32_t)rng_below(&rng, 100), width = items / 100 + 1;
        for (uint64_t e = data->user_start[u]; e < data->user_start[(size_t)u + 1]; e++) {
            double where = rng_uniform(&rng);
            uint32_t i = (uint32_t)(where * where * where * (rng_uniform(&rng) < 0.7 ? width : items));
            data->item[e] = (uint32_t)(((uint64_t)taste * width + i) % items);
            data->time[e] = data->now - 3600;
            data->weight[e] = 1;
        }
    }
    return 0;
}

/* The sum of a history's factors points where a fold-in would, and is as good for the clock. */
static void ask_as_users(float *x, const float *factors, const struct dataset *data)
{
    for (uint32_t q = 0; q < QUESTIONS; q++) {
        struct history h = dataset_history(data, q % data->n_users);
        memset(x + (size_t)q * DIM, 0, DIM * sizeof *x);
        for (uint32_t e = 0; e < h.n; e++)
            for (uint32_t k = 0; k < DIM; k++)
                x[(size_t)q * DIM + k] += factors[(size_t)h.item[e] * DIM + k];
    }
}

static int measure_learnt(uint32_t items, uint32_t users, uint32_t events, float *x, struct pool *pool,
                          const char *dir)
{
    struct dataset data;
    struct train_context ctx = {.pool = pool, .seed = 1};
    struct tensor_set set = {0};
    struct model *model = NULL;
    struct error err = {0};
    if (make_shop(&data, users, items, events) != 0)
        return 1;
    model_default_params(&ials_kind, &ctx.params);
    PARAM(&ctx.params, epochs) = EPOCHS;
    model_apply_params(&ctx.params, "index=never");
    double start = clock_seconds();
    int rc = model_train(&model, &ials_kind, &data, &ctx, &err);
    double seconds = clock_seconds() - start;
    if (rc == 0)
        rc = model_save(model, &set, &err);
    if (rc == 0) {
        const float *factors = tensor_set_find(&set, "item_factors")->data;
        printf("iALS, %d epochs on %u users x %u events: trained in %.1f s\n", EPOCHS, users, events, seconds);
        ask_as_users(x, factors, &data);
        rc = measure("learnt", factors, items, x, pool, dir);
    }
    tensor_set_release(&set);
    model_free(model);
    dataset_release(&data);
    return rc;
}

static int measure_random(uint32_t items, float *x, struct pool *pool, const char *dir)
{
    float *factors = mem_alloc_aligned((size_t)items * DIM, sizeof *factors);
    struct rng rng;
    rng_init(&rng, 1, 2);
    for (size_t i = 0; i < (size_t)items * DIM; i++)
        factors[i] = (float)rng_normal(&rng);
    for (size_t i = 0; i < (size_t)QUESTIONS * DIM; i++)
        x[i] = (float)rng_normal(&rng);
    int rc = measure("random", factors, items, x, pool, dir);
    mem_free(factors);
    return rc;
}

int main(int argc, char **argv)
{
    uint32_t items = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 500000;
    uint32_t users = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 2000000;
    uint32_t events = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 10;
    if (items < 1000 || users == 0 || events == 0) {
        fprintf(stderr, "usage: bench_index [ITEMS [USERS [EVENTS]]] [DIR]\n");
        return 2;
    }
    float *x = mem_alloc_aligned((size_t)QUESTIONS * DIM, sizeof *x);
    struct pool *pool = pool_new(THREADS);
    const char *dir = argc > 4 ? argv[4] : NULL;
    int rc = measure_learnt(items, users, events, x, pool, dir);
    if (rc == 0)
        rc = measure_random(items, x, pool, dir);
    pool_free(pool);
    mem_free(x);
    return rc;
}
