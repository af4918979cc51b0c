#include "train/models.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/items.h"
#include "store/suppressions.h"

#define FORMAT "reckon-model-1"

int models_check_name(const char *name, struct error *err)
{
    size_t n = strlen(name);
    bool fits = n > 0 && n < REGISTRY_NAME_MAX && name[0] != '.' && name[0] != '-';
    for (size_t i = 0; fits && i < n; i++)
        fits = (name[i] >= 'a' && name[i] <= 'z') || (name[i] >= 'A' && name[i] <= 'Z') ||
               (name[i] >= '0' && name[i] <= '9') || strchr("-_.", name[i]) != NULL;
    if (fits)
        return 0;
    error_set(err, E_USAGE, "name", "'%s' is no name for a model", name);
    return error_hint(err, E_USAGE, "use letters, digits, '-', '_' and '.', at most %d of them", REGISTRY_NAME_MAX - 1);
}

static int put_int(struct tensor_set *set, const char *name, int64_t value, struct error *err)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)value);
    return tensor_set_put_meta(set, name, text, err);
}

/* The identifiers of the items, as an array of bytes and where each ends. */
struct item_names {
    uint64_t *end;
    char *text;
};

static int pack_names(struct item_names *out, const struct training_data *data, struct tensor_set *set,
                      struct error *err)
{
    uint32_t n = data->dataset.n_items;
    size_t total = 0;
    for (uint32_t i = 0; i < n; i++)
        total += strlen(data->item_name[i]);
    out->end = mem_alloc(n, sizeof *out->end);
    out->text = mem_alloc(total, 1);
    if (out->end == NULL || out->text == NULL)
        return error_nomem(err, "saving a model");
    size_t at = 0;
    for (uint32_t i = 0; i < n; i++) {
        size_t length = strlen(data->item_name[i]);
        memcpy(out->text + at, data->item_name[i], length);
        out->end[i] = at += length;
    }
    int rc = tensor_set_add_1d(set, "reckon.item_end", TENSOR_U64, n, out->end, err);
    return rc != 0 ? rc : tensor_set_add_1d(set, "reckon.item_name", TENSOR_U8, total, out->text, err);
}

/* What people without a history are answered with, so that nobody has to count all events when a server starts. */
static int pack_popular(float **out, const struct training_data *data, struct tensor_set *set, struct error *err)
{
    const struct weighting weighting = {.half_life_days = MODELS_POPULAR_DAYS};
    const struct dataset *d = &data->dataset;
    double *sum = mem_zalloc(d->n_items, sizeof *sum), most = 0;
    *out = mem_alloc(d->n_items, sizeof **out);
    if (sum == NULL || *out == NULL) {
        mem_free(sum);
        return error_nomem(err, "saving a model");
    }
    for (uint64_t e = 0; e < d->n_events; e++)
        sum[d->item[e]] += weighting_event(&weighting, d->now, d->time[e], d->weight[e]);
    for (uint32_t i = 0; i < d->n_items; i++)
        most = sum[i] > most ? sum[i] : most;
    for (uint32_t i = 0; i < d->n_items; i++)
        (*out)[i] = most > 0 ? (float)(sum[i] / most) : 0;
    mem_free(sum);
    return tensor_set_add_1d(set, "reckon.popular", TENSOR_F32, d->n_items, *out, err);
}

static int unpack_popular(struct opened_model *out, const struct tensor_set *set, struct error *err)
{
    uint32_t n = out->model->n_items;
    if (tensor_set_find(set, "reckon.popular") == NULL)
        return 0;
    const float *popular = tensor_set_want(set, "reckon.popular", TENSOR_F32, n, 0, err);
    if (popular == NULL)
        return E_CORRUPT;
    for (uint32_t i = 0; i < n; i++)
        if (!(popular[i] >= 0 && popular[i] <= 1))
            return error_set(err, E_CORRUPT, "model file", "the popularity of its items is out of range");
    out->popular = popular;
    return 0;
}

