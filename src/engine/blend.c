#include "engine/blend.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"
#include "engine/blend_fit.h"
#include "engine/blend_sample.h"
#include "engine/kinds.h"

/* Of whom at most FEW events are known, the weights for short histories count alone; from MANY on, the others. */
#define FEW 5
#define MANY 10
#define NEGLIGIBLE 0.01 /* a member below this weight is dropped */
#define ROUNDS 2        /* random validation splits of a small data set */
#define SALT UINT64_C(0x626c656e64)

enum member_use {
    TRIED = 0,
    STURDY = 1, /* used when there is nothing to validate on */
    FILLS_IN = 2, /* only tried when what is asked for lies among the events that are known: a random split */
    REPEATS = 4   /* only tried in repeat mode: all that it knows of is what the user has */
};

/* The same for all data; the validation decides which of them stay. */
struct member_spec {
    const char *name;
    const struct model_kind *kind;
    const char *params; /* over the kind's defaults */
    unsigned use; /* of enum member_use */
};

static const struct member_spec specs[] = {
    {"popular", &popular_kind, "", STURDY},
    {"popular-recent", &popular_kind, "half_life_days=7", TRIED},
    {"own-frequency", &own_frequency_kind, "counting=days", STURDY | REPEATS},
    {"own-recent", &own_frequency_kind, "counting=days half_life_days=90", REPEATS},
    {"knn", &knn_kind, "", STURDY},
    {"ease", &ease_kind, "max_items=10000", STURDY},
    {"ease-recent", &ease_kind, "max_items=10000 half_life_days=60 lambda=200", TRIED},
    {"ease-counts", &ease_kind, "max_items=10000 half_life_days=60 lambda=200 counting=days", TRIED},
    {"ials", &ials_kind, "patience=0 index=never", TRIED},
    {"ials-recent", &ials_kind, "patience=0 index=never reg=0.005 unobserved_weight=0.1 half_life_days=60 counting=days", TRIED},
    {"rules", &rules_kind, "", TRIED},
    {"rules-recent", &rules_kind, "half_life_days=60 recency=0.98", TRIED},
    {"rules-near", &rules_kind, "recency=1 backward=1 gap_decay=0.5 from_exponent=0.7", TRIED},
    {"svd", &svd_kind, "index=never", TRIED},
    {"svd-frequent", &svd_kind, "index=never dim=48 user_exponent=0.25 from_exponent=0.25 to_exponent=0.25", TRIED},
    {"content", &content_kind, "", TRIED},
    {"period", &period_kind, "", FILLS_IN},
};

#define SPECS (sizeof specs / sizeof specs[0])

struct blend_model {
    struct model base;
    uint32_t n;
    struct model *member[BLEND_MEMBERS_MAX];
    char name[BLEND_MEMBERS_MAX][32];
    double weight[BLEND_MEMBERS_MAX];
    double few[BLEND_MEMBERS_MAX]; /* weights for short histories */
};

static double weight_of(const struct blend_model *self, uint32_t member, uint32_t n_events)
{
    double t = n_events <= FEW ? 0 : n_events >= MANY ? 1 : (double)(n_events - FEW) / (MANY - FEW);
    return (1 - t) * self->few[member] + t * self->weight[member];
}

const char *blend_member_name(size_t i)
{
    return i < SPECS ? specs[i].name : NULL;
}

const struct model_kind *blend_member_kind(size_t i)
{
    return i < SPECS ? specs[i].kind : NULL;
}

int blend_setting(struct member_setting *out, const char *member, const char *param, const char *text,
                  struct error *err)
{
    size_t i = 0;
    while (i < SPECS && strcmp(specs[i].name, member) != 0)
        i++;
    if (i == SPECS)
        return error_set(err, E_NOT_FOUND, "blend", "it has no member '%.40s'", member);
    int id = param_find(param);
    if (id < 0 || !model_uses_param(specs[i].kind, id))
        return error_set(err, E_USAGE, "blend", "its member %s has no parameter '%.40s'", member, param);
    struct params parsed = {{0}};
    int rc = params_set(&parsed, id, text, err);
    if (rc != 0)
        return rc;
    *out = (struct member_setting){.param = id, .value = parsed.value[id]};
    snprintf(out->member, sizeof out->member, "%s", member);
    return 0;
}

