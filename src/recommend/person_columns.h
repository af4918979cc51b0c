/* person_columns: the attributes of the person asked about, as fields of a filter beside those of the items.
 *
 * `user.NAME` is the person's attribute, and so is NAME where the items have no field of that name; it is the same
 * for all items.  Values are read when the columns are made.
 * Owner: person_columns_free.  It borrows the items' schema.  One thread at a time. */
#ifndef RECKON_RECOMMEND_PERSON_COLUMNS_H
#define RECKON_RECOMMEND_PERSON_COLUMNS_H

#include "recommend/filter.h"
#include "store/store.h"

struct person_columns;

int person_columns_new(struct person_columns **out, struct store *store, int64_t user, struct filter_schema items,
                       struct error *err);
void person_columns_free(struct person_columns *self); /* NULL is fine */

/* The items' fields, then the person's. */
struct filter_schema person_columns_schema(struct person_columns *self);

#endif
