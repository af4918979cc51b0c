#include "command/data/listing.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"

enum { TEXT_MAX = 1 << 26 };

enum cell_type listing_cell_type(enum browse_type type)
{
    switch (type) {
    case BROWSE_INT: return CELL_INT;
    case BROWSE_REAL: return CELL_REAL;
    case BROWSE_TIME: return CELL_TIME;
    case BROWSE_BOOL: return CELL_BOOL;
    case BROWSE_TEXT: return CELL_TEXT;
    case BROWSE_NULL: return CELL_NULL;
    }
    return CELL_NULL;
}

/* Rows in quarantine are whatever was read: what is no UTF-8 becomes visible escapes. */
static void add_text(struct result *out, const char *text)
{
    struct str safe;
    size_t n = strlen(text);
    if (text_utf8_valid(text, n)) {
        result_add_text(out, text);
        return;
    }
    str_init(&safe, TEXT_MAX);
    text_terminal_safe(&safe, text, n);
    result_add_text(out, str_text(&safe));
    str_release(&safe);
}

void listing_add_value(struct result *out, const struct browse_value *value)
{
    switch (value->type) {
    case BROWSE_NULL: result_add_null(out); break;
    case BROWSE_INT: result_add_int(out, value->integer); break;
    case BROWSE_REAL: result_add_real(out, value->real); break;
    case BROWSE_TIME: result_add_time(out, value->integer); break;
    case BROWSE_BOOL: result_add_bool(out, value->integer != 0); break;
    case BROWSE_TEXT: add_text(out, value->text); break;
    }
}

static void add_column(struct result *out, const struct browse_column *c)
{
    result_add_column(out, c->name, listing_cell_type(c->type), c->unit, c->help, c->decimals);
}

void listing_page_init(struct listing_page *self)
{
    *self = (struct listing_page){0};
    result_init(&self->rows);
}

static void key_release(struct browse_key *key)
{
    for (size_t i = 0; i < key->n; i++)
        if (key->values[i].type == BROWSE_TEXT)
            mem_free((char *)(size_t)key->values[i].text);
}

void listing_page_release(struct listing_page *self)
{
    result_release(&self->rows);
    for (size_t i = 0; i < self->n; i++)
        key_release(&self->keys[i]);
    mem_free(self->keys);
    *self = (struct listing_page){0};
}

int listing_page_add_key(struct listing_page *self, const struct browse_key *key, struct error *err)
{
    if (mem_grow((void **)&self->keys, &self->cap, self->n + 1, sizeof *self->keys) != 0)
        return error_nomem(err, "the page");
    struct browse_key copy = *key;
    for (size_t i = 0; i < copy.n; i++)
        if (copy.values[i].type == BROWSE_TEXT && (copy.values[i].text = mem_strdup(key->values[i].text)) == NULL) {
            copy.n = i;
            key_release(&copy);
            return error_nomem(err, "the page");
        }
    self->keys[self->n++] = copy;
    return 0;
}

struct filling {
    struct listing_page *page;
    size_t columns;
    struct error *err;
};

static int take_row(void *context, const struct browse_value *values, const struct browse_key *key)
{
    struct filling *f = context;
    for (size_t i = 0; i < f->columns; i++)
        listing_add_value(&f->page->rows, &values[i]);
    return listing_page_add_key(f->page, key, f->err);
}

/* What was read backwards comes nearest first. */
static void reverse(struct listing_page *page)
{
    size_t width = page->rows.n_columns;
    for (size_t a = 0, b = page->n; b > a + 1; a++) {
        b--;
        struct browse_key key = page->keys[a];
        page->keys[a] = page->keys[b];
        page->keys[b] = key;
        for (size_t c = 0; c < width; c++) {
            struct cell cell = page->rows.cells[a * width + c];
            page->rows.cells[a * width + c] = page->rows.cells[b * width + c];
            page->rows.cells[b * width + c] = cell;
        }
    }
}

int listing_read(struct store *store, const struct browse *browse, const struct browse_query *query,
                 const struct browse_key *from, bool back, size_t limit, struct listing_page *out, struct job *job,
                 struct error *err)
{
    struct filling f = {out, browse_width(browse), err};
    for (size_t i = 0; i < f.columns; i++)
        add_column(&out->rows, browse_column(browse, i));
    int rc = browse_page(store, browse, query, from, back, limit, take_row, &f, job, err);
    if (rc == 0)
        rc = result_check(&out->rows, err);
    if (rc == 0 && back)
        reverse(out);
    return rc;
}

struct counting {
    struct result *out;
    int64_t total;
};

static int take_frequency(void *context, const struct browse_value *value, int64_t n)
{
    struct counting *c = context;
    listing_add_value(c->out, value);
    result_add_int(c->out, n);
    result_add_real(c->out, c->total > 0 ? 100 * (double)n / (double)c->total : 0);
    return 0;
}

