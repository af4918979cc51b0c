/* Properties of src/stats that known answers do not show: threads, merging, rounding over many updates, slots. */
#include "check_main.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/rng.h"
#include "stats/agreement.h"
#include "stats/anytime.h"
#include "stats/assign.h"
#include "stats/bandit.h"
#include "stats/beta.h"
#include "stats/discrete.h"
#include "stats/gamma.h"
#include "stats/groupseq.h"
#include "stats/interleave.h"
#include "stats/linear_bandit.h"
#include "stats/mean.h"
#include "stats/moments.h"
#include "stats/normal.h"
#include "stats/policy.h"
#include "stats/power.h"
#include "stats/quadrature.h"
#include "stats/rank.h"
#include "stats/resample.h"
#include "stats/root.h"
#include "stats/special.h"
#include "stats/student.h"
#include "stats/variate.h"

static void near_to(double got, double want, double tolerance)
{
    ck_assert_msg(fabs(got - want) <= tolerance * fmax(1, fabs(want)), "%.17g is not %.17g", got, want);
}

START_TEST(quantiles_undo_distributions)
{
    struct rng rng;
    rng_init(&rng, 1, 0);
    for (int i = 0; i < 300; i++) {
        double a = exp(8 * rng_uniform(&rng)), b = exp(8 * rng_uniform(&rng)), p = rng_uniform(&rng);
        near_to(beta_cdf(beta_quantile(p, a, b), a, b), p, 1e-11);
        near_to(gamma_cdf(gamma_quantile(p, a), a), p, 1e-10);
        near_to(student_cdf(student_quantile(p, a), a), p, 1e-10);
        near_to(normal_cdf(normal_quantile(p)), p, 1e-14);
        double n = floor(1 + 1000 * rng_uniform(&rng)), k = discrete_binomial_quantile(p, n, 0.3);
        ck_assert(discrete_binomial_cdf(k, n, 0.3) >= p && (k == 0 || discrete_binomial_cdf(k - 1, n, 0.3) < p));
    }
}
END_TEST

START_TEST(tails_add_up)
{
    struct rng rng;
    rng_init(&rng, 2, 0);
    for (int i = 0; i < 300; i++) {
        double a = exp(6 * rng_uniform(&rng) - 2), b = exp(6 * rng_uniform(&rng) - 2), x = rng_uniform(&rng);
        near_to(beta_cdf(x, a, b) + beta_sf(x, a, b), 1, 1e-13);
        near_to(beta_cdf(x, a, b), beta_sf(1 - x, b, a), 1e-12);
        near_to(gamma_cdf(a * x, a) + gamma_sf(a * x, a), 1, 1e-13);
        ck_assert(beta_cdf(x, a, b) >= beta_cdf(x * 0.99, a, b));
    }
}
END_TEST

START_TEST(moments_merge_as_if_added)
{
    struct moments all = {0}, part[3] = {{.n = 0}, {.n = 0}, {.n = 0}}, merged = {0};
    struct moments_pair pair = {0}, half[2] = {{.n = 0}, {.n = 0}};
    struct rng rng;
    rng_init(&rng, 3, 0);
    for (int i = 0; i < 1000; i++) {
        double x = 1e9 + rng_normal(&rng), y = 3 * x + rng_normal(&rng);
        moments_add(&all, x);
        moments_add(&part[i % 3], x);
        moments_pair_add(&pair, x, y);
        moments_pair_add(&half[i % 2], x, y);
    }
    for (int i = 0; i < 3; i++)
        moments_merge(&merged, &part[i]);
    near_to(merged.mean, all.mean, 1e-15);
    near_to(moments_variance(&merged), moments_variance(&all), 1e-6);
    ck_assert(fabs(moments_variance(&all) - 1) < 0.2); /* a mean of 1e9 took nothing away */
    moments_pair_merge(&half[0], &half[1]);
    near_to(half[0].xy / pair.xy, 1, 1e-6);
    struct moments empty = {0};
    moments_merge(&empty, &all);
    ck_assert_double_eq(empty.m2, all.m2);
}
END_TEST

static struct resample_answer resample(const double *y, size_t n, struct pool *pool, uint64_t seed)
{
    struct resample_arm arm = {.y = y, .n = n};
    struct resample_options o = {.resamples = 2000, .seed = seed, .alpha = 0.05, .pool = pool};
    struct resample_answer r;
    ck_assert_int_eq(resample_interval(&arm, NULL, RESAMPLE_VALUE, &o, &r, NULL), 0);
    return r;
}

