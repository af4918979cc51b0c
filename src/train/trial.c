#include "train/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "train/dump.h"

/* What one recipe gave under each seed. */
struct runs {
    struct evaluation *by_seed;
    uint32_t n;
};

struct running {
    struct trial *out;
    const struct training_data *data;
    const struct trial_options *options;
    struct runs *runs; /* by recipe */
};

static int measure(struct running *self, size_t recipe, uint32_t seed, const struct split *split, struct error *err)
{
    const struct trial_options *o = self->options;
    struct trial_model *m = &self->out->models[recipe];
    struct train_context ctx = recipe_context(m->recipe);
    ctx.seed = o->seed + seed;
    ctx.pool = o->pool;
    ctx.job = o->job;
    ctx.validation = o->split;
    struct evaluate_options how = {.n_k = o->n_k, .candidates = o->candidates, .seed = o->seed + seed, .pool = o->pool, .job = o->job};
    memcpy(how.k, o->k, sizeof how.k);
    struct model *model;
    double started = clock_seconds();
    int rc = model_train(&model, m->recipe->kind, &split->train, &ctx, err);
    if (rc != 0)
        return rc;
    double trained = clock_seconds();
    struct evaluation *e = &self->runs[recipe].by_seed[seed];
    rc = evaluate_model(e, model, split, &how, err);
    model_free(model);
    if (rc != 0)
        return rc;
    self->runs[recipe].n = seed + 1;
    m->train_seconds += (trained - started) / o->seeds;
    m->rank_seconds += (clock_seconds() - trained) / o->seeds;
    if (seed > 0)
        return 0;
    snprintf(m->note, sizeof m->note, "%s", ctx.note);
    return o->dump == NULL ? 0 : dump_lists(o->dump, m->recipe->name, self->data, e, err);
}

static void describe(struct trial *out, const struct split *split, const struct trial_options *o)
{
    char sentence[160];
    split_describe(&split->options, sentence, sizeof sentence);
    snprintf(out->protocol, sizeof out->protocol, "%s%s", sentence,
             o->candidates > 0 ? "; the easier, sampled protocol: few candidates instead of the whole catalogue" : "");
    out->test_users = split->n_users;
    out->train_users = split->train.n_users;
    out->train_events = split->train.n_events;
    out->items = split->train.n_items;
    out->catalogue = split->catalogue;
    out->relevant = split->relevant_start[split->n_users];
    out->unknown_users = split->unknown_users;
    out->unknown_items = split->unknown_items;
    out->already_had = split->already_had;
    out->moment = split->moment;
}

struct count {
    uint32_t n, item;
};

static int most_first(const void *a, const void *b)
{
    const struct count *x = a, *y = b;
    return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : (x->item > y->item) - (x->item < y->item);
}

static int find_tail(struct trial *out, const struct dataset *train, struct error *err)
{
    struct count *counts = mem_zalloc(train->n_items, sizeof *counts);
    uint64_t head = 0;
    out->tail = mem_alloc(train->n_items, sizeof *out->tail);
    if (counts == NULL || out->tail == NULL) {
        mem_free(counts);
        return error_nomem(err, "evaluation");
    }
    for (uint32_t i = 0; i < train->n_items; i++)
        counts[i].item = i;
    for (uint64_t e = 0; e < train->n_events; e++)
        counts[train->item[e]].n++;
    qsort(counts, train->n_items, sizeof *counts, most_first);
    for (uint32_t i = 0; i < train->n_items; i++) {
        out->tail[counts[i].item] = head * 10 >= train->n_events * 8;
        head += counts[i].n;
    }
    mem_free(counts);
    return 0;
}

static int keep_details(struct trial *out, const struct split *split, struct error *err)
{
    out->known = mem_alloc(split->n_users, sizeof *out->known);
    if (out->known == NULL)
        return error_nomem(err, "evaluation");
    for (uint32_t u = 0; u < split->n_users; u++)
        out->known[u] = split->history[u].n;
    return find_tail(out, &split->train, err);
}

