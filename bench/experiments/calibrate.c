/* False alarms and coverage by simulation: how often a test rejects where there is nothing, and how often an interval
 * holds the truth.
 *
 *     calibrate [RUNS [NAME]]      (10,000 runs; a NAME runs the rows whose name holds it)
 *
 * Every row prints its rate with the Monte-Carlo error (one standard error), and is in order when the rate is within
 * three of them of what is promised, or below it for methods that only promise "at most". */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "stats/adjust.h"
#include "stats/anytime.h"
#include "stats/bayes.h"
#include "stats/exact.h"
#include "stats/family.h"
#include "stats/groupseq.h"
#include "stats/mean.h"
#include "stats/multiple.h"
#include "stats/order.h"
#include "stats/proportion.h"
#include "stats/rank.h"
#include "stats/resample.h"
#include "stats/shrink.h"
#include "stats/srm.h"
#include "stats/variate.h"

#define ALPHA 0.05
#define ARM_MAX 5000

static double a_values[ARM_MAX], b_values[ARM_MAX];

/* Revenue per user: one in twenty buys, for a lognormal amount. */
static double revenue(struct rng *rng)
{
    return rng_uniform(rng) < 0.05 ? exp(3 + rng_normal(rng)) : 0;
}

static const double revenue_mean = 0.05 * 33.11545195869231; /* e^3.5 */

static struct proportion rate_of(struct rng *rng, double n, double p)
{
    double x = 0;
    for (int i = 0; i < (int)n; i++)
        x += rng_uniform(rng) < p;
    return (struct proportion){x, n};
}

static struct moments draw(struct rng *rng, size_t n, double (*one)(struct rng *))
{
    struct moments m = {0};
    for (size_t i = 0; i < n; i++)
        moments_add(&m, one(rng));
    return m;
}

static bool z_rejects(struct rng *rng, double na, double nb, double rate)
{
    struct proportion a = rate_of(rng, na, rate), b = rate_of(rng, nb, rate);
    struct outcome o;
    proportion_z(&a, &b, true, false, 0, OUTCOME_TWO_SIDED, ALPHA, &o, NULL);
    return o.p <= ALPHA;
}

static bool z_test(struct rng *rng)
{
    return z_rejects(rng, 2000, 2000, 0.1);
}

static bool z_uneven(struct rng *rng)
{
    return z_rejects(rng, 4500, 500, 0.05);
}

static bool fisher(struct rng *rng)
{
    struct proportion a = rate_of(rng, 200, 0.03), b = rate_of(rng, 200, 0.03);
    struct exact_table t = {b.x, b.n - b.x, a.x, a.n - a.x};
    struct exact_answer e;
    exact_fisher(&t, OUTCOME_TWO_SIDED, &e, NULL);
    return e.p <= ALPHA;
}

static bool boschloo(struct rng *rng)
{
    struct proportion a = rate_of(rng, 25, 0.3), b = rate_of(rng, 25, 0.3);
    struct exact_table t = {b.x, b.n - b.x, a.x, a.n - a.x};
    struct exact_answer e;
    exact_boschloo(&t, OUTCOME_TWO_SIDED, &e, NULL);
    return e.p <= ALPHA;
}

static bool welch_small(struct rng *rng)
{
    struct moments a = draw(rng, 8, rng_normal), b = {0};
    for (int i = 0; i < 20; i++)
        moments_add(&b, 3 * rng_normal(rng));
    struct outcome o;
    mean_welch(&a, &b, 0, OUTCOME_TWO_SIDED, ALPHA, &o, NULL);
    return o.p <= ALPHA;
}

static bool welch_revenue(struct rng *rng)
{
    struct moments a = draw(rng, ARM_MAX, revenue), b = draw(rng, ARM_MAX, revenue);
    struct outcome o;
    mean_welch(&a, &b, 0, OUTCOME_TWO_SIDED, ALPHA, &o, NULL);
    return o.p <= ALPHA;
}

