/* Effects with less noise, quantiles, resampling, many arms, shrinkage. */
#include <math.h>

#include "stats/adjust.h"
#include "stats/family.h"
#include "stats/order.h"
#include "stats/resample.h"
#include "stats/shrink.h"
#include "vectors/known.h"

static int put_adjusted(struct known *c, int rc, const struct adjust_answer *a)
{
    if (rc != 0)
        return rc;
    known_put_outcome(c, &a->outcome, "t");
    known_put_real(c, "mean_a", a->mean_a);
    known_put_real(c, "mean_b", a->mean_b);
    known_put_real(c, "theta", a->theta);
    known_put_real(c, "left", a->left);
    return 0;
}

static int run_cuped(struct known *c, struct error *err)
{
    size_t na, nb;
    const double *ya = known_reals(c, "y_a", &na), *yb = known_reals(c, "y_b", &nb);
    const double *xa = known_reals_of(c, "x_a", na), *xb = known_reals_of(c, "x_b", nb);
    struct moments_pair a, b;
    struct adjust_answer answer;
    if (c->failed)
        return 0;
    int rc = moments_pair_of(xa, ya, na, &a, err);
    if (rc == 0)
        rc = moments_pair_of(xb, yb, nb, &b, err);
    if (rc == 0)
        rc = adjust_cuped(&a, &b, known_real_or(c, "null", 0), known_alternative(c), known_real_or(c, "alpha", 0.05),
                          &answer, err);
    return put_adjusted(c, rc, &answer);
}

static int run_cuped_many(struct known *c, struct error *err)
{
    size_t n, k, m;
    const double *x = known_matrix(c, "x", &n, &k), *y = known_reals_of(c, "y", n);
    const uint32_t *treated = known_indices(c, "treated", &m);
    bool *in_b = known_alloc(c, n, sizeof *in_b);
    struct adjust_answer answer;
    if (c->failed)
        return 0;
    if (m != n)
        return error_set(err, E_BAD_DATA, c->function, "'treated' has not as many elements as 'y'");
    for (size_t i = 0; i < n; i++)
        in_b[i] = treated[i] != 0;
    int rc = adjust_cuped_many(x, k, y, in_b, n, known_real_or(c, "null", 0), known_alternative(c),
                               known_real_or(c, "alpha", 0.05), &answer, err);
    return put_adjusted(c, rc, &answer);
}

/* Arms as columns of count, mean and standard deviation. */
static struct moments *read_arms(struct known *c, const char *n_name, const char *mean_name, const char *sd_name,
                                 size_t *k)
{
    const double *n = known_reals(c, n_name, k), *mean = known_reals_of(c, mean_name, *k);
    const double *sd = known_reals_of(c, sd_name, *k);
    struct moments *arms = known_alloc(c, *k, sizeof *arms);
    for (size_t i = 0; i < *k && !c->failed; i++)
        arms[i] = moments_from_sd(n[i], mean[i], sd[i]);
    return arms;
}

static int run_poststratified(struct known *c, struct error *err)
{
    size_t ka, kb;
    struct moments *a = read_arms(c, "n_a", "mean_a", "sd_a", &ka), *b = read_arms(c, "n_b", "mean_b", "sd_b", &kb);
    struct adjust_answer answer;
    if (c->failed)
        return 0;
    if (ka != kb)
        return error_set(err, E_BAD_DATA, c->function, "control has %zu strata and treatment %zu", ka, kb);
    int rc = adjust_poststratified(a, b, ka, known_real_or(c, "null", 0), known_alternative(c),
                                   known_real_or(c, "alpha", 0.05), &answer, err);
    return put_adjusted(c, rc, &answer);
}

