#include "recommend/recommender.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "engine/kinds.h"
#include "recommend/recommender_private.h"
#include "store/events.h"
#include "store/items.h"
#include "store/kinds.h"
#include "store/users.h"
#include "train/user_traits.h"

/* Opening. */

static int allocate(struct recommender *self, struct error *err)
{
    const struct model *model = self->core->opened.model;
    uint32_t n = model->n_items;
    self->scores = mem_alloc_aligned(n, sizeof *self->scores);
    self->scratch = mem_alloc_aligned(model->kind->score_scratch(model), 1);
    self->excluded = mem_alloc((size_t)n / 64 + 1, sizeof *self->excluded);
    self->distinct = mem_alloc(n, sizeof *self->distinct);
    if (self->scores == NULL || self->scratch == NULL || self->excluded == NULL || self->distinct == NULL)
        return error_nomem(err, "recommend");
    for (uint32_t i = 0; i < n; i++)
        self->distinct[i] = ITEM_NOWHERE;
    return 0;
}

static int read_weights(struct recommender *self, struct error *err)
{
    struct kind *kinds;
    size_t n, most = 0;
    int rc = kinds_list(self->store, false, &kinds, &n, err);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < n; i++)
        most = (size_t)kinds[i].kind >= most ? (size_t)kinds[i].kind + 1 : most;
    mem_free(self->weight);
    self->n_weight = most;
    self->weight = mem_zalloc(most, sizeof *self->weight);
    for (size_t i = 0; self->weight != NULL && i < n; i++)
        self->weight[kinds[i].kind] = kinds[i].weight;
    mem_free(kinds);
    return self->weight == NULL ? error_nomem(err, "recommend") : 0;
}

int recommender_new(struct recommender **out, struct recommender_core *core, struct store *store, struct job *job,
                    struct error *err)
{
    struct recommender *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "recommend");
    self->core = recommender_core_hold(core);
    self->store = store;
    self->job = job;
    int rc = allocate(self, err);
    if (rc == 0)
        rc = read_weights(self, err);
    if (rc != 0)
        recommender_free(self);
    else
        *out = self;
    return rc;
}

int recommender_open(struct recommender **out, struct store *store, const struct recommender_options *options,
                     struct error *err)
{
    struct recommender_core *core;
    int rc = recommender_core_open(&core, store, options, err);
    if (rc != 0)
        return rc;
    rc = recommender_new(out, core, store, options->job, err);
    recommender_core_release(core);
    return rc;
}

static void drop_sieve(struct recommender *self)
{
    mem_free(self->sieve.text);
    self->sieve.text = NULL;
}

void recommender_forget(struct recommender *self)
{
    item_columns_free(self->columns);
    for (size_t i = 0; i < BOUND_SETS; i++) {
        bound_rules_free(self->bound[i]);
        self->bound[i] = NULL;
    }
    drop_sieve(self);
    mem_free(self->weight);
    for (size_t i = 0; i < TITLES; i++)
        mem_free(self->titles[i].text);
    memset(self->titles, 0, sizeof self->titles);
    self->columns = NULL;
    self->weight = NULL;
    self->n_weight = 0;
}

void recommender_free(struct recommender *self)
{
    if (self == NULL)
        return;
    recommender_forget(self);
    recommender_core_release(self->core);
    mem_free(self->scores);
    mem_free(self->tile);
    mem_free(self->scratch);
    mem_free(self->excluded);
    mem_free(self->masks);
    mem_free(self->masked);
    mem_free(self->sieve.mask);
    mem_free(self->distinct);
    mem_free(self->row);
    mem_free(self);
}

const struct model_record *recommender_record(const struct recommender *self)
{
    return &self->core->opened.record;
}

const char *recommender_choice(const struct recommender *self)
{
    return self->core->choice;
}

/* The history. */

