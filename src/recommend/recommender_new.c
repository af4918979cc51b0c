/* Items that came after the model: numbered after the model's, and placed by their descriptions.
 *
 * A model of kind content (the placer) gives every item a vector from its words and attributes, also one that came
 * after its own training.  What it says of an item for a person (or of how like two items are) is on its own scale; it
 * is brought onto the model's by ranks: an item that would stand 12th among the items that both know stands at 12. */
#include <float.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "engine/content.h"
#include "recommend/recommender_private.h"
#include "store/events.h"
#include "store/items.h"
#include "train/item_terms.h"

enum { NEW_MAX = 2000 }; /* the ones that came last; who came before that without an event is not news any more */

size_t recommender_words(const struct recommender *self)
{
    return (size_t)self->n_all / 64 + 1;
}

uint32_t recommender_number(const struct recommender *self, int64_t item)
{
    if (!self->extended)
        return recommender_place(self->core, item);
    return item >= 0 && (size_t)item < self->n_place_all ? self->place_all[item] : ITEM_NOWHERE;
}

int recommender_lookup(const struct recommender *self, const char *identifier, uint32_t *number, struct error *err)
{
    int64_t item;
    int rc = items_lookup(self->store, identifier, &item, err);
    *number = rc == 0 ? recommender_number(self, item) : ITEM_NOWHERE;
    return rc;
}

bool recommender_wants_new(const struct recommender_request *request, const struct past *past)
{
    bool only_new = past->n == 0 || request->n_recent > 0; /* or the item in view may be */
    return request->fresh > 0 || request->n_voices > 0 || (request->placer != NULL && past->n_unknown > 0 && only_new);
}

/* Which there are. */

struct looking {
    struct recommender_core *core;
    struct error *err;
};

static int look_at_item(void *context, int64_t item, const char *identifier, const char *title)
{
    struct looking *l = context;
    struct recommender_core *core = l->core;
    (void)identifier, (void)title;
    core->looked_to = item;
    if (recommender_place(core, item) != ITEM_NOWHERE)
        return 0;
    if (mem_grow((void **)&core->strangers, &core->cap_strangers, core->n_strangers + 1, sizeof *core->strangers) != 0)
        return error_nomem(l->err, "recommend");
    core->strangers[core->n_strangers++] = item;
    return 0;
}

/* The newest ones into self->new_item. */
static int list_new(struct recommender *self, uint32_t *n, struct error *err)
{
    struct recommender_core *core = self->core;
    struct looking l = {core, err};
    pthread_mutex_lock(&core->lock);
    int rc = items_after(self->store, core->looked_to, look_at_item, &l, err);
    size_t kept = core->n_strangers < NEW_MAX ? core->n_strangers : NEW_MAX;
    if (rc == 0) {
        self->new_item = mem_dup(core->strangers + (core->n_strangers - kept), kept * sizeof *self->new_item);
        rc = self->new_item != NULL ? 0 : error_nomem(err, "recommend");
    }
    pthread_mutex_unlock(&core->lock);
    /* What another thread has found since this one's snapshot of the store is not there yet. */
    for (; rc == 0 && kept > 0; kept--) {
        rc = items_name(self->store, self->new_item[kept - 1], NULL, NULL, err);
        if (rc != E_NOT_FOUND)
            break;
        rc = 0;
    }
    *n = (uint32_t)kept;
    return rc;
}

/* Which of the model's are. */

static int measure_ages(const struct recommender_core *core, struct store *store, uint16_t **out, struct error *err)
{
    const struct opened_model *opened = &core->opened;
    uint32_t n = opened->model->n_items;
    uint16_t *age = mem_alloc(n, sizeof *age);
    int rc = age != NULL ? 0 : error_nomem(err, "recommend");
    for (uint32_t i = 0; rc == 0 && i < n; i++) {
        int64_t first = 0;
        bool found = false;
        age[i] = UINT16_MAX;
        if (opened->item[i] != 0)
            rc = events_first_of_item(store, opened->item[i], &first, &found, err);
        int64_t days = (opened->record.data_to - first) / CLOCK_DAY_MS;
        if (rc == 0 && found && days < UINT16_MAX)
            age[i] = days > 0 ? (uint16_t)days : 0;
    }
    if (rc == 0)
        *out = age;
    else
        mem_free(age);
    return rc;
}

