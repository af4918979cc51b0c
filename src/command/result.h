/* result: what every command returns, typed, before anyone decides how to show it.
 *
 * Columns (name, type, unit, definition), rows of cells, a summary of single facts, notes for people and
 * optional series to plot.  Renderers (command/render.h, command/result_json.h, the grid of the console) turn it
 * into an aligned table, JSON, CSV or a page; a use case never prints.
 *
 * JSON shape: {"command": …, "columns": [{"name","type","unit"}], "rows": [{…}], "summary": {…}}; further tables are
 * objects of that shape in "tables", by their names.
 *
 * Ownership: the result copies all text into its own arena; result_release frees everything.  Out of
 * memory is remembered: after it every adder does nothing, and result_check reports it once.
 * One thread at a time. */
#ifndef RECKON_COMMAND_RESULT_H
#define RECKON_COMMAND_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum cell_type {
    CELL_NULL, /* nothing: an empty cell, JSON null */
    CELL_TEXT,
    CELL_INT,
    CELL_REAL,
    CELL_BOOL,
    CELL_TIME /* int64 ms UTC: RFC 3339 in JSON and CSV */
};

struct cell {
    enum cell_type type;
    union {
        const char *text;
        int64_t integer; /* CELL_INT and CELL_TIME */
        double real;
        bool boolean;
    };
};

struct column {
    const char *name;       /* "ndcg@10": stable, used as the JSON key */
    enum cell_type type;
    const char *unit;       /* "ms", "events"; "" when there is none */
    const char *definition; /* what it means; shown below the table and in JSON; "" when plain */
    int decimals;           /* of a CELL_REAL on screen; -1: as short as it round-trips to 6 digits */
};

struct fact {
    const char *name;
    struct cell value;
    const char *unit;
};

struct point {
    double x, y;
};

struct series {
    const char *name, *x_unit, *y_unit;
    struct point *points;
    size_t n, cap;
};

struct result_chunk;

struct result {
    const char *title; /* one line above the table; may be NULL */
    bool alarm;        /* the title must stop whoever reads it: in red where there is colour */
    struct column *columns;
    size_t n_columns, cap_columns;
    struct cell *cells; /* n_rows * n_columns, row by row */
    size_t n_rows, n_cells, cap_cells;
    struct fact *summary;
    size_t n_summary, cap_summary;
    const char **notes; /* sentences for people: what to know, what to type next */
    size_t n_notes, cap_notes;
    struct series *series;
    size_t n_series, cap_series;
    struct result **tables; /* further ones, behind the main table; owned; without tables of their own */
    size_t n_tables, cap_tables;
    const char *name;     /* of a further table: "segments"; its JSON key */
    const char *document; /* instead of a table: text that is shown as it is (help, a script); or NULL */
    struct result_chunk *arena;
    bool failed;
};

void result_init(struct result *self);
void result_release(struct result *self);

void result_set_title(struct result *self, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Columns first, all of them, then rows: every row adds exactly one cell per column, in order. */
void result_add_column(struct result *self, const char *name, enum cell_type type, const char *unit,
                       const char *definition, int decimals);
void result_add_text(struct result *self, const char *text); /* NULL: CELL_NULL */
void result_add_int(struct result *self, int64_t value);
void result_add_real(struct result *self, double value);     /* not finite: CELL_NULL */
void result_add_bool(struct result *self, bool value);
void result_add_time(struct result *self, int64_t ms);
void result_add_null(struct result *self);
void result_add_cell(struct result *self, const struct cell *cell); /* its text is copied */

void result_fact_text(struct result *self, const char *name, const char *text);
void result_fact_int(struct result *self, const char *name, int64_t value, const char *unit);
void result_fact_real(struct result *self, const char *name, double value, const char *unit);
void result_fact_bool(struct result *self, const char *name, bool value);
void result_fact_time(struct result *self, const char *name, int64_t ms);

void result_note(struct result *self, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

void result_set_document(struct result *self, const char *text);

/* Starts a series; points go to the series started last. */
void result_begin_series(struct result *self, const char *name, const char *x_unit, const char *y_unit);
void result_add_point(struct result *self, double x, double y);

/* A further table, to be filled as this one: its title, columns, rows and notes are shown, and its columns are told
 * with it.  NULL when memory ran out. */
struct result *result_add_table(struct result *self, const char *name);

/* Columns, or a row, of another result, whose columns must be the same. */
void result_copy_columns(struct result *self, const struct result *other);
void result_copy_row(struct result *self, const struct result *other, size_t row);

/* E_NOMEM when an adder failed, E_FAILED when a row is incomplete; 0 otherwise. */
int result_check(const struct result *self, struct error *err);

const struct cell *result_cell(const struct result *self, size_t row, size_t column);
/* By name: the cell of a row, and a fact's value; NULL: there is none.  The texts: of what is a text; NULL. */
const struct cell *result_cell_named(const struct result *self, size_t row, const char *column);
const char *result_text_named(const struct result *self, size_t row, const char *column);
const struct cell *result_fact_named(const struct result *self, const char *name);
const char *result_fact_text_named(const struct result *self, const char *name);
const char *cell_type_name(enum cell_type type);

#endif
