#include "disclosure/microdata.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SLACK 1e-12 /* sums of shares are not exact */

static int check_columns(const struct microdata *self, const struct microdata_column *columns, uint32_t n,
                         struct error *err)
{
    for (uint32_t c = 0; c < n; c++) {
        if (columns[c].n_levels > MICRODATA_LEVELS_MAX || columns[c].height > columns[c].n_levels + 1)
            return error_set(err, E_BAD_DATA, "the table", "has a hierarchy that is higher than one can be");
        for (uint32_t r = 0; r < self->n_rows; r++)
            if (columns[c].code[r] >= columns[c].n_codes)
                return error_set(err, E_BAD_DATA, "the table", "row %u has a code that its column does not", r);
    }
    return 0;
}

int microdata_check(const struct microdata *self, const struct microdata_model *model, struct error *err)
{
    if (model->k < 1)
        return error_set(err, E_USAGE, "k", "must be at least 1");
    if (model->diversity != DIVERSITY_NONE && !(model->l >= 1 && isfinite(model->l)))
        return error_set(err, E_USAGE, "l", "must be at least 1");
    if (model->diversity == DIVERSITY_RECURSIVE && !(model->c > 0 && isfinite(model->c)))
        return error_set(err, E_USAGE, "c", "must be above 0");
    if (!isnan(model->t) && !(model->t >= 0 && model->t <= 1))
        return error_set(err, E_USAGE, "t", "must be between 0 and 1");
    if ((model->diversity != DIVERSITY_NONE || !isnan(model->t)) && self->n_sensitive == 0)
        return error_set(err, E_USAGE, "l and t", "are about sensitive columns, and there is none");
    if (self->n_rows == 0)
        return error_set(err, E_BAD_DATA, "the table", "has no rows");
    for (uint32_t r = 0; r < self->n_rows; r++)
        if (self->person[r] >= self->n_people)
            return error_set(err, E_BAD_DATA, "the table", "row %u is of nobody", r);
    int rc = check_columns(self, self->quasi, self->n_quasi, err);
    return rc != 0 ? rc : check_columns(self, self->sensitive, self->n_sensitive, err);
}

static uint32_t most_codes(const struct microdata *data)
{
    uint32_t most = 1;
    for (uint32_t s = 0; s < data->n_sensitive; s++)
        most = data->sensitive[s].n_codes > most ? data->sensitive[s].n_codes : most;
    return most;
}

static int share_out(struct microdata_meter *self, const bool *suppressed)
{
    const struct microdata *data = self->data;
    for (uint32_t s = 0; s < data->n_sensitive; s++) {
        double n = 0, *share = self->share[s] = mem_zalloc(data->sensitive[s].n_codes, sizeof *share);
        if (share == NULL)
            return -1;
        for (uint32_t r = 0; r < data->n_rows; r++)
            if (suppressed == NULL || !suppressed[r]) {
                share[data->sensitive[s].code[r]]++;
                n++;
            }
        for (uint32_t c = 0; c < data->sensitive[s].n_codes && n > 0; c++)
            share[c] /= n;
    }
    return 0;
}

int microdata_meter_init(struct microdata_meter *self, const struct microdata *data, const bool *suppressed,
                         struct error *err)
{
    uint32_t most = most_codes(data);
    *self = (struct microdata_meter){.data = data,
                                     .share = mem_zalloc(data->n_sensitive, sizeof *self->share),
                                     .part = mem_zalloc(most, sizeof *self->part),
                                     .sizes = mem_zalloc(most, sizeof *self->sizes),
                                     .seen = mem_zalloc(data->n_people, sizeof *self->seen),
                                     .pairs = mem_alloc(data->n_rows, sizeof *self->pairs)};
    if (self->share == NULL || self->part == NULL || self->sizes == NULL || self->seen == NULL || self->pairs == NULL ||
        share_out(self, suppressed) != 0) {
        microdata_meter_release(self);
        return error_nomem(err, "the table");
    }
    return 0;
}

