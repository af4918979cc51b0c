#include "store/person.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "store/db.h"
#include "store/personal_data.h"

enum { SQL_MAX = 16384, NAMED_MIN = 4 };

/* What an integer column stands for. */
static const struct {
    const char *column, *sql;
} names[] = {
    {"item", "(SELECT identifier FROM items WHERE items.item = t.item)"},
    {"kind", "(SELECT name FROM kinds WHERE kinds.kind = t.kind)"},
    {"attribute", "(SELECT name FROM attributes WHERE attributes.attribute = t.attribute)"},
    {"session", "(SELECT label FROM sessions WHERE sessions.session = t.session)"},
    {"channel", "(SELECT text FROM words WHERE words.word = t.channel)"},
    {"device", "(SELECT text FROM words WHERE words.word = t.device)"},
    {"experiment", "(SELECT name FROM experiments WHERE experiments.experiment = t.experiment)"},
};

static bool is_time(const char *column)
{
    return strcmp(column, "time") == 0 || strcmp(column, "at") == 0 || strcmp(column, "recorded") == 0;
}

/* The columns of one table of the map, as the map and the schema have them. */
static int put_columns(struct store *self, const char *table, struct str *sql, struct error *err)
{
    sqlite3_stmt *s;
    int n = 0, rc = db_prepare(self, "SELECT name, type FROM pragma_table_info(?1)", &s, err);
    rc = rc != 0 ? rc : db_bind(self, s, err, "t", table);
    while (rc == 0 && (rc = db_step(self, s, err)) == 1) {
        const char *column = db_text(s, 0), *expression = NULL;
        bool whole = strcmp(db_text(s, 1), "INTEGER") == 0;
        rc = 0;
        if (strcmp(column, "user") == 0 || strcmp(column, "fingerprint") == 0)
            continue;
        for (size_t i = 0; whole && i < sizeof names / sizeof *names; i++)
            if (strcmp(names[i].column, column) == 0 && strcmp(table, "sessions") != 0)
                expression = names[i].sql;
        str_printf(sql, "%s", n++ > 0 ? ", " : "");
        if (expression != NULL)
            str_printf(sql, "%s AS \"%s\"%s", expression, column,
                       strcmp(column, "item") == 0 ? ", (SELECT title FROM items WHERE items.item = t.item) AS title" : "");
        else
            str_printf(sql, "t.\"%s\"", column);
    }
    if (rc >= 0 && n == 0)
        str_puts(sql, "1 AS known");
    return rc < 0 ? rc : sql->failed ? error_nomem(err, "access") : 0;
}

static json_t *value_of(sqlite3_stmt *s, int column)
{
    const char *name = sqlite3_column_name(s, column);
    char text[40];
    switch (sqlite3_column_type(s, column)) {
    case SQLITE_NULL:
        return json_null();
    case SQLITE_INTEGER:
        if (is_time(name))
            return json_string(clock_format(sqlite3_column_int64(s, column), text, sizeof text));
        return json_integer(sqlite3_column_int64(s, column));
    case SQLITE_FLOAT:
        return json_real(sqlite3_column_double(s, column));
    case SQLITE_BLOB:
        return json_sprintf("%d bytes", sqlite3_column_bytes(s, column));
    default:
        return json_stringn((const char *)sqlite3_column_text(s, column), (size_t)sqlite3_column_bytes(s, column));
    }
}

/* Statements here are made anew, since db_prepare keeps literals alone. */
static int rows_of(struct store *self, const char *sql, int64_t user, const char *text, json_t *out, struct error *err)
{
    sqlite3_stmt *s = NULL;
    int code = sqlite3_prepare_v2(self->db, sql, -1, &s, NULL);
    if (code == SQLITE_OK && text != NULL)
        code = sqlite3_bind_text(s, 1, text, -1, SQLITE_STATIC);
    else if (code == SQLITE_OK)
        code = sqlite3_bind_int64(s, 1, user);
    while (code == SQLITE_OK && (code = sqlite3_step(s)) == SQLITE_ROW) {
        json_t *row = json_object();
        code = SQLITE_OK;
        for (int i = 0; i < sqlite3_column_count(s); i++) {
            json_t *value = value_of(s, i);
            if (!json_is_null(value))
                json_object_set(row, sqlite3_column_name(s, i), value);
            json_decref(value);
        }
        if (json_array_append_new(out, row) != 0)
            code = SQLITE_NOMEM;
    }
    int rc = code == SQLITE_DONE || code == SQLITE_OK ? 0 : db_error(self->db, code, self->workspace, err);
    sqlite3_finalize(s);
    return rc;
}

static int table_of(struct store *self, const char *table, int64_t user, json_t *all, struct error *err)
{
    struct str sql;
    json_t *rows = json_array();
    str_init(&sql, SQL_MAX);
    str_puts(&sql, "SELECT ");
    int rc = put_columns(self, table, &sql, err);
    str_printf(&sql, " FROM \"%s\" t WHERE t.user = ?1", table);
    if (rc == 0)
        rc = sql.failed ? error_nomem(err, "access") : rows_of(self, str_text(&sql), user, NULL, rows, err);
    if (json_object_set_new(all, table, rows) != 0 && rc == 0)
        rc = error_nomem(err, "access");
    str_release(&sql);
    return rc;
}

static int lines_of(struct store *self, json_t *all, struct error *err)
{
    json_t *lines = json_array(), *one;
    size_t i;
    int rc = 0;
    json_array_foreach (json_object_get(all, "identities"), i, one) {
        const char *name = json_string_value(json_object_get(one, "identifier"));
        if (rc == 0 && name != NULL && strlen(name) >= NAMED_MIN)
            rc = rows_of(self, "SELECT file, line, field, reason, CAST(raw AS TEXT) AS raw FROM quarantine WHERE "
                               "instr(CAST(raw AS TEXT), ?1) > 0", 0, name, lines, err);
    }
    return json_object_set_new(all, "quarantine", lines) != 0 && rc == 0 ? error_nomem(err, "access") : rc;
}

int person_tables(struct store *self, int64_t user, json_t **out, struct error *err)
{
    json_t *all = json_object();
    int rc = all == NULL ? error_nomem(err, "access") : 0;
    for (const struct personal_column *c = personal_data_columns; rc == 0 && c->table != NULL; c++)
        if (c->reach == REACH_USER && json_object_get(all, c->table) == NULL)
            rc = table_of(self, c->table, user, all, err);
    rc = rc != 0 ? rc : table_of(self, "identities", user, all, err);
    rc = rc != 0 ? rc : lines_of(self, all, err);
    if (rc != 0)
        json_decref(all);
    else
        *out = all;
    return rc;
}
