/* Slates and reasons. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"
#include "recommend/recommender_private.h"
#include "store/items.h"

void slate_release(struct slate *self)
{
    for (size_t i = 0; i < self->n_texts; i++)
        mem_free(self->texts[i]);
    for (uint32_t i = 0; i < self->n; i++)
        mem_free(self->items[i].rules);
    mem_free(self->texts);
    mem_free(self->items);
    *self = (struct slate){0};
}

const char *slate_keep(struct slate *self, const char *text)
{
    char *copy = mem_strdup(text);
    if (copy == NULL ||
        mem_grow((void **)&self->texts, &self->cap_texts, self->n_texts + 1, sizeof *self->texts) != 0) {
        mem_free(copy);
        return NULL;
    }
    return self->texts[self->n_texts++] = copy;
}

int slate_keep_rules(struct slate *self, const struct ruleset *rules, uint64_t acted, const char ***out, uint32_t *n,
                     struct error *err)
{
    char text[RULE_TEXT_MAX];
    if (acted == 0)
        return 0;
    const char **list = mem_zalloc((size_t)__builtin_popcountll(acted), sizeof *list);
    *out = list;
    if (list == NULL)
        return error_nomem(err, "recommend");
    for (; acted != 0; acted &= acted - 1) {
        rule_text(ruleset_rule(rules, (uint32_t)__builtin_ctzll(acted)), text);
        if ((list[(*n)++] = slate_keep(self, text)) == NULL)
            return error_nomem(err, "recommend");
    }
    return 0;
}

/* The title of the model's item, "" when it has none; borrowed until the next call. */
static int title_of_item(struct recommender *self, uint32_t item, const char **out, struct error *err)
{
    enum { TITLE_MAX = 4096 };
    struct title *t = &self->titles[item % TITLES];
    struct str text;
    int rc = 0;
    if (t->item != item + 1) {
        uint32_t of_model = self->core->opened.model->n_items;
        int64_t stored = item < of_model ? self->core->opened.item[item] : self->new_item[item - of_model];
        str_init(&text, TITLE_MAX);
        if (stored != 0)
            rc = items_name(self->store, stored, NULL, &text, err);
        char *title = rc == 0 ? mem_strdup(str_text(&text)) : NULL;
        str_release(&text);
        if (title == NULL)
            return rc != 0 ? rc : error_nomem(err, "recommend");
        mem_free(t->text);
        *t = (struct title){.item = item + 1, .text = title};
    }
    *out = t->text;
    return 0;
}

/* The identifier and title of the model's item. */
static int name_item(struct recommender *self, struct slate *slate, uint32_t item, const char **identifier,
                     const char **title, struct error *err)
{
    const char *text = "";
    int rc = title_of_item(self, item, &text, err);
    if (rc != 0)
        return rc;
    *identifier = slate_keep(slate, self->extended ? self->name_all[item] : self->core->opened.item_name[item]);
    *title = slate_keep(slate, text);
    return *identifier == NULL || *title == NULL ? error_nomem(err, "recommend") : 0;
}

int account_init(struct account *self, const struct past *past, struct error *err)
{
    *self = (struct account){.event = mem_alloc(past->n, ACCOUNTS * sizeof *self->event),
                             .item = mem_alloc(past->n_items, sizeof *self->item)};
    return self->event == NULL || self->item == NULL ? error_nomem(err, "recommend") : 0;
}

void account_release(struct account *self)
{
    mem_free(self->event);
    mem_free(self->item);
}

void account_ask(struct account *self, const struct recommender *r, const struct past *past,
                        const uint32_t *items, uint32_t k)
{
    struct history history = recommender_history(past);
    model_explain_many(r->core->opened.model, &history, items, k, self->event, self->rests, r->noted, r->scratch);
}

void account_take(struct account *self, const struct past *past, uint32_t which)
{
    const double *event = self->event + (size_t)which * past->n;
    self->rest = self->rests[which];
    memset(self->item, 0, past->n_items * sizeof *self->item);
    for (uint32_t e = 0; e < past->n; e++)
        self->item[past->which[e]] += event[e];
    self->in_favour = self->rest > 0 ? self->rest : 0;
    for (uint32_t i = 0; i < past->n_items; i++)
        self->in_favour += self->item[i] > 0 ? self->item[i] : 0;
}

