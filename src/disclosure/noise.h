/* noise: random whole numbers for differential privacy, drawn exactly: by whole numbers alone, from random bits.
 *
 * Noise that is computed in floating point leaks what it should hide: not every value can come out, and which ones can
 * depends on what it was added to (Mironov 2012).  So there is none here.  Samplers: Canonne, Kamath & Steinke 2020,
 * "The Discrete Gaussian for Differential Privacy", algorithms 1 to 3; choices: McKenna & Sheldon 2020,
 * "Permute-and-Flip".
 *
 * Bits come from the caller: in the program from libsodium (src/privacy), seeded ones in tests alone.  How long a draw
 * takes depends on what is drawn; answers are not given out faster than a person can ask, and their number is bounded
 * by a budget.  Exact but for one thing: a draw that would be further out than e^-1024 is begun anew.  One thread. */
#ifndef RECKON_DISCLOSURE_NOISE_H
#define RECKON_DISCLOSURE_NOISE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct noise {
    uint64_t (*bits)(void *context); /* 64 of them */
    void *context;
    uint64_t pool;                   /* bits that are left of the last 64; 0 to begin with */
    unsigned left;
};

uint64_t noise_below(struct noise *self, uint64_t n);             /* uniform in [0, n); n > 0 */
bool noise_exp(struct noise *self, uint64_t num, uint64_t den);   /* true with probability exp(-num / den); den > 0 */

#define NOISE_SCALE_MAX (INT64_C(1) << 40)
#define NOISE_VARIANCE_MAX (INT64_C(1) << 52)

/* P(x) = tanh(1/2b) exp(-|x| / b), b = num / den: the discrete Laplace or two-sided geometric distribution.  num and
 * den up to 2^62, b up to NOISE_SCALE_MAX. */
struct noise_laplace {
    uint64_t num, den;
};
int64_t noise_laplace(struct noise *self, const struct noise_laplace *scale);

/* P(x) ~ exp(-x^2 / 2v), v = num / den: the discrete Gaussian.  v up to NOISE_VARIANCE_MAX; den a power of two up to
 * 2^10, and 1 when v is above 2^32. */
struct noise_gaussian {
    uint64_t num, den;
};
int64_t noise_gaussian(struct noise *self, const struct noise_gaussian *variance);

/* What a question that one person changes by at most `sensitivity` needs.  epsilon in millionths, rho in 1e-12.
 * E_USAGE: neither can be so small. */
int noise_laplace_for(struct noise_laplace *out, uint64_t sensitivity, int64_t epsilon, struct error *err);
/* sensitivity2: the square of the L2 sensitivity.  rho-zCDP: v = sensitivity2 / 2 rho, rounded up. */
int noise_gaussian_for(struct noise_gaussian *out, uint64_t sensitivity2, int64_t rho, struct error *err);

/* A half-width that the noise keeps within with probability 0.95 at least. */
double noise_laplace_margin(const struct noise_laplace *scale);
double noise_gaussian_margin(const struct noise_gaussian *variance);

/* One of the n candidates that are not `taken`, the larger its score the likelier: epsilon-differentially private when
 * one person changes every score by at most 1 and all in the same direction (epsilon in millionths).  order: scratch,
 * n. */
uint32_t noise_choose(struct noise *self, const int64_t *score, const bool *taken, uint32_t n, int64_t epsilon,
                      uint32_t *order);

#endif
