#include "ui/source.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/browse_filter.h"

struct source *source_hold(struct source *self)
{
    atomic_fetch_add(&self->references, 1);
    return self;
}

void source_drop(struct source *self)
{
    if (self != NULL && atomic_fetch_sub(&self->references, 1) == 1)
        self->ops->free(self);
}

/* ---- a view of the store ------------------------------------------------------------------------------- */

struct view_source {
    struct source source;
    pthread_mutex_t lock;
    struct browse *browse; /* opened by the first read */
    char name[32];
};

static int open_view(struct view_source *self, struct store *store, struct browse **out, struct error *err)
{
    int rc = 0;
    pthread_mutex_lock(&self->lock);
    if (self->browse == NULL)
        rc = browse_open(&self->browse, store, self->name, err);
    *out = self->browse;
    pthread_mutex_unlock(&self->lock);
    return rc;
}

static int view_page(struct source *s, struct store *store, const struct browse_query *query,
                     const struct browse_key *from, bool back, size_t limit, struct listing_page *out, struct job *job,
                     struct error *err)
{
    struct browse *browse;
    int rc = open_view((struct view_source *)s, store, &browse, err);
    return rc != 0 ? rc : listing_read(store, browse, query, from, back, limit, out, job, err);
}

static int view_prepare(struct source *s, struct store *store, const struct browse_query *query, struct job *job,
                        struct error *err)
{
    struct browse *browse;
    int rc = open_view((struct view_source *)s, store, &browse, err);
    return rc != 0 ? rc : browse_prepare(store, browse, query, query->prepared, job, err);
}

static int view_count(struct source *s, struct store *store, const struct browse_query *query, int64_t *n,
                      struct job *job, struct error *err)
{
    struct browse *browse;
    int rc = open_view((struct view_source *)s, store, &browse, err);
    return rc != 0 ? rc : browse_count(store, browse, query, n, job, err);
}

enum { FREQUENCIES_MAX = 1000 };

static int view_summary(struct source *s, struct store *store, const struct browse_query *query, const char *column,
                        size_t bins, struct result *out, struct job *job, struct error *err)
{
    struct browse *browse;
    size_t index;
    int rc = open_view((struct view_source *)s, store, &browse, err);
    if (rc == 0)
        rc = browse_find(browse, column, &index, err);
    if (rc != 0)
        return rc;
    return bins > 0 ? listing_histogram(store, browse, query, index, bins, out, job, err)
                    : listing_frequency(store, browse, query, index, FREQUENCIES_MAX, out, job, err);
}

static int view_cross(struct source *s, struct store *store, const struct browse_query *query, const char *a,
                      const char *b, size_t limit, struct result *out, struct job *job, struct error *err)
{
    struct browse *browse;
    size_t x, y;
    int rc = open_view((struct view_source *)s, store, &browse, err);
    if (rc == 0)
        rc = browse_find(browse, a, &x, err);
    if (rc == 0)
        rc = browse_find(browse, b, &y, err);
    return rc != 0 ? rc : listing_cross(store, browse, query, x, y, limit, out, job, err);
}

static bool view_shown(struct source *s, size_t column)
{
    struct view_source *self = (struct view_source *)s;
    pthread_mutex_lock(&self->lock);
    const struct browse_column *c = self->browse != NULL ? browse_column(self->browse, column) : NULL;
    bool shown = c == NULL || c->shown;
    pthread_mutex_unlock(&self->lock);
    return shown;
}

static void view_free(struct source *s)
{
    struct view_source *self = (struct view_source *)s;
    browse_free(self->browse);
    pthread_mutex_destroy(&self->lock);
    mem_free(self);
}

struct source *source_of_view(const char *view)
{
    static const struct source_ops ops = {view_page,    view_prepare, view_count, view_summary,
                                          view_cross,   view_shown,   view_free};
    struct view_source *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return NULL;
    self->source = (struct source){.ops = &ops, .view = self->name, .of_store = true};
    atomic_init(&self->source.references, 1);
    pthread_mutex_init(&self->lock, NULL);
    strncpy(self->name, view, sizeof self->name - 1);
    return &self->source;
}

/* ---- a result ------------------------------------------------------------------------------------------ */

struct result_source {
    struct source source;
    struct result result;
    struct browse_column *columns;
};

static struct browse_value value_of(const struct cell *cell)
{
    struct browse_value v = {.type = BROWSE_NULL};
    switch (cell->type) {
    case CELL_NULL: break;
    case CELL_TEXT: v.type = BROWSE_TEXT, v.text = cell->text; break;
    case CELL_INT: v.type = BROWSE_INT, v.integer = cell->integer; break;
    case CELL_TIME: v.type = BROWSE_TIME, v.integer = cell->integer; break;
    case CELL_BOOL: v.type = BROWSE_BOOL, v.integer = cell->boolean; break;
    case CELL_REAL: v.type = BROWSE_REAL, v.real = cell->real; break;
    }
    return v;
}

