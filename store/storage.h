/* storage: which column a field of a stored record is.
 *
 * A record of a table WITHOUT ROWID, or of an index, has its key first: the field's number is not the column's. */
#ifndef RECKON_STORE_STORAGE_H
#define RECKON_STORE_STORAGE_H

#include "store/personal_data.h"
#include "store/store.h"

/* The column of field `field` (from 0) of the table or index `tree`, as the map knows it; NULL: none, or not known. */
const struct personal_column *storage_column(struct store *self, const char *tree, int field);

#endif
