/* Tests that are looked at more than once. */
#include <math.h>

#include "stats/anytime.h"
#include "stats/groupseq.h"
#include "vectors/known.h"

static enum groupseq_family read_family(struct known *c)
{
    return (enum groupseq_family)known_choice(c, "spending", "obrien_fleming|pocock|power|hsd");
}

static bool two_sided(struct known *c)
{
    return known_alternative(c) == OUTCOME_TWO_SIDED;
}

static int run_alpha_spent(struct known *c, struct error *err)
{
    double spent = groupseq_spent(read_family(c), known_real_or(c, "parameter", 2), known_real_or(c, "alpha", 0.05),
                                  two_sided(c), known_real(c, "t"));
    return known_put_in_domain(c, "spent", spent, err);
}

static int run_group_sequential_bounds(struct known *c, struct error *err)
{
    size_t n;
    const double *t = known_reals(c, "t", &n);
    double *z = known_alloc(c, n, sizeof *z), *spent = known_alloc(c, n, sizeof *spent);
    if (c->failed)
        return 0;
    int rc = groupseq_bounds(read_family(c), known_real_or(c, "parameter", 2), known_real_or(c, "alpha", 0.05),
                             two_sided(c), t, n, z, spent, err);
    if (rc != 0)
        return rc;
    known_put_reals(c, "z", z, n);
    known_put_reals(c, "spent", spent, n);
    return 0;
}

static int run_group_sequential_classic(struct known *c, struct error *err)
{
    int64_t looks = known_integer(c, "looks");
    double constant, z[GROUPSEQ_LOOKS_MAX];
    static const double shapes[] = {0, 0.5};
    double shape =
        known_has(c, "shape") ? known_real(c, "shape") : shapes[known_choice(c, "design", "obrien_fleming|pocock")];
    int rc = groupseq_classic(shape, known_real_or(c, "alpha", 0.05), two_sided(c), looks < 0 ? 0 : (size_t)looks,
                              &constant, z, err);
    if (rc != 0)
        return rc;
    known_put_real(c, "constant", constant);
    known_put_reals(c, "z", z, (size_t)looks);
    return 0;
}

static int run_group_sequential_crossing(struct known *c, struct error *err)
{
    size_t n;
    const double *t = known_reals(c, "t", &n), *z = known_reals_of(c, "z", n);
    double *up = known_alloc(c, n, sizeof *up), *down = known_alloc(c, n, sizeof *down), total = 0;
    if (c->failed)
        return 0;
    int rc = groupseq_crossing(t, z, n, two_sided(c), known_real_or(c, "drift", 0), up, down, err);
    if (rc != 0)
        return rc;
    for (size_t k = 0; k < n; k++)
        total += up[k] + down[k];
    known_put_reals(c, "up", up, n);
    known_put_reals(c, "down", down, n);
    known_put_real(c, "total", total);
    return 0;
}

static int run_group_sequential_inflation(struct known *c, struct error *err)
{
    size_t n;
    const double *t = known_reals(c, "t", &n), *z = known_reals_of(c, "z", n);
    double factor;
    if (c->failed)
        return 0;
    int rc = groupseq_inflation(t, z, n, two_sided(c), known_real_or(c, "alpha", 0.05), known_real_or(c, "power", 0.8),
                                &factor, err);
    if (rc == 0)
        known_put_real(c, "factor", factor);
    return rc;
}

static int run_group_sequential_analysis(struct known *c, struct error *err)
{
    size_t n;
    const double *t = known_reals(c, "t", &n), *z = known_reals_of(c, "z", n);
    struct groupseq_answer a;
    if (c->failed)
        return 0;
    if (n == 0)
        return error_set(err, E_BAD_DATA, c->function, "there are no looks");
    int rc = groupseq_analyse(t, z, n - 1, two_sided(c), known_real(c, "effect"), known_real(c, "se"),
                              known_real_or(c, "alpha", 0.05), &a, err);
    if (rc != 0)
        return rc;
    known_put_bool(c, "stop", a.stop);
    known_put_real(c, "p_value", a.p);
    known_put_real(c, "estimate", a.estimate);
    known_put_real(c, "low", a.low);
    known_put_real(c, "high", a.high);
    known_put_real(c, "repeated_low", a.repeated_low);
    known_put_real(c, "repeated_high", a.repeated_high);
    return 0;
}

static int put_anytime(struct known *c, int rc, const struct anytime_answer *a)
{
    if (rc != 0)
        return rc;
    known_put_real(c, "log_ratio", a->log_ratio);
    known_put_real(c, "p_value", a->p);
    known_put_real(c, "ci_low", a->low);
    known_put_real(c, "ci_high", a->high);
    return 0;
}

