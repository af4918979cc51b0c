/* Queries of a view: pages by key, counts, frequencies, histograms. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "store/browse_query.h"
#include "store/browse_top.h"

/* ---- pages --------------------------------------------------------------------------------------------- */

/* "t.user, t.time" or with another letter: "p.k0, p.k1". */
static void put_keys(struct str *sql, const struct browse_spec *spec, const char *with, bool down, bool named)
{
    for (size_t i = 0; i < spec->n_keys; i++) {
        str_puts(sql, i > 0 ? ", " : "");
        if (with != NULL)
            str_printf(sql, "%s.k%zu", with, i);
        else
            str_puts(sql, spec->keys[i]);
        if (named)
            str_printf(sql, " AS k%zu", i);
        else if (down)
            str_puts(sql, " DESC");
    }
}

static void put_key_values(struct browse_sql *q, const struct browse_key *from)
{
    for (size_t i = 0; i < from->n; i++) {
        str_puts(&q->sql, i > 0 ? ", " : "");
        browse_query_value(q, &from->values[i]);
    }
}

static void put_columns(struct browse_sql *q, const struct browse *self)
{
    for (size_t i = 0; i < self->n; i++) {
        browse_query_shown(&q->sql, &self->fields[i], self->fields[i].raw);
        str_puts(&q->sql, ", ");
    }
}

/* In the view's own order: the rows come straight from the table or an index. */
static void put_own_order(struct browse_sql *q, const struct browse *self, const struct browse_key *from, size_t limit)
{
    const struct browse_spec *spec = self->spec;
    str_puts(&q->sql, "SELECT ");
    put_columns(q, self);
    put_keys(&q->sql, spec, NULL, false, false);
    str_printf(&q->sql, " FROM %s%s", spec->from, spec->joins);
    browse_query_filter(q, self);
    if (from != NULL) {
        str_puts(&q->sql, " AND (");
        put_keys(&q->sql, spec, NULL, false, false);
        str_puts(&q->sql, q->down ? ") < (" : ") > (");
        put_key_values(q, from);
        str_putc(&q->sql, ')');
    }
    str_puts(&q->sql, " ORDER BY ");
    put_keys(&q->sql, spec, NULL, q->down, false);
    str_puts(&q->sql, " LIMIT ");
    browse_query_integer(q, (int64_t)limit);
}

/* m: what keeps missing values last whichever way it is sorted; s: the value, or what stands for it; then the keys.
 * All go the same way, so that rows of values can be compared. */
static void put_order(struct browse_sql *q, const struct browse_spec *spec, const char *with, bool down)
{
    const char *dot = with[0] != '\0' ? "." : "", *way = down ? " DESC" : "";
    str_printf(&q->sql, "%s%sm%s, %s%ss%s", with, dot, way, with, dot, way);
    for (size_t i = 0; i < spec->n_keys; i++)
        str_printf(&q->sql, ", %s%sk%zu%s", with, dot, i, way);
}

/* k0, k1, ..., m, s of the rows that fit. */
static void put_ranks(struct browse_sql *q, const struct browse *self)
{
    const struct browse_spec *spec = self->spec;
    const struct browse_field *f = &self->fields[q->sort];
    str_puts(&q->sql, "SELECT ");
    put_keys(&q->sql, spec, NULL, false, true);
    str_printf(&q->sql, ", (%s) IS %sNULL AS m, ifnull(%s, 0) AS s FROM %s%s", f->raw, q->sort_down ? "NOT " : "",
               f->raw, spec->from, browse_query_joins(q, self, q->sort));
    browse_query_filter(q, self);
}

