#include "engine/topk.h"

#include <stddef.h>

#include "engine/simd.h"

#define BLOCK 32

static int excluded_bit(const uint64_t *excluded, uint32_t i)
{
    return excluded != NULL && (excluded[i / 64] >> (i % 64) & 1);
}

/* Is a worse than b, in the one order there is? */
static int worse(struct scored a, struct scored b)
{
    return a.score < b.score || (a.score <= b.score && a.item > b.item);
}

/* The worst of the kept ones is at the root. */
static void sift_down(struct scored *heap, uint32_t n, uint32_t at)
{
    struct scored moving = heap[at];
    for (;;) {
        uint64_t child = 2 * (uint64_t)at + 1;
        if (child >= n)
            break;
        if (child + 1 < n && worse(heap[child + 1], heap[child]))
            child++;
        if (!worse(heap[child], moving))
            break;
        heap[at] = heap[child];
        at = (uint32_t)child;
    }
    heap[at] = moving;
}

static void sort_best_first(struct scored *heap, uint32_t n)
{
    for (uint32_t end = n; end > 1; end--) {
        struct scored worst = heap[0];
        heap[0] = heap[end - 1];
        heap[end - 1] = worst;
        sift_down(heap, end - 1, 0);
    }
}

/* Fills the heap with the first k eligible items; returns how many there were and where it stopped. */
static uint32_t fill(const float *scores, uint32_t n, const uint64_t *excluded, uint32_t k, struct scored *heap,
                     uint32_t *stopped)
{
    uint32_t held = 0, i = 0;
    for (; i < n && held < k; i++)
        if (!excluded_bit(excluded, i))
            heap[held++] = (struct scored){i, scores[i]};
    for (uint32_t at = held / 2; at-- > 0;)
        sift_down(heap, held, at);
    *stopped = i;
    return held;
}

/* Items come in ascending order, so that a later one with an equal score never displaces a kept one. */
static void offer(const float *scores, const uint64_t *excluded, uint32_t i, uint32_t k, struct scored *heap)
{
    if (scores[i] > heap[0].score && !excluded_bit(excluded, i)) {
        heap[0] = (struct scored){i, scores[i]};
        sift_down(heap, k, 0);
    }
}

ENGINE_CLONES
static uint32_t skip_blocks(const float *scores, uint32_t i, uint32_t n, float threshold)
{
    for (; n - i >= BLOCK; i += BLOCK) {
        int any = 0;
        for (uint32_t j = 0; j < BLOCK; j++)
            any |= scores[i + j] > threshold;
        if (any)
            break;
    }
    return i;
}

uint32_t topk_select(const float *scores, uint32_t n, const uint64_t *excluded, uint32_t k, struct scored *out)
{
    uint32_t i;
    uint32_t held = fill(scores, n, excluded, k, out, &i);
    if (held > 0)
        while (i < n) {
            i = skip_blocks(scores, i, n, out[0].score);
            uint32_t end = n - i < BLOCK ? n : i + BLOCK;
            for (; i < end; i++)
                offer(scores, excluded, i, held, out);
        }
    sort_best_first(out, held);
    return held;
}

uint32_t topk_select_plain(const float *scores, uint32_t n, const uint64_t *excluded, uint32_t k, struct scored *out)
{
    uint32_t i;
    uint32_t held = fill(scores, n, excluded, k, out, &i);
    for (; held > 0 && i < n; i++)
        offer(scores, excluded, i, held, out);
    sort_best_first(out, held);
    return held;
}

void topk_offer(struct topk *self, struct scored s)
{
    if (!topk_full(self)) {
        self->heap[self->held++] = s;
        if (topk_full(self))
            for (uint32_t at = self->held / 2; at-- > 0;)
                sift_down(self->heap, self->held, at);
    } else if (worse(self->heap[0], s)) {
        self->heap[0] = s;
        sift_down(self->heap, self->held, 0);
    }
}

void topk_finish(struct topk *self)
{
    for (uint32_t at = self->held / 2; !topk_full(self) && at-- > 0;)
        sift_down(self->heap, self->held, at);
    sort_best_first(self->heap, self->held);
}

ENGINE_CLONES
static uint32_t count_ahead(const float *scores, uint32_t n, uint32_t item, float score)
{
    uint32_t ahead = 0;
    for (uint32_t i = 0; i < item; i++)
        ahead += scores[i] >= score;
    for (uint32_t i = item + 1; i < n; i++)
        ahead += scores[i] > score;
    return ahead;
}

uint32_t topk_rank(const float *scores, uint32_t n, const uint64_t *excluded, uint32_t item)
{
    float score = scores[item];
    uint32_t ahead = count_ahead(scores, n, item, score);
    if (excluded == NULL)
        return ahead;
    for (uint32_t w = 0; w < (n + 63) / 64; w++)
        for (uint64_t bits = excluded[w]; bits != 0; bits &= bits - 1) {
            uint32_t i = w * 64 + (uint32_t)__builtin_ctzll(bits);
            if (i < n && i != item && (i < item ? scores[i] >= score : scores[i] > score))
                ahead--;
        }
    return ahead;
}
