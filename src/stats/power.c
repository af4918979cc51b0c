#include "stats/power.h"

#include <math.h>

#include "stats/mean.h"
#include "stats/normal.h"
#include "stats/root.h"
#include "stats/student.h"

#define SIZE_MAX_LN 46.0 /* ln of 1e20 users: more than that is "cannot be found" */

static int check_test(const struct power_test *t, bool asks_power, struct error *err)
{
    int rc = outcome_check_alpha(t->alpha, "power", err);
    if (rc != 0 || !asks_power || (t->power > 0 && t->power < 1))
        return rc;
    error_set(err, E_BAD_DATA, "power", "%g is not between 0 and 1", t->power);
    return error_hint(err, E_BAD_DATA, "usual is 0.8");
}

static int check_size(double na, double nb, double least, struct error *err)
{
    if (na >= least && nb >= least && na <= 1e15 && nb <= 1e15)
        return 0;
    error_set(err, E_BAD_DATA, "power", "%g and %g users are too few or no numbers", na, nb);
    return error_hint(err, E_BAD_DATA, "each arm needs at least %g", least);
}

static int check_rate(double p, struct error *err)
{
    if (p >= 0 && p <= 1)
        return 0;
    return error_set(err, E_BAD_DATA, "power", "a rate of %g is not between 0 and 1", p);
}

static int no_effect(struct error *err)
{
    error_set(err, E_BAD_DATA, "power", "no number of users is enough: the effect is zero or on the other side");
    return error_hint(err, E_BAD_DATA, "give the smallest effect worth finding, with the sign of the alternative");
}

static double tail_alpha(const struct power_test *t)
{
    return t->alternative == OUTCOME_TWO_SIDED ? 0.5 * t->alpha : t->alpha;
}

/* The power of a normal test whose statistic has mean `shift` and, against its null, spread 1/`ratio`. */
static double normal_power(const struct power_test *t, double shift, double ratio)
{
    double crit = normal_upper_quantile(tail_alpha(t)) * ratio;
    double up = normal_sf(crit - shift), down = normal_sf(crit + shift);
    if (t->alternative != OUTCOME_TWO_SIDED)
        return t->alternative == OUTCOME_GREATER ? up : down;
    return t->far_tail ? up + down : shift >= 0 ? up : down;
}

/* The effect's sign agrees with the alternative. */
static bool right_side(const struct power_test *t, double effect)
{
    return t->alternative == OUTCOME_GREATER ? effect > 0 : t->alternative == OUTCOME_LESS ? effect < 0 : effect != 0;
}

/* Solves power(u) = wanted for u = ln of what grows with power. */
struct wanted {
    const struct power_test *t;
    double (*power)(const struct wanted *w, double u);
    double x, y, z; /* of the problem */
};

static double lacking(const void *context, double u)
{
    const struct wanted *w = context;
    return w->power(w, u) - w->t->power;
}

static int solve(const struct wanted *w, double guess, double lo, double hi, double *out, struct error *err)
{
    double u;
    if (root_around(lacking, w, guess, 0.5, lo, hi, &u) == 0) {
        *out = exp(u);
        return 0;
    }
    if (lacking(w, lo) > 0) { /* even the least is more than enough */
        *out = exp(lo);
        return 0;
    }
    error_set(err, E_BAD_DATA, "power", "no answer: that power is out of reach");
    return error_hint(err, E_BAD_DATA, "ask for a larger effect, less power or a larger alpha");
}

/* The spreads, per √n of B, under the null and under the alternative. */
static void rate_spreads(double pa, double pb, double a_over_b, double *null, double *alternative)
{
    double p = (pb + pa * a_over_b) / (1 + a_over_b);
    *null = sqrt(p * (1 - p) * (1 + 1 / a_over_b));
    *alternative = sqrt(pb * (1 - pb) + pa * (1 - pa) / a_over_b);
}

