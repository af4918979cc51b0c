#include "recommend/recommender.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "recommend/item_changes.h"
#include "recommend/recommender_private.h"
#include "store/consents.h"
#include "store/events.h"
#include "store/items.h"
#include "store/kinds.h"
#include "store/users.h"

/* Opening. */

static int allocate(struct recommender *self, struct error *err)
{
    const struct model *model = self->core->opened.model;
    uint32_t n = model->n_items;
    self->scores = mem_alloc_aligned(n, sizeof *self->scores);
    self->scratch = mem_alloc_aligned(model->kind->score_scratch(model), 1);
    self->excluded = mem_alloc((size_t)n / 64 + 1, sizeof *self->excluded);
    self->distinct = mem_alloc(n, sizeof *self->distinct);
    self->n_all = self->n_scored = n;
    if (self->scores == NULL || self->scratch == NULL || self->excluded == NULL || self->distinct == NULL)
        return error_nomem(err, "recommend");
    for (uint32_t i = 0; i < n; i++)
        self->distinct[i] = ITEM_NOWHERE;
    if (model_notes(model) > 0) /* without memory: explaining takes longer */
        self->notes = mem_alloc(MODEL_TILE * model_notes(model), sizeof *self->notes);
    return 0;
}

int recommender_read_weights(struct recommender *self, struct error *err)
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
        rc = recommender_read_weights(self, err);
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

static void forget(struct recommender *self)
{
    recommender_shrink(self);
    mem_free(self->weight);
    for (size_t i = 0; i < TITLES; i++)
        mem_free(self->titles[i].text);
    memset(self->titles, 0, sizeof self->titles);
    self->popular_seen = false;
    self->weight = NULL;
    self->n_weight = 0;
}

void recommender_now(struct recommender *self, const struct recommender_moment *moment, struct item_changes *changes)
{
    self->changes = changes;
    if (self->shares && memcmp(&self->moment, moment, sizeof *moment) == 0)
        return;
    forget(self);
    self->moment = *moment;
    self->shares = true;
}

