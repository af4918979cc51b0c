#include "privacy/unlearned.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"

enum { HIDDEN_MAX = 100 };

/* ---- the files ------------------------------------------------------------------------------------------ */

struct distance {
    double difference, norm, largest;
};

static void add_distance(struct distance *d, double a, double b)
{
    if (!isfinite(a) || !isfinite(b))
        return;
    d->difference += (a - b) * (a - b);
    d->norm += b * b;
    d->largest = fmax(d->largest, fabs(a - b));
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

static void compare_sets(struct unlearned_side *out, const struct tensor_set *a, const struct tensor_set *b)
{
    struct distance all = {0, 0, 0};
    for (size_t i = 0; i < a->n_tensors; i++) {
        const struct tensor *t = &a->tensors[i];
        struct distance d = {0, 0, 0};
        if (t->type != TENSOR_F32 && t->type != TENSOR_F64)
            continue;
        out->arrays++;
        const struct tensor *other = tensor_set_find(b, t->name);
        bool same_form = other != NULL && compare_arrays(t, other, &d);
        out->differing += !same_form || d.difference > 0;
        all.difference += d.difference;
        all.norm += d.norm;
        all.largest = same_form ? fmax(all.largest, d.largest) : (double)INFINITY;
    }
    out->relative = all.norm > 0 ? sqrt(all.difference / all.norm) : (double)NAN;
    out->largest = all.largest;
}

/* A file of its own in the folder of models, while it is compared. */
static int path_of(char *path, size_t size, struct store *store, const char *what, struct error *err)
{
    char name[80];
    snprintf(name, sizeof name, STORE_MODELS "/proving-%s-%ld.safetensors", what, (long)getpid());
    if (fs_join(path, size, store_workspace(store), name) == 0)
        return 0;
    return error_set(err, E_USAGE, store_workspace(store), "the path is too long");
}

static int compare_files(struct unlearned_side *out, const char *a, const char *b, struct job *job, struct error *err)
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

struct proving {
    struct unlearned *out;
    struct store *store;
    const struct model_record *record;
    int64_t user;
    struct pool *pool;
    struct job *job;
    struct retrained without;
    struct unlearned_model update;
    struct training_data all; /* with the person, who is still there */
};

/* The files of the model and of its update beside that of the one without them. */
static int compare(struct proving *p, struct error *err)
{
    struct unlearned *out = p->out;
    char file[FS_PATH_MAX], path[FS_PATH_MAX], updated[FS_PATH_MAX], digest[65];
    int rc = path_of(path, sizeof path, p->store, "without", err);
    rc = rc != 0 ? rc : path_of(updated, sizeof updated, p->store, "updated", err);
    if (rc == 0 && fs_join(file, sizeof file, store_workspace(p->store), p->record->file) != 0)
        rc = error_set(err, E_USAGE, store_workspace(p->store), "the path is too long");
    if (rc != 0)
        return rc;
    rc = models_write(p->without.model, &p->without.lineage, path, p->job, out->without, err);
    out->model.same = rc == 0 && strcmp(out->without, p->record->checksum) == 0;
    if (rc == 0 && !out->model.same)
        rc = compare_files(&out->model, file, path, p->job, err);
    if (rc == 0 && out->rehearsed) {
        rc = models_write(p->update.made.model, &p->update.made.lineage, updated, p->job, digest, err);
        out->update.same = rc == 0 && strcmp(out->without, digest) == 0;
        rc = rc != 0 ? rc : compare_files(&out->update, updated, path, p->job, err);
        unlink(updated);
    }
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

/* The model, the one without them, and the update, when there is one. */
enum { MODEL, WITHOUT, UPDATE, SIDES };

/* How much higher than the one without them: the mean over what was hidden, and its noise. */
static void sum_up(struct unlearned_side *out, double sum, double squares, double n)
{
    double mean = sum / n, variance = n > 1 ? (squares - n * mean * mean) / (n - 1) : 0;
    out->rank /= n;
    out->advantage = mean;
    out->noise = 1.96 * sqrt((variance > 0 ? variance : 0) / n);
}

static bool hidden_before(const struct history *all, uint32_t i)
{
    for (uint32_t j = 0; j < i; j++)
        if (all->item[j] == all->item[i])
            return true;
    return false;
}

static void try_all(struct unlearned *out, struct side side[SIDES], const struct training_data *data,
                    const struct history *all)
{
    struct unlearned_side *result[SIDES] = {&out->model, NULL, &out->update};
    double sum[SIDES] = {0}, squares[SIDES] = {0};
    for (uint32_t i = 0; i < all->n && out->tried < HIDDEN_MAX; i++) {
        double rank[SIDES] = {0};
        bool known = !hidden_before(all, i);
        for (int s = 0; s < SIDES; s++)
            if (known && side[s].model != NULL)
                known = (rank[s] = rank_hidden(&side[s], data, all, all->item[i])) >= 0;
        if (!known)
            continue;
        out->tried++;
        out->rank_without += rank[WITHOUT];
        for (int s = 0; s < SIDES; s++) {
            double higher = rank[WITHOUT] - rank[s];
            if (result[s] == NULL)
                continue;
            result[s]->rank += rank[s];
            sum[s] += higher;
            squares[s] += higher * higher;
        }
    }
    if (out->tried == 0)
        return;
    out->rank_without /= out->tried;
    sum_up(&out->model, sum[MODEL], squares[MODEL], out->tried);
    sum_up(&out->update, sum[UPDATE], squares[UPDATE], out->tried);
}

static int attack(struct proving *p, struct error *err)
{
    struct opened_model opened = {0};
    struct side side[SIDES] = {{0}};
    int rc = models_open(&opened, p->store, p->record, p->job, err);
    if (rc == 0) {
        side[MODEL] = (struct side){.model = opened.model, .name = opened.item_name};
        side[WITHOUT] = (struct side){.model = p->without.model, .name = p->without.data.item_name};
        if (p->out->rehearsed)
            side[UPDATE] = (struct side){.model = p->update.made.model, .name = p->update.made.data.item_name};
    }
    for (int s = 0; rc == 0 && s < SIDES; s++)
        if (side[s].model != NULL)
            rc = prepare(&side[s], err);
    for (uint32_t u = 0; rc == 0 && u < p->all.dataset.n_users; u++)
        if (p->all.user[u] == p->user) {
            struct history all = dataset_history(&p->all.dataset, u);
            p->out->events = all.n;
            try_all(p->out, side, &p->all, &all);
        }
    for (int s = 0; s < SIDES; s++)
        finish(&side[s]);
    models_close(&opened);
    return rc;
}

/* ---- proved ---------------------------------------------------------------------------------------------- */

/* Trained without them: on the data of then, if they are the same; else on those of today. */
static int train_without(struct proving *p, struct error *err)
{
    struct retrain_options o = {.without = p->user, .of_then = true};
    struct training_data_options all = retrain_data_of_then(p->record);
    int rc = retrain(&p->without, p->store, p->record, &o, p->pool, p->job, err);
    if (rc == 0 && p->user != 0)
        rc = training_data_load(&p->all, p->store, &all, p->job, err);
    const char *digest = p->user != 0 ? p->all.digest : p->without.data.digest;
    p->out->same_data = rc == 0 && strcmp(digest, p->record->data_digest) == 0;
    if (p->out->same_data || (rc != 0 && rc != E_BAD_DATA))
        return rc;
    retrained_release(&p->without);
    o.of_then = false;
    return retrain(&p->without, p->store, p->record, &o, p->pool, p->job, err);
}

/* What erasing them would do. */
static int rehearse(struct proving *p, struct error *err)
{
    struct departed departed = {0};
    int rc = departed_read_one(&departed, p->store, p->user, err);
    rc = rc != 0 ? rc : unlearn(&p->update, p->store, p->record, &departed, p->user, p->pool, p->job, err);
    departed_release(&departed);
    if (rc != 0)
        return rc;
    p->out->way = p->update.way;
    p->out->rehearsed = p->update.made.model != NULL && p->out->same_data;
    snprintf(p->out->why, sizeof p->out->why, "%s", p->update.why);
    return 0;
}

int unlearned_prove(struct unlearned *out, struct store *store, const struct model_record *record, int64_t user,
                    struct pool *pool, struct job *job, struct error *err)
{
    struct proving p = {.out = out, .store = store, .record = record, .user = user, .pool = pool, .job = job};
    *out = (struct unlearned){0};
    int rc = train_without(&p, err);
    out->exact = rc == 0 && p.without.exact;
    if (rc == 0 && user != 0)
        rc = rehearse(&p, err);
    rc = rc != 0 ? rc : compare(&p, err);
    if (rc == 0 && user != 0)
        rc = attack(&p, err);
    retrained_release(&p.without);
    unlearned_model_release(&p.update);
    training_data_release(&p.all);
    return rc;
}