static int run_msprt(struct known *c, struct error *err)
{
    struct anytime_answer a;
    int rc = anytime_msprt(known_real(c, "effect"), known_real(c, "se"), known_real(c, "tau"),
                           known_real_or(c, "alpha", 0.05), &a, err);
    return put_anytime(c, rc, &a);
}

static int run_asymptotic_confidence_sequence(struct known *c, struct error *err)
{
    double alpha = known_real_or(c, "alpha", 0.05);
    double rho = known_has(c, "rho") ? known_real(c, "rho") : anytime_rho(known_real_or(c, "n_best", 5000), alpha);
    struct anytime_answer a;
    int rc = anytime_asymptotic(known_real(c, "effect"), known_real(c, "se"), known_real(c, "n"), rho, alpha,
                                known_flag_or(c, "one_sided", false), &a, err);
    if (rc == 0)
        known_put_real(c, "rho", rho);
    return put_anytime(c, rc, &a);
}

static int run_anytime_rho(struct known *c, struct error *err)
{
    return known_put_in_domain(c, "rho", anytime_rho(known_real(c, "n_best"), known_real_or(c, "alpha", 0.05)), err);
}

static int run_anytime_halfwidth(struct known *c, struct error *err)
{
    double alpha = known_real_or(c, "alpha", 0.05);
    double rho = known_has(c, "rho") ? known_real(c, "rho") : anytime_rho(known_real_or(c, "n_best", 5000), alpha);
    double half = anytime_halfwidth(known_real(c, "n"), rho, alpha, known_flag_or(c, "one_sided", false));
    return known_put_in_domain(c, "halfwidth", half, err);
}

static int run_subgaussian_bound(struct known *c, struct error *err)
{
    double v = known_real(c, "v"), alpha = known_real_or(c, "alpha", 0.05), bound = 0;
    int kind = known_choice(c, "method", "normal_mixture|normal_mixture_one_sided|stitched");
    double rho = known_has(c, "rho") ? known_real(c, "rho") : anytime_best_rho(known_real_or(c, "v_best", 100), alpha);
    int rc = outcome_check_alpha(alpha, c->function, err);
    if (rc != 0)
        return rc;
    if (!(v >= 0) || !(rho > 0))
        return error_set(err, E_BAD_DATA, c->function, "v or rho is not usable");
    if (kind == 2)
        bound = anytime_stitched(v, known_real_or(c, "v_min", 1), alpha, known_real_or(c, "c", 0));
    else
        bound = kind == 0 ? anytime_normal_mixture(v, rho, alpha) : anytime_normal_mixture_one_sided(v, rho, alpha);
    known_put_real(c, "rho", rho);
    return known_put_in_domain(c, "bound", bound, err);
}

static int run_bounded_confidence_sequence(struct known *c, struct error *err)
{
    size_t n;
    const double *values = known_reals(c, "values", &n);
    struct anytime_bounded b;
    int rc = anytime_bounded_init(&b, known_real_or(c, "alpha", 0.05), err);
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = anytime_bounded_add(&b, values[i], err);
    if (rc != 0)
        return rc;
    known_put_real(c, "low", b.low);
    known_put_real(c, "high", b.high);
    return 0;
}

#define SPENDING "spending obrien_fleming|pocock|power|hsd, parameter, alpha, alternative"

const struct known_function calls_sequential[] = {
    {"alpha_spent", SPENDING ", t → spent", run_alpha_spent},
    {"group_sequential_bounds", SPENDING ", t (list) → z, spent", run_group_sequential_bounds},
    {"group_sequential_classic", "design obrien_fleming|pocock (or shape), looks, alpha, alternative → constant, z",
     run_group_sequential_classic},
    {"group_sequential_crossing", "t, z, drift, alternative → up, down, total", run_group_sequential_crossing},
    {"group_sequential_inflation", "t, z, alpha, power, alternative → factor", run_group_sequential_inflation},
    {"group_sequential_analysis",
     "t, z (to this look), effect, se, alpha, alternative → stop, p_value, estimate, low, high, repeated_low, "
     "repeated_high",
     run_group_sequential_analysis},
    {"msprt", "effect, se, tau, alpha → log_ratio, p_value, ci_low, ci_high", run_msprt},
    {"asymptotic_confidence_sequence",
     "effect, se, n, rho (or n_best), alpha, one_sided → rho, log_ratio, p_value, ci_low, ci_high",
     run_asymptotic_confidence_sequence},
    {"anytime_rho", "n_best, alpha → rho", run_anytime_rho},
    {"anytime_halfwidth", "n, rho (or n_best), alpha, one_sided → halfwidth", run_anytime_halfwidth},
    {"subgaussian_bound",
     "v, rho (or v_best), v_min, c, alpha, method normal_mixture|normal_mixture_one_sided|stitched → bound, rho",
     run_subgaussian_bound},
    {"bounded_confidence_sequence", "values, alpha → low, high", run_bounded_confidence_sequence},
    {0},
};
