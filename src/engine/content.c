#include "engine/content.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "engine/factors.h"
#include "engine/kinds.h"
#include "engine/subspace.h"

#define ITEMS_MIN 2     /* a term of one item alone relates it to nothing */
#define SHARE_MAX 0.5   /* a term of more than half of the items is a stop word */
#define UNKNOWN UINT32_MAX

enum features { FEATURES_WORDS, FEATURES_EMBEDDINGS, FEATURES_BOTH }; /* as the parameter's words */

struct content_model {
    struct model base;
    uint32_t dim, n_terms;
    uint32_t described;   /* items with a term of the vocabulary, at training */
    uint64_t *term_key;   /* n_terms, ascending */
    uint32_t *term_items; /* document frequencies */
    double *term_weight;  /* inverse document frequencies, from term_items and described */
    float *projection;    /* n_terms x dim: V times the singular values to the power of spectrum_exponent - 1 */
    float *item;          /* n_items x dim, rows of length 1 or 0 */
    float *packed;        /* `item`, for scoring */
    uint32_t *blank;      /* the items whose vector is 0, ascending */
    uint32_t n_blank;
};

static void content_free(struct model *model)
{
    struct content_model *self = (struct content_model *)model;
    mem_free(self->term_key);
    mem_free(self->term_items);
    mem_free(self->term_weight);
    mem_free(self->projection);
    mem_free(self->item);
    mem_free(self->packed);
    mem_free(self->blank);
    mem_free(self);
}

static int content_new(struct content_model **out, uint32_t n_items, uint32_t n_terms, uint32_t dim,
                       struct error *err)
{
    struct content_model *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "content");
    self->dim = dim;
    self->n_terms = n_terms;
    self->term_key = mem_alloc(n_terms, sizeof *self->term_key);
    self->term_items = mem_alloc(n_terms, sizeof *self->term_items);
    self->term_weight = mem_alloc(n_terms, sizeof *self->term_weight);
    self->projection = mem_zalloc((size_t)n_terms * dim, sizeof *self->projection);
    self->item = mem_zalloc((size_t)n_items * dim, sizeof *self->item);
    self->packed = mem_alloc_aligned(factors_packed_size(n_items, dim), sizeof *self->packed);
    self->blank = mem_alloc(n_items, sizeof *self->blank);
    if (self->term_key == NULL || self->term_items == NULL || self->term_weight == NULL ||
        self->projection == NULL || self->item == NULL || self->packed == NULL || self->blank == NULL) {
        content_free(&self->base);
        return error_nomem(err, "content");
    }
    *out = self;
    return 0;
}

/* From the document frequencies, after training and loading alike: fold-in must see the same bits. */
static void weigh_terms(struct content_model *self)
{
    for (uint32_t t = 0; t < self->n_terms; t++)
        self->term_weight[t] = 1 + log((1 + (double)self->described) / (1 + (double)self->term_items[t]));
}

