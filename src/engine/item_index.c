#include "engine/item_index.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/item_index_private.h"

static bool known_bit(const uint64_t *known, uint32_t item)
{
    return known[item / 64] >> item % 64 & 1;
}

/* Building. */

struct place {
    double length;
    uint32_t item;
};

static int longest_first(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->length > y->length || x->length < y->length)
        return x->length > y->length ? -1 : 1;
    return x->item < y->item ? -1 : x->item > y->item;
}

struct build {
    struct item_index *index;
    struct job *job;
    struct place *place; /* n_items, then the first n */
    uint32_t *item;
    uint8_t *code;
    float *scale, *length, *rounded_off;
};

static void measure_task(void *context, size_t task, unsigned worker)
{
    const struct build *b = context;
    uint32_t dim = b->index->dim, first = (uint32_t)task * INDEX_STRETCH;
    (void)worker;
    for (uint32_t i = first; i < b->index->n_items && i < first + INDEX_STRETCH && !job_cancelled(b->job); i++) {
        const float *v = b->index->factors + (size_t)i * dim;
        double sum = 0;
        for (uint32_t k = 0; k < dim; k++)
            sum += (double)v[k] * (double)v[k];
        b->place[i] = (struct place){sqrt(sum), i};
    }
}

/* Codes of one item; returns the length of what they leave out. */
static double encode(const struct build *b, uint32_t at)
{
    uint32_t dim = b->index->dim, quads = index_quads(dim);
    const float *v = b->index->factors + (size_t)b->item[at] * dim;
    uint8_t *code = b->code + (size_t)(at / SCREEN_ITEMS) * index_block_bytes(dim) + (size_t)(at % SCREEN_ITEMS) * 4;
    float most = 0;
    for (uint32_t k = 0; k < dim; k++)
        most = fabsf(v[k]) > most ? fabsf(v[k]) : most;
    float scale = most / INDEX_CODE_MAX;
    if (scale < FLT_MIN) /* too small to be divided by: all of it is rounded off */
        scale = 0;
    double left = 0;
    for (uint32_t k = 0; k < 4 * quads; k++) {
        int c = k < dim && scale > 0 ? index_code(v[k] / scale) : 0;
        double rest = k < dim ? (double)v[k] - (double)scale * c : 0;
        left += rest * rest;
        code[(size_t)(k / 4) * SCREEN_ITEMS * 4 + k % 4] = (uint8_t)(c + INDEX_CODE_ZERO);
    }
    b->scale[at] = scale;
    return sqrt(left);
}

static void encode_task(void *context, size_t task, unsigned worker)
{
    const struct build *b = context;
    uint32_t n = b->index->n, first = (uint32_t)task * INDEX_STRETCH;
    double left = 0;
    (void)worker;
    if (job_step(b->job, "indexing the items", first, n, "items"))
        return;
    for (uint32_t at = first; at < n && at < first + INDEX_STRETCH; at++) {
        double of_one = encode(b, at);
        left = of_one > left ? of_one : left;
    }
    b->length[task] = index_above(b->place[first].length);
    b->rounded_off[task] = index_above(left);
}

static int build_arrays(struct build *b, struct error *err)
{
    struct item_index *self = b->index;
    size_t blocks = ((size_t)self->n + SCREEN_ITEMS - 1) / SCREEN_ITEMS, stretches = index_stretches(self->n);
    self->owned[0] = b->item = mem_alloc(self->n, sizeof *b->item);
    self->owned[1] = b->code = mem_alloc_aligned(blocks, index_block_bytes(self->dim));
    self->owned[2] = b->scale = mem_zalloc(blocks * SCREEN_ITEMS, sizeof *b->scale);
    self->owned[3] = b->length = mem_alloc(stretches, sizeof *b->length);
    self->owned[4] = b->rounded_off = mem_alloc(stretches, sizeof *b->rounded_off);
    if (b->item == NULL || b->code == NULL || b->scale == NULL || b->length == NULL || b->rounded_off == NULL)
        return error_nomem(err, "the index of items");
    memset(b->code, INDEX_CODE_ZERO, blocks * index_block_bytes(self->dim));
    for (uint32_t i = 0; i < self->n; i++)
        b->item[i] = b->place[i].item;
    self->item = b->item;
    self->code = b->code;
    self->scale = b->scale;
    self->length = b->length;
    self->rounded_off = b->rounded_off;
    return 0;
}