static int put_lineage(struct tensor_set *set, const struct model_lineage *lineage, struct error *err)
{
    const struct training_data *d = lineage->data;
    char seed[32];
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)lineage->seed);
    int rc = tensor_set_put_meta(set, "format", FORMAT, err);
    if (rc == 0)
        rc = tensor_set_put_meta(set, "build", MODELS_BUILD, err);
    if (rc == 0)
        rc = tensor_set_put_meta(set, "seed", seed, err);
    if (rc == 0)
        rc = tensor_set_put_meta(set, "data.digest", d->digest, err);
    if (rc == 0)
        rc = put_int(set, "data.from", d->first, err);
    if (rc == 0)
        rc = put_int(set, "data.to", d->last, err);
    if (rc == 0)
        rc = put_int(set, "data.events", (int64_t)d->dataset.n_events, err);
    if (rc == 0)
        rc = put_int(set, "data.users", d->dataset.n_users, err);
    return rc != 0 ? rc : tensor_set_put_meta(set, "note", lineage->note != NULL ? lineage->note : "", err);
}

/* The facts that are parameters ("param.lambda", a member's "ease/param.lambda"), as a JSON object. */
static char *params_of(const struct tensor_set *set)
{
    json_t *object = json_object();
    for (size_t i = 0; i < set->n_meta; i++) {
        const char *at = strstr(set->meta[i].name, "param.");
        if (at == NULL || (at != set->meta[i].name && at[-1] != '/'))
            continue;
        char name[TENSOR_NAME_MAX];
        snprintf(name, sizeof name, "%.*s%s", (int)(at - set->meta[i].name), set->meta[i].name, at + strlen("param."));
        json_object_set_new(object, name, json_string(set->meta[i].text));
    }
    char *text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    return text;
}

static int meta_int(const struct tensor_set *set, const char *name, int64_t *out, struct error *err)
{
    const char *text = tensor_set_meta(set, name);
    if (text != NULL && text_to_int64(text, strlen(text), out))
        return 0;
    return error_set(err, E_CORRUPT, "model file", "the fact '%s' is missing or no whole number", name);
}

/* Fills what the file itself says. */
static int record_from_set(struct model_record *r, const struct tensor_set *set, struct error *err)
{
    const char *format = tensor_set_meta(set, "format"), *kind = tensor_set_meta(set, "kind");
    const char *digest = tensor_set_meta(set, "data.digest"), *build = tensor_set_meta(set, "build");
    const char *note = tensor_set_meta(set, "note"), *seed = tensor_set_meta(set, "seed");
    int64_t items = 0;
    if (format == NULL || strcmp(format, FORMAT) != 0) {
        error_set(err, E_CORRUPT, "model file", "is not a model of reckon");
        return error_hint(err, E_CORRUPT, "files that `reckon models export` wrote can be imported");
    }
    if (kind == NULL || digest == NULL || build == NULL || seed == NULL)
        return error_set(err, E_CORRUPT, "model file", "its lineage is incomplete");
    int rc = meta_int(set, "data.from", &r->data_from, err);
    if (rc == 0)
        rc = meta_int(set, "data.to", &r->data_to, err);
    if (rc == 0)
        rc = meta_int(set, "data.events", &r->data_events, err);
    if (rc == 0)
        rc = meta_int(set, "data.users", &r->data_users, err);
    if (rc == 0)
        rc = meta_int(set, "n_items", &items, err);
    if (rc != 0)
        return rc;
    r->data_items = items;
    r->seed = strtoull(seed, NULL, 10);
    snprintf(r->kind, sizeof r->kind, "%s", kind);
    snprintf(r->data_digest, sizeof r->data_digest, "%s", digest);
    snprintf(r->build, sizeof r->build, "%s", build);
    r->params = params_of(set);
    r->note = mem_strdup(note != NULL ? note : "");
    if (r->params != NULL && r->note != NULL)
        return 0;
    model_record_release(r);
    return error_nomem(err, "the registry");
}

