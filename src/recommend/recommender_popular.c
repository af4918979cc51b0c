/* What is popular, for people without a history: by the newest model that says so, found once for each core, and again
 * when there is a newer one. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "engine/kinds.h"
#include "recommend/recommender.h"
#include "recommend/recommender_private.h"
#include "store/events.h"
#include "train/user_traits.h"

/* Counting, and borrowing from another model: into self->scores. */

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
    c->sum[item] += recommender_event_weight(c->self, row) * recent;
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
            uint32_t item = recommender_place(self->core, other.item[i]);
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
static int keep_segment(struct popularity *out, struct recommender *self, const struct model_record *record,
                        struct error *err)
{
    int rc = models_open(&out->segment, self->store, record, self->job, err);
    if (rc != 0)
        return rc;
    uint32_t n = out->segment.model->n_items;
    out->segment_place = mem_alloc(n, sizeof *out->segment_place);
    if (out->segment_place == NULL)
        return error_nomem(err, "recommend");
    for (uint32_t i = 0; i < n; i++)
        out->segment_place[i] = recommender_place(self->core, out->segment.item[i]);
    return 0;
}

/* Items that the segment's model does not know come last. */
static int score_segment(struct recommender *self, const struct popularity *by, int64_t user, struct error *err)
{
    const struct model *model = by->segment.model;
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
        for (uint32_t i = 0; i < self->core->opened.model->n_items; i++)
            self->scores[i] = lowest;
        for (uint32_t i = 0; i < model->n_items; i++)
            if (by->segment_place[i] != ITEM_NOWHERE)
                self->scores[by->segment_place[i]] = scores[i];
    }
    item_text_release(&known);
    mem_free(trait);
    mem_free(scores);
    mem_free(scratch);
    return rc;
}

/* Finding it. */

void popularity_release(struct popularity *self)
{
    if (self == NULL || atomic_fetch_sub_explicit(&self->holders, 1, memory_order_acq_rel) != 1)
        return;
    models_close(&self->segment);
    mem_free(self->segment_place);
    mem_free(self->scores);
    mem_free(self);
}

/* There is no model for it. */
static int without_model(struct popularity *out, struct recommender *self, struct error *err)
{
    const struct opened_model *own = &self->core->opened;
    snprintf(out->label, sizeof out->label, "popularity, counted %s, half-life %d days",
             own->popular != NULL ? "when the model was trained" : "over all events", MODELS_POPULAR_DAYS);
    if (own->popular == NULL)
        return count_popular(self, err);
    memcpy(self->scores, own->popular, own->model->n_items * sizeof *self->scores);
    return 0;
}

static int by_model(struct popularity *out, struct recommender *self, const struct model_record *record,
                    struct error *err)
{
    out->model = record->model;
    snprintf(out->label, sizeof out->label, "popularity, by %s@%lld", record->name, (long long)record->version);
    if (model_kind_find(record->kind) == &popular_segment_kind)
        return keep_segment(out, self, record, err);
    return borrow_scores(self, record, err);
}

/* record NULL: there is no model for it. */
static int make(struct popularity **out, struct recommender *self, const struct model_record *record,
                struct error *err)
{
    size_t bytes = (size_t)self->core->opened.model->n_items * sizeof *self->scores;
    struct popularity *made = mem_zalloc(1, sizeof *made);
    if (made == NULL)
        return error_nomem(err, "recommend");
    atomic_init(&made->holders, 1);
    int rc = self->weight == NULL ? recommender_read_weights(self, err) : 0;
    if (rc == 0)
        rc = record != NULL ? by_model(made, self, record, err) : without_model(made, self, err);
    if (rc == 0 && made->segment.model == NULL && (made->scores = mem_dup(self->scores, bytes)) == NULL)
        rc = error_nomem(err, "recommend");
    if (rc != 0)
        popularity_release(made);
    else
        *out = made;
    return rc;
}

/* Sees to it that the core's is the one that the registry says.  One that cannot be had leaves the former.  The core's
 * lock is held. */
static int renew(struct recommender *self, struct error *err)
{
    struct recommender_core *core = self->core;
    struct popularity *next = NULL;
    struct model_record record;
    bool found = false;
    int rc = recommender_newest(self->store, recommender_is_popular, &record, &found, err);
    if (rc != 0)
        return core->popularity != NULL ? 0 : rc;
    if (core->popularity == NULL || core->popularity->model != (found ? record.model : 0)) {
        rc = make(&next, self, found ? &record : NULL, err);
        if (rc == 0) {
            popularity_release(core->popularity);
            core->popularity = next;
        }
    }
    if (found)
        model_record_release(&record);
    self->popular_seen = rc == 0 || core->popularity != NULL;
    return core->popularity != NULL ? 0 : rc;
}

int recommender_score_popular(struct recommender *self, int64_t user, char label[160], struct error *err)
{
    struct recommender_core *core = self->core;
    struct popularity *by = NULL;
    pthread_mutex_lock(&core->lock);
    int rc = core->popularity == NULL || !self->popular_seen ? renew(self, err) : 0;
    if (rc == 0) {
        by = core->popularity;
        atomic_fetch_add_explicit(&by->holders, 1, memory_order_relaxed);
    }
    pthread_mutex_unlock(&core->lock);
    if (rc != 0)
        return rc;
    snprintf(label, 160, "%s", by->label);
    if (by->scores != NULL)
        memcpy(self->scores, by->scores, (size_t)core->opened.model->n_items * sizeof *self->scores);
    else
        rc = score_segment(self, by, user, err);
    popularity_release(by);
    return rc;
}

int recommender_core_warm(struct recommender_core *core, struct store *store, struct job *job, struct error *err)
{
    struct recommender *self;
    char label[160];
    int rc = recommender_new(&self, core, store, job, err);
    if (rc == 0) {
        rc = recommender_score_popular(self, NOBODY, label, err);
        recommender_free(self);
    }
    return rc;
}