START_TEST(bootstrap_does_not_depend_on_threads)
{
    static double y[5000];
    struct rng rng;
    rng_init(&rng, 4, 0);
    for (int i = 0; i < 5000; i++)
        y[i] = rng_uniform(&rng) < 0.9 ? 0 : exp(rng_normal(&rng));
    struct pool *pool = pool_new(3);
    struct resample_answer one = resample(y, 5000, NULL, 7), three = resample(y, 5000, pool, 7), other = resample(y, 5000, pool, 8);
    pool_free(pool);
    ck_assert_double_eq(one.low, three.low);
    ck_assert_double_eq(one.se, three.se);
    ck_assert(one.low != other.low);
    struct moments m;
    ck_assert_int_eq(moments_of(y, 5000, &m, NULL), 0);
    near_to(one.se / sqrt(moments_variance(&m) / 5000), 1, 0.06);
}
END_TEST

START_TEST(bootstrap_can_be_cancelled_and_runs_out_of_memory_cleanly)
{
    double y[100];
    for (int i = 0; i < 100; i++)
        y[i] = i;
    struct job job;
    job_init(&job, NULL, NULL);
    job_cancel(&job);
    struct resample_arm arm = {.y = y, .n = 100};
    struct resample_options o = {.alpha = 0.05, .job = &job};
    struct resample_answer r;
    struct error err;
    ck_assert_int_eq(resample_interval(&arm, NULL, RESAMPLE_VALUE, &o, &r, &err), E_CANCELLED);
    o.job = NULL;
    for (unsigned long n = 1; n < 6; n++) {
        mem_fail_after(n);
        int rc = resample_interval(&arm, NULL, RESAMPLE_VALUE, &o, &r, &err);
        mem_fail_after(0);
        ck_assert(rc == 0 || rc == E_NOMEM);
    }
}
END_TEST

START_TEST(linear_bandit_keeps_its_inverse)
{
    enum { D = 6 };
    struct linear_bandit m;
    struct rng rng;
    double x[D];
    rng_init(&rng, 5, 0);
    ck_assert_int_eq(linear_bandit_init(&m, D, 0.5, NULL), 0);
    for (int i = 0; i < 2500; i++) {
        for (int j = 0; j < D; j++)
            x[j] = rng_normal(&rng);
        ck_assert_int_eq(linear_bandit_add(&m, x, 2 * x[0] - x[3] + rng_normal(&rng), 1, NULL), 0);
    }
    for (int i = 0; i < D; i++)
        for (int j = 0; j < D; j++) {
            double sum = 0;
            for (int k = 0; k < D; k++)
                sum += m.a[i * D + k] * m.inverse[k * D + j];
            near_to(sum, i == j, 1e-9);
        }
    near_to(m.theta[0], 2, 0.1);
    near_to(m.theta[3], -1, 0.1);
    ck_assert_int_eq(linear_bandit_discount(&m, 0.5, NULL), 0);
    near_to(m.theta[0], 2, 0.1);
    linear_bandit_release(&m);
}
END_TEST

START_TEST(changed_weights_move_no_more_than_they_must)
{
    struct assign_table before, after;
    const uint32_t old[] = {5000, 3000, 2000}, new[] = {4000, 3000, 2500, 500};
    uint32_t moved, changed = 0, count[4] = {0};
    ck_assert_int_eq(assign_init(&before, old, 3, ASSIGN_SLOTS, true, NULL), 0);
    after = before;
    ck_assert_int_eq(assign_change(&after, new, 4, &moved, NULL), 0);
    for (int s = 0; s < ASSIGN_SLOTS; s++) {
        changed += before.arm[s] != after.arm[s];
        ck_assert(before.arm[s] != 1 || after.arm[s] == 1); /* its weight stayed */
        count[after.arm[s]]++;
    }
    ck_assert_uint_eq(changed, 1000);
    ck_assert_uint_eq(moved, 1000);
    for (int i = 0; i < 4; i++)
        ck_assert_uint_eq(count[i], new[i]);
}
END_TEST

