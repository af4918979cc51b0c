/* item_column: one attribute of a model's items, as filters read it (filter.h).
 *
 * Read from the store once, or made from an older one when only a few items have changed: what did not change
 * is shared between the two.  Immutable and counted. */
#ifndef RECKON_RECOMMEND_ITEM_COLUMN_H
#define RECKON_RECOMMEND_ITEM_COLUMN_H

#include <stdatomic.h>

#include "recommend/filter.h"
#include "recommend/wordbook.h"
#include "store/attributes.h"

struct item_places;

enum item_field_kind { FIELD_IDENTIFIER, FIELD_TITLE, FIELD_ATTRIBUTE };

struct item_field {
    enum item_field_kind kind;
    enum filter_type type;
    struct attribute attribute; /* its name is the field's */
};

struct item_column {
    atomic_uint holders;
    struct filter_column column; /* what of it points here */
    double *number;
    uint32_t *code;
    uint64_t *start;
    struct wordbook *texts; /* NULL for numbers */
};

int item_column_read(struct item_column **out, const struct item_field *field, struct store *store,
                     const struct item_places *places, struct error *err);

/* What item_column_read would give (texts that nobody has any more may stay among the words), if no other than the n
 * items have changed since `former` was read: for the same field, and the same places.  `former` itself, held, when it
 * still says the same. */
int item_column_renew(struct item_column **out, struct item_column *former, const struct item_field *field,
                      struct store *store, const struct item_places *places, const int64_t *items, size_t n,
                      struct error *err);

struct item_column *item_column_hold(struct item_column *self);
void item_column_release(struct item_column *self); /* NULL is fine */

#endif
