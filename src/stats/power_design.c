/* What the design of a test is made of besides one comparison: margins, clusters, arms, metrics. */
#include <math.h>

#include "stats/normal.h"
#include "stats/power.h"

static int check_margin(const struct power_test *t, double margin, double b_over_a, struct error *err)
{
    int rc = outcome_check_alpha(t->alpha, "non-inferiority", err);
    if (rc != 0)
        return rc;
    if (!(t->power > 0 && t->power < 1) || !(margin > 0) || isinf(margin) || !(b_over_a > 0) || isinf(b_over_a)) {
        error_set(err, E_BAD_DATA, "non-inferiority",
                  "needs a margin above zero, a power between 0 and 1 and arms of some size");
        return error_hint(err, E_BAD_DATA, "the margin is how much worse is still acceptable");
    }
    return 0;
}

static int margin_size(const struct power_test *t, double room, double variance_per_a, double *na, struct error *err)
{
    if (!(room > 0)) {
        error_set(err, E_BAD_DATA, "non-inferiority", "the expected effect is at or beyond the margin");
        return error_hint(err, E_BAD_DATA, "only a larger margin can be shown");
    }
    double z = fmax(normal_upper_quantile(t->alpha) + normal_quantile(t->power), 0) / room;
    *na = z * z * variance_per_a;
    return 0;
}

int power_noninferiority_rates(const struct power_test *t, double pa, double pb, double margin, bool less_is_better,
                               double b_over_a, double *na, struct error *err)
{
    int rc = check_margin(t, margin, b_over_a, err);
    if (rc != 0)
        return rc;
    if (!(pa >= 0 && pa <= 1 && pb >= 0 && pb <= 1))
        return error_set(err, E_BAD_DATA, "non-inferiority", "rates of %g and %g are not between 0 and 1", pa, pb);
    double gain = less_is_better ? pa - pb : pb - pa;
    return margin_size(t, gain + margin, pa * (1 - pa) + pb * (1 - pb) / b_over_a, na, err);
}

int power_noninferiority_means(const struct power_test *t, double effect, double margin, double sd, bool less_is_better,
                               double b_over_a, double *na, struct error *err)
{
    int rc = check_margin(t, margin, b_over_a, err);
    if (rc != 0)
        return rc;
    if (!isfinite(effect) || !(sd >= 0) || isinf(sd))
        return error_set(err, E_BAD_DATA, "non-inferiority", "the effect or the spread is not a finite number");
    return margin_size(t, (less_is_better ? -effect : effect) + margin, sd * sd * (1 + 1 / b_over_a), na, err);
}

int power_design_effect(double size, double cv, double icc, double *factor, struct error *err)
{
    if (!(size >= 1) || isinf(size) || !(cv >= 0) || isinf(cv) || !(icc >= 0 && icc <= 1)) {
        error_set(err, E_BAD_DATA, "clusters", "size %g, variation %g, correlation %g cannot be", size, cv, icc);
        return error_hint(err, E_BAD_DATA, "sizes are from 1, the correlation is from 0 to 1");
    }
    *factor = 1 + ((1 + cv * cv) * size - 1) * icc;
    return 0;
}

int power_variance_left(double rho, double *factor, struct error *err)
{
    if (!(rho > -1 && rho < 1)) {
        error_set(err, E_BAD_DATA, "covariate", "a correlation of %g is not between -1 and 1", rho);
        return error_hint(err, E_BAD_DATA, "a covariate that tells everything is the metric itself");
    }
    *factor = (1 - rho) * (1 + rho);
    return 0;
}

double power_control_share(unsigned treatments)
{
    double k = treatments == 0 ? 1 : treatments;
    return sqrt(k) / (sqrt(k) + k);
}

double power_alpha(double alpha, unsigned comparisons)
{
    return alpha / (comparisons == 0 ? 1 : comparisons);
}

double power_of_each(double power, unsigned guardrails)
{
    return 1 - (1 - power) / (guardrails + 1.0);
}

