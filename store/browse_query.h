/* What browse_read.c and browse_top.c share: a statement that is being written, with what is bound to it; the
 * conditions of a filter; running it so that a job can cancel it. */
#ifndef RECKON_STORE_BROWSE_QUERY_H
#define RECKON_STORE_BROWSE_QUERY_H

#include "store/browse_private.h"
#include "store/db.h"

enum { BROWSE_BINDINGS_MAX = 2 * BROWSE_TERMS_MAX + 24 };

struct browse_sql {
    struct str sql;
    struct {
        const char *text; /* or */
        double number;
        int64_t integer;
        char type; /* 't' 'r' 'i' */
    } bindings[BROWSE_BINDINGS_MAX];
    size_t n;
    bool sharing;  /* a text that is compared with many columns is bound once ... */
    size_t shared; /* ... under this number; 0: not yet */
    struct store *store; /* to look names up in */
    struct job *job;
    struct browse_filter filter;
    size_t sort; /* the field to sort by; SIZE_MAX: the view's own order */
    bool down;   /* the order of reading */
    bool sort_down;
};

/* Parses the filter and finds the column to sort by; str_release(&q->sql) in every case. */
int browse_query_begin(struct browse_sql *q, struct store *store, const struct browse *self,
                       const struct browse_query *query, struct job *job, struct error *err);

/* Each puts a ? and what is bound to it; texts are borrowed until the statement ran. */
void browse_query_text(struct browse_sql *q, const char *text);
void browse_query_real(struct browse_sql *q, double v);
void browse_query_integer(struct browse_sql *q, int64_t v);
void browse_query_value(struct browse_sql *q, const struct browse_value *v);

/* What is shown of a raw value that stands in `raw`. */
void browse_query_shown(struct str *sql, const struct browse_field *f, const char *raw);
/* " WHERE 1 AND (...)" */
void browse_query_filter(struct browse_sql *q, const struct browse *self);
/* The tables that a query needs beside the view's own: looking rows up in them costs more than all the rest, so they
 * are left out where nothing asks for them.  `column`: one more field that is used, or SIZE_MAX. */
const char *browse_query_joins_of_two(const struct browse_sql *q, const struct browse *self, size_t a, size_t b);
const char *browse_query_joins(const struct browse_sql *q, const struct browse *self, size_t column);

typedef int (*browse_row_fn)(void *context, sqlite3_stmt *row);
int browse_query_open(struct store *store, struct browse_sql *q, sqlite3_stmt **out, struct error *err);
int browse_query_run(struct store *store, struct browse_sql *q, browse_row_fn fn, void *context, struct job *job,
                     struct error *err);
struct browse_value browse_query_column(sqlite3_stmt *s, int at, enum browse_type type);

#endif