START_TEST(coverage_moves_nobody_between_arms)
{
    const uint32_t w[] = {5000, 5000};
    struct assign_table small, large;
    ck_assert_int_eq(assign_init(&small, w, 2, 500, true, NULL), 0);
    ck_assert_int_eq(assign_init(&large, w, 2, 5000, true, NULL), 0);
    for (int s = 0; s < ASSIGN_SLOTS; s++)
        ck_assert(small.arm[s] == ASSIGN_NOBODY || small.arm[s] == large.arm[s]);
}
END_TEST

START_TEST(layers_exclude_each_other)
{
    struct assign_table t;
    struct error err;
    assign_clear(&t);
    ck_assert_int_eq(assign_take(&t, 1, 6000, &err), 0);
    ck_assert_int_eq(assign_take(&t, 2, 4000, &err), 0);
    ck_assert_int_eq(assign_take(&t, 3, 1, &err), E_CONFLICT);
    assign_free(&t, 1);
    ck_assert_int_eq(assign_take(&t, 3, 100, &err), 0);
    int two = 0;
    for (int s = 0; s < ASSIGN_SLOTS; s++)
        two += t.arm[s] == 2;
    ck_assert_int_eq(two, 4000);
}
END_TEST

START_TEST(every_scheme_spreads_users_evenly)
{
    const uint32_t w[] = {2500, 2500, 2500, 2500};
    struct assign_table t;
    char unit[32];
    ck_assert_int_eq(assign_init(&t, w, 4, ASSIGN_SLOTS, true, NULL), 0);
    for (int scheme = 0; scheme <= HASH_STATSIG; scheme++) {
        double count[4] = {0}, chi2 = 0;
        for (int i = 0; i < 20000; i++) {
            uint16_t arm;
            snprintf(unit, sizeof unit, "user-%d", i);
            ck_assert_int_eq(assign_arm(&t, (enum hash_scheme)scheme, "salt", unit, &arm, NULL), 0);
            count[arm]++;
        }
        for (int a = 0; a < 4; a++)
            chi2 += (count[a] - 5000) * (count[a] - 5000) / 5000;
        ck_assert_msg(gamma_chi2_sf(chi2, 3) > 1e-4, "%s: %g %g %g %g", hash_scheme_name((enum hash_scheme)scheme), count[0],
                      count[1], count[2], count[3]);
    }
}
END_TEST

START_TEST(digests_are_the_published_ones)
{
    uint8_t out[32];
    static const uint8_t sha1[] = {0xa9, 0x99, 0x3e, 0x36, 0x47, 0x06, 0x81, 0x6a, 0xba, 0x3e};
    static const uint8_t md5[] = {0x90, 0x01, 0x50, 0x98, 0x3c, 0xd2, 0x4f, 0xb0};
    char long_text[200];
    digest_sha1("abc", 3, out);
    ck_assert_mem_eq(out, sha1, sizeof sha1);
    digest_md5("abc", 3, out);
    ck_assert_mem_eq(out, md5, sizeof md5);
    ck_assert_uint_eq(digest_murmur3("", 0, 0), 0);
    ck_assert_uint_eq(digest_murmur3("hello, world", 12, 0), 0x149bbb7f);
    memset(long_text, 'a', sizeof long_text);
    for (size_t n = 50; n < 130; n++) /* every way that padding falls: nothing is read or written beyond */
        digest_sha1(long_text, n, out), digest_md5(long_text, n, out);
}
END_TEST

START_TEST(drafted_lists_hold_each_item_once)
{
    uint32_t a[20], b[20], items[20];
    uint8_t team[20];
    size_t n;
    struct rng rng;
    double first = 0;
    for (uint32_t i = 0; i < 20; i++) {
        a[i] = i;
        b[i] = 19 - i;
    }
    for (uint64_t seed = 0; seed < 400; seed++) {
        rng_init(&rng, 9, seed);
        ck_assert_int_eq(interleave_team_draft(a, 20, b, 20, 10, &rng, items, team, &n, NULL), 0);
        ck_assert_uint_eq(n, 10);
        int picks = 0;
        for (size_t i = 0; i < n; i++) {
            picks += team[i];
            for (size_t j = 0; j < i; j++)
                ck_assert_uint_ne(items[i], items[j]);
        }
        ck_assert_int_eq(picks, 5);
        first += team[0];
    }
    ck_assert(fabs(first - 200) < 50); /* five standard deviations */
}
END_TEST

