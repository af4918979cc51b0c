/* rng: random streams keyed by (seed, entity).
 *
 * A stream depends on nothing but its two keys, so that what one entity draws does not change when
 * another is added or removed; that is what lets a model trained without a person be compared byte
 * for byte with one that never knew them.  Generator: xoshiro256++ (Blackman & Vigna 2019) seeded by
 * splitmix64.  The same keys give the same numbers on every machine.
 * A struct rng belongs to one thread; there is no global generator. */
#ifndef RECKON_BASE_RNG_H
#define RECKON_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
    uint64_t s[4];
};

void rng_init(struct rng *self, uint64_t seed, uint64_t entity);
uint64_t rng_next(struct rng *self);                       /* 64 random bits */
uint64_t rng_below(struct rng *self, uint64_t n);          /* uniform in [0, n), unbiased; n > 0 */
double rng_uniform(struct rng *self);                      /* uniform in [0, 1), 53 bits */
double rng_normal(struct rng *self);                       /* N(0, 1), Marsaglia polar, no cached half */
void rng_shuffle_u32(struct rng *self, uint32_t *a, size_t n); /* Fisher-Yates */

/* 64-bit hash of n bytes, stable for ever (it keys random streams): FNV-1a finished by splitmix64. */
uint64_t rng_key(const void *bytes, size_t n);

#endif
