#include "disclosure/noise.h"

#include <math.h>

enum { OUT_MAX = 1024 }; /* e^-1024 */

__extension__ typedef unsigned __int128 wide;

#define MILLION UINT64_C(1000000)
#define TERA UINT64_C(1000000000000)

/* ---- bits ------------------------------------------------------------------------------------------------- */

static bool flip(struct noise *self)
{
    if (self->left == 0) {
        self->pool = self->bits(self->context);
        self->left = 64;
    }
    bool bit = (self->pool & 1) != 0;
    self->pool >>= 1;
    self->left--;
    return bit;
}

static wide below(struct noise *self, wide n)
{
    wide mask = n - 1, x;
    for (unsigned shift = 1; shift < 128; shift *= 2)
        mask |= mask >> shift;
    do {
        x = self->bits(self->context);
        if (mask >> 64 != 0)
            x = x << 64 | self->bits(self->context);
        x &= mask;
    } while (x >= n);
    return x;
}

uint64_t noise_below(struct noise *self, uint64_t n)
{
    return (uint64_t)below(self, n);
}

/* ---- exp(-x) ---------------------------------------------------------------------------------------------- */

/* x = num / den in [0, 1]: algorithm 1.  The kth coin is heads with probability x / k. */
static bool exp_below_one(struct noise *self, wide num, wide den)
{
    wide k = 1;
    while (below(self, den * k) < num)
        k++;
    return (k & 1) != 0;
}

static bool exp_of(struct noise *self, wide num, wide den)
{
    for (; num > den; num -= den)
        if (!exp_below_one(self, 1, 1))
            return false;
    return exp_below_one(self, num, den);
}

bool noise_exp(struct noise *self, uint64_t num, uint64_t den)
{
    return exp_of(self, num, den);
}

/* ---- distributions ---------------------------------------------------------------------------------------- */

int64_t noise_laplace(struct noise *self, const struct noise_laplace *scale)
{
    for (;;) {
        uint64_t u = noise_below(self, scale->num), v = 0;
        if (!exp_of(self, u, scale->num))
            continue;
        while (v < OUT_MAX && exp_below_one(self, 1, 1))
            v++;
        wide y = ((wide)scale->num * v + u) / scale->den;
        bool negative = flip(self);
        if (v < OUT_MAX && !(negative && y == 0))
            return negative ? -(int64_t)y : (int64_t)y;
    }
}

static uint64_t root_of(uint64_t n)
{
    uint64_t r = (uint64_t)sqrt((double)n);
    while (r > 0 && r > n / r)
        r--;
    while ((r + 1) <= n / (r + 1))
        r++;
    return r;
}

int64_t noise_gaussian(struct noise *self, const struct noise_gaussian *variance)
{
    const wide num = variance->num, den = variance->den;
    const uint64_t t = root_of(variance->num / variance->den) + 1;
    const struct noise_laplace scale = {t, 1};
    for (;;) {
        int64_t y = noise_laplace(self, &scale);
        wide a = (wide)(y < 0 ? -y : y) * t * den, off = a > num ? a - num : num - a;
        if (exp_of(self, off * off, 2 * num * t * t * den))
            return y;
    }
}

/* ---- how much ---------------------------------------------------------------------------------------------- */

static int too_small(struct error *err)
{
    error_set(err, E_USAGE, "epsilon", "is too small for what one person may change");
    return error_hint(err, E_USAGE, "bound what a person contributes (--per-person, --low, --high), or spend more");
}

int noise_laplace_for(struct noise_laplace *out, uint64_t sensitivity, int64_t epsilon, struct error *err)
{
    if (epsilon <= 0 || sensitivity == 0 || sensitivity > (UINT64_C(1) << 62) / MILLION ||
        sensitivity * MILLION / (uint64_t)epsilon >= (uint64_t)NOISE_SCALE_MAX)
        return too_small(err);
    *out = (struct noise_laplace){sensitivity * MILLION, (uint64_t)epsilon};
    return 0;
}

int noise_gaussian_for(struct noise_gaussian *out, uint64_t sensitivity2, int64_t rho, struct error *err)
{
    if (rho <= 0 || sensitivity2 == 0 || sensitivity2 > UINT64_C(1) << 62)
        return too_small(err);
    for (uint64_t den = 1024;; den = 1) {
        wide twice = (wide)rho * 2, num = ((wide)sensitivity2 * TERA * den + twice - 1) / twice;
        if (den == 1 && num > (wide)NOISE_VARIANCE_MAX)
            return too_small(err);
        if (den == 1 || num <= (wide)den << 32) {
            *out = (struct noise_gaussian){(uint64_t)num, den};
            return 0;
        }
    }
}

double noise_laplace_margin(const struct noise_laplace *scale)
{
    /* P(|x| >= m) = 2 q^m / (1 + q), q = e^(-1/b) */
    double b = (double)scale->num / (double)scale->den, q = exp(-1 / b);
    return fmax(0, ceil(b * log(2 / ((1 + q) * 0.05))) - 1);
}

double noise_gaussian_margin(const struct noise_gaussian *variance)
{
    /* P(x >= m) is at most what the continuous one has from m - 1 on */
    return ceil(1.96 * sqrt((double)variance->num / (double)variance->den));
}

/* ---- choices ----------------------------------------------------------------------------------------------- */

uint32_t noise_choose(struct noise *self, const int64_t *score, const bool *taken, uint32_t n, int64_t epsilon,
                      uint32_t *order)
{
    uint32_t m = 0;
    int64_t best = INT64_MIN;
    for (uint32_t i = 0; i < n; i++)
        if (!taken[i]) {
            order[m++] = i;
            best = score[i] > best ? score[i] : best;
        }
    /* In random order, each is the one with probability exp(-epsilon * how far it is below the best). */
    for (uint32_t i = 0; i < m; i++) {
        uint32_t j = i + (uint32_t)noise_below(self, m - i), one = order[j];
        order[j] = order[i];
        order[i] = one;
        if (exp_of(self, (wide)(uint64_t)(best - score[one]) * (uint64_t)epsilon, MILLION))
            return one;
    }
    return UINT32_MAX; /* never: the best is the one for certain */
}
