/* Queries of a view: pages by key, counts, frequencies, histograms. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "store/browse_private.h"
#include "store/db.h"

enum { SQL_MAX = 1 << 18, STEPS_BETWEEN_LOOKS = 4000, BINDINGS_MAX = 2 * BROWSE_TERMS_MAX + 16 };

/* A statement that is being written, with what is bound to it. */
struct query {
    struct str sql;
    struct {
        const char *text; /* or */
        double number;
        int64_t integer;
        char type; /* 't' 'r' 'i' */
    } bindings[BINDINGS_MAX];
    size_t n;
    size_t shared; /* the text of a term that is compared with many columns: its number; 0: none */
    struct browse_filter filter;
    size_t sort; /* the field to sort by; SIZE_MAX: the view's own order */
    bool down;   /* the order of reading */
    bool sort_down;
};

static void bind_text(struct query *q, const char *text)
{
    if (q->shared > 0) {
        str_printf(&q->sql, "?%zu", q->shared);
        return;
    }
    str_putc(&q->sql, '?');
    q->bindings[q->n].text = text;
    q->bindings[q->n++].type = 't';
}

static void bind_real(struct query *q, double v)
{
    str_putc(&q->sql, '?');
    q->bindings[q->n].number = v;
    q->bindings[q->n++].type = 'r';
}

static void bind_integer(struct query *q, int64_t v)
{
    str_putc(&q->sql, '?');
    q->bindings[q->n].integer = v;
    q->bindings[q->n++].type = 'i';
}

static void bind_value(struct query *q, const struct browse_value *v)
{
    if (v->type == BROWSE_TEXT)
        bind_text(q, v->text);
    else if (v->type == BROWSE_REAL)
        bind_real(q, v->real);
    else
        bind_integer(q, v->type == BROWSE_NULL ? 0 : v->integer);
}

/* ---- SQL of a field ------------------------------------------------------------------------------------ */

/* What is shown of a raw value that stands in `raw`. */
static void put_shown(struct str *sql, const struct browse_field *f, const char *raw)
{
    if (f->names == NULL)
        str_puts(sql, raw);
    else
        str_printf(sql, "(SELECT %s FROM %s WHERE %s = %s ORDER BY 1 LIMIT 1)", f->names->text, f->names->table,
                   f->names->id, raw);
}

static const char *sign_of(enum browse_op op)
{
    switch (op) {
    case BROWSE_LESS: return "<";
    case BROWSE_LESS_EQUAL: return "<=";
    case BROWSE_GREATER: return ">";
    case BROWSE_GREATER_EQUAL: return ">=";
    default: return "=";
    }
}

/* A condition on the text `what`. */
static void put_text_condition(struct query *q, const struct browse_term *t, const char *what)
{
    if (t->op == BROWSE_HOLDS) {
        str_printf(&q->sql, "instr(lower(%s), lower(", what);
        bind_text(q, t->text);
        str_puts(&q->sql, ")) > 0");
        return;
    }
    str_printf(&q->sql, "%s %s ", what, sign_of(t->op));
    bind_text(q, t->text);
}

static void put_number_condition(struct query *q, const struct browse_term *t, const char *what)
{
    if (t->op == BROWSE_HOLDS) {
        str_printf(&q->sql, "instr(CAST(%s AS TEXT), ", what);
        bind_text(q, t->text);
        str_puts(&q->sql, ") > 0");
    } else if (t->op == BROWSE_EQUAL && t->until > t->number) {
        str_printf(&q->sql, "(%s >= ", what);
        bind_real(q, t->number);
        str_printf(&q->sql, " AND %s < ", what);
        bind_real(q, t->until);
        str_putc(&q->sql, ')');
    } else {
        str_printf(&q->sql, "%s %s ", what, sign_of(t->op));
        bind_real(q, t->number);
    }
}

