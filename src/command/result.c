#include "command/result.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

/* Text lives in chunks that are freed together. */
struct result_chunk {
    struct result_chunk *next;
    size_t used, size;
    char bytes[];
};

enum { CHUNK_SIZE = 16384, TEXT_MAX = 1 << 26 };

void result_init(struct result *self)
{
    *self = (struct result){0};
}

void result_release(struct result *self)
{
    for (struct result_chunk *c = self->arena; c != NULL;) {
        struct result_chunk *next = c->next;
        mem_free(c);
        c = next;
    }
    for (size_t i = 0; i < self->n_series; i++)
        mem_free(self->series[i].points);
    mem_free(self->series);
    for (size_t i = 0; i < self->n_tables; i++) {
        result_release(self->tables[i]);
        mem_free(self->tables[i]);
    }
    mem_free(self->tables);
    mem_free(self->columns);
    mem_free(self->cells);
    mem_free(self->summary);
    mem_free(self->notes);
    *self = (struct result){0};
}

static const char *keep(struct result *self, const char *text)
{
    size_t n = strlen(text) + 1;
    struct result_chunk *c = self->arena;
    if (c == NULL || c->size - c->used < n) {
        size_t size = n > CHUNK_SIZE ? n : CHUNK_SIZE;
        c = mem_alloc(1, sizeof *c + size);
        if (c == NULL) {
            self->failed = true;
            return "";
        }
        *c = (struct result_chunk){.next = self->arena, .size = size};
        self->arena = c;
    }
    char *out = c->bytes + c->used;
    memcpy(out, text, n);
    c->used += n;
    return out;
}

static const char *keep_format(struct result *self, const char *fmt, va_list ap)
{
    struct str s;
    str_init(&s, TEXT_MAX);
    if (str_vprintf(&s, fmt, ap) != 0)
        self->failed = true;
    const char *out = keep(self, str_text(&s));
    str_release(&s);
    return out;
}

void result_set_title(struct result *self, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    self->title = keep_format(self, fmt, ap);
    va_end(ap);
}

void result_set_document(struct result *self, const char *text)
{
    self->document = keep(self, text);
}

/* Room for one more element; false (and failed) when there is none. */
static bool grow(struct result *self, void *array, size_t *cap, size_t n, size_t size)
{
    if (self->failed)
        return false;
    if (mem_grow(array, cap, n + 1, size) != 0)
        self->failed = true;
    return !self->failed;
}

void result_add_column(struct result *self, const char *name, enum cell_type type, const char *unit,
                       const char *definition, int decimals)
{
    if (!grow(self, &self->columns, &self->cap_columns, self->n_columns, sizeof *self->columns))
        return;
    self->columns[self->n_columns++] = (struct column){
        .name = keep(self, name),
        .type = type,
        .unit = keep(self, unit != NULL ? unit : ""),
        .definition = keep(self, definition != NULL ? definition : ""),
        .decimals = decimals,
    };
}

static void add_cell(struct result *self, struct cell cell)
{
    if (!grow(self, &self->cells, &self->cap_cells, self->n_cells, sizeof *self->cells))
        return;
    self->cells[self->n_cells++] = cell;
    if (self->n_columns != 0)
        self->n_rows = self->n_cells / self->n_columns;
}

void result_add_null(struct result *self)
{
    add_cell(self, (struct cell){.type = CELL_NULL});
}

void result_add_text(struct result *self, const char *text)
{
    if (text == NULL)
        result_add_null(self);
    else
        add_cell(self, (struct cell){.type = CELL_TEXT, .text = keep(self, text)});
}

void result_add_int(struct result *self, int64_t value)
{
    add_cell(self, (struct cell){.type = CELL_INT, .integer = value});
}

void result_add_real(struct result *self, double value)
{
    if (isfinite(value))
        add_cell(self, (struct cell){.type = CELL_REAL, .real = value});
    else
        result_add_null(self);
}

void result_add_bool(struct result *self, bool value)
{
    add_cell(self, (struct cell){.type = CELL_BOOL, .boolean = value});
}

void result_add_time(struct result *self, int64_t ms)
{
    add_cell(self, (struct cell){.type = CELL_TIME, .integer = ms});
}

static void add_fact(struct result *self, const char *name, struct cell value, const char *unit)
{
    if (!grow(self, &self->summary, &self->cap_summary, self->n_summary, sizeof *self->summary))
        return;
    self->summary[self->n_summary++] =
        (struct fact){.name = keep(self, name), .value = value, .unit = keep(self, unit != NULL ? unit : "")};
}

void result_fact_text(struct result *self, const char *name, const char *text)
{
    struct cell c = {.type = CELL_NULL};
    if (text != NULL)
        c = (struct cell){.type = CELL_TEXT, .text = keep(self, text)};
    add_fact(self, name, c, "");
}

