/* iALS: implicit alternating least squares (Hu, Koren, Volinsky 2008) with the frequency-scaled regulariser
 * and the unobserved weight of Rendle et al. 2021, solved by blocks (iALS++); ials_solver.h has the loss.
 *
 * With patience > 0, validation_share of each user's events is held out (a stream keyed by seed and user), the
 * model is trained on the rest until NDCG@10 on them has not risen for that many epochs, and then trained
 * anew on everything for the best number of epochs.
 *
 * The model keeps the factors of the items and their Gram matrix, and nobody's row: a user's factors come
 * from the history by one exact solve (fold-in), at training's end as at any later time, and
 * score = x . v_item.  Items without events have a row of zeros and get the lowest score. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "engine/dense.h"
#include "engine/evaluate.h"
#include "engine/factors.h"
#include "engine/ials_shards.h"
#include "engine/ials_solver.h"
#include "engine/ials_train.h"
#include "engine/item_index.h"
#include "engine/kinds.h"
#include "engine/simd.h"
#include "engine/split.h"

#define LANES 16

struct ials_model {
    struct model base;
    uint32_t dim;
    float weight_scale; /* observed weights are multiplied by it (ials_train.h) */
    uint32_t n_unknown;
    uint32_t *unknown; /* items without factors (a row of zeros), ascending; room for n_items */
    const float *factors; /* n_items x dim */
    const float *shards;  /* theirs, one after the other, or NULL: for updates */
    float *own_shards;    /* likewise, unless they are borrowed */
    float *own;       /* the factors, unless they are borrowed from a file */
    float *length;    /* of each item's factors */
    float *gram;      /* width x width, width = dense_pad(dim) */
    float *gram_kept; /* dim x dim, as saved; gram itself when dim = width */
    float *packed;    /* the factors, for scoring (factors.h); NULL: there is an index instead */
    struct item_index index; /* zeroed: none */
};

static void ials_free(struct model *model)
{
    struct ials_model *self = (struct ials_model *)model;
    item_index_release(&self->index);
    mem_free(self->own);
    mem_free(self->own_shards);
    mem_free(self->packed);
    mem_free(self->unknown);
    mem_free(self->length);
    if (self->gram_kept != self->gram)
        mem_free(self->gram_kept);
    mem_free(self->gram);
    mem_free(self);
}

/* factors: to be borrowed; NULL: room for its own.  packed: with room for them. */
static int ials_new(struct ials_model **out, uint32_t n_items, uint32_t dim, const float *factors, bool packed,
                    struct error *err)
{
    struct ials_model *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "ials");
    size_t width = dense_pad(dim);
    self->base.n_items = n_items;
    self->dim = dim;
    self->own = factors == NULL ? mem_alloc_aligned((size_t)n_items * dim, sizeof(float)) : NULL;
    self->factors = factors != NULL ? factors : self->own;
    self->packed = packed ? mem_alloc_aligned(factors_packed_size(n_items, dim), sizeof(float)) : NULL;
    self->unknown = mem_alloc(n_items, sizeof *self->unknown);
    self->length = mem_alloc(n_items, sizeof *self->length);
    self->gram = mem_zalloc(width * width, sizeof(float));
    self->gram_kept = width == dim ? self->gram : mem_zalloc((size_t)dim * dim, sizeof(float));
    if (self->factors == NULL || (packed && self->packed == NULL) || self->unknown == NULL || self->length == NULL ||
        self->gram == NULL || self->gram_kept == NULL) {
        ials_free(&self->base);
        return error_nomem(err, "ials");
    }
    *out = self;
    return 0;
}

static int is_known(const struct ials_model *self, uint32_t item)
{
    const float *v = self->factors + (size_t)item * self->dim;
    for (uint32_t k = 0; k < self->dim; k++)
        if (fabsf(v[k]) > 0)
            return 1;
    return 0;
}

