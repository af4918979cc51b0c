#include "store/gather.h"

#include <math.h>
#include <string.h>

#define POINTER "reckon gather"

static void take(sqlite3_context *context, int n, sqlite3_value **values)
{
    struct gather *g = n > 0 ? sqlite3_value_pointer(values[n - 1], POINTER) : NULL;
    if (g == NULL || g->columns != (size_t)n - 1 || g->n == GATHER_ROWS) {
        sqlite3_result_error(context, "gather() is for reckon alone", -1);
        return;
    }
    union gather_cell *row = g->rows[g->n++];
    for (size_t c = 0; c < g->columns; c++)
        if (g->types[c] == 'i')
            row[c].i = sqlite3_value_int64(values[c]);
        else
            row[c].r = sqlite3_value_type(values[c]) == SQLITE_NULL ? (double)NAN : sqlite3_value_double(values[c]);
    sqlite3_result_int(context, g->n == GATHER_ROWS);
}

int gather_register(sqlite3 *db)
{
    return sqlite3_create_function_v2(db, "gather", -1, SQLITE_UTF8 | SQLITE_DIRECTONLY, NULL, take, NULL, NULL, NULL);
}

int gather_begin(struct gather *self, struct store *store, const char *sql, const char *types, struct error *err)
{
    self->store = store;
    self->types = types;
    self->columns = strlen(types);
    self->n = self->at = 0;
    self->ended = false;
    int rc = db_prepare(store, sql, &self->statement, err);
    if (rc == 0 && sqlite3_bind_pointer(self->statement, sqlite3_bind_parameter_count(self->statement), self, POINTER,
                                        NULL) != SQLITE_OK)
        rc = error_nomem(err, "store");
    return rc;
}

int gather_next(struct gather *self, const union gather_cell **row, struct error *err)
{
    if (self->at == self->n) {
        self->at = self->n = 0;
        int rc = self->ended ? 0 : db_step(self->store, self->statement, err);
        if (rc < 0)
            return rc;
        self->ended = rc == 0;
        if (self->n == 0)
            return 0;
    }
    *row = self->rows[self->at++];
    return 1;
}

void gather_end(struct gather *self)
{
    if (self != NULL)
        db_done(self->statement);
}