void result_fact_int(struct result *self, const char *name, int64_t value, const char *unit)
{
    add_fact(self, name, (struct cell){.type = CELL_INT, .integer = value}, unit);
}

void result_fact_real(struct result *self, const char *name, double value, const char *unit)
{
    struct cell c = {.type = CELL_NULL};
    if (isfinite(value))
        c = (struct cell){.type = CELL_REAL, .real = value};
    add_fact(self, name, c, unit);
}

void result_fact_bool(struct result *self, const char *name, bool value)
{
    add_fact(self, name, (struct cell){.type = CELL_BOOL, .boolean = value}, "");
}

void result_fact_time(struct result *self, const char *name, int64_t ms)
{
    add_fact(self, name, (struct cell){.type = CELL_TIME, .integer = ms}, "");
}

void result_note(struct result *self, const char *fmt, ...)
{
    if (!grow(self, &self->notes, &self->cap_notes, self->n_notes, sizeof *self->notes))
        return;
    va_list ap;
    va_start(ap, fmt);
    self->notes[self->n_notes++] = keep_format(self, fmt, ap);
    va_end(ap);
}

void result_begin_series(struct result *self, const char *name, const char *x_unit, const char *y_unit)
{
    if (!grow(self, &self->series, &self->cap_series, self->n_series, sizeof *self->series))
        return;
    self->series[self->n_series++] =
        (struct series){.name = keep(self, name), .x_unit = keep(self, x_unit), .y_unit = keep(self, y_unit)};
}

void result_add_point(struct result *self, double x, double y)
{
    if (self->failed || self->n_series == 0)
        return;
    struct series *s = &self->series[self->n_series - 1];
    if (!grow(self, &s->points, &s->cap, s->n, sizeof *s->points))
        return;
    s->points[s->n++] = (struct point){x, y};
}

struct result *result_add_table(struct result *self, const char *name)
{
    if (!grow(self, &self->tables, &self->cap_tables, self->n_tables, sizeof *self->tables))
        return NULL;
    struct result *table = mem_zalloc(1, sizeof *table);
    if (table == NULL) {
        self->failed = true;
        return NULL;
    }
    table->name = keep(self, name);
    self->tables[self->n_tables++] = table;
    return table;
}

int result_check(const struct result *self, struct error *err)
{
    if (self->failed)
        return error_nomem(err, "the result");
    if (self->n_cells != self->n_rows * self->n_columns)
        return error_set(err, E_FAILED, "the result", "a row has %zu cells of %zu", self->n_cells % self->n_columns,
                         self->n_columns);
    for (size_t i = 0; i < self->n_tables; i++) {
        int rc = result_check(self->tables[i], err);
        if (rc != 0)
            return rc;
    }
    return 0;
}

const struct cell *result_cell(const struct result *self, size_t row, size_t column)
{
    return &self->cells[row * self->n_columns + column];
}

const struct cell *result_cell_named(const struct result *self, size_t row, const char *column)
{
    for (size_t c = 0; c < self->n_columns && row < self->n_rows; c++)
        if (strcmp(self->columns[c].name, column) == 0)
            return result_cell(self, row, c);
    return NULL;
}

const char *result_text_named(const struct result *self, size_t row, const char *column)
{
    const struct cell *cell = result_cell_named(self, row, column);
    return cell != NULL && cell->type == CELL_TEXT ? cell->text : NULL;
}

const struct cell *result_fact_named(const struct result *self, const char *name)
{
    for (size_t i = 0; i < self->n_summary; i++)
        if (strcmp(self->summary[i].name, name) == 0)
            return &self->summary[i].value;
    return NULL;
}

const char *result_fact_text_named(const struct result *self, const char *name)
{
    const struct cell *value = result_fact_named(self, name);
    return value != NULL && value->type == CELL_TEXT ? value->text : NULL;
}

const char *cell_type_name(enum cell_type type)
{
    static const char *const names[] = {"null", "text", "integer", "real", "boolean", "time"};
    return names[type];
}

void result_copy_columns(struct result *self, const struct result *other)
{
    for (size_t c = 0; c < other->n_columns; c++) {
        const struct column *o = &other->columns[c];
        result_add_column(self, o->name, o->type, o->unit, o->definition, o->decimals);
    }
}

void result_add_cell(struct result *self, const struct cell *cell)
{
    switch (cell->type) {
    case CELL_NULL: result_add_null(self); break;
    case CELL_TEXT: result_add_text(self, cell->text); break;
    case CELL_INT: result_add_int(self, cell->integer); break;
    case CELL_REAL: result_add_real(self, cell->real); break;
    case CELL_BOOL: result_add_bool(self, cell->boolean); break;
    case CELL_TIME: result_add_time(self, cell->integer); break;
    }
}

void result_copy_row(struct result *self, const struct result *other, size_t row)
{
    for (size_t c = 0; c < other->n_columns; c++)
        result_add_cell(self, result_cell(other, row, c));
}
