/* Directed sequential rules: what follows what.
 *
 * For each pair a before b in a user's sequence, at most max_gap steps apart,
 *     C[a][b] += gap_decay^(gap-1)   and   C[b][a] += backward * gap_decay^(gap-1),
 * divided by (n_a + 1)^from_exponent (n_b + 1)^to_exponent, n the events of the item.  A history scores
 * sum_h recency^(steps since h) C[h][.].  After "simple sequential rules" of Ludewig & Jannach (2018),
 * with the reverse direction and frequency exponents added.  With a half-life a pair counts by the age
 * of its later event. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "engine/kinds.h"
#include "engine/neighbours.h"

struct rules_model {
    struct model base;
    struct csr weights;
};

static void rules_free(struct model *model)
{
    csr_release(&((struct rules_model *)model)->weights);
    mem_free(model);
}

/* Where each item occurs: positions among the events, ascending; the bounds of the sequence around each. */
struct occurrences {
    uint64_t *start;    /* n_items + 1 */
    uint64_t *position; /* n_events */
    uint32_t *user;     /* of that position */
};

struct rules_training {
    const struct dataset *data;
    struct occurrences at;
    uint32_t max_gap;
    double backward;
    double *decay;                       /* [gap - 1] */
    float *worth;                        /* of an event as the later one of a pair */
    double *from_weight, *to_weight;     /* (n + 1)^-exponent */
};

static void occurrences_release(struct occurrences *self)
{
    mem_free(self->start);
    mem_free(self->position);
    mem_free(self->user);
}

static int occurrences_init(struct occurrences *self, const struct dataset *data)
{
    self->start = mem_zalloc((size_t)data->n_items + 2, sizeof *self->start);
    self->position = mem_alloc(data->n_events, sizeof *self->position);
    self->user = mem_alloc(data->n_events, sizeof *self->user);
    if (self->start == NULL || self->position == NULL || self->user == NULL)
        return E_NOMEM;
    for (uint64_t e = 0; e < data->n_events; e++)
        self->start[(size_t)data->item[e] + 2]++;
    for (uint32_t i = 0; i < data->n_items; i++)
        self->start[(size_t)i + 2] += self->start[(size_t)i + 1];
    for (uint32_t u = 0; u < data->n_users; u++)
        for (uint64_t e = data->user_start[u]; e < data->user_start[(size_t)u + 1]; e++) {
            uint64_t k = self->start[(size_t)data->item[e] + 1]++;
            self->position[k] = e;
            self->user[k] = u;
        }
    return 0;
}

static void sum_target(const void *context, uint32_t target, struct neighbour_row *row)
{
    const struct rules_training *t = context;
    const struct dataset *data = t->data;
    for (uint64_t k = t->at.start[target]; k < t->at.start[(size_t)target + 1]; k++) {
        uint64_t here = t->at.position[k], first = data->user_start[t->at.user[k]];
        uint64_t last = data->user_start[(size_t)t->at.user[k] + 1] - 1;
        uint64_t back = here - first < t->max_gap ? here - first : t->max_gap;
        uint64_t ahead = last - here < t->max_gap ? last - here : t->max_gap;
        double worth = (double)t->worth[here];
        for (uint64_t gap = 1; worth > 0 && gap <= back; gap++)
            neighbour_add(row, data->item[here - gap], worth * t->decay[gap - 1]);
        for (uint64_t gap = 1; t->backward > 0 && gap <= ahead; gap++) {
            double w = t->backward * (double)t->worth[here + gap] * t->decay[gap - 1];
            if (w > 0)
                neighbour_add(row, data->item[here + gap], w);
        }
    }
}

static double weigh(const void *context, uint32_t target, uint32_t source, double sum)
{
    const struct rules_training *t = context;
    return sum * t->from_weight[source] * t->to_weight[target];
}