/* From factors: packed, unknown and lengths. */
static void finish_factors(struct ials_model *self)
{
    uint32_t n = self->base.n_items, dim = self->dim;
    if (self->packed != NULL)
        factors_pack(self->packed, self->factors, n, dim);
    self->n_unknown = 0;
    for (uint32_t i = 0; i < n; i++) {
        self->length[i] = factors_length(self->factors + (size_t)i * dim, dim);
        if (!is_known(self, i))
            self->unknown[self->n_unknown++] = i;
    }
}

/* A model of its own from factors that were just trained. */
static int ials_from_factors(struct ials_model **out, const struct ials_factors *factors, bool packed,
                             struct error *err)
{
    struct ials_model *self;
    int rc = ials_new(&self, factors->n_items, factors->dim, NULL, packed, err);
    if (rc != 0)
        return rc;
    size_t dim = factors->dim, width = dense_pad(factors->dim);
    for (size_t i = 0; i < factors->n_items; i++)
        memcpy(self->own + i * dim, factors->items + i * width, dim * sizeof *self->own);
    self->weight_scale = factors->weight_scale;
    memcpy(self->gram, factors->gram, width * width * sizeof *self->gram);
    for (size_t i = 0; i < dim; i++)
        memmove(self->gram_kept + i * dim, self->gram + i * width, dim * sizeof *self->gram);
    finish_factors(self);
    *out = self;
    return 0;
}

/* Early stopping: how the epochs did on a validation split. */
struct watch {
    const struct split *split;
    const struct train_context *ctx;
    uint32_t now;
    unsigned patience, best_epoch, ran;
    double best;
};

static int watch_epoch(void *context, const struct ials_factors *now, unsigned number, bool *stop, struct error *err)
{
    struct watch *w = context;
    struct ials_model *model;
    struct evaluation result = {0};
    struct evaluate_options options = {
        .metrics = METRIC_BIT(NDCG), .pool = w->ctx->pool, .job = w->ctx->job};
    int rc = ials_from_factors(&model, now, true, err);
    if (rc != 0)
        return rc;
    model->base.kind = &ials_kind;
    model->base.trained_at = w->now;
    model->base.params = w->ctx->params;
    if ((rc = evaluate_model(&result, &model->base, w->split, &options, err)) == 0) {
        double ndcg = evaluation_mean(&result, METRIC_NDCG, 10);
        if (number == 1 || ndcg > w->best) {
            w->best = ndcg;
            w->best_epoch = number;
        }
        w->ran = number;
        job_point(w->ctx->job, "ials, validation: ndcg@10", "epoch", number, ndcg);
        *stop = number - w->best_epoch >= w->patience;
        evaluation_release(&result);
    }
    ials_free(&model->base);
    return rc;
}

/* The number of epochs that ranks best what is held out of each user's events. */
static int find_epochs(unsigned *epochs, const struct dataset *data, struct train_context *ctx, struct error *err)
{
    struct split_options options = split_defaults(SPLIT_RANDOM, ANSWER_DISCOVER);
    struct split split = {0};
    struct ials_factors factors = {0};
    struct watch watch = {.split = &split,
                          .ctx = ctx,
                          .now = data->now,
                          .patience = (unsigned)PARAM(&ctx->params, patience)};
    options.test_share = PARAM(&ctx->params, validation_share);
    options.seed = ctx->seed;
    int rc = split_make(&split, data, &options, err);
    if (rc == 0)
        rc = ials_factorise(&factors, &split.train, ctx, *epochs, "ials, validation", NULL, watch_epoch, &watch, err);
    if (rc == 0) {
        snprintf(ctx->note, sizeof ctx->note,
                 "%u epochs on all events: of %u on the validation split, number %u had the best NDCG@10 (%.4f)",
                 watch.best_epoch, watch.ran, watch.best_epoch, watch.best);
        *epochs = watch.best_epoch;
    } else if (rc == E_BAD_DATA) { /* too little to hold anything out */
        snprintf(ctx->note, sizeof ctx->note, "%u epochs, without early stopping: nothing could be held out", *epochs);
        rc = 0;
    }
    ials_factors_release(&factors);
    split_release(&split);
    return rc;
}