int recommender_reason(struct recommender *self, struct slate *slate, const struct past *past,
                       const struct account *account, uint32_t which, struct recommender_reason *out, struct error *err)
{
    const struct past_item *p = &past->items[which];
    double c = account->item[which];
    *out = (struct recommender_reason){.events = p->events, .last = p->last, .contribution = c,
                                       .share = c > 0 ? c / account->in_favour : 0};
    return name_item(self, slate, p->item, &out->item, &out->title, err);
}

/* The item of the history that adds most, or none. */
static int strongest_reason(struct recommender *self, struct slate *slate, const struct past *past,
                            const struct account *account, struct recommender_item *item, struct error *err)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < past->n_items; i++)
        if (account->item[i] > account->item[best])
            best = i;
    return account->item[best] > 0 ? recommender_reason(self, slate, past, account, best, &item->reason, err) : 0;
}

/* Of an item that the model does not know: the item of the history that it is most like. */
static int likest_reason(struct recommender *self, struct slate *slate, const struct past *past, uint32_t number,
                         struct recommender_item *item, struct error *err)
{
    double share = 0;
    uint32_t which = recommender_most_alike(self, past, number, &share);
    if (which == ITEM_NOWHERE)
        return 0;
    const struct past_item *p = &past->items[which];
    item->reason = (struct recommender_reason){.events = p->events, .last = p->last, .share = share};
    return name_item(self, slate, p->item, &item->reason.item, &item->reason.title, err);
}

static int fill_slate_reasons(struct recommender *self, const struct past *past, const struct pick *picks,
                              struct slate *out, struct error *err)
{
    struct account account;
    uint32_t items[ACCOUNTS], whose[ACCOUNTS];
    int rc = account_init(&account, past, err);
    for (uint32_t next = 0; next < out->n && rc == 0;) {
        uint32_t k = 0;
        for (; next < out->n && k < ACCOUNTS && rc == 0; next++) {
            if (picks[next].item >= self->core->opened.model->n_items) {
                rc = likest_reason(self, out, past, picks[next].item, &out->items[next], err);
                continue;
            }
            items[k] = picks[next].item;
            whose[k++] = next;
        }
        if (rc == 0 && k > 0)
            account_ask(&account, self, past, items, k);
        for (uint32_t i = 0; i < k && rc == 0; i++) {
            account_take(&account, past, i);
            rc = strongest_reason(self, out, past, &account, &out->items[whose[i]], err);
        }
    }
    account_release(&account);
    return rc;
}

