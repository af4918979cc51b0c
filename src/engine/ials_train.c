#include "engine/ials_train.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "engine/dense.h"
#include "engine/ials_loss.h"
#include "engine/ials_solver.h"

struct training {
    struct csr by_user, by_item;
    uint32_t dim, width, block;
    float *x, *y;             /* factors of users and items, rows of `width` */
    float *gram;              /* of either */
    float *last, *from;       /* the items after the last epoch, and where the running one started from */
    double users, items;      /* with entries */
    float weight_scale;
    unsigned streak;          /* epochs since the momentum started anew */
    const struct params *params;
    struct pool *pool;
    struct job *job;
    const char *what;
};

static void training_release(struct training *t)
{
    csr_release(&t->by_user);
    csr_release(&t->by_item);
    mem_free(t->x);
    mem_free(t->y);
    mem_free(t->gram);
    mem_free(t->last);
    mem_free(t->from);
}

void ials_factors_release(struct ials_factors *self)
{
    mem_free(self->items);
    mem_free(self->gram);
    *self = (struct ials_factors){0};
}

static double rows_with_entries(const struct csr *m)
{
    double n = 0;
    for (uint32_t row = 0; row < m->rows; row++)
        n += m->start[(size_t)row + 1] > m->start[row];
    return n;
}

/* Who has no entries (outside the window) must leave no trace, not even in the order of summing. */
static void drop_empty_rows(struct csr *m)
{
    uint32_t kept = 0;
    for (uint32_t row = 0; row < m->rows; row++)
        if (m->start[(size_t)row + 1] > m->start[row])
            m->start[++kept] = m->start[(size_t)row + 1];
    m->rows = kept;
}

/* Brings the mean of the entries to 1; returns the factor. */
static float scale_weights(struct csr *m)
{
    uint64_t n = m->start[m->rows];
    double sum = 0;
    if (m->val == NULL || n == 0)
        return 1;
    for (uint64_t i = 0; i < n; i++)
        sum += (double)m->val[i];
    float scale = (float)fmin((double)n / sum, 1e30); /* decayed to next to nothing: still finite */
    for (uint64_t i = 0; i < n; i++)
        m->val[i] *= scale;
    return scale;
}

static size_t item_floats(const struct training *t)
{
    return (size_t)t->by_item.rows * t->width;
}

#define START 256 /* items in one task */

struct start {
    struct training *t;
    const uint64_t *key;
    uint64_t seed;
};

/* Random factors for the items that have events. */
static void start_task(void *context, size_t task, unsigned worker)
{
    const struct start *s = context;
    struct training *t = s->t;
    double scale = PARAM(t->params, init_stddev) / sqrt(t->dim);
    size_t first = task * START, end = first + START < t->by_item.rows ? first + START : t->by_item.rows;
    (void)worker;
    for (size_t i = first; i < end && !job_cancelled(t->job); i++) {
        float *row = t->y + i * t->width;
        struct rng rng;
        memset(row, 0, t->width * sizeof *row);
        if (t->by_item.start[i + 1] == t->by_item.start[i])
            continue;
        rng_init(&rng, s->seed, s->key[i]);
        for (uint32_t k = 0; k < t->dim; k++)
            row[k] = (float)(scale * rng_normal(&rng));
    }
}

static int alloc_factors(struct training *t, struct error *err)
{
    size_t users = (size_t)t->by_user.rows * t->width, items = item_floats(t);
    t->x = mem_alloc_aligned(users, sizeof *t->x);
    t->y = mem_alloc_aligned(items, sizeof *t->y);
    t->gram = mem_alloc_aligned((size_t)t->width * t->width, sizeof *t->gram);
    t->last = mem_alloc_aligned(items, sizeof *t->last);
    t->from = mem_alloc_aligned(items, sizeof *t->from);
    if (t->x == NULL || t->y == NULL || t->gram == NULL || t->last == NULL || t->from == NULL) {
        error_set(err, E_NOMEM, "ials", "out of memory for %u factors of %u users and %u items (%.1f GB)", t->dim,
                  t->by_user.rows, t->by_item.rows, (double)(users + 3 * items) * 4e-9);
        return error_hint(err, E_NOMEM, "lower --dim");
    }
    memset(t->x, 0, users * sizeof *t->x);
    return 0;
}