int listing_frequency(struct store *store, const struct browse *browse, const struct browse_query *query,
                      size_t column, size_t limit, struct result *out, struct job *job, struct error *err)
{
    struct counting c = {.out = out};
    int rc = browse_count(store, browse, query, &c.total, job, err);
    if (rc != 0)
        return rc;
    add_column(out, browse_column(browse, column));
    result_add_column(out, "n", CELL_INT, "rows", "", 0);
    result_add_column(out, "share", CELL_REAL, "%", "of all rows", 2);
    rc = browse_frequency(store, browse, query, column, limit, take_frequency, &c, job, err);
    if (rc == 0 && out->n_rows == limit)
        result_note(out, "There may be more: only the %zu most frequent are shown.", limit);
    return rc;
}

int listing_histogram(struct store *store, const struct browse *browse, const struct browse_query *query,
                      size_t column, size_t bins, struct result *out, struct job *job, struct error *err)
{
    struct browse_histogram h;
    const struct browse_column *c = browse_column(browse, column);
    bool time = c->type == BROWSE_TIME;
    int rc = browse_histogram(store, browse, query, column, bins, &h, job, err);
    if (rc != 0)
        return rc;
    result_add_column(out, "from", time ? CELL_TIME : CELL_REAL, c->unit, "the smallest value of the bin", -1);
    result_add_column(out, "to", time ? CELL_TIME : CELL_REAL, c->unit, "the bin ends before this value", -1);
    result_add_column(out, "n", CELL_INT, "rows", "", 0);
    result_begin_series(out, c->name, time ? "time" : c->unit, "rows");
    for (size_t i = 0; i < h.n; i++) {
        double from = h.low + (double)i * h.width, to = from + h.width;
        if (time) {
            result_add_time(out, (int64_t)from);
            result_add_time(out, (int64_t)to);
        } else {
            result_add_real(out, from);
            result_add_real(out, to);
        }
        result_add_int(out, h.counts[i]);
        result_add_point(out, from, (double)h.counts[i]);
    }
    result_fact_int(out, "missing", h.missing, "rows");
    return 0;
}

/* ---- the list commands --------------------------------------------------------------------------------- */

const struct command_param listing_params[] = {
    {"where", PT_TEXT, 0, NULL, 0, 0, NULL,
     "terms that must all hold: column=value, also != < <= > >= and ~ (holds the text); a word alone: some text holds "
     "it; ! before a term: it does not hold"},
    {"sort", PT_TEXT, 0, NULL, 0, 0, NULL, "column to sort by"},
    {"descending", PT_FLAG, 0, NULL, 0, 0, NULL, "the largest first"},
    {"limit", PT_INT, 0, "20", 1, 1e9, NULL, "rows to show"},
    {"columns", PT_TEXT, 0, NULL, 0, 0, NULL, "columns to show, with commas between them; all: every one"},
    {"by", PT_TEXT, 0, NULL, 0, 0, NULL, "instead of rows: how often each value of this column occurs"},
    {"across", PT_TEXT, 0, NULL, 0, 0, NULL,
     "with --by: how often each pair of values with this column occurs; the same column of times: the hours of the week"},
    {"bins", PT_INT, 0, NULL, 1, BROWSE_BINS_MAX, NULL, "with --by: a histogram of so many bins at most"},
    {0},
};

/* The columns to show, as indices. */
static int choose(const struct browse *browse, const struct args *args, size_t *chosen, size_t *n, struct error *err)
{
    char **words = NULL;
    size_t n_words = 0;
    const char *text = args_text(args, "columns");
    bool all = text != NULL && strcmp(text, "all") == 0;
    int rc = text == NULL || all ? 0 : args_list(args, "columns", &words, &n_words, err);
    *n = 0;
    for (size_t i = 0; rc == 0 && words == NULL && i < browse_width(browse); i++)
        if (all || browse_column(browse, i)->shown)
            chosen[(*n)++] = i;
    for (size_t i = 0, at; rc == 0 && i < n_words; i++) {
        rc = browse_find(browse, words[i], &at, err);
        for (size_t k = 0; rc == 0 && k < *n; k++)
            if (chosen[k] == at)
                rc = error_set(err, E_USAGE, "--columns", "names '%s' twice", words[i]);
        if (rc == 0)
            chosen[(*n)++] = at; /* each once: no more than there are */
    }
    mem_free(words);
    return rc;
}

struct choice {
    struct result *out;
    const size_t *columns;
    size_t n;
};