static int fill_slate(struct recommender *self, const struct ranking *ranking, struct slate *out, struct error *err)
{
    const struct pick *picks = ranking->picks;
    uint32_t n = ranking->n;
    out->items = mem_zalloc(n, sizeof *out->items);
    if (out->items == NULL)
        return error_nomem(err, "recommend");
    for (uint32_t i = 0; i < n; i++) {
        struct recommender_item *item = &out->items[i];
        out->n = i + 1;
        item->score = picks[i].score;
        item->propensity = picks[i].propensity;
        if (picks[i].source != NULL) {
            char spec[REGISTRY_NAME_MAX + 24];
            const struct model_record *r = &picks[i].source->opened.record;
            snprintf(spec, sizeof spec, "%s@%lld", r->name, (long long)r->version);
            if ((item->model = slate_keep(out, spec)) == NULL)
                return error_nomem(err, "recommend");
        }
        int rc = name_item(self, out, picks[i].item, &item->item, &item->title, err);
        if (rc == 0)
            rc = slate_keep_rules(out, ranking->rules, picks[i].rules, &item->rules, &item->n_rules, err);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int answer(struct recommender *self, const struct recommender_request *request, const struct past *past,
                  const struct ranking *ranking, struct slate *out, struct error *err)
{
    int rc = fill_slate(self, ranking, out, err);
    return rc != 0 || request->no_reasons || past->n == 0 ? rc
                                                          : fill_slate_reasons(self, past, ranking->picks, out, err);
}

/* A request on its way to a slate. */
struct question {
    struct past past;
    float *scores;      /* its row of the tile; NULL: not scored yet */
    const double *noted; /* its row of the notes */
    uint64_t *excluded; /* its row of the masks; NULL: not known yet */
    struct scored *found; /* the best `n_found` of `asked`; NULL: not looked up yet */
    uint32_t n_found, asked;
    bool show_new;
};

static int begin_question(struct recommender *self, const struct recommender_request *request, struct question *q,
                          struct error *err)
{
    *q = (struct question){.scores = NULL};
    return recommender_past(self, request, &q->past, err);
}

/* New items are made room for before anything is bound to columns. */
static int extend_for(struct recommender *self, const struct recommender_request *request, struct question *q,
                      struct error *err)
{
    q->show_new = recommender_wants_new(request, &q->past);
    return q->show_new ? recommender_extend(self, request->placer, err) : 0;
}

/* The filter is not even parsed when it is the last one again.  user: as of recommender_filter. */
static int exclude(struct recommender *self, const struct recommender_request *request, const struct past *past,
                   int64_t user, struct slate *out, struct error *err)
{
    struct recommender_filter filter = {0};
    int rc = recommender_sieve_fits(self, request) ? 0 : recommender_filter(self, request->filter, user, &filter, err);
    if (rc == 0)
        rc = recommender_exclude(self, past, request, filter.filter, out, err);
    recommender_filter_release(&filter);
    return rc;
}

static void question_release(struct question *q)
{
    mem_free(q->found);
    recommender_past_release(&q->past);
}

/* Sees to it that recommender_rank can be asked: with the scores of all items, or by the index. */
static int find_scores(struct recommender *self, const struct recommender_request *request, struct question *q,
                       struct slate *out, struct error *err)
{
    bool found = false;
    recommender_count(&q->past, out);
    self->noted = q->noted;
    if (q->past.n == 0) {
        int rc = recommender_score_by_likeness(self, request, &found, out, err);
        if (rc != 0 || found)
            return rc;
    }
    if (q->scores != NULL)
        self->scores = q->scores;
    else if (q->past.n > 0 && model_can_search(self->core->opened.model))
        self->seeking = (struct seeking){.past = &q->past, .found = q->found, .n = q->n_found, .asked = q->asked};
    else
        return recommender_score(self, &q->past, out, err);
    return 0;
}

static int finish_question(struct recommender *self, const struct recommender_request *request, struct question *q,
                           struct slate *out, struct error *err)
{
    struct ranking ranking = {.about = ITEM_NOWHERE};
    float *scores = self->scores;
    uint64_t *excluded = self->excluded;
    self->show_new = q->show_new;
    int rc = find_scores(self, request, q, out, err);
    if (q->excluded != NULL)
        self->excluded = q->excluded;
    else if (rc == 0)
        rc = exclude(self, request, &q->past, q->past.user, out, err);
    if (rc == 0)
        rc = recommender_hear(self, request, &q->past, err);
    if (rc == 0)
        rc = recommender_rank(self, request, &q->past, &ranking, out, err);
    if (rc == 0)
        rc = answer(self, request, &q->past, &ranking, out, err);
    self->scores = scores;
    self->excluded = excluded;
    recommender_end_question(self);
    ranking_release(&ranking);
    return rc;
}

static int recommend(struct recommender *self, const struct recommender_request *request, struct slate *out,
                     struct error *err)
{
    struct question q;
    int rc = begin_question(self, request, &q, err);
    if (rc == 0)
        rc = extend_for(self, request, &q, err);
    if (rc == 0)
        rc = finish_question(self, request, &q, out, err);
    question_release(&q);
    return rc;
}

int recommender_recommend(struct recommender *self, const struct recommender_request *request, struct slate *out,
                          struct error *err)
{
    *out = (struct slate){0};
    int rc = store_begin_read(self->store, err);
    if (rc != 0)
        return rc;
    rc = recommend(self, request, out, err);
    store_end_read(self->store);
    if (rc != 0)
        slate_release(out);
    return rc;
}

/* How many users are scored at once, so that their scores stay within a few MB; or looked up, so that their masks do. */
static uint32_t tile_rows(const struct recommender *self)
{
    enum { TILE_FLOATS = 4 << 20, SOUGHT = 64 };
    if (model_can_search(self->core->opened.model))
        return SOUGHT;
    uint32_t rows = TILE_FLOATS / (self->core->opened.model->n_items + 1) + 1;
    return rows < MODEL_TILE ? rows : MODEL_TILE;
}

/* Scores those of a tile that have a history; the others stay without a row.  Out of memory: nobody gets one. */
static void score_tile(struct recommender *self, struct question *q, const int *outcome, uint32_t n)
{
    const struct model *model = self->core->opened.model;
    struct history users[MODEL_TILE];
    size_t stride = (model->n_items + 15) / 16 * 16;
    uint32_t scored = 0;
    if (self->tile == NULL && n > 1)
        self->tile = mem_alloc_aligned(tile_rows(self) * stride, sizeof *self->tile);
    if (self->tile == NULL || n < 2)
        return;
    for (uint32_t i = 0; i < n; i++)
        if (outcome[i] == 0 && q[i].past.n > 0) {
            q[i].scores = self->tile + scored * stride;
            q[i].noted = self->notes != NULL ? self->notes + scored * model_notes(model) : NULL;
            users[scored++] = recommender_history(&q[i].past);
        }
    if (scored > 0)
        model_score_noting(model, users, scored, self->tile, stride, self->notes, self->scratch);
}

/* What may be shown to the user, into a mask of its own, and room for what the index will find.  Out of memory: later,
 * alone. */
static void prepare_search(struct recommender *self, const struct recommender_request *request, struct question *q,
                           uint64_t *mask, int *outcome, struct slate *out, struct error *err)
{
    uint64_t *own = self->excluded;
    uint32_t k = recommender_rank_first(request), catalogue = self->core->opened.model->n_items;
    k = k < catalogue ? k : catalogue;
    q->found = mem_alloc(k, sizeof *q->found);
    if (q->found == NULL)
        return;
    q->excluded = self->excluded = mask;
    self->show_new = q->show_new;
    *outcome = exclude(self, request, &q->past, q->past.user, out, err);
    self->show_new = false;
    self->excluded = own;
    q->asked = k;
}

/* The same by the index. */
static void search_tile(struct recommender *self, const struct recommender_request *requests, struct question *q,
                        uint32_t n, struct slate *slates, int *outcome, struct error *errors)
{
    const struct model *model = self->core->opened.model;
    struct history users[MODEL_TILE];
    struct model_wish wishes[MODEL_TILE];
    struct question *asked[MODEL_TILE];
    size_t words = recommender_words(self);
    uint32_t found = 0;
    if (self->masks == NULL && n > 1)
        self->masks = mem_alloc(tile_rows(self) * words, sizeof *self->masks);
    if (self->masks == NULL || n < 2)
        return;
    for (uint32_t i = 0; i < n; i++) {
        if (outcome[i] == 0 && q[i].past.n > 0)
            prepare_search(self, &requests[i], &q[i], self->masks + i * words, &outcome[i], &slates[i], &errors[i]);
        if (outcome[i] != 0 || q[i].found == NULL)
            continue;
        users[found] = recommender_history(&q[i].past);
        wishes[found] = (struct model_wish){.excluded = q[i].excluded, .k = q[i].asked, .out = q[i].found};
        asked[found++] = &q[i];
    }
    if (found > 0)
        model->kind->search(model, users, wishes, found, self->scratch);
    for (uint32_t i = 0; i < found; i++)
        asked[i]->n_found = wishes[i].n;
}

static void recommend_tile(struct recommender *self, const struct recommender_request *requests, uint32_t n,
                           struct slate *slates, int *outcome, struct error *errors)
{
    struct question q[MODEL_TILE];
    for (uint32_t i = 0; i < n; i++)
        outcome[i] = begin_question(self, &requests[i], &q[i], &errors[i]);
    for (uint32_t i = 0; i < n; i++)
        if (outcome[i] == 0)
            outcome[i] = extend_for(self, &requests[i], &q[i], &errors[i]);
    if (model_can_search(self->core->opened.model))
        search_tile(self, requests, q, n, slates, outcome, errors);
    else
        score_tile(self, q, outcome, n);
    for (uint32_t i = 0; i < n; i++) {
        if (outcome[i] == 0)
            outcome[i] = finish_question(self, &requests[i], &q[i], &slates[i], &errors[i]);
        if (outcome[i] != 0)
            slate_release(&slates[i]);
        question_release(&q[i]);
    }
}

int recommender_recommend_many(struct recommender *self, const struct recommender_request *requests, uint32_t n,
                               struct slate *slates, int *outcome, struct error *errors, struct error *err)
{
    uint32_t rows = tile_rows(self);
    memset(slates, 0, n * sizeof *slates);
    int rc = store_begin_read(self->store, err);
    if (rc != 0)
        return rc;
    for (uint32_t from = 0; from < n; from += rows)
        recommend_tile(self, requests + from, n - from < rows ? n - from : rows, slates + from, outcome + from,
                       errors + from);
    store_end_read(self->store);
    return 0;
}

int recommender_find_item(struct recommender *self, const char *identifier, uint32_t *number, struct error *err)
{
    int64_t item;
    int rc = items_find(self->store, identifier, &item, err);
    if (rc == 0)
        *number = recommender_number(self, item);
    return rc;
}

/* Those of which nothing is known are not alike. */
static void exclude_unlike(struct recommender *self)
{
    for (uint32_t i = 0; i < self->n_scored; i++)
        if (!(self->scores[i] > 0))
            self->excluded[i / 64] |= UINT64_C(1) << i % 64;
}

static int unknown_to_model(const struct recommender *self, const char *identifier, struct error *err)
{
    error_set(err, E_NOT_FOUND, identifier, "%s@%lld does not know this item: it had no events that count when the "
              "model was trained", self->core->opened.record.name, (long long)self->core->opened.record.version);
    return error_hint(err, E_NOT_FOUND, "train it again once somebody has met the item; a model of the kind content "
                                        "places items by their titles and attributes before that");
}

/* How like all items are to that one, into self->scores: by the model, or, when it does not know the item, by the
 * placer. */
static int score_similar(struct recommender *self, const char *identifier, uint32_t item, struct error *err)
{
    const struct model *model = self->core->opened.model;
    if (item < model->n_items && model->kind->similar == NULL)
        return recommender_cannot_tell(self->core->opened.record.name, model->kind, err);
    if (item < model->n_items) {
        model->kind->similar(model, item, self->scores);
        return 0;
    }
    if (!recommender_liken_item(self, item))
        return unknown_to_model(self, identifier, err);
    recommender_take_likeness(self);
    return 0;
}

/* The item's number; makes room for new items when the model does not know it. */
static int find_or_extend(struct recommender *self, const char *identifier, const struct recommender_request *request,
                          uint32_t *item, struct error *err)
{
    int rc = recommender_find_item(self, identifier, item, err);
    if (rc == 0 && *item == ITEM_NOWHERE && request->placer != NULL) {
        rc = recommender_extend(self, request->placer, err);
        if (rc == 0)
            rc = recommender_find_item(self, identifier, item, err);
    }
    self->show_new = rc == 0 && *item != ITEM_NOWHERE && *item >= self->core->opened.model->n_items;
    return rc;
}

static int similar(struct recommender *self, const char *identifier, const struct recommender_request *request,
                   struct slate *out, struct error *err)
{
    const struct past nobody = {.user = NOBODY};
    struct ranking ranking = {.about = ITEM_NOWHERE};
    uint32_t item;
    int rc = find_or_extend(self, identifier, request, &item, err);
    if (rc == 0 && item == ITEM_NOWHERE)
        rc = unknown_to_model(self, identifier, err);
    if (rc == 0)
        rc = exclude(self, request, &nobody, 0, out, err);
    if (rc == 0)
        rc = score_similar(self, identifier, item, err);
    if (rc == 0) {
        self->excluded[item / 64] |= UINT64_C(1) << item % 64;
        exclude_unlike(self);
        rc = recommender_rank(self, request, &nobody, &ranking, out, err);
    }
    if (rc == 0)
        rc = fill_slate(self, &ranking, out, err);
    recommender_end_question(self);
    ranking_release(&ranking);
    return rc;
}

int recommender_similar(struct recommender *self, const char *item, const struct recommender_request *request,
                        struct slate *out, struct error *err)
{
    struct recommender_request plain = *request;
    plain.fresh = 0;
    plain.n_voices = 0;
    plain.repeat = true;
    plain.user = NULL;
    plain.view = item;
    *out = (struct slate){0};
    int rc = store_begin_read(self->store, err);
    if (rc != 0)
        return rc;
    rc = similar(self, item, &plain, out, err);
    store_end_read(self->store);
    if (rc != 0)
        slate_release(out);
    return rc;
}
