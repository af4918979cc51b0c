#include "privacy/publication.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { LABEL_MAX = 1 << 16 };

/* ---- what is seen ------------------------------------------------------------------------------------------- */

static int make_labels(struct publication *self, struct error *err)
{
    const struct mondrian *m = &self->mondrian;
    self->labels = mem_zalloc((size_t)m->n_classes * m->n_quasi + 1, sizeof *self->labels);
    if (self->labels == NULL)
        return error_nomem(err, "the data set");
    for (uint32_t c = 0; c < m->n_classes; c++)
        for (uint32_t q = 0; q < m->n_quasi; q++) {
            const struct mondrian_range *r = mondrian_range_of(m, c, q);
            struct str text;
            str_init(&text, LABEL_MAX);
            int failed = publication_label(&self->columns[q], r->low, r->high, &text);
            char *label = failed == 0 ? str_take(&text) : NULL;
            str_release(&text);
            if (failed == 0 && label == NULL)
                label = mem_strdup("");
            if (label == NULL)
                return error_nomem(err, "the data set");
            self->labels[(size_t)c * m->n_quasi + q] = label;
        }
    return 0;
}

static int compare_classes(const void *a, const void *b, void *context)
{
    const struct publication *self = context;
    size_t n = self->n_quasi, x = *(const uint32_t *)a * n, y = *(const uint32_t *)b * n;
    for (size_t q = 0; q < n; q++) {
        int order = strcmp(self->labels[x + q], self->labels[y + q]);
        if (order != 0)
            return order;
    }
    return 0;
}

/* Classes that look the same are one. */
static int join_classes(struct publication *self, struct error *err)
{
    uint32_t n = self->mondrian.n_classes, *order = mem_alloc(n, sizeof *order), *joined = mem_alloc(n, sizeof *joined);
    self->class_of = mem_alloc(self->n_rows, sizeof *self->class_of);
    if (order == NULL || joined == NULL || self->class_of == NULL) {
        mem_free(order);
        mem_free(joined);
        return error_nomem(err, "the data set");
    }
    for (uint32_t c = 0; c < n; c++)
        order[c] = c;
    qsort_r(order, n, sizeof *order, compare_classes, self);
    self->n_classes = 0;
    for (uint32_t i = 0; i < n; i++) {
        self->n_classes += i == 0 || compare_classes(&order[i - 1], &order[i], self) != 0;
        joined[order[i]] = self->n_classes - 1;
    }
    for (uint32_t r = 0; r < self->n_rows; r++) {
        uint32_t c = self->mondrian.class_of[r];
        self->class_of[r] = c == MONDRIAN_SUPPRESSED ? c : joined[c];
    }
    mem_free(order);
    mem_free(joined);
    struct mondrian seen = {.n_classes = self->n_classes, .class_of = self->class_of};
    return mondrian_rows(&seen, self->n_rows, &self->rows, &self->start, err);
}

/* ---- once more ----------------------------------------------------------------------------------------------- */

static int measure_classes(struct publication *self, const struct microdata_model *model, bool *holds,
                           struct error *err)
{
    struct microdata_meter meter;
    bool *suppressed = mem_zalloc(self->n_rows, sizeof *suppressed);
    if (suppressed == NULL)
        return error_nomem(err, "the data set");
    for (uint32_t r = 0; r < self->n_rows; r++)
        suppressed[r] = self->class_of[r] == MONDRIAN_SUPPRESSED;
    int rc = microdata_meter_init(&meter, &self->data, suppressed, err);
    mem_free(suppressed);
    if (rc != 0)
        return rc;
    *holds = true;
    for (uint32_t c = 0; c < self->n_classes; c++) {
        struct microdata_measure m;
        microdata_measure(&meter, model, self->rows + self->start[c], self->start[c + 1] - self->start[c], &m);
        *holds &= microdata_holds(model, &m);
        if (c == 0) {
            self->worst = m;
            continue;
        }
        self->worst.people = m.people < self->worst.people ? m.people : self->worst.people;
        self->worst.values = m.values < self->worst.values ? m.values : self->worst.values;
        self->worst.entropy = fmin(self->worst.entropy, m.entropy);
        self->worst.ratio = fmax(self->worst.ratio, m.ratio);
        self->worst.distance = fmax(self->worst.distance, m.distance);
    }
    microdata_meter_release(&meter);
    return 0;
}