START_TEST(variates_have_their_moments)
{
    enum { N = 40000 };
    struct rng rng;
    struct moments poisson = {0}, large = {0}, g = {0}, b = {0}, t = {0};
    rng_init(&rng, 10, 0);
    for (int i = 0; i < N; i++) {
        moments_add(&poisson, variate_poisson(&rng, 2.5));
        moments_add(&large, variate_poisson(&rng, 400));
        moments_add(&g, variate_gamma(&rng, 0.4));
        moments_add(&b, variate_beta(&rng, 3, 7));
        moments_add(&t, variate_student(&rng, 10));
    }
    /* Within five standard errors. */
    ck_assert(fabs(poisson.mean - 2.5) < 5 * sqrt(2.5 / N) && fabs(moments_variance(&poisson) - 2.5) < 0.15);
    ck_assert(fabs(large.mean - 400) < 5 * sqrt(400.0 / N) && fabs(moments_variance(&large) - 400) < 20);
    ck_assert(fabs(g.mean - 0.4) < 5 * sqrt(0.4 / N) && fabs(moments_variance(&g) - 0.4) < 0.06);
    ck_assert(fabs(b.mean - 0.3) < 5 * sqrt(0.3 * 0.7 / 11 / N) && fabs(moments_variance(&b) - 0.21 / 11) < 0.002);
    ck_assert(fabs(t.mean) < 5 * sqrt(1.25 / N) && fabs(moments_variance(&t) - 1.25) < 0.1);
}
END_TEST

START_TEST(probabilities_of_play_sum_to_one)
{
    struct rng rng;
    rng_init(&rng, 11, 0);
    for (int i = 0; i < 30; i++) {
        struct bandit_arm arms[8];
        double p[8], sum = 0;
        size_t k = 2 + rng_below(&rng, 6);
        for (size_t j = 0; j < k; j++) {
            double n = (double)rng_below(&rng, 2000), s = floor(n * 0.1 * rng_uniform(&rng));
            arms[j] = (struct bandit_arm){n, s, s};
        }
        ck_assert_int_eq(bandit_thompson_beta(arms, k, 1, 1, p, NULL), 0);
        ck_assert_int_eq(bandit_top_two(p, k, 0.5, p, NULL), 0);
        ck_assert_int_eq(bandit_floor(p, k, 0.01, NULL), 0);
        for (size_t j = 0; j < k; j++) {
            ck_assert(p[j] >= 0.01 - 1e-12);
            sum += p[j];
        }
        near_to(sum, 1, 1e-9);
        ck_assert(bandit_draw(p, k, &rng) < k && bandit_draw_beta(arms, k, 1, 1, &rng) < k);
    }
}
END_TEST

START_TEST(more_looks_never_spend_more)
{
    double t[20], z[20], up[20], down[20];
    for (size_t n = 1; n <= 20; n++) {
        double total = 0;
        for (size_t k = 0; k < n; k++)
            t[k] = (double)(k + 1) / (double)n;
        for (int family = GROUPSEQ_OBRIEN_FLEMING; family <= GROUPSEQ_HSD; family++) {
            ck_assert_int_eq(groupseq_bounds((enum groupseq_family)family, 2, 0.05, true, t, n, z, NULL, NULL), 0);
            ck_assert_int_eq(groupseq_crossing(t, z, n, true, 0, up, down, NULL), 0);
            total = 0;
            for (size_t k = 0; k < n; k++)
                total += up[k] + down[k];
            near_to(total, 0.05, 1e-9);
        }
    }
}
END_TEST

static double cubic(const void *context, double x)
{
    return x * x * x - *(const double *)context;
}

static double wave(const void *context, double x)
{
    (void)context;
    return 1 + cos(x);
}

START_TEST(roots_and_integrals)
{
    double eight = 8, x = 0;
    ck_assert_int_eq(root_between(cubic, &eight, 0, 100, &x), 0);
    near_to(x, 2, 1e-15);
    ck_assert_int_eq(root_around(cubic, &eight, -50, 1, -1000, 1000, &x), 0);
    near_to(x, 2, 1e-15);
    ck_assert_int_eq(root_between(cubic, &eight, 3, 4, &x), -1);
    ck_assert_int_eq(root_around(cubic, &eight, 5, 1, 3, 9, &x), -1);
    near_to(quadrature_integrate(wave, NULL, 0, 20, 1, 1e-13, 0), 20 + sin(20), 1e-13);
    near_to(quadrature_over_normal(wave, NULL, 1e-13), 1 + exp(-0.5), 1e-13);
    ck_assert_double_eq(quadrature_integrate(wave, NULL, 3, 3, 1, 1e-9, 0), 0);
}
END_TEST