static void blend_free(struct model *model)
{
    struct blend_model *self = (struct blend_model *)model;
    for (uint32_t m = 0; m < self->n; m++)
        model_free(self->member[m]);
    mem_free(self);
}

/* Training. */
static void member_params(struct params *out, const struct member_spec *spec, const struct train_context *ctx)
{
    model_default_params(spec->kind, out);
    model_apply_params(out, spec->params);
    for (size_t s = 0; s < ctx->n_settings; s++)
        if (strcmp(ctx->settings[s].member, spec->name) == 0)
            out->value[ctx->settings[s].param] = ctx->settings[s].value;
}

static int train_member(struct model **out, const struct member_spec *spec, const struct dataset *data,
                        const struct train_context *ctx, struct error *err)
{
    struct train_context own = {.seed = ctx->seed, .pool = ctx->pool, .job = ctx->job, .validation = ctx->validation};
    member_params(&own.params, spec, ctx);
    return model_train(out, spec->kind, data, &own, err);
}

static double span_days(const struct dataset *data)
{
    uint32_t first = data->now;
    for (uint64_t e = 0; e < data->n_events; e++)
        first = data->time[e] < first ? data->time[e] : first;
    return (double)(data->now - first) / 86400;
}

/* As the model will be used, within what there is to learn from; a random share when that leaves nobody. */
static int make_validation(struct split *out, const struct dataset *data, const struct train_context *ctx,
                           uint32_t round, struct error *err)
{
    struct split_options how = ctx->validation;
    double share = PARAM(&ctx->params, validation_share), most = span_days(data) / 4;
    how.seed = ctx->seed ^ (SALT + round); /* not the draws that made this training data */
    how.test_share = share > 0 ? share : 0.1;
    how.drop_unknown_items = true;
    how.strict = false; /* what a strict split leaves out is left out already */
    if (how.kind == SPLIT_TIME && !(how.test_days > 0 && how.test_days < most))
        how.test_days = most;
    int rc = how.kind == SPLIT_TIME && !(most > 0) ? E_BAD_DATA : split_make(out, data, &how, err);
    if ((rc == E_BAD_DATA || rc == E_USAGE) && how.kind != SPLIT_RANDOM) {
        how.kind = SPLIT_RANDOM;
        rc = split_make(out, data, &how, err);
    }
    return rc;
}

static int is_tried(const struct member_spec *spec, const struct split_options *how)
{
    return !((spec->use & FILLS_IN) && how->kind != SPLIT_RANDOM) &&
           !((spec->use & REPEATS) && how->mode == ANSWER_DISCOVER);
}

/* The same users with 1 to FEW of their events known: the last ones, or of a random split drawn ones.  `room`: FEW for
 * each user.  A user's draw depends on nobody else. */
struct short_histories {
    struct history *history;
    uint32_t *item, *time;
    float *weight;
};

static void short_histories_release(struct short_histories *self)
{
    mem_free(self->history);
    mem_free(self->item);
    mem_free(self->time);
    mem_free(self->weight);
}

static void shorten(struct short_histories *self, uint32_t user, const struct split *split, uint64_t seed)
{
    const struct history *all = &split->history[user];
    size_t at = (size_t)user * FEW;
    struct rng rng;
    rng_init(&rng, seed ^ SALT, split->user_key[user]);
    uint32_t want = 1 + (uint32_t)rng_below(&rng, FEW), k = 0;
    want = want < all->n ? want : all->n;
    for (uint32_t e = 0; e < all->n && k < want; e++) {
        uint32_t left = all->n - e;
        if (split->options.kind == SPLIT_RANDOM ? rng_below(&rng, left) >= want - k : left > want - k)
            continue;
        self->item[at + k] = all->item[e];
        self->time[at + k] = all->time[e];
        self->weight[at + k++] = all->weight[e];
    }
    self->history[user] = *all;
    self->history[user].n = k;
    self->history[user].item = self->item + at;
    self->history[user].time = self->time + at;
    self->history[user].weight = self->weight + at;
}

