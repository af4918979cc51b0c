/* topk: the best k of many scores, and the rank of chosen ones.
 *
 * Order everywhere in reckon: higher score first, equal scores by lower item index first (items are
 * sorted by identifier, so this is stable and does not depend on the machine).  Thread-safe. */
#ifndef RECKON_ENGINE_TOPK_H
#define RECKON_ENGINE_TOPK_H

#include <stdint.h>

struct scored {
    uint32_t item;
    float score;
};

/* Writes the best min(k, eligible) of scores[0..n) to out, best first, and returns how many.  An item
 * whose bit in `excluded` (n bits, 64 to a word; NULL: none) is set is not eligible.
 * topk_select compares a vector of scores with the running threshold before it touches the heap;
 * topk_select_plain is the reference. */
uint32_t topk_select(const float *scores, uint32_t n, const uint64_t *excluded, uint32_t k, struct scored *out);
uint32_t topk_select_plain(const float *scores, uint32_t n, const uint64_t *excluded, uint32_t k, struct scored *out);

/* The same for scores that come one at a time, in any order.  The caller sets heap (room for k) and k, and held to 0. */
struct topk {
    struct scored *heap;
    uint32_t k, held;
};

void topk_offer(struct topk *self, struct scored s); /* k > 0 */
void topk_finish(struct topk *self); /* heap[0 .. held) is then best first */
/* Is it full, so that heap[0] is the worst of the kept ones? */
static inline int topk_full(const struct topk *self)
{
    return self->held == self->k;
}

/* 0-based rank of `item` among the eligible items (itself eligible or not). */
uint32_t topk_rank(const float *scores, uint32_t n, const uint64_t *excluded, uint32_t item);

#endif