/* Users differ in how much they look and how readily they click: impressions of one user are not independent. */
static struct moments_pair clicks(struct rng *rng, size_t n)
{
    struct moments_pair m = {0};
    for (size_t i = 0; i < n; i++) {
        double views = 1 + variate_poisson(rng, 5 * variate_gamma(rng, 1)), taste = variate_beta(rng, 1, 9), x = 0;
        for (int v = 0; v < (int)views; v++)
            x += rng_uniform(rng) < taste;
        moments_pair_add(&m, views, x);
    }
    return m;
}

static bool ratio(struct rng *rng)
{
    struct moments_pair a = clicks(rng, 1000), b = clicks(rng, 1000);
    struct outcome o;
    mean_ratio_difference(&a, &b, 0, OUTCOME_TWO_SIDED, ALPHA, &o, NULL);
    return o.p <= ALPHA;
}

static bool ratio_lift(struct rng *rng)
{
    struct moments_pair a = clicks(rng, 1000), b = clicks(rng, 1000);
    struct outcome o;
    mean_ratio_lift(&a, &b, OUTCOME_TWO_SIDED, ALPHA, &o, NULL);
    return o.low > 0 || o.high < 0;
}

static bool clusters_of(struct rng *rng, int n)
{
    struct mean_cluster c[400] = {{0}};
    for (int g = 0; g < n; g++) {
        double own = rng_normal(rng);
        bool treated = g % 2 == 1; /* whole clusters are assigned */
        int size = 2 + (int)variate_poisson(rng, 6);
        for (int i = 0; i < size; i++) {
            double y = own + rng_normal(rng);
            c[g].n_a += !treated;
            c[g].n_b += treated;
            *(treated ? &c[g].sum_b : &c[g].sum_a) += y;
        }
    }
    struct outcome o;
    mean_clustered(c, (size_t)n, 0, OUTCOME_TWO_SIDED, ALPHA, &o, NULL);
    return o.p <= ALPHA;
}

static bool clusters(struct rng *rng)
{
    return clusters_of(rng, 60);
}

static bool more_clusters(struct rng *rng)
{
    return clusters_of(rng, 400);
}

static bool cuped(struct rng *rng)
{
    struct moments_pair arm[2] = {{.n = 0}, {.n = 0}};
    for (int i = 0; i < 2000; i++) {
        double x = variate_gamma(rng, 0.5), y = 2 * x + variate_exponential(rng);
        moments_pair_add(&arm[i % 2], x, y);
    }
    struct adjust_answer a;
    adjust_cuped(&arm[0], &arm[1], 0, OUTCOME_TWO_SIDED, ALPHA, &a, NULL);
    return a.outcome.p <= ALPHA;
}

static bool strata(struct rng *rng)
{
    struct moments a[4] = {{.n = 0}}, b[4] = {{.n = 0}};
    for (int i = 0; i < 800; i++) {
        int s = (int)rng_below(rng, 4);
        moments_add(rng_below(rng, 2) == 0 ? &a[s] : &b[s], 3 * s + rng_normal(rng));
    }
    struct adjust_answer r;
    adjust_poststratified(a, b, 4, 0, OUTCOME_TWO_SIDED, ALPHA, &r, NULL);
    return r.outcome.p <= ALPHA;
}

static bool mann_whitney(struct rng *rng)
{
    struct rank_answer r;
    for (int i = 0; i < 300; i++) {
        a_values[i] = variate_poisson(rng, 1.5); /* many ties */
        b_values[i] = variate_poisson(rng, 1.5);
    }
    rank_mann_whitney(a_values, 300, b_values, 300, OUTCOME_TWO_SIDED, RANK_AUTO, true, &r, NULL);
    return r.p <= ALPHA;
}

static bool median(struct rng *rng)
{
    struct order_arm a, b;
    struct outcome o;
    for (int i = 0; i < 1000; i++) {
        a_values[i] = exp(rng_normal(rng));
        b_values[i] = exp(rng_normal(rng));
    }
    order_arm(a_values, NULL, 1000, 0.5, &a, NULL);
    order_arm(b_values, NULL, 1000, 0.5, &b, NULL);
    order_difference(&a, &b, OUTCOME_TWO_SIDED, ALPHA, &o, NULL);
    return o.p <= ALPHA;
}

