/* Several models together: what each puts forward, blended by rank (reciprocal rank fusion, Cormack, Clarke & Buettcher
 * 2009), since the scores of different models have nothing in common but their order. */
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "recommend/recommender_private.h"
#include "store/items.h"

enum { FUSION = 60, LEAST = 1000, TIMES = 20 }; /* each puts forward so many, or so many times n */

static void side_free(struct side *self)
{
    recommender_free(self->recommender);
    mem_free(self->to);
    *self = (struct side){.to = NULL};
}

static int make_side(struct recommender *self, struct recommender_core *core, struct side *out, struct error *err)
{
    struct side side = {.to = mem_alloc(core->opened.model->n_items, sizeof *side.to)};
    int rc = side.to != NULL ? recommender_new(&side.recommender, core, self->store, self->job, err)
                             : error_nomem(err, "recommend");
    if (rc == 0 && self->shares)
        recommender_now(side.recommender, &self->moment, self->changes);
    for (uint32_t i = 0; rc == 0 && i < core->opened.model->n_items; i++)
        side.to[i] = recommender_number(self, core->opened.item[i]);
    if (rc != 0)
        side_free(&side);
    else
        *out = side;
    return rc;
}

int recommender_side(struct recommender *self, struct recommender_core *core, struct side **out, struct error *err)
{
    struct side found = {.to = NULL};
    size_t i = 0;
    int rc = 0;
    while (i < SIDES - 1 && self->sides[i].recommender != NULL && self->sides[i].recommender->core != core)
        i++;
    if (self->sides[i].recommender != NULL && self->sides[i].recommender->core == core) {
        found = self->sides[i];
    } else {
        rc = make_side(self, core, &found, err);
        if (rc != 0)
            return rc;
        side_free(&self->sides[i]);
    }
    for (; i > 0; i--)
        self->sides[i] = self->sides[i - 1];
    self->sides[0] = found;
    *out = &self->sides[0];
    return 0;
}

/* What is put forward, while it is put together. */
struct hearing {
    struct recommender *recommender;
    struct proposal *list;
    double *sum, *most; /* of each: all that is said for it, and what its voice says */
    size_t n, cap_list, cap_sum, cap_most;
};

static int say(struct hearing *self, uint32_t item, double amount, uint32_t voice, struct error *err)
{
    uint32_t *at = &self->recommender->distinct[item];
    if (*at == ITEM_NOWHERE) {
        if (mem_grow((void **)&self->list, &self->cap_list, self->n + 1, sizeof *self->list) != 0 ||
            mem_grow((void **)&self->sum, &self->cap_sum, self->n + 1, sizeof *self->sum) != 0 ||
            mem_grow((void **)&self->most, &self->cap_most, self->n + 1, sizeof *self->most) != 0)
            return error_nomem(err, "recommend");
        self->sum[self->n] = self->most[self->n] = 0;
        self->list[self->n].item = item;
        *at = (uint32_t)self->n++;
    }
    self->sum[*at] += amount;
    if (amount > self->most[*at]) {
        self->most[*at] = amount;
        self->list[*at].voice = voice;
    }
    return 0;
}

static int hear_own(struct hearing *self, uint32_t k, double weight, struct error *err)
{
    uint32_t n = 0;
    struct scored *top = recommender_take_top(self->recommender, self->recommender->excluded, k, &n, err);
    int rc = top != NULL ? 0 : E_NOMEM;
    for (uint32_t i = 0; i < n && rc == 0; i++)
        rc = say(self, top[i].item, weight / (FUSION + 1 + (double)i), 0, err);
    mem_free(top);
    return rc;
}

/* What it may not put forward: what is excluded here, and what is not here. */
static void exclude_on_side(const struct recommender *self, const struct side *side)
{
    struct recommender *r = side->recommender;
    uint32_t n = r->core->opened.model->n_items;
    memset(r->excluded, 0, recommender_words(r) * sizeof *r->excluded);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t to = side->to[i];
        if (to == ITEM_NOWHERE || self->excluded[to / 64] >> to % 64 & 1)
            r->excluded[i / 64] |= UINT64_C(1) << i % 64;
    }
}

/* The placer speaks of new items too, and knows them when they are in the history. */
static int hear_placer(struct hearing *self, const struct recommender_request *request, uint32_t voice, uint32_t k,
                       struct error *err)
{
    struct recommender *r = self->recommender;
    bool any;
    int rc = recommender_liken(r, request, &any, err);
    if (rc != 0 || !any)
        return rc;
    k = k < r->n_all ? k : r->n_all;
    struct scored *top = mem_alloc(k, sizeof *top);
    if (top == NULL)
        return error_nomem(err, "recommend");
    uint32_t n = topk_select(r->likeness, r->n_all, r->excluded, k, top);
    for (uint32_t i = 0; i < n && rc == 0 && top[i].score > -FLT_MAX; i++)
        rc = say(self, top[i].item, request->voices[voice].weight / (FUSION + 1 + (double)i), voice + 1, err);
    mem_free(top);
    return rc;
}

