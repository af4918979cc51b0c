#include "base/rng.h"

#include <math.h>

static uint64_t splitmix64(uint64_t *x)
{
    uint64_t z = (*x += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

void rng_init(struct rng *self, uint64_t seed, uint64_t entity)
{
    uint64_t x = seed;
    uint64_t y = splitmix64(&x) ^ entity;
    for (int i = 0; i < 4; i++)
        self->s[i] = splitmix64(&y);
}

static uint64_t rotl(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}

uint64_t rng_next(struct rng *self)
{
    uint64_t *s = self->s;
    uint64_t out = rotl(s[0] + s[3], 23) + s[0];
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return out;
}

uint64_t rng_below(struct rng *self, uint64_t n)
{
    /* Lemire's multiply-shift with rejection of the biased low part. */
    uint64_t x = rng_next(self);
    __uint128_t m = (__uint128_t)x * n;
    if ((uint64_t)m < n) {
        uint64_t floor = (0 - n) % n;
        while ((uint64_t)m < floor) {
            x = rng_next(self);
            m = (__uint128_t)x * n;
        }
    }
    return (uint64_t)(m >> 64);
}

double rng_uniform(struct rng *self)
{
    return (double)(rng_next(self) >> 11) * 0x1.0p-53;
}

double rng_normal(struct rng *self)
{
    for (;;) {
        double u = 2 * rng_uniform(self) - 1, v = 2 * rng_uniform(self) - 1;
        double q = u * u + v * v;
        if (q > 0 && q < 1)
            return u * sqrt(-2 * log(q) / q);
    }
}

void rng_shuffle_u32(struct rng *self, uint32_t *a, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = rng_below(self, i);
        uint32_t t = a[i - 1];
        a[i - 1] = a[j];
        a[j] = t;
    }
}

uint64_t rng_key(const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    uint64_t h = 0xCBF29CE484222325ULL;
    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * 0x100000001B3ULL;
    return splitmix64(&h);
}
