/* Columns, rows, and their codes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/text.h"
#include "privacy/counted.h"
#include "privacy/publication.h"

enum { STEP_ROWS = 4096, SAMPLE_SEED = 71, PEOPLE_MIN = 20 };

/* ---- columns ---------------------------------------------------------------------------------------------- */

static int read_how(struct publication_column *c, const char *how, struct error *err)
{
    static const char *const names[] = {"day", "month", "quarter", "year"};
    if (c->type == EXTRACT_TIME) {
        for (int i = 0; how != NULL && i < 4; i++)
            if (strcmp(how, names[i]) == 0) {
                c->how = HOW_DAY + i;
                return 0;
            }
        c->how = HOW_MONTH;
        return how == NULL ? 0 : error_set(err, E_USAGE, c->name, "is a time: day, month, quarter or year, not '%s'",
                                           how);
    }
    if (how == NULL)
        return 0;
    if (c->type == EXTRACT_TEXT) {
        error_set(err, E_USAGE, c->name, "is a text, which has no steps of '%s'", how);
        return error_hint(err, E_USAGE, "--hierarchy FILE says what belongs together");
    }
    c->how = HOW_STEP;
    if (!text_to_double(how, strlen(how), &c->step) || !(c->step > 0))
        return error_set(err, E_USAGE, c->name, "is a number: its steps are one above 0, not '%s'", how);
    return 0;
}

static int add_column(struct publication *self, const char *spec, enum publication_role role, struct error *err)
{
    struct publication_column *c = &self->columns[self->n_columns];
    char name[128];
    const char *colon = role == ROLE_QUASI ? strchr(spec, ':') : NULL;
    size_t n = colon != NULL ? (size_t)(colon - spec) : strlen(spec);
    if (n >= sizeof name)
        return error_set(err, E_USAGE, "a column's name", "is longer than one can be");
    memcpy(name, spec, n);
    name[n] = '\0';
    int rc = extract_find(self->extract, name, &c->source, err);
    if (rc != 0)
        return rc;
    const struct extract_column *source = extract_column(self->extract, c->source);
    if (source->identifies) {
        error_set(err, E_REFUSED, name, "says, or may say, who somebody is");
        return error_hint(err, E_REFUSED, "leave it out: identifiers are never published");
    }
    for (size_t i = 0; i < self->n_columns; i++)
        if (self->columns[i].source == c->source)
            return error_set(err, E_USAGE, source->name, "is named twice: a column has one part in a data set");
    c->name = source->name;
    c->role = role;
    c->type = source->type;
    self->n_columns++;
    if (role == ROLE_QUASI || c->type == EXTRACT_TIME)
        rc = read_how(c, colon != NULL ? colon + 1 : NULL, err);
    return rc;
}

static int add_columns(struct publication *self, const struct publication_request *r, struct error *err)
{
    int rc = 0;
    self->columns = mem_zalloc(r->n_quasi + r->n_sensitive + r->n_keep + 1, sizeof *self->columns);
    if (self->columns == NULL)
        return error_nomem(err, "the data set");
    for (size_t i = 0; rc == 0 && i < r->n_quasi; i++)
        rc = add_column(self, r->quasi[i], ROLE_QUASI, err);
    for (size_t i = 0; rc == 0 && i < r->n_sensitive; i++)
        rc = add_column(self, r->sensitive[i], ROLE_SENSITIVE, err);
    for (size_t i = 0; rc == 0 && i < r->n_keep; i++)
        rc = add_column(self, r->keep[i], ROLE_KEEP, err);
    self->n_quasi = r->n_quasi;
    self->n_sensitive = r->n_sensitive;
    return rc;
}

/* ---- rows ------------------------------------------------------------------------------------------------- */

struct reading {
    struct publication *self;
    struct counted counted;
    struct job *job;
    struct error *err;
};

/* The first moment of the period that a time is in. */
static double begin_of(const struct publication_column *c, int64_t ms)
{
    char date[40];
    int year, month, day;
    clock_format_date(ms, date, sizeof date);
    if (sscanf(date, "%d-%d-%d", &year, &month, &day) != 3)
        return (double)ms;
    if (c->how != HOW_DAY)
        day = 1;
    if (c->how == HOW_QUARTER)
        month = (month - 1) / 3 * 3 + 1;
    if (c->how == HOW_YEAR)
        month = 1;
    return (double)(clock_days_from_civil(year, month, day) * CLOCK_DAY_MS);
}

