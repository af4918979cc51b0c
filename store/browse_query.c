/* Conditions of a filter as SQL, and statements that can be cancelled. */
#include "store/browse_query.h"

#include <inttypes.h>
#include <string.h>

enum { SQL_MAX = 1 << 18, STEPS_BETWEEN_LOOKS = 4000, NUMBERS_MAX = 64, INDEX_ROWS_MAX = 20000 };

void browse_query_text(struct browse_sql *q, const char *text)
{
    if (q->shared > 0) {
        str_printf(&q->sql, "?%zu", q->shared);
        return;
    }
    str_putc(&q->sql, '?');
    q->bindings[q->n].text = text;
    q->bindings[q->n++].type = 't';
    q->shared = q->sharing ? q->n : 0;
}

void browse_query_real(struct browse_sql *q, double v)
{
    str_putc(&q->sql, '?');
    q->bindings[q->n].number = v;
    q->bindings[q->n++].type = 'r';
}

void browse_query_integer(struct browse_sql *q, int64_t v)
{
    str_putc(&q->sql, '?');
    q->bindings[q->n].integer = v;
    q->bindings[q->n++].type = 'i';
}

void browse_query_value(struct browse_sql *q, const struct browse_value *v)
{
    if (v->type == BROWSE_TEXT)
        browse_query_text(q, v->text);
    else if (v->type == BROWSE_REAL)
        browse_query_real(q, v->real);
    else
        browse_query_integer(q, v->type == BROWSE_NULL ? 0 : v->integer);
}

/* ---- SQL of a field ------------------------------------------------------------------------------------ */

void browse_query_shown(struct str *sql, const struct browse_field *f, const char *raw)
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
static void put_text_condition(struct browse_sql *q, const struct browse_term *t, const char *what)
{
    if (t->op == BROWSE_HOLDS) {
        str_printf(&q->sql, "instr(lower(%s), lower(", what);
        browse_query_text(q, t->text);
        str_puts(&q->sql, ")) > 0");
        return;
    }
    if (t->op == BROWSE_FUZZY) {
        str_printf(&q->sql, "browse_fuzzy(%s, ", what);
        browse_query_text(q, t->text);
        str_puts(&q->sql, ")");
        return;
    }
    str_printf(&q->sql, "%s %s ", what, sign_of(t->op));
    browse_query_text(q, t->text);
}

static void put_number_condition(struct browse_sql *q, const struct browse_term *t, const char *what)
{
    if (t->op == BROWSE_HOLDS) {
        str_printf(&q->sql, "instr(CAST(%s AS TEXT), ", what);
        browse_query_text(q, t->text);
        str_puts(&q->sql, ") > 0");
    } else if (t->op == BROWSE_EQUAL && t->until > t->number) {
        str_printf(&q->sql, "(%s >= ", what);
        browse_query_real(q, t->number);
        str_printf(&q->sql, " AND %s < ", what);
        browse_query_real(q, t->until);
        str_putc(&q->sql, ')');
    } else {
        str_printf(&q->sql, "%s %s ", what, sign_of(t->op));
        browse_query_real(q, t->number);
    }
}

/* The numbers that a text condition on names stands for. */
struct numbers {
    int64_t ids[NUMBERS_MAX + 1];
    size_t n;
};

static int take_number(void *context, sqlite3_stmt *s)
{
    struct numbers *self = context;
    self->ids[self->n++] = sqlite3_column_int64(s, 0);
    return 0;
}

static void put_numbers_of(struct browse_sql *q, const struct browse_names *names, const struct browse_term *t)
{
    str_printf(&q->sql, "SELECT %s FROM %s WHERE ", names->id, names->table);
    put_text_condition(q, t, names->text);
}