static double event_weight(const struct recommender *self, const struct event_row *row)
{
    return (size_t)row->kind < self->n_weight ? self->weight[row->kind] : 0;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static void take_event(struct recommender *self, struct past *past, uint32_t item, int64_t time, double weight)
{
    uint32_t *which = &self->distinct[item];
    if (*which == ITEM_NOWHERE) {
        *which = past->n_items;
        past->items[past->n_items++] = (struct past_item){.item = item};
    }
    past->items[*which].events++;
    past->items[*which].last = time;
    past->item[past->n] = item;
    past->time[past->n] = (uint32_t)(time / 1000);
    past->weight[past->n] = (float)weight;
    past->which[past->n++] = *which;
}

/* Room for n events. */
static int past_alloc(struct past *past, size_t n, struct error *err)
{
    if (n > UINT32_MAX)
        return error_set(err, E_BAD_DATA, "the history", "has more events than can be scored");
    past->item = mem_alloc(n, sizeof *past->item);
    past->time = mem_alloc(n, sizeof *past->time);
    past->which = mem_alloc(n, sizeof *past->which);
    past->weight = mem_alloc(n, sizeof *past->weight);
    past->items = mem_alloc(n, sizeof *past->items);
    past->unknown = mem_alloc(n, sizeof *past->unknown);
    if (past->item == NULL || past->time == NULL || past->which == NULL || past->weight == NULL ||
        past->items == NULL || past->unknown == NULL)
        return error_nomem(err, "recommend");
    return 0;
}

/* As training sees events (train/data.c): kinds of weight 0 and times outside 1970 .. 2106 teach nothing. */
static void take_stored(struct recommender *self, struct past *past, const struct event_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double weight = event_weight(self, &rows[i]);
        if (weight <= 0 || rows[i].time < 0 || rows[i].time / 1000 > UINT32_MAX)
            continue;
        uint32_t item = recommender_place(self->core, rows[i].item), time = (uint32_t)(rows[i].time / 1000);
        if (item == ITEM_NOWHERE)
            past->unknown[past->n_unknown++] = rows[i].item;
        else
            take_event(self, past, item, rows[i].time, weight);
        past->now = time > past->now ? time : past->now;
    }
}

/* What the store does not know yet is the newest: it happens now. */
static int take_recent(struct recommender *self, struct past *past, const struct recommender_request *request,
                       struct error *err)
{
    for (uint32_t i = 0; i < request->n_recent; i++) {
        int64_t item;
        int rc = items_lookup(self->store, request->recent[i].item, &item, err);
        if (rc != 0)
            return rc;
        uint32_t place = recommender_place(self->core, item);
        if (item != 0 && place != ITEM_NOWHERE)
            take_event(self, past, place, (int64_t)past->now * 1000, request->recent[i].weight);
        else
            past->unknown[past->n_unknown++] = item != 0 ? item : -1 - (int64_t)i;
    }
    return 0;
}

static void count_unknown(struct past *past)
{
    qsort(past->unknown, past->n_unknown, sizeof *past->unknown, by_number);
    for (size_t i = 0; i < past->n_unknown; i++)
        past->unknown_items += i == 0 || past->unknown[i] != past->unknown[i - 1];
}

/* The store's events of the request's user, none when nobody is named. */
static int read_history(struct recommender *self, const struct recommender_request *request, int64_t *who,
                        struct event_row **rows, size_t *n, struct error *err)
{
    int64_t user = 0;
    int rc = 0;
    *rows = NULL;
    *n = 0;
    if (request->user != NULL)
        rc = request->anyone ? users_lookup(self->store, request->user, &user, err)
                             : users_find(self->store, request->user, &user, err);
    *who = user != 0 ? user : NOBODY;
    return rc != 0 || user == 0 ? rc : events_history(self->store, user, INT64_MIN, INT64_MAX, 0, rows, n, err);
}

/* A kind that was made after the weights were read, or after they were forgotten. */
static int see_weights(struct recommender *self, const struct event_row *rows, size_t n, struct error *err)
{
    bool fresh = self->weight != NULL;
    for (size_t i = 0; i < n && fresh; i++)
        fresh = (size_t)rows[i].kind < self->n_weight;
    return fresh ? 0 : read_weights(self, err);
}

int recommender_past(struct recommender *self, const struct recommender_request *request, struct past *out,
                     struct error *err)
{
    struct event_row *rows;
    size_t n;
    struct past past = {.now = self->core->opened.model->trained_at};
    int rc = read_history(self, request, &past.user, &rows, &n, err);
    if (rc == 0)
        rc = see_weights(self, rows, n, err);
    if (rc == 0)
        rc = past_alloc(&past, n + request->n_recent, err);
    if (rc == 0) {
        take_stored(self, &past, rows, n);
        rc = take_recent(self, &past, request, err);
        count_unknown(&past);
        for (uint32_t i = 0; i < past.n_items; i++)
            self->distinct[past.items[i].item] = ITEM_NOWHERE;
    }
    mem_free(rows);
    if (rc != 0)
        recommender_past_release(&past);
    else
        *out = past;
    return rc;
}

void recommender_past_release(struct past *self)
{
    mem_free(self->item);
    mem_free(self->time);
    mem_free(self->which);
    mem_free(self->weight);
    mem_free(self->items);
    mem_free(self->unknown);
    *self = (struct past){0};
}

