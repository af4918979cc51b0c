#include "train/unlearn.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static json_t *updated_of(const struct model_record *record, json_t **recipe)
{
    *recipe = record->recipe != NULL ? json_loads(record->recipe, 0, NULL) : NULL;
    return json_object_get(*recipe, "updated");
}

unsigned unlearn_times(const struct model_record *record)
{
    json_t *recipe, *updated = updated_of(record, &recipe);
    unsigned times = (unsigned)json_integer_value(json_object_get(updated, "times"));
    json_decref(recipe);
    return times;
}

bool unlearn_lineage(const struct model_record *record, char *out, size_t size)
{
    json_t *recipe, *updated = updated_of(record, &recipe);
    json_int_t people = json_integer_value(json_object_get(updated, "people"));
    bool is = updated != NULL;
    if (is)
        snprintf(out, size, "updated from version %" PRId64 " without %" PRId64 " %s",
                 (int64_t)json_integer_value(json_object_get(updated, "version")), (int64_t)people,
                 people == 1 ? "person" : "people");
    json_decref(recipe);
    return is;
}

/* The recipe of before, and what became of it. */
static char *describe(const struct model_record *record, uint32_t people)
{
    json_t *recipe = json_loads(record->recipe, 0, NULL);
    if (recipe == NULL)
        return NULL;
    json_object_set_new(recipe, "updated",
                        json_pack("{s:I, s:I, s:I}", "version", (json_int_t)record->version, "people",
                                  (json_int_t)people, "times", (json_int_t)unlearn_times(record) + 1));
    char *text = json_dumps(recipe, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(recipe);
    return text;
}

/* Why the kind would not be updated; NULL: it may be. */
static const char *refused(const struct model_record *record, const struct model_kind *kind, uint64_t people,
                           uint64_t events)
{
    struct params params;
    const char *why = NULL;
    if (kind != NULL && kind->update_refused != NULL && recipe_params(&params, kind, record, NULL) == 0)
        why = kind->update_refused(&params, (uint64_t)record->data_items, people, events);
    return why != NULL || (kind != NULL && kind->update != NULL) ? why : "models of this kind can only be trained again";
}

enum unlearn_way unlearn_expected(const struct model_record *record, uint64_t people, uint64_t events, const char **why)
{
    const struct model_kind *kind = model_kind_find(record->kind);
    const char *no = refused(record, kind, people, events);
    *why = "";
    if (kind != NULL && kind->counts)
        return UNLEARN_COUNT;
    *why = no != NULL                                     ? no
           : record->recipe == NULL                       ? "how it was trained is not recorded in full"
           : strcmp(record->build, MODELS_BUILD) != 0     ? "it was trained by another version of reckon"
           : unlearn_times(record) >= UNLEARN_TIMES_MAX ? "it was updated so often that rounding may add up"
                                                          : "";
    return **why != '\0' ? UNLEARN_TRAIN : kind->update_rounds ? UNLEARN_ROUNDED : UNLEARN_UPDATED;
}

void unlearn_describe(enum unlearn_way way, bool exact, const char *why, char *out, size_t size)
{
    switch (way) {
    case UNLEARN_TRAIN:
        snprintf(out, size, "trained again without them, %s%s%s", exact ? "in full (exact)" : "by default settings",
                 why[0] != '\0' ? ": " : "", why);
        break;
    case UNLEARN_COUNT:
        snprintf(out, size, "counted again without them%s", exact ? " (exact)" : ", by default settings");
        break;
    case UNLEARN_NOTHING:
        snprintf(out, size, "stays: nothing of them is in it");
        break;
    case UNLEARN_UPDATED:
        snprintf(out, size, "updated without them, byte for byte as if trained without them%s%s", why[0] != '\0' ? ": " : "",
                 why);
        break;
    case UNLEARN_ROUNDED:
        snprintf(out, size, "updated without them, equal to 1e-5 to one trained without them");
        break;
    }
}

struct unlearning {
    struct unlearned_model *out;
    struct store *store;
    const struct model_record *record;
    const struct departed *departed;
    int64_t present;
    struct pool *pool;
    struct job *job;
    struct training_data data; /* as it was trained on */
    uint8_t *gone;
    struct change change;
    struct opened_model old;
};

static void release(struct unlearning *u)
{
    models_close(&u->old);
    change_release(&u->change);
    training_data_release(&u->data);
    mem_free(u->gone);
}

static int train_again(struct unlearning *u, const char *why)
{
    u->out->way = UNLEARN_TRAIN;
    snprintf(u->out->why, sizeof u->out->why, "%s", why);
    return 1;
}

/* The data of then, with them; 1: they are not to be had any more. */
static int load(struct unlearning *u, struct error *err)
{
    struct training_data_options o = retrain_data_of_then(u->record);
    o.with = u->departed;
    o.without = u->present;
    int rc = training_data_load(&u->data, u->store, &o, u->job, err);
    if (rc == E_BAD_DATA)
        return train_again(u, "the events that it was trained on are gone");
    if (rc == 0 && strcmp(u->data.digest, u->record->data_digest) != 0)
        return train_again(u, "what it was trained on has changed since");
    return rc;
}

/* Who is gone, and whether that moves the window of data; 1: it cannot be updated. */
static int find_gone(struct unlearning *u, struct error *err)
{
    const struct training_data *d = &u->data;
    bool windowed = retrain_data_days(u->record) > 0;
    u->gone = mem_zalloc(d->dataset.n_users, 1);
    if (u->gone == NULL)
        return error_nomem(err, "unlearning");
    for (uint32_t i = 0; i < d->dataset.n_users; i++) {
        u->gone[i] = departed_find(u->departed, d->user[i]) != NULL;
        u->out->people += u->gone[i];
    }
    if (u->out->people == 0) {
        u->out->way = UNLEARN_NOTHING;
        return 1;
    }
    int rc = training_data_change(&u->change, d, u->gone, err);
    if (rc == E_BAD_DATA)
        return train_again(u, "nobody else is in it");
    if (rc == 0 && windowed && u->change.after.now != d->dataset.now)
        return train_again(u, "the newest event was theirs, and the window of data ends with it");
    return rc;
}

static int finish(struct unlearning *u, struct error *err)
{
    struct retrained *made = &u->out->made;
    int rc = training_data_without(&made->data, &u->data, &u->change, err);
    made->recipe = rc == 0 ? describe(u->record, u->out->people) : NULL;
    if (rc == 0 && made->recipe == NULL)
        rc = error_nomem(err, "unlearning");
    made->exact = true;
    made->lineage = (struct model_lineage){.data = &made->data, .seed = u->record->seed, .note = made->note,
                                           .recipe = made->recipe};
    return rc;
}

static int update(struct unlearning *u, struct error *err)
{
    struct train_context ctx = {.params = u->old.model->params, .seed = u->record->seed, .pool = u->pool, .job = u->job};
    const char *why = "";
    u->change.note = u->record->note;
    int rc = model_update(&u->out->made.model, u->old.model, &u->change, &ctx, &why, err);
    if (rc == 1)
        return train_again(u, why);
    if (rc != 0)
        return rc;
    memcpy(u->out->made.note, ctx.note, sizeof ctx.note);
    snprintf(u->out->why, sizeof u->out->why, "%s", ctx.how);
    return finish(u, err);
}

int unlearn(struct unlearned_model *out, struct store *store, const struct model_record *record,
            const struct departed *departed, int64_t present, struct pool *pool, struct job *job, struct error *err)
{
    struct unlearning u = {.out = out, .store = store, .record = record, .departed = departed, .present = present,
                           .pool = pool, .job = job};
    const char *why;
    *out = (struct unlearned_model){
        .way = unlearn_expected(record, departed->all_people, departed->all_events, &why)};
    enum unlearn_way way = out->way;
    snprintf(out->why, sizeof out->why, "%s", why);
    if (way == UNLEARN_TRAIN || way == UNLEARN_COUNT)
        return 0;
    static const char interrupted[] = "the erasure was interrupted, and what an update takes of them is kept in memory only";
    int rc = departed->n_people == 0 ? train_again(&u, interrupted) : load(&u, err);
    rc = rc != 0 ? rc : find_gone(&u, err);
    rc = rc != 0 ? rc : models_open(&u.old, store, record, job, err);
    rc = rc != 0 ? rc : update(&u, err);
    release(&u);
    if (rc == E_CORRUPT || rc == E_NOT_FOUND) { /* the old file: the new one does not need it */
        unlearned_model_release(out);
        rc = train_again(&u, "its file cannot be read");
    }
    if (rc < 0)
        unlearned_model_release(out);
    return rc == 1 ? 0 : rc;
}

void unlearned_model_release(struct unlearned_model *self)
{
    retrained_release(&self->made);
}
