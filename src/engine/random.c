/* Uniform random scores: the floor that every other model has to beat. */
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "engine/kinds.h"

struct random_model {
    struct model base;
    uint64_t seed;
    uint64_t *item_key;
};

static void random_free(struct model *model)
{
    struct random_model *self = (struct random_model *)model;
    mem_free(self->item_key);
    mem_free(self);
}

static int random_new(struct model **out, uint64_t seed, const uint64_t *item_key, uint32_t n_items,
                      struct error *err)
{
    struct random_model *self = mem_zalloc(1, sizeof *self);
    uint64_t *keys = mem_dup(item_key, n_items * sizeof *item_key);
    if (self == NULL || keys == NULL) {
        mem_free(self);
        mem_free(keys);
        return error_nomem(err, "random");
    }
    self->seed = seed;
    self->item_key = keys;
    *out = &self->base;
    return 0;
}

static int random_train(struct model **out, const struct dataset *data, struct train_context *ctx, struct error *err)
{
    return random_new(out, ctx->seed, data->item_key, data->n_items, err);
}

/* A user is known by what they did: the key of (when, which item) of every event. */
static uint64_t history_key(const struct random_model *self, const struct history *h)
{
    uint64_t key = self->seed;
    for (uint32_t i = 0; i < h->n; i++) {
        uint64_t event[3] = {key, h->item[i] < self->base.n_items ? self->item_key[h->item[i]] : 0, h->time[i]};
        key = rng_key(event, sizeof event);
    }
    return key;
}

static float draw(uint64_t user, uint64_t item)
{
    struct rng rng;
    rng_init(&rng, user, item);
    return (float)(rng_next(&rng) >> 40) * 0x1.0p-24f;
}

static void random_score(const struct model *model, const struct history *users, uint32_t n, float *scores,
                         size_t stride, void *scratch)
{
    const struct random_model *self = (const struct random_model *)model;
    (void)scratch;
    for (uint32_t u = 0; u < n; u++) {
        uint64_t key = history_key(self, &users[u]);
        for (uint32_t i = 0; i < model->n_items; i++)
            scores[u * stride + i] = draw(key, self->item_key[i]);
    }
}

static size_t random_scratch(const struct model *model)
{
    (void)model;
    return 0;
}

static double random_explain(const struct model *model, const struct history *user, uint32_t item,
                             double *contribution, void *scratch)
{
    const struct random_model *self = (const struct random_model *)model;
    (void)scratch;
    memset(contribution, 0, user->n * sizeof *contribution);
    return (double)draw(history_key(self, user), self->item_key[item]);
}

static int random_save(const struct model *model, struct tensor_set *out, struct error *err)
{
    const struct random_model *self = (const struct random_model *)model;
    int rc = tensor_set_add_1d(out, "item_key", TENSOR_U64, model->n_items, self->item_key, err);
    return rc != 0 ? rc : tensor_set_add_1d(out, "seed", TENSOR_U64, 1, &self->seed, err);
}

static int random_load(struct model **out, const struct model *head, const struct tensor_set *in, struct error *err)
{
    const uint64_t *keys = tensor_set_want(in, "item_key", TENSOR_U64, head->n_items, 0, err);
    const uint64_t *seed = keys == NULL ? NULL : tensor_set_want(in, "seed", TENSOR_U64, 1, 0, err);
    if (seed == NULL)
        return E_CORRUPT;
    return random_new(out, *seed, keys, head->n_items, err);
}

const struct model_kind random_kind = {
    .name = "random",
    .title = "Random",
    .about = "Uniform random scores, drawn anew for every history: the floor",
    .defaults = "",
    .counts = true,
    .train = random_train,
    .score = random_score,
    .score_scratch = random_scratch,
    .explain = random_explain,
    .save = random_save,
    .load = random_load,
    .free = random_free,
};
