/* item_terms: what the items of the store are described by, as terms (item_text.h): titles and item attributes,
 * and the numbers of their embeddings (store/embeddings.h), where there are any.
 *
 * An item gives the same terms alone and among all others, so that one that arrives later is placed as training
 * would have placed it.  Attributes that hold an address ("https://...") are left out. */
#ifndef RECKON_TRAIN_ITEM_TERMS_H
#define RECKON_TRAIN_ITEM_TERMS_H

#include "engine/dataset.h"
#include "store/store.h"
#include "train/item_text.h"

/* Of all items at once, into texts[0 .. n), each empty before and finished after: the store's item x goes to
 * texts[place[x] - 1]; items with place 0 or beyond n_place are passed over.  Within one read of the store. */
int item_terms_read(struct item_text *texts, struct store *store, const uint32_t *place, size_t n_place,
                    struct error *err);

/* Of one item. */
int item_terms_of(struct item_text *out, struct store *store, int64_t item, struct error *err);

/* As the rows of a matrix, in the order of `texts`. */
int item_terms_pack(struct item_terms *out, const struct item_text *const *texts, uint32_t n, struct error *err);

#endif
