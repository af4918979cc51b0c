#include "disclosure/mondrian.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

enum { TRIES = 8, STEP_ROWS = 20000 };

struct piece {
    uint32_t from, to; /* of the rows in order */
};

struct keyed {
    uint64_t key; /* code, and in relaxed cuts the person */
    uint32_t row;
};

/* A place where a class can be cut: before the row `at` of its order. */
struct cut {
    uint32_t at, level, off; /* off: from the middle */
};

struct cutter {
    const struct microdata *data;
    const struct microdata_model *model;
    const struct mondrian_options *options;
    struct microdata_meter meter;
    uint32_t *rows;                  /* in the order of pieces */
    struct keyed *keyed;
    uint32_t *first, *last;          /* by person: group */
    uint32_t *begins, *ends, *start; /* by group: people whose first, last group it is; its first row */
    struct cut *cuts;
    struct piece *stack;
    size_t n_stack, cap_stack;
    struct mondrian *out;
    size_t cap_ranges;
    uint32_t may_suppress;
};

/* ---- one column of one piece ------------------------------------------------------------------------------ */

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    if (x->key != y->key)
        return x->key > y->key ? 1 : -1;
    return (x->row > y->row) - (x->row < y->row);
}

static struct mondrian_range range_of(const struct cutter *self, uint32_t quasi, const uint32_t *rows, uint32_t n)
{
    const uint32_t *code = self->data->quasi[quasi].code;
    struct mondrian_range r = {UINT32_MAX, 0};
    for (uint32_t i = 0; i < n; i++) {
        r.low = code[rows[i]] < r.low ? code[rows[i]] : r.low;
        r.high = code[rows[i]] > r.high ? code[rows[i]] : r.high;
    }
    return r;
}

/* The rows in the order of the column, in groups that stay together; how many groups. */
static uint32_t put_in_order(struct cutter *self, const struct microdata_column *column, uint32_t *rows, uint32_t n)
{
    uint32_t groups = 0;
    for (uint32_t i = 0; i < n; i++)
        self->keyed[i] = (struct keyed){(uint64_t)column->code[rows[i]] << 32 |
                                            (self->options->relaxed ? self->data->person[rows[i]] : 0), rows[i]};
    qsort(self->keyed, n, sizeof *self->keyed, by_key);
    for (uint32_t i = 0; i < n; i++) {
        rows[i] = self->keyed[i].row;
        if (i == 0 || self->keyed[i].key != self->keyed[i - 1].key) {
            self->begins[groups] = self->ends[groups] = 0;
            self->start[groups++] = i;
        }
    }
    return groups;
}

/* How many people each group is the first, or the last, of. */
static uint32_t count_people(struct cutter *self, const uint32_t *rows, uint32_t n, uint32_t groups)
{
    uint32_t people = microdata_people(&self->meter, rows, n);
    for (uint32_t i = 0; i < n; i++)
        self->first[self->data->person[rows[i]]] = UINT32_MAX;
    for (uint32_t g = 0; g < groups; g++)
        for (uint32_t i = self->start[g], end = g + 1 < groups ? self->start[g + 1] : n; i < end; i++) {
            uint32_t p = self->data->person[rows[i]];
            if (self->first[p] == UINT32_MAX) {
                self->first[p] = g;
                self->begins[g]++;
            }
            self->last[p] = g;
        }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t p = self->data->person[rows[i]];
        if (self->last[p] != UINT32_MAX)
            self->ends[self->last[p]]++;
        self->last[p] = UINT32_MAX;
    }
    return people;
}

static uint32_t level_between(const struct microdata_column *column, uint32_t before, uint32_t after)
{
    uint32_t level = column->level != NULL ? UINT8_MAX : 0;
    for (uint32_t c = before + 1; column->level != NULL && c <= after; c++)
        level = column->level[c] < level ? column->level[c] : level;
    return level;
}