static double rates_power(const struct power_test *t, double pa, double pb, double na, double nb)
{
    double null, alternative;
    rate_spreads(pa, pb, na / nb, &null, &alternative);
    if (!(alternative > 0)) /* nobody against everybody, or no spread at all */
        return pa == pb
                   ? 0
                   : right_side(t, pb - pa) && fabs(pb - pa) * sqrt(nb) > normal_upper_quantile(tail_alpha(t)) * null;
    return normal_power(t, (pb - pa) * sqrt(nb) / alternative, null / alternative);
}

int power_proportions(const struct power_test *t, double pa, double pb, double na, double nb, double *power,
                      struct error *err)
{
    int rc = check_test(t, false, err);
    if (rc == 0)
        rc = check_rate(pa, err);
    if (rc == 0)
        rc = check_rate(pb, err);
    if (rc == 0)
        rc = check_size(na, nb, 1, err);
    if (rc == 0)
        *power = rates_power(t, pa, pb, na, nb);
    return rc;
}

static double rates_power_of_size(const struct wanted *w, double u)
{
    double nb = exp(u);
    return rates_power(w->t, w->x, w->y, nb * w->z, nb);
}

static int check_ratio(double ratio, struct error *err)
{
    if (ratio > 0 && isfinite(ratio))
        return 0;
    return error_set(err, E_BAD_DATA, "power", "the arms' sizes have a ratio of %g", ratio);
}

int power_proportions_size(const struct power_test *t, double pa, double pb, double a_over_b, double *nb,
                           struct error *err)
{
    int rc = check_test(t, true, err);
    if (rc == 0)
        rc = check_rate(pa, err);
    if (rc == 0)
        rc = check_rate(pb, err);
    if (rc == 0)
        rc = check_ratio(a_over_b, err);
    if (rc != 0)
        return rc;
    if (!right_side(t, pb - pa))
        return no_effect(err);
    double null, alternative;
    rate_spreads(pa, pb, a_over_b, &null, &alternative);
    double root =
        (normal_upper_quantile(tail_alpha(t)) * null + normal_quantile(t->power) * alternative) / fabs(pb - pa);
    double near_only = root > 0 ? root * root : 0;
    if (t->alternative != OUTCOME_TWO_SIDED || !t->far_tail) {
        *nb = fmax(near_only, 0);
        return 0;
    }
    struct wanted w = {.t = t, .power = rates_power_of_size, .x = pa, .y = pb, .z = a_over_b};
    return solve(&w, log(fmax(near_only, 1)), -3, SIZE_MAX_LN, nb, err);
}

static double rates_power_of_effect(const struct wanted *w, double u)
{
    double pb = w->t->alternative == OUTCOME_LESS ? w->x - exp(u) : w->x + exp(u);
    return rates_power(w->t, w->x, fmin(fmax(pb, 0), 1), w->y, w->z);
}

int power_proportions_mde(const struct power_test *t, double pa, double na, double nb, double *pb, struct error *err)
{
    int rc = check_test(t, true, err);
    if (rc == 0)
        rc = check_rate(pa, err);
    if (rc == 0)
        rc = check_size(na, nb, 1, err);
    if (rc != 0)
        return rc;
    bool less = t->alternative == OUTCOME_LESS;
    double room = less ? pa : 1 - pa, effect;
    struct wanted w = {.t = t, .power = rates_power_of_effect, .x = pa, .y = na, .z = nb};
    if (!(room > 0))
        return no_effect(err);
    rc = solve(&w, log(room) - 3, log(room) - 40, log(room), &effect, err);
    if (rc == 0)
        *pb = less ? pa - effect : pa + effect;
    return rc;
}

double power_cohen_h(double pa, double pb)
{
    return 2 * asin(sqrt(pb)) - 2 * asin(sqrt(pa));
}

static double t_power(const struct power_test *t, double d, double na, double nb)
{
    double df = na + nb - 2, ncp = d * sqrt(na / (na + nb) * nb), crit = student_upper_quantile(tail_alpha(t), df);
    double up = student_noncentral_sf(crit, df, ncp), down = student_noncentral_sf(crit, df, -ncp);
    if (t->alternative != OUTCOME_TWO_SIDED)
        return t->alternative == OUTCOME_GREATER ? up : down;
    return t->far_tail ? up + down : d >= 0 ? up : down;
}