static int add_short(struct blend_sample *sample, const struct model *const *tried, const struct split *split,
                     const struct train_context *ctx, struct error *err)
{
    size_t n = split->n_users;
    struct short_histories s = {
        .history = mem_alloc(n, sizeof *s.history),
        .item = mem_alloc(n * FEW, sizeof *s.item),
        .time = mem_alloc(n * FEW, sizeof *s.time),
        .weight = mem_alloc(n * FEW, sizeof *s.weight),
    };
    int rc = s.history == NULL || s.item == NULL || s.time == NULL || s.weight == NULL ? error_nomem(err, "blend") : 0;
    if (rc == 0) {
        struct split view = *split;
        for (uint32_t u = 0; u < split->n_users; u++)
            shorten(&s, u, split, ctx->seed);
        view.history = s.history;
        rc = blend_sample_add(sample, tried, SPECS, &view, ctx->pool, ctx->job, err);
    }
    short_histories_release(&s);
    return rc;
}

/* Trains every member on the split and adds what they say to the samples. */
static int try_members(struct blend_sample *sample, struct blend_sample *few, const struct split *split,
                       const struct train_context *ctx, struct error *err)
{
    struct model *member[SPECS] = {NULL};
    const struct model *tried[SPECS] = {NULL};
    int rc = 0;
    for (size_t m = 0; rc == 0 && m < SPECS; m++) {
        if (!is_tried(&specs[m], &split->options))
            continue;
        rc = train_member(&member[m], &specs[m], &split->train, ctx, err);
        rc = rc == E_BAD_DATA ? 0 : rc; /* nothing for this one to learn from */
        tried[m] = member[m];
    }
    if (rc == 0)
        rc = blend_sample_add(sample, tried, SPECS, split, ctx->pool, ctx->job, err);
    if (rc == 0)
        rc = add_short(few, tried, split, ctx, err);
    for (size_t m = 0; m < SPECS; m++)
        model_free(member[m]);
    return rc;
}

/* Random splits are repeated while they say little; *n_users = 0 when there was nothing to validate on. */
static int find_weights(double weight[SPECS], double few_weight[SPECS], const struct dataset *data, const struct train_context *ctx,
                        struct split_options *how, uint32_t *n_users, double *ndcg, struct error *err)
{
    struct blend_sample sample = {0}, few = {0};
    double few_ndcg;
    int rc = 0, again = 1;
    *n_users = 0;
    for (uint32_t round = 0; rc == 0 && again && round < ROUNDS; round++) {
        struct split split = {0};
        rc = make_validation(&split, data, ctx, round, err);
        if (rc == E_BAD_DATA || rc == E_USAGE) {
            rc = 0;
            break;
        }
        if (rc == 0)
            rc = try_members(&sample, &few, &split, ctx, err);
        *how = split.options;
        again = how->kind == SPLIT_RANDOM && sample.n_users < BLEND_USERS_MAX;
        split_release(&split);
    }
    if (rc == 0 && sample.n_users > 0)
        rc = blend_fit(&sample, ctx->seed, ctx->pool, ctx->job, weight, ndcg, err);
    if (rc == 0 && few.n_users > 0)
        rc = blend_fit(&few, ctx->seed, ctx->pool, ctx->job, few_weight, &few_ndcg, err);
    *n_users = rc == 0 ? sample.n_users : 0;
    blend_sample_release(&sample);
    blend_sample_release(&few);
    return rc;
}

/* Drops what hardly counts; false when nothing is left. */
static int keep_weighty(double weight[SPECS])
{
    double sum = 0;
    for (size_t m = 0; m < SPECS; m++) {
        weight[m] = weight[m] < NEGLIGIBLE ? 0 : weight[m];
        sum += weight[m];
    }
    for (size_t m = 0; sum > 0 && m < SPECS; m++)
        weight[m] /= sum;
    return sum > 0;
}