int recommender_core_warm_ages(struct recommender_core *self, struct store *store, struct error *err)
{
    uint16_t *age = NULL;
    pthread_mutex_lock(&self->lock);
    bool mine = self->age == NULL && !self->ageing;
    self->ageing |= mine;
    pthread_mutex_unlock(&self->lock);
    if (!mine)
        return 0;
    int rc = measure_ages(self, store, &age, err);
    pthread_mutex_lock(&self->lock);
    self->age = age;
    self->ageing = false;
    pthread_mutex_unlock(&self->lock);
    return rc;
}

int recommender_find_young(struct recommender *self, const struct recommender_request *request, struct error *err)
{
    self->age = NULL;
    if (request->fresh <= 0 || request->fresh_days == 0 || !self->show_new)
        return 0;
    int rc = recommender_core_warm_ages(self->core, self->store, err);
    pthread_mutex_lock(&self->core->lock);
    self->age = self->core->age;
    pthread_mutex_unlock(&self->core->lock);
    return rc;
}

bool recommender_is_new(const struct recommender *self, const struct recommender_request *request, uint32_t number)
{
    return number >= self->core->opened.model->n_items ||
           (self->age != NULL && self->age[number] < request->fresh_days);
}

/* Room for all. */

static int make_room(struct recommender *self, uint32_t n_new, struct error *err)
{
    uint32_t of_model = self->core->opened.model->n_items, n = of_model + n_new;
    size_t words = (size_t)n / 64 + 1;
    uint64_t *excluded = mem_alloc(words, sizeof *excluded);
    uint32_t *distinct = mem_alloc(n, sizeof *distinct);
    float *scores = mem_alloc_aligned(n, sizeof *scores), *likeness = mem_alloc(n, sizeof *likeness);
    if (excluded == NULL || distinct == NULL || scores == NULL || likeness == NULL) {
        mem_free(excluded);
        mem_free(distinct);
        mem_free(scores);
        mem_free(likeness);
        return error_nomem(err, "recommend");
    }
    for (uint32_t i = 0; i < n; i++)
        distinct[i] = ITEM_NOWHERE;
    mem_free(self->excluded);
    mem_free(self->distinct);
    mem_free(self->scores);
    mem_free(self->likeness);
    mem_free(self->masks);
    mem_free(self->masked);
    self->excluded = excluded;
    self->distinct = distinct;
    self->scores = scores;
    self->likeness = likeness;
    self->masks = self->masked = NULL;
    self->n_all = n;
    return 0;
}

static int number_new(struct recommender *self, uint32_t n_new, struct error *err)
{
    const struct recommender_core *core = self->core;
    uint32_t of_model = core->opened.model->n_items;
    size_t last = n_new > 0 ? (size_t)self->new_item[n_new - 1] + 1 : 0;
    self->n_place_all = core->n_place > last ? core->n_place : last;
    self->place_all = mem_alloc(self->n_place_all, sizeof *self->place_all);
    self->name_all = mem_alloc(self->n_all, sizeof *self->name_all);
    self->new_name = mem_zalloc(n_new, sizeof *self->new_name);
    if (self->place_all == NULL || self->name_all == NULL || self->new_name == NULL)
        return error_nomem(err, "recommend");
    memcpy(self->place_all, core->place, core->n_place * sizeof *self->place_all);
    for (size_t i = core->n_place; i < self->n_place_all; i++)
        self->place_all[i] = ITEM_NOWHERE;
    memcpy(self->name_all, core->opened.item_name, of_model * sizeof *self->name_all);
    int rc = 0;
    for (uint32_t j = 0; j < n_new && rc == 0; j++) {
        struct str name;
        str_init(&name, 4096);
        rc = items_name(self->store, self->new_item[j], &name, NULL, err);
        if (rc == 0 && (self->new_name[j] = str_take(&name)) == NULL)
            rc = error_nomem(err, "recommend");
        str_release(&name);
        self->name_all[of_model + j] = self->new_name[j];
        self->place_all[self->new_item[j]] = of_model + j;
    }
    return rc;
}