/* A condition that is true or false, never NULL. */
static void put_condition(struct query *q, const struct browse_field *f, const struct browse_term *t)
{
    if (t->op == BROWSE_MISSING) {
        str_printf(&q->sql, "%s IS NULL", f->raw);
    } else if (f->names != NULL && t->op == BROWSE_EQUAL && !t->not_it) { /* alone: an index can be used */
        str_printf(&q->sql, "%s = (SELECT %s FROM %s WHERE %s = ", f->raw, f->names->id, f->names->table,
                   f->names->text);
        bind_text(q, t->text);
        str_printf(&q->sql, "%s)", strcmp(f->names->table, "sessions") == 0 ? " LIMIT 1" : "");
    } else if (f->names != NULL || (f->search != NULL && t->op == BROWSE_HOLDS)) {
        const struct browse_names *names = f->names != NULL ? f->names : f->search;
        str_printf(&q->sql, "ifnull(%s IN (SELECT %s FROM %s WHERE ", f->names != NULL ? f->raw : f->search_raw,
                   names->id, names->table);
        put_text_condition(q, t, names->text);
        str_puts(&q->sql, "), 0)");
    } else if (!t->not_it && f->column.type != BROWSE_TEXT) { /* likewise */
        put_number_condition(q, t, f->raw);
    } else {
        str_puts(&q->sql, "ifnull(");
        if (f->column.type == BROWSE_TEXT)
            put_text_condition(q, t, f->raw);
        else
            put_number_condition(q, t, f->raw);
        str_puts(&q->sql, ", 0)");
    }
}

static void put_any_text(struct query *q, const struct browse *self, const struct browse_term *t)
{
    bool any = false;
    struct browse_term one = *t;
    one.not_it = true; /* so that NULL is false, and "or" works */
    for (size_t i = 0; i < self->n; i++) {
        const struct browse_field *f = &self->fields[i];
        if (f->column.type != BROWSE_TEXT || !f->column.shown)
            continue;
        str_puts(&q->sql, any ? " OR " : "(");
        put_condition(q, f, &one);
        q->shared = any ? q->shared : q->n; /* bound once */
        any = true;
    }
    q->shared = 0;
    str_puts(&q->sql, any ? ")" : "0");
}

static void put_filter(struct query *q, const struct browse *self)
{
    str_puts(&q->sql, " WHERE 1");
    for (size_t i = 0; i < q->filter.n; i++) {
        const struct browse_term *t = &q->filter.terms[i];
        str_puts(&q->sql, t->not_it ? " AND NOT (" : " AND (");
        if (t->column == BROWSE_ANY_COLUMN)
            put_any_text(q, self, t);
        else
            put_condition(q, &self->fields[t->column], t);
        str_putc(&q->sql, ')');
    }
}

/* The tables that a query needs beside the view's own: looking rows up in them costs more than all the rest, so they
 * are left out where nothing asks for them.  `column`: one more field that is used, or SIZE_MAX. */
static const char *joins_for(const struct query *q, const struct browse *self, size_t column)
{
    bool needed = column != SIZE_MAX && strstr(self->fields[column].raw, "x.") != NULL;
    for (size_t i = 0; i < q->filter.n; i++) {
        size_t c = q->filter.terms[i].column;
        needed = needed || (c != BROWSE_ANY_COLUMN && strstr(self->fields[c].raw, "x.") != NULL);
    }
    return needed ? self->spec->joins : "";
}

/* ---- running ------------------------------------------------------------------------------------------- */

static const struct browse_column *column_at(const void *self, size_t index)
{
    return browse_column(self, index);
}

static int begin(struct query *q, const struct browse *self, const struct browse_query *query, struct error *err)
{
    q->n = q->shared = 0;
    q->sort = SIZE_MAX;
    str_init(&q->sql, SQL_MAX);
    int rc = browse_filter_parse(&q->filter, query->where, column_at, self, err);
    if (rc == 0 && query->sort != NULL && query->sort[0] != '\0')
        rc = browse_find(self, query->sort, &q->sort, err);
    q->sort_down = query->descending;
    if (q->sort != SIZE_MAX && self->fields[q->sort].leads) /* the view's own order, perhaps from its other end */
        q->sort = SIZE_MAX;
    else if (q->sort == SIZE_MAX && (query->sort == NULL || query->sort[0] == '\0'))
        q->sort_down = self->spec->newest_first;
    return rc;
}

