/* noise_audit: is noise distributed as it says, and is epsilon what it says?  For the unit test and bench/disclosure.
 * */
#ifndef RECKON_TESTS_NOISE_AUDIT_H
#define RECKON_TESTS_NOISE_AUDIT_H

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "disclosure/noise.h"
#include "stats/beta.h"
#include "stats/gamma.h"

enum { AUDIT_REACH = 4096 };

static inline uint64_t audit_bits(void *context)
{
    return rng_next(context);
}

/* Something that answers a whole number for a true one. */
typedef int64_t (*audit_mechanism)(void *context, struct noise *noise, int64_t truth);

struct audit_counts {
    uint64_t n, at[2 * AUDIT_REACH + 1]; /* by answer, from -AUDIT_REACH; what is beyond counts at the ends */
};

static inline void audit_draw(struct audit_counts *out, audit_mechanism mechanism, void *context, struct noise *noise,
                              int64_t truth, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        int64_t x = mechanism(context, noise, truth);
        x = x < -AUDIT_REACH ? -AUDIT_REACH : x > AUDIT_REACH ? AUDIT_REACH : x;
        out->at[x + AUDIT_REACH]++;
        out->n++;
    }
}

/* Probability of a chi-square statistic as large as that, if the answers to 0 have log-probabilities log_p(x) (up to a
 * constant); cells with fewer than 10 expected are taken together.  And the largest distance of the distribution
 * functions, times the root of n (Kolmogorov-Smirnov: above 1.95 in one case of a thousand at most, fewer for whole
 * numbers). */
static inline double audit_fit(const struct audit_counts *c, double (*log_p)(const void *context, int64_t x),
                               const void *context, double *ks)
{
    double total = 0, statistic = 0, rest_expected = 0, rest_seen = 0, expected_below = 0, seen_below = 0,
    n = (double)c->n;
    int cells = 0;
    *ks = 0;
    for (int64_t x = -AUDIT_REACH; x <= AUDIT_REACH; x++)
        total += exp(log_p(context, x));
    for (int64_t x = -AUDIT_REACH; x <= AUDIT_REACH; x++) {
        double expected = exp(log_p(context, x)) / total * n, seen = (double)c->at[x + AUDIT_REACH];
        expected_below += expected;
        seen_below += seen;
        *ks = fmax(*ks, fabs(expected_below - seen_below) / sqrt(n));
        if (expected >= 10) {
            statistic += (seen - expected) * (seen - expected) / expected;
            cells++;
        } else {
            rest_expected += expected;
            rest_seen += seen;
        }
    }
    if (rest_expected > 1) {
        statistic += (rest_seen - rest_expected) * (rest_seen - rest_expected) / rest_expected;
        cells++;
    }
    return cells > 1 ? gamma_chi2_sf(statistic, cells - 1) : 1;
}

/* A lower bound of epsilon that is wrong once in 2,000 (Clopper & Pearson): from an event (answers up to some number,
 * or above it) that the first halves chose, measured on the second ones.  a[0], b[0]: to choose; a[1], b[1]: to
 * measure. */
static inline double audit_bound(const struct audit_counts *a, const struct audit_counts *b, double delta)
{
    double best = -INFINITY, bound = 0;
    for (int side = 0; side < 2; side++) {
        double x[2] = {0}, y[2] = {0};
        for (int at = 0; at <= 2 * AUDIT_REACH; at++) {
            int k = side == 0 ? at : 2 * AUDIT_REACH - at;
            for (int half = 0; half < 2; half++) {
                x[half] += (double)a[half].at[k];
                y[half] += (double)b[half].at[k];
            }
            double n = (double)a[0].n, m = (double)a[1].n;
            double low = x[0] > 0 ? beta_quantile(0.00025, x[0], n - x[0] + 1) : 0;
            double up = y[0] < n ? beta_upper_quantile(0.00025, y[0] + 1, n - y[0]) : 1;
            if (!(low - delta > 0) || log((low - delta) / up) <= best)
                continue;
            best = log((low - delta) / up);
            low = x[1] > 0 ? beta_quantile(0.00025, x[1], m - x[1] + 1) : 0;
            up = y[1] < m ? beta_upper_quantile(0.00025, y[1] + 1, m - y[1]) : 1;
            bound = low - delta > 0 ? log((low - delta) / up) : 0;
        }
    }
    return bound;
}

/* The bound for answers to 0 and to 1, either way round; n draws of each. */
static inline double audit_epsilon(audit_mechanism mechanism, void *context, struct noise *noise, uint64_t n,
                                   double delta)
{
    struct audit_counts *c = calloc(4, sizeof *c);
    if (c == NULL)
        return NAN;
    for (int half = 0; half < 2; half++) {
        audit_draw(&c[half], mechanism, context, noise, 0, n / 2);
        audit_draw(&c[2 + half], mechanism, context, noise, 1, n / 2);
    }
    double bound = fmax(audit_bound(c, c + 2, delta), audit_bound(c + 2, c, delta));
    free(c);
    return bound;
}

static inline double audit_log_laplace(const void *context, int64_t x)
{
    const struct noise_laplace *s = context;
    return -fabs((double)x) * (double)s->den / (double)s->num;
}

static inline double audit_log_gaussian(const void *context, int64_t x)
{
    const struct noise_gaussian *v = context;
    return -(double)x * (double)x * (double)v->den / (2 * (double)v->num);
}

static inline int64_t audit_laplace(void *context, struct noise *noise, int64_t truth)
{
    return truth + noise_laplace(noise, context);
}

static inline int64_t audit_gaussian(void *context, struct noise *noise, int64_t truth)
{
    return truth + noise_gaussian(noise, context);
}

/* Which of three: a person who is there gives one more to the first two. */
static inline int64_t audit_choice(void *context, struct noise *noise, int64_t truth)
{
    const int64_t *epsilon = context;
    const int64_t score[3] = {3 + truth, 1 + truth, 4};
    const bool taken[3] = {false, false, false};
    uint32_t order[3];
    return noise_choose(noise, score, taken, 3, *epsilon, order);
}

#endif
