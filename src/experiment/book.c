#include "experiment/book.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "experiment/context.h"
#include "recommend/filter.h"
#include "recommend/person_columns.h"
#include "store/consents.h"

static const char *const reasons[] = {
#define X(name, text) text,
    BOOK_REASONS(X)
#undef X
};

const char *book_reason_text(enum book_reason reason)
{
    return reasons[reason];
}

void book_entry_free(struct book_entry *self)
{
    if (self == NULL)
        return;
    experiment_record_release(&self->record);
    context_free(self->context);
    mem_free(self);
}

static int copy_record(struct experiment_record *out, const struct experiment_record *from, struct error *err)
{
    *out = *from;
    out->design = mem_strdup(from->design);
    out->weights = from->weights != NULL ? mem_strdup(from->weights) : NULL;
    return out->design == NULL || (from->weights != NULL && out->weights == NULL) ? error_nomem(err, from->name) : 0;
}

/* Of 10,000 slots.  In a layer the layer's slots are the share. */
static uint32_t coverage_of(const struct book_entry *e)
{
    return e->design.layer[0] != '\0' ? e->record.coverage
                                      : (uint32_t)((uint64_t)e->design.share * e->record.coverage / 10000);
}

static int make_table(struct book_entry *e, struct error *err)
{
    uint32_t planned[DESIGN_ARMS_MAX], moved;
    uint32_t coverage = coverage_of(e);
    for (size_t a = 0; a < e->design.n_arms; a++)
        planned[a] = e->design.arms[a].weight;
    int rc = design_weights(&e->design, e->record.weights, e->weights, err);
    if (rc != 0)
        return rc;
    if (e->record.weights == NULL)
        return assign_init(&e->table, planned, e->design.n_arms, coverage, true, err);
    /* From the plan to what was learnt, moving few; then all of it, since who takes part is asked apart. */
    rc = assign_init(&e->table, planned, e->design.n_arms, 10000, true, err);
    return rc != 0 ? rc : assign_change(&e->table, e->weights, e->design.n_arms, &moved, err);
}

int book_entry_make(struct book_entry **out, const struct experiment_record *record, struct error *err)
{
    struct book_entry *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, record->name);
    int rc = copy_record(&self->record, record, err);
    if (rc == 0)
        rc = design_read(&self->design, record->design, record->name, err);
    if (rc == 0)
        rc = make_table(self, err);
    if (rc != 0) {
        book_entry_free(self);
        return rc;
    }
    *out = self;
    return 0;
}

int book_entry_learnt(struct book_entry *self, struct store *store, struct error *err)
{
    char *model = NULL;
    if (!design_has_context(&self->design))
        return 0;
    int rc = experiment_model(store, self->record.experiment, &model, err);
    if (rc == 0 && model != NULL)
        rc = context_read(&self->context, model, self->record.name, err);
    mem_free(model);
    return rc;
}

struct loading {
    struct store *store;
    struct book *book;
    struct error *err;
};

static int take(void *context, const struct experiment_record *record)
{
    struct loading *l = context;
    if (record->state == EXPERIMENT_DRAFT)
        return 0;
    if (mem_grow((void **)&l->book->entries, &l->book->cap, l->book->n + 1, sizeof *l->book->entries) != 0)
        return error_nomem(l->err, "experiments");
    int rc = book_entry_make(&l->book->entries[l->book->n], record, l->err);
    l->book->n += rc == 0;
    return rc != 0 ? rc : book_entry_learnt(l->book->entries[l->book->n - 1], l->store, l->err);
}

int book_load(struct book *out, struct store *store, double holdout, struct error *err)
{
    *out = (struct book){.holdout = (uint32_t)(holdout * 10000 + 0.5)};
    struct loading l = {store, out, err};
    int rc = experiments_each(store, take, &l, err);
    if (rc != 0)
        book_release(out);
    return rc;
}

void book_release(struct book *self)
{
    for (size_t i = 0; i < self->n; i++)
        book_entry_free(self->entries[i]);
    mem_free(self->entries);
    *self = (struct book){.n = 0};
}

const struct book_entry *book_find(const struct book *self, const char *name)
{
    for (size_t i = 0; i < self->n; i++)
        if (strcmp(self->entries[i]->record.name, name) == 0)
            return self->entries[i];
    return NULL;
}

const struct book_entry *book_of_place(const struct book *self, const char *place)
{
    for (size_t i = 0; i < self->n; i++)
        if (self->entries[i]->record.state == EXPERIMENT_RUNNING && strcmp(self->entries[i]->design.place, place) == 0)
            return self->entries[i];
    return NULL;
}

/* Targets: a filter over the person's attributes alone, for one row. */

static int no_column(void *context, const char *name, struct filter_column *out, struct error *err)
{
    (void)context;
    (void)out;
    return error_set(err, E_USAGE, name, "is not an attribute of people");
}

static const char *no_name(void *context, size_t index)
{
    (void)context;
    (void)index;
    return NULL;
}

static int in_target(struct store *store, const char *target, int64_t user, bool *in, struct error *err)
{
    struct filter *filter = NULL;
    struct person_columns *columns = NULL;
    uint64_t out = 0;
    int rc = filter_parse(&filter, target, strlen(target), err);
    if (rc == 0)
        rc = person_columns_new(&columns, store, user, (struct filter_schema){NULL, no_column, no_name}, err);
    if (rc == 0) {
        struct filter_schema schema = person_columns_schema(columns);
        rc = filter_bind(filter, &schema, err);
    }
    if (rc == 0)
        filter_exclude(filter, 1, &out);
    *in = rc == 0 && (out & 1) == 0;
    filter_free(filter);
    person_columns_free(columns);
    return rc;
}