static void forget_classes(struct publication *self)
{
    for (size_t i = 0; self->labels != NULL && i < (size_t)self->mondrian.n_classes * self->mondrian.n_quasi; i++)
        mem_free(self->labels[i]);
    mem_free(self->labels);
    mem_free(self->class_of);
    mem_free(self->rows);
    mem_free(self->start);
    mondrian_release(&self->mondrian);
    self->labels = NULL;
    self->class_of = self->rows = self->start = NULL;
}

static int make_classes(struct publication *self, const struct publication_request *request, double suppress,
                        bool *holds, struct job *job, struct error *err)
{
    struct mondrian_options options = request->options;
    options.suppress = suppress;
    int rc = mondrian_make(&self->mondrian, &self->data, &request->model, &options, job, err);
    rc = rc != 0 ? rc : make_labels(self, err);
    rc = rc != 0 ? rc : join_classes(self, err);
    return rc != 0 ? rc : measure_classes(self, &request->model, holds, err);
}

/* ---- all ------------------------------------------------------------------------------------------------------ */

static int measure_risk(struct publication *self, const struct publication_request *request, struct error *err)
{
    uint32_t *raw = NULL, n_raw, *sizes;
    int rc = risk_classes(&self->data, &raw, &n_raw, err);
    rc = rc != 0 ? rc : risk_measure(&self->before, &self->data, raw, n_raw, request->population, err);
    mem_free(raw);
    double population = request->population > self->n_people ? request->population : self->n_people;
    rc = rc != 0 ? rc : risk_measure(&self->after, &self->data, self->class_of, self->n_classes, population, err);
    if (rc != 0)
        return rc;
    sizes = mem_alloc(self->n_classes, sizeof *sizes);
    if (sizes == NULL)
        return error_nomem(err, "the data set");
    for (uint32_t c = 0; c < self->n_classes; c++)
        sizes[c] = self->start[c + 1] - self->start[c];
    risk_cost(&self->cost, &self->data, &self->mondrian, self->class_of, sizes, self->n_classes, request->model.k);
    mem_free(sizes);
    return 0;
}

int publication_make(struct publication *out, struct store *store, const struct publication_request *request,
                     struct job *job, struct error *err)
{
    bool holds = false;
    *out = (struct publication){0};
    if (request->model.k < 2)
        return error_set(err, E_USAGE, "k", "must be at least 2: a class of one is a person");
    if (request->n_quasi == 0)
        return error_set(err, E_USAGE, "--quasi", "is missing: what may others know of a person too?");
    int rc = publication_read(out, store, request, job, err);
    rc = rc != 0 ? rc : make_classes(out, request, request->options.suppress, &holds, job, err);
    if (rc == 0 && !holds && request->options.suppress > 0) {
        /* What is left out changes how the rest is distributed, which t is about: without leaving out, nothing does. */
        forget_classes(out);
        rc = make_classes(out, request, 0, &holds, job, err);
    }
    if (rc == 0 && !holds)
        rc = error_set(err, E_FAILED, "the data set", "does not hold what was asked for; nothing was written");
    rc = rc != 0 ? rc : measure_risk(out, request, err);
    if (rc != 0)
        publication_release(out);
    return rc;
}

void publication_release(struct publication *self)
{
    forget_classes(self);
    for (size_t c = 0; c < self->n_columns; c++) {
        struct publication_column *column = &self->columns[c];
        mem_free(column->raw);
        mem_free(column->code);
        mem_free(column->value);
        mem_free(column->level);
        publication_hierarchy_free(column->hierarchy);
        value_set_release(&column->texts);
    }
    mem_free(self->columns);
    mem_free(self->who);
    mem_free(self->person);
    mem_free(self->of_maths);
    extract_free(self->extract);
    *self = (struct publication){0};
}
