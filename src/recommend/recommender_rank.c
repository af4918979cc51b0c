/* From scores to the items of a slate.
 *
 * Without anything that wants the slate otherwise, they are the best n.  Else candidates (many more than n, best
 * first) go to engine/compose.h, and when there turned out to be too few of them, four times as many.  All that is
 * asked of whoever holds the scores is take_top: the best k of what may be shown. */
#include <string.h>

#include "base/mem.h"
#include "recommend/recommender_private.h"

enum { POOL_LEAST = 100, POOL_TIMES = 10 }; /* candidates of diversity: that many, or that many times n */

static uint32_t seek(const struct recommender *self, uint32_t k, struct scored *out)
{
    const struct seeking *s = &self->seeking;
    const struct model *model = self->core->opened.model;
    if (k <= s->asked || s->n < s->asked) { /* known already */
        k = k < s->n ? k : s->n;
        if (k > 0)
            memcpy(out, s->found, k * sizeof *out);
        return k;
    }
    struct history history = recommender_history(s->past);
    struct model_wish wish = {.excluded = self->excluded, .k = k, .out = out};
    model->kind->search(model, &history, &wish, 1, self->scratch);
    return wish.n;
}

/* The best k; NULL: out of memory. */
static struct scored *take_top(const struct recommender *self, uint32_t k, uint32_t *n, struct error *err)
{
    uint32_t catalogue = self->core->opened.model->n_items;
    k = k < catalogue ? k : catalogue;
    struct scored *top = mem_alloc(k, sizeof *top);
    if (top == NULL)
        error_nomem(err, "recommend");
    else if (self->seeking.past != NULL)
        *n = seek(self, k, top);
    else
        *n = topk_select(self->scores, catalogue, self->excluded, k, top);
    return top;
}

static int take_best(const struct recommender *self, uint32_t n, struct ranking *out, struct error *err)
{
    uint32_t got;
    struct scored *top = take_top(self, n, &got, err);
    out->picks = top != NULL ? mem_alloc(got, sizeof *out->picks) : NULL;
    if (out->picks == NULL) {
        mem_free(top);
        return error_nomem(err, "recommend");
    }
    for (out->n = 0; out->n < got; out->n++)
        out->picks[out->n] = (struct pick){.item = top[out->n].item, .score = top[out->n].score};
    mem_free(top);
    return 0;
}

/* Candidates under the request. */
struct sifting {
    struct recommender *recommender;
    const struct recommender_request *request;
    struct filter_column caps[RECOMMENDER_LIMITS_MAX];
    uint32_t *items;
    struct compose_candidate *candidates;
    float *scores;
    uint32_t n;
    struct alike alike;
};

static void sifting_release(struct sifting *self)
{
    mem_free(self->items);
    mem_free(self->candidates);
    mem_free(self->scores);
}

static int find_caps(struct sifting *self, struct compose_cap *caps, struct error *err)
{
    struct filter_schema schema;
    int rc = self->request->n_limits > 0 ? recommender_fields(self->recommender, &schema, err) : 0;
    for (uint32_t i = 0; i < self->request->n_limits && rc == 0; i++) {
        caps[i].k = self->request->limits[i].k;
        rc = filter_field(&schema, self->request->limits[i].field, &self->caps[i], err);
    }
    return rc;
}

static uint32_t groups_of_list(const struct filter_column *f, uint32_t item, uint64_t *out)
{
    uint32_t n = 0;
    for (uint64_t e = f->start[item]; e < f->start[item + 1] && n < COMPOSE_GROUPS_MAX; e++) {
        uint32_t k = 0;
        while (k < n && out[k] != f->code[e])
            k++;
        if (k == n)
            out[n++] = f->code[e];
    }
    return n;
}

static uint32_t groups_of(void *context, uint32_t cap, uint32_t candidate, uint64_t *out)
{
    const struct sifting *self = context;
    const struct filter_column *f = &self->caps[cap];
    uint32_t item = self->items[candidate];
    switch (f->type) {
    case FILTER_LIST: return groups_of_list(f, item, out);
    case FILTER_TEXT: out[0] = f->code[item]; return f->code[item] != FILTER_MISSING;
    case FILTER_NUMBER:
    case FILTER_BOOLEAN: memcpy(out, &f->number[item], sizeof *out); return f->number[item] >= 0 || f->number[item] < 0;
    }
    return 0;
}

