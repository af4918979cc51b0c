/* gather: rows of a long statement by the block; private to this floor.
 *
 * Stepping row by row, SQLite spends more on handing a row over (leaving its machine, one call for each column) than on
 * reading it.  Here a function in the statement's WHERE takes what a row has while the machine runs, and asks for a
 * stop only when a block is full.  A third less of the processor for tens of millions of rows.
 *
 * The statement is of the form
 *     SELECT 1 FROM t WHERE <what an index or the primary key is searched by> AND gather(column, ..., ?) ORDER BY <its order>
 * where the last parameter is for gather_begin.  It must be the only other condition, and the order must be one that
 * needs no sorting, since rows are taken as they are met. */
#ifndef RECKON_STORE_GATHER_H
#define RECKON_STORE_GATHER_H

#include "store/db.h"

enum { GATHER_ROWS = 1024, GATHER_COLUMNS = 6 };

union gather_cell {
    int64_t i;
    double r; /* NaN for NULL */
};

struct gather {
    struct store *store;
    sqlite3_stmt *statement;
    const char *types; /* of the columns: i, r */
    size_t columns, n, at;
    bool ended;
    union gather_cell rows[GATHER_ROWS][GATHER_COLUMNS];
};

/* What makes the function known; db_open does it.  An SQLite result code. */
int gather_register(sqlite3 *db);

/* Prepares; the caller then binds all parameters but the last (db_bind).  `self` on the heap: it is large. */
int gather_begin(struct gather *self, struct store *store, const char *sql, const char *types, struct error *err);
/* 1: *row, valid until the next call; 0: no more; negative: an error. */
int gather_next(struct gather *self, const union gather_cell **row, struct error *err);
void gather_end(struct gather *self); /* NULL is fine */

#endif