static int build(struct build *b, struct pool *pool, struct error *err)
{
    struct item_index *self = b->index;
    uint32_t kept = 0;
    b->place = mem_alloc(self->n_items, sizeof *b->place);
    self->known = mem_zalloc((size_t)self->n_items / 64 + 1, sizeof *self->known);
    if (b->place == NULL || self->known == NULL)
        return error_nomem(err, "the index of items");
    pool_run(pool, index_stretches(self->n_items), measure_task, b);
    if (job_cancelled(b->job))
        return job_error_cancelled(err, "the index of items");
    for (uint32_t i = 0; i < self->n_items; i++)
        if (b->place[i].length > 0) {
            self->known[i / 64] |= UINT64_C(1) << i % 64;
            b->place[kept++] = b->place[i];
        }
    self->n = kept;
    if (kept > 1)
        qsort(b->place, kept, sizeof *b->place, longest_first);
    int rc = build_arrays(b, err);
    if (rc != 0)
        return rc;
    pool_run(pool, index_stretches(kept), encode_task, b);
    return job_cancelled(b->job) ? job_error_cancelled(err, "the index of items") : 0;
}

int item_index_build(struct item_index *self, const float *factors, uint32_t n_items, uint32_t dim,
                     bool unknown_lowest, struct pool *pool, struct job *job, struct error *err)
{
    struct item_index index = {.n_items = n_items, .dim = dim, .factors = factors, .unknown_lowest = unknown_lowest};
    struct build b = {.index = &index, .job = job};
    int rc = build(&b, pool, err);
    mem_free(b.place);
    if (rc != 0)
        item_index_release(&index);
    else
        *self = index;
    return rc;
}

bool item_index_wanted(const struct params *params, uint32_t n_items)
{
    enum { AUTO, ALWAYS };
    double choice = PARAM(params, index);
    return choice < ALWAYS ? n_items >= ITEM_INDEX_PAYS : choice < ALWAYS + 1;
}

int item_index_train(struct item_index *self, const float *factors, uint32_t n_items, uint32_t dim,
                     bool unknown_lowest, struct train_context *ctx, struct error *err)
{
    int rc = item_index_build(self, factors, n_items, dim, unknown_lowest, ctx->pool, ctx->job, err);
    size_t used = strlen(ctx->note), bytes = (size_t)self->n * (index_block_bytes(dim) / SCREEN_ITEMS + 8);
    if (rc == 0)
        snprintf(ctx->note + used, sizeof ctx->note - used, "%sindex of %u items (%.1f MB)", used > 0 ? "; " : "",
                 self->n, (double)bytes / 1e6);
    return rc;
}

void item_index_release(struct item_index *self)
{
    for (size_t i = 0; i < sizeof self->owned / sizeof *self->owned; i++)
        mem_free(self->owned[i]);
    mem_free(self->known);
    *self = (struct item_index){0};
}

/* Files. */

int item_index_save(const struct item_index *self, struct tensor_set *out, struct error *err)
{
    uint64_t blocks = ((uint64_t)self->n + SCREEN_ITEMS - 1) / SCREEN_ITEMS, stretches = index_stretches(self->n);
    int rc = tensor_set_put_real(out, "index.n", self->n, err);
    if (rc == 0)
        rc = tensor_set_add_1d(out, "index.item", TENSOR_U32, self->n, self->item, err);
    if (rc == 0)
        rc = tensor_set_add_1d(out, "index.scale", TENSOR_F32, blocks * SCREEN_ITEMS, self->scale, err);
    if (rc == 0)
        rc = tensor_set_add_1d(out, "index.length", TENSOR_F32, stretches, self->length, err);
    if (rc == 0)
        rc = tensor_set_add_1d(out, "index.rounded_off", TENSOR_F32, stretches, self->rounded_off, err);
    return rc != 0 ? rc : tensor_set_add_2d(out, "index.code", TENSOR_U8, blocks, index_block_bytes(self->dim),
                                            self->code, err);
}

bool item_index_present(const struct tensor_set *in)
{
    return tensor_set_find(in, "index.code") != NULL || tensor_set_meta(in, "index.n") != NULL;
}

static int corrupt(struct error *err)
{
    return error_set(err, E_CORRUPT, "model file", "the index of its items is damaged");
}

