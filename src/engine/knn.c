/* Item-item nearest neighbours: two items are alike when the same users have them.
 *
 * cosine   sum_u x_ui x_uj / (|x_i|^(2a) |x_j|^(2b) + shrinkage); a = b = .5 is the cosine, a > b speaks
 *          less for what everybody has in the history (a: item in the history, b: recommended item)
 * jaccard  co / (n_i + n_j - co + shrinkage) on who has it
 * bm25     cosine's sum over BM25-weighted entries (Robertson & Zaragoza 2009; items are the documents,
 *          users the words), divided by (dot product + shrinkage)/dot product */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "engine/kinds.h"
#include "engine/neighbours.h"

enum similarity { SIM_COSINE, SIM_JACCARD, SIM_BM25 };

struct knn_model {
    struct model base;
    struct csr weights;
};

static void knn_free(struct model *model)
{
    csr_release(&((struct knn_model *)model)->weights);
    mem_free(model);
}

struct knn_training {
    const struct csr *by_user, *by_item;
    enum similarity similarity;
    double shrinkage;
    double *source_norm, *target_norm; /* per item; for jaccard both are the number of users */
};

static double entry(const struct csr *m, uint64_t i)
{
    return m->val == NULL ? 1 : (double)m->val[i];
}

static void sum_target(const void *context, uint32_t target, struct neighbour_row *row)
{
    const struct knn_training *t = context;
    const struct csr *items = t->by_item, *users = t->by_user;
    int plain = t->similarity == SIM_JACCARD;
    for (uint64_t i = items->start[target]; i < items->start[(size_t)target + 1]; i++) {
        double x = plain ? 1 : entry(items, i);
        uint64_t end = users->start[(size_t)items->col[i] + 1];
        for (uint64_t k = users->start[items->col[i]]; k < end; k++)
            neighbour_add(row, users->col[k], plain ? 1 : x * entry(users, k));
    }
}

static double weigh(const void *context, uint32_t target, uint32_t source, double sum)
{
    const struct knn_training *t = context;
    switch (t->similarity) {
    case SIM_JACCARD:
        return sum / (t->source_norm[source] + t->target_norm[target] - sum + t->shrinkage);
    case SIM_BM25:
        return sum * sum / (sum + t->shrinkage);
    case SIM_COSINE:
        break;
    }
    return sum / (t->source_norm[source] * t->target_norm[target] + t->shrinkage);
}

/* Replaces the entries of the users x items matrix by their BM25 weights. */
static int bm25_entries(struct csr *by_user, const double *total, double k1, double b, struct error *err)
{
    uint64_t n = by_user->start[by_user->rows];
    float *val = mem_alloc(n, sizeof *val);
    if (val == NULL)
        return error_nomem(err, "knn");
    double mean = 0;
    for (uint32_t i = 0; i < by_user->cols; i++)
        mean += total[i] / by_user->cols;
    for (uint32_t u = 0; u < by_user->rows; u++) {
        uint64_t from = by_user->start[u], to = by_user->start[(size_t)u + 1];
        /* users who have everything tell items apart the least */
        double idf = log1p((double)by_user->cols / (1 + (double)(to - from)));
        for (uint64_t i = from; i < to; i++) {
            double x = entry(by_user, i), length = 1 - b + b * total[by_user->col[i]] / mean;
            val[i] = (float)(idf * x * (k1 + 1) / (k1 * length + x));
        }
    }
    mem_free(by_user->val);
    by_user->val = val;
    return 0;
}