static int training_init(struct training *t, const struct dataset *data, const struct train_context *ctx,
                         const float *given, struct error *err)
{
    struct weighting weighting = weighting_from_params(&ctx->params);
    t->params = &ctx->params;
    t->pool = ctx->pool;
    t->job = ctx->job;
    t->dim = (uint32_t)PARAM(&ctx->params, dim);
    t->width = dense_pad(t->dim);
    t->block = dense_pad((uint32_t)PARAM(&ctx->params, block_size));
    int rc = csr_from_events(&t->by_user, data, &weighting, err);
    if (rc == 0) {
        drop_empty_rows(&t->by_user);
        t->weight_scale = scale_weights(&t->by_user);
        rc = csr_transpose(&t->by_item, &t->by_user, err);
    }
    if (rc != 0)
        return rc;
    t->users = t->by_user.rows;
    t->items = rows_with_entries(&t->by_item);
    if (t->items < 1) {
        error_set(err, E_BAD_DATA, "ials", "no event falls into the window");
        return error_hint(err, E_BAD_DATA, "widen --window-days");
    }
    if ((rc = alloc_factors(t, err)) != 0)
        return rc;
    if (given != NULL) {
        memcpy(t->y, given, item_floats(t) * sizeof *t->y);
        return 0;
    }
    struct start start = {.t = t, .key = data->item_key, .seed = ctx->seed};
    pool_run(t->pool, ((size_t)data->n_items + START - 1) / START, start_task, &start);
    return job_cancelled(t->job) ? job_error_cancelled(err, "ials") : 0;
}

/* Moves the items on in the direction of their last step, the further the longer they have kept it. */
static void add_momentum(struct training *t)
{
    size_t n = item_floats(t);
    double against = 0;
    for (size_t i = 0; i < n; i++)
        against += (double)(t->from[i] - t->y[i]) * (double)(t->y[i] - t->last[i]);
    t->streak = against > 0 ? 0 : t->streak + 1;
    float further = (float)t->streak / (float)(t->streak + 3);
    for (size_t i = 0; i < n; i++) {
        float y = t->y[i];
        t->y[i] = y + further * (y - t->last[i]);
        t->last[i] = y;
    }
}

static struct ials_side side_of(const struct training *t, const float *fixed, double others)
{
    return (struct ials_side){
        .fixed = fixed,
        .stride = t->width,
        .gram = t->gram,
        .dim = t->dim,
        .block = t->block,
        .unobserved_weight = PARAM(t->params, unobserved_weight),
        .reg = PARAM(t->params, reg),
        .reg_exponent = PARAM(t->params, reg_exponent),
        .others = others,
    };
}

/* Users from items, then items from users. `gram`: leave that of the items behind. */
static int epoch(struct training *t, unsigned number, unsigned epochs, bool gram, struct error *err)
{
    char note[80];
    snprintf(note, sizeof note, "%s: epoch %u of %u", t->what, number, epochs);
    struct ials_side users = side_of(t, t->y, t->items), items = side_of(t, t->x, t->users);
    struct ials_progress p = {.job = t->job, .note = note, .done = number - 1, .share = 0.5, .total = epochs};
    if (number > 2)
        add_momentum(t);
    else
        memcpy(t->last, t->y, item_floats(t) * sizeof *t->last);
    memcpy(t->from, t->y, item_floats(t) * sizeof *t->from);
    int rc = ials_gram(t->gram, t->y, t->by_item.rows, t->dim, t->pool, t->job, err);
    if (rc == 0)
        rc = ials_sweep(&users, &t->by_user, t->x, t->pool, &p, err);
    if (rc == 0)
        rc = ials_gram(t->gram, t->x, t->by_user.rows, t->dim, t->pool, t->job, err);
    p.done += p.share;
    if (rc == 0)
        rc = ials_sweep(&items, &t->by_item, t->y, t->pool, &p, err);
    if (rc == 0 && gram)
        rc = ials_gram(t->gram, t->y, t->by_item.rows, t->dim, t->pool, t->job, err);
    return rc;
}

/* After an epoch, with the Gram matrix of the items. */
static void tell_loss(const struct training *t, unsigned number)
{
    struct ials_sample sample = {.by_user = &t->by_user, .x = t->x, .y = t->y, .gram = t->gram, .dim = t->dim,
                                 .unobserved_weight = PARAM(t->params, unobserved_weight)};
    char name[64];
    snprintf(name, sizeof name, "%s: loss", t->what);
    job_point(t->job, name, "epoch", number, ials_loss_sample(&sample));
}

static struct ials_factors factors_of(const struct training *t)
{
    return (struct ials_factors){
        .n_items = t->by_item.rows, .dim = t->dim, .items = t->y, .gram = t->gram, .weight_scale = t->weight_scale};
}

int ials_factorise(struct ials_factors *out, const struct dataset *data, const struct train_context *ctx,
                   unsigned epochs, const char *what, const float *start, ials_watch_fn watch, void *context,
                   struct error *err)
{
    struct training t = {.what = what};
    bool stop = false;
    int rc = training_init(&t, data, ctx, start, err);
    for (unsigned number = 1; rc == 0 && !stop && number <= epochs; number++) {
        bool tell = job_keeps_points(t.job);
        rc = epoch(&t, number, epochs, watch != NULL || tell || number == epochs, err);
        if (rc == 0 && tell)
            tell_loss(&t, number);
        struct ials_factors now = factors_of(&t);
        if (rc == 0 && watch != NULL)
            rc = watch(context, &now, number, &stop, err);
    }
    if (rc == 0) {
        *out = factors_of(&t);
        t.y = t.gram = NULL;
    }
    training_release(&t);
    return rc;
}
