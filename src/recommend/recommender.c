#include "recommend/recommender.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "recommend/recommender_private.h"
#include "store/events.h"
#include "store/kinds.h"

/* Which model. */

struct search {
    bool (*fits)(const struct model_kind *kind);
    char spec[REGISTRY_NAME_MAX + 24];
};

static int take_first_fitting(void *context, const struct model_record *record)
{
    struct search *s = context;
    const struct model_kind *kind = model_kind_find(record->kind);
    if (kind == NULL || strcmp(record->stage, "archived") == 0 || !s->fits(kind))
        return 0;
    snprintf(s->spec, sizeof s->spec, "%s@%lld", record->name, (long long)record->version);
    return 1;
}

/* The newest model whose kind fits; *found false when there is none. */
static int newest_fitting(struct store *store, bool (*fits)(const struct model_kind *kind), struct model_record *out,
                          bool *found, struct error *err)
{
    struct search s = {.fits = fits};
    int rc = registry_each(store, take_first_fitting, &s, err);
    *found = false;
    if (rc < 0 || s.spec[0] == '\0')
        return rc < 0 ? rc : 0;
    rc = registry_find(store, s.spec, out, err);
    *found = rc == 0;
    return rc;
}

static bool knows_similar(const struct model_kind *kind)
{
    return kind->similar != NULL;
}

static bool is_popular(const struct model_kind *kind)
{
    return strcmp(kind->name, "popular") == 0;
}

static int choose(struct recommender *self, const struct recommender_options *o, struct model_record *out,
                  struct error *err)
{
    int rc;
    if (o->model != NULL) {
        snprintf(self->choice, sizeof self->choice, "asked for");
        return registry_find(self->store, o->model, out, err);
    }
    if (o->setting != NULL && o->setting[0] != '\0') {
        snprintf(self->choice, sizeof self->choice, "by the setting recommend.model");
        rc = registry_find(self->store, o->setting, out, err);
        if (rc == E_NOT_FOUND)
            error_hint(err, rc, "the setting recommend.model of this workspace names it; change reckon.toml, or give "
                                "--model");
        return rc;
    }
    snprintf(self->choice, sizeof self->choice, "in production");
    rc = registry_production(self->store, out, err);
    if (rc != E_NOT_FOUND)
        return rc;
    snprintf(self->choice, sizeof self->choice, "the newest; none is in production");
    return registry_newest(self->store, out, err);
}

/* As choose, but one that can tell which items are alike, when there is one and none was asked for. */
static int choose_similar(struct recommender *self, const struct recommender_options *o, struct model_record *out,
                          struct error *err)
{
    int rc = choose(self, o, out, err);
    if (rc != 0)
        return rc;
    const struct model_kind *kind = model_kind_find(out->kind);
    if (kind == NULL || kind->similar != NULL) /* a kind that is unknown here fails when it is loaded */
        return 0;
    bool found = false;
    struct model_record other;
    if (o->model == NULL)
        rc = newest_fitting(self->store, knows_similar, &other, &found, err);
    if (rc == 0 && !found) {
        error_set(err, E_USAGE, out->name, "a model of the kind %s cannot tell which items are alike", kind->name);
        rc = error_hint(err, E_USAGE, "`reckon train knn` trains one that can; then give --model knn");
    }
    model_record_release(out);
    if (rc == 0) {
        *out = other;
        snprintf(self->choice, sizeof self->choice, "the newest that can tell which items are alike");
    }
    return rc;
}

/* Opening. */

static int index_items(struct recommender *self, struct error *err)
{
    uint32_t n = self->opened.model->n_items;
    for (uint32_t i = 0; i < n; i++)
        if ((size_t)self->opened.item[i] >= self->n_place)
            self->n_place = (size_t)self->opened.item[i] + 1;
    self->place = mem_alloc(self->n_place, sizeof *self->place);
    self->scores = mem_alloc_aligned(n, sizeof *self->scores);
    self->scratch = mem_alloc_aligned(self->opened.model->kind->score_scratch(self->opened.model), 1);
    self->excluded = mem_alloc((size_t)n / 64 + 1, sizeof *self->excluded);
    self->distinct = mem_alloc(n, sizeof *self->distinct);
    if (self->place == NULL || self->scores == NULL || self->scratch == NULL || self->excluded == NULL ||
        self->distinct == NULL)
        return error_nomem(err, "recommend");
    for (size_t i = 0; i < self->n_place; i++)
        self->place[i] = ITEM_NOWHERE;
    for (uint32_t i = 0; i < n; i++) {
        self->distinct[i] = ITEM_NOWHERE;
        if (self->opened.item[i] != 0)
            self->place[self->opened.item[i]] = i;
    }
    return 0;
}

