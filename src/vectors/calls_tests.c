/* Tests of rates, means, ranks and shares, and p-values of many of them. */
#include <math.h>

#include "stats/exact.h"
#include "stats/mean.h"
#include "stats/multiple.h"
#include "stats/proportion.h"
#include "stats/rank.h"
#include "stats/srm.h"
#include "vectors/known.h"

static struct proportion read_rate(struct known *c, const char *x, const char *n)
{
    return (struct proportion){known_real(c, x), known_real(c, n)};
}

static int run_two_proportion_z(struct known *c, struct error *err)
{
    struct proportion a = read_rate(c, "x_a", "n_a"), b = read_rate(c, "x_b", "n_b");
    struct outcome o;
    int rc =
        proportion_z(&a, &b, known_choice(c, "variance", "pooled|unpooled") == 0, known_flag_or(c, "continuity", false),
                     known_real_or(c, "null", 0), known_alternative(c), known_real_or(c, "alpha", 0.05), &o, err);
    if (rc == 0)
        known_put_outcome(c, &o, "z");
    return rc;
}

static int run_proportion_lift(struct known *c, struct error *err)
{
    struct proportion a = read_rate(c, "x_a", "n_a"), b = read_rate(c, "x_b", "n_b");
    struct outcome o;
    int rc = proportion_lift(&a, &b, known_real_or(c, "alpha", 0.05), &o, err);
    if (rc == 0)
        known_put_outcome(c, &o, "z");
    return rc;
}

static void put_interval(struct known *c, double low, double high)
{
    known_put_real(c, "low", low);
    known_put_real(c, "high", high);
}

static int run_proportion_ci(struct known *c, struct error *err)
{
    struct proportion p = read_rate(c, "x", "n");
    double low, high;
    int rc = proportion_interval(
        &p, (enum proportion_method)known_choice(c, "method", "wilson|agresti_coull|clopper_pearson|wald|jeffreys"),
        known_real_or(c, "alpha", 0.05), &low, &high, err);
    if (rc == 0)
        put_interval(c, low, high);
    return rc;
}

static int run_two_proportion_diff_ci(struct known *c, struct error *err)
{
    struct proportion a = read_rate(c, "x_a", "n_a"), b = read_rate(c, "x_b", "n_b");
    double low, high;
    int method = known_choice(c, "method", "newcombe|wald|agresti_caffo|miettinen_nurminen");
    int rc = proportion_difference_interval(&a, &b, (enum proportion_difference_method)method,
                                            known_real_or(c, "alpha", 0.05), &low, &high, err);
    if (rc == 0)
        put_interval(c, low, high);
    return rc;
}

static struct exact_table read_table(struct known *c)
{
    size_t rows, columns;
    const double *t = known_matrix(c, "table", &rows, &columns);
    if (rows == 2 && columns == 2)
        return (struct exact_table){t[0], t[1], t[2], t[3]};
    return (struct exact_table){-1, 0, 0, 0}; /* refused */
}

static int put_exact(struct known *c, int rc, const struct exact_answer *a)
{
    if (rc != 0)
        return rc;
    known_put_real(c, "p_value", a->p);
    known_put_real(c, "log_p_value", a->log_p);
    if (a->has_odds_ratio)
        known_put_real(c, "sample_odds_ratio", a->odds_ratio);
    else
        known_put_text(c, "sample_odds_ratio", "nan"); /* the library's word for 0/0 */
    return 0;
}

static int run_fisher_exact(struct known *c, struct error *err)
{
    struct exact_table t = read_table(c);
    struct exact_answer a;
    return put_exact(c, exact_fisher(&t, known_alternative(c), &a, err), &a);
}

static int run_barnard_exact(struct known *c, struct error *err)
{
    struct exact_table t = read_table(c);
    struct exact_answer a;
    return put_exact(c, exact_barnard(&t, known_alternative(c), &a, err), &a);
}

static int run_boschloo_exact(struct known *c, struct error *err)
{
    struct exact_table t = read_table(c);
    struct exact_answer a;
    return put_exact(c, exact_boschloo(&t, known_alternative(c), &a, err), &a);
}