static int look(void *job)
{
    return job_cancelled(job);
}

static int open_statement(struct store *store, struct query *q, sqlite3_stmt **out, struct error *err)
{
    *out = NULL;
    if (q->sql.failed)
        return error_nomem(err, "the query");
    int rc = sqlite3_prepare_v2(store->db, str_text(&q->sql), -1, out, NULL);
    for (size_t i = 0; rc == SQLITE_OK && i < q->n; i++) {
        int at = (int)i + 1;
        rc = q->bindings[i].type == 't'   ? sqlite3_bind_text(*out, at, q->bindings[i].text, -1, SQLITE_STATIC)
             : q->bindings[i].type == 'r' ? sqlite3_bind_double(*out, at, q->bindings[i].number)
                                          : sqlite3_bind_int64(*out, at, q->bindings[i].integer);
    }
    return rc == SQLITE_OK ? 0 : db_error(store->db, rc, "the query", err);
}

typedef int (*row_fn)(void *context, sqlite3_stmt *row);

static int run(struct store *store, struct query *q, row_fn fn, void *context, struct job *job, struct error *err)
{
    sqlite3_stmt *s;
    int rc = open_statement(store, q, &s, err);
    if (rc == 0 && job_cancelled(job))
        rc = job_error_cancelled(err, "reading");
    if (job != NULL)
        sqlite3_progress_handler(store->db, STEPS_BETWEEN_LOOKS, look, job);
    while (rc == 0) {
        int step = db_must_fail() ? SQLITE_FULL : sqlite3_step(s);
        if (step == SQLITE_DONE)
            break;
        rc = step == SQLITE_ROW ? fn(context, s) : db_error(store->db, step, "reading", err);
    }
    sqlite3_progress_handler(store->db, 0, NULL, NULL);
    sqlite3_finalize(s);
    return rc;
}

static struct browse_value value_of(sqlite3_stmt *s, int at, enum browse_type type)
{
    struct browse_value v = {.type = type};
    if (sqlite3_column_type(s, at) == SQLITE_NULL)
        v.type = BROWSE_NULL;
    else if (type == BROWSE_TEXT)
        v.text = db_text(s, at);
    else if (type == BROWSE_REAL)
        v.real = sqlite3_column_double(s, at);
    else
        v.integer = sqlite3_column_int64(s, at);
    return v;
}

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

static void put_key_values(struct query *q, const struct browse_key *from)
{
    for (size_t i = 0; i < from->n; i++) {
        str_puts(&q->sql, i > 0 ? ", " : "");
        bind_value(q, &from->values[i]);
    }
}

static void put_columns(struct query *q, const struct browse *self)
{
    for (size_t i = 0; i < self->n; i++) {
        put_shown(&q->sql, &self->fields[i], self->fields[i].raw);
        str_puts(&q->sql, ", ");
    }
}

/* In the view's own order: the rows come straight from the table or an index. */
static void put_own_order(struct query *q, const struct browse *self, const struct browse_key *from, size_t limit)
{
    const struct browse_spec *spec = self->spec;
    str_puts(&q->sql, "SELECT ");
    put_columns(q, self);
    put_keys(&q->sql, spec, NULL, false, false);
    str_printf(&q->sql, " FROM %s%s", spec->from, spec->joins);
    put_filter(q, self);
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
    bind_integer(q, (int64_t)limit);
}

/* m: what keeps missing values last whichever way it is sorted; s: the value, or what stands for it; then the keys.
 * All go the same way, so that rows of values can be compared. */
