/* Models that learnt from those who are erased: updated or trained again without them, and their files removed. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "engine/kinds.h"
#include "privacy/erasure_private.h"
#include "store/erase.h"
#include "train/unlearn.h"

struct noting {
    struct erasing *erasing;
    int64_t first, last, n;
    bool updates; /* one of them may be updated */
};

/* They learnt from the window of their data: whoever had an event in it counts. */
static int note_model(void *context, const struct model_record *r)
{
    struct noting *n = context;
    const struct departed *d = &n->erasing->departed;
    json_t *facts = n->erasing->record->facts, *list = json_object_get(facts, "models_due");
    if (r->removed != 0 || n->n == 0 || r->data_from > n->last || r->data_to < n->first)
        return 0;
    char name[REGISTRY_NAME_MAX + 32];
    const char *why;
    enum unlearn_way way = unlearn_expected(r, d->all_people, d->all_events, &why);
    n->updates |= model_record_answers(r) && (way == UNLEARN_UPDATED || way == UNLEARN_ROUNDED);
    snprintf(name, sizeof name, "%s@%" PRId64, r->name, r->version);
    json_t *one = json_pack("{s:s, s:s, s:s}", "model", name, "sha256", r->checksum, "stage", r->stage);
    return json_array_append_new(list, one) == 0 ? 0 : E_NOMEM;
}

/* Their events are only read when a model can be updated with them: it is a write transaction that they are read in. */
int erasing_note_models(struct erasing *self, struct error *err)
{
    struct noting n = {.erasing = self};
    int rc = erase_events(self->store, &n.first, &n.last, &n.n, err);
    json_object_set_new(self->record->facts, "models_due", json_array());
    rc = rc != 0 ? rc : departed_count(&self->departed, self->store, err);
    rc = rc != 0 ? rc : registry_each(self->store, note_model, &n, err);
    if (rc == 0 && n.updates)
        rc = departed_read(&self->departed, self->store, err);
    return rc == E_NOMEM ? error_nomem(err, "erasure") : rc;
}

/* The old one makes room for the new one, if there is one; its file goes after that. */
static int replace(struct erasing *self, const struct model_record *old, const struct model_record *next,
                   struct error *err)
{
    int64_t now = clock_now_ms();
    int rc = store_begin(self->store, err);
    if (rc == 0 && next != NULL)
        rc = registry_set_stage(self->store, next->model, old->stage, now, err);
    if (rc == 0 && strcmp(old->stage, "archived") != 0)
        rc = registry_set_stage(self->store, old->model, "archived", now, err);
    rc = rc != 0 ? rc : registry_mark_removed(self->store, old->model, now, err);
    rc = rc != 0 ? rc : cases_save(self->store, self->record, err);
    return store_end(self->store, rc, err);
}

/* What takes its place, and how that came to be. */
struct renewal {
    enum unlearn_way way;
    bool exact, waits; /* until models are trained */
    char why[160];
    struct model_record next; /* model 0: there is none */
};

static json_t *describe(const struct model_record *old, const struct renewal *r)
{
    char before[REGISTRY_NAME_MAX + 32], after[REGISTRY_NAME_MAX + 32], method[300] = "removed";
    snprintf(before, sizeof before, "%s@%" PRId64, old->name, old->version);
    json_t *one = json_pack("{s:s, s:s}", "before", before, "sha256_before", old->checksum);
    if (r->next.model != 0) {
        snprintf(after, sizeof after, "%s@%" PRId64, r->next.name, r->next.version);
        json_object_set_new(one, "after", json_string(after));
        json_object_set_new(one, "sha256_after", json_string(r->next.checksum));
        json_object_set_new(one, "stage", json_string(old->stage));
    }
    if (r->next.model != 0 || r->way == UNLEARN_NOTHING)
        unlearn_describe(r->way, r->exact, r->why, method, sizeof method);
    json_object_set_new(one, "method", json_string(method));
    return one;
}

static int train_again(struct erasing *self, const struct model_record *old, struct renewal *out, struct error *err)
{
    struct retrained r;
    const struct retrain_options today = {0};
    int rc = retrain(&r, self->store, old, &today, self->erasure->pool, self->erasure->job, err);
    if (rc != 0)
        return rc;
    out->exact = r.exact;
    rc = models_publish(self->store, old->name, r.model, &r.lineage, self->erasure->job, &out->next, err);
    retrained_release(&r);
    return rc;
}