START_TEST(special_functions_hold_at_their_ends)
{
    near_to(special_log_sum(-INFINITY, -3), -3, 0);
    near_to(special_log_sum(log(2), log(3)), log(5), 1e-15);
    near_to(special_log1m_exp(-1e-20), log(1e-20), 1e-15);
    ck_assert(isinf(special_log1m_exp(0)));
    near_to(special_deviance(5, 5), 0, 0);
    near_to(special_deviance(5 + 1e-9, 5), 1e-19, 1e-25); /* d²/2m, where x ln(x/m) would leave nothing */
    near_to(special_stirling_error(7), special_stirling_error(7 - 1e-12), 1e-13); /* two ways meet here */
    ck_assert(isnan(special_log_beta_tail(-1, 2, 0.5, 0.5, false)));
    ck_assert_double_eq(special_log_gamma_tail(2, 0, true), 0);
}
END_TEST

START_TEST(designs_share_alpha_and_power)
{
    struct moments_pair users = {0};
    struct moments plain = moments_from_sums(4, 10, 30);
    double r, sd;
    near_to(plain.mean, 2.5, 0);
    near_to(moments_variance(&plain), 5.0 / 3, 1e-15);
    near_to(power_alpha(0.05, 5), 0.01, 1e-15);
    near_to(power_of_each(0.8, 3), 0.95, 1e-15);
    for (int i = 0; i < 100; i++)
        moments_pair_add(&users, 2, i % 2);
    ck_assert_int_eq(power_ratio_sd(&users, &r, &sd, NULL), 0);
    near_to(r, 0.25, 1e-15);
    near_to(sd, sqrt(0.25 * 100 / 99) / 2, 1e-12);
}
END_TEST

START_TEST(out_of_memory_is_said)
{
    double a[20], b[20];
    for (int i = 0; i < 20; i++) {
        a[i] = i;
        b[i] = i + 0.5;
    }
    struct rank_answer r;
    struct error err;
    for (unsigned long n = 1; n < 4; n++) {
        mem_fail_after(n);
        int rc = rank_mann_whitney(a, 20, b, 20, OUTCOME_TWO_SIDED, RANK_EXACT, true, &r, &err);
        mem_fail_after(0);
        ck_assert_int_eq(rc, E_NOMEM);
    }
    double t[2] = {0.5, 1}, z[2];
    mem_fail_after(1);
    int rc = groupseq_bounds(GROUPSEQ_POCOCK, 0, 0.05, true, t, 2, z, NULL, &err);
    mem_fail_after(0);
    ck_assert_int_eq(rc, E_NOMEM);
}
END_TEST

START_TEST(errors_are_sentences)
{
    struct error err;
    struct moments one = {1, 5, 0}, two = {2, 5, 1};
    struct outcome o;
    ck_assert_int_eq(mean_welch(&one, &two, 0, OUTCOME_TWO_SIDED, 0.05, &o, &err), E_BAD_DATA);
    ck_assert_str_eq(err.why, "has one user: a spread cannot be told");
    ck_assert_str_eq(err.hint, "wait for more users");
    struct policy_log log = {0};
    struct policy_value v;
    ck_assert_int_eq(policy_evaluate(&log, POLICY_IPS, INFINITY, 0.05, false, &v, &err), E_BAD_DATA);
    ck_assert(err.hint[0] != '\0');
    struct anytime_answer a;
    ck_assert_int_eq(anytime_msprt(1, 0, 1, 0.05, &a, &err), E_BAD_DATA);
    ck_assert(strstr(err.hint, "spread") != NULL);
}
END_TEST

/* Fleiss, Cohen & Everitt against the delta method with derivatives by differences. */
static double kappa_of(const double *p, size_t k)
{
    double n = 0, o = 0, e = 0;
    for (size_t i = 0; i < k * k; i++)
        n += p[i];
    for (size_t i = 0; i < k; i++) {
        double row = 0, col = 0;
        for (size_t j = 0; j < k; j++) {
            row += p[i * k + j] / n;
            col += p[j * k + i] / n;
        }
        o += p[i * k + i] / n;
        e += row * col;
    }
    return (o - e) / (1 - e);
}