/* From factors to the model; takes over the shards (may be empty). */
static int ials_finish(struct model **out, const struct ials_factors *factors, struct ials_shards *shards,
                       struct train_context *ctx, struct error *err)
{
    struct ials_model *self;
    bool index = item_index_wanted(&ctx->params, factors->n_items);
    int rc = ials_from_factors(&self, factors, !index, err);
    if (rc != 0)
        return rc;
    self->own_shards = shards->factors;
    self->shards = shards->factors;
    *shards = (struct ials_shards){0};
    if (index)
        rc = item_index_train(&self->index, self->factors, factors->n_items, self->dim, true, ctx, err);
    if (rc != 0) {
        ials_free(&self->base);
        return rc;
    }
    *out = &self->base;
    return 0;
}

static int train_at_once(struct model **out, const struct dataset *data, struct train_context *ctx, struct error *err)
{
    struct ials_factors factors = {0};
    unsigned epochs = (unsigned)PARAM(&ctx->params, epochs);
    bool early = PARAM(&ctx->params, patience) > 0 && PARAM(&ctx->params, validation_share) > 0;
    int rc = early ? find_epochs(&epochs, data, ctx, err) : 0;
    rc = rc != 0 ? rc : ials_factorise(&factors, data, ctx, epochs, "ials", NULL, NULL, NULL, err);
    rc = rc != 0 ? rc : ials_finish(out, &factors, &(struct ials_shards){0}, ctx, err);
    ials_factors_release(&factors);
    return rc;
}

/* before, change: as in ials_shards_train. */
static int train_shards(struct model **out, const struct dataset *data, struct train_context *ctx, const float *before,
                        const struct change *change, uint32_t *trained, struct error *err)
{
    struct ials_factors factors = {0};
    struct ials_shards shards = {0};
    float *start = NULL;
    if (PARAM(&ctx->params, patience) > 0) {
        error_set(err, E_USAGE, "--shards", "cannot stop early: the epochs would be found on everybody's events at once");
        return error_hint(err, E_USAGE, "add --patience 0");
    }
    int rc = ials_shards_train(&shards, data, ctx, before, change, trained, err);
    rc = rc != 0 ? rc : ials_shards_merge(&start, &shards, ctx->job, err);
    rc = rc != 0 ? rc : ials_factorise(&factors, data, ctx, ials_shards_last_epochs(&ctx->params), "ials: everybody", start,
                                       NULL, NULL, err);
    rc = rc != 0 ? rc : ials_finish(out, &factors, &shards, ctx, err);
    mem_free(start);
    ials_shards_release(&shards);
    ials_factors_release(&factors);
    return rc;
}

static int ials_train(struct model **out, const struct dataset *data, struct train_context *ctx, struct error *err)
{
    uint32_t trained;
    return PARAM(&ctx->params, shards) < 2 ? train_at_once(out, data, ctx, err)
                                           : train_shards(out, data, ctx, NULL, NULL, &trained, err);
}

static const char *ials_update_refused(const struct params *params, uint64_t n_items, uint64_t people, uint64_t events)
{
    (void)n_items;
    (void)events;
    return PARAM(params, shards) < 2        ? "it was trained in one piece (--shards)"
           : people > PARAM(params, shards) ? "they are in most of its shards"
                                            : NULL;
}

static int ials_update(struct model **out, const struct model *before, const struct change *change,
                       struct train_context *ctx, const char **why, struct error *err)
{
    struct weighting weighting = weighting_from_params(&ctx->params);
    uint32_t trained, n = (uint32_t)PARAM(&ctx->params, shards);
    *why = change_moves_ages(change, &weighting) ? "the newest event was theirs, and ages count from it"
                                                 : ials_update_refused(&ctx->params, 0, change->n_gone, 0);
    if (*why != NULL)
        return 1;
    int rc = train_shards(out, &change->after, ctx, ((const struct ials_model *)before)->shards, change, &trained, err);
    if (rc == 0)
        snprintf(ctx->how, sizeof ctx->how, "%u of %u shards trained again", trained, n);
    return rc;
}

