/* EASE against the bare LAPACK calls that it contains, on two threads, in turns:
 *
 *   bench_ease SEQUENCES [LAMBDA [ROUNDS]]
 *
 * SEQUENCES: one user a line, `user item item ...`, all of them integers.  LAPACK's side is spotrf + spotri of
 * OpenBLAS with two threads on the same matrix, nothing else; ours is the whole training (counting, item pairs,
 * inverse, weights), and the inverse alone beside it. */
#include <lapacke.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/rng.h"
#include "engine/model.h"
#include "engine/spd.h"

#define THREADS 2

extern void openblas_set_num_threads(int n);

static void die(const char *what)
{
    fprintf(stderr, "bench_ease: %s\n", what);
    exit(1);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The items become dense by their order of appearance. */
static void read_sequences(struct dataset *data, const char *path)
{
    FILE *in = fopen(path, "r");
    char *line = NULL;
    size_t size = 0, users = 0, events = 0, room = 0;
    uint32_t *item = NULL, *dense = mem_alloc(1u << 24, sizeof *dense), items = 0;
    uint64_t *start = mem_alloc(1u << 24, sizeof *start);
    if (in == NULL || dense == NULL || start == NULL)
        die(path);
    memset(dense, 0xff, (1u << 24) * sizeof *dense);
    while (getline(&line, &size, in) > 0) {
        char *at = line;
        strtoul(at, &at, 10);
        start[users++] = events;
        for (char *end;; at = end, events++) {
            unsigned long id = strtoul(at, &end, 10);
            if (end == at)
                break;
            if (id >= 1u << 24 || mem_grow((void **)&item, &room, events + 1, sizeof *item) != 0)
                die("an item is not a small number");
            if (dense[id] == UINT32_MAX)
                dense[id] = items++;
            item[events] = dense[id];
        }
    }
    if (dataset_alloc(data, (uint32_t)users, items, events, NULL) != 0)
        die("out of memory");
    for (size_t u = 0; u < users; u++) {
        data->user_start[u + 1] = u + 1 < users ? start[u + 1] : events;
        data->user_key[u] = u + 1;
    }
    for (uint32_t i = 0; i < items; i++)
        data->item_key[i] = rng_key(&i, sizeof i);
    data->now = 1000000000;
    for (size_t e = 0; e < events; e++) {
        data->item[e] = item[e];
        data->time[e] = data->now;
        data->weight[e] = 1;
    }
    fclose(in);
    free(line);
    mem_free(item);
    mem_free(dense);
    mem_free(start);
}

static float *gram(const struct dataset *data, double lambda)
{
    struct csr x;
    size_t n = data->n_items;
    if (csr_from_dataset(&x, data, 0, 1, NULL) != 0)
        die("out of memory");
    float *a = mem_zalloc(n * n, sizeof *a);
    if (a == NULL)
        die("out of memory");
    for (uint32_t u = 0; u < x.rows; u++)
        for (uint64_t i = x.start[u]; i < x.start[u + 1]; i++)
            for (uint64_t j = x.start[u]; j < x.start[u + 1]; j++)
                a[x.col[i] * n + x.col[j]] += 1;
    for (size_t i = 0; i < n; i++)
        a[i * n + i] += (float)lambda;
    csr_release(&x);
    return a;
}

int main(int argc, char **argv)
{
    struct dataset data;
    struct error err;
    if (argc < 2)
        die("usage: bench_ease SEQUENCES [LAMBDA [ROUNDS]]");
    read_sequences(&data, argv[1]);
    double lambda = argc > 2 ? strtod(argv[2], NULL) : 500;
    int rounds = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 3;
    size_t n = data.n_items, bytes = n * n * sizeof(float);
    float *a = gram(&data, lambda), *lapack = mem_alloc(1, bytes), *ours = mem_alloc(1, bytes);
    struct pool *pool = pool_new(THREADS);
    if (lapack == NULL || ours == NULL || pool == NULL)
        die("out of memory");
    printf("%u users, %u items, %lu events, lambda %g\n", data.n_users, data.n_items,
           (unsigned long)data.n_events, lambda);
    for (int round = 0; round < rounds; round++) {
        memcpy(lapack, a, bytes);
        openblas_set_num_threads(THREADS);
        double t0 = seconds();
        if (LAPACKE_spotrf(LAPACK_COL_MAJOR, 'U', (lapack_int)n, lapack, (lapack_int)n) != 0 ||
            LAPACKE_spotri(LAPACK_COL_MAJOR, 'U', (lapack_int)n, lapack, (lapack_int)n) != 0)
            die("spotrf or spotri failed");
        double t1 = seconds();
        openblas_set_num_threads(1);
        memcpy(ours, a, bytes);
        double t2 = seconds();
        if (spd_invert(ours, (uint32_t)n, pool, NULL, "bench", &err) != 0)
            die(err.why);
        double t3 = seconds();
        struct train_context ctx = {.seed = 1, .pool = pool};
        struct model *model;
        model_default_params(model_kind_find("ease"), &ctx.params);
        PARAM(&ctx.params, lambda) = lambda;
        double t4 = seconds();
        if (model_train(&model, model_kind_find("ease"), &data, &ctx, &err) != 0)
            die(err.why);
        double t5 = seconds(), off = 0, largest = 0;
        model_free(model);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j <= i; j++) {
                off = fmax(off, fabs((double)ours[i * n + j] - (double)lapack[i * n + j]));
                largest = fmax(largest, fabs((double)lapack[i * n + j]));
            }
        printf("spotrf + spotri %.3f s; inverse %.3f s (ratio %.3f); whole training %.3f s (ratio %.3f); "
               "largest difference of the inverses %.1e of %.1e\n",
               t1 - t0, t3 - t2, (t3 - t2) / (t1 - t0), t5 - t4, (t5 - t4) / (t1 - t0), off, largest);
        fflush(stdout);
    }
    mem_free(a);
    mem_free(lapack);
    mem_free(ours);
    pool_free(pool);
    dataset_release(&data);
    return 0;
}