static void write_note(char *note, size_t size, const struct blend_model *self, const struct split_options *how,
                       uint32_t n_users, double ndcg)
{
    struct str text;
    str_init(&text, size - 1);
    if (n_users == 0)
        str_puts(&text, "nothing to validate on, so members count alike:");
    else if (how->kind == SPLIT_TIME)
        str_printf(&text, "weights from the last %.3g days of the training data", how->test_days);
    else if (how->kind == SPLIT_LAST)
        str_puts(&text, "weights from each user's last event in the training data");
    else
        str_printf(&text, "weights from %.3g %% of each user's events in the training data", 100 * how->test_share);
    if (n_users > 0)
        str_printf(&text, " (%s, %u users, NDCG@%d %.4f):", answer_mode_name(how->mode), n_users, BLEND_DEPTH, ndcg);
    for (uint32_t m = 0; m < self->n; m++)
        if (self->weight[m] > 0)
            str_printf(&text, " %s %.2f", self->name[m], self->weight[m]);
    str_puts(&text, "; when few events are known:");
    for (uint32_t m = 0; m < self->n; m++)
        if (self->few[m] > 0)
            str_printf(&text, " %s %.2f", self->name[m], self->few[m]);
    snprintf(note, size, "%s", str_text(&text));
    str_release(&text);
}

static int train_kept(struct blend_model *self, const double weight[SPECS], const double few[SPECS],
                      const struct dataset *data,
                      const struct train_context *ctx, struct error *err)
{
    for (size_t m = 0; m < SPECS; m++) {
        if (!(weight[m] > 0) && !(few[m] > 0))
            continue;
        int rc = train_member(&self->member[self->n], &specs[m], data, ctx, err);
        if (rc != 0)
            return rc;
        snprintf(self->name[self->n], sizeof self->name[0], "%s", specs[m].name);
        self->few[self->n] = few[m];
        self->weight[self->n++] = weight[m];
    }
    return 0;
}

static int blend_train(struct model **out, const struct dataset *data, struct train_context *ctx, struct error *err)
{
    double weight[SPECS] = {0}, few[SPECS] = {0}, ndcg = 0;
    struct split_options how = {0};
    uint32_t n_users = 0;
    struct blend_model *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "blend");
    int rc = find_weights(weight, few, data, ctx, &how, &n_users, &ndcg, err);
    if (rc == 0 && !keep_weighty(weight)) {
        n_users = 0;
        for (size_t m = 0; m < SPECS; m++)
            weight[m] = (specs[m].use & STURDY) != 0;
        keep_weighty(weight);
    }
    if (rc == 0 && !keep_weighty(few))
        memcpy(few, weight, sizeof few);
    if (rc == 0)
        rc = train_kept(self, weight, few, data, ctx, err);
    if (rc != 0) {
        blend_free(&self->base);
        return rc;
    }
    write_note(ctx->note, sizeof ctx->note, self, &how, n_users, ndcg);
    *out = &self->base;
    return 0;
}

/* Scoring.  Scratch: a tile of one member's scores, then what a member needs. */
static size_t tile_bytes(const struct blend_model *self)
{
    return ((size_t)MODEL_TILE * self->base.n_items * sizeof(float) + 63) / 64 * 64;
}

static size_t blend_scratch(const struct model *model)
{
    const struct blend_model *self = (const struct blend_model *)model;
    size_t most = 0;
    for (uint32_t m = 0; m < self->n; m++) {
        size_t size = self->member[m]->kind->score_scratch(self->member[m]);
        most = size > most ? size : most;
    }
    return tile_bytes(self) + most;
}

/* Does the member count for one of them?  Where its weight is 0 it would add nothing, and need not be asked. */
static bool has_a_say(const struct blend_model *self, uint32_t member, const struct history *users, uint32_t n)
{
    for (uint32_t u = 0; u < n; u++)
        if (weight_of(self, member, users[u].n) > 0)
            return true;
    return false;
}

/* Notes: the scale of each member's scores. */
enum { NOTES_OF_MEMBER = 2 };

static size_t blend_notes(const struct model *model)
{
    return (size_t)((const struct blend_model *)model)->n * NOTES_OF_MEMBER;
}