static bool p90_clustered(struct rng *rng)
{
    static uint32_t user[2][3000];
    struct order_arm arm[2];
    struct outcome o;
    for (int k = 0; k < 2; k++) {
        double *v = k == 0 ? a_values : b_values;
        for (uint32_t u = 0, i = 0; u < 600; u++) {
            double own = rng_normal(rng);
            for (int j = 0; j < 5; j++, i++) {
                user[k][i] = u;
                v[i] = exp(own + 0.5 * rng_normal(rng));
            }
        }
        order_arm(v, user[k], 3000, 0.9, &arm[k], NULL);
    }
    order_difference(&arm[0], &arm[1], OUTCOME_TWO_SIDED, ALPHA, &o, NULL);
    return o.p <= ALPHA;
}

static bool srm(struct rng *rng)
{
    double observed[3] = {0}, weights[3] = {0.1, 0.45, 0.45};
    for (int i = 0; i < 2000; i++) {
        double u = rng_uniform(rng);
        observed[u < 0.1 ? 0 : u < 0.55 ? 1 : 2]++;
    }
    struct srm_answer s;
    srm_chi2(observed, weights, 3, &s, NULL);
    return s.p <= ALPHA;
}

static bool srm_sequence(struct rng *rng)
{
    double observed[2] = {0}, weights[2] = {1, 1}, p = 1;
    for (int i = 0; i < 3000; i++) {
        observed[rng_below(rng, 2)]++;
        srm_sequential(observed, weights, 2, 0, p, &p, NULL);
    }
    return p <= ALPHA;
}

/* The bound is the same in every run, so that it is found once. */
static bool dunnett(struct rng *rng)
{
    static double bound;
    double lambda[4], squares, t = 0;
    for (int k = 0; k < 4; k++)
        lambda[k] = sqrt(30 / 70.0);
    if (bound == 0)
        bound = family_dunnett_upper_quantile(ALPHA, lambda, 4, 40 + 4 * 30 - 5, true);
    struct moments control = draw(rng, 40, rng_normal), arm[4];
    squares = control.m2;
    for (int k = 0; k < 4; k++) {
        arm[k] = draw(rng, 30, rng_normal);
        squares += arm[k].m2;
    }
    for (int k = 0; k < 4; k++)
        t = fmax(t, fabs(arm[k].mean - control.mean));
    return t / sqrt(squares / (40 + 4 * 30 - 5) * (1 / 40.0 + 1 / 30.0)) >= bound;
}

static bool holm(struct rng *rng)
{
    double p[5], adjusted[5];
    bool reject[5];
    for (int k = 0; k < 5; k++) {
        struct moments a = draw(rng, 100, rng_normal), b = draw(rng, 100, rng_normal);
        struct outcome o;
        mean_welch(&a, &b, 0, OUTCOME_TWO_SIDED, ALPHA, &o, NULL);
        p[k] = o.p;
    }
    multiple_adjust(p, 5, MULTIPLE_HOLM, ALPHA, adjusted, reject, NULL);
    return reject[0] || reject[1] || reject[2] || reject[3] || reject[4];
}

static bool looks(struct rng *rng, enum groupseq_family family)
{
    static double t[5], z[2][5];
    static bool known[2];
    if (!known[family]) {
        for (int k = 0; k < 5; k++)
            t[k] = (k + 1) / 5.0;
        groupseq_bounds(family, 0, ALPHA, true, t, 5, z[family], NULL, NULL);
        known[family] = true;
    }
    struct moments a = {0}, b = {0};
    for (int k = 0; k < 5; k++) {
        for (int i = 0; i < 300; i++) {
            moments_add(&a, variate_exponential(rng));
            moments_add(&b, variate_exponential(rng));
        }
        struct outcome o;
        mean_welch(&a, &b, 0, OUTCOME_TWO_SIDED, ALPHA, &o, NULL);
        if (fabs(o.statistic) >= z[family][k])
            return true;
    }
    return false;
}

static bool obrien_fleming(struct rng *rng)
{
    return looks(rng, GROUPSEQ_OBRIEN_FLEMING);
}

static bool pocock(struct rng *rng)
{
    return looks(rng, GROUPSEQ_POCOCK);
}

