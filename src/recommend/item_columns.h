/* item_columns: the attributes of the items of a model, as columns that a filter reads (filter.h).
 *
 * Fields are `item` (the identifier), `title`, and every item attribute of the store by its name.  A column is
 * read from the store when a filter first asks for it, by whoever asks first (others who want the same one wait for it),
 * and never changes again: what the store says later is in other columns, which are made from these where it is known
 * which items have changed: a shop that tells of every sale what is left in stock need not have everything read again.
 * Counted, and shared by any number of threads, each through a reader of its own: that lends the store connection, and
 * where the items are, which is the same for all readers of the columns.  A filter that is bound borrows the columns:
 * the reader's owner holds them as long. */
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

/* The fields as the store has them now; nothing is read of the items yet. */
int item_columns_new(struct item_columns **out, struct store *store, struct error *err);
/* The fields as the store has them now, and of the columns that `former` has read what differs for these items; no other
 * items may have changed since. */
int item_columns_renew(struct item_columns **out, struct item_columns *former, struct store *store,
                       const struct item_places *places, const int64_t *items, size_t n, struct error *err);
struct item_columns *item_columns_hold(struct item_columns *self);
void item_columns_release(struct item_columns *self); /* NULL is fine */

struct item_reader {
    struct item_columns *columns;
    struct store *store;
    struct item_places places;
};
struct filter_schema item_reader_schema(struct item_reader *self);

#endif