static void blend_score_noting(const struct model *model, const struct history *users, uint32_t n, float *scores,
                               size_t stride, double *notes, void *scratch)
{
    const struct blend_model *self = (const struct blend_model *)model;
    float *tile = scratch;
    for (uint32_t u = 0; u < n; u++)
        memset(scores + u * stride, 0, model->n_items * sizeof *scores);
    for (uint32_t m = 0; m < self->n; m++) {
        const struct model *member = self->member[m];
        if (!has_a_say(self, m, users, n))
            continue;
        member->kind->score(member, users, n, tile, model->n_items, (unsigned char *)scratch + tile_bytes(self));
        for (uint32_t u = 0; u < n; u++) {
            const float *row = tile + (size_t)u * model->n_items;
            struct blend_scale scale = blend_scale_of(row, model->n_items);
            blend_scale_add(scores + u * stride, row, model->n_items, scale, weight_of(self, m, users[u].n));
            if (notes != NULL) {
                double *note = notes + u * blend_notes(model) + (size_t)m * NOTES_OF_MEMBER;
                note[0] = scale.mean;
                note[1] = scale.factor;
            }
        }
    }
}

static void blend_score(const struct model *model, const struct history *users, uint32_t n, float *scores,
                        size_t stride, void *scratch)
{
    blend_score_noting(model, users, n, scores, stride, NULL, scratch);
}

/* What a member says of k items, on its scale. */
static void add_member(const struct model *member, const struct history *user, const uint32_t *items, uint32_t k,
                       double factor, double mean, double *part, double *contribution, double *remainder, void *scratch)
{
    double *rest = part + (size_t)k * user->n;
    model_explain_many(member, user, items, k, part, rest, NULL, scratch);
    for (uint32_t i = 0; i < k; i++)
        remainder[i] += factor * (rest[i] - mean);
    for (size_t e = 0; e < (size_t)k * user->n; e++)
        contribution[e] += factor * part[e];
}

/* The scale of a member's scores: as it was noted, else it must score once more. */
static struct blend_scale scale_of_member(const struct blend_model *self, uint32_t m, const struct history *user,
                                          const double *notes, float *row, void *own)
{
    if (notes != NULL)
        return (struct blend_scale){notes[m * NOTES_OF_MEMBER], notes[m * NOTES_OF_MEMBER + 1]};
    model_score_one(self->member[m], user, row, own);
    return blend_scale_of(row, self->base.n_items);
}

/* Each member explains once, however many items are asked about: what it makes of the history is what costs. */
static void blend_explain_many(const struct model *model, const struct history *user, const uint32_t *items, uint32_t k,
                               double *contribution, double *remainder, const double *notes, void *scratch)
{
    const struct blend_model *self = (const struct blend_model *)model;
    float *row = scratch;
    void *own = (unsigned char *)scratch + tile_bytes(self);
    double *part = mem_alloc((size_t)k * (user->n + 1), sizeof *part);
    memset(contribution, 0, (size_t)k * user->n * sizeof *contribution);
    memset(remainder, 0, k * sizeof *remainder);
    for (uint32_t m = 0; m < self->n; m++) {
        if (!has_a_say(self, m, user, 1))
            continue;
        /* without memory the sum is right, and what it rests on stays unsaid */
        struct blend_scale scale = scale_of_member(self, m, user, part != NULL ? notes : NULL, row, own);
        double factor = weight_of(self, m, user->n) * scale.factor;
        if (part != NULL)
            add_member(self->member[m], user, items, k, factor, scale.mean, part, contribution, remainder, own);
        for (uint32_t i = 0; part == NULL && i < k; i++)
            remainder[i] += factor * ((double)row[items[i]] - scale.mean);
    }
    mem_free(part);
}

static double blend_explain(const struct model *model, const struct history *user, uint32_t item,
                            double *contribution, void *scratch)
{
    double remainder;
    blend_explain_many(model, user, &item, 1, contribution, &remainder, NULL, scratch);
    return remainder;
}