static int run_seed(struct running *self, uint32_t seed, struct error *err)
{
    const struct trial_options *o = self->options;
    struct split_options how = o->split;
    struct split split;
    how.seed = o->seed + seed;
    int rc = split_make(&split, &self->data->dataset, &how, err);
    if (rc != 0)
        return rc;
    if (seed == 0)
        describe(self->out, &split, o);
    if (seed == 0 && o->details)
        rc = keep_details(self->out, &split, err);
    for (size_t i = 0; rc == 0 && i < self->out->n_models; i++)
        rc = measure(self, i, seed, &split, err);
    if (rc == 0 && seed == 0 && o->dump != NULL)
        rc = dump_relevant(o->dump, self->data, &self->runs[0].by_seed[0], self->out->protocol, err);
    split_release(&split);
    return rc;
}

/* The mean over the seeds; of one seed it is that seed's. */
static int average(struct trial_model *m, struct runs *runs, struct error *err)
{
    if (runs->n == 1) {
        m->evaluation = runs->by_seed[0];
        runs->n = 0;
        return 0;
    }
    const struct evaluation **parts = mem_alloc(runs->n, sizeof *parts);
    if (parts == NULL)
        return error_nomem(err, "evaluation");
    for (uint32_t s = 0; s < runs->n; s++)
        parts[s] = &runs->by_seed[s];
    int rc = evaluation_average(&m->evaluation, parts, runs->n, err);
    mem_free(parts);
    return rc;
}

static size_t best_model(const struct trial *t, uint32_t k)
{
    size_t best = 0;
    for (size_t i = 1; i < t->n_models; i++)
        if (evaluation_mean(&t->models[i].evaluation, METRIC_NDCG, k) >
            evaluation_mean(&t->models[best].evaluation, METRIC_NDCG, k))
            best = i;
    return best;
}

static int compare(struct running *self, struct error *err)
{
    struct trial *t = self->out;
    const struct trial_options *o = self->options;
    struct bootstrap_options how = {.seed = o->seed, .pool = o->pool, .job = o->job};
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < t->n_models; i++)
        rc = average(&t->models[i], &self->runs[i], err);
    if (rc != 0)
        return rc;
    t->reference = best_model(t, o->k[0]);
    for (size_t i = 0; rc == 0 && i < t->n_models; i++) {
        rc = bootstrap_intervals(&t->models[i].evaluation, &how, t->models[i].interval, err);
        if (rc == 0 && i != t->reference)
            rc = bootstrap_differences(&t->models[t->reference].evaluation, &t->models[i].evaluation, &how,
                                       t->models[i].difference, err);
    }
    return rc;
}

int trial_run(struct trial *out, const struct training_data *data, const struct recipe *recipes, size_t n_recipes,
              const struct trial_options *options, struct error *err)
{
    struct running self = {.out = out, .data = data, .options = options};
    int rc = 0;
    *out = (struct trial){.n_models = n_recipes};
    out->models = mem_zalloc(n_recipes, sizeof *out->models);
    self.runs = mem_zalloc(n_recipes, sizeof *self.runs);
    if (out->models == NULL || self.runs == NULL)
        rc = error_nomem(err, "evaluation");
    for (size_t i = 0; rc == 0 && i < n_recipes; i++) {
        out->models[i].recipe = &recipes[i];
        self.runs[i].by_seed = mem_zalloc(options->seeds, sizeof *self.runs[i].by_seed);
        if (self.runs[i].by_seed == NULL)
            rc = error_nomem(err, "evaluation");
    }
    for (uint32_t seed = 0; rc == 0 && seed < options->seeds; seed++)
        rc = run_seed(&self, seed, err);
    if (rc == 0)
        rc = compare(&self, err);
    if (rc == 0 && options->per_user != NULL)
        rc = dump_users(options->per_user, data, out, err);
    for (size_t i = 0; self.runs != NULL && i < n_recipes; i++) {
        for (uint32_t s = 0; s < self.runs[i].n; s++)
            evaluation_release(&self.runs[i].by_seed[s]);
        mem_free(self.runs[i].by_seed);
    }
    mem_free(self.runs);
    if (rc != 0)
        trial_release(out);
    return rc;
}

void trial_release(struct trial *self)
{
    for (size_t i = 0; self->models != NULL && i < self->n_models; i++)
        evaluation_release(&self->models[i].evaluation);
    mem_free(self->models);
    mem_free(self->known);
    mem_free(self->tail);
    *self = (struct trial){0};
}
