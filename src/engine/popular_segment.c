/* What is popular among people like this one: popularity of everybody, moved by what people with the same traits
 * (country, gender, a band of ages) have more or less often.
 *
 *   score = ln p_i + sum over the user's traits a of ln( (c_ai + m p_i) / (n_a + m) / p_i )
 *
 * p_i: the share of all users who have item i (by the weighting; half a user is added to every item), c_ai of those
 * with trait a, n_a how many they are, m: shrinkage, so that small groups hardly move anything.  It is naive Bayes
 * with Dirichlet smoothing towards the whole.  Somebody of whom nothing is known gets plain popularity.
 *
 * Nobody can be found in it: traits that fewer than TRAIT_USERS users have are left out. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/kinds.h"

#define TRAIT_USERS 20
#define UNKNOWN UINT32_MAX

struct segment_model {
    struct model base;
    float *base_score; /* n_items: ln p */
    uint32_t n_traits;
    uint64_t *trait;   /* n_traits, ascending */
    float *without;    /* n_traits: what an item gets that nobody of the trait has */
    struct csr lift;   /* n_traits x items: for those that somebody has, beyond `without` */
};

static void segment_free(struct model *model)
{
    struct segment_model *self = (struct segment_model *)model;
    mem_free(self->base_score);
    mem_free(self->trait);
    mem_free(self->without);
    csr_release(&self->lift);
    mem_free(self);
}

static int segment_new(struct segment_model **out, uint32_t n_items, uint32_t n_traits, uint64_t n_lifts,
                       struct error *err)
{
    struct segment_model *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "popular-segment");
    self->n_traits = n_traits;
    self->lift = (struct csr){.rows = n_traits, .cols = n_items};
    self->base_score = mem_alloc(n_items, sizeof *self->base_score);
    self->trait = mem_alloc(n_traits, sizeof *self->trait);
    self->without = mem_alloc(n_traits, sizeof *self->without);
    self->lift.start = mem_zalloc((size_t)n_traits + 1, sizeof *self->lift.start);
    self->lift.col = mem_alloc(n_lifts, sizeof *self->lift.col);
    self->lift.val = mem_alloc(n_lifts, sizeof *self->lift.val);
    if (self->base_score == NULL || self->trait == NULL || self->without == NULL || self->lift.start == NULL ||
        self->lift.col == NULL || self->lift.val == NULL) {
        segment_free(&self->base);
        return error_nomem(err, "popular-segment");
    }
    *out = self;
    return 0;
}

/* The users of each trait that enough of them have. */
struct segments {
    uint32_t n;
    uint64_t *trait;  /* ascending */
    uint64_t *start;  /* n + 1 */
    uint32_t *user;
};

struct membership {
    uint64_t trait;
    uint32_t user;
};

static int by_trait(const void *a, const void *b)
{
    const struct membership *x = a, *y = b;
    if (x->trait != y->trait)
        return x->trait < y->trait ? -1 : 1;
    return x->user < y->user ? -1 : x->user > y->user;
}

static void segments_release(struct segments *self)
{
    mem_free(self->trait);
    mem_free(self->start);
    mem_free(self->user);
}

static void keep_large(struct segments *self, const struct membership *all, uint64_t n)
{
    uint64_t at = 0;
    for (uint64_t from = 0, to; from < n; from = to) {
        for (to = from; to < n && all[to].trait == all[from].trait; to++)
            ;
        if (to - from < TRAIT_USERS)
            continue;
        self->trait[self->n] = all[from].trait;
        self->start[self->n++] = at;
        for (uint64_t i = from; i < to; i++)
            self->user[at++] = all[i].user;
    }
    self->start[self->n] = at;
}

