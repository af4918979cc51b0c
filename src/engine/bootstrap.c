#include "engine/bootstrap.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"

#define CHUNK 1024 /* users in one task: fixed, for the sums are added chunk by chunk */
#define SALT UINT64_C(0x626f6f7473747261)
#define WEIGHTS 13 /* Poisson(1) exceeds 12 less than once in 10^10 draws */

struct resampling {
    uint32_t n_users, n_values, resamples;
    const uint64_t *user_key;
    const double *const *value; /* n_values arrays of n_users; minus[] is taken off where there is one */
    const double *const *minus;
    double *sum;                /* per chunk: resamples x (1 + n_values): the weight, then the sums */
    uint32_t limit[WEIGHTS];    /* 2^32 P(weight <= w) */
    uint64_t seed;
    struct job *job;
    atomic_uint done;
    atomic_bool cancelled;
};

static void fill_limits(uint32_t *limit)
{
    double p = exp(-1), cumulative = 0;
    for (int w = 0; w < WEIGHTS; w++) {
        cumulative += p;
        limit[w] = cumulative >= 1 - 0x1.0p-32 ? UINT32_MAX : (uint32_t)(cumulative * 0x1.0p32);
        p /= w + 1;
    }
}

static uint32_t poisson(const uint32_t *limit, uint32_t x)
{
    uint32_t w = 0;
    while (w < WEIGHTS - 1 && x >= limit[w])
        w++;
    return w;
}