static int run_stratified_arms(struct known *c, struct error *err)
{
    size_t ka, kb;
    struct moments *a = read_arms(c, "n_a", "mean_a", "sd_a", &ka), *b = read_arms(c, "n_b", "mean_b", "sd_b", &kb), arm[2];
    if (c->failed)
        return 0;
    if (ka != kb)
        return error_set(err, E_BAD_DATA, c->function, "control has %zu strata and treatment %zu", ka, kb);
    int rc = adjust_stratified_arms(a, b, ka, &arm[0], &arm[1], err);
    if (rc != 0)
        return rc;
    known_put_real(c, "mean_a", arm[0].mean);
    known_put_real(c, "se_a", sqrt(moments_variance(&arm[0]) / arm[0].n));
    known_put_real(c, "mean_b", arm[1].mean);
    known_put_real(c, "se_b", sqrt(moments_variance(&arm[1]) / arm[1].n));
    return 0;
}

static int run_quantile(struct known *c, struct error *err)
{
    size_t n;
    const double *values = known_reals(c, "values", &n);
    double *sorted = known_alloc(c, n, sizeof *sorted), low, high, coverage, q = known_real(c, "q");
    if (c->failed)
        return 0;
    for (size_t i = 0; i < n; i++)
        sorted[i] = values[i];
    order_sort(sorted, n);
    int rc = order_interval(sorted, n, q, known_real_or(c, "alpha", 0.05), &low, &high, &coverage, err);
    if (rc != 0)
        return rc;
    known_put_real(c, "quantile", order_quantile(sorted, n, q));
    known_put_real(c, "low", low);
    known_put_real(c, "high", high);
    known_put_real(c, "coverage", coverage);
    return 0;
}

static int read_order_arm(struct known *c, const char *values, const char *users, double q, struct order_arm *out,
                          struct error *err)
{
    size_t n, m;
    const double *v = known_reals(c, values, &n);
    const uint32_t *user = known_has(c, users) ? known_indices(c, users, &m) : NULL;
    if (user != NULL && m != n)
        return error_set(err, E_BAD_DATA, c->function, "'%s' and '%s' differ in length", values, users);
    return c->failed ? 0 : order_arm(v, user, n, q, out, err);
}

static int run_quantile_difference(struct known *c, struct error *err)
{
    struct order_arm a = {0}, b = {0};
    struct outcome o;
    double q = known_real(c, "q");
    int rc = read_order_arm(c, "a", "user_a", q, &a, err);
    if (rc == 0)
        rc = read_order_arm(c, "b", "user_b", q, &b, err);
    if (rc == 0)
        rc = order_difference(&a, &b, known_alternative(c), known_real_or(c, "alpha", 0.05), &o, err);
    if (rc != 0)
        return rc;
    known_put_outcome(c, &o, "z");
    known_put_real(c, "quantile_a", a.value);
    known_put_real(c, "quantile_b", b.value);
    known_put_real(c, "se_a", a.se);
    known_put_real(c, "se_b", b.se);
    return 0;
}

static int run_winsorise(struct known *c, struct error *err)
{
    size_t n;
    double cap;
    const double *values = known_reals(c, "values", &n);
    double *capped = known_alloc(c, n, sizeof *capped);
    if (c->failed)
        return 0;
    int rc = order_cap(values, n, known_real(c, "q"), known_flag_or(c, "nonzero_only", false), &cap, err);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < n; i++)
        capped[i] = values[i];
    known_put_integer(c, "moved", (int64_t)order_winsorise(capped, n, -HUGE_VAL, cap));
    known_put_real(c, "cap", cap);
    known_put_reals(c, "values", capped, n);
    return 0;
}

