/* Pairs of values, and the hours of the week. */
#include "store/browse_query.h"

/* Numbers may go to a file without a name while they are sorted, texts stay in memory. */
static bool is_number(const struct browse_field *f)
{
    return f->names != NULL || f->column.type != BROWSE_TEXT;
}

struct pairs {
    browse_pair_fn fn;
    void *context;
    enum browse_type a, b;
};

static int give_pair(void *context, sqlite3_stmt *s)
{
    const struct pairs *p = context;
    struct browse_value a = browse_query_column(s, 0, p->a), b = browse_query_column(s, 1, p->b);
    return p->fn(p->context, &a, &b, sqlite3_column_int64(s, 2));
}

int browse_cross(struct store *store, const struct browse *self, const struct browse_query *query, size_t a, size_t b,
                 size_t limit, browse_pair_fn fn, void *context, struct job *job, struct error *err)
{
    struct browse_sql q;
    struct browse_query unsorted = {.where = query->where};
    const struct browse_field *x = &self->fields[a], *y = &self->fields[b];
    struct pairs p = {fn, context, x->column.type, y->column.type};
    int rc = browse_query_begin(&q, store, self, &unsorted, job, err);
    if (rc == 0 && is_number(x) && is_number(y))
        rc = db_run(store, "PRAGMA temp_store = FILE", err);
    if (rc == 0) {
        str_puts(&q.sql, "SELECT ");
        browse_query_shown(&q.sql, x, "ga");
        str_puts(&q.sql, ", ");
        browse_query_shown(&q.sql, y, "gb");
        str_printf(&q.sql, ", n FROM (SELECT %s AS ga, %s AS gb, count(*) AS n FROM %s%s", x->raw, y->raw,
                   self->spec->from, browse_query_joins_of_two(&q, self, a, b));
        browse_query_filter(&q, self);
        str_puts(&q.sql, " GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT ");
        browse_query_integer(&q, (int64_t)limit);
        str_puts(&q.sql, ")");
        rc = browse_query_run(store, &q, give_pair, &p, job, err);
    }
    db_run(store, "PRAGMA temp_store = MEMORY", NULL);
    str_release(&q.sql);
    return rc;
}

/* Counted here: grouping in SQL would sort all rows first.  1970 began on a Thursday. */
static int take_hour(void *context, sqlite3_stmt *s)
{
    int64_t *counts = context, ms = sqlite3_column_int64(s, 0), hour = ms / 3600000 - (ms % 3600000 < 0);
    int64_t of_week = (hour + 3 * 24) % BROWSE_WEEK;
    counts[of_week < 0 ? of_week + BROWSE_WEEK : of_week]++;
    return 0;
}

int browse_week(struct store *store, const struct browse *self, const struct browse_query *query, size_t column,
                int64_t counts[BROWSE_WEEK], struct job *job, struct error *err)
{
    struct browse_sql q;
    struct browse_query unsorted = {.where = query->where};
    const struct browse_field *f = &self->fields[column];
    for (int i = 0; i < BROWSE_WEEK; i++)
        counts[i] = 0;
    if (f->column.type != BROWSE_TIME)
        return error_set(err, E_USAGE, f->column.name, "is no column of times");
    int rc = browse_query_begin(&q, store, self, &unsorted, job, err);
    if (rc == 0) {
        str_printf(&q.sql, "SELECT %s FROM %s%s", f->raw, self->spec->from, browse_query_joins(&q, self, column));
        browse_query_filter(&q, self);
        str_printf(&q.sql, " AND %s IS NOT NULL", f->raw);
        rc = browse_query_run(store, &q, take_hour, counts, job, err);
    }
    str_release(&q.sql);
    return rc;
}