static int run_mann_whitney(struct known *c, struct error *err)
{
    size_t na, nb;
    const double *a = known_reals(c, "a", &na), *b = known_reals(c, "b", &nb);
    struct rank_answer r;
    int method = known_choice(c, "method", "auto|exact|asymptotic");
    int rc = rank_mann_whitney(a, na, b, nb, known_alternative(c), (enum rank_method)method,
                               known_flag_or(c, "continuity", true), &r, err);
    if (rc != 0)
        return rc;
    known_put_real(c, "u_a", r.u_a);
    known_put_real(c, "p_value", r.p);
    known_put_real(c, "log_p_value", r.log_p);
    known_put_real(c, "effect", r.effect);
    known_put_bool(c, "exact", r.exact);
    known_put_text(c, "state", outcome_state_name(r.state));
    return 0;
}

/* An arm given by count, mean and standard deviation: "mean_a", "sd_a", "n_a". */
static struct moments read_arm(struct known *c, const char *n, const char *mean, const char *sd)
{
    return moments_from_sd(known_real(c, n), known_real(c, mean), known_real(c, sd));
}

static int put_welch(struct known *c, const struct moments *a, const struct moments *b, struct error *err)
{
    struct outcome o;
    int rc =
        mean_welch(a, b, known_real_or(c, "null", 0), known_alternative(c), known_real_or(c, "alpha", 0.05), &o, err);
    if (rc == 0)
        known_put_outcome(c, &o, "t");
    return rc;
}

static int run_welch_t(struct known *c, struct error *err)
{
    struct moments a = read_arm(c, "n_a", "mean_a", "sd_a"), b = read_arm(c, "n_b", "mean_b", "sd_b");
    return put_welch(c, &a, &b, err);
}

static int read_raw(struct known *c, struct moments *a, struct moments *b, struct error *err)
{
    size_t na, nb;
    const double *va = known_reals(c, "a", &na), *vb = known_reals(c, "b", &nb);
    int rc = moments_of(va, na, a, err);
    return rc != 0 ? rc : moments_of(vb, nb, b, err);
}

static int run_welch_t_raw(struct known *c, struct error *err)
{
    struct moments a, b;
    int rc = read_raw(c, &a, &b, err);
    return rc != 0 ? rc : put_welch(c, &a, &b, err);
}

static int run_mean_lift(struct known *c, struct error *err)
{
    struct moments a = read_arm(c, "n_a", "mean_a", "sd_a"), b = read_arm(c, "n_b", "mean_b", "sd_b");
    struct outcome o;
    double alpha = known_real_or(c, "alpha", 0.05);
    int rc = known_choice(c, "method", "delta|fieller") == 0 ? mean_lift(&a, &b, known_alternative(c), alpha, &o, err)
                                                            : mean_lift_fieller(&a, &b, alpha, &o, err);
    if (rc == 0)
        known_put_outcome(c, &o, "statistic");
    return rc;
}

static int read_pairs(struct known *c, const char *x, const char *y, struct moments_pair *out, struct error *err)
{
    size_t n;
    const double *vx = known_reals(c, x, &n), *vy = known_reals_of(c, y, n);
    return moments_pair_of(vx, vy, vy == NULL ? 0 : n, out, err);
}

static int run_ratio_delta(struct known *c, struct error *err)
{
    struct moments_pair a, b;
    struct outcome o;
    int rc = read_pairs(c, "denominator_a", "numerator_a", &a, err);
    if (rc == 0)
        rc = read_pairs(c, "denominator_b", "numerator_b", &b, err);
    if (rc != 0)
        return rc;
    double alpha = known_real_or(c, "alpha", 0.05);
    rc = known_choice(c, "effect", "b-a|lift") == 0
             ? mean_ratio_difference(&a, &b, known_real_or(c, "null", 0), known_alternative(c), alpha, &o, err)
             : mean_ratio_lift(&a, &b, known_alternative(c), alpha, &o, err);
    if (rc == 0)
        known_put_outcome(c, &o, "z");
    return rc;
}

static int run_ratio_score(struct known *c, struct error *err)
{
    struct moments_pair a, b;
    struct outcome o;
    int rc = read_pairs(c, "denominator_a", "numerator_a", &a, err);
    if (rc == 0)
        rc = read_pairs(c, "denominator_b", "numerator_b", &b, err);
    if (rc == 0)
        rc = mean_ratio_score(&a, &b, known_alternative(c), known_real_or(c, "alpha", 0.05), &o, err);
    if (rc == 0)
        known_put_outcome(c, &o, "t");
    return rc;
}

static int run_ratio_of_arm(struct known *c, struct error *err)
{
    struct moments_pair m;
    double ratio, variance;
    int rc = read_pairs(c, "denominator", "numerator", &m, err);
    if (rc == 0)
        rc = mean_ratio(&m, &ratio, &variance, err);
    if (rc != 0)
        return rc;
    known_put_real(c, "ratio", ratio);
    known_put_real(c, "variance", variance);
    return 0;
}