static uint32_t find_term(const struct content_model *self, uint64_t key)
{
    uint32_t low = 0, high = self->n_terms;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (self->term_key[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low < self->n_terms && self->term_key[low] == key ? low : UNKNOWN;
}

/* The one way in which terms become a vector. */
struct placing {
    const struct content_model *model;
    double sum[SUBSPACE_DIM_MAX];
    size_t known;
};

static void placing_begin(struct placing *self, const struct content_model *model)
{
    self->model = model;
    self->known = 0;
    memset(self->sum, 0, model->dim * sizeof *self->sum);
}

static double term_value(const struct content_model *model, uint32_t term, float count)
{
    return (1 + log((double)count)) * model->term_weight[term];
}

static void placing_add(struct placing *self, uint32_t term, float count)
{
    const float *row = self->model->projection + (size_t)term * self->model->dim;
    double x = term_value(self->model, term, count);
    for (uint32_t k = 0; k < self->model->dim; k++)
        self->sum[k] += x * (double)row[k];
    self->known++;
}

static void placing_end(const struct placing *self, float *vector)
{
    double square = 0;
    for (uint32_t k = 0; k < self->model->dim; k++)
        square += self->sum[k] * self->sum[k];
    double scale = square > 0 ? 1 / sqrt(square) : 0;
    for (uint32_t k = 0; k < self->model->dim; k++)
        vector[k] = (float)(self->sum[k] * scale);
}

/* Fills vectors from rows of counts whose columns are numbered by `place` (UNKNOWN: not in the vocabulary). */
static void place_items(struct content_model *self, const struct csr *counts, const uint32_t *place)
{
    struct placing p;
    for (uint32_t i = 0; i < counts->rows; i++) {
        placing_begin(&p, self);
        for (uint64_t e = counts->start[i]; e < counts->start[(size_t)i + 1]; e++)
            if (place[counts->col[e]] != UNKNOWN)
                placing_add(&p, place[counts->col[e]], counts->val[e]);
        placing_end(&p, self->item + (size_t)i * self->dim);
    }
}

/* What scoring needs beside the vectors. */
static void prepare_scoring(struct content_model *self, uint32_t n_items)
{
    factors_pack(self->packed, self->item, n_items, self->dim);
    self->n_blank = 0;
    for (uint32_t i = 0; i < n_items; i++) {
        const float *v = self->item + (size_t)i * self->dim;
        uint32_t k = 0;
        while (k < self->dim && !(v[k] > 0 || v[k] < 0))
            k++;
        if (k == self->dim)
            self->blank[self->n_blank++] = i;
    }
}

/* ---- training ------------------------------------------------------------------------------------------ */

struct vocabulary {
    uint32_t *items; /* per column of the terms: items that have it */
    uint32_t *place; /* number in the vocabulary, UNKNOWN */
    uint32_t n, described;
};

static void vocabulary_release(struct vocabulary *self)
{
    mem_free(self->items);
    mem_free(self->place);
}

static bool is_wanted(enum features features, bool embedded)
{
    return features == FEATURES_BOTH || embedded == (features == FEATURES_EMBEDDINGS);
}

static int nothing_in_common(enum features features, struct error *err)
{
    if (features == FEATURES_EMBEDDINGS) {
        error_set(err, E_BAD_DATA, "content", "no two items have an embedding");
        return error_hint(err, E_BAD_DATA, "have them made first: reckon describe embed");
    }
    error_set(err, E_BAD_DATA, "content", "no two items have a word of their titles or an attribute in common");
    return error_hint(err, E_BAD_DATA, "import titles and attributes first: reckon import items FILE");
}

static int choose_terms(struct vocabulary *self, const struct item_terms *terms, enum features features, struct error *err)
{
    const struct csr *counts = &terms->counts;
    self->items = mem_zalloc(counts->cols, sizeof *self->items);
    self->place = mem_alloc(counts->cols, sizeof *self->place);
    if (self->items == NULL || self->place == NULL)
        return error_nomem(err, "content");
    uint32_t described = 0;
    for (uint32_t i = 0; i < counts->rows; i++) {
        described += counts->start[(size_t)i + 1] > counts->start[i];
        for (uint64_t e = counts->start[i]; e < counts->start[(size_t)i + 1]; e++)
            self->items[counts->col[e]]++;
    }
    for (uint32_t t = 0; t < counts->cols; t++)
        self->place[t] = is_wanted(features, terms->embedded != NULL && terms->embedded[t]) && self->items[t] >= ITEMS_MIN &&
                                 self->items[t] <= SHARE_MAX * described ? self->n++ : UNKNOWN;
    for (uint32_t i = 0; i < counts->rows; i++) {
        uint64_t e = counts->start[i], end = counts->start[(size_t)i + 1];
        while (e < end && self->place[counts->col[e]] == UNKNOWN)
            e++;
        self->described += e < end;
    }
    return self->n > 0 ? 0 : nothing_in_common(features, err);
}

/* Items x vocabulary, rows of length 1. */
static int weigh_items(struct csr *out, const struct content_model *self, const struct csr *counts,
                       const struct vocabulary *v, struct error *err)
{
    uint64_t n = counts->start[counts->rows], at = 0;
    *out = (struct csr){.rows = counts->rows, .cols = self->n_terms};
    out->start = mem_zalloc((size_t)counts->rows + 1, sizeof *out->start);
    out->col = mem_alloc(n, sizeof *out->col);
    out->val = mem_alloc(n, sizeof *out->val);
    if (out->start == NULL || out->col == NULL || out->val == NULL)
        return error_nomem(err, "content");
    for (uint32_t i = 0; i < counts->rows; i++) {
        double square = 0;
        for (uint64_t e = counts->start[i]; e < counts->start[(size_t)i + 1]; e++) {
            uint32_t term = v->place[counts->col[e]];
            if (term == UNKNOWN)
                continue;
            double x = term_value(self, term, counts->val[e]);
            out->col[at] = term;
            out->val[at++] = (float)x;
            square += x * x;
        }
        for (uint64_t e = out->start[i]; e < at; e++)
            out->val[e] = (float)((double)out->val[e] / sqrt(square));
        out->start[(size_t)i + 1] = at;
    }
    return 0;
}

/* Finds the directions and what each term is in them.  *kept: the share of the items' variance that they hold. */
static int project(struct content_model *self, const struct csr *counts, const struct vocabulary *v,
                   struct train_context *ctx, double *kept, struct error *err)
{
    struct csr weighted = {0}, transposed = {0};
    struct subspace found = {0};
    int rc = weigh_items(&weighted, self, counts, v, err);
    if (rc == 0)
        rc = csr_transpose(&transposed, &weighted, err);
    if (rc == 0) {
        struct subspace_task task = {
            .what = "content",
            .matrix = &weighted,
            .transposed = &transposed,
            .column_key = self->term_key,
            .dim = self->dim,
            .passes = (uint32_t)PARAM(&ctx->params, epochs),
            .seed = ctx->seed,
            .pool = ctx->pool,
            .job = ctx->job,
        };
        rc = subspace_find(&found, &task, err);
    }
    double power = PARAM(&ctx->params, spectrum_exponent) - 1;
    *kept = 0;
    for (uint32_t k = 0; rc == 0 && k < self->dim && found.sigma[k] > 0; k++) {
        double scale = pow(found.sigma[k], power);
        for (uint32_t t = 0; t < self->n_terms; t++) {
            size_t at = (size_t)t * self->dim + k;
            self->projection[at] = (float)((double)found.v[at] * scale);
        }
        *kept += found.sigma[k] * found.sigma[k] / self->described;
    }
    csr_release(&weighted);
    csr_release(&transposed);
    subspace_release(&found);
    return rc;
}

static int content_train(struct model **out, const struct dataset *data, struct train_context *ctx, struct error *err)
{
    static const struct item_terms nothing;
    const struct item_terms *terms = data->terms != NULL ? data->terms : &nothing;
    struct vocabulary v = {0};
    struct content_model *self = NULL;
    double kept = 0;
    int rc = choose_terms(&v, terms, (enum features)PARAM(&ctx->params, features), err);
    if (rc == 0)
        rc = content_new(&self, data->n_items, v.n, (uint32_t)PARAM(&ctx->params, dim), err);
    if (rc == 0) {
        for (uint32_t t = 0; t < terms->counts.cols; t++)
            if (v.place[t] != UNKNOWN) {
                self->term_key[v.place[t]] = terms->key[t];
                self->term_items[v.place[t]] = v.items[t];
            }
        self->described = v.described;
        weigh_terms(self);
        rc = project(self, &terms->counts, &v, ctx, &kept, err);
    }
    if (rc == 0) {
        place_items(self, &terms->counts, v.place);
        prepare_scoring(self, data->n_items);
        snprintf(ctx->note, sizeof ctx->note, "%u terms describe %u of %u items; %u directions hold %.0f %% of it",
                 v.n, v.described, data->n_items, self->dim, 100 * kept);
        *out = &self->base;
    }
    vocabulary_release(&v);
    if (rc != 0 && self != NULL)
        content_free(&self->base);
    return rc;
}

/* ---- items from elsewhere ------------------------------------------------------------------------------ */

static const struct content_model *content_of(const struct model *model)
{
    return (const struct content_model *)model;
}

bool content_is(const struct model *model)
{
    return model->kind == &content_kind;
}

uint32_t content_dim(const struct model *model)
{
    return content_of(model)->dim;
}

const float *content_vector(const struct model *model, uint32_t item)
{
    return content_of(model)->item + (size_t)item * content_of(model)->dim;
}

size_t content_fold_in_item(const struct model *model, const struct item_term *terms, size_t n, float *vector)
{
    struct placing p;
    placing_begin(&p, content_of(model));
    for (size_t i = 0; i < n; i++) {
        uint32_t term = find_term(p.model, terms[i].key);
        if (term != UNKNOWN)
            placing_add(&p, term, terms[i].count);
    }
    placing_end(&p, vector);
    return p.known;
}

int content_over_items(struct model **out, const struct model *model, const struct item_terms *terms,
                       struct error *err)
{
    const struct content_model *from = content_of(model);
    struct content_model *self;
    uint32_t *place = mem_alloc(terms->counts.cols, sizeof *place);
    int rc = place == NULL ? error_nomem(err, "content")
                           : content_new(&self, terms->counts.rows, from->n_terms, from->dim, err);
    if (rc == 0) {
        memcpy(self->term_key, from->term_key, from->n_terms * sizeof *self->term_key);
        memcpy(self->term_items, from->term_items, from->n_terms * sizeof *self->term_items);
        memcpy(self->projection, from->projection, (size_t)from->n_terms * from->dim * sizeof *self->projection);
        self->base = from->base;
        self->base.n_items = terms->counts.rows;
        self->described = from->described;
        weigh_terms(self);
        for (uint32_t t = 0; t < terms->counts.cols; t++)
            place[t] = find_term(self, terms->key[t]);
        place_items(self, &terms->counts, place);
        prepare_scoring(self, terms->counts.rows);
        *out = &self->base;
    }
    mem_free(place);
    return rc;
}

/* ---- scoring ------------------------------------------------------------------------------------------- */

struct parts {
    void *counting;
    float *profile, *groups, *tile, *row;
};

static size_t parts_of(const struct content_model *self, unsigned char *scratch, struct parts *out)
{
    size_t counting = (weighting_scratch(self->base.n_items) + 63) / 64 * 64;
    size_t profile = (self->dim * sizeof(float) + 63) / 64 * 64;
    size_t groups = (factors_group_size(MODEL_TILE, self->dim) * sizeof(float) + 63) / 64 * 64;
    size_t tile = FACTORS_TILE_SIZE * sizeof(float);
    if (out != NULL) {
        out->counting = scratch;
        out->profile = (void *)(scratch + counting);
        out->groups = (void *)(scratch + counting + profile);
        out->tile = (void *)(scratch + counting + profile + groups);
        out->row = (void *)(scratch + counting + profile + groups + tile);
    }
    return counting + profile + groups + tile + self->base.n_items * sizeof(float);
}

static size_t content_scratch(const struct model *model)
{
    return parts_of(content_of(model), NULL, NULL);
}

/* A user: the counted items, their sum in s->profile, and 1 / (its length times that of an item). */
struct profile {
    struct counted *counted;
    uint32_t n;
    double scale;
};

static struct profile profile_of(const struct content_model *self, const struct history *user, struct parts *s)
{
    struct weighting weighting = weighting_from_params(&self->base.params);
    double own = PARAM(&self->base.params, own_weight), square = 0;
    struct profile p;
    p.n = weighting_history(&weighting, user, self->base.n_items, s->counting, &p.counted);
    memset(s->profile, 0, self->dim * sizeof *s->profile);
    for (uint32_t c = 0; c < p.n; c++) {
        const float *v = self->item + (size_t)p.counted[c].item * self->dim;
        for (uint32_t k = 0; k < self->dim; k++)
            s->profile[k] += p.counted[c].value * v[k];
        square += own * (double)p.counted[c].value * (double)p.counted[c].value;
    }
    for (uint32_t k = 0; k < self->dim; k++)
        square += (double)s->profile[k] * (double)s->profile[k];
    p.scale = square > 0 ? 1 / sqrt(square * (1 + own)) : 0;
    return p;
}

/* Adds the items' own coordinates, and puts those of which nothing is known at the end. */
static void finish_row(const struct content_model *self, const struct profile *p, float *row)
{
    float own = (float)PARAM(&self->base.params, own_weight), scale = (float)p->scale, lowest = 0;
    for (uint32_t c = 0; c < p->n; c++)
        row[p->counted[c].item] += own * p->counted[c].value;
    for (uint32_t i = 0; i < self->base.n_items; i++) {
        row[i] *= scale;
        lowest = row[i] < lowest ? row[i] : lowest;
    }
    for (uint32_t b = 0; b < self->n_blank; b++)
        if (!(row[self->blank[b]] > 0))
            row[self->blank[b]] = lowest;
}

/* At most MODEL_TILE users.  Their counts share one scratch: the row is finished from a second count. */
static void content_score(const struct model *model, const struct history *users, uint32_t n, float *scores,
                          size_t stride, void *scratch)
{
    const struct content_model *self = content_of(model);
    struct parts s;
    parts_of(self, scratch, &s);
    memset(s.groups, 0, factors_group_size(n, self->dim) * sizeof *s.groups);
    for (uint32_t u = 0; u < n; u++) {
        profile_of(self, &users[u], &s);
        factors_put_user(s.groups, u, s.profile, self->dim);
    }
    factors_score(self->packed, model->n_items, self->dim, s.groups, n, scores, stride, s.tile);
    for (uint32_t u = 0; u < n; u++) {
        struct profile p = profile_of(self, &users[u], &s);
        finish_row(self, &p, scores + u * stride);
    }
}

static double dot(const struct content_model *self, const float *a, const float *b)
{
    double sum = 0;
    for (uint32_t k = 0; k < self->dim; k++)
        sum += (double)a[k] * (double)b[k];
    return sum;
}

float content_score_vector(const struct model *model, const struct history *user, const float *vector, void *scratch)
{
    const struct content_model *self = content_of(model);
    struct parts s;
    parts_of(self, scratch, &s);
    struct profile p = profile_of(self, user, &s);
    return (float)(dot(self, s.profile, vector) * p.scale);
}

static bool is_blank(const struct content_model *self, uint32_t item)
{
    uint32_t low = 0, high = self->n_blank;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (self->blank[middle] < item)
            low = middle + 1;
        else
            high = middle;
    }
    return low < self->n_blank && self->blank[low] == item;
}

static double content_explain(const struct model *model, const struct history *user, uint32_t item,
                              double *contribution, void *scratch)
{
    const struct content_model *self = content_of(model);
    struct weighting weighting = weighting_from_params(&model->params);
    double own = PARAM(&model->params, own_weight), rest = 0;
    bool met = false;
    struct parts s;
    parts_of(self, scratch, &s);
    struct profile p = profile_of(self, user, &s);
    for (uint32_t c = 0; c < p.n; c++) {
        size_t from = (size_t)p.counted[c].item * self->dim;
        double alike = dot(self, self->item + from, self->item + (size_t)item * self->dim);
        met |= p.counted[c].item == item;
        p.counted[c].amount =
            (double)p.counted[c].value * (alike + (p.counted[c].item == item ? own : 0)) * p.scale;
    }
    weighting_spread(&weighting, user, model->n_items, s.counting, p.n, p.counted, contribution);
    if (is_blank(self, item) && !(met && own > 0)) { /* nothing speaks for it: all of it is the lowest score */
        content_score(model, user, 1, s.row, model->n_items, scratch);
        rest = (double)s.row[item];
    }
    return rest;
}

static void content_similar_to(const struct model *model, uint32_t item, const uint32_t *items, uint32_t n,
                               float *scores)
{
    for (uint32_t i = 0; i < n; i++)
        scores[i] = (float)dot(content_of(model), content_vector(model, item), content_vector(model, items[i]));
}

static void content_similar(const struct model *model, uint32_t item, float *scores)
{
    const struct content_model *self = content_of(model);
    const float *v = self->item + (size_t)item * self->dim;
    for (uint32_t i = 0; i < model->n_items; i++)
        scores[i] = (float)dot(self, v, self->item + (size_t)i * self->dim);
}

/* ---- saving -------------------------------------------------------------------------------------------- */

static int content_save(const struct model *model, struct tensor_set *out, struct error *err)
{
    const struct content_model *self = content_of(model);
    int rc = tensor_set_put_real(out, "described", self->described, err);
    if (rc == 0)
        rc = tensor_set_add_1d(out, "term_key", TENSOR_U64, self->n_terms, self->term_key, err);
    if (rc == 0)
        rc = tensor_set_add_1d(out, "term_items", TENSOR_U32, self->n_terms, self->term_items, err);
    if (rc == 0)
        rc = tensor_set_add_2d(out, "projection", TENSOR_F32, self->n_terms, self->dim, self->projection, err);
    return rc != 0 ? rc : tensor_set_add_2d(out, "item", TENSOR_F32, model->n_items, self->dim, self->item, err);
}

static bool all_finite(const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
}

static int content_load(struct model **out, const struct model *head, const struct tensor_set *in, struct error *err)
{
    const struct tensor *terms = tensor_set_find(in, "term_key");
    uint32_t dim = (uint32_t)PARAM(&head->params, dim);
    double described;
    if (terms == NULL || terms->dims != 1 || terms->shape[0] < 1 || terms->shape[0] > UINT32_MAX - 1)
        return error_set(err, E_CORRUPT, "model file", "the vocabulary is missing or has the wrong length");
    uint32_t n_terms = (uint32_t)terms->shape[0];
    const uint64_t *key = tensor_set_want(in, "term_key", TENSOR_U64, n_terms, 0, err);
    const uint32_t *items = key == NULL ? NULL : tensor_set_want(in, "term_items", TENSOR_U32, n_terms, 0, err);
    const float *p = items == NULL ? NULL : tensor_set_want(in, "projection", TENSOR_F32, n_terms, dim, err);
    const float *v = p == NULL ? NULL : tensor_set_want(in, "item", TENSOR_F32, head->n_items, dim, err);
    if (v == NULL || tensor_set_want_real(in, "described", &described, err) != 0)
        return E_CORRUPT;
    if (!(described >= 1 && described <= UINT32_MAX))
        return error_set(err, E_CORRUPT, "model file", "the number of described items is out of range");
    for (uint32_t t = 1; t < n_terms; t++)
        if (key[t] <= key[t - 1])
            return error_set(err, E_CORRUPT, "model file", "the vocabulary is not in order");
    if (!all_finite(p, (size_t)n_terms * dim) || !all_finite(v, (size_t)head->n_items * dim))
        return error_set(err, E_CORRUPT, "model file", "a factor is not a finite number");
    struct content_model *self;
    int rc = content_new(&self, head->n_items, n_terms, dim, err);
    if (rc != 0)
        return rc;
    memcpy(self->term_key, key, n_terms * sizeof *key);
    memcpy(self->term_items, items, n_terms * sizeof *items);
    memcpy(self->projection, p, (size_t)n_terms * dim * sizeof *p);
    memcpy(self->item, v, (size_t)head->n_items * dim * sizeof *v);
    self->described = (uint32_t)described;
    weigh_terms(self);
    prepare_scoring(self, head->n_items);
    *out = &self->base;
    return 0;
}

/* It learns from what items are described by alone: without some people it is the same. */
static int content_update(struct model **out, const struct model *before, const struct change *change,
                          struct train_context *ctx, const char **why, struct error *err)
{
    struct tensor_set set = {0};
    if (change->after.terms == NULL) {
        *why = "an item is gone with them, and all items are described together";
        return 1;
    }
    int rc = content_save(before, &set, err);
    rc = rc != 0 ? rc : content_load(out, before, &set, err);
    if (rc == 0)
        snprintf(ctx->how, sizeof ctx->how, "descriptions know of nobody; what is popular is counted again");
    if (rc == 0)
        snprintf(ctx->note, sizeof ctx->note, "%s", change->note != NULL ? change->note : "");
    tensor_set_release(&set);
    return rc;
}

const struct model_kind content_kind = {
    .name = "content",
    .title = "Content",
    .about = "Items whose titles, tags and attributes are like those of the history: TF-IDF and SVD (latent semantic "
             "analysis); needs no event of the item",
    .defaults = "dim=256 epochs=4 spectrum_exponent=0.25 features=words own_weight=4 counting=sum half_life_days=120 window_days=0",
    .reads_terms = true,
    .train = content_train,
    .update = content_update,
    .score = content_score,
    .score_scratch = content_scratch,
    .explain = content_explain,
    .similar = content_similar,
    .similar_to = content_similar_to,
    .similar_is_cosine = true,
    .save = content_save,
    .load = content_load,
    .free = content_free,
};
