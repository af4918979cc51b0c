/* What was in demand when this person was active: of each event in the history, how much more (or less) than
 * usual each item was met in the period of that event,
 *
 *   lift(i, b) = ln (n_ib + s p_i) / ((n_b + s) p_i)
 *
 * with n_ib the users who met item i in period b, n_b all such, p_i the item's share over all periods, s the
 * shrinkage.  A score is the mean lift over the events; an item that came after them is held back, one that
 * was new to everybody then is not.  Periods are counted back from the moment of training. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "engine/kinds.h"

#define PERIODS_MAX 256 /* what is older falls into the last */
#define DAY 86400.0

struct period_model {
    struct model base;
    uint32_t n_periods;
    float *lift; /* n_periods x n_items */
};

static void period_free(struct model *model)
{
    mem_free(((struct period_model *)model)->lift);
    mem_free(model);
}

static uint32_t period_at(uint32_t now, uint32_t time, double days, uint32_t n_periods)
{
    double back = now > time ? (double)(now - time) / (days * DAY) : 0;
    return back < n_periods ? (uint32_t)back : n_periods - 1;
}

static int period_new(struct period_model **out, uint32_t n_items, uint32_t n_periods, struct error *err)
{
    struct period_model *self = mem_zalloc(1, sizeof *self);
    float *lift = mem_zalloc((size_t)n_items * n_periods, sizeof *lift);
    if (self == NULL || lift == NULL) {
        mem_free(self);
        mem_free(lift);
        return error_nomem(err, "period");
    }
    self->n_periods = n_periods;
    self->lift = lift;
    *out = self;
    return 0;
}

/* lift holds counts before, lifts after. */
static int lifts_from_counts(struct period_model *self, uint32_t n_items, double shrinkage, struct error *err)
{
    double *share = mem_zalloc(n_items, sizeof *share), total = 0;
    if (share == NULL)
        return error_nomem(err, "period");
    for (uint32_t b = 0; b < self->n_periods; b++)
        for (uint32_t i = 0; i < n_items; i++)
            share[i] += (double)self->lift[(size_t)b * n_items + i];
    for (uint32_t i = 0; i < n_items; i++)
        total += share[i] += 0.5; /* nothing is impossible */
    for (uint32_t b = 0; b < self->n_periods; b++) {
        float *row = self->lift + (size_t)b * n_items;
        double all = 0;
        for (uint32_t i = 0; i < n_items; i++)
            all += (double)row[i];
        for (uint32_t i = 0; i < n_items; i++) {
            double p = share[i] / total, s = shrinkage > 0 ? shrinkage : 1e-3;
            row[i] = (float)log(((double)row[i] + s * p) / ((all + s) * p));
        }
    }
    mem_free(share);
    return 0;
}

static int period_train(struct model **out, const struct dataset *data, struct train_context *ctx, struct error *err)
{
    double days = PARAM(&ctx->params, period_days);
    uint32_t first = data->now;
    for (uint64_t e = 0; e < data->n_events; e++)
        first = data->time[e] < first ? data->time[e] : first;
    struct period_model *self;
    uint32_t *last = mem_zalloc(data->n_items, sizeof *last); /* 1 + the user's place who was counted last... */
    uint32_t *in = mem_zalloc(data->n_items, sizeof *in);     /* ...and in which period */
    int rc = last == NULL || in == NULL ? error_nomem(err, "period") : 0;
    if (rc == 0)
        rc = period_new(&self, data->n_items, 1 + period_at(data->now, first, days, PERIODS_MAX), err);
    if (rc == 0) {
        for (uint32_t u = 0; u < data->n_users; u++)
            for (uint64_t e = data->user_start[u]; e < data->user_start[(size_t)u + 1]; e++) {
                uint32_t item = data->item[e], b = period_at(data->now, data->time[e], days, self->n_periods);
                if (last[item] == u + 1 && in[item] == b)
                    continue;
                last[item] = u + 1;
                in[item] = b;
                self->lift[(size_t)b * data->n_items + item] += 1;
            }
        rc = lifts_from_counts(self, data->n_items, PARAM(&ctx->params, shrinkage), err);
        if (rc == 0)
            *out = &self->base;
        else
            period_free(&self->base);
    }
    mem_free(last);
    mem_free(in);
    return rc;
}

static void period_score(const struct model *model, const struct history *users, uint32_t n, float *scores,
                         size_t stride, void *scratch)
{
    const struct period_model *self = (const struct period_model *)model;
    double days = PARAM(&model->params, period_days);
    (void)scratch;
    for (uint32_t u = 0; u < n; u++) {
        float *row = scores + u * stride;
        uint32_t events[PERIODS_MAX] = {0};
        memset(row, 0, model->n_items * sizeof *row);
        for (uint32_t e = 0; e < users[u].n; e++)
            events[period_at(model->trained_at, users[u].time[e], days, self->n_periods)]++;
        for (uint32_t b = 0; b < self->n_periods; b++) {
            if (events[b] == 0)
                continue;
            float weight = (float)events[b] / (float)users[u].n;
            const float *lift = self->lift + (size_t)b * model->n_items;
            for (uint32_t i = 0; i < model->n_items; i++)
                row[i] += weight * lift[i];
        }
    }
}

static size_t period_scratch(const struct model *model)
{
    (void)model;
    return 0;
}

static double period_explain(const struct model *model, const struct history *user, uint32_t item,
                             double *contribution, void *scratch)
{
    const struct period_model *self = (const struct period_model *)model;
    double days = PARAM(&model->params, period_days);
    (void)scratch;
    for (uint32_t e = 0; e < user->n; e++) {
        uint32_t b = period_at(model->trained_at, user->time[e], days, self->n_periods);
        contribution[e] = (double)self->lift[(size_t)b * model->n_items + item] / user->n;
    }
    return 0;
}

static int period_save(const struct model *model, struct tensor_set *out, struct error *err)
{
    const struct period_model *self = (const struct period_model *)model;
    return tensor_set_add_2d(out, "lift", TENSOR_F32, self->n_periods, model->n_items, self->lift, err);
}

static int period_load(struct model **out, const struct model *head, const struct tensor_set *in, struct error *err)
{
    const struct tensor *t = tensor_set_find(in, "lift");
    uint64_t periods = t != NULL && t->dims == 2 ? t->shape[0] : 0;
    if (periods == 0 || periods > PERIODS_MAX)
        return error_set(err, E_CORRUPT, "model file", "the lifts of the periods are missing");
    const float *lift = tensor_set_want(in, "lift", TENSOR_F32, periods, head->n_items, err);
    if (lift == NULL)
        return E_CORRUPT;
    for (size_t i = 0; i < (size_t)periods * head->n_items; i++)
        if (!isfinite(lift[i]))
            return error_set(err, E_CORRUPT, "model file", "a lift is not a finite number");
    struct period_model *self;
    int rc = period_new(&self, head->n_items, (uint32_t)periods, err);
    if (rc != 0)
        return rc;
    memcpy(self->lift, lift, (size_t)periods * head->n_items * sizeof *lift);
    *out = &self->base;
    return 0;
}

const struct model_kind period_kind = {
    .name = "period",
    .title = "In demand then",
    .about = "What was met more than usual while this person was active; for blends",
    .defaults = "period_days=60 shrinkage=1000",
    .counts = true,
    .train = period_train,
    .score = period_score,
    .score_scratch = period_scratch,
    .explain = period_explain,
    .save = period_save,
    .load = period_load,
    .free = period_free,
};