/* Where they stand among the placer's items, or by their terms alone. */
static int place_new(struct recommender *self, uint32_t n_new, struct error *err)
{
    const struct model *model = self->placer->opened.model;
    uint32_t dim = content_dim(model);
    struct item_text text = {0};
    int rc = 0;
    self->new_vector = mem_alloc((size_t)n_new * dim, sizeof *self->new_vector);
    if (self->new_vector == NULL)
        return error_nomem(err, "recommend");
    for (uint32_t j = 0; j < n_new && rc == 0; j++) {
        float *vector = self->new_vector + (size_t)j * dim;
        uint32_t place = recommender_place(self->placer, self->new_item[j]);
        if (place != ITEM_NOWHERE) {
            memcpy(vector, content_vector(model, place), dim * sizeof *vector);
            continue;
        }
        rc = item_terms_of(&text, self->store, self->new_item[j], err);
        if (rc == 0)
            content_fold_in_item(model, text.terms, text.n, vector);
    }
    item_text_release(&text);
    return rc;
}

void recommender_shrink(struct recommender *self)
{
    item_columns_release(self->reader.columns);
    self->reader.columns = NULL;
    mem_free(self->sieve.text);
    mem_free(self->sieve.mask);
    self->sieve.text = NULL;
    self->sieve.mask = NULL;
    for (size_t i = 0; i < BOUND_SETS; i++) {
        bound_rules_free(self->bound[i]);
        self->bound[i] = NULL;
    }
    for (size_t i = 0; i < SIDES; i++) {
        recommender_free(self->sides[i].recommender);
        mem_free(self->sides[i].to);
        self->sides[i] = (struct side){.to = NULL};
    }
    for (uint32_t j = 0; self->new_name != NULL && j < self->n_all - self->core->opened.model->n_items; j++)
        mem_free(self->new_name[j]);
    mem_free(self->new_name);
    mem_free(self->new_item);
    mem_free(self->new_vector);
    mem_free(self->place_all);
    mem_free(self->name_all);
    mem_free(self->likeness);
    recommender_core_release(self->placer);
    self->new_name = NULL;
    self->new_item = NULL;
    self->new_vector = NULL;
    self->place_all = NULL;
    self->name_all = NULL;
    self->likeness = NULL;
    self->placer = NULL;
    self->extended = false;
    if (self->core != NULL)
        self->n_all = self->n_scored = self->core->opened.model->n_items;
}

int recommender_extend(struct recommender *self, struct recommender_core *placer, struct error *err)
{
    uint32_t n_new = 0;
    if (self->extended && self->placer == placer)
        return 0;
    recommender_shrink(self);
    int rc = list_new(self, &n_new, err);
    if (rc == 0)
        rc = make_room(self, n_new, err);
    if (rc == 0)
        rc = number_new(self, n_new, err);
    if (rc == 0 && placer != NULL) {
        self->placer = recommender_core_hold(placer);
        rc = place_new(self, n_new, err);
    }
    self->extended = rc == 0;
    if (rc != 0)
        recommender_shrink(self);
    return rc;
}

/* What the placer says. */

/* Of an item by its number; NULL: the placer does not know it. */
static const float *vector_of(const struct recommender *self, uint32_t number)
{
    const struct model *model = self->placer->opened.model;
    uint32_t of_model = self->core->opened.model->n_items;
    if (number >= of_model)
        return self->new_vector + (size_t)(number - of_model) * content_dim(model);
    uint32_t place = recommender_place(self->placer, self->core->opened.item[number]);
    return place != ITEM_NOWHERE ? content_vector(model, place) : NULL;
}

static double product(const float *a, const float *b, uint32_t dim)
{
    double sum = 0;
    for (uint32_t k = 0; k < dim; k++)
        sum += (double)a[k] * (double)b[k];
    return sum;
}

