/* content: items by what they are described by: words of the title, tags, attributes.
 *
 * TF-IDF over the items' terms, turned into `dim` directions by a truncated SVD (latent semantic analysis,
 * Deerwester et al. 1990; subspace.h).  A user is the sum of the decayed items of the history, and the score of
 * an item is the cosine with it.  So that an item is more than its description, each has one more coordinate that
 * no other has, of weight own_weight (in squares): of two items with equal titles, the one that was bought leads.
 *
 * Terms are words or numbers of an embedding (item_term), and the parameter `features` says which count.
 *
 * An item needs a description, not an event: who has none yet, even one that came after the training, is placed
 * by its terms with the vocabulary and the projection that the model keeps.  Placing an item of the training
 * again gives the very same vector.  Terms are known by their keys (struct item_term); words never come here.
 *
 * Thread rule: as for every model (model.h). */
#ifndef RECKON_ENGINE_CONTENT_H
#define RECKON_ENGINE_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/model.h"

bool content_is(const struct model *model); /* of this kind; the other functions want one */
uint32_t content_dim(const struct model *model);

/* The vector of an item of the model: content_dim floats, of length 1, or zeros when nothing is known of it. */
const float *content_vector(const struct model *model, uint32_t item);

/* The vector (content_dim floats) of an item with these terms, ascending by key, each once: of length 1, or zeros
 * when the model knows none of them.  Returns how many it knows. */
size_t content_fold_in_item(const struct model *model, const struct item_term *terms, size_t n, float *vector);

/* What the model would give this user for an item with that vector and no event; on the scale of its scores.
 * scratch: score_scratch bytes. */
float content_score_vector(const struct model *model, const struct history *user, const float *vector,
                           void *scratch);

/* The same vocabulary and projection over another catalogue: every item of `terms` placed anew. */
int content_over_items(struct model **out, const struct model *model, const struct item_terms *terms,
                       struct error *err);

#endif