void recommender_free(struct recommender *self)
{
    if (self == NULL)
        return;
    forget(self);
    recommender_end_question(self);
    recommender_core_release(self->core);
    mem_free(self->scores);
    mem_free(self->tile);
    mem_free(self->notes);
    mem_free(self->scratch);
    mem_free(self->excluded);
    mem_free(self->masks);
    mem_free(self->masked);
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

double recommender_event_weight(const struct recommender *self, const struct event_row *row)
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
        double weight = recommender_event_weight(self, &rows[i]);
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
        if (place != ITEM_NOWHERE)
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

/* One who does not allow it is nobody. */
static int respect(struct recommender *self, const struct recommender_request *request, int64_t *user,
                   const char **withheld, struct error *err)
{
    bool may;
    if (request->user == NULL)
        return 0;
    int rc = consents_may(self->store, *user, CONSENT_PERSONALISATION, &may, err);
    if (rc != 0 || (may && !request->impersonal))
        return rc;
    *withheld = may ? "Global Privacy Control" : "no consent to personalisation";
    *user = 0;
    return 0;
}

/* The store's events of the request's user, none when nobody is named. */
static int read_history(struct recommender *self, const struct recommender_request *request, int64_t *who,
                        const char **withheld, struct event_row **rows, size_t *n, struct error *err)
{
    int64_t user = 0;
    int rc = 0;
    *rows = NULL;
    *n = 0;
    if (request->user != NULL)
        rc = request->anyone ? users_lookup(self->store, request->user, &user, err)
                             : users_find(self->store, request->user, &user, err);
    if (rc == 0)
        rc = respect(self, request, &user, withheld, err);
    *who = user != 0 ? user : NOBODY;
    return rc != 0 || user == 0 ? rc : events_history(self->store, user, INT64_MIN, request->until > 0 ? request->until : INT64_MAX, 0,
                                                rows, n, err);
}

/* A kind that was made after the weights were read, or after they were forgotten. */
static int see_weights(struct recommender *self, const struct event_row *rows, size_t n, struct error *err)
{
    bool fresh = self->weight != NULL;
    for (size_t i = 0; i < n && fresh; i++)
        fresh = (size_t)rows[i].kind < self->n_weight;
    return fresh ? 0 : recommender_read_weights(self, err);
}

int recommender_past(struct recommender *self, const struct recommender_request *request, struct past *out,
                     struct error *err)
{
    struct event_row *rows;
    size_t n;
    struct past past = {.now = self->core->opened.model->trained_at};
    int rc = read_history(self, request, &past.user, &past.withheld, &rows, &n, err);
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

void recommender_count(const struct past *past, struct slate *out)
{
    if (past->withheld != NULL)
        snprintf(out->withheld, sizeof out->withheld, "%s", past->withheld);
    out->history_events = past->n;
    out->history_items = past->n_items;
    out->unknown_items = past->unknown_items;
}

int recommender_score(struct recommender *self, const struct past *past, struct slate *out, struct error *err)
{
    struct history history = recommender_history(past);
    const struct model *model = self->core->opened.model;
    self->noted = NULL;
    if (past->n == 0) {
        snprintf(out->fallback_model, sizeof out->fallback_model, "popular");
        return recommender_score_popular(self, past->user, out->fallback, err);
    }
    model_score_noting(model, &history, 1, self->scores, model->n_items, self->notes, self->scratch);
    self->noted = self->notes;
    return 0;
}

/* What may be shown. */

/* The place for columns about our items. */
static struct shelf shelf_for(const struct recommender *self)
{
    uint32_t n_new = self->n_all - self->core->opened.model->n_items;
    return (struct shelf){.moment = self->moment,
                          .n_all = self->n_all,
                          .first_new = n_new > 0 ? self->new_item[0] : 0,
                          .last_new = n_new > 0 ? self->new_item[n_new - 1] : 0};
}

static bool shelves_agree(const struct shelf *a, const struct shelf *b)
{
    return a->n_all == b->n_all && a->first_new == b->first_new && a->last_new == b->last_new &&
           memcmp(&a->moment, &b->moment, sizeof a->moment) == 0;
}

/* Those that another thread has begun to read, or ours for it. */
static struct item_columns *share_columns(struct recommender *self, struct item_columns *ours)
{
    struct shelf wanted = shelf_for(self), *shelf = &self->core->shelves[self->extended];
    struct item_columns *former = NULL;
    pthread_mutex_lock(&self->core->lock);
    if (shelf->columns != NULL && shelves_agree(shelf, &wanted)) {
        former = ours;
        ours = item_columns_hold(shelf->columns);
    } else if (ours != NULL) {
        former = shelf->columns;
        *shelf = wanted;
        shelf->columns = item_columns_hold(ours);
    }
    pthread_mutex_unlock(&self->core->lock);
    item_columns_release(former);
    return ours;
}

/* Those of an earlier moment, held, when it is known which n items have changed since; NULL: none. */
static struct item_columns *earlier_columns(struct recommender *self, int64_t items[ITEM_CHANGES], size_t *n)
{
    struct shelf wanted = shelf_for(self);
    struct item_columns *earlier = NULL;
    pthread_mutex_lock(&self->core->lock);
    const struct shelf *shelf = &self->core->shelves[self->extended];
    uint64_t from = shelf->moment.items;
    wanted.moment.items = from;
    if (shelf->columns != NULL && shelves_agree(shelf, &wanted))
        earlier = item_columns_hold(shelf->columns);
    pthread_mutex_unlock(&self->core->lock);
    if (earlier != NULL && (*n = item_changes_between(self->changes, from, self->moment.items, items)) != SIZE_MAX)
        return earlier;
    item_columns_release(earlier);
    return NULL;
}

static int new_columns(struct recommender *self, struct item_columns **out, struct error *err)
{
    int64_t items[ITEM_CHANGES];
    size_t n;
    struct item_columns *earlier = self->shares && self->changes != NULL ? earlier_columns(self, items, &n) : NULL;
    int rc = earlier != NULL ? item_columns_renew(out, earlier, self->store, &self->reader.places, items, n, err)
                             : item_columns_new(out, self->store, err);
    item_columns_release(earlier);
    return rc;
}

static int open_columns(struct recommender *self, struct item_columns **out, struct error *err)
{
    struct item_columns *columns = self->shares ? share_columns(self, NULL) : NULL;
    int rc = columns == NULL ? new_columns(self, &columns, err) : 0;
    if (rc == 0)
        *out = self->shares ? share_columns(self, columns) : columns;
    return rc;
}

int recommender_fields(struct recommender *self, struct filter_schema *out, struct error *err)
{
    if (self->reader.columns == NULL) {
        struct item_places places = {.place = self->core->place, .n_place = self->core->n_place,
                                     .n_items = self->n_all, .identifier = self->core->opened.item_name};
        if (self->extended) {
            places.place = self->place_all;
            places.n_place = self->n_place_all;
            places.identifier = self->name_all;
        }
        self->reader = (struct item_reader){.store = self->store, .places = places};
        int rc = open_columns(self, &self->reader.columns, err);
        if (rc != 0)
            return rc;
    }
    *out = item_reader_schema(&self->reader);
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
    uint32_t sum = 0;
    for (size_t w = 0; w < recommender_words(self); w++)
        sum += (uint32_t)__builtin_popcountll(self->excluded[w]);
    return sum;
}

/* Items that the request does not want. */
static int exclude_named(struct recommender *self, const struct recommender_request *request, uint32_t *n,
                         struct error *err)
{
    for (uint32_t i = 0; i < request->n_exclude; i++) {
        uint32_t place;
        int rc = recommender_lookup(self, request->exclude[i], &place, err);
        if (rc != 0)
            return rc;
        if (place != ITEM_NOWHERE)
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
    size_t words = recommender_words(self);
    mem_free(self->sieve.text);
    self->sieve.text = NULL;
    if (self->sieve.mask == NULL)
        self->sieve.mask = mem_alloc(words, sizeof *self->sieve.mask);
    if (self->sieve.mask == NULL)
        return;
    memset(self->sieve.mask, 0, words * sizeof *self->sieve.mask);
    filter_exclude(filter, self->n_all, self->sieve.mask);
    snprintf(self->sieve.note, sizeof self->sieve.note, "%s", filter_note(filter));
    self->sieve.text = mem_strdup(text);
}

/* Takes out what the filter does not let through. */
static void sift_out(struct recommender *self, const struct filter *filter, const struct recommender_request *request,
                     struct slate *out)
{
    if (filter != NULL && !filter_is_personal(filter))
        remember_sieve(self, filter, request->filter);
    if (recommender_sieve_fits(self, request)) {
        for (size_t w = 0; w < recommender_words(self); w++)
            self->excluded[w] |= self->sieve.mask[w];
        snprintf(out->filter_note, sizeof out->filter_note, "%s", self->sieve.note);
    } else {
        filter_exclude(filter, self->n_all, self->excluded);
        snprintf(out->filter_note, sizeof out->filter_note, "%s", filter_note(filter));
    }
}

int recommender_exclude(struct recommender *self, const struct past *past, const struct recommender_request *request,
                        const struct filter *filter, struct slate *out, struct error *err)
{
    uint32_t of_model = self->core->opened.model->n_items, unwanted = self->show_new ? 0 : self->n_all - of_model;
    uint32_t n = self->n_all, excluded = self->core->n_absent;
    int rc = recommender_find_young(self, request, err);
    if (rc != 0)
        return rc;
    memset(self->excluded, 0, recommender_words(self) * sizeof *self->excluded);
    memcpy(self->excluded, self->core->absent, ((size_t)of_model / 64 + 1) * sizeof *self->excluded);
    for (uint32_t i = of_model; i < n && !self->show_new; i++)
        excluded += exclude(self, i);
    out->catalogue = n - unwanted;
    out->new_items = out->catalogue - of_model;
    for (uint32_t i = 0; self->age != NULL && i < of_model; i++)
        out->new_items += recommender_is_new(self, request, i);
    for (uint32_t i = 0; !request->repeat && i < past->n_items; i++)
        excluded += exclude(self, past->items[i].item);
    for (size_t i = 0; !request->repeat && self->show_new && i < past->n_unknown; i++) {
        uint32_t number = recommender_number(self, past->unknown[i]);
        excluded += number != ITEM_NOWHERE ? exclude(self, number) : 0;
    }
    out->seen = request->repeat ? 0 : past->n_items;
    rc = exclude_named(self, request, &excluded, err);
    if (request->filter != NULL) {
        sift_out(self, filter, request, out);
        uint32_t after = count_excluded(self);
        out->filtered = after - excluded;
        excluded = after;
    }
    out->eligible = n - excluded;
    return rc;
}
