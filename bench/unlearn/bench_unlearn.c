/* Updating models without some people against training them without these:
 *
 *   bench_unlearn [SEQUENCES...]      (as bench_ease reads them; without any, a made-up shop of 5,000 products)
 *
 * On two threads, in turns, medians of three rounds; wall (CPU) seconds.  The last column is the largest difference of
 * any number between the two models: 0 is byte for byte. */
#include <math.h>

#include "bench/common.h"
#include "engine/model.h"

enum { ROUNDS = 3, SHOP_USERS = 20000, SHOP_ITEMS = 5000, SHOP_EVENTS = 20 };

static void make_shop(struct dataset *data)
{
    if (dataset_alloc(data, SHOP_USERS, SHOP_ITEMS, (uint64_t)SHOP_USERS * SHOP_EVENTS, NULL) != 0)
        die("out of memory");
    data->now = 1000000000;
    for (uint32_t i = 0; i < SHOP_ITEMS; i++)
        data->item_key[i] = rng_key(&i, sizeof i);
    for (uint32_t u = 0; u < SHOP_USERS; u++) {
        struct rng rng;
        uint32_t taste, at = u * SHOP_EVENTS;
        rng_init(&rng, 1, u);
        taste = (uint32_t)rng_below(&rng, 50);
        data->user_key[u] = rng_key(&u, sizeof u);
        for (uint32_t e = 0; e < SHOP_EVENTS; e++, at++) {
            double x = rng_uniform(&rng);
            uint32_t item = (uint32_t)(x * x * x * SHOP_ITEMS);
            data->item[at] = rng_uniform(&rng) < 0.6 ? item / 50 * 50 + taste : item;
            data->time[at] = data->now;
            data->weight[at] = 1;
        }
        data->user_start[u + 1] = at;
    }
}

static double difference(const struct model *a, const struct model *b)
{
    struct tensor_set x = {0}, y = {0};
    double most = 0;
    if (model_save(a, &x, NULL) != 0 || model_save(b, &y, NULL) != 0)
        die("out of memory");
    for (size_t i = 0; i < x.n_tensors; i++) {
        const struct tensor *t = &x.tensors[i], *o = tensor_set_find(&y, t->name);
        if (o == NULL || tensor_count(t) != tensor_count(o))
            return (double)INFINITY;
        if (memcmp(t->data, o->data, tensor_count(t) * tensor_type_size(t->type)) == 0)
            continue;
        for (uint64_t k = 0; k < tensor_count(t); k++)
            most = t->type != TENSOR_F32 ? (double)INFINITY
                                         : fmax(most, fabs((double)((const float *)t->data)[k] -
                                                           (double)((const float *)o->data)[k]));
    }
    tensor_set_release(&x);
    tensor_set_release(&y);
    return most;
}

static int by_wall(const void *a, const void *b)
{
    double x = ((const struct moment *)a)->wall, y = ((const struct moment *)b)->wall;
    return x < y ? -1 : x > y;
}

static struct moment median(struct moment took[ROUNDS])
{
    qsort(took, ROUNDS, sizeof *took, by_wall);
    return took[ROUNDS / 2];
}

/* Training by the defaults of the kind: not sharded, so that shards have to be cheaper than that. */
static void measure(const char *name, double shards, const struct change *change, struct pool *pool)
{
    const struct model_kind *kind = model_kind_find(name);
    struct train_context ctx = {.seed = 1, .pool = pool}, plain = ctx;
    struct moment train[ROUNDS], update[ROUNDS];
    struct model *before, *after, *made;
    struct error err;
    const char *why = "";
    double differs = 0;
    int rc = 0;
    model_default_params(kind, &ctx.params);
    model_default_params(kind, &plain.params);
    PARAM(&ctx.params, shards) = shards;
    if (model_train(&before, kind, change->before, &ctx, &err) != 0)
        die(err.why);
    for (int round = 0; rc == 0 && round < ROUNDS; round++) {
        struct moment t0 = moment();
        if (model_train(&after, kind, &change->after, &plain, &err) != 0)
            die(err.why);
        struct moment t1 = moment();
        rc = model_update(&made, before, change, &ctx, &why, &err);
        struct moment t2 = moment();
        train[round] = (struct moment){t1.wall - t0.wall, t1.cpu - t0.cpu};
        update[round] = (struct moment){t2.wall - t1.wall, t2.cpu - t1.cpu};
        if (rc < 0)
            die(err.why);
        if (round == 0 && shards > 1) { /* what it equals is sharded, too */
            model_free(after);
            if (model_train(&after, kind, &change->after, &ctx, &err) != 0)
                die(err.why);
        }
        differs = rc == 0 && round == 0 ? difference(made, after) : differs;
        model_free(after);
        if (rc == 0)
            model_free(made);
    }
    model_free(before);
    if (rc == 1) {
        printf("| %s | %u | %s | | | |\n", name, change->n_gone, why);
        return;
    }
    struct moment t = median(train), u = median(update);
    printf("| %s", name);
    if (shards > 1)
        printf(", %g shards", shards);
    printf(" | %u | %.3f (%.3f) | %.3f (%.3f) | %.2f (%.2f) | %.1e |\n", change->n_gone, t.wall, t.cpu, u.wall, u.cpu,
           u.wall / t.wall, u.cpu / t.cpu, differs);
    fflush(stdout);
}

static void run(const char *path, struct pool *pool)
{
    static const uint32_t counts[] = {1, 10, 100};
    struct dataset data;
    if (path != NULL)
        read_sequences(&data, path);
    else
        make_shop(&data);
    uint8_t *gone = mem_zalloc(data.n_users, 1);
    if (gone == NULL)
        die("out of memory");
    printf("\n%s: %u people, %u items, %lu events\n\n| model | people leave | train again | update | ratio | difference |\n"
           "|---|---|---|---|---|---|\n", path != NULL ? path : "a made-up shop", data.n_users, data.n_items,
           (unsigned long)data.n_events);
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        struct change change;
        for (uint32_t k = 0; k < counts[c]; k++)
            gone[(k * UINT64_C(7919) + 17) % data.n_users] = 1;
        if (change_make(&change, &data, gone, data.now, NULL) != 0)
            die("out of memory");
        measure("knn", 0, &change, pool);
        measure("ease", 0, &change, pool);
        if (counts[c] == 1) {
            measure("ials", 4, &change, pool);
            measure("ials", 8, &change, pool);
        }
        change_release(&change);
    }
    mem_free(gone);
    dataset_release(&data);
}

int main(int argc, char **argv)
{
    struct pool *pool = pool_new(2);
    if (pool == NULL)
        die("out of memory");
    for (int i = 1; i < argc; i++)
        run(argv[i], pool);
    if (argc < 2)
        run(NULL, pool);
    pool_free(pool);
    return 0;
}
