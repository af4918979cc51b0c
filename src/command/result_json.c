#include <jansson.h>

#include "base/clock.h"
#include "command/result_json.h"

static json_t *cell_value(const struct cell *cell)
{
    char buf[40];
    switch (cell->type) {
    case CELL_NULL: return json_null();
    case CELL_TEXT: return json_string(cell->text);
    case CELL_INT: return json_integer(cell->integer);
    case CELL_REAL: return json_real(cell->real);
    case CELL_BOOL: return json_boolean(cell->boolean);
    case CELL_TIME: return json_string(clock_format(cell->integer, buf, sizeof buf));
    }
    return json_null();
}

static json_t *columns_value(const struct result *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->n_columns; i++) {
        const struct column *c = &r->columns[i];
        json_t *one = json_pack("{s:s, s:s, s:s}", "name", c->name, "type", cell_type_name(c->type), "unit", c->unit);
        if (c->definition[0] != '\0')
            json_object_set_new(one, "definition", json_string(c->definition));
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *row_value(const struct result *r, size_t row)
{
    json_t *one = json_object();
    for (size_t c = 0; c < r->n_columns; c++)
        json_object_set_new(one, r->columns[c].name, cell_value(result_cell(r, row, c)));
    return one;
}

static json_t *rows_value(const struct result *r)
{
    json_t *list = json_array();
    for (size_t row = 0; row < r->n_rows; row++)
        json_array_append_new(list, row_value(r, row));
    return list;
}

static json_t *summary_value(const struct result *r)
{
    json_t *object = json_object();
    for (size_t i = 0; i < r->n_summary; i++)
        json_object_set_new(object, r->summary[i].name, cell_value(&r->summary[i].value));
    return object;
}

static json_t *series_value(const struct result *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->n_series; i++) {
        const struct series *s = &r->series[i];
        json_t *points = json_array();
        for (size_t j = 0; j < s->n; j++)
            json_array_append_new(points, json_pack("[f, f]", s->points[j].x, s->points[j].y));
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:o}", "name", s->name, "x_unit", s->x_unit, "y_unit",
                                              s->y_unit, "points", points));
    }
    return list;
}

static json_t *notes_value(const struct result *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->n_notes; i++)
        json_array_append_new(list, json_string(r->notes[i]));
    return list;
}

static int append(const char *bytes, size_t n, void *out)
{
    return str_append(out, bytes, n);
}

static int dump(struct str *out, json_t *object)
{
    int rc = json_dump_callback(object, append, out, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
    json_decref(object);
    return rc == 0 ? str_putc(out, '\n') : -1;
}

static json_t *error_value(const struct error *err)
{
    struct str message;
    str_init(&message, 2048);
    str_printf(&message, "%s%s%s", err->what, err->what[0] != '\0' ? ": " : "", err->why);
    json_t *value = json_pack("{s:s, s:s, s:s}", "code", error_name(err->code), "message", str_text(&message), "hint",
                              err->hint);
    str_release(&message);
    if (value == NULL) /* the text was not UTF-8 */
        value = json_pack("{s:s, s:s, s:s}", "code", error_name(err->code), "message",
                          "the message cannot be shown: it holds bytes that are not UTF-8", "hint", "");
    return value;
}

static void put_table(json_t *object, const struct result *r)
{
    if (r->title != NULL)
        json_object_set_new(object, "title", json_string(r->title));
    json_object_set_new(object, "columns", columns_value(r));
    json_object_set_new(object, "rows", rows_value(r));
}

static json_t *tables_value(const struct result *r)
{
    json_t *tables = json_object();
    for (size_t i = 0; i < r->n_tables; i++) {
        json_t *one = json_object();
        put_table(one, r->tables[i]);
        if (r->tables[i]->n_series > 0)
            json_object_set_new(one, "series", series_value(r->tables[i]));
        if (r->tables[i]->n_notes > 0)
            json_object_set_new(one, "notes", notes_value(r->tables[i]));
        json_object_set_new(tables, r->tables[i]->name, one);
    }
    return tables;
}

int result_json(struct str *out, const char *command, const struct result *r, const struct error *err)
{
    json_t *object = json_object();
    if (err != NULL)
        json_object_set_new(object, "error", error_value(err));
    json_object_set_new(object, "command", json_string(command));
    if (r->document != NULL)
        json_object_set_new(object, "document", json_string(r->document));
    put_table(object, r);
    if (r->n_tables > 0)
        json_object_set_new(object, "tables", tables_value(r));
    json_object_set_new(object, "summary", summary_value(r));
    if (r->n_series > 0)
        json_object_set_new(object, "series", series_value(r));
    if (r->n_notes > 0)
        json_object_set_new(object, "notes", notes_value(r));
    return dump(out, object);
}

int result_json_lines(struct str *out, const struct result *r)
{
    int rc = 0;
    for (size_t row = 0; rc == 0 && row < r->n_rows; row++) {
        json_t *one = row_value(r, row);
        rc = json_dump_callback(one, append, out, JSON_COMPACT | JSON_REAL_PRECISION(15));
        json_decref(one);
        if (rc == 0)
            rc = str_putc(out, '\n');
    }
    return rc;
}

int result_json_error(struct str *out, const struct error *err)
{
    return dump(out, json_pack("{s:o}", "error", error_value(err)));
}