/* Looks after every ten users per arm, from 100 users per arm on. */
static bool peek(struct rng *rng, int method)
{
    struct moments a = {0}, b = {0};
    double rho = anytime_rho(2000, ALPHA);
    for (int i = 1; i <= 4000; i++) {
        moments_add(&a, variate_exponential(rng));
        moments_add(&b, variate_exponential(rng));
        if (i < 100 || i % 10 != 0)
            continue;
        double se = sqrt(moments_variance(&a) / a.n + moments_variance(&b) / b.n), d = b.mean - a.mean;
        struct anytime_answer r = {.p = 1};
        if (method == 0)
            r.p = fabs(d) / se >= 1.959963984540054 ? 0 : 1;
        else if (method == 1)
            anytime_msprt(d, se, 0.1, ALPHA, &r, NULL);
        else
            anytime_asymptotic(d, se, 2.0 * i, rho, ALPHA, method == 3, &r, NULL);
        if (r.p <= ALPHA)
            return true;
    }
    return false;
}

static bool peek_naive(struct rng *rng)
{
    return peek(rng, 0);
}

static bool peek_msprt(struct rng *rng)
{
    return peek(rng, 1);
}

static bool peek_asymptotic(struct rng *rng)
{
    return peek(rng, 2);
}

static bool peek_one_sided(struct rng *rng)
{
    return peek(rng, 3);
}

static bool peek_bounded(struct rng *rng)
{
    struct anytime_bounded s;
    anytime_bounded_init(&s, ALPHA, NULL);
    for (int i = 0; i < 3000; i++) {
        anytime_bounded_add(&s, rng_uniform(rng) < 0.1, NULL);
        if (s.low > 0.1 || s.high < 0.1)
            return true;
    }
    return false;
}

static bool peek_normal_mixture(struct rng *rng)
{
    double sum = 0, rho = anytime_best_rho(500, ALPHA);
    for (int i = 1; i <= 3000; i++) {
        sum += rng_normal(rng);
        if (fabs(sum) >= anytime_normal_mixture(i, rho, ALPHA))
            return true;
    }
    return false;
}

static bool peek_stitched(struct rng *rng)
{
    double sum = 0;
    for (int i = 1; i <= 3000; i++) {
        sum += rng_normal(rng);
        if (fabs(sum) >= anytime_stitched(i, 1, 0.5 * ALPHA, 0))
            return true;
    }
    return false;
}

/* Intervals: true when the truth is outside. */
static bool wilson(struct rng *rng)
{
    struct proportion p = rate_of(rng, 150, 0.08);
    double l, h;
    proportion_interval(&p, PROPORTION_WILSON, ALPHA, &l, &h, NULL);
    return l > 0.08 || h < 0.08;
}

static bool newcombe(struct rng *rng)
{
    struct proportion a = rate_of(rng, 300, 0.05), b = rate_of(rng, 250, 0.09);
    double l, h;
    proportion_difference_interval(&a, &b, PROPORTION_NEWCOMBE, ALPHA, &l, &h, NULL);
    return l > 0.04 || h < 0.04;
}

static bool miettinen(struct rng *rng)
{
    struct proportion a = rate_of(rng, 300, 0.05), b = rate_of(rng, 250, 0.09);
    double l, h;
    proportion_difference_interval(&a, &b, PROPORTION_MIETTINEN_NURMINEN, ALPHA, &l, &h, NULL);
    return l > 0.04 || h < 0.04;
}

static bool lift_delta(struct rng *rng)
{
    struct moments a = draw(rng, 500, variate_exponential), b = draw(rng, 500, variate_exponential);
    struct outcome o;
    b.mean *= 1.2;
    b.m2 *= 1.44;
    mean_lift(&a, &b, OUTCOME_TWO_SIDED, ALPHA, &o, NULL);
    return o.low > 0.2 || o.high < 0.2;
}

static bool lift_fieller(struct rng *rng)
{
    struct moments a = draw(rng, 60, variate_exponential), b = draw(rng, 60, variate_exponential);
    struct outcome o;
    mean_lift_fieller(&a, &b, ALPHA, &o, NULL);
    return o.low > 0 || o.high < 0;
}

static bool order_median(struct rng *rng)
{
    double l, h, coverage;
    for (int i = 0; i < 200; i++)
        a_values[i] = rng_normal(rng);
    order_sort(a_values, 200);
    order_interval(a_values, 200, 0.5, ALPHA, &l, &h, &coverage, NULL);
    return l > 0 || h < 0;
}

