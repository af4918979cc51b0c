#include "command/details.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "train/segments.h"

/* Is a larger value of the metric a better one?  Of inequality it is not; of what is neither good nor bad by itself
 * nothing is said. */
static int direction(enum metric_id metric)
{
    return metric == METRIC_GINI || metric == METRIC_NOVELTY || metric == METRIC_COVERAGE ? 0 : 1;
}

/* Only where the interval leaves out 0. */
static const char *verdict(const struct difference *d, int direction)
{
    if (!d->significant)
        return "no difference seen";
    if (direction == 0)
        return d->mean > 0 ? "higher" : "lower";
    return d->mean > 0 ? "+ better" : "- worse";
}

static void add_bounds(struct result *out)
{
    result_add_column(out, "difference", CELL_REAL, "", "to the best model by NDCG, over the same users (paired)", 4);
    result_add_column(out, "low", CELL_REAL, "", "95 % interval of the difference: bootstrap over the test users", 4);
    result_add_column(out, "high", CELL_REAL, "", "", 4);
    result_add_column(out, "verdict", CELL_TEXT, "", "only where the interval leaves out 0", 0);
}

static void put_difference(struct result *out, const struct difference *d, bool reference, int direction)
{
    if (reference) {
        result_add_null(out), result_add_null(out), result_add_null(out);
        result_add_text(out, "the best");
        return;
    }
    result_add_real(out, d->mean);
    result_add_real(out, d->low);
    result_add_real(out, d->high);
    result_add_text(out, verdict(d, direction));
}

static int add_differences(struct result *out, const struct trial *t, struct error *err)
{
    struct result *table = result_add_table(out, "differences");
    if (table == NULL)
        return error_nomem(err, "the differences");
    result_set_title(table, "Differences to %s", t->models[t->reference].recipe->name);
    result_add_column(table, "metric", CELL_TEXT, "", "", 0);
    result_add_column(table, "model", CELL_TEXT, "", "", 0);
    result_add_column(table, "value", CELL_REAL, "", "", 4);
    add_bounds(table);
    result_add_column(table, "p", CELL_REAL, "", "two-sided, by the bootstrap; not corrected for the many comparisons", 3);
    for (uint32_t c = 0; c < t->models[0].evaluation.n_columns; c++)
        for (size_t m = 0; m < t->n_models; m++) {
            const struct evaluate_column *column = &t->models[m].evaluation.column[c];
            char label[64];
            if (column->value == NULL)
                continue;
            result_add_text(table, metric_label(column->metric, column->k, label, sizeof label));
            result_add_text(table, t->models[m].recipe->name);
            result_add_real(table, column->mean);
            put_difference(table, &t->models[m].difference[c], m == t->reference, direction(column->metric));
            if (m == t->reference)
                result_add_null(table);
            else
                result_add_real(table, t->models[m].difference[c].p);
        }
    return 0;
}

static void segment_rows(struct result *table, const struct trial *t, const struct segment *s,
                         const struct segment_figures *figures)
{
    for (size_t m = 0; m < t->n_models; m++) {
        result_add_text(table, s->name);
        result_add_int(table, s->n);
        result_add_text(table, t->models[m].recipe->name);
        result_add_real(table, figures[m].recall);
        result_add_real(table, figures[m].ndcg);
        result_add_real(table, figures[m].interval.low);
        result_add_real(table, figures[m].interval.high);
        put_difference(table, &figures[m].difference, m == t->reference, 1);
    }
}