void microdata_meter_release(struct microdata_meter *self)
{
    for (uint32_t s = 0; self->share != NULL && s < self->data->n_sensitive; s++)
        mem_free(self->share[s]);
    mem_free(self->share);
    mem_free(self->part);
    mem_free(self->sizes);
    mem_free(self->seen);
    mem_free(self->pairs);
    *self = (struct microdata_meter){0};
}

uint32_t microdata_people(struct microdata_meter *self, const uint32_t *rows, uint32_t n)
{
    uint32_t people = 0;
    if (++self->round == 0) { /* the rounds begin anew after four thousand million of them */
        memset(self->seen, 0, self->data->n_people * sizeof *self->seen);
        self->round = 1;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t *seen = &self->seen[self->data->person[rows[i]]];
        people += *seen != self->round;
        *seen = self->round;
    }
    return people;
}

static int by_value(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static int downwards(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x < *y) - (*x > *y);
}

/* How many people of the class each sensitive value has, into self->sizes, largest first. */
static uint32_t value_sizes(struct microdata_meter *self, const struct microdata_column *column, const uint32_t *rows,
                            uint32_t n)
{
    uint32_t m = 0;
    for (uint32_t i = 0; i < n; i++)
        self->pairs[i] = (uint64_t)column->code[rows[i]] << 32 | self->data->person[rows[i]];
    qsort(self->pairs, n, sizeof *self->pairs, by_value);
    for (uint32_t i = 0; i < n; i++) {
        bool same = i > 0 && self->pairs[i] >> 32 == self->pairs[i - 1] >> 32;
        if (same && self->pairs[i] == self->pairs[i - 1])
            continue;
        if (!same)
            self->sizes[m++] = 0;
        self->sizes[m - 1]++;
    }
    qsort(self->sizes, m, sizeof *self->sizes, downwards);
    return m;
}

static void measure_values(struct microdata_meter *self, const struct microdata_model *model, uint32_t m,
                           struct microdata_measure *out)
{
    double total = 0, entropy = 0, rest = 0;
    uint32_t l = model->diversity == DIVERSITY_RECURSIVE ? (uint32_t)fmin(ceil(model->l), 4e9) : 1;
    for (uint32_t i = 0; i < m; i++)
        total += self->sizes[i];
    for (uint32_t i = 0; i < m; i++) {
        double p = self->sizes[i] / total;
        entropy -= p * log(p);
        rest += i + 1 >= l ? self->sizes[i] : 0;
    }
    double ratio = m < l || rest <= 0 ? (double)INFINITY : self->sizes[0] / rest;
    out->values = m < out->values ? m : out->values;
    out->entropy = fmin(out->entropy, exp(entropy));
    out->ratio = fmax(out->ratio, ratio);
}

/* What the children of the open branches have too much and too little, by the branches' height. */
struct branches {
    double much[MICRODATA_LEVELS_MAX + 3], little[MICRODATA_LEVELS_MAX + 3];
};

static void give(struct branches *open, uint32_t height, double extra)
{
    *(extra > 0 ? &open->much[height] : &open->little[height]) += fabs(extra);
}

/* What can be evened out within the branch; the rest is its parent's. */
static double close_branch(struct branches *open, uint32_t height)
{
    double much = open->much[height], little = open->little[height];
    open->much[height] = open->little[height] = 0;
    give(open, height + 1, much - little);
    return height * fmin(much, little);
}

/* Section 4.3 of the paper: a branch costs its height for what its children even out among themselves. */
static double names_distance(const struct microdata_column *column, const double *part, const double *share, uint32_t n)
{
    uint32_t height = column->height > 1 ? column->height : 1;
    struct branches open = {.much = {0}};
    double cost = 0;
    for (uint32_t c = 0; c < column->n_codes; c++) {
        uint32_t parts = column->level != NULL ? column->n_levels + 1u - column->level[c] : 1;
        for (uint32_t h = 1; c > 0 && h < parts && h < height; h++)
            cost += close_branch(&open, h);
        give(&open, 1, part[c] / n - share[c]);
    }
    for (uint32_t h = 1; h <= height; h++)
        cost += close_branch(&open, h);
    return cost / height;
}