static int run_bootstrap(struct known *c, struct error *err)
{
    struct resample_arm a = {0}, b = {0};
    bool two = known_has(c, "y_b");
    a.y = known_reals(c, two ? "y_a" : "y", &a.n);
    if (known_has(c, two ? "x_a" : "x"))
        a.x = known_reals_of(c, two ? "x_a" : "x", a.n);
    if (two)
        b.y = known_reals(c, "y_b", &b.n);
    if (known_has(c, "x_b"))
        b.x = known_reals_of(c, "x_b", b.n);
    struct resample_options o = {.resamples = (uint32_t)known_integer_or(c, "resamples", 0),
                                 .seed = (uint64_t)known_integer_or(c, "seed", 1),
                                 .alpha = known_real_or(c, "alpha", 0.05)};
    struct resample_answer r;
    bool lift = known_choice(c, "effect", "b-a|lift") == 1;
    if (c->failed)
        return 0;
    int rc = resample_interval(&a, two ? &b : NULL, !two ? RESAMPLE_VALUE : lift ? RESAMPLE_LIFT : RESAMPLE_DIFFERENCE,
                               &o, &r, err);
    if (rc != 0)
        return rc;
    known_put_real(c, "estimate", r.estimate);
    known_put_real(c, "se", r.se);
    known_put_real(c, "bias", r.bias);
    known_put_real(c, "low", r.low);
    known_put_real(c, "high", r.high);
    known_put_real(c, "percentile_low", r.percentile_low);
    known_put_real(c, "percentile_high", r.percentile_high);
    known_put_real(c, "p_value", r.p);
    known_put_real(c, "acceleration", r.acceleration);
    known_put_bool(c, "heavy", r.heavy);
    known_put_text(c, "state", outcome_state_name(r.state));
    return 0;
}

static int run_dunnett_sf(struct known *c, struct error *err)
{
    size_t k;
    const double *lambda = known_reals(c, "lambda", &k);
    return known_put_in_domain(c, NULL,
                               family_dunnett_sf(known_real(c, "t"), lambda, k, known_real_or(c, "df", HUGE_VAL),
                                                 known_flag_or(c, "two_sided", true)),
                               err);
}

static int run_dunnett_upper_quantile(struct known *c, struct error *err)
{
    size_t k;
    const double *lambda = known_reals(c, "lambda", &k);
    return known_put_in_domain(c, NULL,
                               family_dunnett_upper_quantile(known_real(c, "q"), lambda, k,
                                                             known_real_or(c, "df", HUGE_VAL),
                                                             known_flag_or(c, "two_sided", true)),
                               err);
}

static unsigned read_k(struct known *c)
{
    int64_t k = known_integer(c, "k");
    return k >= 0 && k < 100000 ? (unsigned)k : 0;
}

static int run_range_sf(struct known *c, struct error *err)
{
    return known_put_in_domain(c, NULL,
                               family_range_sf(known_real(c, "q"), read_k(c), known_real_or(c, "df", HUGE_VAL)), err);
}

static int run_range_upper_quantile(struct known *c, struct error *err)
{
    return known_put_in_domain(
        c, NULL, family_range_upper_quantile(known_real(c, "tail"), read_k(c), known_real_or(c, "df", HUGE_VAL)), err);
}

static void put_comparisons(struct known *c, const struct family_comparison *f, size_t n)
{
    double *column = known_alloc(c, n, sizeof *column);
    if (column == NULL)
        return;
#define COLUMN(name, field)              \
    for (size_t i = 0; i < n; i++)       \
        column[i] = f[i].field;          \
    known_put_reals(c, name, column, n)
    COLUMN("effect", effect);
    COLUMN("se", se);
    COLUMN("statistic", statistic);
    COLUMN("p_value", p);
    COLUMN("low", low);
    COLUMN("high", high);
#undef COLUMN
}

static int run_dunnett(struct known *c, struct error *err)
{
    size_t k;
    struct moments *arms = read_arms(c, "n", "mean", "sd", &k); /* control first */
    struct family_comparison *f = known_alloc(c, k, sizeof *f);
    if (c->failed)
        return 0;
    if (k == 0)
        return error_set(err, E_BAD_DATA, c->function, "there are no arms");
    int rc = family_dunnett(arms, arms + 1, k - 1, known_flag_or(c, "pooled", true), known_alternative(c),
                            known_real_or(c, "alpha", 0.05), f, err);
    if (rc == 0)
        put_comparisons(c, f, k - 1);
    return rc;
}

static int run_tukey(struct known *c, struct error *err)
{
    size_t k;
    struct moments *arms = read_arms(c, "n", "mean", "sd", &k);
    struct family_comparison *f = known_alloc(c, k * k, sizeof *f);
    if (c->failed)
        return 0;
    int rc = family_tukey(arms, k, known_real_or(c, "alpha", 0.05), f, err);
    if (rc == 0)
        put_comparisons(c, f, k * (k - 1) / 2);
    return rc;
}