static int read_weights(struct recommender *self, struct error *err)
{
    struct kind *kinds;
    size_t n;
    int rc = kinds_list(self->store, false, &kinds, &n, err);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < n; i++)
        self->n_weight = (size_t)kinds[i].kind >= self->n_weight ? (size_t)kinds[i].kind + 1 : self->n_weight;
    self->weight = mem_zalloc(self->n_weight, sizeof *self->weight);
    for (size_t i = 0; self->weight != NULL && i < n; i++)
        self->weight[kinds[i].kind] = kinds[i].weight;
    mem_free(kinds);
    return self->weight == NULL ? error_nomem(err, "recommend") : 0;
}

int recommender_open(struct recommender **out, struct store *store, const struct recommender_options *options,
                     struct error *err)
{
    struct recommender *self = mem_zalloc(1, sizeof *self);
    struct model_record record;
    if (self == NULL)
        return error_nomem(err, "recommend");
    self->store = store;
    self->job = options->job;
    int rc = options->similar ? choose_similar(self, options, &record, err) : choose(self, options, &record, err);
    if (rc == 0) {
        rc = models_open(&self->opened, store, &record, options->job, err);
        model_record_release(&record);
    }
    if (rc == 0)
        rc = index_items(self, err);
    if (rc == 0)
        rc = read_weights(self, err);
    if (rc != 0) {
        recommender_free(self);
        return rc;
    }
    *out = self;
    return 0;
}

void recommender_free(struct recommender *self)
{
    if (self == NULL)
        return;
    item_columns_free(self->columns);
    models_close(&self->opened);
    mem_free(self->place);
    mem_free(self->weight);
    mem_free(self->scores);
    mem_free(self->scratch);
    mem_free(self->excluded);
    mem_free(self->distinct);
    mem_free(self);
}

const struct model_record *recommender_record(const struct recommender *self)
{
    return &self->opened.record;
}

const char *recommender_choice(const struct recommender *self)
{
    return self->choice;
}

/* The history. */

static uint32_t place_of(const struct recommender *self, int64_t item)
{
    return item >= 0 && (size_t)item < self->n_place ? self->place[item] : ITEM_NOWHERE;
}

static double event_weight(const struct recommender *self, const struct event_row *row)
{
    return (size_t)row->kind < self->n_weight ? self->weight[row->kind] : 0;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static void take_event(struct recommender *self, struct past *past, const struct event_row *row)
{
    uint32_t item = self->place[row->item], *which = &self->distinct[item];
    if (*which == ITEM_NOWHERE) {
        *which = past->n_items;
        past->items[past->n_items++] = (struct past_item){.item = item};
    }
    past->items[*which].events++;
    past->items[*which].last = row->time;
    past->item[past->n] = item;
    past->time[past->n] = (uint32_t)(row->time / 1000);
    past->weight[past->n] = (float)event_weight(self, row);
    past->which[past->n++] = *which;
}

/* As training sees events (train/data.c): kinds of weight 0 and times outside 1970 .. 2106 teach nothing. */
static int take_events(struct recommender *self, struct past *past, struct event_row *rows, size_t n, struct error *err)
{
    if (n > UINT32_MAX)
        return error_set(err, E_BAD_DATA, "the history", "has more events than can be scored");
    past->item = mem_alloc(n, sizeof *past->item);
    past->time = mem_alloc(n, sizeof *past->time);
    past->which = mem_alloc(n, sizeof *past->which);
    past->weight = mem_alloc(n, sizeof *past->weight);
    past->items = mem_alloc(n, sizeof *past->items);
    int64_t *unknown = mem_alloc(n, sizeof *unknown);
    if (past->item == NULL || past->time == NULL || past->which == NULL || past->weight == NULL ||
        past->items == NULL || unknown == NULL) {
        mem_free(unknown);
        return error_nomem(err, "recommend");
    }
    size_t n_unknown = 0;
    for (size_t i = 0; i < n; i++) {
        if (event_weight(self, &rows[i]) <= 0 || rows[i].time < 0 || rows[i].time / 1000 > UINT32_MAX)
            continue;
        if (place_of(self, rows[i].item) == ITEM_NOWHERE)
            unknown[n_unknown++] = rows[i].item;
        else
            take_event(self, past, &rows[i]);
        past->now = (uint32_t)(rows[i].time / 1000) > past->now ? (uint32_t)(rows[i].time / 1000) : past->now;
    }
    qsort(unknown, n_unknown, sizeof *unknown, by_number);
    for (size_t i = 0; i < n_unknown; i++)
        past->unknown_items += i == 0 || unknown[i] != unknown[i - 1];
    mem_free(unknown);
    for (uint32_t i = 0; i < past->n_items; i++)
        self->distinct[past->items[i].item] = ITEM_NOWHERE;
    return 0;
}

int recommender_past(struct recommender *self, int64_t user, struct past *out, struct error *err)
{
    struct event_row *rows;
    size_t n;
    struct past past = {.now = self->opened.model->trained_at};
    int rc = events_history(self->store, user, INT64_MIN, INT64_MAX, 0, &rows, &n, err);
    if (rc != 0)
        return rc;
    rc = take_events(self, &past, rows, n, err);
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
    *self = (struct past){0};
}

struct history recommender_history(const struct past *past)
{
    return (struct history){
        .n = past->n, .item = past->item, .time = past->time, .weight = past->weight, .now = past->now};
}

/* What is popular, for people without a history. */

enum { POPULAR_HALF_LIFE_DAYS = 30 };

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
    uint32_t item = place_of(c->self, row->item);
    if (item == ITEM_NOWHERE)
        return 0;
    double days = (double)(row->time / 1000 - (int64_t)c->self->opened.model->trained_at) / 86400;
    double recent = exp2((days > 3650 ? 3650 : days) / POPULAR_HALF_LIFE_DAYS);
    c->sum[item] += event_weight(c->self, row) * recent;
    return 0;
}