static int run_clustered_mean(struct known *c, struct error *err)
{
    size_t n;
    const double *na = known_reals(c, "n_a", &n), *sa = known_reals_of(c, "sum_a", n);
    const double *nb = known_reals_of(c, "n_b", n), *sb = known_reals_of(c, "sum_b", n);
    struct mean_cluster *clusters = known_alloc(c, n, sizeof *clusters);
    if (c->failed)
        return 0;
    for (size_t i = 0; i < n; i++)
        clusters[i] = (struct mean_cluster){na[i], sa[i], nb[i], sb[i]};
    struct outcome o;
    int rc = mean_clustered(clusters, n, known_real_or(c, "null", 0), known_alternative(c),
                            known_real_or(c, "alpha", 0.05), &o, err);
    if (rc == 0)
        known_put_outcome(c, &o, "t");
    return rc;
}

static int run_icc(struct known *c, struct error *err)
{
    size_t n;
    const double *count = known_reals(c, "n", &n), *mean = known_reals_of(c, "mean", n),
                 *sd = known_reals_of(c, "sd", n);
    struct moments *clusters = known_alloc(c, n, sizeof *clusters);
    if (c->failed)
        return 0;
    for (size_t i = 0; i < n; i++)
        clusters[i] = moments_from_sd(count[i], mean[i], sd[i]);
    double icc;
    int rc = mean_icc(clusters, n, &icc, err);
    if (rc == 0)
        known_put_real(c, "icc", icc);
    return rc;
}

static int put_noninferiority(struct known *c, int rc, const struct outcome_noninferiority *o)
{
    if (rc != 0)
        return rc;
    known_put_text(c, "verdict", outcome_verdict_name(o->verdict));
    known_put_real(c, "statistic", o->statistic);
    known_put_real(c, "p_value", o->p);
    known_put_real(c, "log_p_value", o->log_p);
    known_put_real(c, "bound", o->bound);
    return 0;
}

static int run_noninferiority(struct known *c, struct error *err)
{
    struct outcome_noninferiority o;
    int rc = outcome_noninferiority(known_real(c, "effect"), known_real(c, "se"), known_real_or(c, "df", HUGE_VAL),
                                    known_real(c, "margin"), known_flag_or(c, "less_is_better", false),
                                    known_real_or(c, "alpha", 0.05), &o, err);
    return put_noninferiority(c, rc, &o);
}

static int run_noninferiority_relative(struct known *c, struct error *err)
{
    struct moments a = read_arm(c, "n_a", "mean_a", "sd_a"), b = read_arm(c, "n_b", "mean_b", "sd_b");
    struct outcome_noninferiority o;
    int rc = mean_noninferior(&a, &b, known_real(c, "margin"), known_flag_or(c, "less_is_better", false),
                              known_real_or(c, "alpha", 0.05), &o, err);
    return put_noninferiority(c, rc, &o);
}

static int run_srm_chi2(struct known *c, struct error *err)
{
    size_t arms;
    const double *observed = known_reals(c, "observed", &arms), *weights = known_reals_of(c, "weights", arms);
    struct srm_answer s;
    int rc = c->failed ? 0 : srm_chi2(observed, weights, arms, &s, err);
    if (rc != 0 || c->failed)
        return rc;
    known_put_real(c, "chi2", s.chi2);
    known_put_integer(c, "df", (int64_t)s.df);
    known_put_real(c, "p_value", s.p);
    known_put_real(c, "log_p_value", s.log_p);
    known_put_bool(c, "stray", s.stray);
    known_put_bool(c, "few", s.few);
    return 0;
}

static int run_independence(struct known *c, struct error *err)
{
    size_t rows, columns;
    const double *counts = known_matrix(c, "counts", &rows, &columns);
    struct srm_answer s;
    int rc = c->failed ? 0 : srm_independence(counts, rows, columns, &s, err);
    if (rc != 0 || c->failed)
        return rc;
    known_put_real(c, "chi2", s.chi2);
    known_put_integer(c, "df", (int64_t)s.df);
    known_put_real(c, "p_value", s.p);
    known_put_real(c, "log_p_value", s.log_p);
    known_put_bool(c, "few", s.few);
    return 0;
}