static void resample_chunk(void *context, size_t task, unsigned worker)
{
    struct resampling *r = context;
    uint32_t from = (uint32_t)task * CHUNK, to = r->n_users - from < CHUNK ? r->n_users : from + CHUNK;
    double *sums = r->sum + task * r->resamples * (1 + r->n_values), x[EVALUATE_COLUMNS_MAX];
    (void)worker;
    for (uint32_t u = from; u < to && !atomic_load(&r->cancelled); u++) {
        struct rng rng;
        uint64_t bits = 0;
        rng_init(&rng, r->seed ^ SALT, r->user_key[u]);
        for (uint32_t c = 0; c < r->n_values; c++)
            x[c] = r->value[c][u] - (r->minus == NULL ? 0 : r->minus[c][u]);
        for (uint32_t b = 0; b < r->resamples; b++) {
            bits = b % 2 == 0 ? rng_next(&rng) : bits >> 32;
            uint32_t weight = poisson(r->limit, (uint32_t)bits);
            if (weight == 0)
                continue;
            double *sum = sums + (size_t)b * (1 + r->n_values);
            sum[0] += weight;
            for (uint32_t c = 0; c < r->n_values; c++)
                sum[1 + c] += weight * x[c];
        }
        if (u % 64 == 0 && job_step(r->job, "resampling the users", atomic_load(&r->done) + u - from, r->n_users, "users"))
            atomic_store(&r->cancelled, true);
    }
    atomic_fetch_add(&r->done, to - from);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Of n sorted values, interpolated between neighbours. */
static double quantile(const double *sorted, uint32_t n, double q)
{
    double at = q * (n - 1);
    uint32_t low = (uint32_t)at, high = low + 1 < n ? low + 1 : low;
    return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}

/* means: n_values x resamples, sorted within a value.  A resample that drew nobody repeats the data's mean. */
static void finish(const struct resampling *r, double *means)
{
    size_t row = 1 + r->n_values, chunks = (r->n_users + CHUNK - 1) / CHUNK;
    for (size_t chunk = 1; chunk < chunks; chunk++)
        for (size_t i = 0; i < r->resamples * row; i++)
            r->sum[i] += r->sum[chunk * r->resamples * row + i];
    for (uint32_t c = 0; c < r->n_values; c++) {
        double mean = 0;
        for (uint32_t u = 0; u < r->n_users; u++)
            mean += (r->value[c][u] - (r->minus == NULL ? 0 : r->minus[c][u])) / r->n_users;
        for (uint32_t b = 0; b < r->resamples; b++) {
            const double *sum = r->sum + b * row;
            means[(size_t)c * r->resamples + b] = sum[0] > 0 ? sum[1 + c] / sum[0] : mean;
        }
        qsort(means + (size_t)c * r->resamples, r->resamples, sizeof *means, by_value);
    }
}

static int resample(struct resampling *r, const struct bootstrap_options *options, double **means, struct error *err)
{
    size_t chunks = (r->n_users + CHUNK - 1) / CHUNK;
    r->resamples = options->resamples == 0 ? 1000 : options->resamples;
    r->seed = options->seed;
    r->job = options->job;
    fill_limits(r->limit);
    r->sum = mem_zalloc(chunks * r->resamples, (1 + r->n_values) * sizeof *r->sum);
    *means = mem_alloc((size_t)r->n_values * r->resamples, sizeof **means);
    int rc = r->sum == NULL || *means == NULL ? error_nomem(err, "bootstrap") : 0;
    if (rc == 0) {
        pool_run(options->pool, chunks, resample_chunk, r);
        if (atomic_load(&r->cancelled))
            rc = job_error_cancelled(err, "bootstrap");
    }
    if (rc == 0)
        finish(r, *means);
    mem_free(r->sum);
    if (rc != 0)
        mem_free(*means);
    return rc;
}

static double tail(const struct bootstrap_options *options)
{
    return (1 - (options->level > 0 && options->level < 1 ? options->level : 0.95)) / 2;
}

int bootstrap_intervals(const struct evaluation *self, const struct bootstrap_options *options,
                        struct interval *out, struct error *err)
{
    const double *value[EVALUATE_COLUMNS_MAX];
    double *means, q = tail(options);
    struct resampling r = {.n_users = self->n_users, .user_key = self->user_key, .value = value};
    for (uint32_t c = 0; c < self->n_columns; c++)
        if (self->column[c].value != NULL)
            value[r.n_values++] = self->column[c].value;
    int rc = resample(&r, options, &means, err);
    if (rc != 0)
        return rc;
    const double *at = means;
    for (uint32_t c = 0; c < self->n_columns; c++) {
        out[c] = (struct interval){NAN, NAN};
        if (self->column[c].value == NULL)
            continue;
        out[c] = (struct interval){quantile(at, r.resamples, q), quantile(at, r.resamples, 1 - q)};
        at += r.resamples;
    }
    mem_free(means);
    return 0;
}

static int same_tests(const struct evaluation *a, const struct evaluation *b)
{
    int same = a->n_users == b->n_users && a->n_columns == b->n_columns &&
               memcmp(a->user_key, b->user_key, a->n_users * sizeof *a->user_key) == 0;
    for (uint32_t c = 0; same && c < a->n_columns; c++)
        same = a->column[c].metric == b->column[c].metric && a->column[c].k == b->column[c].k;
    return same;
}

static double two_sided(const double *sorted, uint32_t n)
{
    uint32_t below = 0, above = 0;
    for (uint32_t i = 0; i < n; i++) {
        below += sorted[i] <= 0;
        above += sorted[i] >= 0;
    }
    double p = 2.0 * (below < above ? below : above) / n;
    return p < 1 ? p : 1;
}

int bootstrap_differences(const struct evaluation *a, const struct evaluation *b,
                          const struct bootstrap_options *options, struct difference *out, struct error *err)
{
    const double *value[EVALUATE_COLUMNS_MAX], *minus[EVALUATE_COLUMNS_MAX];
    double *means, q = tail(options);
    if (!same_tests(a, b)) {
        error_set(err, E_USAGE, "comparison", "the two models were not tested on the same users with the same metrics");
        return error_hint(err, E_USAGE, "evaluate both on one split");
    }
    struct resampling r = {.n_users = a->n_users, .user_key = a->user_key, .value = value, .minus = minus};
    for (uint32_t c = 0; c < a->n_columns; c++)
        if (a->column[c].value != NULL) {
            minus[r.n_values] = a->column[c].value;
            value[r.n_values++] = b->column[c].value;
        }
    int rc = resample(&r, options, &means, err);
    if (rc != 0)
        return rc;
    const double *at = means;
    for (uint32_t c = 0; c < a->n_columns; c++) {
        out[c] = (struct difference){.mean = b->column[c].mean - a->column[c].mean, .low = NAN, .high = NAN, .p = NAN};
        if (a->column[c].value == NULL)
            continue;
        out[c].low = quantile(at, r.resamples, q);
        out[c].high = quantile(at, r.resamples, 1 - q);
        out[c].p = two_sided(at, r.resamples);
        out[c].significant = out[c].low > 0 || out[c].high < 0;
        at += r.resamples;
    }
    mem_free(means);
    return 0;
}