/* What all questions about a design share: the test per comparison, B's size over A's, and the factor of the size. */
static int read_design(const struct power_design *d, struct power_test *t, double *b_over_a, double *factor,
                       struct error *err)
{
    double clusters = 1, left = 1, inflation = d->inflation == 0 ? 1 : d->inflation;
    unsigned k = d->treatments == 0 ? 1 : d->treatments, m = d->metrics == 0 ? 1 : d->metrics;
    int rc = d->cluster_size == 0 ? 0 : power_design_effect(d->cluster_size, d->cluster_cv, d->icc, &clusters, err);
    if (rc == 0)
        rc = power_variance_left(d->rho, &left, err);
    if (rc != 0)
        return rc;
    if (!(d->control_share >= 0 && d->control_share < 1) || !(inflation >= 1) || isinf(inflation))
        return error_set(err, E_BAD_DATA, "design", "control's share of %g or the inflation of %g cannot be",
                         d->control_share, inflation);
    *t = d->test;
    t->alpha = power_alpha(d->test.alpha, k * m);
    t->power = power_of_each(d->test.power, d->guardrails);
    *b_over_a = d->control_share == 0 ? 1 : (1 - d->control_share) / d->control_share / k;
    *factor = clusters * left * inflation;
    return 0;
}

static double effect_sign(const struct power_design *d)
{
    return d->test.alternative == OUTCOME_LESS || (d->test.alternative == OUTCOME_TWO_SIDED && d->less_is_better) ? -1
                                                                                                                  : 1;
}

/* The users of control before clusters and the like. */
static int bare_size(const struct power_design *d, const struct power_test *t, double b_over_a, double *na,
                     struct error *err)
{
    if (d->margin > 0)
        return d->is_rate
                   ? power_noninferiority_rates(t, d->baseline, d->baseline + d->effect, d->margin, d->less_is_better,
                                                b_over_a, na, err)
                   : power_noninferiority_means(t, d->effect, d->margin, d->sd, d->less_is_better, b_over_a, na, err);
    if (d->is_rate) {
        int rc = power_proportions_size(t, d->baseline, d->baseline + d->effect, 1 / b_over_a, na, err);
        *na = rc == 0 ? *na / b_over_a : 0; /* it gave B's */
        return rc;
    }
    if (!(d->sd > 0) || isinf(d->sd))
        return error_set(err, E_BAD_DATA, "design", "a metric with a spread of %g needs no test", d->sd);
    return power_means_t_size(t, d->effect / d->sd, b_over_a, na, err);
}

int power_users_for(const struct power_design *design, struct power_users *out, struct error *err)
{
    struct power_test t;
    double b_over_a, factor, na;
    int rc = read_design(design, &t, &b_over_a, &factor, err);
    if (rc == 0)
        rc = bare_size(design, &t, b_over_a, &na, err);
    if (rc != 0)
        return rc;
    unsigned k = design->treatments == 0 ? 1 : design->treatments;
    /* A root that is whole but for its last digits is that whole number. */
    *out = (struct power_users){.alpha = t.alpha, .power = t.power, .factor = factor};
    out->control = fmax(ceil(na * factor * (1 - 1e-12)), 2);
    out->treatment = fmax(ceil(na * b_over_a * factor * (1 - 1e-12)), 2);
    out->total = out->control + k * out->treatment;
    return 0;
}

int power_effect_of(const struct power_design *design, double total, double *effect, struct error *err)
{
    struct power_test t;
    double b_over_a, factor, found;
    int rc = read_design(design, &t, &b_over_a, &factor, err);
    if (rc != 0)
        return rc;
    unsigned k = design->treatments == 0 ? 1 : design->treatments;
    double na = total / (1 + k * b_over_a) / factor, nb = na * b_over_a, sign = effect_sign(design);
    t.alternative = t.alternative == OUTCOME_TWO_SIDED ? t.alternative : sign > 0 ? OUTCOME_GREATER : OUTCOME_LESS;
    if (!(na >= 2 && nb >= 2) || isinf(na)) {
        error_set(err, E_BAD_DATA, "design", "%g users are too few for %u arms", total, k + 1);
        return error_hint(err, E_BAD_DATA, "give it more traffic or more days");
    }
    if (design->is_rate && sign > 0) {
        rc = power_proportions_mde(&t, design->baseline, na, nb, &found, err);
        found -= rc == 0 ? design->baseline : 0;
    } else if (design->is_rate) { /* downwards: the mirror image */
        t.alternative = t.alternative == OUTCOME_LESS ? OUTCOME_GREATER : t.alternative;
        rc = power_proportions_mde(&t, 1 - design->baseline, na, nb, &found, err);
        found = rc == 0 ? (1 - design->baseline) - found : 0;
    } else {
        rc = power_means_t_mde(&t, na, nb, &found, err);
        found = rc == 0 ? copysign(found * design->sd, sign) : 0;
    }
    if (rc == 0)
        *effect = found;
    return rc;
}
