/* item_columns: the attributes of the items of a model, as columns that a filter reads (filter.h).
 *
 * Fields are `item` (the identifier), `title`, and every item attribute of the store by its name.  A column is
 * read from the store when a filter first asks for it, and kept.
 * Owner: item_columns_free; it borrows the store and the model's names.  One thread at a time. */
#ifndef RECKON_RECOMMEND_ITEM_COLUMNS_H
#define RECKON_RECOMMEND_ITEM_COLUMNS_H

#include "recommend/filter.h"
#include "store/store.h"

struct item_columns;

/* Where the store's items are among the model's: place[item], for item < n_place; ITEM_NOWHERE: in no place. */
#define ITEM_NOWHERE UINT32_MAX
struct item_places {
    const uint32_t *place;
    size_t n_place;
    uint32_t n_items;             /* of the model */
    const char *const *identifier; /* n_items */
};

int item_columns_new(struct item_columns **out, struct store *store, const struct item_places *places,
                     struct error *err);
void item_columns_free(struct item_columns *self); /* NULL is fine */

struct filter_schema item_columns_schema(struct item_columns *self);

#endif