static double number_of(const struct publication_column *c, const struct extract_value *v)
{
    if (v->missing || (c->type == EXTRACT_NUMBER && !isfinite(v->number)))
        return (double)NAN;
    if (c->type == EXTRACT_TIME)
        return begin_of(c, v->time);
    return c->how == HOW_STEP ? floor(v->number / c->step) * c->step : v->number + 0.0; /* no -0 */
}

static int put_value(struct publication_column *c, uint32_t row, const struct extract_value *v)
{
    if (c->type == EXTRACT_TEXT) {
        if (mem_grow((void **)&c->code, &c->cap_code, (size_t)row + 1, sizeof *c->code) != 0)
            return -1;
        return value_set_put(&c->texts, v->missing ? "" : v->text, &c->code[row]);
    }
    if (mem_grow((void **)&c->raw, &c->cap_raw, (size_t)row + 1, sizeof *c->raw) != 0)
        return -1;
    c->raw[row] = number_of(c, v);
    return 0;
}

static int take_row(void *context, int64_t user, const struct extract_value *values)
{
    struct reading *r = context;
    struct publication *self = r->self;
    int64_t person;
    int rc = counted_person(&r->counted, user, &person, r->err);
    if (rc != 0 || person == 0)
        return rc;
    if (self->n_rows == UINT32_MAX - 1)
        return error_set(r->err, E_BAD_DATA, "the data set", "has more rows than can be published at once");
    if (self->n_rows % STEP_ROWS == 0 && job_step(r->job, "reading", self->n_rows, 0, "rows"))
        return job_error_cancelled(r->err, "the data set");
    if (mem_grow((void **)&self->who, &self->cap_who, (size_t)self->n_rows + 1, sizeof *self->who) != 0)
        return error_nomem(r->err, "the data set");
    self->who[self->n_rows] = person;
    for (size_t c = 0; c < self->n_columns; c++)
        if (put_value(&self->columns[c], self->n_rows, &values[c]) != 0)
            return error_nomem(r->err, "the data set");
    self->n_rows++;
    return 0;
}

static int read_rows(struct publication *self, struct store *store, const struct publication_request *request,
                     struct job *job, struct error *err)
{
    struct reading r = {.self = self, .job = job, .err = err};
    size_t columns[64];
    bool sensitive = false;
    if (self->n_columns > 64)
        return error_set(err, E_USAGE, "the columns", "are more than 64");
    for (size_t c = 0; c < self->n_columns; c++) {
        columns[c] = self->columns[c].source;
        sensitive |= extract_column(self->extract, columns[c])->of_person;
    }
    int rc = store_begin_read(store, err);
    if (rc != 0)
        return rc;
    rc = extract_check_filter(self->extract, &request->filter, columns, self->n_columns, err);
    rc = rc != 0 ? rc : counted_init(&r.counted, store, sensitive, err);
    rc = rc != 0 ? rc : extract_each(store, self->extract, &request->filter, columns, self->n_columns, take_row, &r,
                                     err);
    store_end_read(store);
    self->without_consent = r.counted.without_consent;
    self->restricted = r.counted.restricted;
    self->on_hold = r.counted.on_hold;
    counted_release(&r.counted);
    return rc;
}

/* ---- people ------------------------------------------------------------------------------------------------ */

