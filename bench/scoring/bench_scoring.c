/* How long scoring and measuring all users takes, against the bare matrix products that it contains.
 *
 *   bench_scoring [USERS [ITEMS [EVENTS]]]     of a synthetic shop; default 20000 users, 20000 items, 40 events each
 *
 * evaluate_model with every metric, full ranking, seen items left out, on two threads; beside it cblas_sgemm of
 * the same shape: for each tile of users their factors times all items' (iALS, d = 64 and 128), or their history
 * vectors times the item-item matrix (EASE, the 4000 most popular items).  The best of five of each.  The data
 * are for the clock only: nothing is said about quality. */
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "engine/evaluate.h"

#define THREADS 2
#define TIMES 5
#define EASE_ITEMS 4000

/* Popular items more often (Zipf-like: item = n^u), a taste of neighbouring numbers per user. */
static int make_shop(struct dataset *data, uint32_t users, uint32_t items, uint32_t events)
{
    if (dataset_alloc(data, users, items, (uint64_t)users * events, NULL) != 0)
        return -1;
    data->now = 1700000000;
    for (uint32_t i = 0; i < items; i++)
        data->item_key[i] = i;
    for (uint32_t u = 0; u < users; u++) {
        struct rng rng;
        rng_init(&rng, 1, u);
        data->user_key[u] = u;
        data->user_start[u + 1] = (uint64_t)(u + 1) * events;
        for (uint64_t e = data->user_start[u]; e < data->user_start[u + 1]; e++) {
            double x = rng_uniform(&rng);
            data->item[e] = (uint32_t)(x * x * x * items);
            data->time[e] = data->now - (uint32_t)(data->user_start[u + 1] - e) * 3600;
            data->weight[e] = 1;
        }
    }
    return 0;
}

struct product {
    uint32_t rows, items, inner;
    const float *left, *right;
    float *out[THREADS];
};

static void multiply_tile(void *context, size_t task, unsigned worker)
{
    const struct product *p = context;
    uint32_t from = (uint32_t)task * MODEL_TILE, n = p->rows - from < MODEL_TILE ? p->rows - from : MODEL_TILE;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)n, (int)p->items, (int)p->inner, 1, p->left,
                (int)p->inner, p->right, (int)p->items, 0, p->out[worker], (int)p->items);
}

static float *random_matrix(size_t n)
{
    float *m = mem_alloc_aligned(n, sizeof *m);
    struct rng rng;
    rng_init(&rng, 2, 3);
    for (size_t i = 0; m != NULL && i < n; i++)
        m[i] = (float)rng_uniform(&rng);
    return m;
}

static double time_product(uint32_t rows, uint32_t items, uint32_t inner, struct pool *pool)
{
    struct product p = {rows, items, inner, random_matrix((size_t)MODEL_TILE * inner),
                        random_matrix((size_t)inner * items), {NULL}};
    double best = 1e9;
    for (int t = 0; t < THREADS; t++)
        p.out[t] = random_matrix((size_t)MODEL_TILE * items);
    for (int time = 0; time < TIMES; time++) {
        double start = clock_seconds();
        pool_run(pool, (rows + MODEL_TILE - 1) / MODEL_TILE, multiply_tile, &p);
        double seconds = clock_seconds() - start;
        best = seconds < best ? seconds : best;
    }
    for (int t = 0; t < THREADS; t++)
        mem_free(p.out[t]);
    mem_free((void *)(uintptr_t)p.left);
    mem_free((void *)(uintptr_t)p.right);
    return best;
}

static int measure(const char *label, const char *kind_name, const char *params, const struct split *split,
                   uint32_t inner, struct pool *pool)
{
    const struct model_kind *kind = model_kind_find(kind_name);
    struct train_context ctx = {.pool = pool};
    struct error err = {0};
    struct model *model;
    double best = 1e9;
    model_default_params(kind, &ctx.params);
    model_apply_params(&ctx.params, params);
    if (model_train(&model, kind, &split->train, &ctx, &err) != 0) {
        fprintf(stderr, "%s: %s\n", err.what, err.why);
        return 1;
    }
    for (int time = 0; time < TIMES; time++) {
        struct evaluate_options options = {.pool = pool};
        struct evaluation result;
        double start = clock_seconds();
        if (evaluate_model(&result, model, split, &options, &err) != 0) {
            fprintf(stderr, "%s: %s\n", err.what, err.why);
            model_free(model);
            return 1;
        }
        double seconds = clock_seconds() - start;
        best = seconds < best ? seconds : best;
        evaluation_release(&result);
    }
    model_free(model);
    double bare = time_product(split->n_users, split->train.n_items, inner, pool);
    printf("%-12s %7u users x %6u items   evaluation %8.3f s   sgemm %8.3f s   ratio %.2f\n", label, split->n_users,
           split->train.n_items, best, bare, best / bare);
    return 0;
}

static int run(uint32_t users, uint32_t items, uint32_t events, int ease, struct pool *pool)
{
    struct dataset data;
    struct split split;
    struct error err = {0};
    struct split_options how = split_defaults(SPLIT_RANDOM, ANSWER_DISCOVER);
    if (make_shop(&data, users, items, events) != 0 || split_make(&split, &data, &how, &err) != 0) {
        fprintf(stderr, "%s\n", err.why);
        return 1;
    }
    int rc = 0;
    if (ease)
        rc = measure("ease", "ease", "", &split, items, pool);
    if (!ease)
        rc = measure("ials d=64", "ials", "dim=64 epochs=1 patience=0", &split, 64, pool);
    if (!ease && rc == 0)
        rc = measure("ials d=128", "ials", "dim=128 epochs=1 patience=0", &split, 128, pool);
    split_release(&split);
    dataset_release(&data);
    return rc;
}

int main(int argc, char **argv)
{
    uint32_t users = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 20000;
    uint32_t items = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 20000;
    uint32_t events = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 40;
    if (users == 0 || items == 0 || events < 2) {
        fprintf(stderr, "usage: bench_scoring [USERS [ITEMS [EVENTS]]]\n");
        return 2;
    }
    struct pool *pool = pool_new(THREADS);
    int rc = pool == NULL ? 1 : run(users, items, events, 0, pool);
    if (rc == 0)
        rc = run(users / 4 + 1, items < EASE_ITEMS ? items : EASE_ITEMS, events, 1, pool);
    pool_free(pool);
    return rc;
}
