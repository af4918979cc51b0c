#include "train/segments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/attributes.h"

enum { VALUES_MAX = 512, VALUES_SHOWN = 8, VALUE_LEN = 64 };

void segments_release(struct segments *self)
{
    for (size_t i = 0; i < self->n; i++)
        mem_free(self->segment[i].row);
    self->n = 0;
}

/* Adds the rows for which member[row] is set, if they are enough. */
static int add(struct segments *self, const char *name, const char *what, const uint8_t *member, uint32_t n_rows,
               bool tail, struct error *err)
{
    uint32_t n = 0;
    for (uint32_t r = 0; r < n_rows; r++)
        n += member[r];
    if (n < SEGMENT_USERS_MIN || self->n == SEGMENTS_MAX)
        return 0;
    struct segment *s = &self->segment[self->n];
    *s = (struct segment){.tail = tail, .row = mem_alloc(n, sizeof *s->row)};
    if (s->row == NULL)
        return error_nomem(err, "segments");
    for (uint32_t r = 0; r < n_rows; r++)
        if (member[r])
            s->row[s->n++] = r;
    snprintf(s->name, sizeof s->name, "%s", name);
    snprintf(s->what, sizeof s->what, "%s", what);
    self->n++;
    return 0;
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* New, light and heavy users, by how much is known of them. */
static int add_by_history(struct segments *self, const struct trial *t, uint8_t *member, struct error *err)
{
    uint32_t n = t->models[0].evaluation.n_users;
    uint32_t *sorted = mem_dup(t->known, n * sizeof *sorted);
    char what[160];
    if (sorted == NULL)
        return error_nomem(err, "segments");
    qsort(sorted, n, sizeof *sorted, ascending);
    uint32_t light = sorted[n / 3], heavy = sorted[n - 1 - n / 5];
    mem_free(sorted);
    for (uint32_t r = 0; r < n; r++)
        member[r] = t->known[r] <= SEGMENT_NEW_EVENTS;
    snprintf(what, sizeof what, "at most %d events known", SEGMENT_NEW_EVENTS);
    int rc = add(self, "new users", what, member, n, false, err);
    for (uint32_t r = 0; r < n; r++)
        member[r] = t->known[r] <= light;
    snprintf(what, sizeof what, "the third of whom least is known: at most %u events", light);
    if (rc == 0)
        rc = add(self, "light users", what, member, n, false, err);
    for (uint32_t r = 0; r < n; r++)
        member[r] = t->known[r] >= heavy;
    snprintf(what, sizeof what, "the fifth of whom most is known: at least %u events", heavy);
    return rc != 0 ? rc : add(self, "heavy users", what, member, n, false, err);
}

static int add_tail(struct segments *self, const struct trial *t, uint8_t *member, struct error *err)
{
    const struct evaluation *e = &t->models[0].evaluation;
    for (uint32_t r = 0; r < e->n_users; r++) {
        member[r] = 0;
        for (uint64_t i = e->relevant_start[r]; i < e->relevant_start[r + 1]; i++)
            member[r] |= t->tail[e->relevant[i]];
    }
    return add(self, "tail items", "only items outside the most popular ones that make 80 % of the events are to be found",
               member, e->n_users, true, err);
}

/* ---- by an attribute ----------------------------------------------------------------------------------- */

struct values {
    const char *attribute;
    char value[VALUES_MAX][VALUE_LEN];
    uint32_t count[VALUES_MAX];
    size_t n;
    uint16_t *of_row; /* 1 + value; 0: none */
    uint32_t row;
};

static int take_value(void *context, const struct attribute *attribute, const struct attribute_value *value)
{
    struct values *v = context;
    char text[VALUE_LEN];
    if (strcmp(attribute->name, v->attribute) != 0)
        return 0;
    if (attribute->type == ATTRIBUTE_TEXT)
        snprintf(text, sizeof text, "%.*s", (int)(value->n < VALUE_LEN - 1 ? value->n : VALUE_LEN - 1), value->text);
    else if (attribute->type == ATTRIBUTE_LIST)
        return 0;
    else
        snprintf(text, sizeof text, "%.10g", value->number);
    size_t i = 0;
    while (i < v->n && strcmp(v->value[i], text) != 0)
        i++;
    if (i == VALUES_MAX)
        return 0;
    if (i == v->n)
        memcpy(v->value[v->n++], text, sizeof text);
    v->count[i]++;
    v->of_row[v->row] = (uint16_t)(i + 1);
    return 0;
}

static int add_largest(struct segments *self, struct values *v, uint8_t *member, uint32_t n, struct error *err)
{
    int rc = 0;
    for (int shown = 0; rc == 0 && shown < VALUES_SHOWN; shown++) {
        size_t best = 0;
        char name[sizeof self->segment[0].name];
        for (size_t i = 1; i < v->n; i++)
            if (v->count[i] > v->count[best])
                best = i;
        if (v->n == 0 || v->count[best] == 0)
            break;
        v->count[best] = 0;
        for (uint32_t r = 0; r < n; r++)
            member[r] = v->of_row[r] == best + 1;
        snprintf(name, sizeof name, "%.30s=%s", v->attribute, v->value[best]);
        rc = add(self, name, "users with this attribute", member, n, false, err);
    }
    return rc;
}

static int check_attribute(struct store *store, const char *by, struct error *err)
{
    struct attribute *all = NULL;
    size_t n = 0;
    int rc = attributes_list(store, ATTRIBUTE_OF_USER, &all, &n, err);
    bool found = false;
    for (size_t i = 0; rc == 0 && i < n; i++)
        found |= strcmp(all[i].name, by) == 0;
    mem_free(all);
    if (rc != 0 || found)
        return rc;
    error_set(err, E_NOT_FOUND, "--by", "users have no attribute '%.60s'", by);
    return error_hint(err, E_NOT_FOUND, "`reckon attributes list` shows those that there are");
}

static int add_by_attribute(struct segments *self, const struct trial *t, const struct training_data *data,
                            struct store *store, const char *by, uint8_t *member, struct error *err)
{
    const struct evaluation *e = &t->models[0].evaluation;
    int rc = check_attribute(store, by, err);
    if (rc != 0)
        return rc;
    struct values *v = mem_zalloc(1, sizeof *v);
    uint16_t *of_row = mem_zalloc(e->n_users, sizeof *of_row);
    if (v == NULL || of_row == NULL) {
        rc = error_nomem(err, "segments");
    } else {
        v->attribute = by;
        v->of_row = of_row;
        for (v->row = 0; rc == 0 && v->row < e->n_users; v->row++)
            rc = attributes_of(store, ATTRIBUTE_OF_USER, data->user[e->user[v->row]], take_value, v, err);
        if (rc == 0)
            rc = add_largest(self, v, member, e->n_users, err);
    }
    mem_free(of_row);
    mem_free(v);
    return rc;
}

int segments_make(struct segments *out, const struct trial *trial, const struct training_data *data,
                  struct store *store, const char *by, struct error *err)
{
    uint32_t n = trial->models[0].evaluation.n_users;
    uint8_t *member = mem_alloc(n, sizeof *member);
    out->n = 0;
    if (member == NULL)
        return error_nomem(err, "segments");
    int rc = add_by_history(out, trial, member, err);
    if (rc == 0)
        rc = add_tail(out, trial, member, err);
    if (rc == 0 && by != NULL)
        rc = add_by_attribute(out, trial, data, store, by, member, err);
    mem_free(member);
    if (rc != 0)
        segments_release(out);
    return rc;
}

/* ---- measuring ----------------------------------------------------------------------------------------- */

/* A user's figures when only the relevant items of the tail count. */
static void measure_tail(const struct evaluation *e, const uint8_t *tail, uint32_t row, uint32_t k, double *recall,
                         double *ndcg)
{
    uint8_t hit[1024] = {0};
    uint32_t relevant = 0, n = e->list_length[row] < k ? e->list_length[row] : k;
    const struct scored *list = e->list + (size_t)row * e->depth;
    n = n < sizeof hit ? n : sizeof hit;
    for (uint64_t i = e->relevant_start[row]; i < e->relevant_start[row + 1]; i++) {
        if (!tail[e->relevant[i]])
            continue;
        relevant++;
        for (uint32_t p = 0; p < n; p++)
            hit[p] |= list[p].item == e->relevant[i];
    }
    *recall = metric_of_hits(METRIC_RECALL, hit, n, relevant, k);
    *ndcg = metric_of_hits(METRIC_NDCG, hit, n, relevant, k);
}

/* The part of a model's evaluation that the segment is about. */
static int take_part(struct evaluation *out, const struct segment *s, const struct trial *t, size_t model, uint32_t k,
                     struct error *err)
{
    const struct evaluation *e = &t->models[model].evaluation;
    const struct evaluate_column *recall = evaluation_column(e, METRIC_RECALL, k), *ndcg = evaluation_column(e, METRIC_NDCG, k);
    int rc = evaluation_init(out, s->n, METRIC_BIT(RECALL) | METRIC_BIT(NDCG), &k, 1, err);
    if (rc != 0)
        return rc;
    struct evaluate_column *to = out->column;
    for (uint32_t i = 0; i < s->n; i++) {
        uint32_t row = s->row[i];
        out->user[i] = e->user[row];
        out->user_key[i] = e->user_key[row];
        if (s->tail) {
            measure_tail(e, t->tail, row, k, &to[0].value[i], &to[1].value[i]);
        } else {
            to[0].value[i] = recall->value[row];
            to[1].value[i] = ndcg->value[row];
        }
        to[0].mean += to[0].value[i] / s->n;
        to[1].mean += to[1].value[i] / s->n;
    }
    return 0;
}

int segment_measure(const struct segment *self, const struct trial *trial, uint32_t k,
                    const struct bootstrap_options *how, struct segment_figures *out, struct error *err)
{
    struct evaluation reference = {0};
    int rc = take_part(&reference, self, trial, trial->reference, k, err);
    for (size_t m = 0; rc == 0 && m < trial->n_models; m++) {
        struct evaluation part = {0};
        struct interval interval[2];
        struct difference difference[2] = {{0}};
        rc = take_part(&part, self, trial, m, k, err);
        if (rc == 0)
            rc = bootstrap_intervals(&part, how, interval, err);
        if (rc == 0 && m != trial->reference)
            rc = bootstrap_differences(&reference, &part, how, difference, err);
        if (rc == 0)
            out[m] = (struct segment_figures){part.column[0].mean, part.column[1].mean, interval[1], difference[1]};
        evaluation_release(&part);
    }
    evaluation_release(&reference);
    return rc;
}
