/* Buy again: what a person has had, counted and decayed.  Among equals, and among what they never had,
 * the more popular item comes first. */
#include <string.h>

#include "base/mem.h"
#include "engine/kinds.h"

/* The most popular item's share of a score; one fresh event counts 1. */
#define POPULARITY_SHARE 0.01

struct own_frequency_model {
    struct model base;
    float *popularity; /* in [0, POPULARITY_SHARE] */
};

static void own_frequency_free(struct model *model)
{
    mem_free(((struct own_frequency_model *)model)->popularity);
    mem_free(model);
}

static int own_frequency_new(struct own_frequency_model **out, uint32_t n_items, struct error *err)
{
    struct own_frequency_model *self = mem_zalloc(1, sizeof *self);
    float *popularity = mem_zalloc(n_items, sizeof *popularity);
    if (self == NULL || popularity == NULL) {
        mem_free(self);
        mem_free(popularity);
        return error_nomem(err, "own-frequency");
    }
    self->popularity = popularity;
    *out = self;
    return 0;
}

/* Popularity goes by users: one who buys something every week does not make it everybody's. */
static int own_frequency_train(struct model **out, const struct dataset *data, struct train_context *ctx,
                               struct error *err)
{
    struct weighting weighting = weighting_from_params(&ctx->params);
    struct own_frequency_model *self = NULL;
    struct csr by_user = {0};
    double *count = mem_zalloc(data->n_items, sizeof *count), most = 0;
    int rc = count == NULL ? error_nomem(err, "own-frequency") : own_frequency_new(&self, data->n_items, err);
    weighting.counting = COUNT_ONCE;
    if (rc == 0)
        rc = csr_from_events(&by_user, data, &weighting, err);
    for (uint64_t i = 0; rc == 0 && i < by_user.start[by_user.rows]; i++)
        count[by_user.col[i]] += by_user.val == NULL ? 1 : (double)by_user.val[i];
    for (uint32_t i = 0; rc == 0 && i < data->n_items; i++)
        most = count[i] > most ? count[i] : most;
    for (uint32_t i = 0; most > 0 && i < data->n_items; i++)
        self->popularity[i] = (float)(POPULARITY_SHARE * count[i] / most);
    csr_release(&by_user);
    mem_free(count);
    if (rc == 0)
        *out = &self->base;
    else if (self != NULL)
        own_frequency_free(&self->base);
    return rc;
}

static void own_frequency_score(const struct model *model, const struct history *users, uint32_t n, float *scores,
                                size_t stride, void *scratch)
{
    const struct own_frequency_model *self = (const struct own_frequency_model *)model;
    struct weighting weighting = weighting_from_params(&model->params);
    for (uint32_t u = 0; u < n; u++) {
        float *row = scores + u * stride;
        struct counted *counted;
        uint32_t n_counted = weighting_history(&weighting, &users[u], model->n_items, scratch, &counted);
        memcpy(row, self->popularity, model->n_items * sizeof *row);
        for (uint32_t k = 0; k < n_counted; k++)
            row[counted[k].item] += counted[k].value;
    }
}

static size_t own_frequency_scratch(const struct model *model)
{
    return weighting_scratch(model->n_items);
}

static double own_frequency_explain(const struct model *model, const struct history *user, uint32_t item,
                                    double *contribution, void *scratch)
{
    struct weighting weighting = weighting_from_params(&model->params);
    struct counted *counted;
    uint32_t n = weighting_history(&weighting, user, model->n_items, scratch, &counted);
    for (uint32_t k = 0; k < n; k++)
        counted[k].amount = counted[k].item == item ? (double)counted[k].value : 0;
    weighting_spread(&weighting, user, model->n_items, scratch, n, counted, contribution);
    return (double)((const struct own_frequency_model *)model)->popularity[item];
}

static int own_frequency_save(const struct model *model, struct tensor_set *out, struct error *err)
{
    const struct own_frequency_model *self = (const struct own_frequency_model *)model;
    return tensor_set_add_1d(out, "popularity", TENSOR_F32, model->n_items, self->popularity, err);
}

static int own_frequency_load(struct model **out, const struct model *head, const struct tensor_set *in,
                              struct error *err)
{
    const float *popularity = tensor_set_want(in, "popularity", TENSOR_F32, head->n_items, 0, err);
    if (popularity == NULL)
        return E_CORRUPT;
    struct own_frequency_model *self;
    int rc = own_frequency_new(&self, head->n_items, err);
    if (rc != 0)
        return rc;
    memcpy(self->popularity, popularity, head->n_items * sizeof *popularity);
    *out = &self->base;
    return 0;
}

const struct model_kind own_frequency_kind = {
    .name = "own-frequency",
    .title = "Buy again",
    .about = "What this person has had before, counted and decayed by age; ties by popularity",
    .defaults = "counting=sum half_life_days=0 window_days=0",
    .counts = true,
    .train = own_frequency_train,
    .score = own_frequency_score,
    .score_scratch = own_frequency_scratch,
    .explain = own_frequency_explain,
    .save = own_frequency_save,
    .load = own_frequency_load,
    .free = own_frequency_free,
};