static const struct browse_column *column_at(const void *context, size_t index)
{
    const struct result_source *self = context;
    return index < self->result.n_columns ? &self->columns[index] : NULL;
}

/* A row of the result, and what it is sorted by. */
struct ranked {
    struct browse_value value;
    size_t row;
    bool descending;
};

static int by_value(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    bool missing = x->value.type == BROWSE_NULL || y->value.type == BROWSE_NULL;
    int order = browse_value_compare(&x->value, &y->value);
    if (order != 0)
        return x->descending && !missing ? -order : order;
    return (x->row > y->row) - (x->row < y->row);
}

static size_t find_column(const struct result_source *self, const char *name)
{
    for (size_t c = 0; name != NULL && c < self->result.n_columns; c++)
        if (strcmp(self->result.columns[c].name, name) == 0)
            return c;
    return SIZE_MAX;
}

/* The rows that fit the query, in its order; mem_free(*out). */
static int rank_rows(const struct result_source *self, const struct browse_query *query, struct ranked **out, size_t *n,
                     struct error *err)
{
    struct browse_filter filter;
    const struct result *r = &self->result;
    int rc = browse_filter_parse(&filter, query->where, column_at, self, err);
    if (rc != 0)
        return rc;
    struct ranked *ranked = mem_alloc(r->n_rows, sizeof *ranked);
    struct browse_value *values = mem_alloc(r->n_columns, sizeof *values);
    size_t sort = find_column(self, query->sort);
    *n = 0;
    if (ranked == NULL || values == NULL) {
        mem_free(ranked);
        mem_free(values);
        return error_nomem(err, "the rows");
    }
    for (size_t row = 0; row < r->n_rows; row++) {
        for (size_t c = 0; c < r->n_columns; c++)
            values[c] = value_of(result_cell(r, row, c));
        if (!browse_filter_fits(&filter, values, r->n_columns))
            continue;
        ranked[(*n)++] = (struct ranked){
            .value = sort != SIZE_MAX ? values[sort] : (struct browse_value){0}, .row = row, .descending = query->descending};
    }
    if (sort != SIZE_MAX)
        qsort(ranked, *n, sizeof *ranked, by_value);
    mem_free(values);
    *out = ranked;
    return 0;
}

/* How many rows come before that of the key (its row number is its second value), which need not fit; with it, unless
 * `back`. */
static size_t place_of(const struct result_source *self, const struct browse_query *query, const struct ranked *ranked,
                       size_t n, const struct browse_key *key, bool back)
{
    size_t sort = find_column(self, query->sort), low = 0, high = n;
    struct ranked at = {.row = (size_t)key->values[1].integer, .descending = query->descending};
    if (at.row >= self->result.n_rows)
        return n;
    if (sort != SIZE_MAX)
        at.value = value_of(result_cell(&self->result, at.row, sort));
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = by_value(&ranked[middle], &at);
        if (order < 0 || (order == 0 && !back))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int result_page(struct source *s, struct store *store, const struct browse_query *query,
                       const struct browse_key *from, bool back, size_t limit, struct listing_page *out, struct job *job,
                       struct error *err)
{
    const struct result_source *self = (const struct result_source *)s;
    struct ranked *ranked = NULL;
    size_t n = 0;
    (void)store, (void)job;
    int rc = rank_rows(self, query, &ranked, &n, err);
    if (rc != 0)
        return rc;
    size_t begin = from == NULL ? (back ? n : 0) : place_of(self, query, ranked, n, from, back);
    size_t end = back ? begin : (n - begin > limit ? begin + limit : n);
    if (back)
        begin = end > limit ? end - limit : 0;
    result_copy_columns(&out->rows, &self->result);
    for (size_t i = begin; rc == 0 && i < end; i++) {
        struct browse_key key = {.n = 2, .of_sort = 1,
                                 .values = {{.type = BROWSE_INT, .integer = (int64_t)i},
                                            {.type = BROWSE_INT, .integer = (int64_t)ranked[i].row}}};
        result_copy_row(&out->rows, &self->result, ranked[i].row);
        rc = listing_page_add_key(out, &key, err);
    }
    mem_free(ranked);
    return rc != 0 ? rc : result_check(&out->rows, err);
}

static int result_count(struct source *s, struct store *store, const struct browse_query *query, int64_t *n,
                        struct job *job, struct error *err)
{
    struct ranked *ranked = NULL;
    size_t rows = 0;
    (void)store, (void)job;
    int rc = rank_rows((const struct result_source *)s, query, &ranked, &rows, err);
    mem_free(ranked);
    *n = (int64_t)rows;
    return rc;
}

static void add_frequencies(const struct result_source *self, const struct ranked *ranked, size_t n, size_t column,
                            struct result *out)
{
    const struct column *c = &self->result.columns[column];
    result_add_column(out, c->name, c->type, c->unit, "", c->decimals);
    result_add_column(out, "n", CELL_INT, "rows", "", 0);
    result_add_column(out, "share", CELL_REAL, "%", "of all rows", 2);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && browse_value_compare(&ranked[i].value, &ranked[end].value) == 0; end++)
            ;
        listing_add_value(out, &ranked[i].value);
        result_add_int(out, (int64_t)(end - i));
        result_add_real(out, 100 * (double)(end - i) / (double)n);
    }
}

