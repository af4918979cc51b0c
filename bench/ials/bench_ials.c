/* iALS for the comparison with other software; run.py drives it.
 *
 *   bench_ials split EVENTS SEED DIR          a random quarter of each user's events is the test
 *   bench_ials train DIR LISTS THREADS [name=value ...]
 *
 * EVENTS: three uint64 (users, items, events), then pairs of uint32 (user, item), by user.  DIR gets train.start,
 * train.item, test.start, test.item (uint64 and uint32).  `train` prints one line of JSON (wall and CPU
 * seconds of training alone, the peak memory of the process up to its end) and writes each user's ten best items that are not in
 * the training data (uint32). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/mem.h"
#include "base/rng.h"
#include "engine/model.h"
#include "engine/split.h"
#include "engine/topk.h"

#define K 10

static void die(const char *what)
{
    fprintf(stderr, "bench_ials: %s\n", what);
    exit(1);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double cpu(const struct rusage *usage)
{
    return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
           1e-6 * (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
}

static void *read_array(const char *dir, const char *name, size_t size, size_t *count)
{
    char path[4096];
    snprintf(path, sizeof path, "%s%s%s", dir, *dir == '\0' ? "" : "/", name);
    FILE *in = fopen(path, "rb");
    if (in == NULL || fseek(in, 0, SEEK_END) != 0)
        die(path);
    long bytes = ftell(in);
    if (bytes < (long)size)
        die(path);
    *count = (size_t)bytes / size;
    rewind(in);
    void *data = mem_alloc(*count, size);
    if (data == NULL || fread(data, size, *count, in) != *count)
        die(path);
    fclose(in);
    return data;
}

static void write_array(const char *dir, const char *name, const void *data, size_t size, size_t count)
{
    char path[4096];
    snprintf(path, sizeof path, "%s%s%s", dir, *dir == '\0' ? "" : "/", name);
    FILE *out = fopen(path, "wb");
    if (out == NULL || fwrite(data, size, count, out) != count || fclose(out) != 0)
        die(path);
}

static void keys(struct dataset *data)
{
    data->now = 1000000000;
    for (uint32_t u = 0; u < data->n_users; u++)
        data->user_key[u] = u + 1;
    for (uint32_t i = 0; i < data->n_items; i++)
        data->item_key[i] = rng_key(&i, sizeof i);
    for (uint64_t e = 0; e < data->n_events; e++) {
        data->time[e] = data->now;
        data->weight[e] = 1;
    }
}

static void split(const char *events, uint64_t seed, const char *dir)
{
    uint64_t head[3];
    struct dataset data;
    struct split s;
    struct error err;
    FILE *in = fopen(events, "rb");
    if (in == NULL || fread(head, sizeof head[0], 3, in) != 3 ||
        dataset_alloc(&data, (uint32_t)head[0], (uint32_t)head[1], head[2], NULL) != 0)
        die(events);
    for (uint64_t e = 0; e < head[2]; e++) {
        uint32_t pair[2];
        if (fread(pair, sizeof pair[0], 2, in) != 2)
            die(events);
        data.user_start[(size_t)pair[0] + 1] = e + 1;
        data.item[e] = pair[1];
    }
    fclose(in);
    keys(&data);
    struct split_options options = split_defaults(SPLIT_RANDOM, ANSWER_DISCOVER);
    options.seed = seed;
    if (split_make(&s, &data, &options, &err) != 0)
        die(err.why);
    if (s.train.n_users != data.n_users)
        die("every user must have events to train on");
    /* Users whose held-out items are all in their history have nothing to be found. */
    uint64_t *start = mem_zalloc((size_t)data.n_users + 1, sizeof *start);
    for (uint32_t t = 0; t < s.n_users; t++)
        start[s.user[t] + 1] = s.relevant_start[t + 1];
    for (uint32_t u = 0; u < data.n_users; u++)
        start[u + 1] = start[u + 1] > start[u] ? start[u + 1] : start[u];
    uint32_t items = data.n_items;
    write_array(dir, "train.start", s.train.user_start, 8, (size_t)s.train.n_users + 1);
    write_array(dir, "train.item", s.train.item, 4, s.train.n_events);
    write_array(dir, "test.start", start, 8, (size_t)data.n_users + 1);
    write_array(dir, "test.item", s.relevant, 4, s.relevant_start[s.n_users]);
    write_array(dir, "items", &items, 4, 1);
    mem_free(start);
    split_release(&s);
    dataset_release(&data);
}