static double z_power(const struct power_test *t, double d, double na, double nb)
{
    return normal_power(t, d * sqrt(na / (na + nb) * nb), 1);
}

typedef double (*means_power_fn)(const struct power_test *t, double d, double na, double nb);

struct means {
    struct wanted w;
    means_power_fn power;
};

static double means_power_of_size(const struct wanted *w, double u)
{
    const struct means *m = (const struct means *)(const void *)w;
    double na = exp(u);
    return m->power(w->t, w->x, na, na * w->y);
}

static double means_power_of_effect(const struct wanted *w, double u)
{
    const struct means *m = (const struct means *)(const void *)w;
    return m->power(w->t, w->t->alternative == OUTCOME_LESS ? -exp(u) : exp(u), w->x, w->y);
}

static int means_power(means_power_fn power, double least, const struct power_test *t, double d, double na, double nb,
                       double *out, struct error *err)
{
    int rc = check_test(t, false, err);
    if (rc == 0)
        rc = check_size(na, nb, least, err);
    if (rc != 0)
        return rc;
    if (!(fabs(d) <= 1e6))
        return error_set(err, E_BAD_DATA, "power", "an effect of %g standard deviations cannot be", d);
    *out = power(t, d, na, nb);
    return 0;
}

static int means_size(means_power_fn power, double least, const struct power_test *t, double d, double b_over_a,
                      double *na, struct error *err)
{
    int rc = check_test(t, true, err);
    if (rc == 0)
        rc = check_ratio(b_over_a, err);
    if (rc != 0)
        return rc;
    if (!isfinite(d) || !right_side(t, d))
        return no_effect(err);
    struct means m = {.w = {.t = t, .power = means_power_of_size, .x = d, .y = b_over_a}, .power = power};
    double z = normal_upper_quantile(tail_alpha(t)) + normal_quantile(t->power);
    double lo = log(least * fmax(1, 1 / b_over_a)), guess = log(fmax(z * z / (d * d) * (1 + 1 / b_over_a), 3));
    return solve(&m.w, fmax(guess, lo), lo, SIZE_MAX_LN, na, err);
}

static int means_mde(means_power_fn power, double least, const struct power_test *t, double na, double nb, double *d,
                     struct error *err)
{
    int rc = check_test(t, true, err);
    if (rc == 0)
        rc = check_size(na, nb, least, err);
    if (rc != 0)
        return rc;
    struct means m = {.w = {.t = t, .power = means_power_of_effect, .x = na, .y = nb}, .power = power};
    rc = solve(&m.w, log(3 / sqrt(na / (na + nb) * nb)), -60, 12, d, err);
    if (rc == 0 && t->alternative == OUTCOME_LESS)
        *d = -*d;
    return rc;
}

int power_means_t(const struct power_test *t, double d, double na, double nb, double *power, struct error *err)
{
    return means_power(t_power, 2, t, d, na, nb, power, err);
}

int power_means_t_size(const struct power_test *t, double d, double b_over_a, double *na, struct error *err)
{
    return means_size(t_power, 2, t, d, b_over_a, na, err);
}

int power_means_t_mde(const struct power_test *t, double na, double nb, double *d, struct error *err)
{
    return means_mde(t_power, 2, t, na, nb, d, err);
}

int power_means_z(const struct power_test *t, double d, double na, double nb, double *power, struct error *err)
{
    return means_power(z_power, 1, t, d, na, nb, power, err);
}

int power_means_z_size(const struct power_test *t, double d, double b_over_a, double *na, struct error *err)
{
    return means_size(z_power, 0.01, t, d, b_over_a, na, err);
}

int power_means_z_mde(const struct power_test *t, double na, double nb, double *d, struct error *err)
{
    return means_mde(z_power, 1, t, na, nb, d, err);
}

int power_ratio_sd(const struct moments_pair *users, double *ratio, double *sd, struct error *err)
{
    double variance;
    int rc = mean_ratio(users, ratio, &variance, err);
    if (rc == 0)
        *sd = sqrt(variance * users->n);
    return rc;
}