int book_check_target(struct store *store, const char *target, struct error *err)
{
    bool in;
    return target[0] == '\0' ? 0 : in_target(store, target, 0, &in, err);
}

int book_may_assign(struct store *store, int64_t user, bool *may, struct error *err)
{
    return consents_may(store, user, CONSENT_EXPERIMENTS, may, err);
}

static int slot_of(const struct design *d, const char *prefix, const char *name, const char *unit, uint32_t *slot,
                   struct error *err)
{
    char salt[EXPERIMENT_NAME_MAX + 16];
    struct hash_place place;
    snprintf(salt, sizeof salt, "%s%s", prefix, name);
    int rc = hash_of(d->scheme, salt, unit, NULL, &place, err);
    if (rc == 0)
        *slot = assign_slot(&place);
    return rc;
}

/* Before the arms: who may take part. */
static int check_entry(const struct book_entry *e, uint32_t holdout, struct store *store, const char *unit,
                       int64_t user,
                       enum book_reason *reason, struct error *err)
{
    uint32_t slot = 0;
    bool may, in = true;
    *reason = BOOK_IN;
    int rc = book_may_assign(store, user, &may, err);
    if (rc != 0 || !may) {
        *reason = BOOK_CONSENT;
        return rc;
    }
    rc = holdout > 0 ? slot_of(&e->design, "", "reckon-holdout", unit, &slot, err) : 0;
    if (rc != 0 || (holdout > 0 && slot < holdout)) {
        *reason = BOOK_HELD_OUT;
        return rc;
    }
    if (e->design.layer[0] != '\0') {
        rc = slot_of(&e->design, "layer:", e->design.layer, unit, &slot, err);
        if (rc != 0 || (int32_t)slot < e->record.layer_from || (int32_t)slot >= e->record.layer_to) {
            *reason = BOOK_LAYER;
            return rc;
        }
    }
    if (e->design.target[0] != '\0')
        rc = in_target(store, e->design.target, user, &in, err);
    if (!in)
        *reason = BOOK_TARGET;
    return rc;
}

/* A person's own weights; the hash draws among them, so that the same person with the same attributes gets the same. */
static int draw_by_context(const struct book_entry *e, struct store *store, int64_t user, uint32_t slot,
                           struct assignment *out, struct error *err)
{
    double p[DESIGN_ARMS_MAX], sum = 0, at = (slot + 0.5) / ASSIGN_SLOTS;
    int rc = context_weigh(e->context, store, user, p, err);
    for (size_t a = 0; a < e->design.n_arms && rc == 0; a++) {
        if (p[a] > 0 && at >= sum) {
            out->variant = (uint32_t)a;
            out->propensity = p[a];
        }
        sum += p[a];
    }
    return rc;
}

static int place_in_arms(const struct book_entry *e, struct store *store, const char *unit, int64_t user,
                         struct assignment *out, struct error *err)
{
    uint32_t slot = 0;
    int rc = hash_of(e->design.scheme, e->design.salt, unit, NULL, &out->place, err);
    if (rc != 0)
        return rc;
    uint16_t arm = e->table.arm[assign_slot(&out->place)];
    if (e->record.weights != NULL) { /* the table has no gaps: the share is drawn apart */
        uint32_t share = coverage_of(e);
        rc = slot_of(&e->design, "share:", e->design.salt, unit, &slot, err);
        arm = slot < share ? arm : ASSIGN_NOBODY;
    }
    if (rc != 0 || arm == ASSIGN_NOBODY) {
        out->reason = BOOK_SHARE;
        return rc;
    }
    out->in = out->counted = true;
    out->variant = arm;
    out->propensity = e->weights[arm] / 10000.0;
    return e->context != NULL ? draw_by_context(e, store, user, assign_slot(&out->place), out, err) : 0;
}

int book_assign(const struct book_entry *e, uint32_t holdout, struct store *store, const char *identifier, int64_t user,
                struct assignment *out, struct error *err)
{
    int variant = -1;
    *out = (struct assignment){.reason = BOOK_STOPPED};
    if (e->record.state != EXPERIMENT_RUNNING)
        return 0;
    int rc = user != 0 ? experiment_override(store, e->record.experiment, user, &variant, err) : 0;
    if (rc == 0 && variant >= 0 && (size_t)variant < e->design.n_arms) {
        *out = (struct assignment){.reason = BOOK_TESTER, .in = true, .variant = (uint32_t)variant, .propensity = 1};
        return 0;
    }
    if (rc == 0)
        rc = check_entry(e, holdout, store, identifier, user, &out->reason, err);
    if (rc != 0 || out->reason != BOOK_IN)
        return rc;
    if (e->design.bandit != DESIGN_BANDIT_NONE && user != 0) {
        struct exposure met;
        bool known;
        rc = exposures_first(store, e->record.experiment, user, &met, &known, err);
        if (rc != 0 || known) {
            out->in = out->counted = rc == 0;
            out->variant = met.variant;
            out->propensity = met.propensity;
            return rc;
        }
    }
    return place_in_arms(e, store, identifier, user, out, err);
}
