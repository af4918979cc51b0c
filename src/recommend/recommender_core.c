#include "recommend/recommender.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "engine/kinds.h"
#include "recommend/recommender_private.h"

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

int recommender_newest(struct store *store, bool (*fits)(const struct model_kind *kind), struct model_record *out,
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

static bool places_items(const struct model_kind *kind)
{
    return kind == &content_kind;
}

static bool knows_similar(const struct model_kind *kind)
{
    return kind->similar != NULL;
}

static int choose_any(struct store *store, const struct recommender_options *o, struct model_record *out,
                      char choice[CHOICE_MAX], struct error *err)
{
    int rc;
    if (o->model != NULL) {
        snprintf(choice, CHOICE_MAX, "asked for");
        return registry_find(store, o->model, out, err);
    }
    if (o->setting != NULL && o->setting[0] != '\0') {
        snprintf(choice, CHOICE_MAX, "by the setting recommend.model");
        rc = registry_find(store, o->setting, out, err);
        if (rc == E_NOT_FOUND)
            error_hint(err, rc, "the setting recommend.model of this workspace names it; change reckon.toml, or give "
                                "--model");
        return rc;
    }
    snprintf(choice, CHOICE_MAX, "in production");
    rc = registry_production(store, out, err);
    if (rc != E_NOT_FOUND)
        return rc;
    snprintf(choice, CHOICE_MAX, "the newest; none is in production");
    return registry_newest(store, out, err);
}

int recommender_cannot_tell(const char *model, const struct model_kind *kind, struct error *err)
{
    error_set(err, E_USAGE, model, "a model of the kind %s cannot tell which items are alike", kind->name);
    return error_hint(err, E_USAGE, "`reckon train knn` trains one that can; then give --model knn");
}

bool recommender_core_tells_similar(const struct recommender_core *self)
{
    return self->opened.model->kind->similar != NULL;
}

/* As choose_any, but one that can tell which items are alike, when there is one and none was asked for. */
static int choose_similar(struct store *store, const struct recommender_options *o, struct model_record *out,
                          char choice[CHOICE_MAX], struct error *err)
{
    int rc = choose_any(store, o, out, choice, err);
    if (rc != 0)
        return rc;
    const struct model_kind *kind = model_kind_find(out->kind);
    if (kind == NULL || kind->similar != NULL) /* a kind that is unknown here fails when it is loaded */
        return 0;
    bool found = false;
    struct model_record other;
    if (o->model == NULL)
        rc = recommender_newest(store, knows_similar, &other, &found, err);
    if (rc == 0 && !found)
        rc = recommender_cannot_tell(out->name, kind, err);
    model_record_release(out);
    if (rc == 0) {
        *out = other;
        snprintf(choice, CHOICE_MAX, "the newest that can tell which items are alike");
    }
    return rc;
}

int recommender_choose_why(struct store *store, const struct recommender_options *options, struct model_record *out,
                           char choice[CHOICE_MAX], struct error *err)
{
    return options->similar ? choose_similar(store, options, out, choice, err)
                            : choose_any(store, options, out, choice, err);
}

int recommender_choose(struct store *store, const struct recommender_options *options, struct model_record *out,
                       struct error *err)
{
    char choice[CHOICE_MAX];
    return recommender_choose_why(store, options, out, choice, err);
}

/* The core. */

static int index_items(struct recommender_core *self, struct error *err)
{
    uint32_t n = self->opened.model->n_items;
    for (uint32_t i = 0; i < n; i++)
        if ((size_t)self->opened.item[i] >= self->n_place)
            self->n_place = (size_t)self->opened.item[i] + 1;
    self->place = mem_alloc(self->n_place, sizeof *self->place);
    self->absent = mem_zalloc((size_t)n / 64 + 1, sizeof *self->absent);
    if (self->place == NULL || self->absent == NULL)
        return error_nomem(err, "recommend");
    for (size_t i = 0; i < self->n_place; i++)
        self->place[i] = ITEM_NOWHERE;
    for (uint32_t i = 0; i < n; i++) {
        if (self->opened.item[i] != 0) {
            self->place[self->opened.item[i]] = i;
        } else { /* of a model that was imported */
            self->absent[i / 64] |= UINT64_C(1) << i % 64;
            self->n_absent++;
        }
    }
    return 0;
}

int recommender_core_open(struct recommender_core **out, struct store *store, const struct recommender_options *options,
                          struct error *err)
{
    struct recommender_core *self = mem_zalloc(1, sizeof *self);
    struct model_record record;
    if (self == NULL)
        return error_nomem(err, "recommend");
    atomic_init(&self->holders, 1);
    pthread_mutex_init(&self->lock, NULL);
    int rc = recommender_choose_why(store, options, &record, self->choice, err);
    if (rc == 0) {
        rc = models_open(&self->opened, store, &record, options->job, err);
        model_record_release(&record);
    }
    if (rc == 0)
        rc = index_items(self, err);
    if (rc != 0)
        recommender_core_release(self);
    else
        *out = self;
    return rc;
}

int recommender_find_placer(struct store *store, struct model_record *out, bool *found, struct error *err)
{
    return recommender_newest(store, places_items, out, found, err);
}

struct recommender_core *recommender_core_hold(struct recommender_core *self)
{
    atomic_fetch_add_explicit(&self->holders, 1, memory_order_relaxed);
    return self;
}

void recommender_core_release(struct recommender_core *self)
{
    if (self == NULL || atomic_fetch_sub_explicit(&self->holders, 1, memory_order_acq_rel) != 1)
        return;
    models_close(&self->opened);
    mem_free(self->place);
    mem_free(self->absent);
    mem_free(self->strangers);
    mem_free(self->age);
    popularity_release(self->popularity);
    for (size_t i = 0; i < SHELVES; i++)
        item_columns_release(self->shelves[i].columns);
    pthread_mutex_destroy(&self->lock);
    mem_free(self);
}

const struct model_record *recommender_core_record(const struct recommender_core *self)
{
    return &self->opened.record;
}

uint32_t recommender_place(const struct recommender_core *self, int64_t item)
{
    return item >= 0 && (size_t)item < self->n_place ? self->place[item] : ITEM_NOWHERE;
}
