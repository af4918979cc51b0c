#include "engine/model.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "engine/kinds.h"

const struct model_kind *const model_kinds[] = {
    &random_kind,
    &popular_kind,
    &popular_segment_kind,
    &own_frequency_kind,
    &knn_kind,
    &rules_kind,
    &content_kind,
    &ease_kind,
    &ials_kind,
    &svd_kind,
    &period_kind,
    &blend_kind,
    NULL,
};

const struct model_kind *model_kind_find(const char *name)
{
    for (size_t i = 0; model_kinds[i] != NULL; i++)
        if (strcmp(model_kinds[i]->name, name) == 0)
            return model_kinds[i];
    return NULL;
}

/* The next "name=value" of a defaults string: sets *id, copies the value's text; returns what follows, or NULL
 * at the end. */
static const char *next_default(const char *text, int *id, char *value, size_t size)
{
    text += strspn(text, " ");
    if (*text == '\0')
        return NULL;
    size_t length = strcspn(text, " "), name = strcspn(text, "=");
    char word[48];
    snprintf(word, sizeof word, "%.*s", (int)name, text);
    *id = param_find(word);
    snprintf(value, size, "%.*s", name < length ? (int)(length - name - 1) : 0, text + name + 1);
    return text + length;
}

void model_apply_params(struct params *params, const char *text)
{
    int id;
    char value[48];
    while ((text = next_default(text, &id, value, sizeof value)) != NULL)
        if (id >= 0)
            params_set(params, id, value, NULL);
}

void model_default_params(const struct model_kind *kind, struct params *out)
{
    *out = (struct params){{0}};
    model_apply_params(out, kind->defaults);
}

int model_uses_param(const struct model_kind *kind, int id)
{
    int used;
    char value[48];
    for (const char *at = kind->defaults; (at = next_default(at, &used, value, sizeof value)) != NULL;)
        if (used == id)
            return 1;
    return 0;
}

struct weighting weighting_from_params(const struct params *params)
{
    return (struct weighting){
        .counting = (enum counting)PARAM(params, counting),
        .half_life_days = PARAM(params, half_life_days),
        .window_days = PARAM(params, window_days),
    };
}