static int by_number(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static int number_people(struct publication *self, struct error *err)
{
    int64_t *all = mem_dup(self->who, self->n_rows * sizeof *all);
    self->person = mem_alloc(self->n_rows, sizeof *self->person);
    if (all == NULL || self->person == NULL) {
        mem_free(all);
        return error_nomem(err, "the data set");
    }
    uint32_t n = 0;
    qsort(all, self->n_rows, sizeof *all, by_number);
    for (uint32_t r = 0; r < self->n_rows; r++)
        if (n == 0 || all[r] != all[n - 1])
            all[n++] = all[r];
    for (uint32_t r = 0; r < self->n_rows; r++) {
        const int64_t *at = bsearch(&self->who[r], all, n, sizeof *all, by_number);
        self->person[r] = (uint32_t)(at - all);
    }
    self->n_people = n;
    mem_free(all);
    return 0;
}

struct drawn {
    uint32_t person, row;
    uint64_t order;
};

static int by_order(const void *a, const void *b)
{
    const struct drawn *x = a, *y = b;
    if (x->person != y->person)
        return x->person < y->person ? -1 : 1;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static void move_row(struct publication *self, uint32_t to, uint32_t from)
{
    self->person[to] = self->person[from];
    for (size_t c = 0; c < self->n_columns; c++) {
        struct publication_column *column = &self->columns[c];
        if (column->type == EXTRACT_TEXT)
            column->code[to] = column->code[from];
        else
            column->raw[to] = column->raw[from];
    }
}

/* The same rows of a person whoever else is there, as long as theirs stay the same: another publication gives nothing
 * away by another draw. */
static int limit_rows(struct publication *self, uint32_t most, struct error *err)
{
    struct drawn *all = mem_alloc(self->n_rows, sizeof *all);
    bool *stays = mem_zalloc(self->n_rows, sizeof *stays);
    struct rng rng;
    uint32_t kept = 0;
    if (all == NULL || stays == NULL) {
        mem_free(all);
        mem_free(stays);
        return error_nomem(err, "the data set");
    }
    for (uint32_t r = 0; r < self->n_rows; r++) {
        if (r == 0 || self->who[r] != self->who[r - 1])
            rng_init(&rng, SAMPLE_SEED, (uint64_t)self->who[r]);
        all[r] = (struct drawn){self->person[r], r, rng_next(&rng)};
    }
    qsort(all, self->n_rows, sizeof *all, by_order);
    for (uint32_t i = 0, n = 0; i < self->n_rows; i++) {
        n = i > 0 && all[i].person == all[i - 1].person ? n + 1 : 0;
        stays[all[i].row] = n < most;
    }
    for (uint32_t r = 0; r < self->n_rows; r++)
        if (stays[r])
            move_row(self, kept++, r);
    self->rows_left_out = self->n_rows - kept;
    self->n_rows = kept;
    mem_free(all);
    mem_free(stays);
    return 0;
}

/* ---- codes -------------------------------------------------------------------------------------------------- */

static int upwards(const void *a, const void *b)
{
    const double *x = a, *y = b;
    if (isnan(*x) || isnan(*y))
        return isnan(*y) - isnan(*x); /* what is missing comes first */
    return (*x > *y) - (*x < *y);
}

static int code_numbers(struct publication_column *c, uint32_t n_rows, struct error *err)
{
    double *all = mem_dup(c->raw, n_rows * sizeof *all);
    c->code = mem_alloc(n_rows, sizeof *c->code);
    if (all == NULL || c->code == NULL) {
        mem_free(all);
        return error_nomem(err, "the data set");
    }
    uint32_t n = 0;
    qsort(all, n_rows, sizeof *all, upwards);
    for (uint32_t r = 0; r < n_rows; r++)
        if (n == 0 || upwards(&all[r], &all[n - 1]) != 0)
            all[n++] = all[r];
    for (uint32_t r = 0; r < n_rows; r++) {
        const double *at = bsearch(&c->raw[r], all, n, sizeof *all, upwards);
        c->code[r] = (uint32_t)(at - all);
    }
    c->value = all;
    c->n_codes = n;
    c->missing = n > 0 && isnan(all[0]);
    mem_free(c->raw);
    c->raw = NULL;
    return 0;
}

/* Whose hierarchies the files are: the first name of their headers says it. */
static int give_hierarchies(struct publication *self, const struct publication_request *r, struct error *err)
{
    for (size_t i = 0; i < r->n_hierarchies; i++) {
        char name[128];
        size_t source;
        bool used = false;
        int rc = publication_hierarchy_column(r->hierarchies[i], name, sizeof name, err);
        rc = rc != 0 ? rc : extract_find(self->extract, name, &source, err);
        if (rc != 0)
            return rc;
        for (size_t c = 0; c < self->n_quasi + self->n_sensitive; c++)
            if (self->columns[c].type == EXTRACT_TEXT && self->columns[c].source == source) {
                self->columns[c].hierarchy_file = r->hierarchies[i];
                used = true;
            }
        if (!used)
            return error_set(err, E_USAGE, r->hierarchies[i], "is about '%s', which is no text among the "
                             "quasi-identifiers and sensitive columns", name);
    }
    return 0;
}

static int code_all(struct publication *self, const struct publication_request *r, struct error *err)
{
    int rc = give_hierarchies(self, r, err);
    for (size_t c = 0; rc == 0 && c < self->n_columns; c++) {
        struct publication_column *column = &self->columns[c];
        rc = column->type == EXTRACT_TEXT ? publication_order_texts(column, self->n_rows, err)
                                          : code_numbers(column, self->n_rows, err);
    }
    return rc;
}

/* A text that most people have for themselves alone is an identifier, whatever it is called. */
static int check_texts(const struct publication *self, struct error *err)
{
    for (size_t c = self->n_quasi; c < self->n_columns; c++) {
        const struct publication_column *column = &self->columns[c];
        if (column->type != EXTRACT_TEXT || !extract_column(self->extract, column->source)->of_person ||
            self->n_people < PEOPLE_MIN || column->n_codes <= self->n_people / 2)
            continue;
        error_set(err, E_REFUSED, column->name, "has a value of its own for most people: it says, or may say, who they "
                  "are");
        return error_hint(err, E_REFUSED, "leave it out, or make it a quasi-identifier");
    }
    return 0;
}

static double grain_of(const struct publication_column *c)
{
    static const double days[] = {[HOW_DAY] = 1, [HOW_MONTH] = 30.4, [HOW_QUARTER] = 91.3, [HOW_YEAR] = 365.2};
    return c->how == HOW_AS_IT_IS ? 0 : c->how == HOW_STEP ? c->step : days[c->how] * CLOCK_DAY_MS;
}

static int give_to_maths(struct publication *self, struct error *err)
{
    size_t n = self->n_quasi + self->n_sensitive;
    self->of_maths = mem_zalloc(n + 1, sizeof *self->of_maths);
    if (self->of_maths == NULL)
        return error_nomem(err, "the data set");
    for (size_t i = 0; i < n; i++) {
        const struct publication_column *c = &self->columns[i];
        const struct publication_hierarchy *h = c->hierarchy;
        self->of_maths[i] = (struct microdata_column){.code = c->code, .n_codes = c->n_codes, .value = c->value,
                                                      .level = c->level, .grain = grain_of(c),
                                                      .n_levels = h != NULL ? (uint8_t)h->n_levels : 0,
                                                      .height = h != NULL ? (uint8_t)h->height : 0};
    }
    self->data = (struct microdata){.n_rows = self->n_rows, .n_people = self->n_people, .person = self->person,
                                    .quasi = self->of_maths, .n_quasi = (uint32_t)self->n_quasi,
                                    .sensitive = self->of_maths + self->n_quasi,
                                    .n_sensitive = (uint32_t)self->n_sensitive};
    return 0;
}

int publication_read(struct publication *self, struct store *store, const struct publication_request *request,
                     struct job *job, struct error *err)
{
    int rc = extract_open(&self->extract, store, request->set, err);
    rc = rc != 0 ? rc : add_columns(self, request, err);
    rc = rc != 0 ? rc : read_rows(self, store, request, job, err);
    if (rc == 0 && self->n_rows == 0) {
        error_set(err, E_BAD_DATA, request->set, "there is nothing of anybody who may be in it");
        return error_hint(err, E_BAD_DATA, "`reckon users list` shows who there is, `reckon privacy consent show` what "
                          "they allow");
    }
    rc = rc != 0 ? rc : number_people(self, err);
    if (rc == 0 && request->rows_per_person > 0)
        rc = limit_rows(self, request->rows_per_person, err);
    rc = rc != 0 ? rc : code_all(self, request, err);
    rc = rc != 0 ? rc : check_texts(self, err);
    return rc != 0 ? rc : give_to_maths(self, err);
}