static bool bootstrap(struct rng *rng)
{
    struct resample_options o = {.resamples = 1000, .seed = rng_next(rng), .alpha = ALPHA};
    struct resample_arm arm = {.y = a_values, .n = 500};
    struct resample_answer r;
    for (int i = 0; i < 500; i++)
        a_values[i] = variate_exponential(rng);
    resample_interval(&arm, NULL, RESAMPLE_VALUE, &o, &r, NULL);
    return r.low > 1 || r.high < 1;
}

static bool bootstrap_binned(struct rng *rng)
{
    struct resample_options o = {.resamples = 1000, .seed = rng_next(rng), .alpha = ALPHA};
    struct resample_arm arm = {.y = a_values, .n = ARM_MAX};
    struct resample_answer r;
    for (int i = 0; i < ARM_MAX; i++)
        a_values[i] = exp(0.5 * rng_normal(rng));
    resample_interval(&arm, NULL, RESAMPLE_VALUE, &o, &r, NULL);
    double truth = exp(0.125);
    return r.low > truth || r.high < truth;
}

static bool bootstrap_revenue(struct rng *rng)
{
    struct resample_options o = {.resamples = 1000, .seed = rng_next(rng), .alpha = ALPHA};
    struct resample_arm arm = {.y = a_values, .n = ARM_MAX};
    struct resample_answer r;
    for (int i = 0; i < ARM_MAX; i++)
        a_values[i] = revenue(rng);
    resample_interval(&arm, NULL, RESAMPLE_VALUE, &o, &r, NULL);
    return r.low > revenue_mean || r.high < revenue_mean;
}

/* A truth drawn from the prior, and data from the truth. */
static bool credible(struct rng *rng)
{
    double p = variate_beta(rng, 2, 30), l, h;
    struct proportion x = rate_of(rng, 200, p);
    struct bayes_posterior post;
    bayes_rate(2, 30, x.x, x.n, &post, NULL);
    bayes_interval(&post, ALPHA, &l, &h, NULL);
    return l > p || h < p;
}

static bool winner(struct rng *rng)
{
    struct shrink_winner w;
    double z;
    do
        z = 1 + rng_normal(rng);
    while (fabs(z) < 1.959963984540054);
    shrink_winner(z, 1, ALPHA, false, ALPHA, &w, NULL);
    return w.low > 1 || w.high < 1;
}

static bool winner_naive(struct rng *rng)
{
    double z;
    do
        z = 1 + rng_normal(rng);
    while (fabs(z) < 1.959963984540054);
    return fabs(z - 1) > 1.959963984540054;
}

static bool group_sequential_interval(struct rng *rng)
{
    static const double t[3] = {1 / 3.0, 2 / 3.0, 1};
    static double z[3];
    if (z[0] == 0)
        groupseq_bounds(GROUPSEQ_POCOCK, 0, ALPHA, true, t, 3, z, NULL, NULL);
    double s = 0, truth = 2;
    for (size_t k = 0; k < 3; k++) {
        s += truth / 3 + rng_normal(rng) * sqrt(1 / 3.0);
        double now = s / sqrt(t[k]), se = 1 / sqrt(t[k]);
        if (fabs(now) >= z[k] || k == 2) {
            struct groupseq_answer a;
            groupseq_analyse(t, z, k, true, now * se, se, ALPHA, &a, NULL);
            return a.low > truth || a.high < truth;
        }
    }
    return false;
}