/* Looked up beforehand; false: there are many, or it went wrong, which the query itself will find. */
static bool look_up(struct browse_sql *q, const struct browse_names *names, const struct browse_term *t,
                    struct numbers *out)
{
    struct browse_sql few = {.n = 0};
    str_init(&few.sql, 1024);
    put_numbers_of(&few, names, t);
    str_printf(&few.sql, " LIMIT %d", NUMBERS_MAX + 1);
    int rc = browse_query_run(q->store, &few, take_number, out, q->job, NULL);
    str_release(&few.sql);
    return rc == 0 && out->n <= NUMBERS_MAX;
}

static int take_found(void *context, sqlite3_stmt *s)
{
    *(int64_t *)context = sqlite3_column_int64(s, 0);
    return 0;
}

/* Are there so few rows with these numbers that looking them up by an index beats reading all? */
static bool worth_index(struct browse_sql *q, const struct browse *self, const char *raw, const char *list)
{
    struct browse_sql some = {.n = 0};
    int64_t n = INDEX_ROWS_MAX + 1;
    str_init(&some.sql, SQL_MAX);
    str_printf(&some.sql, "SELECT count(*) FROM (SELECT 1 FROM %s WHERE %s IN (%s) LIMIT %d)", self->spec->from, raw,
               list, INDEX_ROWS_MAX + 1);
    int rc = browse_query_run(q->store, &some, take_found, &n, q->job, NULL);
    str_release(&some.sql);
    return rc == 0 && n <= INDEX_ROWS_MAX;
}

/* A text that a number stands for.  Where few numbers fit they stand in the statement itself: a row is then compared
 * with them alone, or, alone in its term, they lead to the rows by an index. */
static void put_named(struct browse_sql *q, const struct browse *self, const struct browse_field *f,
                      const struct browse_term *t, bool alone)
{
    const struct browse_names *names = f->names != NULL ? f->names : f->search;
    const char *raw = f->names != NULL ? f->raw : f->search_raw;
    struct numbers numbers = {.n = 0};
    if (q->store == NULL || !look_up(q, names, t, &numbers)) {
        str_printf(&q->sql, "ifnull(%s IN (", raw);
        put_numbers_of(q, names, t);
        str_puts(&q->sql, "), 0)");
        return;
    }
    struct str list;
    str_init(&list, 64 * NUMBERS_MAX);
    for (size_t i = 0; i < numbers.n; i++)
        str_printf(&list, "%s%" PRId64, i > 0 ? ", " : "", numbers.ids[i]);
    bool index = alone && f->indexed && numbers.n > 0 && worth_index(q, self, raw, str_text(&list));
    if (numbers.n == 0)
        str_puts(&q->sql, "0");
    else
        str_printf(&q->sql, index ? "%s IN (%s)" : "ifnull(%s IN (%s), 0)", raw, str_text(&list));
    str_release(&list);
}