/* Weighted mean of what the members that know similarity say, each on the scale of its largest. */
static void blend_similar(const struct model *model, uint32_t item, float *scores)
{
    const struct blend_model *self = (const struct blend_model *)model;
    float *row = mem_alloc(model->n_items, sizeof *row);
    memset(scores, 0, model->n_items * sizeof *scores);
    for (uint32_t m = 0; row != NULL && m < self->n; m++) {
        const struct model *member = self->member[m];
        float most = 0;
        if (member->kind->similar == NULL)
            continue;
        member->kind->similar(member, item, row);
        for (uint32_t i = 0; i < model->n_items; i++)
            most = i != item && row[i] > most ? row[i] : most;
        for (uint32_t i = 0; most > 0 && i < model->n_items; i++)
            scores[i] += (float)(self->weight[m] * (double)row[i] / (double)most);
    }
    mem_free(row);
}

static void blend_similar_to(const struct model *model, uint32_t item, const uint32_t *items, uint32_t n,
                             float *scores)
{
    const struct blend_model *self = (const struct blend_model *)model;
    float *row = mem_alloc(model->n_items, sizeof *row), *part = mem_alloc(n, sizeof *part);
    memset(scores, 0, n * sizeof *scores);
    for (uint32_t m = 0; row != NULL && part != NULL && m < self->n; m++) {
        const struct model *member = self->member[m];
        if (member->kind->similar == NULL)
            continue;
        float most = model_similar_most(member, item, row);
        member->kind->similar_to(member, item, items, n, part);
        for (uint32_t i = 0; most > 0 && i < n; i++)
            scores[i] += (float)(self->weight[m] * (double)part[i] / (double)most);
    }
    mem_free(row);
    mem_free(part);
}

/* Files: each member's arrays and facts under "NAME/". */
static int prefixed(char out[TENSOR_NAME_MAX], const char *member, const char *name, struct error *err)
{
    if (snprintf(out, TENSOR_NAME_MAX, "%s/%s", member, name) >= TENSOR_NAME_MAX)
        return error_set(err, E_FAILED, "blend", "the name %s/%s is too long for a file", member, name);
    return 0;
}

static int save_member(const struct blend_model *self, uint32_t m, struct tensor_set *out, struct error *err)
{
    struct tensor_set own = {0};
    char name[TENSOR_NAME_MAX];
    int rc = prefixed(name, self->name[m], "weight", err);
    if (rc == 0)
        rc = tensor_set_put_real(out, name, self->weight[m], err);
    if (rc == 0)
        rc = prefixed(name, self->name[m], "few_weight", err);
    if (rc == 0)
        rc = tensor_set_put_real(out, name, self->few[m], err);
    if (rc == 0)
        rc = model_save(self->member[m], &own, err);
    for (size_t i = 0; rc == 0 && i < own.n_tensors; i++) {
        const struct tensor *t = &own.tensors[i];
        rc = prefixed(name, self->name[m], t->name, err);
        if (rc == 0)
            rc = tensor_set_add(out, name, t->type, t->dims, t->shape, t->data, err);
    }
    for (size_t i = 0; rc == 0 && i < own.n_meta; i++) {
        rc = prefixed(name, self->name[m], own.meta[i].name, err);
        if (rc == 0)
            rc = tensor_set_put_meta(out, name, own.meta[i].text, err);
    }
    tensor_set_release(&own);
    return rc;
}

static int blend_save(const struct model *model, struct tensor_set *out, struct error *err)
{
    const struct blend_model *self = (const struct blend_model *)model;
    struct str names;
    str_init(&names, 2048);
    for (uint32_t m = 0; m < self->n; m++)
        str_printf(&names, "%s%s", m > 0 ? "," : "", self->name[m]);
    int rc = names.failed ? error_nomem(err, "blend") : tensor_set_put_meta(out, "members", str_text(&names), err);
    str_release(&names);
    for (uint32_t m = 0; rc == 0 && m < self->n; m++)
        rc = save_member(self, m, out, err);
    return rc;
}