static const struct row {
    const char *name;
    bool (*run)(struct rng *rng);
    bool at_most;   /* the method promises no more than that it is not above */
    int share;      /* of the runs, for slow ones: 1/share */
    bool shows;     /* there to show what goes wrong: not judged */
} rows[] = {
    {"z test, pooled, 2 x 2000 at 10 %", z_test, false, 1, false},
    {"z test, pooled, 4500 and 500 at 5 %", z_uneven, false, 1, false},
    {"Fisher, 2 x 200 at 3 %", fisher, true, 1, false},
    {"Boschloo, 2 x 25 at 30 %", boschloo, true, 20, false},
    {"Welch, 8 and 20 normals, spread 1 and 3", welch_small, false, 1, false},
    {"Welch, revenue of 2 x 5000 (5 % buy, lognormal)", welch_revenue, false, 1, false},
    {"ratio of clicks to views by the delta method", ratio, false, 1, false},
    {"lift of the same ratio", ratio_lift, false, 1, false},
    {"clustered mean, 60 whole clusters (state few)", clusters, false, 1, true},
    {"clustered mean, 400 whole clusters", more_clusters, false, 1, false},
    {"CUPED on skewed covariates", cuped, false, 1, false},
    {"post-stratified, 4 strata", strata, false, 1, false},
    {"Mann-Whitney, many ties", mann_whitney, false, 1, false},
    {"difference of medians", median, false, 1, false},
    {"difference of 90 % quantiles, 5 values per user", p90_clustered, false, 1, false},
    {"sample-ratio mismatch, 3 arms", srm, false, 1, false},
    {"sample-ratio mismatch at 3000 looks", srm_sequence, true, 1, false},
    {"Dunnett, 4 arms against control: any", dunnett, false, 1, false},
    {"Holm, 5 metrics: any", holm, true, 1, false},
    {"O'Brien-Fleming spending, 5 looks", obrien_fleming, false, 1, false},
    {"Pocock spending, 5 looks", pocock, false, 1, false},
    {"peeking 391 times at 1.96 (shows why not)", peek_naive, false, 1, true},
    {"mixture SPRT, 391 looks", peek_msprt, true, 1, false},
    {"asymptotic sequence, 391 looks", peek_asymptotic, true, 1, false},
    {"asymptotic sequence, one-sided, 391 looks", peek_one_sided, true, 1, false},
    {"bounded mean (empirical Bernstein), 3000 looks", peek_bounded, true, 1, false},
    {"normal mixture boundary, 3000 looks", peek_normal_mixture, true, 1, false},
    {"stitched boundary, 3000 looks", peek_stitched, true, 1, false},
    {"interval: Wilson, 150 at 8 %", wilson, false, 1, false},
    {"interval: Newcombe, 5 % and 9 %", newcombe, false, 1, false},
    {"interval: Miettinen-Nurminen, 5 % and 9 %", miettinen, false, 1, false},
    {"interval: lift by the delta method", lift_delta, false, 1, false},
    {"interval: lift by Fieller, 2 x 60", lift_fieller, false, 1, false},
    {"interval: median by order statistics", order_median, true, 1, false},
    {"interval: BCa of a mean, 500 exponentials", bootstrap, false, 1, false},
    {"interval: BCa of a mean, 5000 users in bins", bootstrap_binned, false, 4, false},
    {"interval: BCa of revenue, 5000 users (250 buy)", bootstrap_revenue, false, 4, true},
    {"interval: credible, truth from the prior", credible, false, 1, false},
    {"interval: stagewise after Pocock, 3 looks", group_sequential_interval, false, 1, false},
    {"interval: winners, conditional", winner, false, 1, false},
    {"interval: winners, as they are (shows why not)", winner_naive, false, 1, true},
};

int main(int argc, char **argv)
{
    long runs = argc > 1 ? strtol(argv[1], NULL, 10) : 10000;
    int bad = 0;
    printf("| method | runs | rate at 5 %% | Monte-Carlo error | |\n|---|---|---|---|---|\n");
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        const struct row *row = &rows[r];
        long n = runs / row->share, hits = 0;
        if (argc > 2 && strstr(row->name, argv[2]) == NULL)
            continue;
        for (long i = 0; i < n; i++) {
            struct rng rng;
            rng_init(&rng, 20240501 + r, (uint64_t)i);
            hits += row->run(&rng);
        }
        double p = (double)hits / (double)n, error = sqrt(ALPHA * (1 - ALPHA) / (double)n), off = p - ALPHA;
        bool good = off <= 3 * error && (row->at_most || off >= -3 * error);
        bad += !good && !row->shows;
        printf("| %s | %ld | %.2f %% | %.2f %% | %s |\n", row->name, n, 100 * p, 100 * error,
               row->shows ? "not judged" : good ? (row->at_most ? "holds" : "within 3 errors") : "OFF");
        fflush(stdout);
    }
    return bad != 0;
}
