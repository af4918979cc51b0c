/* How alike the candidates for a slate are. */
#include <string.h>

#include "base/mem.h"
#include "recommend/recommender_private.h"

/* Texts that hardly two items share (names, descriptions) say nothing of what they have in common. */
static bool tells(const struct filter_column *c, uint32_t n_items)
{
    return c->type == FILTER_BOOLEAN || (c->type != FILTER_NUMBER && c->n_words <= n_items / 2);
}

static int find_fields(struct alike *self, struct error *err)
{
    struct filter_schema schema;
    int rc = recommender_fields(self->recommender, &schema, err);
    for (size_t i = 0; rc == 0 && self->n_fields < ALIKE_FIELDS; i++) {
        struct filter_column column;
        const char *name = schema.name(schema.context, i);
        if (name == NULL)
            break;
        if (strcmp(name, "item") == 0 || strcmp(name, "title") == 0)
            continue;
        rc = schema.column(schema.context, name, &column, err);
        if (rc == 0 && tells(&column, self->recommender->core->opened.model->n_items))
            self->fields[self->n_fields++] = column;
    }
    return rc;
}

int alike_init(struct alike *self, struct recommender *recommender, const uint32_t *items, uint32_t n,
               struct error *err)
{
    const struct model *model = recommender->core->opened.model;
    *self = (struct alike){.recommender = recommender, .items = items, .n = n};
    if (model->kind->similar == NULL || recommender->extended) {
        int rc = find_fields(self, err);
        if (rc != 0 || model->kind->similar == NULL)
            return rc;
    }
    if (recommender->row == NULL && !model->kind->similar_is_cosine)
        recommender->row = mem_alloc_aligned(model->n_items, sizeof *recommender->row);
    return recommender->row != NULL || model->kind->similar_is_cosine ? 0 : error_nomem(err, "recommend");
}

/* Jaccard of two lists without repetitions. */
static double overlap(const uint32_t *a, uint64_t n, const uint32_t *b, uint64_t m)
{
    uint64_t both = 0;
    for (uint64_t i = 0; i < n; i++)
        for (uint64_t k = 0; k < m; k++)
            both += a[i] == b[k];
    return (double)both / (double)(n + m - both);
}

/* In [0, 1]; negative: one of them lacks it. */
static double agree(const struct filter_column *f, uint32_t a, uint32_t b)
{
    if (f->type == FILTER_BOOLEAN) {
        double sum = f->number[a] + f->number[b];
        return sum >= 0 ? (sum > 1 || sum < 1 ? 1 : 0) : -1; /* NaN: missing */
    }
    if (f->type == FILTER_TEXT)
        return f->code[a] == FILTER_MISSING || f->code[b] == FILTER_MISSING ? -1 : f->code[a] == f->code[b];
    uint64_t n = f->start[a + 1] - f->start[a], m = f->start[b + 1] - f->start[b];
    return n == 0 || m == 0 ? -1 : overlap(f->code + f->start[a], n, f->code + f->start[b], m);
}

static float alike_by_attributes(const struct alike *self, uint32_t a, uint32_t b)
{
    double sum = 0;
    uint32_t known = 0;
    for (uint32_t f = 0; f < self->n_fields; f++) {
        double x = agree(&self->fields[f], self->items[a], self->items[b]);
        if (x >= 0) {
            sum += x;
            known++;
        }
    }
    return known > 0 ? (float)(sum / known) : 0;
}

/* Of the candidates alone, on the scale of the most similar item of all, as a blend does it (engine/blend.c); cosines
 * have one already. */
static void by_kind(const struct alike *self, uint32_t candidate, float *out)
{
    enum { SOME = 256 };
    const struct model *model = self->recommender->core->opened.model;
    uint32_t items[SOME], whose[SOME], item = self->items[candidate];
    float scores[SOME], most = model->kind->similar_is_cosine ? 1 : model_similar_most(model, item, self->recommender->row);
    for (uint32_t next = 0; next < self->n;) {
        uint32_t n = 0;
        for (; next < self->n && n < SOME; next++)
            if (self->items[next] < model->n_items) {
                items[n] = self->items[next];
                whose[n++] = next;
            }
        model->kind->similar_to(model, item, items, n, scores);
        for (uint32_t i = 0; i < n; i++)
            out[whose[i]] = most > 0 && scores[i] > 0 ? scores[i] / most : 0;
    }
}

/* New items, which the model does not know, by their attributes. */
static void by_model(const struct alike *self, uint32_t candidate, float *out)
{
    const struct model *model = self->recommender->core->opened.model;
    by_kind(self, candidate, out);
    for (uint32_t c = 0; c < self->n; c++)
        if (self->items[c] >= model->n_items)
            out[c] = alike_by_attributes(self, candidate, c);
    out[candidate] = 1;
}

void alike_to(const struct alike *self, uint32_t candidate, float *out)
{
    const struct model *model = self->recommender->core->opened.model;
    if (model->kind->similar != NULL && self->items[candidate] < model->n_items)
        by_model(self, candidate, out);
    else
        for (uint32_t c = 0; c < self->n; c++)
            out[c] = alike_by_attributes(self, candidate, c);
}