static bool says_nothing(const float *vector, uint32_t dim)
{
    return vector == NULL || !(product(vector, vector, dim) > 0);
}

/* Adds the likeness to one vector to what is known of all. */
static void add_likeness(struct recommender *self, const float *vector)
{
    uint32_t dim = content_dim(self->placer->opened.model);
    for (uint32_t i = 0; i < self->n_all; i++) {
        const float *other = vector_of(self, i);
        if (says_nothing(other, dim))
            continue;
        float x = (float)product(vector, other, dim);
        self->likeness[i] = self->likeness[i] > -FLT_MAX ? self->likeness[i] + x : x;
    }
}

bool recommender_liken_item(struct recommender *self, uint32_t number)
{
    for (uint32_t i = 0; i < self->n_all; i++)
        self->likeness[i] = -FLT_MAX;
    const float *vector = self->placer != NULL ? vector_of(self, number) : NULL;
    if (vector == NULL || says_nothing(vector, content_dim(self->placer->opened.model)))
        return false;
    add_likeness(self, vector);
    return true;
}

/* By the placer's own scorer, from what it knows of the history. */
static void score_by_placer(struct recommender *self, struct recommender *side, const struct past *past)
{
    const struct model *model = side->core->opened.model;
    struct history history = recommender_history(past);
    uint32_t of_model = self->core->opened.model->n_items, dim = content_dim(model);
    model_score_one(model, &history, side->scores, side->scratch);
    for (uint32_t i = 0; i < of_model; i++) {
        uint32_t place = recommender_place(side->core, self->core->opened.item[i]);
        if (place != ITEM_NOWHERE)
            self->likeness[i] = side->scores[place];
    }
    for (uint32_t i = of_model; i < self->n_all; i++) {
        const float *vector = vector_of(self, i);
        if (!says_nothing(vector, dim))
            self->likeness[i] = content_score_vector(model, &history, vector, side->scratch);
    }
}

static int liken(struct recommender *self, const struct recommender_request *request, bool *any, struct error *err)
{
    struct side *side;
    struct past past;
    *any = false;
    for (uint32_t i = 0; i < self->n_all; i++)
        self->likeness[i] = -FLT_MAX;
    if (self->placer == NULL)
        return 0;
    int rc = recommender_side(self, self->placer, &side, err);
    if (rc == 0)
        rc = recommender_past(side->recommender, request, &past, err);
    if (rc != 0)
        return rc;
    if (past.n > 0) {
        score_by_placer(self, side->recommender, &past);
        *any = true;
    }
    for (size_t i = 0; i < past.n_unknown; i++) { /* new to the placer too */
        uint32_t number = i > 0 && past.unknown[i] == past.unknown[i - 1] ? ITEM_NOWHERE
                                                                        : recommender_number(self, past.unknown[i]);
        const float *vector = number != ITEM_NOWHERE ? vector_of(self, number) : NULL;
        if (says_nothing(vector, content_dim(self->placer->opened.model)))
            continue;
        add_likeness(self, vector);
        *any = true;
    }
    recommender_past_release(&past);
    return 0;
}

int recommender_liken(struct recommender *self, const struct recommender_request *request, bool *any,
                      struct error *err)
{
    int rc = self->likened ? 0 : liken(self, request, &self->likes_any, err);
    self->likened = rc == 0;
    *any = rc == 0 && self->likes_any;
    return rc;
}

uint32_t recommender_most_alike(const struct recommender *self, const struct past *past, uint32_t number, double *share)
{
    uint32_t best = ITEM_NOWHERE, dim;
    double most = 0, sum = 0;
    if (self->placer == NULL)
        return ITEM_NOWHERE;
    dim = content_dim(self->placer->opened.model);
    const float *vector = vector_of(self, number);
    for (uint32_t i = 0; vector != NULL && i < past->n_items; i++) {
        const float *other = vector_of(self, past->items[i].item);
        double x = other != NULL ? product(vector, other, dim) * past->items[i].events : 0;
        sum += x > 0 ? x : 0;
        if (x > most) {
            most = x;
            best = i;
        }
    }
    *share = sum > 0 ? most / sum : 0;
    return best;
}
