#include "train/cold_start.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/cold_split.h"
#include "engine/content.h"
#include "engine/kinds.h"

#define SHARE (1.0 / 3)

static const uint32_t known[COLD_START_ROWS] = {0, 1, 2, 3, 5};

struct running {
    struct cold_start *out;
    const struct training_data *data;
    const struct recipe *recipe;
    const struct trial_options *options;
};

static int train(const struct running *self, const struct model_kind *kind, const struct params *params,
                 const struct dataset *data, struct model **out, struct error *err)
{
    struct train_context ctx = {.seed = self->options->seed, .pool = self->options->pool, .job = self->options->job};
    if (params != NULL)
        ctx.params = *params;
    else
        model_default_params(kind, &ctx.params);
    return model_train(out, kind, data, &ctx, err);
}

static int measure(const struct running *self, struct evaluation *out, const struct model *model,
                   const struct split *split, struct error *err)
{
    struct evaluate_options how = {
        .k = {self->out->k},
        .n_k = 1,
        .metrics = METRIC_BIT(NDCG) | METRIC_BIT(AUC) | METRIC_BIT(HIT_RATE),
        .seed = self->options->seed,
        .pool = self->options->pool,
        .job = self->options->job,
    };
    return evaluate_model(out, model, split, &how, err);
}

/* Two models, one question: fills the row. */
static int compare(const struct running *self, struct cold_start_row *row, const struct model *popular,
                   const struct model *answer, const struct split *split, double *hit_rate, struct error *err)
{
    struct evaluation a = {0}, b = {0};
    struct difference differences[EVALUATE_COLUMNS_MAX];
    struct bootstrap_options how = {
        .seed = self->options->seed, .pool = self->options->pool, .job = self->options->job};
    uint32_t k = self->out->k;
    int rc = measure(self, &a, popular, split, err);
    if (rc == 0)
        rc = measure(self, &b, answer, split, err);
    if (rc == 0)
        rc = bootstrap_differences(&a, &b, &how, differences, err);
    if (rc == 0) {
        const struct evaluate_column *ndcg = evaluation_column(&a, METRIC_NDCG, k);
        row->popular = evaluation_mean(&a, METRIC_NDCG, k);
        row->answer = evaluation_mean(&b, METRIC_NDCG, k);
        row->popular_auc = evaluation_mean(&a, METRIC_AUC, 0);
        row->answer_auc = evaluation_mean(&b, METRIC_AUC, 0);
        row->difference = differences[ndcg - a.column];
        if (hit_rate != NULL)
            *hit_rate = evaluation_mean(&b, METRIC_HIT_RATE, k);
    }
    evaluation_release(&a);
    evaluation_release(&b);
    return rc;
}

/* ---- people -------------------------------------------------------------------------------------------- */

static void describe(struct cold_start *out, const struct cold_split *cold)
{
    const struct split *s = &cold->split;
    char sentence[160];
    split_describe(&s->options, sentence, sizeof sentence);
    snprintf(out->protocol, sizeof out->protocol,
             "%s; a third of the people is kept out of the training, and only their %s events before are known", sentence,
             s->options.kind == SPLIT_RANDOM ? "drawn" : "last");
    out->users = s->n_users;
    out->train_users = s->train.n_users;
    out->relevant = s->relevant_start[s->n_users];
}

static int run_people(struct running *self, struct error *err)
{
    struct cold_options how = {.split = self->options->split, .share = SHARE, .least = COLD_START_LEAST};
    struct cold_split cold;
    struct model *popular = NULL, *segment = NULL, *model = NULL;
    how.split.seed = self->options->seed;
    int rc = cold_split_make(&cold, &self->data->dataset, &how, err);
    if (rc != 0)
        return rc;
    describe(self->out, &cold);
    rc = train(self, &popular_kind, NULL, &cold.split.train, &popular, err);
    if (rc == 0)
        rc = train(self, self->recipe->kind, &self->recipe->params, &cold.split.train, &model, err);
    if (rc == 0)
        rc = train(self, &popular_segment_kind, NULL, &cold.split.train, &segment, err);
    for (size_t i = 0; rc == 0 && i < COLD_START_ROWS; i++) {
        struct split split = cold_split_known(&cold, known[i]);
        self->out->rows[i].known = known[i];
        rc = compare(self, &self->out->rows[i], popular, known[i] == 0 ? segment : model, &split, NULL, err);
    }
    model_free(popular);
    model_free(segment);
    model_free(model);
    cold_split_release(&cold);
    return rc;
}

/* ---- items --------------------------------------------------------------------------------------------- */