static int add_segments(struct result *out, const struct trial *t, const struct trial_options *o,
                        const struct segments *segments, struct error *err)
{
    struct bootstrap_options how = {.seed = o->seed, .pool = o->pool, .job = o->job};
    struct segment_figures *figures = mem_alloc(t->n_models, sizeof *figures);
    struct result *table = result_add_table(out, "segments");
    char label[32];
    int rc = figures != NULL && table != NULL ? 0 : error_nomem(err, "the segments");
    if (rc == 0) {
        result_set_title(table, "Segments: NDCG and recall at %u", o->k[0]);
        result_add_column(table, "segment", CELL_TEXT, "", "", 0);
        result_add_column(table, "users", CELL_INT, "", "", 0);
        result_add_column(table, "model", CELL_TEXT, "", "", 0);
        result_add_column(table, metric_label(METRIC_RECALL, o->k[0], label, sizeof label), CELL_REAL, "", "", 4);
        result_add_column(table, metric_label(METRIC_NDCG, o->k[0], label, sizeof label), CELL_REAL, "", "", 4);
        result_add_column(table, "ndcg.low", CELL_REAL, "", "95 % interval of NDCG", 4);
        result_add_column(table, "ndcg.high", CELL_REAL, "", "", 4);
        add_bounds(table);
    }
    for (size_t i = 0; rc == 0 && i < segments->n; i++) {
        rc = segment_measure(&segments->segment[i], t, o->k[0], &how, figures, err);
        if (rc == 0)
            segment_rows(table, t, &segments->segment[i], figures);
        if (rc == 0)
            result_note(table, "%s: %s.", segments->segment[i].name, segments->segment[i].what);
    }
    mem_free(figures);
    return rc;
}

struct spread {
    double by;
    uint32_t row;
};

static int widest_first(const void *a, const void *b)
{
    const struct spread *x = a, *y = b;
    return x->by < y->by ? 1 : x->by > y->by ? -1 : (x->row > y->row) - (x->row < y->row);
}

/* The users in whom the models' NDCG differs most. */
static int add_users(struct result *out, const struct trial *t, const struct trial_options *o,
                     const struct training_data *data, struct error *err)
{
    const struct evaluation *first = &t->models[0].evaluation;
    struct spread *spread = mem_alloc(first->n_users, sizeof *spread);
    struct result *table = result_add_table(out, "users");
    if (spread == NULL || table == NULL) {
        mem_free(spread);
        return error_nomem(err, "the users");
    }
    for (uint32_t u = 0; u < first->n_users; u++) {
        double low = 1, high = 0;
        for (size_t m = 0; m < t->n_models; m++) {
            double v = evaluation_column(&t->models[m].evaluation, METRIC_NDCG, o->k[0])->value[u];
            low = fmin(low, v), high = fmax(high, v);
        }
        spread[u] = (struct spread){t->n_models > 1 ? high - low : high, u};
    }
    qsort(spread, first->n_users, sizeof *spread, widest_first);
    result_set_title(table, "The users in whom the models differ most: NDCG at %u", o->k[0]);
    result_add_column(table, "user", CELL_TEXT, "", "", 0);
    result_add_column(table, "known", CELL_INT, "events", "of the user before the split", 0);
    result_add_column(table, "relevant", CELL_INT, "items", "to be found", 0);
    for (size_t m = 0; m < t->n_models; m++)
        result_add_column(table, t->models[m].recipe->name, CELL_REAL, "", "", 3);
    result_add_column(table, "spread", CELL_REAL, "", "between the best and the worst of the models", 3);
    result_add_column(table, "wins", CELL_TEXT, "", "the model that ranks best for this user", 0);
    for (uint32_t i = 0; i < first->n_users && i < DETAILS_USERS; i++) {
        uint32_t u = spread[i].row;
        size_t wins = 0, alike = 0;
        double best = -1;
        result_add_text(table, data->user_name[first->user[u]]);
        result_add_int(table, t->known[u]);
        result_add_int(table, (int64_t)(first->relevant_start[u + 1] - first->relevant_start[u]));
        for (size_t m = 0; m < t->n_models; m++) {
            double v = evaluation_column(&t->models[m].evaluation, METRIC_NDCG, o->k[0])->value[u];
            result_add_real(table, v);
            alike = v > best ? 1 : alike + !(v < best);
            if (v > best)
                best = v, wins = m;
        }
        result_add_real(table, spread[i].by);
        result_add_text(table, alike == 1 ? t->models[wins].recipe->name : "several");
    }
    mem_free(spread);
    return 0;
}

int details_report(struct result *out, const struct trial *trial, const struct trial_options *options,
                   const struct training_data *data, struct store *store, const char *by, struct error *err)
{
    struct segments segments = {.n = 0};
    int rc = segments_make(&segments, trial, data, store, by, err);
    if (rc == 0 && trial->n_models > 1)
        rc = add_differences(out, trial, err);
    if (rc == 0)
        rc = add_segments(out, trial, options, &segments, err);
    if (rc == 0)
        rc = add_users(out, trial, options, data, err);
    segments_release(&segments);
    return rc;
}
