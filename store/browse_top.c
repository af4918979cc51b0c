#include "store/browse_top.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { NAMES_AT_ONCE = 500, CANDIDATES_LEAST = 256 };

/* What is being looked for, and how far it got. */
struct top {
    struct store *store;
    const struct browse *self;
    struct browse_sql *q;
    const struct browse_field *field;
    const struct browse_key *from; /* NULL: from the beginning of what is read now */
    size_t limit;
    struct ranks *out;
    bool resumed;                    /* it goes on behind ... */
    int64_t last[BROWSE_KEY_MAX - 2]; /* ... this row */
    struct job *job;
    struct error *err;
};

static void rank_release(struct rank *r)
{
    if (r->s.type == BROWSE_TEXT)
        mem_free((char *)(size_t)r->s.text);
}

static void cut(struct ranks *self, size_t n)
{
    while (self->n > n)
        rank_release(&self->rows[--self->n]);
}

void browse_top_release(struct ranks *self)
{
    cut(self, 0);
    mem_free(self->rows);
    *self = (struct ranks){0};
}

static int by_keys(const int64_t *a, const int64_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

/* As SQLite orders values: numbers before texts. */
static int by_rank(const void *a, const void *b)
{
    const struct rank *x = a, *y = b;
    bool text_x = x->s.type == BROWSE_TEXT, text_y = y->s.type == BROWSE_TEXT;
    int order = text_x != text_y ? text_x - text_y : browse_value_compare(&x->s, &y->s);
    return order != 0 ? order : by_keys(x->keys, y->keys, BROWSE_KEY_MAX - 2);
}

static int by_rank_down(const void *a, const void *b)
{
    return by_rank(b, a);
}

/* The value with the type that SQLite has for it; a text is copied. */
static int take_value(sqlite3_stmt *s, int at, struct browse_value *out)
{
    static const enum browse_type types[] = {[SQLITE_INTEGER] = BROWSE_INT, [SQLITE_FLOAT] = BROWSE_REAL,
                                             [SQLITE_TEXT] = BROWSE_TEXT,   [SQLITE_BLOB] = BROWSE_TEXT,
                                             [SQLITE_NULL] = BROWSE_NULL};
    *out = browse_query_column(s, at, types[sqlite3_column_type(s, at)]);
    if (out->type == BROWSE_TEXT && (out->text = mem_strdup(out->text)) == NULL)
        return -1;
    return 0;
}

/* The keys are the first columns of the row. */
static int add_rank(struct top *t, sqlite3_stmt *s, struct browse_value value)
{
    struct ranks *out = t->out;
    struct rank r = {.s = value};
    for (size_t i = 0; i < t->self->spec->n_keys; i++)
        r.keys[i] = sqlite3_column_int64(s, (int)i);
    if (mem_grow((void **)&out->rows, &out->cap, out->n + 1, sizeof *out->rows) != 0) {
        rank_release(&r);
        return error_nomem(t->err, "reading");
    }
    out->rows[out->n++] = r;
    return 0;
}

/* ---- SQL ----------------------------------------------------------------------------------------------- */

static void put_keys(struct top *t, bool down)
{
    for (size_t i = 0; i < t->self->spec->n_keys; i++)
        str_printf(&t->q->sql, "%s%s%s", i > 0 ? ", " : "", t->self->spec->keys[i], down ? " DESC" : "");
}

static void put_value(struct top *t)
{
    if (t->field->by_text)
        browse_query_shown(&t->q->sql, t->field, t->field->raw);
    else
        str_printf(&t->q->sql, "(%s)", t->field->raw);
}

/* Behind these keys on the way of reading. */
static void put_behind(struct top *t, const int64_t *keys, const struct browse_value *values)
{
    str_puts(&t->q->sql, "(");
    put_keys(t, false);
    str_puts(&t->q->sql, t->q->down ? ") < (" : ") > (");
    for (size_t i = 0; i < t->self->spec->n_keys; i++) {
        str_puts(&t->q->sql, i > 0 ? ", " : "");
        browse_query_integer(t->q, keys != NULL ? keys[i] : values[i].integer);
    }
    str_puts(&t->q->sql, ")");
}

static void put_compared(struct top *t, const char *up, const char *down, const struct browse_value *with)
{
    str_puts(&t->q->sql, " AND ");
    put_value(t);
    str_printf(&t->q->sql, " %s ", t->q->down ? down : up);
    browse_query_value(t->q, with);
}

static void put_from(struct top *t)
{
    const struct browse_value *s = &t->from->values[t->from->of_sort - 1];
    put_compared(t, ">=", "<=", s);
    str_puts(&t->q->sql, " AND (");
    put_value(t);
    str_puts(&t->q->sql, t->q->down ? " < " : " > ");
    browse_query_value(t->q, s);
    str_puts(&t->q->sql, " OR ");
    put_behind(t, NULL, &t->from->values[t->from->of_sort]);
    str_puts(&t->q->sql, ")");
}

static void put_select(struct top *t)
{
    str_clear(&t->q->sql);
    t->q->n = t->q->shared = 0;
    str_puts(&t->q->sql, "SELECT ");
    put_keys(t, false);
    str_puts(&t->q->sql, ", ");
    put_value(t);
    str_printf(&t->q->sql, " FROM %s%s", t->self->spec->from, browse_query_joins(t->q, t->self, t->q->sort));
    browse_query_filter(t->q, t->self);
}

static void put_order_by_keys(struct top *t)
{
    str_puts(&t->q->sql, " ORDER BY ");
    put_keys(t, t->q->down);
}

/* ---- the view, once ------------------------------------------------------------------------------------ */

enum { ENOUGH = 1 };

/* A candidate; ENOUGH: it is time for another look at which are the best. */
static int take_candidate(void *context, sqlite3_stmt *s)
{
    struct top *t = context;
    struct browse_value value;
    if (take_value(s, (int)t->self->spec->n_keys, &value) != 0)
        return error_nomem(t->err, "reading");
    int rc = add_rank(t, s, value);
    size_t most = 4 * t->limit > CANDIDATES_LEAST ? 4 * t->limit : CANDIDATES_LEAST;
    if (rc != 0 || t->out->n < most)
        return rc;
    memcpy(t->last, t->out->rows[t->out->n - 1].keys, sizeof t->last);
    return ENOUGH;
}

static void keep_best(struct top *t)
{
    if (t->out->n > 0)
        qsort(t->out->rows, t->out->n, sizeof *t->out->rows, t->q->down ? by_rank_down : by_rank);
    cut(t->out, t->limit);
}

/* Rows whose value is known.  It is read in the order of the keys on the way of the sorting: of rows with the same
 * value those that come first are better, so that an equal one that comes later need not be looked at. */
static int find_known(struct top *t)
{
    int rc = ENOUGH;
    t->resumed = false;
    while (rc == ENOUGH) {
        put_select(t);
        if (t->out->n >= t->limit) {
            put_compared(t, "<", ">", &t->out->rows[t->limit - 1].s);
        } else {
            str_puts(&t->q->sql, " AND ");
            put_value(t);
            str_puts(&t->q->sql, " IS NOT NULL");
        }
        if (t->from != NULL)
            put_from(t);
        if (t->resumed) {
            str_puts(&t->q->sql, " AND ");
            put_behind(t, t->last, NULL);
        }
        put_order_by_keys(t);
        rc = browse_query_run(t->store, t->q, take_candidate, t, t->job, t->err);
        keep_best(t);
        t->resumed = true;
    }
    return rc;
}

/* ---- those without a value ----------------------------------------------------------------------------- */

static int take_missing(void *context, sqlite3_stmt *s)
{
    return add_rank(context, s, (struct browse_value){.type = BROWSE_NULL});
}

static int find_missing(struct top *t)
{
    const struct browse_field *f = t->field;
    put_select(t);
    str_puts(&t->q->sql, " AND ");
    if (f->search != NULL && f->names == NULL)
        str_printf(&t->q->sql, "%s IN (SELECT %s FROM %s WHERE %s IS NULL)", f->search_raw, f->search->id,
                   f->search->table, f->search->text);
    else {
        put_value(t);
        str_puts(&t->q->sql, " IS NULL");
    }
    if (t->from != NULL) {
        str_puts(&t->q->sql, " AND ");
        put_behind(t, NULL, &t->from->values[t->from->of_sort]);
    }
    put_order_by_keys(t);
    str_puts(&t->q->sql, " LIMIT ");
    browse_query_integer(t->q, (int64_t)t->limit);
    return browse_query_run(t->store, t->q, take_missing, t, t->job, t->err);
}

/* ---- text by text -------------------------------------------------------------------------------------- */

/* The numbers of the texts, in the texts' order. */
struct named {
    struct {
        int64_t id;
        char *text;
    } rows[NAMES_AT_ONCE];
    size_t n;
};

static void named_clear(struct named *self)
{
    while (self->n > 0)
        mem_free(self->rows[--self->n].text);
}

static int take_named(void *context, sqlite3_stmt *s)
{
    struct named *self = context;
    const char *text = db_text(s, 1);
    self->rows[self->n].id = sqlite3_column_int64(s, 0);
    self->rows[self->n].text = mem_strdup(text);
    return self->rows[self->n++].text != NULL ? 0 : error_nomem(NULL, "reading");
}

/* behind: of the last time; NULL: from `from` on. */
static int read_named(struct top *t, const struct browse_names *names, const char *behind, int64_t id,
                      struct named *out)
{
    struct str *sql = &t->q->sql;
    str_clear(sql);
    t->q->n = t->q->shared = 0;
    str_printf(sql, "SELECT %s, %s FROM %s WHERE %s IS NOT NULL", names->id, names->text, names->table, names->text);
    if (behind != NULL) {
        str_printf(sql, " AND (%s, %s) %s (", names->text, names->id, t->q->down ? "<" : ">");
        browse_query_text(t->q, behind);
        str_puts(sql, ", ");
        browse_query_integer(t->q, id);
        str_puts(sql, ")");
    } else if (t->from != NULL) {
        str_printf(sql, " AND %s %s ", names->text, t->q->down ? "<=" : ">=");
        browse_query_text(t->q, t->from->values[t->from->of_sort - 1].text);
    }
    const char *way = t->q->down ? " DESC" : "";
    str_printf(sql, " ORDER BY %s%s, %s%s LIMIT %d", names->text, way, names->id, way, NAMES_AT_ONCE);
    return browse_query_run(t->store, t->q, take_named, out, t->job, t->err);
}

struct naming {
    struct top *top;
    const char *text;
};

static int take_row_of(void *context, sqlite3_stmt *s)
{
    const struct naming *n = context;
    char *copy = mem_strdup(n->text);
    if (copy == NULL)
        return error_nomem(n->top->err, "reading");
    return add_rank(n->top, s, (struct browse_value){.type = BROWSE_TEXT, .text = copy});
}

/* The first rows, in their order, that have the text of this number. */
static int find_rows_of(struct top *t, int64_t id, const char *text)
{
    const struct browse_field *f = t->field;
    struct naming n = {t, text};
    put_select(t);
    str_printf(&t->q->sql, " AND %s = ", f->by_text ? f->raw : f->search_raw);
    browse_query_integer(t->q, id);
    if (f->by_text) { /* who has several identifiers is shown with one of them */
        str_puts(&t->q->sql, " AND ");
        put_value(t);
        str_puts(&t->q->sql, " = ");
        browse_query_text(t->q, text);
    }
    if (t->from != NULL && strcmp(text, t->from->values[t->from->of_sort - 1].text) == 0) {
        str_puts(&t->q->sql, " AND ");
        put_behind(t, NULL, &t->from->values[t->from->of_sort]);
    }
    put_order_by_keys(t);
    str_puts(&t->q->sql, " LIMIT ");
    browse_query_integer(t->q, (int64_t)t->limit);
    return browse_query_run(t->store, t->q, take_row_of, &n, t->job, t->err);
}

static int find_by_names(struct top *t, const struct browse_names *names)
{
    struct named *at = mem_zalloc(1, sizeof *at);
    char *behind = NULL;
    int64_t id = 0;
    int rc = at != NULL ? 0 : error_nomem(t->err, "reading");
    for (bool more = true; rc == 0 && more;) {
        named_clear(at);
        rc = read_named(t, names, behind, id, at);
        for (size_t i = 0; rc == 0 && i < at->n && more; i++) {
            /* Enough, and the next one has another text. */
            more = t->out->n < t->limit || strcmp(t->out->rows[t->out->n - 1].s.text, at->rows[i].text) == 0;
            if (more)
                rc = find_rows_of(t, at->rows[i].id, at->rows[i].text);
            if (t->out->n > 4 * t->limit) /* many of the same text */
                keep_best(t);
        }
        more = more && at->n == NAMES_AT_ONCE;
        if (rc == 0 && more) {
            mem_free(behind);
            id = at->rows[at->n - 1].id;
            behind = mem_strdup(at->rows[at->n - 1].text);
            rc = behind != NULL ? 0 : error_nomem(t->err, "reading");
        }
    }
    if (at != NULL)
        named_clear(at);
    mem_free(at);
    mem_free(behind);
    keep_best(t);
    return rc;
}

/* ---- all of it ----------------------------------------------------------------------------------------- */

static int find_with_value(struct top *t)
{
    const struct browse_field *f = t->field;
    const struct browse_names *names = f->by_text ? f->names : f->names == NULL ? f->search : NULL;
    return names != NULL && t->q->filter.n == 0 ? find_by_names(t, names) : find_known(t);
}

static int append(struct ranks *self, struct ranks *found, struct error *err)
{
    for (size_t i = 0; i < found->n; i++) {
        if (mem_grow((void **)&self->rows, &self->cap, self->n + 1, sizeof *self->rows) != 0)
            return error_nomem(err, "reading");
        self->rows[self->n++] = found->rows[i];
        found->rows[i].s.type = BROWSE_NULL; /* its text has moved */
    }
    return 0;
}

/* Two parts: rows with a value, then those without; or the other way round when it is read backwards. */
int browse_top_find(struct store *store, const struct browse *self, struct browse_sql *q, const struct browse_key *from,
                    size_t limit, struct ranks *out, struct job *job, struct error *err)
{
    struct top t = {.store = store, .self = self, .q = q, .field = &self->fields[q->sort], .job = job, .err = err};
    bool known_first = q->sort_down == q->down;
    bool from_missing = from != NULL && (from->values[0].integer != 0) != q->sort_down;
    int rc = 0;
    for (int part = 0; rc == 0 && part < 2 && out->n < limit; part++) {
        struct ranks found = {0};
        bool known = (part == 0) == known_first, here = from != NULL && from_missing != known;
        if (part == 0 && from != NULL && !here)
            continue; /* all of it is behind us */
        t.from = here ? from : NULL;
        t.limit = limit - out->n;
        t.out = &found;
        rc = known ? find_with_value(&t) : find_missing(&t);
        if (rc == 0)
            rc = append(out, &found, err);
        browse_top_release(&found);
    }
    return rc;
}