static void alike_of(void *context, uint32_t candidate, float *out)
{
    alike_to(&((struct sifting *)context)->alike, candidate, out);
}

static int gather(struct sifting *self, uint32_t k, struct error *err)
{
    struct scored *top = take_top(self->recommender, k, &self->n, err);
    if (top == NULL)
        return E_NOMEM;
    self->items = mem_alloc(self->n, sizeof *self->items);
    self->scores = mem_alloc(self->n, sizeof *self->scores);
    self->candidates = mem_zalloc(self->n, sizeof *self->candidates);
    bool good = self->items != NULL && self->scores != NULL && self->candidates != NULL;
    for (uint32_t i = 0; good && i < self->n; i++) {
        self->items[i] = top[i].item;
        self->scores[i] = top[i].score;
        self->candidates[i] = (struct compose_candidate){.rank = 1 + (double)i, .listed = true};
    }
    mem_free(top);
    return good ? 0 : error_nomem(err, "recommend");
}

static int put(const struct sifting *self, const struct compose_slate *slate, struct ranking *out, struct error *err)
{
    out->picks = mem_alloc(slate->n, sizeof *out->picks);
    if (out->picks == NULL)
        return error_nomem(err, "recommend");
    for (uint32_t i = 0; i < slate->n; i++) {
        uint32_t c = slate->slots[i].candidate;
        out->picks[i] = (struct pick){.item = self->items[c], .score = self->scores[c]};
    }
    out->n = slate->n;
    return 0;
}

/* With the best k candidates; *more: a larger k might give another slate. */
static int sift(struct recommender *recommender, const struct recommender_request *request, uint32_t k, bool *more,
                struct ranking *out, struct error *err)
{
    struct sifting self = {.recommender = recommender, .request = request};
    struct compose_cap caps[RECOMMENDER_LIMITS_MAX];
    struct compose_slate slate = {.n = 0};
    int rc = find_caps(&self, caps, err);
    if (rc == 0)
        rc = gather(&self, k, err);
    if (rc == 0 && request->diversity > 0)
        rc = alike_init(&self.alike, recommender, self.items, self.n, err);
    if (rc == 0) {
        struct compose_plan plan = {.n = request->n, .candidates = self.candidates, .n_candidates = self.n,
                                    .caps = caps, .n_caps = request->n_limits, .diversity = request->diversity,
                                    .pool = request->n * POOL_TIMES, .context = &self, .groups = groups_of,
                                    .alike = alike_of};
        plan.pool = plan.pool > POOL_LEAST ? plan.pool : POOL_LEAST;
        rc = compose(&plan, &slate, err);
    }
    *more = slate.dry && self.n == k;
    if (rc == 0 && !*more)
        rc = put(&self, &slate, out, err);
    compose_release(&slate);
    sifting_release(&self);
    return rc;
}

static bool is_plain(const struct recommender_request *request)
{
    return request->diversity <= 0 && request->n_limits == 0;
}

uint32_t recommender_rank_first(const struct recommender_request *request)
{
    uint64_t k = (uint64_t)request->n * (request->diversity > 0 ? 2 * POOL_TIMES : 4) + POOL_LEAST;
    return is_plain(request) ? request->n : k < UINT32_MAX ? (uint32_t)k : UINT32_MAX;
}

int recommender_rank(struct recommender *self, const struct recommender_request *request, struct ranking *out,
                     struct error *err)
{
    *out = (struct ranking){.n = 0};
    if (is_plain(request))
        return take_best(self, request->n, out, err);
    uint64_t k = recommender_rank_first(request);
    bool more = true;
    int rc = 0;
    for (; rc == 0 && more; k *= 4)
        rc = sift(self, request, k < UINT32_MAX ? (uint32_t)k : UINT32_MAX, &more, out, err);
    return rc;
}

void ranking_release(struct ranking *self)
{
    mem_free(self->picks);
    *self = (struct ranking){.n = 0};
}