struct history recommender_history(const struct past *past)
{
    return (struct history){
        .n = past->n, .item = past->item, .time = past->time, .weight = past->weight, .now = past->now};
}

/* What is popular, for people without a history. */

struct tally {
    struct recommender *self;
    double *sum;
    uint64_t seen;
};

static int count_event(void *context, const struct event_row *row)
{
    struct tally *c = context;
    if ((++c->seen & 0xffff) == 0 && job_step(c->self->job, "counting events", (double)c->seen, 0, "events"))
        return E_CANCELLED;
    uint32_t item = recommender_place(c->self->core, row->item);
    if (item == ITEM_NOWHERE)
        return 0;
    double days = (double)(row->time / 1000 - (int64_t)c->self->core->opened.model->trained_at) / 86400;
    double recent = exp2((days > 3650 ? 3650 : days) / MODELS_POPULAR_DAYS);
    c->sum[item] += event_weight(c->self, row) * recent;
    return 0;
}

static int count_popular(struct recommender *self, struct error *err)
{
    uint32_t n = self->core->opened.model->n_items;
    struct tally c = {.self = self, .sum = mem_zalloc(n, sizeof *c.sum)};
    if (c.sum == NULL)
        return error_nomem(err, "recommend");
    int rc = events_each(self->store, INT64_MIN, INT64_MAX, count_event, &c, err);
    double most = 0;
    for (uint32_t i = 0; i < n; i++)
        most = c.sum[i] > most ? c.sum[i] : most;
    for (uint32_t i = 0; i < n; i++)
        self->scores[i] = most > 0 ? (float)(c.sum[i] / most) : 0;
    mem_free(c.sum);
    return rc == E_CANCELLED ? job_error_cancelled(err, "recommend") : rc;
}

/* The scores of another model, for the items that both know. */
static int borrow_scores(struct recommender *self, const struct model_record *record, struct error *err)
{
    struct opened_model other;
    int rc = models_open(&other, self->store, record, self->job, err);
    if (rc != 0)
        return rc;
    const struct history nobody = {.now = other.model->trained_at};
    float *scores = mem_alloc_aligned(other.model->n_items, sizeof *scores);
    void *scratch = mem_alloc_aligned(other.model->kind->score_scratch(other.model), 1);
    if (scores != NULL && scratch != NULL) {
        model_score_one(other.model, &nobody, scores, scratch);
        memset(self->scores, 0, self->core->opened.model->n_items * sizeof *self->scores);
        for (uint32_t i = 0; i < other.model->n_items; i++) {
            uint32_t item = other.item[i] != 0 ? recommender_place(self->core, other.item[i]) : ITEM_NOWHERE;
            if (item != ITEM_NOWHERE)
                self->scores[item] = scores[i];
        }
    } else {
        rc = error_nomem(err, "recommend");
    }
    mem_free(scores);
    mem_free(scratch);
    models_close(&other);
    return rc;
}

bool recommender_is_popular(const struct model_kind *kind)
{
    return kind == &popular_kind || kind == &popular_segment_kind;
}

/* Keeps the model that tells people apart by what is known of them beside events. */
static int keep_segment(struct recommender *self, const struct model_record *record, struct error *err)
{
    struct recommender_core *core = self->core;
    struct opened_model opened;
    int rc = models_open(&opened, self->store, record, self->job, err);
    if (rc != 0)
        return rc;
    uint32_t n = opened.model->n_items, *place = mem_alloc(n, sizeof *place);
    if (place == NULL) {
        models_close(&opened);
        return error_nomem(err, "recommend");
    }
    for (uint32_t i = 0; i < n; i++)
        place[i] = opened.item[i] != 0 ? recommender_place(core, opened.item[i]) : ITEM_NOWHERE;
    core->segment = opened;
    core->segment_place = place;
    return 0;
}

/* Items that the segment's model does not know come last. */
static int score_segment(struct recommender *self, int64_t user, struct error *err)
{
    const struct recommender_core *core = self->core;
    const struct model *model = core->segment.model;
    struct item_text known = {0};
    float *scores = mem_alloc_aligned(model->n_items, sizeof *scores);
    void *scratch = mem_alloc_aligned(1, model->kind->score_scratch(model));
    uint64_t *trait = NULL;
    int rc = scores == NULL || scratch == NULL ? error_nomem(err, "recommend") : 0;
    if (rc == 0 && user != NOBODY)
        rc = user_traits_read(&known, self->store, user, err);
    if (rc == 0 && (trait = mem_alloc(known.n, sizeof *trait)) == NULL)
        rc = error_nomem(err, "recommend");
    if (rc == 0) {
        for (size_t t = 0; t < known.n; t++)
            trait[t] = known.terms[t].key;
        const struct history nobody = {.now = model->trained_at, .n_traits = (uint32_t)known.n, .trait = trait};
        model_score_one(model, &nobody, scores, scratch);
        float lowest = 0;
        for (uint32_t i = 0; i < model->n_items; i++)
            lowest = i == 0 || scores[i] < lowest ? scores[i] : lowest;
        for (uint32_t i = 0; i < core->opened.model->n_items; i++)
            self->scores[i] = lowest;
        for (uint32_t i = 0; i < model->n_items; i++)
            if (core->segment_place[i] != ITEM_NOWHERE)
                self->scores[core->segment_place[i]] = scores[i];
    }
    item_text_release(&known);
    mem_free(trait);
    mem_free(scores);
    mem_free(scratch);
    return rc;
}