static int count_popular(struct recommender *self, struct error *err)
{
    uint32_t n = self->opened.model->n_items;
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
        memset(self->scores, 0, self->opened.model->n_items * sizeof *self->scores);
        for (uint32_t i = 0; i < other.model->n_items; i++) {
            uint32_t item = other.item[i] != 0 ? place_of(self, other.item[i]) : ITEM_NOWHERE;
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

static int score_popular(struct recommender *self, char label[160], struct error *err)
{
    struct model_record record;
    bool found = false;
    int rc = newest_fitting(self->store, is_popular, &record, &found, err);
    if (rc != 0)
        return rc;
    if (!found) {
        snprintf(label, 160, "popularity, counted over all events, half-life %d days", POPULAR_HALF_LIFE_DAYS);
        return count_popular(self, err);
    }
    snprintf(label, 160, "popularity, by %s@%lld", record.name, (long long)record.version);
    rc = borrow_scores(self, &record, err);
    model_record_release(&record);
    return rc;
}

int recommender_score(struct recommender *self, const struct past *past, struct slate *out, struct error *err)
{
    struct history history = recommender_history(past);
    out->history_events = past->n;
    out->history_items = past->n_items;
    out->unknown_items = past->unknown_items;
    if (past->n == 0)
        return score_popular(self, out->fallback, err);
    model_score_one(self->opened.model, &history, self->scores, self->scratch);
    return 0;
}

/* What may be shown. */

static int bind(struct recommender *self, int64_t user, struct recommender_filter *out, struct error *err)
{
    int rc = 0;
    if (self->columns == NULL) {
        struct item_places places = {.place = self->place, .n_place = self->n_place,
                                     .n_items = self->opened.model->n_items, .identifier = self->opened.item_name};
        rc = item_columns_new(&self->columns, self->store, &places, err);
    }
    if (rc != 0)
        return rc;
    struct filter_schema schema = item_columns_schema(self->columns);
    if (user != 0) {
        rc = person_columns_new(&out->person, self->store, user, schema, err);
        if (rc != 0)
            return rc;
        schema = person_columns_schema(out->person);
    }
    return filter_bind(out->filter, &schema, err);
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

static uint32_t count_excluded(const struct recommender *self)
{
    uint32_t sum = 0, words = (self->opened.model->n_items + 63) / 64;
    for (uint32_t w = 0; w < words; w++)
        sum += (uint32_t)__builtin_popcountll(self->excluded[w]);
    return sum;
}

void recommender_exclude(struct recommender *self, const struct past *past, bool repeat, const struct filter *filter,
                         struct slate *out)
{
    uint32_t n = self->opened.model->n_items;
    memset(self->excluded, 0, ((size_t)n / 64 + 1) * sizeof *self->excluded);
    for (uint32_t i = 0; i < n; i++) /* of a model that was imported: items that this shop does not have */
        if (self->opened.item[i] == 0)
            self->excluded[i / 64] |= UINT64_C(1) << i % 64;
    out->catalogue = n;
    for (uint32_t i = 0; !repeat && i < past->n_items; i++)
        self->excluded[past->items[i].item / 64] |= UINT64_C(1) << past->items[i].item % 64;
    out->seen = repeat ? 0 : past->n_items;
    uint32_t before = count_excluded(self);
    if (filter != NULL) {
        filter_exclude(filter, n, self->excluded);
        snprintf(out->filter_note, sizeof out->filter_note, "%s", filter_note(filter));
    }
    uint32_t after = count_excluded(self);
    out->filtered = after - before;
    out->eligible = n - after;
}
