/* EASE against the bare LAPACK calls that it contains, on as many threads (2), in turns:
 *
 *   bench_ease SEQUENCES [LAMBDA [ROUNDS [THREADS]]]
 *
 * SEQUENCES: one user a line, `user item item ...`, all of them integers.  LAPACK's side is spotrf + spotri of
 * OpenBLAS with as many threads on the same matrix, nothing else; ours is the whole training (counting, item pairs,
 * inverse, weights), and the inverse alone beside it.  CPU seconds stand in brackets: on a busy machine those of
 * one thread tell more than the clock. */
#include <lapacke.h>
#include <math.h>

#include "bench/common.h"
#include "engine/model.h"
#include "engine/spd.h"

extern void openblas_set_num_threads(int n);

static void report(const char *what, struct moment from, struct moment to, struct moment lapack)
{
    double wall = to.wall - from.wall, cpu = to.cpu - from.cpu;
    printf("%s %.3f (%.3f) s", what, wall, cpu);
    if (lapack.wall > 0)
        printf(", ratio %.3f (%.3f)", wall / lapack.wall, cpu / lapack.cpu);
    printf("; ");
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
        die("usage: bench_ease SEQUENCES [LAMBDA [ROUNDS [THREADS]]]");
    read_sequences(&data, argv[1]);
    double lambda = argc > 2 ? strtod(argv[2], NULL) : 500;
    int rounds = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 3;
    unsigned threads = argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 2;
    size_t n = data.n_items, bytes = n * n * sizeof(float);
    float *a = gram(&data, lambda), *lapack = mem_alloc(1, bytes), *ours = mem_alloc(1, bytes);
    struct pool *pool = pool_new(threads);
    if (lapack == NULL || ours == NULL || pool == NULL)
        die("out of memory");
    printf("%u users, %u items, %lu events, lambda %g, %u threads; wall (CPU) seconds\n", data.n_users, data.n_items,
           (unsigned long)data.n_events, lambda, threads);
    for (int round = 0; round < rounds; round++) {
        memcpy(lapack, a, bytes);
        openblas_set_num_threads((int)threads);
        struct moment t0 = moment();
        if (LAPACKE_spotrf(LAPACK_COL_MAJOR, 'U', (lapack_int)n, lapack, (lapack_int)n) != 0 ||
            LAPACKE_spotri(LAPACK_COL_MAJOR, 'U', (lapack_int)n, lapack, (lapack_int)n) != 0)
            die("spotrf or spotri failed");
        struct moment t1 = moment(), took = {t1.wall - t0.wall, t1.cpu - t0.cpu};
        openblas_set_num_threads(1);
        memcpy(ours, a, bytes);
        struct moment t2 = moment();
        if (spd_invert(ours, (uint32_t)n, pool, NULL, "bench", &err) != 0)
            die(err.why);
        struct moment t3 = moment();
        struct train_context ctx = {.seed = 1, .pool = pool};
        struct model *model;
        model_default_params(model_kind_find("ease"), &ctx.params);
        PARAM(&ctx.params, lambda) = lambda;
        struct moment t4 = moment();
        if (model_train(&model, model_kind_find("ease"), &data, &ctx, &err) != 0)
            die(err.why);
        struct moment t5 = moment();
        double off = 0, largest = 0;
        model_free(model);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j <= i; j++) {
                off = fmax(off, fabs((double)ours[i * n + j] - (double)lapack[i * n + j]));
                largest = fmax(largest, fabs((double)lapack[i * n + j]));
            }
        report("spotrf + spotri", t0, t1, (struct moment){0, 0});
        report("inverse", t2, t3, took);
        report("whole training", t4, t5, took);
        printf("largest difference of the inverses %.1e of %.1e\n", off, largest);
        fflush(stdout);
    }
    mem_free(a);
    mem_free(lapack);
    mem_free(ours);
    pool_free(pool);
    dataset_release(&data);
    return 0;
}