/* From an order that was written down. */
static void put_prepared(struct browse_sql *q, const struct browse *self, const struct browse_key *from,
                         int64_t prepared, size_t limit)
{
    const struct browse_spec *spec = self->spec;
    str_puts(&q->sql, "SELECT ");
    put_columns(q, self);
    str_puts(&q->sql, "p.m, p.s, ");
    put_keys(&q->sql, spec, "p", false, false);
    str_printf(&q->sql, " FROM (SELECT * FROM temp.order_%" PRId64, prepared);
    if (from != NULL) {
        str_puts(&q->sql, " WHERE (");
        put_order(q, spec, "", false);
        str_puts(&q->sql, q->down ? ") < (" : ") > (");
        put_key_values(q, from);
        str_putc(&q->sql, ')');
    }
    str_puts(&q->sql, " ORDER BY ");
    put_order(q, spec, "", q->down);
    str_puts(&q->sql, " LIMIT ");
    browse_query_integer(q, (int64_t)limit);
    str_printf(&q->sql, ") p CROSS JOIN %s ON 1", spec->from);
    for (size_t i = 0; i < spec->n_keys; i++)
        str_printf(&q->sql, " AND %s = p.k%zu", spec->keys[i], i);
    str_printf(&q->sql, "%s ORDER BY ", spec->joins);
    put_order(q, spec, "p", q->down);
}

struct page {
    const struct browse *self;
    const struct browse_sql *query;
    browse_fn fn;
    void *context;
    struct browse_value *values;
};

/* The type of what a field is sorted by. */
static enum browse_type sort_type(const struct browse_field *f)
{
    return f->names != NULL && !f->by_text ? BROWSE_INT : f->column.type;
}

static int give_row(void *context, sqlite3_stmt *s)
{
    const struct page *p = context;
    const struct browse *self = p->self;
    struct browse_key key = {0};
    for (size_t i = 0; i < self->n; i++)
        p->values[i] = browse_query_column(s, (int)i, self->fields[i].column.type);
    int at = (int)self->n;
    if (p->query->sort != SIZE_MAX) {
        key.values[key.n++] = browse_query_column(s, at++, BROWSE_INT);
        key.values[key.n++] = browse_query_column(s, at++, sort_type(&self->fields[p->query->sort]));
        key.of_sort = key.n;
    }
    for (size_t i = 0; i < self->spec->n_keys; i++)
        key.values[key.n++] = browse_query_column(s, at++, BROWSE_INT);
    return p->fn(p->context, p->values, &key);
}

/* ---- what browse_top found ----------------------------------------------------------------------------- */

static int give_ranked(const struct page *p, sqlite3_stmt *s, const struct rank *r)
{
    const struct browse *self = p->self;
    const struct browse_field *f = &self->fields[p->query->sort];
    bool missing = r->s.type == BROWSE_NULL;
    struct browse_key key = {.n = 2, .of_sort = 2};
    for (size_t i = 0; i < self->n; i++)
        p->values[i] = browse_query_column(s, (int)i, self->fields[i].column.type);
    key.values[0] = (struct browse_value){.type = BROWSE_INT, .integer = missing != p->query->sort_down};
    key.values[1] = r->s;
    if (missing) /* nothing compares with it */
        key.values[1] = (struct browse_value){.type = BROWSE_INT};
    else if (sort_type(f) == BROWSE_REAL && r->s.type != BROWSE_REAL)
        key.values[1] = (struct browse_value){.type = BROWSE_REAL, .real = (double)r->s.integer};
    for (size_t i = 0; i < self->spec->n_keys; i++)
        key.values[key.n++] = (struct browse_value){.type = BROWSE_INT, .integer = r->keys[i]};
    return p->fn(p->context, p->values, &key);
}

/* What is shown of the rows with these keys; one that is gone is left out. */
static int show_ranked(struct store *store, struct browse_sql *q, const struct page *p, const struct ranks *ranks,
                       struct error *err)
{
    const struct browse_spec *spec = p->self->spec;
    sqlite3_stmt *s;
    str_clear(&q->sql);
    q->n = q->shared = 0;
    str_puts(&q->sql, "SELECT ");
    put_columns(q, p->self);
    str_printf(&q->sql, "0 FROM %s%s WHERE 1", spec->from, spec->joins);
    for (size_t i = 0; i < spec->n_keys; i++)
        str_printf(&q->sql, " AND %s = ?", spec->keys[i]);
    int rc = browse_query_open(store, q, &s, err);
    for (size_t row = 0; rc == 0 && row < ranks->n; row++) {
        for (size_t i = 0; i < spec->n_keys; i++)
            sqlite3_bind_int64(s, (int)i + 1, ranks->rows[row].keys[i]);
        int step = db_must_fail() ? SQLITE_FULL : sqlite3_step(s);
        if (step == SQLITE_ROW)
            rc = give_ranked(p, s, &ranks->rows[row]);
        else if (step != SQLITE_DONE)
            rc = db_error(store->db, step, "reading", err);
        sqlite3_reset(s);
    }
    sqlite3_finalize(s);
    return rc;
}