/* Values may come from code, a file or another model: the range is checked here whatever their way. */
static int check_params(const struct model_kind *kind, const struct params *params, struct error *err)
{
    for (int id = 0; id < PARAM_COUNT; id++) {
        if (!model_uses_param(kind, id))
            continue;
        char text[48];
        struct params parsed = {{0}};
        int rc = params_set(&parsed, id, params_text(params, id, text, sizeof text), err);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int lend_pool(struct train_context *ctx, struct pool **own)
{
    *own = ctx->pool == NULL ? pool_new(1) : NULL;
    if (ctx->pool == NULL && *own == NULL)
        return -1;
    if (*own != NULL)
        ctx->pool = *own;
    return 0;
}

static void return_pool(struct train_context *ctx, struct pool *own)
{
    if (own != NULL)
        ctx->pool = NULL;
    pool_free(own);
}

static void put_head(struct model *model, const struct model_kind *kind, const struct dataset *data,
                     const struct train_context *ctx)
{
    model->kind = kind;
    model->n_items = data->n_items;
    model->trained_at = data->now;
    model->params = ctx->params;
}

int model_train(struct model **out, const struct model_kind *kind, const struct dataset *data,
                struct train_context *ctx, struct error *err)
{
    ctx->note[0] = '\0';
    int rc = check_params(kind, &ctx->params, err);
    if (rc != 0)
        return rc;
    if (data->n_items == 0 || data->n_users == 0 || data->n_events == 0) {
        error_set(err, E_BAD_DATA, kind->name, "there are no events to learn from");
        return error_hint(err, E_BAD_DATA, "import events first, or widen the data window");
    }
    if (job_cancelled(ctx->job))
        return job_error_cancelled(err, kind->name);
    /* Even one thread's pool sees to it that BLAS keeps to one thread, and so to one order of summing. */
    struct pool *own;
    if (lend_pool(ctx, &own) != 0)
        return error_nomem(err, kind->name);
    struct model *model;
    rc = kind->train(&model, data, ctx, err);
    return_pool(ctx, own);
    if (rc != 0)
        return rc;
    put_head(model, kind, data, ctx);
    *out = model;
    return 0;
}

int model_update(struct model **out, const struct model *before, const struct change *change, struct train_context *ctx,
                 const char **why, struct error *err)
{
    const struct model_kind *kind = before->kind;
    struct pool *own;
    struct model *model;
    if (kind->counts)
        return model_train(out, kind, &change->after, ctx, err);
    *why = "models of this kind can only be trained again";
    if (kind->update == NULL)
        return 1;
    ctx->note[0] = ctx->how[0] = '\0';
    if (before->n_items != change->before->n_items)
        return error_set(err, E_CORRUPT, kind->name, "the model is of another catalogue than its data");
    if (job_cancelled(ctx->job))
        return job_error_cancelled(err, kind->name);
    if (lend_pool(ctx, &own) != 0)
        return error_nomem(err, kind->name);
    int rc = kind->update(&model, before, change, ctx, why, err);
    return_pool(ctx, own);
    if (rc != 0)
        return rc;
    put_head(model, kind, &change->after, ctx);
    *out = model;
    return 0;
}

void model_free(struct model *self)
{
    if (self == NULL)
        return;
    mem_free(self->most);
    self->kind->free(self);
}

int model_save(const struct model *self, struct tensor_set *out, struct error *err)
{
    int rc = tensor_set_put_meta(out, "kind", self->kind->name, err);
    if (rc == 0)
        rc = tensor_set_put_real(out, "n_items", self->n_items, err);
    if (rc == 0)
        rc = tensor_set_put_real(out, "trained_at", self->trained_at, err);
    for (int id = 0; rc == 0 && id < PARAM_COUNT; id++) {
        if (!model_uses_param(self->kind, id))
            continue;
        char name[TENSOR_NAME_MAX], text[48];
        snprintf(name, sizeof name, "param.%s", param_specs[id].name);
        rc = tensor_set_put_meta(out, name, params_text(&self->params, id, text, sizeof text), err);
    }
    return rc != 0 ? rc : self->kind->save(self, out, err);
}

static int load_head(struct model *head, const struct tensor_set *in, struct error *err)
{
    const char *name = tensor_set_meta(in, "kind");
    head->kind = name == NULL ? NULL : model_kind_find(name);
    if (head->kind == NULL) {
        error_set(err, E_CORRUPT, "model file", "'%.40s' is not a kind of model", name == NULL ? "" : name);
        return error_hint(err, E_CORRUPT, "it may come from a newer version of reckon");
    }
    double n_items, trained_at;
    int rc = tensor_set_want_real(in, "n_items", &n_items, err);
    if (rc == 0)
        rc = tensor_set_want_real(in, "trained_at", &trained_at, err);
    if (rc != 0)
        return rc;
    if (n_items < 1 || n_items > UINT32_MAX || trained_at < 0 || trained_at > UINT32_MAX)
        return error_set(err, E_CORRUPT, "model file", "the number of items or the time of training is out of range");
    head->n_items = (uint32_t)n_items;
    head->trained_at = (uint32_t)trained_at;
    for (int id = 0; id < PARAM_COUNT; id++) {
        if (!model_uses_param(head->kind, id))
            continue;
        char key[TENSOR_NAME_MAX];
        snprintf(key, sizeof key, "param.%s", param_specs[id].name);
        const char *text = tensor_set_meta(in, key);
        if (text == NULL && id == PARAM_ID_index) /* a file of before there were any */
            text = "never";
        if (text == NULL && id == PARAM_ID_shards) /* likewise */
            text = "1";
        if (text == NULL && id == PARAM_ID_features) /* likewise */
            text = "words";
        if (text == NULL || params_set(&head->params, id, text, NULL) != 0)
            return error_set(err, E_CORRUPT, "model file", "the parameter '%s' is missing or out of range",
                             param_specs[id].name);
    }
    return 0;
}

int model_load(struct model **out, const struct tensor_set *in, struct error *err)
{
    struct model head = {0};
    int rc = load_head(&head, in, err);
    if (rc != 0)
        return rc;
    struct model *model;
    rc = head.kind->load(&model, &head, in, err);
    if (rc != 0)
        return rc;
    model->kind = head.kind;
    model->n_items = head.n_items;
    model->trained_at = head.trained_at;
    model->params = head.params;
    if (model->kind->similar != NULL)
        model->most = mem_zalloc(model->n_items, sizeof *model->most);
    *out = model;
    return 0;
}

float model_similar_most(const struct model *self, uint32_t item, float *row)
{
    float most = self->most != NULL ? atomic_load_explicit(&self->most[item], memory_order_relaxed) : 0;
    if (most > 0 || most < 0)
        return most > 0 ? most : 0;
    self->kind->similar(self, item, row);
    for (uint32_t i = 0; i < self->n_items; i++)
        most = i != item && row[i] > most ? row[i] : most;
    if (self->most != NULL)
        atomic_store_explicit(&self->most[item], most > 0 ? most : -1, memory_order_relaxed);
    return most;
}

bool model_can_search(const struct model *self)
{
    return self->kind->can_search != NULL && self->kind->can_search(self);
}

void model_score_one(const struct model *self, const struct history *user, float *scores, void *scratch)
{
    self->kind->score(self, user, 1, scores, self->n_items, scratch);
}

size_t model_notes(const struct model *self)
{
    return self->kind->notes != NULL ? self->kind->notes(self) : 0;
}

void model_score_noting(const struct model *self, const struct history *users, uint32_t n, float *scores, size_t stride,
                        double *notes, void *scratch)
{
    if (notes != NULL && self->kind->score_noting != NULL)
        self->kind->score_noting(self, users, n, scores, stride, notes, scratch);
    else
        self->kind->score(self, users, n, scores, stride, scratch);
}

void model_explain_many(const struct model *self, const struct history *user, const uint32_t *items, uint32_t k,
                        double *contribution, double *remainder, const double *notes, void *scratch)
{
    if (self->kind->explain_many != NULL) {
        self->kind->explain_many(self, user, items, k, contribution, remainder, notes, scratch);
        return;
    }
    for (uint32_t i = 0; i < k; i++)
        remainder[i] = self->kind->explain(self, user, items[i], contribution + (size_t)i * user->n, scratch);
}
