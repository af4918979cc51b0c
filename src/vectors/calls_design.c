/* Power and sample sizes. */
#include <math.h>

#include "stats/power.h"
#include "vectors/known.h"

static struct power_test read_test(struct known *c, bool far_tail)
{
    return (struct power_test){
        .alpha = known_real_or(c, "alpha", 0.05),
        .power = known_real_or(c, "power", 0.8),
        .alternative = known_alternative(c),
        .far_tail = known_has(c, "far_tail") ? known_choice(c, "far_tail", "ignored|counted") == 1 : far_tail};
}

static void put_size(struct known *c, const char *real, const char *whole, double n)
{
    known_put_real(c, real, n);
    known_put_integer(c, whole, (int64_t)ceil(n * (1 - 1e-12)));
}

static int run_power_two_proportions(struct known *c, struct error *err)
{
    struct power_test t = read_test(c, true);
    double power;
    int rc = power_proportions(&t, known_real(c, "p_a"), known_real(c, "p_b"), known_real(c, "n_a"),
                               known_real(c, "n_b"), &power, err);
    if (rc == 0)
        known_put_real(c, "power", power);
    return rc;
}

static int run_sample_size_two_proportions(struct known *c, struct error *err)
{
    struct power_test t = read_test(c, false);
    double n;
    int rc = power_proportions_size(&t, known_real(c, "p_a"), known_real(c, "p_b"),
                                    known_real_or(c, "ratio_a_over_b", 1), &n, err);
    if (rc == 0)
        put_size(c, "n_b_real", "n_b_ceiling", n);
    return rc;
}

static int run_mde_two_proportions(struct known *c, struct error *err)
{
    struct power_test t = read_test(c, false);
    double pb;
    int rc = power_proportions_mde(&t, known_real(c, "p_a"), known_real(c, "n_a"), known_real(c, "n_b"), &pb, err);
    if (rc == 0)
        known_put_real(c, "p_b", pb);
    return rc;
}

static int run_sample_size_arcsine_h(struct known *c, struct error *err)
{
    struct power_test t = read_test(c, true);
    double h = power_cohen_h(known_real(c, "p_a"), known_real(c, "p_b")), n;
    int rc = power_means_z_size(&t, h, known_real_or(c, "ratio_b_over_a", 1), &n, err);
    if (rc == 0) {
        known_put_real(c, "cohen_h", h);
        put_size(c, "n_per_arm_real", "n_per_arm_ceiling", n);
    }
    return rc;
}

static int put_power(struct known *c, int rc, const double *power)
{
    if (rc == 0)
        known_put_real(c, "power", *power);
    return rc;
}

static int run_power_two_means_t(struct known *c, struct error *err)
{
    struct power_test t = read_test(c, true);
    double power;
    return put_power(
        c, power_means_t(&t, known_real(c, "cohen_d"), known_real(c, "n_a"), known_real(c, "n_b"), &power, err),
        &power);
}

static int run_power_two_means_z(struct known *c, struct error *err)
{
    struct power_test t = read_test(c, true);
    double power;
    return put_power(
        c, power_means_z(&t, known_real(c, "cohen_d"), known_real(c, "n_a"), known_real(c, "n_b"), &power, err),
        &power);
}

static int run_sample_size_two_means_t(struct known *c, struct error *err)
{
    struct power_test t = read_test(c, true);
    double n;
    int rc = power_means_t_size(&t, known_real(c, "cohen_d"), known_real_or(c, "ratio_b_over_a", 1), &n, err);
    if (rc == 0)
        put_size(c, "n_a_real", "n_a_ceiling", n);
    return rc;
}

static int run_sample_size_two_means_z(struct known *c, struct error *err)
{
    struct power_test t = read_test(c, true);
    double n;
    int rc = power_means_z_size(&t, known_real(c, "cohen_d"), known_real_or(c, "ratio_b_over_a", 1), &n, err);
    if (rc == 0)
        put_size(c, "n_per_arm_real", "n_per_arm_ceiling", n);
    return rc;
}

/* "n_per_arm", or "n_a" and "n_b". */
static double read_size(struct known *c, const char *name)
{
    return known_has(c, "n_per_arm") ? known_real(c, "n_per_arm") : known_real(c, name);
}

static int put_d(struct known *c, int rc, const double *d)
{
    if (rc == 0)
        known_put_real(c, "cohen_d", *d);
    return rc;
}

static int run_mde_two_means_t(struct known *c, struct error *err)
{
    struct power_test t = read_test(c, true);
    double d;
    return put_d(c, power_means_t_mde(&t, read_size(c, "n_a"), read_size(c, "n_b"), &d, err), &d);
}

static int run_mde_two_means_z(struct known *c, struct error *err)
{
    struct power_test t = read_test(c, true);
    double d;
    return put_d(c, power_means_z_mde(&t, read_size(c, "n_a"), read_size(c, "n_b"), &d, err), &d);
}

static int run_sample_size_noninferiority_rates(struct known *c, struct error *err)
{
    struct power_test t = read_test(c, false);
    double n;
    int rc = power_noninferiority_rates(&t, known_real(c, "p_a"), known_real(c, "p_b"), known_real(c, "margin"),
                                        known_flag_or(c, "less_is_better", false),
                                        known_real_or(c, "ratio_b_over_a", 1), &n, err);
    if (rc == 0)
        put_size(c, "n_a_real", "n_a_ceiling", n);
    return rc;
}

static int run_sample_size_noninferiority_means(struct known *c, struct error *err)
{
    struct power_test t = read_test(c, false);
    double n;
    int rc = power_noninferiority_means(&t, known_real(c, "effect"), known_real(c, "margin"), known_real(c, "sd"),
                                        known_flag_or(c, "less_is_better", false),
                                        known_real_or(c, "ratio_b_over_a", 1), &n, err);
    if (rc == 0)
        put_size(c, "n_a_real", "n_a_ceiling", n);
    return rc;
}