static int fill_norms(struct knn_training *t, const struct params *params, struct csr *by_user, struct error *err)
{
    uint32_t n_items = by_user->cols;
    uint64_t n = by_user->start[by_user->rows];
    t->source_norm = mem_zalloc(n_items, sizeof *t->source_norm);
    t->target_norm = mem_zalloc(n_items, sizeof *t->target_norm);
    if (t->source_norm == NULL || t->target_norm == NULL)
        return error_nomem(err, "knn");
    for (uint64_t i = 0; i < n; i++) {
        double x = entry(by_user, i);
        t->source_norm[by_user->col[i]] += t->similarity == SIM_JACCARD ? 1 : t->similarity == SIM_BM25 ? x : x * x;
    }
    if (t->similarity == SIM_BM25)
        return bm25_entries(by_user, t->source_norm, PARAM(params, bm25_k1), PARAM(params, bm25_b), err);
    for (uint32_t i = 0; i < n_items; i++) {
        double square = t->source_norm[i];
        t->target_norm[i] = square;
        if (t->similarity == SIM_COSINE) {
            t->source_norm[i] = pow(square, PARAM(params, from_exponent));
            t->target_norm[i] = pow(square, PARAM(params, to_exponent));
        }
    }
    return 0;
}

static void training_release(struct knn_training *t, struct csr *by_user, struct csr *by_item)
{
    csr_release(by_user);
    csr_release(by_item);
    mem_free(t->source_norm);
    mem_free(t->target_norm);
}

static int training_init(struct knn_training *t, struct csr *by_user, struct csr *by_item, const struct dataset *data,
                         const struct params *params, struct error *err)
{
    struct weighting weighting = weighting_from_params(params);
    *t = (struct knn_training){
        .by_user = by_user,
        .by_item = by_item,
        .similarity = (enum similarity)PARAM(params, similarity),
        .shrinkage = PARAM(params, shrinkage),
    };
    int rc = csr_from_events(by_user, data, &weighting, err);
    if (rc == 0)
        rc = fill_norms(t, params, by_user, err);
    return rc != 0 ? rc : csr_transpose(by_item, by_user, err);
}

static struct neighbour_build build_of(const struct knn_training *t, uint32_t n_items, const struct train_context *ctx)
{
    return (struct neighbour_build){
        .name = "knn",
        .n_items = n_items,
        .keep = (uint32_t)PARAM(&ctx->params, neighbours),
        .pool = ctx->pool,
        .job = ctx->job,
        .context = t,
        .sum = sum_target,
        .weigh = weigh,
    };
}

static int knn_train(struct model **out, const struct dataset *data, struct train_context *ctx, struct error *err)
{
    struct csr by_user = {0}, by_item = {0};
    struct knn_training t = {0};
    struct knn_model *self = mem_zalloc(1, sizeof *self);
    int rc = self == NULL ? error_nomem(err, "knn") : training_init(&t, &by_user, &by_item, data, &ctx->params, err);
    if (rc == 0) {
        struct neighbour_build build = build_of(&t, data->n_items, ctx);
        rc = neighbours_build(&self->weights, &build, err);
    }
    training_release(&t, &by_user, &by_item);
    if (rc != 0) {
        mem_free(self);
        return rc;
    }
    *out = &self->base;
    return 0;
}

/* What summing up the rows of the touched items takes of what all rows take. */
static double share_touched(const struct knn_training *t, const uint8_t *touched)
{
    double all = 0, some = 0;
    for (uint32_t i = 0; i < t->by_item->rows; i++)
        for (uint64_t k = t->by_item->start[i]; k < t->by_item->start[(size_t)i + 1]; k++) {
            uint32_t user = t->by_item->col[k];
            double row = (double)(t->by_user->start[(size_t)user + 1] - t->by_user->start[user]);
            all += row;
            some += touched[i] != 0 ? row : 0;
        }
    return all > 0 ? some / all : 0;
}

/* With more events they will have had most of what many have, and that is most of the work. */
static const char *knn_update_refused(const struct params *params, uint64_t n_items, uint64_t people, uint64_t events)
{
    (void)people;
    return (enum similarity)PARAM(params, similarity) == SIM_BM25
               ? "with BM25 every weight depends on the mean over all items"
           : events > n_items ? "they are so many that an update costs no less"
                              : NULL;
}

/* Only norms of items that they had are others, and smaller: a pair of which they had one item weighs the same or more,
 * as neighbours_update wants it. */