/* The descriptions without those of the items that nobody had. */
static int only_known(struct item_terms *out, const struct split *split, const struct item_terms *all,
                      struct error *err)
{
    const struct csr *m = &all->counts;
    bool *had = mem_zalloc(m->rows, sizeof *had);
    *out = (struct item_terms){.counts = {.rows = m->rows, .cols = m->cols}};
    out->counts.start = mem_zalloc((size_t)m->rows + 1, sizeof *m->start);
    out->counts.col = mem_alloc(m->start[m->rows], sizeof *m->col);
    out->counts.val = mem_alloc(m->start[m->rows], sizeof *m->val);
    out->key = mem_dup(all->key, m->cols * sizeof *all->key);
    out->embedded = all->embedded != NULL ? mem_dup(all->embedded, m->cols * sizeof *all->embedded) : NULL;
    if (had == NULL || (all->embedded != NULL && out->embedded == NULL) || out->counts.start == NULL || out->counts.col == NULL || out->counts.val == NULL ||
        out->key == NULL) {
        mem_free(had);
        item_terms_release(out);
        return error_nomem(err, "cold start");
    }
    for (uint64_t e = 0; e < split->train.n_events; e++)
        had[split->train.item[e]] = true;
    uint64_t at = 0;
    for (uint32_t i = 0; i < m->rows; i++) {
        for (uint64_t e = m->start[i]; had[i] && e < m->start[(size_t)i + 1]; e++, at++) {
            out->counts.col[at] = m->col[e];
            out->counts.val[at] = m->val[e];
        }
        out->counts.start[(size_t)i + 1] = at;
    }
    mem_free(had);
    return 0;
}

/* A content model that met the new items only after its training. */
static int train_content(const struct running *self, struct split *split, struct model **out, struct error *err)
{
    const struct params *params = self->recipe->kind == &content_kind ? &self->recipe->params : NULL;
    const struct item_terms *all = self->data->dataset.terms;
    struct item_terms before;
    struct model *model = NULL;
    int rc = only_known(&before, split, all, err);
    if (rc != 0)
        return rc;
    split->train.terms = &before;
    rc = train(self, &content_kind, params, &split->train, &model, err);
    if (rc == 0)
        rc = content_over_items(out, model, all, err);
    model_free(model);
    split->train.terms = all;
    item_terms_release(&before);
    return rc;
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* How many different items there are to be found; sorts them (nobody needs them afterwards). */
static uint32_t count_distinct(struct split *split)
{
    uint64_t n = split->relevant_start[split->n_users];
    uint32_t distinct = 0;
    qsort(split->relevant, n, sizeof *split->relevant, ascending);
    for (uint64_t i = 0; i < n; i++)
        distinct += i == 0 || split->relevant[i] != split->relevant[i - 1];
    return distinct;
}

static int run_items(struct running *self, struct error *err)
{
    struct split_options how = self->options->split;
    struct split split;
    struct model *popular = NULL, *content = NULL;
    how.drop_unknown_items = false;
    int rc = split_make(&split, &self->data->dataset, &how, err);
    if (rc != 0)
        return rc;
    rc = cold_split_new_items(&split, err);
    if (rc == 0)
        rc = train(self, &popular_kind, NULL, &split.train, &popular, err);
    if (rc == 0)
        rc = train_content(self, &split, &content, err);
    if (rc == 0)
        rc = compare(self, &self->out->items, popular, content, &split, &self->out->items_hit_rate, err);
    if (rc == 0) {
        self->out->items_users = split.n_users;
        self->out->items_new = count_distinct(&split);
        self->out->items_measured = true;
        snprintf(self->out->items_model, sizeof self->out->items_model, "%s", content_kind.name);
    }
    model_free(popular);
    model_free(content);
    split_release(&split);
    return rc;
}

int cold_start_run(struct cold_start *out, const struct training_data *data, const struct recipe *recipe,
                   const struct trial_options *options, struct error *err)
{
    struct running self = {.out = out, .data = data, .recipe = recipe, .options = options};
    *out = (struct cold_start){.k = options->k[0]};
    snprintf(out->answers, sizeof out->answers, "%s", recipe->name);
    int rc = run_people(&self, err);
    if (rc != 0)
        return rc;
    struct error why = {0};
    if (options->split.kind != SPLIT_TIME)
        snprintf(out->items_why_not, sizeof out->items_why_not, "items are new only to a split in time");
    else if (data->dataset.terms == NULL)
        snprintf(out->items_why_not, sizeof out->items_why_not, "no item has a title or attributes");
    else
        rc = run_items(&self, &why);
    if (rc == E_BAD_DATA) {
        snprintf(out->items_why_not, sizeof out->items_why_not, "%s", why.why);
        rc = 0;
    }
    if (rc != 0 && err != NULL)
        *err = why;
    return rc;
}