/* Scoring. */
static struct ials_side fold_in(const struct ials_model *self)
{
    const struct params *p = &self->base.params;
    return (struct ials_side){
        .fixed = self->factors,
        .stride = self->dim,
        .gram = self->gram,
        .dim = self->dim,
        .block = dense_pad(self->dim),
        .unobserved_weight = PARAM(p, unobserved_weight),
        .reg = PARAM(p, reg),
        .reg_exponent = PARAM(p, reg_exponent),
        .others = self->base.n_items - self->n_unknown,
    };
}

static size_t rounded(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

struct ials_parts {
    void *counting;
    uint32_t *index; /* n_items */
    float *weight;   /* n_items */
    float *x;        /* width: one user's factors */
    float *group;    /* those of the users scored together (factors.h) */
    float *tile;
    void *solver;
    float *panel;    /* when there are no packed factors */
    float *xs;       /* the users searched for together */
    void *search;    /* of the index */
    float *zs;       /* the items explained together */
};

enum { PARTS = 11, EXPLAINED = 16 };

static size_t parts_sizes(const struct ials_model *self, size_t size[PARTS])
{
    uint32_t n = self->base.n_items, width = dense_pad(self->dim);
    size_t total = 0;
    size[0] = weighting_scratch(n);
    size[1] = n * sizeof(uint32_t);
    size[2] = n * sizeof(float);
    size[3] = width * sizeof(float);
    size[4] = factors_group_size(MODEL_TILE, self->dim) * sizeof(float);
    size[5] = FACTORS_TILE_SIZE * sizeof(float);
    size[6] = ials_scratch(self->dim, width, n);
    size[7] = self->packed == NULL ? factors_packed_size(1, self->dim) * sizeof(float) : 0;
    size[8] = self->index.n > 0 ? (size_t)MODEL_TILE * width * sizeof(float) : 0;
    size[9] = self->index.n > 0 ? item_index_scratch(&self->index) : 0;
    size[10] = (size_t)EXPLAINED * width * sizeof(float);
    for (int i = 0; i < PARTS; i++)
        total += size[i] = rounded(size[i]);
    return total;
}

static size_t ials_score_scratch(const struct model *model)
{
    size_t size[PARTS];
    return parts_sizes((const struct ials_model *)model, size);
}

static struct ials_parts split_scratch(const struct ials_model *self, void *scratch)
{
    size_t size[PARTS];
    void *part[PARTS];
    unsigned char *p = scratch;
    parts_sizes(self, size);
    for (int i = 0; i < PARTS; i++, p += size[i - 1])
        part[i] = p;
    return (struct ials_parts){part[0], part[1], part[2], part[3], part[4],  part[5],
                               part[6], part[7], part[8], part[9], part[10]};
}

static uint32_t count_entries(const struct ials_model *self, const struct history *user, struct ials_parts *s,
                              struct counted **counted)
{
    struct weighting w = weighting_from_params(&self->base.params);
    return weighting_history(&w, user, self->base.n_items, s->counting, counted);
}

/* Those of them that the model knows, and their weights; returns how many. */
static uint32_t take_entries(const struct ials_model *self, struct ials_parts *s, const struct counted *counted,
                             uint32_t n)
{
    uint32_t kept = 0;
    for (uint32_t k = 0; k < n; k++)
        if (is_known(self, counted[k].item)) {
            s->index[kept] = counted[k].item;
            s->weight[kept++] = self->weight_scale * counted[k].value;
        }
    return kept;
}

static uint32_t entries_of(const struct ials_model *self, const struct history *user, struct ials_parts *s)
{
    struct counted *counted;
    uint32_t n = count_entries(self, user, s, &counted);
    return take_entries(self, s, counted, n);
}

ENGINE_CLONES static float lowest_of(const float *row, uint32_t n)
{
    float lane[LANES];
    uint32_t i = 0;
    for (uint32_t l = 0; l < LANES; l++)
        lane[l] = INFINITY;
    for (; i + LANES <= n; i += LANES)
        for (uint32_t l = 0; l < LANES; l++)
            lane[l] = row[i + l] < lane[l] ? row[i + l] : lane[l];
    for (; i < n; i++)
        lane[0] = row[i] < lane[0] ? row[i] : lane[0];
    for (uint32_t l = 1; l < LANES; l++)
        lane[0] = lane[l] < lane[0] ? lane[l] : lane[0];
    return lane[0];
}

/* Items without factors get the lowest score of the others. */
static void lower_unknown(const struct ials_model *self, float *row)
{
    if (self->n_unknown == 0 || self->n_unknown == self->base.n_items)
        return;
    for (uint32_t i = 0; i < self->n_unknown; i++)
        row[self->unknown[i]] = INFINITY;
    float lowest = lowest_of(row, self->base.n_items);
    for (uint32_t i = 0; i < self->n_unknown; i++)
        row[self->unknown[i]] = lowest;
}

static void ials_score(const struct model *model, const struct history *users, uint32_t n, float *scores,
                       size_t stride, void *scratch)
{
    const struct ials_model *self = (const struct ials_model *)model;
    struct ials_side side = fold_in(self);
    struct ials_parts s = split_scratch(self, scratch);
    memset(s.group, 0, factors_group_size(n, self->dim) * sizeof *s.group);
    for (uint32_t u = 0; u < n; u++) {
        uint32_t kept = entries_of(self, &users[u], &s);
        ials_solve_row(&side, s.index, s.weight, kept, s.x, NULL, s.solver);
        factors_put_user(s.group, u, s.x, self->dim);
    }
    if (self->packed != NULL)
        factors_score(self->packed, model->n_items, self->dim, s.group, n, scores, stride, s.tile);
    else
        factors_score_rows(self->factors, model->n_items, self->dim, s.group, n, scores, stride, s.tile, s.panel);
    for (uint32_t u = 0; u < n; u++)
        lower_unknown(self, scores + u * stride);
}

static bool ials_can_search(const struct model *model)
{
    return ((const struct ials_model *)model)->index.n > 0;
}

static void ials_search(const struct model *model, const struct history *users, struct model_wish *wishes, uint32_t n,
                        void *scratch)
{
    const struct ials_model *self = (const struct ials_model *)model;
    struct ials_side side = fold_in(self);
    struct ials_parts s = split_scratch(self, scratch);
    struct item_query queries[MODEL_TILE];
    for (uint32_t u = 0; u < n; u++) {
        float *x = s.xs + (size_t)u * dense_pad(self->dim);
        uint32_t kept = entries_of(self, &users[u], &s);
        ials_solve_row(&side, s.index, s.weight, kept, x, NULL, s.solver);
        queries[u] = (struct item_query){.x = x, .wish = &wishes[u]};
    }
    item_index_search(&self->index, queries, n, s.search);
}

/* What an item without factors scores: the lowest of the others. */
static double lowest_score(const struct ials_model *self, const float *x)
{
    double lowest = 0;
    int any = 0;
    for (uint32_t i = 0; i < self->base.n_items; i++) {
        double score = 0;
        for (uint32_t k = 0; k < self->dim; k++)
            score += (double)x[k] * (double)self->factors[(size_t)i * self->dim + k];
        if (is_known(self, i)) {
            lowest = !any || score < lowest ? score : lowest;
            any = 1;
        }
    }
    return lowest;
}

/* Each event's share of z . (sum of w_i v_i), the history being counted already. */
static void share_out(const struct ials_model *self, const struct history *user, const float *z, struct counted *counted,
                      uint32_t n, void *counting, double *contribution)
{
    struct weighting w = weighting_from_params(&self->base.params);
    for (uint32_t c = 0; c < n; c++) {
        const float *v = self->factors + (size_t)counted[c].item * self->dim;
        counted[c].amount = 0;
        for (uint32_t k = 0; k < self->dim; k++)
            counted[c].amount += (double)(self->weight_scale * counted[c].value) * (double)v[k] * (double)z[k];
    }
    weighting_spread(&w, user, self->base.n_items, counting, n, counted, contribution);
}

/* score = v^T A^-1 (sum of w_i v_i), so event i's share is w_i v_i . (A^-1 v): one matrix for all items that are asked
 * about.  Nothing in the history speaks for an item without factors: all of it is the remainder. */
static void explain_some(const struct ials_model *self, const struct history *user, const uint32_t *items, uint32_t k,
                         double *contribution, double *remainder, struct ials_parts *s)
{
    struct ials_side side = fold_in(self);
    struct counted *counted;
    uint32_t width = dense_pad(self->dim), n = count_entries(self, user, s, &counted);
    uint32_t kept = take_entries(self, s, counted, n);
    memset(s->zs, 0, (size_t)k * width * sizeof *s->zs);
    for (uint32_t i = 0; i < k; i++)
        memcpy(s->zs + (size_t)i * width, self->factors + (size_t)items[i] * self->dim, self->dim * sizeof *s->zs);
    ials_apply_inverse(&side, s->index, s->weight, kept, s->zs, k, s->solver);
    for (uint32_t i = 0; i < k; i++) {
        remainder[i] = 0;
        if (!is_known(self, items[i])) {
            ials_solve_row(&side, s->index, s->weight, kept, s->x, NULL, s->solver);
            remainder[i] = lowest_score(self, s->x);
        }
        share_out(self, user, s->zs + (size_t)i * width, counted, n, s->counting, contribution + (size_t)i * user->n);
    }
}

static void ials_explain_many(const struct model *model, const struct history *user, const uint32_t *items, uint32_t k,
                              double *contribution, double *remainder, const double *notes, void *scratch)
{
    (void)notes;
    const struct ials_model *self = (const struct ials_model *)model;
    struct ials_parts s = split_scratch(self, scratch);
    for (uint32_t i = 0; i < k; i += EXPLAINED) {
        uint32_t some = k - i < EXPLAINED ? k - i : EXPLAINED;
        explain_some(self, user, items + i, some, contribution + (size_t)i * user->n, remainder + i, &s);
    }
}

static double ials_explain(const struct model *model, const struct history *user, uint32_t item, double *contribution,
                           void *scratch)
{
    double remainder;
    ials_explain_many(model, user, &item, 1, contribution, &remainder, NULL, scratch);
    return remainder;
}

/* Cosine of the factors; items without any: 0. */
static void ials_similar_to(const struct model *model, uint32_t item, const uint32_t *items, uint32_t n,
                            float *scores)
{
    const struct ials_model *self = (const struct ials_model *)model;
    factors_score_some(self->factors, self->dim, self->factors + (size_t)item * self->dim, items, n, scores);
    for (uint32_t i = 0; i < n; i++) {
        float lengths = self->length[item] * self->length[items[i]];
        scores[i] = lengths > 0 ? scores[i] / lengths : 0;
    }
}

static void ials_similar(const struct model *model, uint32_t item, float *scores)
{
    enum { SOME = 256 };
    uint32_t items[SOME];
    for (uint32_t first = 0; first < model->n_items; first += SOME) {
        uint32_t n = model->n_items - first < SOME ? model->n_items - first : SOME;
        for (uint32_t i = 0; i < n; i++)
            items[i] = first + i;
        ials_similar_to(model, item, items, n, scores + first);
    }
}

static int ials_save(const struct model *model, struct tensor_set *out, struct error *err)
{
    const struct ials_model *self = (const struct ials_model *)model;
    int rc = tensor_set_put_real(out, "weight_scale", (double)self->weight_scale, err);
    if (rc == 0)
        rc = tensor_set_add_2d(out, "item_factors", TENSOR_F32, model->n_items, self->dim, self->factors, err);
    if (rc == 0)
        rc = tensor_set_add_2d(out, "gram", TENSOR_F32, self->dim, self->dim, self->gram_kept, err);
    if (rc == 0 && self->shards != NULL)
        rc = tensor_set_add_2d(out, "shard_factors", TENSOR_F32, (uint64_t)PARAM(&model->params, shards) * model->n_items,
                               self->dim, self->shards, err);
    return rc != 0 || self->index.n == 0 ? rc : item_index_save(&self->index, out, err);
}

static int load_shards(struct ials_model *self, const struct model *head, const struct tensor_set *in, struct error *err)
{
    uint64_t rows = (uint64_t)PARAM(&head->params, shards) * head->n_items;
    if (PARAM(&head->params, shards) < 2)
        return 0;
    const float *shards = tensor_set_want(in, "shard_factors", TENSOR_F32, rows, self->dim, err);
    if (shards == NULL)
        return E_CORRUPT;
    if (!factors_finite(shards, rows * self->dim))
        return error_set(err, E_CORRUPT, "model file", "a factor of a shard is not a finite number");
    self->own_shards = in->lasting ? NULL : mem_dup(shards, rows * self->dim * sizeof *shards);
    self->shards = in->lasting ? shards : self->own_shards;
    return self->shards == NULL ? error_nomem(err, "ials") : 0;
}

static int ials_load(struct model **out, const struct model *head, const struct tensor_set *in, struct error *err)
{
    uint32_t dim = (uint32_t)PARAM(&head->params, dim), width = dense_pad(dim);
    const float *factors = tensor_set_want(in, "item_factors", TENSOR_F32, head->n_items, dim, err);
    const float *gram = factors == NULL ? NULL : tensor_set_want(in, "gram", TENSOR_F32, dim, dim, err);
    double scale;
    if (gram == NULL || tensor_set_want_real(in, "weight_scale", &scale, err) != 0)
        return E_CORRUPT;
    if (!(scale > 0) || scale > 1e30)
        return error_set(err, E_CORRUPT, "model file", "the scale of the weights is out of range");
    if (!factors_finite(factors, (size_t)head->n_items * dim))
        return error_set(err, E_CORRUPT, "model file", "a factor is not a finite number");
    if (!factors_finite(gram, (size_t)dim * dim))
        return error_set(err, E_CORRUPT, "model file", "the Gram matrix has an entry that is not a finite number");
    struct ials_model *self;
    bool index = item_index_present(in);
    int rc = ials_new(&self, head->n_items, dim, in->lasting ? factors : NULL, !index, err);
    if (rc != 0)
        return rc;
    self->weight_scale = (float)scale;
    if (!in->lasting)
        memcpy(self->own, factors, (size_t)head->n_items * dim * sizeof *factors);
    memcpy(self->gram_kept, gram, (size_t)dim * dim * sizeof *gram);
    for (uint32_t i = 0; i < dim; i++)
        memmove(self->gram + (size_t)i * width, gram + (size_t)i * dim, dim * sizeof *gram);
    finish_factors(self);
    rc = load_shards(self, head, in, err);
    if (rc == 0 && index)
        rc = item_index_load(&self->index, in, self->factors, head->n_items, dim, true, err);
    if (rc != 0) {
        ials_free(&self->base);
        return rc;
    }
    *out = &self->base;
    return 0;
}

const struct model_kind ials_kind = {
    .name = "ials",
    .title = "iALS",
    .about = "Implicit matrix factorisation with frequency-scaled regularisation (Rendle et al. 2021, iALS++)",
    .defaults = "dim=64 reg=5 reg_exponent=0.1 unobserved_weight=0.3 epochs=16 block_size=16 init_stddev=0.1 shards=1 "
                "patience=0 validation_share=0.2 counting=once half_life_days=0 window_days=0 index=auto",
    .train = ials_train,
    .update = ials_update,
    .update_refused = ials_update_refused,
    .score = ials_score,
    .score_scratch = ials_score_scratch,
    .can_search = ials_can_search,
    .search = ials_search,
    .explain = ials_explain,
    .explain_many = ials_explain_many,
    .similar = ials_similar,
    .similar_to = ials_similar_to,
    .similar_is_cosine = true,
    .save = ials_save,
    .load = ials_load,
    .free = ials_free,
};
