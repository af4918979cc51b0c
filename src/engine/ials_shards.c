#include "engine/ials_shards.h"

#include <lapacke.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "engine/dense.h"

void ials_shards_release(struct ials_shards *self)
{
    mem_free(self->factors);
    *self = (struct ials_shards){0};
}

uint32_t ials_shard_of(uint64_t user_key, uint32_t n_shards)
{
    return (uint32_t)(((user_key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) % n_shards);
}

static float *factors_of(const struct ials_shards *self, uint32_t shard)
{
    return self->factors + (size_t)shard * self->n_items * self->dim;
}

/* One shard from its people. */
static int train_shard(struct ials_shards *out, uint32_t shard, const struct dataset *data, struct train_context *ctx,
                       struct error *err)
{
    struct change c = {0};
    struct ials_factors f = {0};
    char what[48];
    uint8_t *others = mem_alloc(data->n_users, 1);
    float *to = factors_of(out, shard);
    if (others == NULL)
        return error_nomem(err, "ials");
    for (uint32_t u = 0; u < data->n_users; u++)
        others[u] = ials_shard_of(data->user_key[u], out->n) != shard;
    int rc = change_make(&c, data, others, data->now, NULL);
    mem_free(others);
    if (rc == E_BAD_DATA) /* nobody is in it */
        return 0;
    snprintf(what, sizeof what, "ials: shard %u of %u", shard + 1, out->n);
    struct train_context own = *ctx;
    unsigned epochs = (unsigned)PARAM(&ctx->params, epochs) * 3 / 16;
    PARAM(&own.params, reg) /= out->n; /* a shard has that part of an item's events: the same balance between both */
    rc = rc != 0 ? error_nomem(err, "ials")
                 : ials_factorise(&f, &c.after, &own, epochs > 0 ? epochs : 1, what, NULL, NULL, NULL, err);
    uint32_t width = dense_pad(out->dim);
    for (uint32_t i = 0; rc == 0 && i < data->n_items; i++)
        if (c.place[i] != CHANGE_NOWHERE)
            memcpy(to + (size_t)i * out->dim, f.items + (size_t)c.place[i] * width, out->dim * sizeof *to);
    ials_factors_release(&f);
    change_release(&c);
    return rc == E_BAD_DATA ? 0 : rc; /* no event of theirs falls into the window */
}

/* As it was, for the items that are still there. */
static void take_over(struct ials_shards *out, uint32_t shard, const float *before, const struct change *change)
{
    uint32_t n = change->before->n_items;
    const float *from = before + (size_t)shard * n * out->dim;
    float *to = factors_of(out, shard);
    for (uint32_t i = 0; i < n; i++)
        if (change->place[i] != CHANGE_NOWHERE)
            memcpy(to + (size_t)change->place[i] * out->dim, from + (size_t)i * out->dim, out->dim * sizeof *to);
}

int ials_shards_train(struct ials_shards *out, const struct dataset *data, struct train_context *ctx,
                      const float *before, const struct change *change, uint32_t *trained, struct error *err)
{
    struct ials_shards self = {.n = (uint32_t)PARAM(&ctx->params, shards), .n_items = data->n_items,
                               .dim = (uint32_t)PARAM(&ctx->params, dim)};
    bool touched[IALS_SHARDS_MAX] = {false};
    int rc = 0;
    self.factors = mem_zalloc((size_t)self.n * self.n_items * self.dim, sizeof *self.factors);
    if (self.factors == NULL)
        return error_nomem(err, "ials");
    for (uint32_t u = 0; before != NULL && u < change->before->n_users; u++)
        if (change->gone[u] != 0)
            touched[ials_shard_of(change->before->user_key[u], self.n)] = true;
    *trained = 0;
    for (uint32_t s = 0; rc == 0 && s < self.n; s++) {
        if (before != NULL && !touched[s]) {
            take_over(&self, s, before, change);
            continue;
        }
        rc = train_shard(&self, s, data, ctx, err);
        ++*trained;
    }
    if (rc == 0)
        *out = self;
    else
        ials_shards_release(&self);
    return rc;
}

/* ---- merged ---------------------------------------------------------------------------------------------- */

#define ROWS 256 /* items at once: what is summed in float32 */

struct merging {
    const struct ials_shards *shards;
    uint32_t wide, width; /* n x dim, and dim, padded */
    float *gram;     /* of the factors side by side: wide x wide, the upper triangle */
    float *vectors;  /* its eigenvectors by column, the strongest last */
    float *turn;     /* the strongest dim of them: wide x width */
    float *panel;    /* ROWS x wide */
    float *to;       /* n_items, rounded up to ROWS, x width */
};

static void release(struct merging *m)
{
    mem_free(m->gram);
    mem_free(m->vectors);
    mem_free(m->turn);
    mem_free(m->panel);
    mem_free(m->to);
}

static int init(struct merging *m, const struct ials_shards *s, struct error *err)
{
    size_t w = (size_t)s->n * s->dim, rounded = ((size_t)s->n_items + ROWS - 1) / ROWS * ROWS;
    *m = (struct merging){.shards = s, .wide = dense_pad(s->n * s->dim), .width = dense_pad(s->dim)};
    size_t gram = (size_t)m->wide * m->wide, turn = (size_t)m->wide * m->width, to = rounded * m->width;
    m->gram = mem_alloc_aligned(gram, sizeof *m->gram);
    m->vectors = mem_zalloc(w * w, sizeof *m->vectors);
    m->turn = mem_alloc_aligned(turn, sizeof *m->turn);
    m->panel = mem_alloc_aligned((size_t)ROWS * m->wide, sizeof *m->panel);
    m->to = mem_alloc_aligned(to, sizeof *m->to);
    if (m->gram == NULL || m->vectors == NULL || m->turn == NULL || m->panel == NULL || m->to == NULL) {
        release(m);
        return error_nomem(err, "ials");
    }
    memset(m->gram, 0, gram * sizeof *m->gram);
    memset(m->turn, 0, turn * sizeof *m->turn);
    return 0;
}

/* Items from `first` on with the factors of all shards side by side, one row for each. */
static uint32_t gather(struct merging *m, uint32_t first)
{
    const struct ials_shards *s = m->shards;
    uint32_t n = s->n_items - first < ROWS ? s->n_items - first : ROWS;
    memset(m->panel, 0, (size_t)n * m->wide * sizeof *m->panel);
    for (uint32_t k = 0; k < s->n; k++)
        for (uint32_t i = 0; i < n; i++)
            memcpy(m->panel + (size_t)i * m->wide + (size_t)k * s->dim, factors_of(s, k) + (size_t)(first + i) * s->dim,
                   s->dim * sizeof *m->panel);
    return n;
}

/* The same, one column for each (ROWS apart). */
static uint32_t gather_columns(struct merging *m, uint32_t first)
{
    const struct ials_shards *s = m->shards;
    uint32_t n = s->n_items - first < ROWS ? s->n_items - first : ROWS;
    memset(m->panel, 0, (size_t)ROWS * m->wide * sizeof *m->panel);
    for (uint32_t k = 0; k < s->n; k++)
        for (uint32_t i = 0; i < n; i++) {
            const float *row = factors_of(s, k) + (size_t)(first + i) * s->dim;
            for (uint32_t d = 0; d < s->dim; d++)
                m->panel[((size_t)k * s->dim + d) * ROWS + i] = row[d];
        }
    return n;
}

/* The strongest directions of all shards' factors together. */
static int find_directions(struct merging *m, struct job *job, struct error *err)
{
    const struct ials_shards *s = m->shards;
    uint32_t w = s->n * s->dim;
    float *values = mem_alloc(w, sizeof *values), scale = 1 / sqrtf((float)s->n);
    if (values == NULL)
        return error_nomem(err, "ials");
    for (uint32_t first = 0; first < s->n_items && !job_cancelled(job); first += ROWS) {
        uint32_t n = gather(m, first);
        dense_gram_add(m->gram, m->wide, m->panel, m->wide, n, m->wide);
    }
    for (uint32_t i = 0; i < w; i++)
        for (uint32_t j = i; j < w; j++) /* the upper triangle by rows is the lower one by columns */
            m->vectors[(size_t)i * w + j] = m->gram[(size_t)i * m->wide + j];
    int failed = job_cancelled(job) ? 0 : LAPACKE_ssyevd(LAPACK_COL_MAJOR, 'V', 'L', (int)w, m->vectors, (int)w, values);
    for (uint32_t k = 0; k < s->dim; k++)
        for (uint32_t i = 0; i < w; i++)
            m->turn[(size_t)i * m->width + k] = scale * m->vectors[(size_t)(w - 1 - k) * w + i];
    mem_free(values);
    if (job_cancelled(job))
        return job_error_cancelled(err, "ials");
    return failed != 0 ? error_set(err, E_FAILED, "ials", "the directions that the shards share were not found") : 0;
}

/* Every item's factors along them. */
static void project(struct merging *m)
{
    for (uint32_t first = 0; first < m->shards->n_items; first += ROWS) {
        uint32_t n = dense_pad(gather_columns(m, first));
        for (uint32_t k = 0; k < m->wide; k += DENSE_CHUNK) {
            uint32_t some = m->wide - k < DENSE_CHUNK ? m->wide - k : DENSE_CHUNK;
            dense_outer(m->to + (size_t)first * m->width, m->width, m->panel + (size_t)k * ROWS, ROWS, n,
                        m->turn + (size_t)k * m->width, m->width, m->width, some, k == 0 ? DENSE_SET : DENSE_ADD);
        }
    }
}

int ials_shards_merge(float **out, const struct ials_shards *self, struct job *job, struct error *err)
{
    struct merging m;
    int rc = init(&m, self, err);
    if (rc != 0)
        return rc;
    rc = find_directions(&m, job, err);
    if (rc == 0) {
        project(&m);
        *out = m.to;
        m.to = NULL;
    }
    release(&m);
    return rc;
}

unsigned ials_shards_last_epochs(const struct params *params)
{
    unsigned epochs = (unsigned)PARAM(params, epochs) / 16;
    return epochs > 0 ? epochs : 1;
}