static int better(const void *a, const void *b)
{
    const struct cut *x = a, *y = b;
    if (x->level != y->level)
        return x->level < y->level ? -1 : 1;
    if (x->off != y->off)
        return x->off < y->off ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

/* Places that leave k people on both sides, best first. */
static uint32_t find_cuts(struct cutter *self, const struct microdata_column *column, uint32_t *rows, uint32_t n)
{
    uint32_t groups = put_in_order(self, column, rows, n), n_cuts = 0;
    uint32_t left = 0, right = groups > 1 ? count_people(self, rows, n, groups) : 0;
    for (uint32_t g = 1; g < groups; g++) {
        left += self->begins[g - 1];
        right -= self->ends[g - 1];
        if (left < self->model->k || right < self->model->k)
            continue;
        uint32_t at = self->start[g];
        self->cuts[n_cuts++] = (struct cut){
            at, level_between(column, column->code[rows[at - 1]], column->code[rows[at]]),
            at > n / 2 ? at - n / 2 : n / 2 - at};
    }
    qsort(self->cuts, n_cuts, sizeof *self->cuts, better);
    return n_cuts;
}

/* Where to cut the piece in this column; 0: nowhere. */
static uint32_t cut_column(struct cutter *self, const struct microdata_column *column, uint32_t *rows, uint32_t n)
{
    uint32_t n_cuts = find_cuts(self, column, rows, n);
    bool more = self->model->diversity != DIVERSITY_NONE || !isnan(self->model->t);
    for (uint32_t i = 0; i < n_cuts && i < TRIES; i++) {
        uint32_t at = self->cuts[i].at;
        if (!more || (microdata_satisfies(&self->meter, self->model, rows, at) &&
                      microdata_satisfies(&self->meter, self->model, rows + at, n - at)))
            return at;
    }
    return 0;
}

/* ---- a piece ---------------------------------------------------------------------------------------------- */

/* The widest column that can be cut; 0: none can. */
static uint32_t cut_piece(struct cutter *self, uint32_t *rows, uint32_t n)
{
    uint32_t n_quasi = self->data->n_quasi;
    bool tried[64] = {false};
    for (uint32_t round = 0; round < n_quasi; round++) {
        uint32_t best = UINT32_MAX;
        double widest = 0;
        for (uint32_t q = 0; q < n_quasi; q++) {
            struct mondrian_range r = range_of(self, q, rows, n);
            double width = microdata_width(&self->data->quasi[q], r.low, r.high);
            if (!tried[q] && r.high > r.low && (best == UINT32_MAX || width > widest)) {
                best = q;
                widest = width;
            }
        }
        if (best == UINT32_MAX)
            return 0;
        tried[best] = true;
        uint32_t at = cut_column(self, &self->data->quasi[best], rows, n);
        if (at > 0)
            return at;
    }
    return 0;
}

static double open_width(const struct cutter *self, const uint32_t *rows, uint32_t n)
{
    double sum = 0;
    for (uint32_t q = 0; q < self->data->n_quasi; q++) {
        struct mondrian_range r = range_of(self, q, rows, n);
        sum += microdata_width(&self->data->quasi[q], r.low, r.high);
    }
    return sum;
}

/* Puts the rows with the code at one end of the column last; how many. */
static uint32_t put_end_last(const struct cutter *self, uint32_t quasi, uint32_t code, uint32_t *rows, uint32_t n)
{
    const uint32_t *codes = self->data->quasi[quasi].code;
    uint32_t stay = 0;
    for (uint32_t i = 0; i < n; i++)
        if (codes[rows[i]] != code) {
            uint32_t row = rows[stay];
            rows[stay++] = rows[i];
            rows[i] = row;
        }
    return n - stay;
}

/* Leaves out rows at an end of some range, while that is worth it; how many rows stay. */
static uint32_t trim_piece(struct cutter *self, uint32_t *rows, uint32_t n)
{
    bool again = true;
    while (again && self->may_suppress > 0) {
        again = false;
        double before = open_width(self, rows, n);
        for (uint32_t q = 0; !again && q < self->data->n_quasi; q++) {
            struct mondrian_range r = range_of(self, q, rows, n);
            for (int end = 0; !again && r.high > r.low && end < 2; end++) {
                uint32_t out = put_end_last(self, q, end == 0 ? r.low : r.high, rows, n), stay = n - out;
                if (out > self->may_suppress || stay == 0)
                    continue;
                double gain = (before - open_width(self, rows, stay)) * stay;
                if (gain > (self->data->n_quasi - before) * out &&
                    microdata_satisfies(&self->meter, self->model, rows, stay)) {
                    self->may_suppress -= out;
                    n = stay;
                    again = true;
                }
            }
        }
    }
    return n;
}

static int close_piece(struct cutter *self, uint32_t *rows, uint32_t n, struct error *err)
{
    struct mondrian *out = self->out;
    uint32_t class = out->n_classes, stay = trim_piece(self, rows, n);
    if (mem_grow((void **)&out->ranges, &self->cap_ranges, ((size_t)class + 1) * out->n_quasi + 1,
                 sizeof *out->ranges) != 0)
        return error_nomem(err, "the classes");
    for (uint32_t q = 0; q < out->n_quasi; q++)
        out->ranges[(size_t)class * out->n_quasi + q] = range_of(self, q, rows, stay);
    for (uint32_t i = 0; i < n; i++)
        out->class_of[rows[i]] = i < stay ? class : MONDRIAN_SUPPRESSED;
    out->n_classes++;
    out->suppressed += n - stay;
    return 0;
}

static int push(struct cutter *self, uint32_t from, uint32_t to, struct error *err)
{
    if (mem_grow((void **)&self->stack, &self->cap_stack, self->n_stack + 1, sizeof *self->stack) != 0)
        return error_nomem(err, "the classes");
    self->stack[self->n_stack++] = (struct piece){from, to};
    return 0;
}

static int cut_all(struct cutter *self, struct job *job, struct error *err)
{
    uint32_t done = 0, since = 0;
    int rc = push(self, 0, self->data->n_rows, err);
    while (rc == 0 && self->n_stack > 0) {
        struct piece p = self->stack[--self->n_stack];
        uint32_t *rows = self->rows + p.from, n = p.to - p.from, at = cut_piece(self, rows, n);
        since += n;
        if (since > STEP_ROWS && job_step(job, "making classes", done, self->data->n_rows, "rows"))
            return job_error_cancelled(err, "the classes");
        since = since > STEP_ROWS ? 0 : since;
        if (at == 0) {
            rc = close_piece(self, rows, n, err);
            done += n;
        } else {
            rc = push(self, p.from + at, p.to, err);
            rc = rc != 0 ? rc : push(self, p.from, p.from + at, err);
        }
    }
    return rc;
}

/* ---- all --------------------------------------------------------------------------------------------------- */

static int refuse(struct cutter *self, struct error *err)
{
    struct microdata_measure m;
    microdata_measure(&self->meter, self->model, self->rows, self->data->n_rows, &m);
    if (m.people < self->model->k) {
        error_set(err, E_BAD_DATA, "the table", "is of %u %s, and k = %u wants at least as many", m.people,
                  m.people == 1 ? "person" : "people", self->model->k);
        return error_hint(err, E_BAD_DATA, "publish fewer columns, or none of this; a smaller k hides less");
    }
    const char *whole = "as a whole is not as diverse as that";
    if (self->model->diversity == DIVERSITY_DISTINCT)
        error_set(err, E_BAD_DATA, "the table", "%s: a sensitive column has %u values, l is %g", whole, m.values,
                  self->model->l);
    else if (self->model->diversity == DIVERSITY_ENTROPY)
        error_set(err, E_BAD_DATA, "the table", "%s: the entropy of a sensitive column is worth %.4g values, l is %g",
                  whole, m.entropy, self->model->l);
    else
        error_set(err, E_BAD_DATA, "the table", "%s: the most frequent value of a sensitive column is %.3g times r%g + "
                  "... + rm, c is %g", whole, m.ratio, ceil(self->model->l), self->model->c);
    return error_hint(err, E_BAD_DATA, "a smaller l, or another sensitive column");
}

static int cutter_init(struct cutter *self, struct error *err)
{
    const struct microdata *data = self->data;
    size_t n = data->n_rows;
    self->rows = mem_alloc(n, sizeof *self->rows);
    self->keyed = mem_alloc(n, sizeof *self->keyed);
    self->begins = mem_alloc(n, sizeof *self->begins);
    self->ends = mem_alloc(n, sizeof *self->ends);
    self->start = mem_alloc(n, sizeof *self->start);
    self->cuts = mem_alloc(n, sizeof *self->cuts);
    self->first = mem_alloc(data->n_people, sizeof *self->first);
    self->last = mem_alloc(data->n_people, sizeof *self->last);
    self->out->class_of = mem_alloc(n, sizeof *self->out->class_of);
    if (self->rows == NULL || self->keyed == NULL || self->begins == NULL || self->ends == NULL ||
        self->start == NULL ||
        self->cuts == NULL || self->first == NULL || self->last == NULL || self->out->class_of == NULL)
        return error_nomem(err, "the classes");
    for (uint32_t r = 0; r < data->n_rows; r++)
        self->rows[r] = r;
    for (uint32_t p = 0; p < data->n_people; p++)
        self->last[p] = UINT32_MAX;
    self->out->n_quasi = data->n_quasi;
    self->may_suppress = (uint32_t)floor(self->options->suppress * (double)data->n_rows);
    return microdata_meter_init(&self->meter, data, NULL, err);
}

static void cutter_release(struct cutter *self)
{
    mem_free(self->rows);
    mem_free(self->keyed);
    mem_free(self->begins);
    mem_free(self->ends);
    mem_free(self->start);
    mem_free(self->cuts);
    mem_free(self->first);
    mem_free(self->last);
    mem_free(self->stack);
    microdata_meter_release(&self->meter);
}

int mondrian_make(struct mondrian *out, const struct microdata *data, const struct microdata_model *model,
                  const struct mondrian_options *options, struct job *job, struct error *err)
{
    struct cutter cutter = {.data = data, .model = model, .options = options, .out = out};
    *out = (struct mondrian){0};
    if (data->n_quasi > 64)
        return error_set(err, E_USAGE, "the quasi-identifiers", "are more than 64");
    if (!(options->suppress >= 0 && options->suppress < 1))
        return error_set(err, E_USAGE, "the share to suppress", "must be at least 0 and below 1");
    int rc = microdata_check(data, model, err);
    rc = rc != 0 ? rc : cutter_init(&cutter, err);
    if (rc == 0 && !microdata_satisfies(&cutter.meter, model, cutter.rows, data->n_rows))
        rc = refuse(&cutter, err);
    rc = rc != 0 ? rc : cut_all(&cutter, job, err);
    cutter_release(&cutter);
    if (rc != 0)
        mondrian_release(out);
    return rc;
}

void mondrian_release(struct mondrian *self)
{
    mem_free(self->class_of);
    mem_free(self->ranges);
    *self = (struct mondrian){0};
}

int mondrian_rows(const struct mondrian *self, uint32_t n_rows, uint32_t **rows, uint32_t **start, struct error *err)
{
    uint32_t *order = mem_alloc(n_rows, sizeof *order), *at = mem_zalloc((size_t)self->n_classes + 2, sizeof *at);
    if (order == NULL || at == NULL) {
        mem_free(order);
        mem_free(at);
        return error_nomem(err, "the classes");
    }
    for (uint32_t r = 0; r < n_rows; r++)
        if (self->class_of[r] != MONDRIAN_SUPPRESSED)
            at[self->class_of[r] + 2]++;
    for (uint32_t c = 2; c < self->n_classes + 2; c++)
        at[c] += at[c - 1];
    for (uint32_t r = 0; r < n_rows; r++)
        if (self->class_of[r] != MONDRIAN_SUPPRESSED)
            order[at[self->class_of[r] + 1]++] = r;
    *rows = order;
    *start = at;
    return 0;
}