static int training_init(struct rules_training *t, const struct dataset *data, const struct params *params)
{
    struct weighting weighting = weighting_from_params(params);
    t->data = data;
    t->max_gap = (uint32_t)PARAM(params, max_gap);
    t->backward = PARAM(params, backward);
    t->decay = mem_alloc(t->max_gap, sizeof *t->decay);
    t->worth = mem_alloc(data->n_events, sizeof *t->worth);
    t->from_weight = mem_alloc(data->n_items, sizeof *t->from_weight);
    t->to_weight = mem_alloc(data->n_items, sizeof *t->to_weight);
    if (t->decay == NULL || t->worth == NULL || t->from_weight == NULL || t->to_weight == NULL ||
        occurrences_init(&t->at, data) != 0)
        return E_NOMEM;
    for (uint32_t g = 0; g < t->max_gap; g++) {
        double w = pow(PARAM(params, gap_decay), g);
        t->decay[g] = w > 1e-30 ? w : 0;
        if (t->decay[g] <= 0) {
            t->max_gap = g; /* what comes further away counts for nothing */
            break;
        }
    }
    for (uint64_t e = 0; e < data->n_events; e++)
        t->worth[e] = (float)weighting_event(&weighting, data->now, data->time[e], data->weight[e]);
    for (uint32_t i = 0; i < data->n_items; i++) {
        double n = (double)(t->at.start[(size_t)i + 1] - t->at.start[i]);
        t->from_weight[i] = pow(n + 1, -PARAM(params, from_exponent));
        t->to_weight[i] = pow(n + 1, -PARAM(params, to_exponent));
    }
    return 0;
}

static int rules_train(struct model **out, const struct dataset *data, struct train_context *ctx, struct error *err)
{
    struct rules_training t = {0};
    struct rules_model *self = mem_zalloc(1, sizeof *self);
    int rc = self == NULL || training_init(&t, data, &ctx->params) != 0 ? error_nomem(err, "rules") : 0;
    if (rc == 0) {
        struct neighbour_build build = {
            .name = "rules",
            .n_items = data->n_items,
            .keep = (uint32_t)PARAM(&ctx->params, neighbours),
            .pool = ctx->pool,
            .job = ctx->job,
            .context = &t,
            .sum = sum_target,
            .weigh = weigh,
        };
        rc = neighbours_build(&self->weights, &build, err);
    }
    occurrences_release(&t.at);
    mem_free(t.decay);
    mem_free(t.worth);
    mem_free(t.from_weight);
    mem_free(t.to_weight);
    if (rc != 0) {
        mem_free(self);
        return rc;
    }
    *out = &self->base;
    return 0;
}

/* The half-life ages the rules, not the history: there recency decides. */
static struct neighbour_history rules_history(const struct model *model)
{
    struct weighting once = {.counting = COUNT_ONCE};
    return (struct neighbour_history){once, PARAM(&model->params, recency)};
}

static void rules_score(const struct model *model, const struct history *users, uint32_t n, float *scores,
                        size_t stride, void *scratch)
{
    struct neighbour_history how = rules_history(model);
    neighbours_score(&((const struct rules_model *)model)->weights, &how, users, n, scores, stride, scratch);
}

static size_t rules_scratch(const struct model *model)
{
    return neighbours_scratch(model->n_items);
}

static double rules_explain(const struct model *model, const struct history *user, uint32_t item,
                            double *contribution, void *scratch)
{
    struct neighbour_history how = rules_history(model);
    return neighbours_explain(&((const struct rules_model *)model)->weights, &how, user, item, contribution, scratch);
}

static void rules_similar(const struct model *model, uint32_t item, float *scores)
{
    neighbours_similar(&((const struct rules_model *)model)->weights, item, scores);
}

static void rules_similar_to(const struct model *model, uint32_t item, const uint32_t *items, uint32_t n,
                             float *scores)
{
    neighbours_similar_to(&((const struct rules_model *)model)->weights, item, items, n, scores);
}

static int rules_save(const struct model *model, struct tensor_set *out, struct error *err)
{
    return neighbours_save(&((const struct rules_model *)model)->weights, out, err);
}

static int rules_load(struct model **out, const struct model *head, const struct tensor_set *in, struct error *err)
{
    struct rules_model *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "rules");
    int rc = neighbours_load(&self->weights, head->n_items, in, err);
    if (rc != 0) {
        mem_free(self);
        return rc;
    }
    *out = &self->base;
    return 0;
}

const struct model_kind rules_kind = {
    .name = "rules",
    .title = "Sequential rules",
    .about = "What follows what: directed co-occurrence with decay over the gap and over the history",
    .defaults = "gap_decay=0.9 backward=0.3 from_exponent=0.5 to_exponent=0.3 recency=0.7 max_gap=50 "
                "neighbours=1000 half_life_days=0 window_days=0",
    .train = rules_train,
    .score = rules_score,
    .score_scratch = rules_scratch,
    .explain = rules_explain,
    .similar = rules_similar,
    .similar_to = rules_similar_to,
    .save = rules_save,
    .load = rules_load,
    .free = rules_free,
};
