/* selection: the items of the store that a filter lets through, in the order of their identifiers. */
#ifndef RECKON_DESCRIBE_SELECTION_H
#define RECKON_DESCRIBE_SELECTION_H

#include "store/store.h"

/* filter NULL: all.  mem_free(*items).  Errors of filter.h. */
int selection_make(struct store *store, const char *filter, int64_t **items, size_t *n, struct error *err);

#endif