static void put_order(struct query *q, const struct browse_spec *spec, const char *with, bool down)
{
    const char *dot = with[0] != '\0' ? "." : "", *way = down ? " DESC" : "";
    str_printf(&q->sql, "%s%sm%s, %s%ss%s", with, dot, way, with, dot, way);
    for (size_t i = 0; i < spec->n_keys; i++)
        str_printf(&q->sql, ", %s%sk%zu%s", with, dot, i, way);
}

/* k0, k1, ..., m, s of the rows that fit. */
static void put_ranks(struct query *q, const struct browse *self)
{
    const struct browse_spec *spec = self->spec;
    const struct browse_field *f = &self->fields[q->sort];
    const char *nothing = f->column.type == BROWSE_TEXT && (f->names == NULL || f->by_text) ? "''" : "0";
    str_puts(&q->sql, "SELECT ");
    put_keys(&q->sql, spec, NULL, false, true);
    str_printf(&q->sql, ", (%s) IS %sNULL AS m, ifnull(", f->raw, q->sort_down ? "NOT " : "");
    if (f->by_text)
        put_shown(&q->sql, f, f->raw);
    else
        str_puts(&q->sql, f->raw);
    str_printf(&q->sql, ", %s) AS s FROM %s%s", nothing, spec->from, joins_for(q, self, q->sort));
    put_filter(q, self);
}

/* By another column: the few keys first, then what is shown of them. */
static void put_sorted(struct query *q, const struct browse *self, const struct browse_key *from, int64_t prepared,
                       size_t limit)
{
    const struct browse_spec *spec = self->spec;
    str_puts(&q->sql, "SELECT ");
    put_columns(q, self);
    str_puts(&q->sql, "p.m, p.s, ");
    put_keys(&q->sql, spec, "p", false, false);
    str_puts(&q->sql, " FROM (SELECT * FROM ");
    if (prepared > 0) {
        str_printf(&q->sql, "temp.order_%" PRId64, prepared);
    } else {
        str_putc(&q->sql, '(');
        put_ranks(q, self);
        str_putc(&q->sql, ')');
    }
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
    bind_integer(q, (int64_t)limit);
    str_printf(&q->sql, ") p CROSS JOIN %s ON 1", spec->from);
    for (size_t i = 0; i < spec->n_keys; i++)
        str_printf(&q->sql, " AND %s = p.k%zu", spec->keys[i], i);
    str_printf(&q->sql, "%s ORDER BY ", spec->joins);
    put_order(q, spec, "p", q->down);
}

struct page {
    const struct browse *self;
    const struct query *query;
    browse_fn fn;
    void *context;
    struct browse_value *values;
};

static int give_row(void *context, sqlite3_stmt *s)
{
    const struct page *p = context;
    const struct browse *self = p->self;
    struct browse_key key = {0};
    for (size_t i = 0; i < self->n; i++)
        p->values[i] = value_of(s, (int)i, self->fields[i].column.type);
    int at = (int)self->n;
    if (p->query->sort != SIZE_MAX) {
        const struct browse_field *f = &self->fields[p->query->sort];
        enum browse_type type = f->names != NULL && !f->by_text ? BROWSE_INT : f->column.type;
        key.values[key.n++] = value_of(s, at++, BROWSE_INT);
        key.values[key.n++] = value_of(s, at++, type);
        key.of_sort = key.n;
    }
    for (size_t i = 0; i < self->spec->n_keys; i++)
        key.values[key.n++] = value_of(s, at++, BROWSE_INT);
    return p->fn(p->context, p->values, &key);
}

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