static int find_segments(struct segments *self, const struct dataset *data, struct error *err)
{
    uint64_t n = 0, at = 0;
    for (uint32_t u = 0; u < data->n_users; u++)
        n += dataset_history(data, u).n_traits;
    struct membership *all = mem_alloc(n, sizeof *all);
    self->trait = mem_alloc(n / TRAIT_USERS + 1, sizeof *self->trait);
    self->start = mem_zalloc(n / TRAIT_USERS + 2, sizeof *self->start);
    self->user = mem_alloc(n, sizeof *self->user);
    if (all == NULL || self->trait == NULL || self->start == NULL || self->user == NULL) {
        mem_free(all);
        return error_nomem(err, "popular-segment");
    }
    for (uint32_t u = 0; u < data->n_users; u++) {
        struct history h = dataset_history(data, u);
        for (uint32_t t = 0; t < h.n_traits; t++)
            all[at++] = (struct membership){h.trait[t], u};
    }
    if (n > 0)
        qsort(all, n, sizeof *all, by_trait);
    keep_large(self, all, n);
    mem_free(all);
    return 0;
}

static double entry(const struct csr *m, uint64_t i)
{
    return m->val == NULL ? 1 : (double)m->val[i];
}

/* The share of each item among the users of the matrix. */
static void fill_shares(double *share, const struct csr *by_user)
{
    for (uint32_t i = 0; i < by_user->cols; i++)
        share[i] = 0.5;
    for (uint64_t e = 0; e < by_user->start[by_user->rows]; e++)
        share[by_user->col[e]] += entry(by_user, e);
    for (uint32_t i = 0; i < by_user->cols; i++)
        share[i] /= by_user->rows + 1.0;
}

/* How many items somebody of the trait has: room for the lifts. */
static uint64_t count_lifts(const struct segments *s, const struct csr *by_user, double *count)
{
    uint64_t n = 0;
    for (uint32_t t = 0; t < s->n; t++) {
        memset(count, 0, by_user->cols * sizeof *count);
        for (uint64_t m = s->start[t]; m < s->start[t + 1]; m++)
            for (uint64_t e = by_user->start[s->user[m]]; e < by_user->start[(size_t)s->user[m] + 1]; e++) {
                n += !(count[by_user->col[e]] > 0);
                count[by_user->col[e]] = 1;
            }
    }
    return n;
}

/* One trait's row.  Users are added in ascending order: the same sums for any number of threads. */
static void fill_trait(struct segment_model *self, uint32_t t, const struct segments *s, const struct csr *by_user,
                       const double *share, double shrinkage, double *count)
{
    double n = (double)(s->start[t + 1] - s->start[t]);
    uint64_t at = self->lift.start[t];
    memset(count, 0, by_user->cols * sizeof *count);
    for (uint64_t m = s->start[t]; m < s->start[t + 1]; m++)
        for (uint64_t e = by_user->start[s->user[m]]; e < by_user->start[(size_t)s->user[m] + 1]; e++)
            count[by_user->col[e]] += entry(by_user, e);
    /* Half a user more, for shrinkage 0: nothing is impossible. */
    double prior = shrinkage + 0.5, without = log(prior / (n + prior));
    self->trait[t] = s->trait[t];
    self->without[t] = (float)without;
    for (uint32_t i = 0; i < by_user->cols; i++)
        if (count[i] > 0) {
            self->lift.col[at] = i;
            self->lift.val[at++] = (float)(log((count[i] + prior * share[i]) / (n + prior) / share[i]) - without);
        }
    self->lift.start[t + 1] = at;
}

static int fill_model(struct segment_model **out, const struct segments *s, const struct csr *by_user,
                      struct train_context *ctx, struct error *err)
{
    struct segment_model *self = NULL;
    double *share = mem_alloc(by_user->cols, sizeof *share), *count = mem_alloc(by_user->cols, sizeof *count);
    int rc = share == NULL || count == NULL ? error_nomem(err, "popular-segment") : 0;
    if (rc == 0)
        rc = segment_new(&self, by_user->cols, s->n, count_lifts(s, by_user, count), err);
    if (rc == 0) {
        fill_shares(share, by_user);
        for (uint32_t i = 0; i < by_user->cols; i++)
            self->base_score[i] = (float)log(share[i]);
    }
    for (uint32_t t = 0; rc == 0 && t < s->n; t++) {
        if (job_step(ctx->job, "popular-segment", t, s->n, "traits"))
            rc = job_error_cancelled(err, "popular-segment");
        else
            fill_trait(self, t, s, by_user, share, PARAM(&ctx->params, shrinkage), count);
    }
    mem_free(share);
    mem_free(count);
    if (rc != 0 && self != NULL)
        segment_free(&self->base);
    else if (rc == 0)
        *out = self;
    return rc;
}