static int take_chosen(void *context, const struct browse_value *values, const struct browse_key *key)
{
    const struct choice *c = context;
    (void)key;
    for (size_t i = 0; i < c->n; i++)
        listing_add_value(c->out, &values[c->columns[i]]);
    return c->out->failed ? E_NOMEM : 0;
}

static int list_rows(struct app *app, const struct args *args, const struct browse *browse,
                     const struct browse_query *query, struct result *out, struct error *err)
{
    int64_t total = 0, limit = args_int(args, "limit");
    size_t *columns = mem_zalloc(browse_width(browse), sizeof *columns);
    struct choice c = {.out = out, .columns = columns};
    int rc = columns != NULL ? choose(browse, args, columns, &c.n, err) : error_nomem(err, "the list");
    for (size_t i = 0; rc == 0 && i < c.n; i++)
        add_column(out, browse_column(browse, columns[i]));
    if (rc == 0)
        rc = browse_page(app->store, browse, query, NULL, false, (size_t)limit, take_chosen, &c, app->job, err);
    if (rc == 0)
        rc = browse_count(app->store, browse, query, &total, app->job, err);
    if (rc == 0)
        result_fact_int(out, "rows", total, "");
    if (rc == 0 && total > (int64_t)out->n_rows)
        result_note(out, "There are more; --limit N shows more of them.");
    mem_free(columns);
    return rc;
}

static int take_pair(void *context, const struct browse_value *a, const struct browse_value *b, int64_t n)
{
    struct result *out = context;
    listing_add_value(out, a);
    listing_add_value(out, b);
    result_add_int(out, n);
    return out->failed ? E_NOMEM : 0;
}

static int list_week(struct store *store, const struct browse *browse, const struct browse_query *query, size_t column,
                     struct result *out, struct job *job, struct error *err)
{
    static const char *const days[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
    int64_t counts[BROWSE_WEEK];
    int rc = browse_week(store, browse, query, column, counts, job, err);
    if (rc != 0)
        return rc;
    result_add_column(out, "weekday", CELL_TEXT, "", "UTC", -1);
    result_add_column(out, "hour", CELL_INT, "h", "UTC", 0);
    result_add_column(out, "n", CELL_INT, "rows", "", 0);
    for (int i = 0; i < BROWSE_WEEK; i++) {
        result_add_text(out, days[i / 24]);
        result_add_int(out, i % 24);
        result_add_int(out, counts[i]);
    }
    return 0;
}

int listing_cross(struct store *store, const struct browse *browse, const struct browse_query *query, size_t a,
                  size_t b, size_t limit, struct result *out, struct job *job, struct error *err)
{
    if (a == b && browse_column(browse, a)->type == BROWSE_TIME)
        return list_week(store, browse, query, a, out, job, err);
    if (a == b)
        return error_set(err, E_USAGE, browse_column(browse, a)->name,
                         "cannot be crossed with itself, unless it is a time");
    add_column(out, browse_column(browse, a));
    add_column(out, browse_column(browse, b));
    result_add_column(out, "n", CELL_INT, "rows", "", 0);
    int rc = browse_cross(store, browse, query, a, b, limit, take_pair, out, job, err);
    if (rc == 0 && out->n_rows == limit)
        result_note(out, "There may be more: only the %zu most frequent are shown.", limit);
    return rc;
}

int listing_run(struct app *app, const struct args *args, const char *view, struct result *out, struct error *err)
{
    struct browse *browse = NULL;
    struct browse_query query = {.where = args_text(args, "where"),
                                 .sort = args_text(args, "sort"),
                                 .descending = args_flag(args, "descending")};
    const char *by = args_text(args, "by"), *across = args_text(args, "across");
    size_t column = 0, other = 0;
    int rc = browse_open(&browse, app->store, view, err);
    if (rc == 0 && by != NULL)
        rc = browse_find(browse, by, &column, err);
    if (rc == 0 && across != NULL)
        rc = by == NULL ? error_set(err, E_USAGE, "--across", "goes with --by COLUMN")
                        : browse_find(browse, across, &other, err);
    if (rc == 0 && by == NULL && args_given(args, "bins"))
        rc = error_set(err, E_USAGE, "--bins", "goes with --by COLUMN");
    if (rc == 0 && by == NULL)
        rc = list_rows(app, args, browse, &query, out, err);
    else if (rc == 0 && across != NULL)
        rc = listing_cross(app->store, browse, &query, column, other, (size_t)args_int(args, "limit"), out, app->job,
                           err);
    else if (rc == 0 && args_given(args, "bins"))
        rc = listing_histogram(app->store, browse, &query, column, (size_t)args_int(args, "bins"), out, app->job, err);
    else if (rc == 0)
        rc = listing_frequency(app->store, browse, &query, column, (size_t)args_int(args, "limit"), out, app->job, err);
    browse_free(browse);
    return rc;
}