static double ranks_distance(const struct microdata_column *column, const double *part, const double *share, uint32_t n)
{
    double sum = 0, carried = 0;
    uint32_t there = 0; /* codes that somebody has who counts */
    for (uint32_t c = 0; c < column->n_codes; c++) {
        if (share[c] <= 0)
            continue;
        there++;
        carried += part[c] / n - share[c];
        sum += fabs(carried);
    }
    return there > 1 ? sum / (there - 1) : 0;
}

static double distance_of(struct microdata_meter *self, uint32_t s, const uint32_t *rows, uint32_t n)
{
    const struct microdata_column *column = &self->data->sensitive[s];
    memset(self->part, 0, column->n_codes * sizeof *self->part);
    for (uint32_t i = 0; i < n; i++)
        self->part[column->code[rows[i]]]++;
    return (column->value == NULL ? names_distance : ranks_distance)(column, self->part, self->share[s], n);
}

void microdata_measure(struct microdata_meter *self, const struct microdata_model *model, const uint32_t *rows,
                       uint32_t n, struct microdata_measure *out)
{
    bool any = self->data->n_sensitive > 0;
    *out = (struct microdata_measure){.people = microdata_people(self, rows, n),
                                      .values = any ? UINT32_MAX : 0,
                                      .entropy = any ? (double)INFINITY : 0};
    for (uint32_t s = 0; s < self->data->n_sensitive; s++) {
        measure_values(self, model, value_sizes(self, &self->data->sensitive[s], rows, n), out);
        out->distance = fmax(out->distance, distance_of(self, s, rows, n));
    }
}

bool microdata_holds(const struct microdata_model *model, const struct microdata_measure *m)
{
    if (m->people < model->k || (!isnan(model->t) && m->distance > model->t + SLACK))
        return false;
    switch (model->diversity) {
    case DIVERSITY_NONE: return true;
    case DIVERSITY_DISTINCT: return m->values >= model->l;
    case DIVERSITY_ENTROPY: return m->entropy >= model->l * (1 - SLACK);
    case DIVERSITY_RECURSIVE: return m->ratio < model->c;
    }
    return false;
}

bool microdata_satisfies(struct microdata_meter *self, const struct microdata_model *model, const uint32_t *rows,
                         uint32_t n)
{
    struct microdata_measure m = {.people = microdata_people(self, rows, n), .values = UINT32_MAX,
                                  .entropy = (double)INFINITY};
    if (m.people < model->k)
        return false;
    for (uint32_t s = 0; s < self->data->n_sensitive; s++) {
        if (!isnan(model->t))
            m.distance = fmax(m.distance, distance_of(self, s, rows, n));
        if (model->diversity != DIVERSITY_NONE)
            measure_values(self, model, value_sizes(self, &self->data->sensitive[s], rows, n), &m);
    }
    return microdata_holds(model, &m);
}

double microdata_width(const struct microdata_column *column, uint32_t low, uint32_t high)
{
    bool missing = column->value != NULL && column->n_codes > 0 && isnan(column->value[0]);
    if (column->n_codes < 2 || (low >= high && (column->value == NULL || column->grain <= 0 || (missing && low == 0))))
        return 0;
    if (column->value == NULL)
        return (double)(high - low + 1) / column->n_codes;
    if (missing && low == 0)
        return 1;
    double all = column->value[column->n_codes - 1] - column->value[missing ? 1 : 0] + column->grain;
    return all > 0 ? (column->value[high] - column->value[low] + column->grain) / all : 0;
}