/* A model that knows nothing of the history has nothing to say: popularity speaks through the model itself. */
static int hear_side(struct hearing *self, const struct recommender_request *request, uint32_t voice, uint32_t k,
                     struct error *err)
{
    struct side *side;
    struct past past;
    uint32_t n = 0;
    if (request->voices[voice].core == self->recommender->placer)
        return hear_placer(self, request, voice, k, err);
    int rc = recommender_side(self->recommender, request->voices[voice].core, &side, err);
    if (rc == 0)
        rc = recommender_past(side->recommender, request, &past, err);
    if (rc != 0)
        return rc;
    if (past.n > 0) {
        struct recommender *r = side->recommender;
        struct history history = recommender_history(&past);
        model_score_one(r->core->opened.model, &history, r->scores, r->scratch);
        exclude_on_side(self->recommender, side);
        struct scored *top = recommender_take_top(r, r->excluded, k, &n, err);
        rc = top != NULL ? 0 : E_NOMEM;
        for (uint32_t i = 0; i < n && rc == 0; i++)
            rc = say(self, side->to[top[i].item], request->voices[voice].weight / (FUSION + 1 + (double)i), voice + 1,
                     err);
        mem_free(top);
    }
    recommender_past_release(&past);
    return rc;
}

static int best_first(const void *a, const void *b)
{
    const struct proposal *x = a, *y = b;
    if (x->score > y->score || y->score > x->score)
        return x->score > y->score ? -1 : 1;
    return x->item < y->item ? -1 : x->item > y->item;
}

/* 1 is what an item has that all put first. */
static void end_hearing(struct hearing *self, double weights, bool keep)
{
    for (size_t i = 0; i < self->n; i++) {
        self->recommender->distinct[self->list[i].item] = ITEM_NOWHERE;
        self->list[i].score = (float)(self->sum[i] * (FUSION + 1) / weights);
    }
    if (keep && self->n > 1)
        qsort(self->list, self->n, sizeof *self->list, best_first);
    if (keep) {
        self->recommender->proposals = self->list;
        self->recommender->n_proposals = (uint32_t)self->n;
    } else {
        mem_free(self->list);
    }
    mem_free(self->sum);
    mem_free(self->most);
}

/* Fills self->proposals from the model and the request's voices.  The recommender is extended. */
static int hear_voices(struct recommender *self, const struct recommender_request *request, struct error *err)
{
    struct hearing hearing = {.recommender = self};
    uint32_t k = request->n > LEAST / TIMES ? request->n * TIMES : LEAST;
    double weights = request->weight;
    int rc = hear_own(&hearing, k, request->weight, err);
    for (uint32_t v = 0; v < request->n_voices && rc == 0; v++) {
        weights += request->voices[v].weight;
        rc = hear_side(&hearing, request, v, k, err);
    }
    end_hearing(&hearing, weights, rc == 0 && hearing.n > 0);
    return rc;
}

/* Is what the person looks at now unknown to the model? */
static int looks_at_new(const struct recommender *self, const struct recommender_request *request,
                        const struct past *past, bool *new_item, struct error *err)
{
    int64_t item = 0;
    int rc = 0;
    if (past->n > 0 && request->n_recent > 0 && self->placer != NULL)
        rc = items_lookup(self->store, request->recent[request->n_recent - 1].item, &item, err);
    *new_item = rc == 0 && item != 0 && recommender_place(self->core, item) == ITEM_NOWHERE;
    return rc;
}

int recommender_hear(struct recommender *self, const struct recommender_request *request, const struct past *past,
                     struct error *err)
{
    bool any, new_item;
    int rc = recommender_find_young(self, request, err);
    if (rc != 0 || !self->show_new || self->n_scored > self->core->opened.model->n_items)
        return rc;
    if (request->n_voices > 0) {
        rc = hear_voices(self, request, err);
    } else if ((rc = looks_at_new(self, request, past, &new_item, err)) == 0 && new_item) {
        const struct recommender_voice placer = {self->placer, 1};
        struct recommender_request both = *request;
        both.voices = &placer;
        both.n_voices = 1;
        both.weight = 1;
        rc = hear_voices(self, &both, err);
    }
    bool fresh = request->fresh > 0 && (self->age != NULL || self->n_all > self->core->opened.model->n_items);
    return rc == 0 && fresh ? recommender_liken(self, request, &any, err) : rc;
}

void recommender_take_likeness(struct recommender *self)
{
    float lowest = 0;
    for (uint32_t i = 0; i < self->n_all; i++)
        lowest = self->likeness[i] > -FLT_MAX && self->likeness[i] < lowest ? self->likeness[i] : lowest;
    for (uint32_t i = 0; i < self->n_all; i++)
        self->scores[i] = self->likeness[i] > -FLT_MAX ? self->likeness[i] : lowest;
    self->n_scored = self->n_all;
}

int recommender_score_by_likeness(struct recommender *self, const struct recommender_request *request, bool *found,
                                  struct slate *out, struct error *err)
{
    const struct model_record *placer = self->placer != NULL ? &self->placer->opened.record : NULL;
    *found = false;
    int rc = self->show_new && placer != NULL ? recommender_liken(self, request, found, err) : 0;
    if (rc != 0 || !*found)
        return rc;
    recommender_take_likeness(self);
    snprintf(out->fallback_model, sizeof out->fallback_model, "%s@%lld", placer->name, (long long)placer->version);
    snprintf(out->fallback, sizeof out->fallback, "what is like the items met, by %s@%lld", placer->name,
             (long long)placer->version);
    return 0;
}

void recommender_end_question(struct recommender *self)
{
    mem_free(self->proposals);
    self->proposals = NULL;
    self->n_proposals = 0;
    self->seeking = (struct seeking){.past = NULL};
    self->show_new = self->likened = false;
    self->age = NULL;
    self->n_scored = self->core != NULL ? self->core->opened.model->n_items : 0;
}
