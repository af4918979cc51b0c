/* Speed of what is asked for in requests, or of millions of users: assignment, bootstrap, analysis. */
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "base/mem.h"
#include "base/pool.h"
#include "base/rng.h"
#include "stats/adjust.h"
#include "stats/anytime.h"
#include "stats/assign.h"
#include "stats/groupseq.h"
#include "stats/mean.h"
#include "stats/resample.h"
#include "stats/variate.h"

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Of this process alone: others may run beside it. */
static double busy(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void assignment(void)
{
    enum { UNITS = 1024, CALLS = 2000000 };
    static char unit[UNITS][32];
    static struct assign_table table;
    const uint32_t weights[] = {5000, 5000};
    assign_init(&table, weights, 2, ASSIGN_SLOTS, true, NULL);
    for (int i = 0; i < UNITS; i++)
        snprintf(unit[i], sizeof unit[i], "user-%d-%08x", i, (unsigned)(i * 2654435761u));
    for (int scheme = 0; scheme <= HASH_STATSIG; scheme++) {
        unsigned sum = 0;
        double start = busy();
        for (int i = 0; i < CALLS; i++) {
            uint16_t arm = 0;
            assign_arm(&table, (enum hash_scheme)scheme, "checkout-button.color", unit[i % UNITS], &arm, NULL);
            sum += arm;
        }
        printf("| assignment, %s | %.0f ns | %.3f in arm 1 |\n", hash_scheme_name((enum hash_scheme)scheme),
               (busy() - start) / CALLS * 1e9, (double)sum / CALLS);
    }
}

static void bootstrap(size_t n, bool two, double buyers, struct pool *pool)
{
    double *y = mem_alloc(n, sizeof *y);
    struct rng rng;
    rng_init(&rng, 1, 0);
    for (size_t i = 0; i < n && y != NULL; i++)
        y[i] = rng_uniform(&rng) < buyers ? exp(3 + 0.8 * rng_normal(&rng)) : 0;
    if (y == NULL)
        return;
    struct resample_options o = {.resamples = 10000, .seed = 1, .alpha = 0.05, .pool = pool};
    struct resample_arm a = {.y = y, .n = two ? n / 2 : n}, b = {.y = y + n / 2, .n = n / 2};
    struct resample_answer r = {0};
    double start = now();
    resample_interval(&a, two ? &b : NULL, two ? RESAMPLE_DIFFERENCE : RESAMPLE_VALUE, &o, &r, NULL);
    double seconds = now() - start;
    struct moments m;
    moments_of(y, a.n, &m, NULL);
    printf("| bootstrap, 10,000 resamples of %zu users%s, %.0f %% buy | %.2f s | [%.5f, %.5f], se %.5f (of the mean: %.5f) |\n", n,
           two ? " in two arms" : "", 100 * buyers, seconds, r.low, r.high, r.se,
           two ? sqrt(2 * moments_variance(&m) / m.n) : sqrt(moments_variance(&m) / m.n));
    mem_free(y);
}

static void analysis(void)
{
    enum { BLOCK = 1 << 16, METRICS = 5 };
    static double x[BLOCK], y[METRICS][BLOCK];
    static unsigned char arm[BLOCK];
    struct moments_pair m[METRICS][2] = {{{.n = 0}}};
    struct rng rng;
    rng_init(&rng, 2, 0);
    for (int i = 0; i < BLOCK; i++) {
        x[i] = variate_exponential(&rng);
        arm[i] = (unsigned char)rng_below(&rng, 2);
        for (int k = 0; k < METRICS; k++)
            y[k][i] = x[i] + rng_normal(&rng);
    }
    double start = now(), users = 0, t[2] = {0.5, 1}, z[2];
    for (; users < 1e7; users += BLOCK)
        for (int k = 0; k < METRICS; k++)
            for (int i = 0; i < BLOCK; i++)
                moments_pair_add(&m[k][arm[i]], x[i], y[k][i]);
    groupseq_bounds(GROUPSEQ_OBRIEN_FLEMING, 0, 0.05, true, t, 2, z, NULL, NULL);
    for (int k = 0; k < METRICS; k++) {
        struct adjust_answer c;
        struct anytime_answer s, q;
        struct groupseq_answer g;
        adjust_cuped(&m[k][0], &m[k][1], 0, OUTCOME_TWO_SIDED, 0.05, &c, NULL);
        anytime_msprt(c.outcome.effect, c.outcome.se, 0.01, 0.05, &s, NULL);
        anytime_asymptotic(c.outcome.effect, c.outcome.se, users, anytime_rho(1e6, 0.05), 0.05, false, &q, NULL);
        groupseq_analyse(t, z, 1, true, c.outcome.effect, c.outcome.se, 0.05, &g, NULL);
    }
    printf("| moments of 10 million users x 5 metrics, CUPED, 3 sequential methods, one thread | %.2f s | |\n", now() - start);
}

int main(void)
{
    struct pool *pool = pool_new(2);
    printf("| what | time | |\n|---|---|---|\n");
    assignment();
    bootstrap(1000000, false, 0.05, pool);
    bootstrap(1000000, false, 1, pool);
    bootstrap(1000000, true, 1, pool);
    analysis();
    pool_free(pool);
    return 0;
}