/* A model without them, the cheapest way that is exact. */
static int renew(struct erasing *self, const struct model_record *old, struct renewal *out, struct error *err)
{
    struct unlearned_model u;
    int rc = unlearn(&u, self->store, old, &self->departed, 0, self->erasure->pool, self->erasure->job, err);
    if (rc != 0)
        return rc;
    out->way = u.way;
    out->exact = true;
    snprintf(out->why, sizeof out->why, "%s", u.why);
    if (u.way == UNLEARN_UPDATED || u.way == UNLEARN_ROUNDED)
        rc = models_publish(self->store, old->name, u.made.model, &u.made.lineage, self->erasure->job, &out->next, err);
    unlearned_model_release(&u);
    if (u.way == UNLEARN_COUNT || (u.way == UNLEARN_TRAIN && self->erasure->retrain))
        rc = train_again(self, old, out, err);
    out->waits = u.way == UNLEARN_TRAIN && !self->erasure->retrain;
    return rc;
}

/* One of the list is done. */
static void strike(struct erasing *self, size_t i, json_t *entry)
{
    json_t *facts = self->record->facts, *list = json_object_get(facts, "models");
    if (list == NULL)
        json_object_set_new(facts, "models", list = json_array());
    json_array_append_new(list, entry);
    json_array_remove(json_object_get(facts, "models_due"), i);
}

/* A model of the list that the registry does not know: a backup from before it was restored. */
static int settle_unknown(struct erasing *self, size_t i, const char *name, struct error *err)
{
    strike(self, i, json_pack("{s:s, s:s}", "before", name, "method", "no longer in the registry"));
    return erasing_save(self, NULL, err);
}

/* It stays on the list, with the reason. */
static int leave_waiting(struct erasing *self, size_t i, const struct renewal *r, struct error *err)
{
    json_object_set_new(json_array_get(json_object_get(self->record->facts, "models_due"), i), "why", json_string(r->why));
    return erasing_save(self, NULL, err);
}

/* One of the list: done, it leaves it; *waits: it has to be trained, and that is for later. */
static int settle(struct erasing *self, size_t i, bool *waits, struct error *err)
{
    const char *name = json_string_value(
        json_object_get(json_array_get(json_object_get(self->record->facts, "models_due"), i), "model"));
    struct model_record old;
    struct renewal r = {.way = UNLEARN_TRAIN};
    int rc = registry_find(self->store, name != NULL ? name : "", &old, err);
    *waits = false;
    if (rc == E_NOT_FOUND)
        return settle_unknown(self, i, name != NULL ? name : "", err);
    if (rc != 0)
        return rc;
    bool gone = old.removed != 0; /* by another case: both had waited for it */
    if (!gone && model_record_answers(&old))
        rc = renew(self, &old, &r, err);
    if (rc == E_BAD_DATA) /* nobody is left to learn from */
        rc = 0;
    *waits = r.waits;
    if (rc == 0 && r.waits) {
        rc = leave_waiting(self, i, &r, err);
    } else if (rc == 0) {
        strike(self, i, describe(&old, &r));
        rc = gone || r.way == UNLEARN_NOTHING
                 ? erasing_save(self, NULL, err)
                 : replace(self, &old, r.next.model != 0 ? &r.next : NULL, err);
    }
    model_record_release(&old);
    model_record_release(&r.next);
    return rc;
}

/* Files of models that are marked as removed; also those that a crash left. */
static int unlink_removed(void *context, const struct model_record *r)
{
    const struct erasing *self = context;
    char path[FS_PATH_MAX];
    if (r->removed != 0 && fs_join(path, sizeof path, self->workspace, r->file) == 0)
        unlink(path);
    return 0;
}

static int drop_files(struct erasing *self, struct error *err)
{
    char dir[FS_PATH_MAX];
    int rc = registry_each(self->store, unlink_removed, self, err);
    if (rc == 0 && fs_join(dir, sizeof dir, self->workspace, STORE_MODELS) == 0)
        rc = fs_sync_dir(dir, err);
    return rc;
}

int erasing_models(struct erasing *self, struct error *err)
{
    json_t *due = json_object_get(self->record->facts, "models_due");
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < json_array_size(due);) {
        bool waits;
        rc = settle(self, i, &waits, err);
        i += waits;
    }
    return rc != 0 ? rc : drop_files(self, err);
}
