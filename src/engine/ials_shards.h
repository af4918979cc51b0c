/* ials_shards: iALS so that forgetting somebody costs a part of training (sharded, after SISA: Bourtoule et al. 2021).
 *
 * People are dealt out to shards by their key, and each shard's item factors are trained on its people alone.  Factors of
 * different shards are turned against each other, so they are not averaged: side by side, their strongest directions (those
 * of the mean of the shards' item-item products, which no rotation changes) are where one epoch on everybody starts from.
 * The model is what that epoch gives, one iALS model as any other; beside it the file keeps the factors of the shards.
 *
 * Without some people, only their shards are trained again, and the last epoch: every step is a function of the people in
 * it, so the result is that of training without them, byte for byte. */
#ifndef RECKON_ENGINE_IALS_SHARDS_H
#define RECKON_ENGINE_IALS_SHARDS_H

#include "engine/change.h"
#include "engine/ials_train.h"

#define IALS_SHARDS_MAX 64

/* Factors by shard: n rows of n_items x dim; an item that nobody of a shard has: zeros. */
struct ials_shards {
    uint32_t n, n_items, dim;
    float *factors;
};

void ials_shards_release(struct ials_shards *self); /* zeroed is fine */

/* The shard of a person. */
uint32_t ials_shard_of(uint64_t user_key, uint32_t n_shards);

/* Trains the shards of `data`.  before (may be NULL): factors of before `change`; only the shards of who left are trained,
 * the others are taken over.  *trained: how many were. */
int ials_shards_train(struct ials_shards *out, const struct dataset *data, struct train_context *ctx,
                      const float *before, const struct change *change, uint32_t *trained, struct error *err);

/* Where the epochs on everybody start: n_items rows of dense_pad(dim) floats, mem_free. */
int ials_shards_merge(float **out, const struct ials_shards *self, struct job *job, struct error *err);
/* How many those are: a sixteenth of `epochs`; each shard has three sixteenths before. */
unsigned ials_shards_last_epochs(const struct params *params);

#endif
