#include "recommend/cores.h"

#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "recommend/recommender_private.h"

struct cores {
    pthread_mutex_t lock;
    char workspace[FS_PATH_MAX]; /* whose models these are ... */
    int64_t schema;              /* ... and since when its integers mean what they do (store_versions) */
    struct recommender_core *kept[CORES_MAX]; /* the one that was asked last is first */
    size_t n;
};

struct cores *cores_new(void)
{
    struct cores *self = mem_zalloc(1, sizeof *self);
    if (self != NULL)
        pthread_mutex_init(&self->lock, NULL);
    return self;
}

void cores_free(struct cores *self)
{
    if (self == NULL)
        return;
    for (size_t i = 0; i < self->n; i++)
        recommender_core_release(self->kept[i]);
    pthread_mutex_destroy(&self->lock);
    mem_free(self);
}

static bool is_it(const struct recommender_core *core, const struct model_record *record, const char *choice)
{
    const struct model_record *r = recommender_core_record(core);
    return r->model == record->model && strcmp(r->checksum, record->checksum) == 0 &&
           strcmp(r->stage, record->stage) == 0 && strcmp(core->choice, choice) == 0;
}

static void drop(struct cores *self, size_t at)
{
    recommender_core_release(self->kept[at]);
    memmove(self->kept + at, self->kept + at + 1, (--self->n - at) * sizeof self->kept[0]);
}

/* Held for the caller, and now the first; NULL: it is not there. */
static struct recommender_core *take(struct cores *self, const struct model_record *record, const char *choice)
{
    struct recommender_core *core = NULL;
    pthread_mutex_lock(&self->lock);
    for (size_t i = 0; i < self->n && core == NULL; i++)
        if (is_it(self->kept[i], record, choice)) {
            core = recommender_core_hold(self->kept[i]);
            memmove(self->kept + 1, self->kept, i * sizeof self->kept[0]);
            self->kept[0] = core;
        }
    pthread_mutex_unlock(&self->lock);
    return core;
}

static void keep(struct cores *self, struct recommender_core *core)
{
    int64_t bytes = 0;
    pthread_mutex_lock(&self->lock);
    if (self->n == CORES_MAX)
        drop(self, self->n - 1);
    memmove(self->kept + 1, self->kept, self->n++ * sizeof self->kept[0]);
    self->kept[0] = recommender_core_hold(core);
    for (size_t i = 0; i < self->n; i++)
        bytes += recommender_core_record(self->kept[i])->bytes;
    for (; self->n > 1 && bytes > CORES_BYTES_MAX; drop(self, self->n - 1))
        bytes -= recommender_core_record(self->kept[self->n - 1])->bytes;
    pthread_mutex_unlock(&self->lock);
}

/* Of models whose file was removed (people that they learnt from were erased) nothing stays. */
static void forget_removed(struct cores *self, struct store *store)
{
    pthread_mutex_lock(&self->lock);
    for (size_t i = self->n; i-- > 0;) {
        struct model_record now;
        char spec[REGISTRY_NAME_MAX + 24];
        const struct model_record *r = recommender_core_record(self->kept[i]);
        snprintf(spec, sizeof spec, "%s@%lld", r->name, (long long)r->version);
        int rc = registry_find(store, spec, &now, NULL);
        bool gone = rc == E_NOT_FOUND || (rc == 0 && (now.model != r->model || now.removed != 0));
        if (rc == 0)
            model_record_release(&now);
        if (gone)
            drop(self, i);
    }
    pthread_mutex_unlock(&self->lock);
}

/* Of another workspace, or of before it was restored: the integers of items mean something else now. */
static int forget_others(struct cores *self, struct store *store, struct error *err)
{
    int64_t data, schema;
    int rc = store_versions(store, &data, &schema, err);
    if (rc != 0)
        return rc;
    pthread_mutex_lock(&self->lock);
    if (schema != self->schema || strcmp(store_workspace(store), self->workspace) != 0)
        while (self->n > 0)
            drop(self, self->n - 1);
    self->schema = schema;
    snprintf(self->workspace, sizeof self->workspace, "%s", store_workspace(store));
    pthread_mutex_unlock(&self->lock);
    return 0;
}

int cores_open(struct cores *self, struct recommender_core **out, struct store *store,
               const struct recommender_options *options, struct error *err)
{
    struct model_record record;
    char choice[CHOICE_MAX];
    if (self == NULL)
        return recommender_core_open(out, store, options, err);
    int rc = forget_others(self, store, err);
    if (rc == 0) {
        forget_removed(self, store);
        rc = recommender_choose_why(store, options, &record, choice, err);
    }
    if (rc != 0)
        return rc;
    struct recommender_core *core = take(self, &record, choice);
    model_record_release(&record);
    if (core == NULL && (rc = recommender_core_open(&core, store, options, err)) == 0)
        keep(self, core);
    if (rc == 0)
        *out = core;
    return rc;
}

int cores_open_placer(struct cores *self, struct recommender_core **out, struct store *store, struct job *job,
                      struct error *err)
{
    struct model_record record;
    char spec[REGISTRY_NAME_MAX + 24];
    struct recommender_options options = {.model = spec, .job = job};
    bool found = false;
    *out = NULL;
    int rc = recommender_find_placer(store, &record, &found, err);
    if (rc != 0 || !found)
        return rc;
    snprintf(spec, sizeof spec, "%s@%lld", record.name, (long long)record.version);
    model_record_release(&record);
    return cores_open(self, out, store, &options, err);
}