/* A condition that is true or false, never NULL. */
static void put_condition(struct browse_sql *q, const struct browse *self, const struct browse_field *f,
                          const struct browse_term *t)
{
    if (t->op == BROWSE_MISSING) {
        str_printf(&q->sql, "%s IS NULL", f->raw);
    } else if (f->names != NULL && t->op == BROWSE_EQUAL && !t->not_it) { /* alone: an index can be used */
        str_printf(&q->sql, "%s = (SELECT %s FROM %s WHERE %s = ", f->raw, f->names->id, f->names->table,
                   f->names->text);
        browse_query_text(q, t->text);
        str_printf(&q->sql, "%s)", strcmp(f->names->table, "sessions") == 0 ? " LIMIT 1" : "");
    } else if (f->names != NULL || f->search != NULL) {
        put_named(q, self, f, t, !t->not_it);
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

/* Takes back what was written since `from` when it is always false. */
static bool is_never(struct str *sql, size_t from)
{
    bool never = strcmp(str_text(sql) + from, "0") == 0;
    if (never)
        str_cut(sql, from);
    return never;
}

/* Any of the columns of text; *only: the single one in which it can be (SIZE_MAX: several). */
static size_t put_any_of(struct browse_sql *q, const struct browse *self, const struct browse_term *t, size_t *only)
{
    size_t n = 0;
    struct browse_term one = *t;
    one.not_it = true; /* so that NULL is false, and "or" works */
    for (size_t i = 0; i < self->n; i++) {
        const struct browse_field *f = &self->fields[i];
        if (f->column.type != BROWSE_TEXT || !f->column.shown)
            continue;
        size_t or = q->sql.len;
        str_puts(&q->sql, n > 0 ? " OR " : "");
        size_t from = q->sql.len;
        put_condition(q, self, f, &one);
        if (is_never(&q->sql, from)) {
            str_cut(&q->sql, or);
            continue;
        }
        *only = n++ == 0 ? i : SIZE_MAX;
    }
    return n;
}

static void put_any_text(struct browse_sql *q, const struct browse *self, const struct browse_term *t)
{
    size_t only = SIZE_MAX, from = q->sql.len, bound = q->n;
    q->sharing = true;
    size_t n = put_any_of(q, self, t, &only);
    if (n == 1 && !t->not_it) { /* alone: an index can be used */
        str_cut(&q->sql, from);
        q->n = bound;
        q->shared = 0;
        put_condition(q, self, &self->fields[only], t);
    } else if (n == 0) {
        str_putc(&q->sql, '0');
    }
    q->sharing = false;
    q->shared = 0;
}

void browse_query_filter(struct browse_sql *q, const struct browse *self)
{
    str_puts(&q->sql, " WHERE 1");
    for (size_t i = 0; i < q->filter.n; i++) {
        const struct browse_term *t = &q->filter.terms[i];
        str_puts(&q->sql, t->not_it ? " AND NOT (" : " AND (");
        if (t->column == BROWSE_ANY_COLUMN)
            put_any_text(q, self, t);
        else
            put_condition(q, self, &self->fields[t->column], t);
        str_putc(&q->sql, ')');
    }
}

const char *browse_query_joins_of_two(const struct browse_sql *q, const struct browse *self, size_t a, size_t b)
{
    const char *joins = browse_query_joins(q, self, a);
    return joins[0] != '\0' ? joins : browse_query_joins(q, self, b);
}

const char *browse_query_joins(const struct browse_sql *q, const struct browse *self, size_t column)
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

static void sql_fuzzy(sqlite3_context *context, int n, sqlite3_value **values)
{
    const char *text = (const char *)sqlite3_value_text(values[0]), *part = (const char *)sqlite3_value_text(values[1]);
    (void)n;
    if (text == NULL || part == NULL)
        sqlite3_result_null(context);
    else
        sqlite3_result_int(context, browse_fuzzy(text, part));
}

/* The function that fuzzy terms call, on this connection. */
static int teach_fuzzy(struct store *store, const struct browse_filter *filter, struct error *err)
{
    bool any = false;
    for (size_t i = 0; i < filter->n; i++)
        any = any || filter->terms[i].op == BROWSE_FUZZY;
    int rc = !any ? SQLITE_OK : sqlite3_create_function_v2(store->db, "browse_fuzzy", 2,
                                                           SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL,
                                                           sql_fuzzy, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : db_error(store->db, rc, "the filter", err);
}

int browse_query_begin(struct browse_sql *q, struct store *store, const struct browse *self,
                       const struct browse_query *query, struct job *job, struct error *err)
{
    q->store = store;
    q->job = job;
    q->n = q->shared = 0;
    q->sharing = false;
    q->sort = SIZE_MAX;
    str_init(&q->sql, SQL_MAX);
    int rc = browse_filter_parse(&q->filter, query->where, column_at, self, err);
    if (rc == 0)
        rc = teach_fuzzy(store, &q->filter, err);
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

int browse_query_open(struct store *store, struct browse_sql *q, sqlite3_stmt **out, struct error *err)
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

int browse_query_run(struct store *store, struct browse_sql *q, browse_row_fn fn, void *context, struct job *job,
                     struct error *err)
{
    sqlite3_stmt *s;
    int rc = browse_query_open(store, q, &s, err);
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

struct browse_value browse_query_column(sqlite3_stmt *s, int at, enum browse_type type)
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
