/* columns: the names of an input's columns, in order.  A name may occur twice (then the first is found). */
#ifndef RECKON_INGEST_COLUMNS_H
#define RECKON_INGEST_COLUMNS_H

#include <stddef.h>

struct columns {
    char **names;
    size_t n, cap;
};

void columns_release(struct columns *self); /* zeroed is fine */
int columns_add(struct columns *self, const char *name, size_t n); /* -1: out of memory */
long columns_find(const struct columns *self, const char *name, size_t n); /* -1: none */

#endif