static int segment_train(struct model **out, const struct dataset *data, struct train_context *ctx, struct error *err)
{
    struct weighting weighting = weighting_from_params(&ctx->params);
    struct csr by_user = {0};
    struct segments segments = {0};
    struct segment_model *self;
    int rc = csr_from_events(&by_user, data, &weighting, err);
    if (rc == 0)
        rc = find_segments(&segments, data, err);
    if (rc == 0)
        rc = fill_model(&self, &segments, &by_user, ctx, err);
    if (rc == 0) {
        if (segments.n == 0)
            snprintf(ctx->note, sizeof ctx->note, "no attribute is shared by %d people: the same as popular", TRAIT_USERS);
        else
            snprintf(ctx->note, sizeof ctx->note, "%u traits that at least %d people share", segments.n, TRAIT_USERS);
        *out = &self->base;
    }
    segments_release(&segments);
    csr_release(&by_user);
    return rc;
}

static uint32_t find_trait(const struct segment_model *self, uint64_t trait)
{
    uint32_t low = 0, high = self->n_traits;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (self->trait[middle] < trait)
            low = middle + 1;
        else
            high = middle;
    }
    return low < self->n_traits && self->trait[low] == trait ? low : UNKNOWN;
}

static void segment_score(const struct model *model, const struct history *users, uint32_t n, float *scores,
                          size_t stride, void *scratch)
{
    const struct segment_model *self = (const struct segment_model *)model;
    (void)scratch;
    for (uint32_t u = 0; u < n; u++) {
        float *row = scores + u * stride, without = 0;
        memcpy(row, self->base_score, model->n_items * sizeof *row);
        for (uint32_t t = 0; t < users[u].n_traits; t++) {
            uint32_t trait = find_trait(self, users[u].trait[t]);
            if (trait == UNKNOWN)
                continue;
            without += self->without[trait];
            for (uint64_t e = self->lift.start[trait]; e < self->lift.start[(size_t)trait + 1]; e++)
                row[self->lift.col[e]] += self->lift.val[e];
        }
        for (uint32_t i = 0; i < model->n_items; i++)
            row[i] += without;
    }
}

static size_t segment_scratch(const struct model *model)
{
    return model->n_items * sizeof(float);
}

/* Nothing of it comes from events. */
static double segment_explain(const struct model *model, const struct history *user, uint32_t item,
                              double *contribution, void *scratch)
{
    float *row = scratch;
    memset(contribution, 0, user->n * sizeof *contribution);
    segment_score(model, user, 1, row, model->n_items, NULL);
    return (double)row[item];
}

static int segment_save(const struct model *model, struct tensor_set *out, struct error *err)
{
    const struct segment_model *self = (const struct segment_model *)model;
    uint64_t n = self->lift.start[self->n_traits];
    int rc = tensor_set_add_1d(out, "base", TENSOR_F32, model->n_items, self->base_score, err);
    if (rc == 0)
        rc = tensor_set_add_1d(out, "trait", TENSOR_U64, self->n_traits, self->trait, err);
    if (rc == 0)
        rc = tensor_set_add_1d(out, "without", TENSOR_F32, self->n_traits, self->without, err);
    if (rc == 0)
        rc = tensor_set_add_1d(out, "lift_start", TENSOR_U64, (uint64_t)self->n_traits + 1, self->lift.start, err);
    if (rc == 0)
        rc = tensor_set_add_1d(out, "lift_item", TENSOR_U32, n, self->lift.col, err);
    return rc != 0 ? rc : tensor_set_add_1d(out, "lift", TENSOR_F32, n, self->lift.val, err);
}