static int knn_update(struct model **out, const struct model *before, const struct change *change,
                      struct train_context *ctx, const char **why, struct error *err)
{
    const struct dataset *data = &change->after;
    struct weighting weighting = weighting_from_params(&ctx->params);
    *why = change_moves_ages(change, &weighting) ? "the newest event was theirs, and ages count from it"
                                                 : knn_update_refused(&ctx->params, data->n_items, 0, 0);
    if (*why != NULL)
        return 1;
    struct csr by_user = {0}, by_item = {0};
    struct knn_training t = {0};
    struct knn_model *self = mem_zalloc(1, sizeof *self);
    uint8_t *touched = change_touched(change);
    int rc = self == NULL || touched == NULL ? error_nomem(err, "knn")
                                             : training_init(&t, &by_user, &by_item, data, &ctx->params, err);
    if (rc == 0 && share_touched(&t, touched) > 0.5) {
        *why = "they had most of what is sold, so that an update costs no less";
        rc = 1;
    }
    if (rc == 0) {
        struct neighbour_build build = build_of(&t, data->n_items, ctx);
        struct neighbour_change c = {&((const struct knn_model *)before)->weights, change->place, touched};
        rc = neighbours_update(&self->weights, &build, &c, err);
    }
    training_release(&t, &by_user, &by_item);
    mem_free(touched);
    if (rc != 0) {
        mem_free(self);
        return rc;
    }
    *out = &self->base;
    return 0;
}

static struct neighbour_history knn_history(const struct model *model)
{
    return (struct neighbour_history){weighting_from_params(&model->params), PARAM(&model->params, recency)};
}

static void knn_score(const struct model *model, const struct history *users, uint32_t n, float *scores,
                      size_t stride, void *scratch)
{
    struct neighbour_history how = knn_history(model);
    neighbours_score(&((const struct knn_model *)model)->weights, &how, users, n, scores, stride, scratch);
}

static size_t knn_scratch(const struct model *model)
{
    return neighbours_scratch(model->n_items);
}

static double knn_explain(const struct model *model, const struct history *user, uint32_t item, double *contribution,
                          void *scratch)
{
    struct neighbour_history how = knn_history(model);
    return neighbours_explain(&((const struct knn_model *)model)->weights, &how, user, item, contribution, scratch);
}

static void knn_similar(const struct model *model, uint32_t item, float *scores)
{
    neighbours_similar(&((const struct knn_model *)model)->weights, item, scores);
}

static void knn_similar_to(const struct model *model, uint32_t item, const uint32_t *items, uint32_t n,
                           float *scores)
{
    neighbours_similar_to(&((const struct knn_model *)model)->weights, item, items, n, scores);
}

static int knn_save(const struct model *model, struct tensor_set *out, struct error *err)
{
    return neighbours_save(&((const struct knn_model *)model)->weights, out, err);
}

static int knn_load(struct model **out, const struct model *head, const struct tensor_set *in, struct error *err)
{
    struct knn_model *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "knn");
    int rc = neighbours_load(&self->weights, head->n_items, in, err);
    if (rc != 0) {
        mem_free(self);
        return rc;
    }
    *out = &self->base;
    return 0;
}

const struct model_kind knn_kind = {
    .name = "knn",
    .title = "Item kNN",
    .about = "Items that the same users have: cosine, Jaccard or BM25 neighbours of what is in the history",
    .defaults = "similarity=cosine neighbours=100 shrinkage=0 from_exponent=0.7 to_exponent=0.3 bm25_k1=1.2 "
                "bm25_b=0.75 counting=once half_life_days=0 window_days=0 recency=1",
    .train = knn_train,
    .update = knn_update,
    .update_refused = knn_update_refused,
    .score = knn_score,
    .score_scratch = knn_scratch,
    .explain = knn_explain,
    .similar = knn_similar,
    .similar_to = knn_similar_to,
    .save = knn_save,
    .load = knn_load,
    .free = knn_free,
};