/* What stands under "NAME/" in `in`, without the prefix. */
static int member_tensors(struct tensor_set *out, const struct tensor_set *in, const char *member, struct error *err)
{
    size_t length = strlen(member);
    int rc = 0;
    out->lasting = in->lasting;
    for (size_t i = 0; rc == 0 && i < in->n_tensors; i++) {
        const struct tensor *t = &in->tensors[i];
        if (strncmp(t->name, member, length) == 0 && t->name[length] == '/')
            rc = tensor_set_add(out, t->name + length + 1, t->type, t->dims, t->shape, t->data, err);
    }
    for (size_t i = 0; rc == 0 && i < in->n_meta; i++)
        if (strncmp(in->meta[i].name, member, length) == 0 && in->meta[i].name[length] == '/')
            rc = tensor_set_put_meta(out, in->meta[i].name + length + 1, in->meta[i].text, err);
    return rc;
}

static int load_member(struct blend_model *self, const struct model *head, const struct tensor_set *in,
                       struct error *err)
{
    struct tensor_set own = {0};
    uint32_t m = self->n;
    const char *kind;
    int rc = member_tensors(&own, in, self->name[m], err);
    if (rc == 0)
        rc = tensor_set_want_real(&own, "weight", &self->weight[m], err);
    if (rc == 0)
        rc = tensor_set_want_real(&own, "few_weight", &self->few[m], err);
    if (rc == 0 && !(self->weight[m] >= 0 && self->weight[m] <= 1 && self->few[m] >= 0 && self->few[m] <= 1))
        rc = error_set(err, E_CORRUPT, "model file", "the weight of %s is out of range", self->name[m]);
    if (rc == 0 && (kind = tensor_set_meta(&own, "kind")) != NULL && strcmp(kind, blend_kind.name) == 0)
        rc = error_set(err, E_CORRUPT, "model file", "a blend in a blend");
    if (rc == 0)
        rc = model_load(&self->member[m], &own, err);
    if (rc == 0) {
        self->n++;
        if (self->member[m]->n_items != head->n_items)
            rc = error_set(err, E_CORRUPT, "model file", "%s is of another catalogue", self->name[m]);
    }
    tensor_set_release(&own);
    return rc;
}

static int blend_load(struct model **out, const struct model *head, const struct tensor_set *in, struct error *err)
{
    const char *names = tensor_set_meta(in, "members");
    if (names == NULL)
        return error_set(err, E_CORRUPT, "model file", "the list of members is missing");
    struct blend_model *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "blend");
    int rc = 0;
    while (rc == 0 && *names != '\0') {
        size_t length = strcspn(names, ",");
        if (self->n == BLEND_MEMBERS_MAX || length == 0 || length >= sizeof self->name[0]) {
            rc = error_set(err, E_CORRUPT, "model file", "the list of members is damaged");
            break;
        }
        memcpy(self->name[self->n], names, length);
        self->name[self->n][length] = '\0';
        rc = load_member(self, head, in, err);
        names += length + (names[length] == ',');
    }
    if (rc == 0 && self->n == 0)
        rc = error_set(err, E_CORRUPT, "model file", "the list of members is empty");
    if (rc != 0) {
        blend_free(&self->base);
        return rc;
    }
    self->base.n_items = head->n_items;
    *out = &self->base;
    return 0;
}

static const char *blend_update_refused(const struct params *params, uint64_t n_items, uint64_t people, uint64_t events)
{
    (void)params;
    (void)n_items;
    (void)people;
    (void)events;
    return "what its members weigh was learnt from everybody";
}

const struct model_kind blend_kind = {
    .name = "blend",
    .title = "Blend",
    .about = "Several models standardised per user and summed, with weights found on a validation split (Caruana et al. 2004)",
    .defaults = "validation_share=0.1",
    .reads_terms = true,
    .train = blend_train,
    .update_refused = blend_update_refused,
    .score = blend_score,
    .score_scratch = blend_scratch,
    .explain = blend_explain,
    .explain_many = blend_explain_many,
    .notes = blend_notes,
    .score_noting = blend_score_noting,
    .similar = blend_similar,
    .similar_to = blend_similar_to,
    .save = blend_save,
    .load = blend_load,
    .free = blend_free,
};