static bool all_finite(const float *x, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
}

static int check_lifts(const uint64_t *start, const uint32_t *item, uint32_t n_traits, uint64_t n, uint32_t n_items,
                       struct error *err)
{
    bool fine = start[0] == 0 && start[n_traits] == n;
    for (uint32_t t = 0; fine && t < n_traits; t++)
        fine = start[t] <= start[t + 1];
    for (uint64_t e = 0; fine && e < n; e++)
        fine = item[e] < n_items;
    return fine ? 0 : error_set(err, E_CORRUPT, "model file", "the items of the traits are out of range");
}

static int segment_load(struct model **out, const struct model *head, const struct tensor_set *in, struct error *err)
{
    const struct tensor *traits = tensor_set_find(in, "trait"), *lifts = tensor_set_find(in, "lift");
    if (traits == NULL || lifts == NULL || traits->dims != 1 || lifts->dims != 1 || traits->shape[0] > UINT32_MAX - 2)
        return error_set(err, E_CORRUPT, "model file", "the traits are missing or have the wrong length");
    uint32_t n_traits = (uint32_t)traits->shape[0];
    uint64_t n = lifts->shape[0];
    const float *base = tensor_set_want(in, "base", TENSOR_F32, head->n_items, 0, err);
    const uint64_t *trait = base == NULL ? NULL : tensor_set_want(in, "trait", TENSOR_U64, n_traits, 0, err);
    const float *without = trait == NULL ? NULL : tensor_set_want(in, "without", TENSOR_F32, n_traits, 0, err);
    const uint64_t *start =
        without == NULL ? NULL : tensor_set_want(in, "lift_start", TENSOR_U64, (uint64_t)n_traits + 1, 0, err);
    const uint32_t *item = start == NULL ? NULL : tensor_set_want(in, "lift_item", TENSOR_U32, n, 0, err);
    const float *lift = item == NULL ? NULL : tensor_set_want(in, "lift", TENSOR_F32, n, 0, err);
    if (lift == NULL || check_lifts(start, item, n_traits, n, head->n_items, err) != 0)
        return E_CORRUPT;
    for (uint32_t t = 1; t < n_traits; t++)
        if (trait[t] <= trait[t - 1])
            return error_set(err, E_CORRUPT, "model file", "the traits are not in order");
    if (!all_finite(base, head->n_items) || !all_finite(without, n_traits) || !all_finite(lift, n))
        return error_set(err, E_CORRUPT, "model file", "a score is not a finite number");
    struct segment_model *self;
    int rc = segment_new(&self, head->n_items, n_traits, n, err);
    if (rc != 0)
        return rc;
    memcpy(self->base_score, base, head->n_items * sizeof *base);
    memcpy(self->trait, trait, n_traits * sizeof *trait);
    memcpy(self->without, without, n_traits * sizeof *without);
    memcpy(self->lift.start, start, ((size_t)n_traits + 1) * sizeof *start);
    memcpy(self->lift.col, item, n * sizeof *item);
    memcpy(self->lift.val, lift, n * sizeof *lift);
    *out = &self->base;
    return 0;
}

const struct model_kind popular_segment_kind = {
    .name = "popular-segment",
    .title = "Popularity by segment",
    .about = "Popularity, moved by what people with the same attributes (country, age, ...) have more or less often; for "
             "people of whom no event is known",
    .defaults = "shrinkage=100 counting=once half_life_days=0 window_days=0",
    .reads_traits = true,
    .counts = true,
    .train = segment_train,
    .score = segment_score,
    .score_scratch = segment_scratch,
    .explain = segment_explain,
    .save = segment_save,
    .load = segment_load,
    .free = segment_free,
};