/* Both of one moment: a row that goes in between would look like the end of the table. */
static int read_top(struct store *store, struct browse_sql *q, const struct page *p, const struct browse_key *from,
                    size_t limit, struct job *job, struct error *err)
{
    struct ranks ranks = {0};
    int rc = db_run(store, "SAVEPOINT browse_top", err);
    if (rc != 0)
        return rc;
    rc = browse_top_find(store, p->self, q, from, limit, &ranks, job, err);
    if (rc == 0)
        rc = show_ranked(store, q, p, &ranks, err);
    db_run(store, "RELEASE browse_top", NULL);
    browse_top_release(&ranks);
    return rc;
}

/* ---- orders that are written down ---------------------------------------------------------------------- */

/* Is there such an order on this connection? */
static bool is_prepared(struct store *store, int64_t number)
{
    sqlite3_stmt *s = NULL;
    char sql[96];
    snprintf(sql, sizeof sql, "SELECT 1 FROM temp.order_%" PRId64 " LIMIT 0", number);
    bool there = number > 0 && sqlite3_prepare_v2(store->db, sql, -1, &s, NULL) == SQLITE_OK;
    sqlite3_finalize(s);
    return there;
}

static int drop_prepared(struct store *store, struct error *err)
{
    sqlite3_stmt *s = NULL;
    char sql[128] = "";
    int rc = sqlite3_prepare_v2(store->db, "SELECT name FROM temp.sqlite_schema WHERE name GLOB 'order_*'", -1, &s,
                                NULL);
    if (rc == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
        snprintf(sql, sizeof sql, "DROP TABLE temp.%s", db_text(s, 0));
    sqlite3_finalize(s);
    return rc != SQLITE_OK ? db_error(store->db, rc, "the order", err) : sql[0] != '\0' ? db_run(store, sql, err) : 0;
}

static int take_nothing(void *context, sqlite3_stmt *s)
{
    (void)context, (void)s;
    return 0;
}

static int write_order(struct store *store, const struct browse *self, struct browse_sql *q, int64_t number,
                       struct job *job, struct error *err)
{
    const struct browse_spec *spec = self->spec;
    struct str create;
    str_init(&create, 1024);
    str_printf(&create, "CREATE TABLE temp.order_%" PRId64 " (", number);
    for (size_t i = 0; i < spec->n_keys; i++)
        str_printf(&create, "k%zu, ", i);
    str_puts(&create, "m, s, PRIMARY KEY (m, s");
    for (size_t i = 0; i < spec->n_keys; i++)
        str_printf(&create, ", k%zu", i);
    str_puts(&create, ")) WITHOUT ROWID");
    int rc = db_run(store, str_text(&create), err);
    str_release(&create);
    str_printf(&q->sql, "INSERT INTO temp.order_%" PRId64 " ", number);
    put_ranks(q, self);
    str_puts(&q->sql, " ORDER BY ");
    put_order(q, spec, "", false);
    if (rc == 0)
        rc = browse_query_run(store, q, take_nothing, NULL, job, err);
    if (rc != 0)
        drop_prepared(store, NULL);
    return rc;
}

bool browse_can_prepare(const struct browse *self, const struct browse_query *query)
{
    size_t sort;
    if (query->sort == NULL || query->sort[0] == '\0' || browse_find(self, query->sort, &sort, NULL) != 0)
        return false;
    const struct browse_field *f = &self->fields[sort];
    return !f->leads && !f->by_text && (f->names != NULL || f->column.type != BROWSE_TEXT);
}

int browse_prepare(struct store *store, const struct browse *self, const struct browse_query *query, int64_t number,
                   struct job *job, struct error *err)
{
    struct browse_sql q;
    if (!browse_can_prepare(self, query))
        return 0;
    int rc = browse_query_begin(&q, store, self, query, job, err);
    if (rc == 0) /* it is about temporary tables too */
        rc = db_run(store, "PRAGMA query_only = OFF; PRAGMA temp_store = FILE", err);
    if (rc == 0)
        rc = drop_prepared(store, err);
    if (rc == 0)
        rc = write_order(store, self, &q, number, job, err);
    if (!store->writable) {
        int closed = db_run(store, "PRAGMA query_only = ON", rc == 0 ? err : NULL);
        rc = rc != 0 ? rc : closed;
    }
    str_release(&q.sql);
    return rc;
}

int browse_page(struct store *store, const struct browse *self, const struct browse_query *query,
                const struct browse_key *from, bool back, size_t limit, browse_fn fn, void *context, struct job *job,
                struct error *err)
{
    struct browse_sql q;
    struct browse_value *values = mem_zalloc(self->n, sizeof *values);
    int rc = values != NULL ? browse_query_begin(&q, store, self, query, job, err) : error_nomem(err, "reading");
    if (values == NULL)
        return rc;
    if (rc == 0 && from != NULL && from->n != self->spec->n_keys + (q.sort != SIZE_MAX ? 2 : 0))
        rc = error_set(err, E_USAGE, "the page", "its place is of another order");
    if (rc == 0) {
        q.down = q.sort_down != back;
        struct page p = {self, &q, fn, context, values};
        bool prepared = q.sort != SIZE_MAX && is_prepared(store, query->prepared);
        if (q.sort == SIZE_MAX)
            put_own_order(&q, self, from, limit);
        else if (prepared)
            put_prepared(&q, self, from, query->prepared, limit);
        rc = q.sort == SIZE_MAX || prepared ? browse_query_run(store, &q, give_row, &p, job, err)
                                            : read_top(store, &q, &p, from, limit, job, err);
    }
    str_release(&q.sql);
    mem_free(values);
    return rc;
}

/* ---- counts -------------------------------------------------------------------------------------------- */

static int take_count(void *context, sqlite3_stmt *s)
{
    *(int64_t *)context = sqlite3_column_int64(s, 0);
    return 0;
}

int browse_count(struct store *store, const struct browse *self, const struct browse_query *query, int64_t *n,
                 struct job *job, struct error *err)
{
    struct browse_sql q;
    struct browse_query unsorted = {.where = query->where};
    int rc = browse_query_begin(&q, store, self, &unsorted, job, err);
    if (rc == 0) {
        str_printf(&q.sql, "SELECT count(*) FROM %s%s", self->spec->from, browse_query_joins(&q, self, SIZE_MAX));
        browse_query_filter(&q, self);
        rc = browse_query_run(store, &q, take_count, n, job, err);
    }
    str_release(&q.sql);
    return rc;
}

struct frequency {
    browse_frequency_fn fn;
    void *context;
    enum browse_type type;
};

static int give_frequency(void *context, sqlite3_stmt *s)
{
    const struct frequency *f = context;
    struct browse_value v = browse_query_column(s, 0, f->type);
    return f->fn(f->context, &v, sqlite3_column_int64(s, 1));
}

int browse_frequency(struct store *store, const struct browse *self, const struct browse_query *query, size_t column,
                     size_t limit, browse_frequency_fn fn, void *context, struct job *job, struct error *err)
{
    struct browse_sql q;
    struct browse_query unsorted = {.where = query->where};
    const struct browse_field *field = &self->fields[column];
    struct frequency f = {fn, context, field->column.type};
    int rc = browse_query_begin(&q, store, self, &unsorted, job, err);
    /* Grouping sorts all rows: numbers may go to a file without a name, texts stay in memory. */
    if (rc == 0 && (field->names != NULL || field->column.type != BROWSE_TEXT))
        rc = db_run(store, "PRAGMA temp_store = FILE", err);
    if (rc == 0) {
        str_puts(&q.sql, "SELECT ");
        browse_query_shown(&q.sql, field, "g");
        str_printf(&q.sql, ", n FROM (SELECT %s AS g, count(*) AS n FROM %s%s", field->raw, self->spec->from,
                   browse_query_joins(&q, self, column));
        browse_query_filter(&q, self);
        str_puts(&q.sql, " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ");
        browse_query_integer(&q, (int64_t)limit);
        str_puts(&q.sql, ")");
        rc = browse_query_run(store, &q, give_frequency, &f, job, err);
    }
    db_run(store, "PRAGMA temp_store = MEMORY", NULL);
    str_release(&q.sql);
    return rc;
}

/* ---- histograms ---------------------------------------------------------------------------------------- */

void browse_round_bins(double low, double high, size_t bins, bool time, double *from, double *width)
{
    static const double times[] = {1e3, 5e3, 15e3, 6e4, 3e5, 9e5, 36e5, 108e5, 216e5, 864e5,
                                   6048e5, 12096e5, 2592e6, 7776e6, 31536e6};
    double least = (high - low) / (double)(bins > 1 ? bins - 1 : 1);
    double w = 0;
    for (size_t i = 0; time && w <= 0 && i < sizeof times / sizeof times[0]; i++)
        if (times[i] >= least)
            w = times[i];
    if (w <= 0 && least > 0) {
        double power = pow(10, floor(log10(least)));
        w = least <= power ? power : least <= 2 * power ? 2 * power : least <= 5 * power ? 5 * power : 10 * power;
    }
    *width = w > 0 ? w : 1;
    *from = floor(low / *width) * *width;
}

struct range {
    double low, high;
    bool any;
    int64_t missing;
};

static int take_range(void *context, sqlite3_stmt *s)
{
    struct range *r = context;
    r->any = sqlite3_column_type(s, 0) != SQLITE_NULL;
    r->low = sqlite3_column_double(s, 0);
    r->high = sqlite3_column_double(s, 1);
    r->missing = sqlite3_column_int64(s, 2) - sqlite3_column_int64(s, 3);
    return 0;
}

static int take_bin(void *context, sqlite3_stmt *s)
{
    struct browse_histogram *h = context;
    double bin = (sqlite3_column_double(s, 0) - h->low) / h->width;
    h->counts[bin <= 0 ? 0 : bin < (double)h->n ? (size_t)bin : h->n - 1]++;
    return 0;
}

int browse_histogram(struct store *store, const struct browse *self, const struct browse_query *query, size_t column,
                     size_t bins, struct browse_histogram *out, struct job *job, struct error *err)
{
    struct browse_sql q;
    struct browse_query unsorted = {.where = query->where};
    const struct browse_field *f = &self->fields[column];
    struct range range = {0};
    *out = (struct browse_histogram){0};
    if (f->column.type == BROWSE_TEXT) {
        error_set(err, E_USAGE, f->column.name, "is a column of text, which has no histogram");
        return error_hint(err, E_USAGE, "its frequencies can be counted");
    }
    bins = bins < 1 ? 1 : bins > BROWSE_BINS_MAX ? BROWSE_BINS_MAX : bins;
    int rc = browse_query_begin(&q, store, self, &unsorted, job, err);
    if (rc == 0) {
        str_printf(&q.sql, "SELECT min(%s), max(%s), count(*), count(%s) FROM %s%s", f->raw, f->raw, f->raw,
                   self->spec->from, browse_query_joins(&q, self, column));
        browse_query_filter(&q, self);
        rc = browse_query_run(store, &q, take_range, &range, job, err);
    }
    str_release(&q.sql);
    out->missing = range.missing;
    if (rc != 0 || !range.any)
        return rc;
    browse_round_bins(range.low, range.high, bins, f->column.type == BROWSE_TIME, &out->low, &out->width);
    double n = floor((range.high - out->low) / out->width) + 1;
    out->n = n < 1 ? 1 : n > BROWSE_BINS_MAX ? BROWSE_BINS_MAX : (size_t)n;
    rc = browse_query_begin(&q, store, self, &unsorted, job, err);
    if (rc == 0) {
        /* Counted here: grouping in SQL would sort all rows first. */
        str_printf(&q.sql, "SELECT %s FROM %s%s", f->raw, self->spec->from, browse_query_joins(&q, self, column));
        browse_query_filter(&q, self);
        str_printf(&q.sql, " AND %s IS NOT NULL", f->raw);
        rc = browse_query_run(store, &q, take_bin, out, job, err);
    }
    str_release(&q.sql);
    return rc;
}
