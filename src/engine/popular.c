/* The same for everyone: how often an item was met, of all time, within a window, or decayed. */
#include <string.h>

#include "base/mem.h"
#include "engine/kinds.h"

struct popular_model {
    struct model base;
    float *count;
};

static void popular_free(struct model *model)
{
    mem_free(((struct popular_model *)model)->count);
    mem_free(model);
}

static int popular_new(struct popular_model **out, uint32_t n_items, struct error *err)
{
    struct popular_model *self = mem_zalloc(1, sizeof *self);
    float *count = mem_zalloc(n_items, sizeof *count);
    if (self == NULL || count == NULL) {
        mem_free(self);
        mem_free(count);
        return error_nomem(err, "popular");
    }
    self->count = count;
    *out = self;
    return 0;
}

static int popular_train(struct model **out, const struct dataset *data, struct train_context *ctx, struct error *err)
{
    struct weighting weighting = weighting_from_params(&ctx->params);
    struct popular_model *self = NULL;
    struct csr by_user = {0};
    double *sum = mem_zalloc(data->n_items, sizeof *sum);
    int rc = sum == NULL ? error_nomem(err, "popular") : popular_new(&self, data->n_items, err);
    if (rc == 0)
        rc = csr_from_events(&by_user, data, &weighting, err);
    if (rc != 0)
        goto out;
    uint64_t n = by_user.start[by_user.rows];
    for (uint64_t i = 0; i < n; i++)
        sum[by_user.col[i]] += by_user.val == NULL ? 1.0 : (double)by_user.val[i];
    for (uint32_t i = 0; i < data->n_items; i++)
        self->count[i] = (float)sum[i];
    *out = &self->base;
    self = NULL;
out:
    if (self != NULL)
        popular_free(&self->base);
    csr_release(&by_user);
    mem_free(sum);
    return rc;
}

static void popular_score(const struct model *model, const struct history *users, uint32_t n, float *scores,
                          size_t stride, void *scratch)
{
    const struct popular_model *self = (const struct popular_model *)model;
    (void)scratch;
    (void)users;
    for (uint32_t u = 0; u < n; u++)
        memcpy(scores + u * stride, self->count, model->n_items * sizeof *scores);
}

static size_t popular_scratch(const struct model *model)
{
    (void)model;
    return 0;
}

static double popular_explain(const struct model *model, const struct history *user, uint32_t item,
                              double *contribution, void *scratch)
{
    (void)scratch;
    memset(contribution, 0, user->n * sizeof *contribution);
    return (double)((const struct popular_model *)model)->count[item];
}

static int popular_save(const struct model *model, struct tensor_set *out, struct error *err)
{
    return tensor_set_add_1d(out, "count", TENSOR_F32, model->n_items, ((const struct popular_model *)model)->count,
                             err);
}

static int popular_load(struct model **out, const struct model *head, const struct tensor_set *in, struct error *err)
{
    const float *count = tensor_set_want(in, "count", TENSOR_F32, head->n_items, 0, err);
    if (count == NULL)
        return E_CORRUPT;
    struct popular_model *self;
    int rc = popular_new(&self, head->n_items, err);
    if (rc != 0)
        return rc;
    memcpy(self->count, count, head->n_items * sizeof *count);
    *out = &self->base;
    return 0;
}

const struct model_kind popular_kind = {
    .name = "popular",
    .title = "Popularity",
    .about = "How many users met the item, of all time, within a window, or decayed by age",
    .defaults = "half_life_days=0 window_days=0 counting=once",
    .counts = true,
    .train = popular_train,
    .score = popular_score,
    .score_scratch = popular_scratch,
    .explain = popular_explain,
    .save = popular_save,
    .load = popular_load,
    .free = popular_free,
};
