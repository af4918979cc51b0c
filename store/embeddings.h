/* embeddings: what a service makes of the descriptions of items (describe/embed.h): one vector of an item, with the model
 * that made it and the digest of what it was made of.  Of another model the numbers mean something else: whoever
 * compares them compares those of one model. */
#ifndef RECKON_STORE_EMBEDDINGS_H
#define RECKON_STORE_EMBEDDINGS_H

#include <stdbool.h>

#include "store/store.h"

enum { EMBEDDING_DIM_MAX = 8192 };

/* Within a write transaction; takes the place of what the item had. */
int embeddings_put(struct store *self, int64_t item, const char *model, const char *digest, const float *vector, size_t dim,
                   struct error *err);
/* Has the item one that was made of this? */
int embeddings_same(struct store *self, int64_t item, const char *digest, bool *out, struct error *err);
/* How many numbers those of the model have; 0: there are none. */
int embeddings_dim(struct store *self, const char *model, size_t *dim, struct error *err);

/* fn's non-zero answer ends it and is returned. */
typedef int (*embeddings_fn)(void *context, int64_t item, const char *model, const float *vector, size_t dim);
/* By ascending item, or the one of an item (0: all). */
int embeddings_each(struct store *self, int64_t item, embeddings_fn fn, void *context, struct error *err);

#endif
