#include "privacy/unlearned.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "train/retrain.h"

enum { HIDDEN_MAX = 100 };

/* ---- the files ------------------------------------------------------------------------------------------ */

struct distance {
    double difference, norm;
};

static void add_distance(struct distance *d, double a, double b)
{
    if (!isfinite(a) || !isfinite(b))
        return;
    d->difference += (a - b) * (a - b);
    d->norm += b * b;
}

/* false: they have not the same form. */
static bool compare_arrays(const struct tensor *a, const struct tensor *b, struct distance *d)
{
    uint64_t n = tensor_count(a);
    if (a->type != b->type || n != tensor_count(b))
        return false;
    const float *f = a->data, *g = b->data;
    const double *x = a->data, *y = b->data;
    for (uint64_t i = 0; i < n && a->type == TENSOR_F32; i++)
        add_distance(d, (double)f[i], (double)g[i]);
    for (uint64_t i = 0; i < n && a->type == TENSOR_F64; i++)
        add_distance(d, x[i], y[i]);
    return true;
}

static void compare_sets(struct unlearned *out, const struct tensor_set *a, const struct tensor_set *b)
{
    struct distance all = {0, 0};
    for (size_t i = 0; i < a->n_tensors; i++) {
        const struct tensor *t = &a->tensors[i];
        struct distance d = {0, 0};
        if (t->type != TENSOR_F32 && t->type != TENSOR_F64)
            continue;
        out->arrays++;
        const struct tensor *other = tensor_set_find(b, t->name);
        bool same_form = other != NULL && compare_arrays(t, other, &d);
        out->differing += !same_form || d.difference > 0;
        all.difference += d.difference;
        all.norm += d.norm;
    }
    out->relative = all.norm > 0 ? sqrt(all.difference / all.norm) : (double)NAN;
}

static int compare_files(struct unlearned *out, const char *a, const char *b, struct job *job, struct error *err)
{
    struct safetensors x = {0}, y = {0};
    int rc = safetensors_open(&x, a, NULL, job, err);
    rc = rc != 0 ? rc : safetensors_open(&y, b, NULL, job, err);
    if (rc == 0)
        compare_sets(out, &x.set, &y.set);
    safetensors_close(&x);
    safetensors_close(&y);
    return rc;
}

static int compare(struct unlearned *out, struct store *store, const struct model_record *record,
                   const struct retrained *without, struct job *job, struct error *err)
{
    char file[FS_PATH_MAX], path[FS_PATH_MAX], name[64];
    snprintf(name, sizeof name, STORE_MODELS "/proving-%ld.safetensors", (long)getpid());
    if (fs_join(path, sizeof path, store_workspace(store), name) != 0 ||
        fs_join(file, sizeof file, store_workspace(store), record->file) != 0)
        return error_set(err, E_USAGE, store_workspace(store), "the path is too long");
    int rc = models_write(without->model, &without->lineage, path, job, out->without, err);
    out->same = rc == 0 && strcmp(out->without, record->checksum) == 0;
    if (rc == 0 && !out->same)
        rc = compare_files(out, file, path, job, err);
    unlink(path);
    return rc;
}

/* ---- the attack ------------------------------------------------------------------------------------------ */

/* A model, and how its items are called, ascending. */
struct side {
    const struct model *model;
    const char *const *name;
    float *scores;
    void *scratch;
};

static uint32_t item_of(const struct side *s, const char *name)
{
    return models_find_name(s->name, s->model->n_items, name);
}

static int prepare(struct side *s, struct error *err)
{
    size_t scratch = s->model->kind->score_scratch != NULL ? s->model->kind->score_scratch(s->model) : 0;
    s->scores = mem_alloc(s->model->n_items, sizeof *s->scores);
    s->scratch = mem_alloc_aligned(scratch + 64, 1);
    return s->scores != NULL && s->scratch != NULL ? 0 : error_nomem(err, "the attack");
}

