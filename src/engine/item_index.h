/* item_index: the best items for a vector of factors, without scoring them all, and yet exactly.
 *
 * Items lie in order of falling length of their factors, each factor as an integer of 8 bits.  A search goes
 * through them from the front, several users at a time (item_screen.h), and scores in full those that may, within
 * the bounds of the rounding, be among a user's best so far.  A user is done when the lengths that follow are too
 * short to get there: |x . v| <= |x| |v|.  The bounds are proven, not tuned: what comes out is to the bit what scoring
 * all items and topk_select would give, whatever is excluded.  How much is left unseen depends on the data: where
 * lengths follow popularity nearly everything is, and where all are alike nothing, and then each user costs one
 * integer multiplication per factor and item.
 *
 * Items without factors (a row of zeros) are not in it; their score is either 0 or, as in iALS, the lowest of all.
 *
 * Building is deterministic for any number of threads.  Thread rule: an index is read-only; any number of
 * threads may search, each with its own scratch.
 * Ownership: the factors are borrowed; the index's own arrays belong to it, unless they were loaded from tensors that
 * last. */
#ifndef RECKON_ENGINE_ITEM_INDEX_H
#define RECKON_ENGINE_ITEM_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/job.h"
#include "base/pool.h"
#include "engine/model.h"

struct item_index {
    uint32_t n_items, dim;
    uint32_t n;            /* items with factors */
    const float *factors;  /* n_items x dim; borrowed */
    bool unknown_lowest;   /* items without factors have the lowest score of all, not 0 */
    const uint32_t *item;  /* n, the longest first */
    const uint8_t *code;   /* blocks of 32 items as item_screen.h wants them */
    const float *scale;    /* of an item's codes; as many as the blocks hold */
    const float *length;   /* of each stretch of 256 items: bounds of |v| and of what rounding took from v */
    const float *rounded_off;
    uint64_t *known;       /* n_items bits: has factors */
    void *owned[5];
};

/* From this many items on it pays. */
#define ITEM_INDEX_PAYS 50000

/* E_NOMEM, E_CANCELLED.  pool and job may be NULL. */
int item_index_build(struct item_index *self, const float *factors, uint32_t n_items, uint32_t dim,
                     bool unknown_lowest, struct pool *pool, struct job *job, struct error *err);
/* As training does it: is one wanted, and building it, with a word in ctx->note. */
bool item_index_wanted(const struct params *params, uint32_t n_items);
int item_index_train(struct item_index *self, const float *factors, uint32_t n_items, uint32_t dim,
                     bool unknown_lowest, struct train_context *ctx, struct error *err);
void item_index_release(struct item_index *self); /* zeroed is fine */

/* As tensors "index.*"; the set borrows them. */
int item_index_save(const struct item_index *self, struct tensor_set *out, struct error *err);
/* Are there such tensors? */
bool item_index_present(const struct tensor_set *in);
/* Borrows the tensors if they are lasting; factors: all finite, borrowed.  E_CORRUPT. */
int item_index_load(struct item_index *self, const struct tensor_set *in, const float *factors, uint32_t n_items,
                    uint32_t dim, bool unknown_lowest, struct error *err);

struct item_query {
    const float *x; /* dim, finite */
    struct model_wish *wish;
};

/* scratch: 64-aligned. */
size_t item_index_scratch(const struct item_index *self);
void item_index_search(const struct item_index *self, struct item_query *queries, uint32_t n, void *scratch);

#endif