/* Every item once, those without factors not; lengths that fall. */
static int check(const struct item_index *self, struct error *err)
{
    for (uint32_t i = 0; i < self->n; i++) {
        uint32_t item = self->item[i];
        if (item >= self->n_items || known_bit(self->known, item))
            return corrupt(err);
        self->known[item / 64] |= UINT64_C(1) << item % 64;
    }
    for (size_t i = 0; i < index_stretches(self->n); i++)
        if (!isfinite(self->length[i]) || !(self->length[i] > 0) || !isfinite(self->rounded_off[i]) ||
            !(self->rounded_off[i] >= 0) || (i > 0 && self->length[i] > self->length[i - 1]))
            return corrupt(err);
    for (size_t i = 0; i < ((size_t)self->n + SCREEN_ITEMS - 1) / SCREEN_ITEMS * SCREEN_ITEMS; i++)
        if (!isfinite(self->scale[i]) || self->scale[i] < 0)
            return corrupt(err);
    for (uint32_t i = 0; i < self->n_items; i++) {
        float any = 0;
        for (uint32_t k = 0; k < self->dim && !(any > 0); k++)
            any = fabsf(self->factors[(size_t)i * self->dim + k]);
        if (known_bit(self->known, i) != (any > 0))
            return corrupt(err);
    }
    return 0;
}

/* Copies of what will be gone. */
static int keep_arrays(struct item_index *self, struct error *err)
{
    size_t blocks = ((size_t)self->n + SCREEN_ITEMS - 1) / SCREEN_ITEMS, stretches = index_stretches(self->n);
    self->owned[0] = mem_dup(self->item, self->n * sizeof *self->item);
    self->owned[1] = mem_dup(self->code, blocks * index_block_bytes(self->dim));
    self->owned[2] = mem_dup(self->scale, blocks * SCREEN_ITEMS * sizeof *self->scale);
    self->owned[3] = mem_dup(self->length, stretches * sizeof *self->length);
    self->owned[4] = mem_dup(self->rounded_off, stretches * sizeof *self->rounded_off);
    for (size_t i = 0; i < sizeof self->owned / sizeof *self->owned; i++)
        if (self->owned[i] == NULL)
            return error_nomem(err, "the index of items");
    self->item = self->owned[0];
    self->code = self->owned[1];
    self->scale = self->owned[2];
    self->length = self->owned[3];
    self->rounded_off = self->owned[4];
    return 0;
}

static int load(struct item_index *self, const struct tensor_set *in, struct error *err)
{
    double n;
    int rc = tensor_set_want_real(in, "index.n", &n, err);
    if (rc != 0)
        return rc;
    if (!(n >= 1) || n > self->n_items)
        return corrupt(err);
    self->n = (uint32_t)n;
    uint64_t blocks = ((uint64_t)self->n + SCREEN_ITEMS - 1) / SCREEN_ITEMS, stretches = index_stretches(self->n);
    if ((self->item = tensor_set_want(in, "index.item", TENSOR_U32, self->n, 0, err)) == NULL ||
        (self->scale = tensor_set_want(in, "index.scale", TENSOR_F32, blocks * SCREEN_ITEMS, 0, err)) == NULL ||
        (self->length = tensor_set_want(in, "index.length", TENSOR_F32, stretches, 0, err)) == NULL ||
        (self->rounded_off = tensor_set_want(in, "index.rounded_off", TENSOR_F32, stretches, 0, err)) == NULL ||
        (self->code = tensor_set_want(in, "index.code", TENSOR_U8, blocks, index_block_bytes(self->dim), err)) == NULL)
        return E_CORRUPT;
    self->known = mem_zalloc((size_t)self->n_items / 64 + 1, sizeof *self->known);
    rc = self->known == NULL ? error_nomem(err, "the index of items") : check(self, err);
    return rc != 0 || in->lasting ? rc : keep_arrays(self, err);
}

int item_index_load(struct item_index *self, const struct tensor_set *in, const float *factors, uint32_t n_items,
                    uint32_t dim, bool unknown_lowest, struct error *err)
{
    struct item_index index = {.n_items = n_items, .dim = dim, .factors = factors, .unknown_lowest = unknown_lowest};
    int rc = load(&index, in, err);
    if (rc != 0)
        item_index_release(&index);
    else
        *self = index;
    return rc;
}