static double delta_se(const double *counts, size_t k)
{
    double n = 0, sum = 0, mean = 0;
    for (size_t i = 0; i < k * k; i++)
        n += counts[i];
    for (size_t i = 0; i < k * k; i++) {
        double up[9], down[9], h = 1e-4;
        memcpy(up, counts, k * k * sizeof *up);
        memcpy(down, counts, k * k * sizeof *down);
        up[i] += h * n;
        down[i] -= h * n;
        double g = (kappa_of(up, k) - kappa_of(down, k)) / (2 * h);
        sum += counts[i] / n * g * g;
        mean += counts[i] / n * g;
    }
    return sqrt((sum - mean * mean) / n);
}

START_TEST(kappa_of_two_who_judge)
{
    static const double two[] = {20, 5, 10, 15}, three[] = {40, 3, 7, 2, 11, 5, 9, 4, 19};
    struct agreement a;
    ck_assert_int_eq(agreement_kappa(two, 2, 0.05, &a, NULL), 0);
    ck_assert_double_eq_tol(a.observed, 0.7, 1e-12);
    ck_assert_double_eq_tol(a.expected, 0.5, 1e-12);
    ck_assert_double_eq_tol(a.kappa, 0.4, 1e-12);
    ck_assert_double_eq_tol(a.se, delta_se(two, 2), 1e-7);
    ck_assert_double_eq_tol(a.high - a.kappa, 1.959963984540054 * a.se, 1e-12);
    ck_assert_int_eq(a.state, OUTCOME_OK);
    ck_assert_int_eq(agreement_kappa(three, 3, 0.05, &a, NULL), 0);
    ck_assert_double_eq_tol(a.kappa, kappa_of(three, 3), 1e-12);
    ck_assert_double_eq_tol(a.se, delta_se(three, 3), 1e-7);
    /* always, never, one word alone, few, none, nonsense */
    ck_assert_int_eq(agreement_kappa((const double[]){30, 0, 0, 10}, 2, 0.05, &a, NULL), 0);
    ck_assert_double_eq_tol(a.kappa, 1, 1e-12);
    ck_assert(a.high <= 1 && a.low <= 1);
    ck_assert_int_eq(agreement_kappa((const double[]){0, 10, 10, 0}, 2, 0.05, &a, NULL), 0);
    ck_assert_double_eq_tol(a.kappa, -1, 1e-12);
    ck_assert_int_eq(agreement_kappa((const double[]){10, 0, 0, 0}, 2, 0.05, &a, NULL), 0);
    ck_assert_int_eq(a.state, OUTCOME_NO_SPREAD);
    ck_assert_int_eq(agreement_kappa((const double[]){3, 1, 1, 3}, 2, 0.05, &a, NULL), 0);
    ck_assert_int_eq(a.state, OUTCOME_FEW);
    ck_assert_int_eq(agreement_kappa((const double[]){0, 0, 0, 0}, 2, 0.05, &a, NULL), E_BAD_DATA);
    ck_assert_int_eq(agreement_kappa((const double[]){1.5, 0, 0, -1}, 2, 0.05, &a, NULL), E_BAD_DATA);
    ck_assert_int_eq(agreement_kappa(two, 1, 0.05, &a, NULL), E_BAD_DATA);
}
END_TEST

CHECK_MAIN("stats", kappa_of_two_who_judge, quantiles_undo_distributions, tails_add_up, moments_merge_as_if_added,
           bootstrap_does_not_depend_on_threads, bootstrap_can_be_cancelled_and_runs_out_of_memory_cleanly,
           linear_bandit_keeps_its_inverse, changed_weights_move_no_more_than_they_must, coverage_moves_nobody_between_arms,
           layers_exclude_each_other, every_scheme_spreads_users_evenly, digests_are_the_published_ones,
           drafted_lists_hold_each_item_once, variates_have_their_moments, probabilities_of_play_sum_to_one,
           more_looks_never_spend_more, roots_and_integrals,
           special_functions_hold_at_their_ends, designs_share_alpha_and_power, out_of_memory_is_said, errors_are_sentences)