/* models/publishing-PID.safetensors: this process's file that has no name yet. */
static int temp_path(char *out, size_t size, struct store *store, struct error *err)
{
    char name[64];
    snprintf(name, sizeof name, STORE_MODELS "/publishing-%ld.safetensors", (long)getpid());
    if (fs_join(out, size, store_workspace(store), name) == 0)
        return 0;
    return error_set(err, E_USAGE, store_workspace(store), "the path is too long");
}

static void sync_models_dir(struct store *store)
{
    char dir[FS_PATH_MAX];
    if (fs_join(dir, sizeof dir, store_workspace(store), STORE_MODELS) != 0)
        return;
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

/* Somebody who was erased after the data had been read would live on in the model. */
static int check_nobody_was_erased(struct store *store, const struct training_data *data, struct error *err)
{
    int64_t now = 0;
    int rc = data != NULL ? suppressions_count(store, &now, err) : 0;
    if (rc != 0 || data == NULL || now == data->suppressions)
        return rc;
    error_set(err, E_CONFLICT, "training", "people were erased while the model learnt from their data; it was not kept");
    return error_hint(err, E_CONFLICT, "run the command again: it learns without them");
}

/* In one transaction: the version, the file's name, the record.  data: what it was trained on; NULL: not known. */
static int register_file(struct store *store, const char *temp, const struct training_data *data,
                         struct model_record *r, struct error *err)
{
    char path[FS_PATH_MAX];
    bool renamed = false;
    int rc = store_begin(store, err);
    if (rc == 0)
        rc = check_nobody_was_erased(store, data, err);
    if (rc == 0)
        rc = registry_next_version(store, r->name, &r->version, err);
    if (rc == 0) {
        snprintf(r->file, sizeof r->file, STORE_MODELS "/%s-%lld.safetensors", r->name, (long long)r->version);
        if (fs_join(path, sizeof path, store_workspace(store), r->file) != 0)
            rc = error_set(err, E_USAGE, store_workspace(store), "the path is too long");
    }
    if (rc == 0 && rename(temp, path) != 0)
        rc = error_set(err, E_IO, path, "cannot be put in its place: %s", strerror(errno));
    else if (rc == 0)
        renamed = true;
    if (rc == 0)
        rc = registry_add(store, r, err);
    if (rc == 0) {
        sync_models_dir(store);
        rc = store_commit(store, err);
    }
    if (rc == 0)
        return 0;
    store_rollback(store);
    unlink(renamed ? path : temp);
    return rc;
}

/* A model as it goes into a file; `names` belong to the set. */
struct packed {
    struct tensor_set set;
    struct item_names names;
    float *popular;
};

static int pack(struct packed *out, const struct model *model, const struct model_lineage *lineage, struct error *err)
{
    *out = (struct packed){0};
    int rc = model_save(model, &out->set, err);
    if (rc == 0)
        rc = put_lineage(&out->set, lineage, err);
    if (rc == 0)
        rc = pack_popular(&out->popular, lineage->data, &out->set, err);
    return rc != 0 ? rc : pack_names(&out->names, lineage->data, &out->set, err);
}

static void unpack(struct packed *self)
{
    mem_free(self->popular);
    mem_free(self->names.end);
    mem_free(self->names.text);
    tensor_set_release(&self->set);
}

int models_write(const struct model *model, const struct model_lineage *lineage, const char *path, struct job *job,
                 char sha256[65], struct error *err)
{
    struct packed packed;
    uint64_t bytes;
    int rc = pack(&packed, model, lineage, err);
    if (rc == 0)
        rc = safetensors_write(&packed.set, path, job, sha256, &bytes, err);
    unpack(&packed);
    return rc;
}

int models_publish(struct store *store, const char *name, const struct model *model,
                   const struct model_lineage *lineage, struct job *job, struct model_record *out,
                   struct error *err)
{
    struct packed packed = {0};
    char temp[FS_PATH_MAX];
    uint64_t bytes = 0;
    struct model_record r = {.created = clock_now_ms(), .stage = "candidate"};
    snprintf(r.name, sizeof r.name, "%s", name);
    int rc = models_check_name(name, err);
    if (rc == 0)
        rc = temp_path(temp, sizeof temp, store, err);
    if (rc == 0)
        rc = pack(&packed, model, lineage, err);
    if (rc == 0)
        rc = safetensors_write(&packed.set, temp, job, r.checksum, &bytes, err);
    if (rc == 0) {
        r.bytes = (int64_t)bytes;
        rc = record_from_set(&r, &packed.set, err);
        r.left_out = lineage->data != NULL ? lineage->data->left_out : 0;
        if (rc == 0 && lineage->recipe != NULL && (r.recipe = mem_strdup(lineage->recipe)) == NULL)
            rc = error_nomem(err, "the registry");
        if (rc == 0)
            rc = register_file(store, temp, lineage->data, &r, err);
        else
            unlink(temp);
    }
    if (rc == 0)
        *out = r;
    else
        model_record_release(&r);
    unpack(&packed);
    return rc;
}

/* Splits the block of names; they must ascend, as the model's numbering rests on it. */
static int unpack_names(struct opened_model *out, const struct tensor_set *set, struct error *err)
{
    uint32_t n = out->model->n_items;
    const uint64_t *end = tensor_set_want(set, "reckon.item_end", TENSOR_U64, n, 0, err);
    if (end == NULL)
        return E_CORRUPT;
    uint64_t total = end[n - 1];
    const char *text = tensor_set_want(set, "reckon.item_name", TENSOR_U8, total, 0, err);
    if (text == NULL)
        return E_CORRUPT;
    out->names = mem_alloc(total + n, 1);
    out->item_name = mem_alloc(n, sizeof *out->item_name);
    out->item = mem_zalloc(n, sizeof *out->item);
    if (out->names == NULL || out->item_name == NULL || out->item == NULL)
        return error_nomem(err, "loading a model");
    uint64_t at = 0;
    char *to = out->names;
    for (uint32_t i = 0; i < n; i++) {
        if (end[i] < at || end[i] > total || memchr(text + at, '\0', end[i] - at) != NULL)
            return error_set(err, E_CORRUPT, "model file", "the names of its items are damaged");
        memcpy(to, text + at, end[i] - at);
        to[end[i] - at] = '\0';
        out->item_name[i] = to;
        if (i > 0 && strcmp(out->item_name[i - 1], to) >= 0)
            return error_set(err, E_CORRUPT, "model file", "the names of its items are not in order");
        to += end[i] - at + 1;
        at = end[i];
    }
    return 0;
}

uint32_t models_find_name(const char *const *names, uint32_t n, const char *identifier)
{
    uint32_t low = 0, high = n;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        int c = strcmp(names[mid], identifier);
        if (c == 0)
            return mid;
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return UINT32_MAX;
}

/* Both come in order of identifier. */
struct matching {
    struct opened_model *model;
    uint32_t next;
};

static int match_item(void *context, int64_t item, const char *identifier, const char *title)
{
    struct matching *m = context;
    (void)title;
    while (m->next < m->model->model->n_items && strcmp(m->model->item_name[m->next], identifier) < 0)
        m->next++;
    if (m->next < m->model->model->n_items && strcmp(m->model->item_name[m->next], identifier) == 0)
        m->model->item[m->next] = item;
    return m->next == m->model->model->n_items;
}

static int copy_record(struct model_record *to, const struct model_record *from, struct error *err)
{
    *to = *from;
    to->params = mem_strdup(from->params != NULL ? from->params : "{}");
    to->note = mem_strdup(from->note != NULL ? from->note : "");
    to->recipe = NULL; /* not needed to answer */
    if (to->params != NULL && to->note != NULL)
        return 0;
    model_record_release(to);
    return error_nomem(err, "loading a model");
}

int models_open(struct opened_model *out, struct store *store, const struct model_record *record, struct job *job,
                struct error *err)
{
    char path[FS_PATH_MAX];
    *out = (struct opened_model){0};
    if (fs_join(path, sizeof path, store_workspace(store), record->file) != 0)
        return error_set(err, E_USAGE, record->file, "the path is too long");
    int rc = copy_record(&out->record, record, err);
    if (rc == 0)
        rc = safetensors_open(&out->file, path, record->checksum, job, err);
    if (rc == E_NOT_FOUND && record->removed != 0) {
        error_set(err, E_NOT_FOUND, record->file, "the file of %s@%lld was removed: people that it learnt from were erased",
                  record->name, (long long)record->version);
        rc = error_hint(err, E_NOT_FOUND, "`reckon models list` shows the model that was trained in its place");
    } else if (rc == E_NOT_FOUND) {
        error_set(err, E_CORRUPT, record->file, "the file of %s@%lld is gone", record->name, (long long)record->version);
        rc = error_hint(err, E_CORRUPT, "train the model again, or bring it back with `reckon restore`");
    }
    out->file.set.lasting = true;
    if (rc == 0)
        rc = model_load(&out->model, &out->file.set, err);
    if (rc == 0)
        rc = unpack_popular(out, &out->file.set, err);
    if (rc == 0)
        rc = unpack_names(out, &out->file.set, err);
    if (rc == 0) {
        struct matching m = {.model = out};
        rc = items_each_identifier(store, match_item, &m, err);
        rc = rc > 0 ? 0 : rc;
    }
    if (rc != 0)
        models_close(out);
    return rc;
}

void models_close(struct opened_model *self)
{
    model_free(self->model);
    model_record_release(&self->record);
    mem_free(self->item_name);
    mem_free(self->item);
    mem_free(self->names);
    safetensors_close(&self->file);
    *self = (struct opened_model){0};
}

int models_export(struct store *store, const struct model_record *record, const char *path, struct job *job,
                  struct error *err)
{
    char from[FS_PATH_MAX], checksum[65];
    if (fs_join(from, sizeof from, store_workspace(store), record->file) != 0)
        return error_set(err, E_USAGE, record->file, "the path is too long");
    int rc = fs_sha256_file(from, checksum, err);
    if (rc == 0 && strcmp(checksum, record->checksum) != 0) {
        error_set(err, E_CORRUPT, from, "its checksum is not the one in the registry");
        rc = error_hint(err, E_CORRUPT, "the file was changed or damaged; `reckon restore` brings back a backup");
    }
    return rc != 0 ? rc : fs_copy(from, path, 0644, NULL, NULL, job, err);
}

/* Can it be loaded?  A file that cannot is better refused now than when it should answer. */
static int check_loadable(const struct tensor_set *set, struct error *err)
{
    struct opened_model opened = {0};
    int rc = model_load(&opened.model, set, err);
    if (rc == 0)
        rc = unpack_popular(&opened, set, err);
    if (rc == 0)
        rc = unpack_names(&opened, set, err);
    models_close(&opened);
    return rc;
}

int models_import(struct store *store, const char *path, const char *name, struct job *job,
                  struct model_record *out, struct error *err)
{
    struct safetensors file = {0};
    char temp[FS_PATH_MAX];
    struct model_record r = {.created = clock_now_ms(), .stage = "candidate"};
    int rc = temp_path(temp, sizeof temp, store, err);
    if (rc == 0)
        rc = safetensors_open(&file, path, NULL, job, err);
    if (rc != 0)
        return rc;
    rc = record_from_set(&r, &file.set, err);
    if (rc == 0)
        rc = check_loadable(&file.set, err);
    if (rc == 0) {
        snprintf(r.name, sizeof r.name, "%s", name != NULL ? name : r.kind);
        rc = models_check_name(r.name, err);
    }
    safetensors_close(&file);
    if (rc == 0)
        rc = fs_copy(path, temp, 0644, NULL, NULL, job, err);
    if (rc == 0) {
        rc = fs_sha256_file(temp, r.checksum, err);
        int fd = rc == 0 ? open(temp, O_RDONLY | O_CLOEXEC) : -1;
        r.bytes = fd >= 0 ? (int64_t)lseek(fd, 0, SEEK_END) : 0;
        if (fd >= 0)
            close(fd);
        if (rc == 0)
            rc = register_file(store, temp, NULL, &r, err);
        else
            unlink(temp);
    }
    if (rc == 0)
        *out = r;
    else
        model_record_release(&r);
    return rc;
}