static int run_design_effect(struct known *c, struct error *err)
{
    double factor;
    int rc = power_design_effect(known_real(c, "size"), known_real_or(c, "cv", 0), known_real(c, "icc"), &factor, err);
    if (rc == 0)
        known_put_real(c, "factor", factor);
    return rc;
}

static int run_variance_left(struct known *c, struct error *err)
{
    double factor;
    int rc = power_variance_left(known_real(c, "rho"), &factor, err);
    if (rc == 0)
        known_put_real(c, "factor", factor);
    return rc;
}

static unsigned read_count(struct known *c, const char *name)
{
    int64_t n = known_integer_or(c, name, 0);
    return n < 0 || n > 1000000 ? 0 : (unsigned)n;
}

static int run_control_share(struct known *c, struct error *err)
{
    (void)err;
    known_put_real(c, "share", power_control_share(read_count(c, "treatments")));
    return 0;
}

static struct power_design read_design(struct known *c)
{
    return (struct power_design){.is_rate = known_choice(c, "metric", "rate|mean") == 0,
                                 .baseline = known_real_or(c, "baseline", 0),
                                 .sd = known_real_or(c, "sd", 0),
                                 .effect = known_real_or(c, "effect", 0),
                                 .margin = known_real_or(c, "margin", 0),
                                 .less_is_better = known_flag_or(c, "less_is_better", false),
                                 .test = read_test(c, false),
                                 .treatments = read_count(c, "treatments"),
                                 .metrics = read_count(c, "metrics"),
                                 .guardrails = read_count(c, "guardrails"),
                                 .control_share = known_real_or(c, "control_share", 0),
                                 .cluster_size = known_real_or(c, "cluster_size", 0),
                                 .cluster_cv = known_real_or(c, "cluster_cv", 0),
                                 .icc = known_real_or(c, "icc", 0),
                                 .rho = known_real_or(c, "rho", 0),
                                 .inflation = known_real_or(c, "inflation", 0)};
}

static int run_design_users(struct known *c, struct error *err)
{
    struct power_design d = read_design(c);
    struct power_users u;
    int rc = power_users_for(&d, &u, err);
    if (rc != 0)
        return rc;
    known_put_real(c, "control", u.control);
    known_put_real(c, "treatment", u.treatment);
    known_put_real(c, "total", u.total);
    known_put_real(c, "alpha", u.alpha);
    known_put_real(c, "power", u.power);
    known_put_real(c, "factor", u.factor);
    return 0;
}

static int run_design_effect_of(struct known *c, struct error *err)
{
    struct power_design d = read_design(c);
    double effect;
    int rc = power_effect_of(&d, known_real(c, "total"), &effect, err);
    if (rc == 0)
        known_put_real(c, "effect", effect);
    return rc;
}

#define DESIGN "metric rate|mean, baseline, sd, effect, margin, less_is_better, alpha, power, alternative, treatments, " \
               "metrics, guardrails, control_share, cluster_size, cluster_cv, icc, rho, inflation"

const struct known_function calls_design[] = {
    {"power_two_proportions", "p_a, p_b, n_a, n_b, alpha, alternative, far_tail → power", run_power_two_proportions},
    {"sample_size_two_proportions",
     "p_a, p_b, power, ratio_a_over_b, alpha, alternative, far_tail → n_b_real, n_b_ceiling",
     run_sample_size_two_proportions},
    {"mde_two_proportions", "p_a, n_a, n_b, power, alpha, alternative, far_tail → p_b", run_mde_two_proportions},
    {"sample_size_arcsine_h",
     "p_a, p_b, power, ratio_b_over_a, alpha, alternative, far_tail → cohen_h, n_per_arm_real, n_per_arm_ceiling",
     run_sample_size_arcsine_h},
    {"power_two_means_t", "cohen_d, n_a, n_b, alpha, alternative, far_tail → power", run_power_two_means_t},
    {"power_two_means_z", "cohen_d, n_a, n_b, alpha, alternative, far_tail → power", run_power_two_means_z},
    {"sample_size_two_means_t", "cohen_d, power, ratio_b_over_a, alpha, alternative, far_tail → n_a_real, n_a_ceiling",
     run_sample_size_two_means_t},
    {"sample_size_two_means_z",
     "cohen_d, power, ratio_b_over_a, alpha, alternative, far_tail → n_per_arm_real, n_per_arm_ceiling",
     run_sample_size_two_means_z},
    {"mde_two_means_t", "n_per_arm (or n_a, n_b), power, alpha, alternative, far_tail → cohen_d", run_mde_two_means_t},
    {"mde_two_means_z", "n_per_arm (or n_a, n_b), power, alpha, alternative, far_tail → cohen_d", run_mde_two_means_z},
    {"sample_size_noninferiority_rates",
     "p_a, p_b, margin, less_is_better, ratio_b_over_a, power, alpha → n_a_real, n_a_ceiling",
     run_sample_size_noninferiority_rates},
    {"sample_size_noninferiority_means",
     "effect, margin, sd, less_is_better, ratio_b_over_a, power, alpha → n_a_real, n_a_ceiling",
     run_sample_size_noninferiority_means},
    {"design_effect", "size, cv, icc → factor", run_design_effect},
    {"variance_left", "rho → factor", run_variance_left},
    {"control_share", "treatments → share", run_control_share},
    {"design_users", DESIGN " → control, treatment, total, alpha, power, factor", run_design_users},
    {"design_effect_of", DESIGN ", total → effect", run_design_effect_of},
    {0},
};