static void finish(struct side *s)
{
    mem_free(s->scores);
    mem_free(s->scratch);
}

/* The share of items above the hidden one when the rest of the history is known; -1: the model does not know
 * the item. */
static double rank_hidden(struct side *s, const struct training_data *data, const struct history *all, uint32_t hidden)
{
    uint32_t item[4096], time[4096], n = 0, above = 0, target = item_of(s, data->item_name[hidden]);
    float weight[4096];
    for (uint32_t i = 0; i < all->n && n < 4096; i++) {
        uint32_t of_model = all->item[i] == hidden ? UINT32_MAX : item_of(s, data->item_name[all->item[i]]);
        if (of_model == UINT32_MAX)
            continue;
        item[n] = of_model;
        time[n] = all->time[i];
        weight[n++] = all->weight[i];
    }
    if (target == UINT32_MAX || n == 0)
        return -1;
    struct history rest = {.n = n, .item = item, .time = time, .weight = weight, .now = all->now};
    s->model->kind->score(s->model, &rest, 1, s->scores, s->model->n_items, s->scratch);
    for (uint32_t i = 0; i < s->model->n_items; i++)
        above += s->scores[i] > s->scores[target];
    return (double)above / (double)s->model->n_items;
}

static void try_all(struct unlearned *out, struct side *model, struct side *without, const struct training_data *data,
                    const struct history *all)
{
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < all->n && out->tried < HIDDEN_MAX; i++) {
        bool before = false;
        for (uint32_t j = 0; j < i; j++)
            before |= all->item[j] == all->item[i];
        if (before)
            continue;
        double a = rank_hidden(model, data, all, all->item[i]), b = rank_hidden(without, data, all, all->item[i]);
        if (a < 0 || b < 0)
            continue;
        out->tried++;
        out->rank += a;
        out->rank_without += b;
        sum += b - a;
        squares += (b - a) * (b - a);
    }
    if (out->tried == 0)
        return;
    double n = out->tried, mean = sum / n, variance = n > 1 ? (squares - n * mean * mean) / (n - 1) : 0;
    out->rank /= n;
    out->rank_without /= n;
    out->advantage = mean;
    out->noise = 1.96 * sqrt((variance > 0 ? variance : 0) / n);
}

static int attack(struct unlearned *out, struct store *store, const struct model_record *record,
                  const struct retrained *without, int64_t user, struct job *job, struct error *err)
{
    struct training_data data = {0};
    struct training_data_options options = {0};
    struct opened_model opened = {0};
    struct side a = {0}, b = {0};
    int rc = training_data_load(&data, store, &options, job, err);
    rc = rc != 0 ? rc : models_open(&opened, store, record, job, err);
    if (rc == 0) {
        a = (struct side){.model = opened.model, .name = opened.item_name};
        b = (struct side){.model = without->model, .name = without->data.item_name};
        rc = prepare(&a, err);
        rc = rc != 0 ? rc : prepare(&b, err);
    }
    for (uint32_t u = 0; rc == 0 && u < data.dataset.n_users; u++)
        if (data.user[u] == user) {
            struct history all = dataset_history(&data.dataset, u);
            out->events = all.n;
            try_all(out, &a, &b, &data, &all);
        }
    finish(&a);
    finish(&b);
    models_close(&opened);
    training_data_release(&data);
    return rc;
}

int unlearned_prove(struct unlearned *out, struct store *store, const struct model_record *record, int64_t user,
                    struct pool *pool, struct job *job, struct error *err)
{
    struct retrained without;
    *out = (struct unlearned){0};
    int rc = retrain(&without, store, record, user, pool, job, err);
    if (rc != 0)
        return rc;
    out->exact = without.exact;
    rc = compare(out, store, record, &without, job, err);
    if (rc == 0 && user != 0)
        rc = attack(out, store, record, &without, user, job, err);
    retrained_release(&without);
    return rc;
}