/* Into self->scores (or the model of segments into the core), and how they came about into the core's label. */
static int find_popular(struct recommender *self, struct error *err)
{
    struct model_record record;
    bool found = false;
    char *label = self->core->popular_label;
    size_t size = sizeof self->core->popular_label;
    int rc = recommender_newest(self->store, recommender_is_popular, &record, &found, err);
    if (rc != 0)
        return rc;
    if (!found && self->core->opened.popular != NULL) {
        snprintf(label, size, "popularity, counted when the model was trained, half-life %d days",
                 MODELS_POPULAR_DAYS);
        memcpy(self->scores, self->core->opened.popular, self->core->opened.model->n_items * sizeof *self->scores);
        return 0;
    }
    if (!found) {
        snprintf(label, size, "popularity, counted over all events, half-life %d days", MODELS_POPULAR_DAYS);
        return count_popular(self, err);
    }
    snprintf(label, size, "popularity, by %s@%lld", record.name, (long long)record.version);
    if (model_kind_find(record.kind) == &popular_segment_kind)
        rc = keep_segment(self, &record, err);
    else
        rc = borrow_scores(self, &record, err);
    model_record_release(&record);
    return rc;
}

/* What answers is found once for each core; `user` may be NOBODY. */
static int score_popular(struct recommender *self, int64_t user, char label[160], struct error *err)
{
    struct recommender_core *core = self->core;
    size_t bytes = (size_t)core->opened.model->n_items * sizeof *self->scores;
    int rc = 0;
    pthread_mutex_lock(&core->lock);
    if (core->popular != NULL) {
        memcpy(self->scores, core->popular, bytes);
    } else if (core->segment.model == NULL) {
        rc = self->weight == NULL ? read_weights(self, err) : 0;
        rc = rc == 0 ? find_popular(self, err) : rc;
        if (core->segment.model == NULL)
            core->popular =
                rc == 0 ? mem_dup(self->scores, bytes) : NULL; /* without memory: found again the next time */
    }
    snprintf(label, 160, "%s", core->popular_label);
    bool segment = core->segment.model != NULL;
    pthread_mutex_unlock(&core->lock);
    return rc == 0 && segment ? score_segment(self, user, err) : rc;
}

int recommender_core_warm(struct recommender_core *core, struct store *store, struct job *job, struct error *err)
{
    struct recommender *self;
    char label[160];
    int rc = recommender_new(&self, core, store, job, err);
    if (rc == 0) {
        rc = score_popular(self, NOBODY, label, err);
        recommender_free(self);
    }
    return rc;
}

void recommender_count(const struct past *past, struct slate *out)
{
    out->history_events = past->n;
    out->history_items = past->n_items;
    out->unknown_items = past->unknown_items;
}

int recommender_score(struct recommender *self, const struct past *past, struct slate *out, struct error *err)
{
    struct history history = recommender_history(past);
    recommender_count(past, out);
    if (past->n == 0)
        return score_popular(self, past->user, out->fallback, err);
    model_score_one(self->core->opened.model, &history, self->scores, self->scratch);
    return 0;
}

/* What may be shown. */

int recommender_fields(struct recommender *self, struct filter_schema *out, struct error *err)
{
    if (self->columns == NULL) {
        struct item_places places = {.place = self->core->place,
                                     .n_place = self->core->n_place,
                                     .n_items = self->core->opened.model->n_items,
                                     .identifier = self->core->opened.item_name};
        int rc = item_columns_new(&self->columns, self->store, &places, err);
        if (rc != 0)
            return rc;
    }
    *out = item_columns_schema(self->columns);
    return 0;
}