static int write_order(struct store *store, const struct browse *self, struct query *q, int64_t number, struct job *job,
                       struct error *err)
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
        rc = run(store, q, take_nothing, NULL, job, err);
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
    struct query q;
    if (!browse_can_prepare(self, query))
        return 0;
    int rc = begin(&q, self, query, err);
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
    struct query q;
    struct browse_value *values = mem_zalloc(self->n, sizeof *values);
    int rc = values != NULL ? begin(&q, self, query, err) : error_nomem(err, "reading");
    if (values == NULL)
        return rc;
    if (rc == 0) {
        q.down = q.sort_down != back;
        if (q.sort == SIZE_MAX)
            put_own_order(&q, self, from, limit);
        else
            put_sorted(&q, self, from, is_prepared(store, query->prepared) ? query->prepared : 0, limit);
        struct page p = {self, &q, fn, context, values};
        rc = run(store, &q, give_row, &p, job, err);
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
    struct query q;
    struct browse_query unsorted = {.where = query->where};
    int rc = begin(&q, self, &unsorted, err);
    if (rc == 0) {
        str_printf(&q.sql, "SELECT count(*) FROM %s%s", self->spec->from, joins_for(&q, self, SIZE_MAX));
        put_filter(&q, self);
        rc = run(store, &q, take_count, n, job, err);
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
    struct browse_value v = value_of(s, 0, f->type);
    return f->fn(f->context, &v, sqlite3_column_int64(s, 1));
}

int browse_frequency(struct store *store, const struct browse *self, const struct browse_query *query, size_t column,
                     size_t limit, browse_frequency_fn fn, void *context, struct job *job, struct error *err)
{
    struct query q;
    struct browse_query unsorted = {.where = query->where};
    const struct browse_field *field = &self->fields[column];
    struct frequency f = {fn, context, field->column.type};
    int rc = begin(&q, self, &unsorted, err);
    /* Grouping sorts all rows: numbers may go to a file without a name, texts stay in memory. */
    if (rc == 0 && (field->names != NULL || field->column.type != BROWSE_TEXT))
        rc = db_run(store, "PRAGMA temp_store = FILE", err);
    if (rc == 0) {
        str_puts(&q.sql, "SELECT ");
        put_shown(&q.sql, field, "g");
        str_printf(&q.sql, ", n FROM (SELECT %s AS g, count(*) AS n FROM %s%s", field->raw, self->spec->from,
                   joins_for(&q, self, column));
        put_filter(&q, self);
        str_puts(&q.sql, " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ");
        bind_integer(&q, (int64_t)limit);
        str_puts(&q.sql, ")");
        rc = run(store, &q, give_frequency, &f, job, err);
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
    struct query q;
    struct browse_query unsorted = {.where = query->where};
    const struct browse_field *f = &self->fields[column];
    struct range range = {0};
    *out = (struct browse_histogram){0};
    if (f->column.type == BROWSE_TEXT) {
        error_set(err, E_USAGE, f->column.name, "is a column of text, which has no histogram");
        return error_hint(err, E_USAGE, "its frequencies can be counted");
    }
    bins = bins < 1 ? 1 : bins > BROWSE_BINS_MAX ? BROWSE_BINS_MAX : bins;
    int rc = begin(&q, self, &unsorted, err);
    if (rc == 0) {
        str_printf(&q.sql, "SELECT min(%s), max(%s), count(*), count(%s) FROM %s%s", f->raw, f->raw, f->raw,
                   self->spec->from, joins_for(&q, self, column));
        put_filter(&q, self);
        rc = run(store, &q, take_range, &range, job, err);
    }
    str_release(&q.sql);
    out->missing = range.missing;
    if (rc != 0 || !range.any)
        return rc;
    browse_round_bins(range.low, range.high, bins, f->column.type == BROWSE_TIME, &out->low, &out->width);
    double n = floor((range.high - out->low) / out->width) + 1;
    out->n = n < 1 ? 1 : n > BROWSE_BINS_MAX ? BROWSE_BINS_MAX : (size_t)n;
    rc = begin(&q, self, &unsorted, err);
    if (rc == 0) {
        /* Counted here: grouping in SQL would sort all rows first. */
        str_printf(&q.sql, "SELECT %s FROM %s%s", f->raw, self->spec->from, joins_for(&q, self, column));
        put_filter(&q, self);
        str_printf(&q.sql, " AND %s IS NOT NULL", f->raw);
        rc = run(store, &q, take_bin, out, job, err);
    }
    str_release(&q.sql);
    return rc;
}