static double number_of(const struct browse_value *v)
{
    return v->type == BROWSE_REAL ? v->real : (double)v->integer;
}

/* ranked is sorted by the column; missing ones last. */
static int add_bins(const struct result_source *self, const struct ranked *ranked, size_t n, size_t column, size_t bins,
                    struct result *out, struct error *err)
{
    const struct column *c = &self->result.columns[column];
    double low = 0, width = 1;
    size_t known = n, i = 0;
    if (c->type == CELL_TEXT || c->type == CELL_BOOL)
        return error_set(err, E_USAGE, c->name, "is no column of numbers or times");
    while (known > 0 && ranked[known - 1].value.type == BROWSE_NULL)
        known--;
    if (known > 0)
        browse_round_bins(number_of(&ranked[0].value), number_of(&ranked[known - 1].value), bins, c->type == CELL_TIME,
                          &low, &width);
    bool time = c->type == CELL_TIME;
    result_add_column(out, "from", time ? CELL_TIME : CELL_REAL, c->unit, "", -1);
    result_add_column(out, "to", time ? CELL_TIME : CELL_REAL, c->unit, "", -1);
    result_add_column(out, "n", CELL_INT, "rows", "", 0);
    result_begin_series(out, c->name, time ? "time" : c->unit, "rows");
    for (double from = low; i < known; from += width) {
        size_t before = i;
        while (i < known && number_of(&ranked[i].value) < from + width)
            i++;
        time ? result_add_time(out, (int64_t)from) : result_add_real(out, from);
        time ? result_add_time(out, (int64_t)(from + width)) : result_add_real(out, from + width);
        result_add_int(out, (int64_t)(i - before));
        result_add_point(out, from, (double)(i - before));
    }
    result_fact_int(out, "missing", (int64_t)(n - known), "rows");
    return 0;
}

static int result_summary(struct source *s, struct store *store, const struct browse_query *query, const char *column,
                          size_t bins, struct result *out, struct job *job, struct error *err)
{
    const struct result_source *self = (const struct result_source *)s;
    struct browse_query sorted = {.where = query->where, .sort = column};
    struct ranked *ranked = NULL;
    size_t n = 0, index = find_column(self, column);
    (void)store, (void)job;
    int rc = index != SIZE_MAX ? rank_rows(self, &sorted, &ranked, &n, err)
                               : error_set(err, E_NOT_FOUND, column, "is no column of this table");
    if (rc == 0 && bins > 0)
        rc = add_bins(self, ranked, n, index, bins, out, err);
    else if (rc == 0)
        add_frequencies(self, ranked, n, index, out);
    mem_free(ranked);
    return rc;
}

static bool result_shown(struct source *s, size_t column)
{
    (void)s, (void)column;
    return true;
}

static void result_source_free(struct source *s)
{
    struct result_source *self = (struct result_source *)s;
    result_release(&self->result);
    mem_free(self->columns);
    mem_free(self);
}

static enum browse_type browse_type_of(enum cell_type type)
{
    static const enum browse_type types[] = {[CELL_NULL] = BROWSE_NULL, [CELL_TEXT] = BROWSE_TEXT,
                                             [CELL_INT] = BROWSE_INT,   [CELL_REAL] = BROWSE_REAL,
                                             [CELL_BOOL] = BROWSE_BOOL, [CELL_TIME] = BROWSE_TIME};
    return types[type];
}

struct source *source_of_result(const struct result *result)
{
    static const struct source_ops ops = {result_page,    NULL,         result_count,
                                          result_summary, NULL, result_shown, result_source_free};
    struct result_source *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return NULL;
    self->source = (struct source){.ops = &ops, .view = ""};
    atomic_init(&self->source.references, 1);
    result_init(&self->result);
    result_copy_columns(&self->result, result);
    for (size_t row = 0; row < result->n_rows; row++)
        result_copy_row(&self->result, result, row);
    self->columns = mem_zalloc(self->result.n_columns, sizeof *self->columns);
    if (self->columns == NULL || self->result.failed) {
        result_source_free(&self->source);
        return NULL;
    }
    for (size_t c = 0; c < self->result.n_columns; c++)
        self->columns[c] = (struct browse_column){.name = self->result.columns[c].name,
                                                  .type = browse_type_of(self->result.columns[c].type),
                                                  .unit = "", .help = "", .shown = true};
    return &self->source;
}