static int bind(struct recommender *self, int64_t user, struct recommender_filter *out, struct error *err)
{
    struct filter_schema schema;
    int rc = recommender_fields(self, &schema, err);
    if (rc == 0 && user != 0) {
        rc = person_columns_new(&out->person, self->store, user, schema, err);
        if (rc == 0)
            schema = person_columns_schema(out->person);
    }
    return rc != 0 ? rc : filter_bind(out->filter, &schema, err);
}

int recommender_filter(struct recommender *self, const char *text, int64_t user, struct recommender_filter *out,
                       struct error *err)
{
    struct recommender_filter filter = {0};
    *out = filter;
    if (text == NULL)
        return 0;
    int rc = filter_parse(&filter.filter, text, strlen(text), err);
    if (rc == 0)
        rc = bind(self, user, &filter, err);
    if (rc != 0)
        recommender_filter_release(&filter);
    else
        *out = filter;
    return rc;
}

void recommender_filter_release(struct recommender_filter *self)
{
    filter_free(self->filter);
    person_columns_free(self->person);
    *self = (struct recommender_filter){0};
}

/* 1: it was not excluded before. */
static uint32_t exclude(struct recommender *self, uint32_t place)
{
    uint64_t *word = &self->excluded[place / 64], bit = UINT64_C(1) << place % 64;
    uint32_t fresh = (*word & bit) == 0;
    *word |= bit;
    return fresh;
}

static uint32_t count_excluded(const struct recommender *self)
{
    uint32_t sum = 0, words = (self->core->opened.model->n_items + 63) / 64;
    for (uint32_t w = 0; w < words; w++)
        sum += (uint32_t)__builtin_popcountll(self->excluded[w]);
    return sum;
}

/* Items that the request does not want. */
static int exclude_named(struct recommender *self, const struct recommender_request *request, uint32_t *n,
                         struct error *err)
{
    for (uint32_t i = 0; i < request->n_exclude; i++) {
        int64_t item;
        int rc = items_lookup(self->store, request->exclude[i], &item, err);
        if (rc != 0)
            return rc;
        uint32_t place = recommender_place(self->core, item);
        if (item != 0 && place != ITEM_NOWHERE)
            *n += exclude(self, place);
    }
    return 0;
}

bool recommender_sieve_fits(const struct recommender *self, const struct recommender_request *request)
{
    return self->sieve.text != NULL && request->filter != NULL && strcmp(self->sieve.text, request->filter) == 0;
}

/* Out of memory: then it is not remembered. */
static void remember_sieve(struct recommender *self, const struct filter *filter, const char *text)
{
    uint32_t n = self->core->opened.model->n_items;
    size_t words = (size_t)n / 64 + 1;
    drop_sieve(self);
    if (self->sieve.mask == NULL)
        self->sieve.mask = mem_alloc(words, sizeof *self->sieve.mask);
    if (self->sieve.mask == NULL)
        return;
    memset(self->sieve.mask, 0, words * sizeof *self->sieve.mask);
    filter_exclude(filter, n, self->sieve.mask);
    snprintf(self->sieve.note, sizeof self->sieve.note, "%s", filter_note(filter));
    self->sieve.text = mem_strdup(text);
}

/* Takes out what the filter does not let through. */
static void sift_out(struct recommender *self, const struct filter *filter, const struct recommender_request *request,
                     struct slate *out)
{
    uint32_t n = self->core->opened.model->n_items;
    if (filter != NULL && !filter_is_personal(filter))
        remember_sieve(self, filter, request->filter);
    if (recommender_sieve_fits(self, request)) {
        for (size_t w = 0; w < (size_t)n / 64 + 1; w++)
            self->excluded[w] |= self->sieve.mask[w];
        snprintf(out->filter_note, sizeof out->filter_note, "%s", self->sieve.note);
    } else {
        filter_exclude(filter, n, self->excluded);
        snprintf(out->filter_note, sizeof out->filter_note, "%s", filter_note(filter));
    }
}

int recommender_exclude(struct recommender *self, const struct past *past, const struct recommender_request *request,
                        const struct filter *filter, struct slate *out, struct error *err)
{
    uint32_t n = self->core->opened.model->n_items, excluded = self->core->n_absent;
    memcpy(self->excluded, self->core->absent, ((size_t)n / 64 + 1) * sizeof *self->excluded);
    out->catalogue = n;
    for (uint32_t i = 0; !request->repeat && i < past->n_items; i++)
        excluded += exclude(self, past->items[i].item);
    out->seen = request->repeat ? 0 : past->n_items;
    int rc = exclude_named(self, request, &excluded, err);
    if (request->filter != NULL) {
        sift_out(self, filter, request, out);
        uint32_t after = count_excluded(self);
        out->filtered = after - excluded;
        excluded = after;
    }
    out->eligible = n - excluded;
    return rc;
}