static int run_winner(struct known *c, struct error *err)
{
    struct shrink_winner w;
    int rc = shrink_winner(known_real(c, "estimate"), known_real(c, "se"), known_real_or(c, "alpha_selected", 0.05),
                           known_flag_or(c, "one_sided", false), known_real_or(c, "alpha", 0.05), &w, err);
    if (rc != 0)
        return rc;
    known_put_bool(c, "selected", w.selected);
    known_put_real(c, "estimate", w.estimate);
    known_put_real(c, "likeliest", w.likeliest);
    known_put_real(c, "low", w.low);
    known_put_real(c, "high", w.high);
    return 0;
}

static int run_segments(struct known *c, struct error *err)
{
    size_t n;
    const double *estimate = known_reals(c, "estimate", &n), *se = known_reals_of(c, "se", n);
    double *shrunk = known_alloc(c, n, sizeof *shrunk), *sd = known_alloc(c, n, sizeof *sd);
    struct shrink_segments s;
    int rc = c->failed ? 0 : shrink_segments(estimate, se, n, shrunk, sd, &s, err);
    if (rc != 0 || c->failed)
        return rc;
    known_put_reals(c, "shrunk", shrunk, n);
    known_put_reals(c, "sd", sd, n);
    known_put_real(c, "mean", s.mean);
    known_put_real(c, "mean_se", s.mean_se);
    known_put_real(c, "tau", s.tau);
    known_put_real(c, "q", s.q);
    known_put_real(c, "q_p_value", s.q_p);
    return 0;
}

#define OUTCOME " → effect, se, t, df, p_value, log_p_value, ci_low, ci_high, state, mean_a, mean_b, theta, left"
#define COMPARISONS " → effect, se, statistic, p_value, low, high (lists)"

const struct known_function calls_effects[] = {
    {"cuped", "x_a, y_a, x_b, y_b, null, alternative, alpha" OUTCOME, run_cuped},
    {"cuped_many", "x (rows of covariates), y, treated (0 or 1), null, alternative, alpha" OUTCOME, run_cuped_many},
    {"poststratified", "n_a, mean_a, sd_a, n_b, mean_b, sd_b (per stratum), null, alternative, alpha" OUTCOME,
     run_poststratified},
    {"stratified_arms", "n_a, mean_a, sd_a, n_b, mean_b, sd_b (per stratum) → mean_a, se_a, mean_b, se_b",
     run_stratified_arms},
    {"quantile", "values, q, alpha → quantile, low, high, coverage", run_quantile},
    {"quantile_difference", "a, b, user_a, user_b, q, alternative, alpha → z and the outcome, quantile_a, quantile_b",
     run_quantile_difference},
    {"winsorise", "values, q, nonzero_only → cap, moved, values", run_winsorise},
    {"bootstrap", "y, x | y_a, x_a, y_b, x_b, effect b-a|lift, resamples, seed, alpha → estimate, se, low, high, …",
     run_bootstrap},
    {"dunnett_sf", "t, lambda, df, two_sided", run_dunnett_sf},
    {"dunnett_upper_quantile", "q, lambda, df, two_sided", run_dunnett_upper_quantile},
    {"studentized_range_sf", "q, k, df", run_range_sf},
    {"studentized_range_upper_quantile", "tail, k, df", run_range_upper_quantile},
    {"dunnett", "n, mean, sd (control first), pooled, alternative, alpha" COMPARISONS, run_dunnett},
    {"tukey", "n, mean, sd, alpha" COMPARISONS, run_tukey},
    {"winners_curse", "estimate, se, alpha_selected, one_sided, alpha → selected, estimate, likeliest, low, high",
     run_winner},
    {"segment_shrinkage", "estimate, se (per segment) → shrunk, sd, mean, mean_se, tau, q, q_p_value", run_segments},
    {0},
};