static int run_srm_sequential(struct known *c, struct error *err)
{
    size_t arms;
    double p;
    const double *observed = known_reals(c, "observed", &arms), *weights = known_reals_of(c, "weights", arms);
    int rc = c->failed ? 0
                       : srm_sequential(observed, weights, arms, known_real_or(c, "strength", 0),
                                        known_real_or(c, "previous", 1), &p, err);
    if (rc == 0 && !c->failed)
        known_put_real(c, "p_value", p);
    return rc;
}

static int run_adjust_p_values(struct known *c, struct error *err)
{
    size_t n;
    const double *p = known_reals(c, "p", &n);
    double *adjusted = known_alloc(c, n, sizeof *adjusted);
    bool *reject = known_alloc(c, n, sizeof *reject);
    if (c->failed)
        return 0;
    int method = known_choice(c, "method", "holm|bh|by|bonferroni|sidak|hochberg|none");
    int rc =
        multiple_adjust(p, n, (enum multiple_method)method, known_real_or(c, "alpha", 0.05), adjusted, reject, err);
    if (rc != 0)
        return rc;
    known_put_reals(c, "adjusted", adjusted, n);
    known_put_bools(c, "reject", reject, n);
    return 0;
}

#define OUTCOME " → effect, se, statistic, df, p_value, log_p_value, ci_low, ci_high, state"

const struct known_function calls_tests[] = {
    {"two_proportion_z",
     "x_a, n_a, x_b, n_b, variance pooled|unpooled, continuity, null, alternative, alpha → z and" OUTCOME,
     run_two_proportion_z},
    {"proportion_lift", "x_a, n_a, x_b, n_b, alpha" OUTCOME, run_proportion_lift},
    {"proportion_ci", "x, n, alpha, method wilson|agresti_coull|clopper_pearson|wald|jeffreys → low, high",
     run_proportion_ci},
    {"two_proportion_diff_ci",
     "x_a, n_a, x_b, n_b, alpha, method newcombe|wald|agresti_caffo|miettinen_nurminen → low, high",
     run_two_proportion_diff_ci},
    {"fisher_exact", "table (row: an arm), alternative → p_value, log_p_value, sample_odds_ratio", run_fisher_exact},
    {"barnard_exact", "table (row: an arm), alternative → p_value, log_p_value, sample_odds_ratio", run_barnard_exact},
    {"boschloo_exact", "table (row: an arm), alternative → p_value, log_p_value, sample_odds_ratio", run_boschloo_exact},
    {"mann_whitney", "a, b, alternative, method auto|exact|asymptotic, continuity → u_a, p_value, effect, exact, state",
     run_mann_whitney},
    {"welch_t", "mean_a, sd_a, n_a, mean_b, sd_b, n_b, null, alternative, alpha → t and" OUTCOME, run_welch_t},
    {"welch_t_raw", "a, b, null, alternative, alpha → t and" OUTCOME, run_welch_t_raw},
    {"mean_lift", "mean_a, sd_a, n_a, mean_b, sd_b, n_b, method delta|fieller, alternative, alpha" OUTCOME,
     run_mean_lift},
    {"ratio_of_arm", "denominator, numerator → ratio, variance", run_ratio_of_arm},
    {"ratio_delta",
     "denominator_a, numerator_a, denominator_b, numerator_b, effect b-a|lift, null, alternative, alpha → z "
     "and" OUTCOME,
     run_ratio_delta},
    {"ratio_score",
     "denominator_a, numerator_a, denominator_b, numerator_b, alternative, alpha → t and" OUTCOME, run_ratio_score},
    {"clustered_mean", "n_a, sum_a, n_b, sum_b (per cluster), null, alternative, alpha → t and" OUTCOME,
     run_clustered_mean},
    {"icc", "n, mean, sd (per cluster) → icc", run_icc},
    {"noninferiority", "effect, se, df, margin, less_is_better, alpha → verdict, statistic, p_value, bound",
     run_noninferiority},
    {"noninferiority_relative",
     "mean_a, sd_a, n_a, mean_b, sd_b, n_b, margin, less_is_better, alpha → verdict, statistic, p_value, bound",
     run_noninferiority_relative},
    {"srm_chi2", "observed, weights → chi2, df, p_value, log_p_value, stray, few", run_srm_chi2},
    {"independence_chi2", "counts (rows) → chi2, df, p_value, log_p_value, few", run_independence},
    {"srm_sequential", "observed, weights, strength, previous → p_value", run_srm_sequential},
    {"adjust_p_values", "p, method holm|bh|by|bonferroni|sidak|hochberg|none, alpha → adjusted, reject",
     run_adjust_p_values},
    {0},
};