static void load(struct dataset *data, const char *dir)
{
    size_t users, events, one;
    uint64_t *start = read_array(dir, "train.start", 8, &users);
    uint32_t *item = read_array(dir, "train.item", 4, &events), *items = read_array(dir, "items", 4, &one);
    if (users < 2 || dataset_alloc(data, (uint32_t)users - 1, *items, events, NULL) != 0)
        die("no users, or out of memory");
    memcpy(data->user_start, start, users * sizeof *start);
    mem_free(data->item);
    data->item = item;
    keys(data);
    mem_free(start);
    mem_free(items);
}

struct lists {
    const struct model *model;
    const struct dataset *data;
    uint32_t *out;
    float *scores[2];
    void *scratch[2];
    uint64_t *seen[2];
};

static void lists_task(void *context, size_t task, unsigned worker)
{
    struct lists *l = context;
    struct history users[MODEL_TILE] = {{0}};
    uint32_t first = (uint32_t)task * MODEL_TILE, items = l->data->n_items;
    uint32_t n = l->data->n_users - first < MODEL_TILE ? l->data->n_users - first : MODEL_TILE;
    for (uint32_t u = 0; u < n; u++)
        users[u] = dataset_history(l->data, first + u);
    l->model->kind->score(l->model, users, n, l->scores[worker], items, l->scratch[worker]);
    for (uint32_t u = 0; u < n; u++) {
        struct scored best[K];
        uint64_t *seen = l->seen[worker];
        memset(seen, 0, ((size_t)items / 64 + 1) * sizeof *seen);
        for (uint32_t e = 0; e < users[u].n; e++)
            seen[users[u].item[e] / 64] |= 1ull << users[u].item[e] % 64;
        uint32_t got = topk_select(l->scores[worker] + (size_t)u * items, items, seen, K, best);
        for (uint32_t k = 0; k < K; k++)
            l->out[(size_t)(first + u) * K + k] = k < got ? best[k].item : UINT32_MAX;
    }
}

static void write_lists(const struct model *model, const struct dataset *data, struct pool *pool, const char *path)
{
    struct lists l = {.model = model, .data = data};
    l.out = mem_alloc((size_t)data->n_users * K, sizeof *l.out);
    for (unsigned w = 0; w < pool_size(pool); w++) {
        l.scores[w] = mem_alloc_aligned((size_t)MODEL_TILE * data->n_items, sizeof(float));
        l.scratch[w] = mem_alloc_aligned(1, model->kind->score_scratch(model));
        l.seen[w] = mem_alloc((size_t)data->n_items / 64 + 1, 8);
        if (l.out == NULL || l.scores[w] == NULL || l.scratch[w] == NULL || l.seen[w] == NULL)
            die("out of memory");
    }
    pool_run(pool, ((size_t)data->n_users + MODEL_TILE - 1) / MODEL_TILE, lists_task, &l);
    write_array("", path, l.out, sizeof *l.out, (size_t)data->n_users * K);
    for (unsigned w = 0; w < pool_size(pool); w++) {
        mem_free(l.scores[w]);
        mem_free(l.scratch[w]);
        mem_free(l.seen[w]);
    }
    mem_free(l.out);
}

static void train(const char *dir, const char *path, unsigned threads, char **settings, int n)
{
    struct dataset data;
    struct error err;
    struct train_context ctx = {.seed = 1};
    const struct model_kind *kind = model_kind_find("ials");
    struct model *model;
    struct rusage before, usage;
    load(&data, dir);
    model_default_params(kind, &ctx.params);
    for (int i = 0; i < n; i++) {
        char *equals = strchr(settings[i], '=');
        if (equals == NULL)
            die(settings[i]);
        *equals = '\0';
        int id = param_find(settings[i]);
        if (id < 0 || params_set(&ctx.params, id, equals + 1, &err) != 0)
            die(settings[i]);
    }
    ctx.pool = pool_new(threads > 2 ? 2 : threads);
    getrusage(RUSAGE_SELF, &before);
    double begin = seconds();
    if (model_train(&model, kind, &data, &ctx, &err) != 0)
        die(err.why);
    double end = seconds();
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"seconds\": %.3f, \"cpu\": %.3f, \"peak_mb\": %.0f}\n", end - begin, cpu(&usage) - cpu(&before),
           (double)usage.ru_maxrss / 1024);
    begin = seconds();
    write_lists(model, &data, ctx.pool, path);
    fprintf(stderr, "scoring and ranking all users: %.3f s\n", seconds() - begin);
    model_free(model);
    pool_free(ctx.pool);
    dataset_release(&data);
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "split") == 0)
        split(argv[2], (uint64_t)strtoull(argv[3], NULL, 10), argv[4]);
    else if (argc >= 5 && strcmp(argv[1], "train") == 0)
        train(argv[2], argv[3], (unsigned)strtoul(argv[4], NULL, 10), argv + 5, argc - 5);
    else
        die("usage: bench_ials split EVENTS SEED DIR | train DIR LISTS THREADS [name=value ...]");
    return 0;
}
