#include "stats/mean.h"

#include <math.h>

#include "stats/student.h"

static int check_arm(const struct moments *m, const char *arm, struct error *err)
{
    if (!isfinite(m->n) || !isfinite(m->mean) || !isfinite(m->m2) || m->m2 < 0)
        return error_set(err, E_BAD_DATA, arm, "its count, mean or spread is not a finite number");
    if (m->n >= 2)
        return 0;
    error_set(err, E_BAD_DATA, arm, "has %s: a spread cannot be told", m->n == 1 ? "one user" : "no users");
    return error_hint(err, E_BAD_DATA, "wait for more users");
}

static int check_arms(const struct moments *a, const struct moments *b, double alpha, struct error *err)
{
    int rc = outcome_check_alpha(alpha, "comparison of means", err);
    if (rc == 0)
        rc = check_arm(a, "control", err);
    return rc != 0 ? rc : check_arm(b, "treatment", err);
}

/* Welch-Satterthwaite for variances of means va, vb. */
static double welch_df(double va, double na, double vb, double nb)
{
    double s = va + vb;
    return s > 0 ? 1 / ((va / s) * (va / s) / (na - 1) + (vb / s) * (vb / s) / (nb - 1)) : na + nb - 2;
}

static double variance_of_mean(const struct moments *m)
{
    return moments_variance(m) / m->n;
}

int mean_welch(const struct moments *a, const struct moments *b, double null, enum outcome_alternative alternative,
               double alpha, struct outcome *out, struct error *err)
{
    int rc = check_arms(a, b, alpha, err);
    if (rc != 0)
        return rc;
    if (!isfinite(null))
        return error_set(err, E_BAD_DATA, "comparison of means", "the difference to test against is not finite");
    double va = variance_of_mean(a), vb = variance_of_mean(b);
    outcome_from(out, b->mean - a->mean, null, sqrt(va + vb), welch_df(va, a->n, vb, b->n), alternative, alpha);
    return 0;
}

/* (b - a)/|a| of two independent estimates, by the delta method. */
static int lift_of(double a, double va, double b, double vb, enum outcome_alternative alternative, double alpha,
                   struct outcome *out, struct error *err)
{
    if (fabs(a) < 1 / OUTCOME_VALUE_MAX) {
        error_set(err, E_BAD_DATA, "lift", "control is zero, so that a difference in percent has no meaning");
        return error_hint(err, E_BAD_DATA, "look at the absolute difference");
    }
    double se = sqrt(vb / (a * a) + va * (b / a) * (b / a) / (a * a));
    outcome_from(out, (b - a) / fabs(a), 0, se, INFINITY, alternative, alpha);
    if (out->state == OUTCOME_OK && a * a < 9 * va)
        out->state = OUTCOME_FEW;
    return 0;
}

int mean_lift(const struct moments *a, const struct moments *b, enum outcome_alternative alternative, double alpha,
              struct outcome *out, struct error *err)
{
    int rc = check_arms(a, b, alpha, err);
    return rc != 0 ? rc
                   : lift_of(a->mean, variance_of_mean(a), b->mean, variance_of_mean(b), alternative, alpha, out, err);
}

bool mean_fieller(double a, double a_se, double b, double b_se, double reach, double *low, double *high)
{
    /* (B - r A)² = q² (vB + r² vA), solved for r = B/A. */
    double square = a * a - reach * reach * a_se * a_se, cross = a * b;
    *low = -INFINITY;
    *high = INFINITY;
    if (!(square > 0))
        return false;
    double root = sqrt(fmax(cross * cross - square * (b * b - reach * reach * b_se * b_se), 0));
    double r1 = (cross - root) / square, r2 = (cross + root) / square, sign = a > 0 ? 1 : -1;
    *low = fmin(sign * (r1 - 1), sign * (r2 - 1));
    *high = fmax(sign * (r1 - 1), sign * (r2 - 1));
    return true;
}

int mean_lift_fieller(const struct moments *a, const struct moments *b, double alpha, struct outcome *out,
                      struct error *err)
{
    struct outcome difference;
    int rc = mean_lift(a, b, OUTCOME_TWO_SIDED, alpha, out, err);
    if (rc == 0)
        rc = mean_welch(a, b, 0, OUTCOME_TWO_SIDED, alpha, &difference, err);
    if (rc != 0 || !(out->se > 0))
        return rc;
    out->statistic = difference.statistic;
    out->df = difference.df;
    out->p = difference.p;
    out->log_p = difference.log_p;
    out->state = OUTCOME_OK;
    if (!mean_fieller(a->mean, sqrt(variance_of_mean(a)), b->mean, sqrt(variance_of_mean(b)),
                      student_upper_quantile(0.5 * alpha, difference.df), &out->low, &out->high))
        out->state = OUTCOME_UNBOUNDED;
    return 0;
}

int mean_ratio(const struct moments_pair *arm, double *ratio, double *variance, struct error *err)
{
    struct moments x = moments_pair_x(arm), y = moments_pair_y(arm);
    int rc = check_arm(&x, "denominator", err);
    if (rc == 0)
        rc = check_arm(&y, "numerator", err);
    if (rc != 0)
        return rc;
    if (arm->mean_x == 0) {
        error_set(err, E_BAD_DATA, "ratio", "its denominator sums to zero, so that it is undefined");
        return error_hint(err, E_BAD_DATA, "count users without any as left out, or choose another denominator");
    }
    double r = arm->mean_y / arm->mean_x;
    double spread = arm->yy + r * r * arm->xx - 2 * r * arm->xy;
    *ratio = r;
    *variance = fmax(spread, 0) / (arm->n - 1) / (arm->n * arm->mean_x * arm->mean_x);
    if (!isfinite(*variance))
        return error_set(err, E_BAD_DATA, "ratio", "its denominator is too near zero to divide by");
    return 0;
}

static int ratios(const struct moments_pair *a, const struct moments_pair *b, double alpha, double *ra, double *va,
                  double *rb, double *vb, struct error *err)
{
    int rc = outcome_check_alpha(alpha, "comparison of ratios", err);
    if (rc == 0)
        rc = mean_ratio(a, ra, va, err);
    return rc != 0 ? rc : mean_ratio(b, rb, vb, err);
}

int mean_ratio_difference(const struct moments_pair *a, const struct moments_pair *b, double null,
                          enum outcome_alternative alternative, double alpha, struct outcome *out, struct error *err)
{
    double ra, va, rb, vb;
    int rc = ratios(a, b, alpha, &ra, &va, &rb, &vb, err);
    if (rc == 0)
        outcome_from(out, rb - ra, null, sqrt(va + vb), INFINITY, alternative, alpha);
    return rc;
}

/* The variance of an arm's ratio if it were `ratio`: about that, and not about its own. */
static double variance_about(const struct moments_pair *arm, double ratio)
{
    double off = arm->mean_y - ratio * arm->mean_x, sum = arm->n * arm->mean_x;
    double spread = arm->yy + ratio * ratio * arm->xx - 2 * ratio * arm->xy;
    return (fmax(spread, 0) + arm->n * off * off) / (sum * sum);
}

int mean_ratio_score(const struct moments_pair *a, const struct moments_pair *b, enum outcome_alternative alternative,
                     double alpha, struct outcome *out, struct error *err)
{
    double ra, va, rb, vb, sum_a = a->n * a->mean_x, sum_b = b->n * b->mean_x;
    int rc = ratios(a, b, alpha, &ra, &va, &rb, &vb, err);
    if (rc != 0)
        return rc;
    if (!(sum_a > 0 && sum_b > 0))
        return error_set(err, E_BAD_DATA, "comparison of ratios", "a denominator is negative: no common ratio");
    double common = ra + (rb - ra) * (sum_b / (sum_a + sum_b));
    double se = sqrt(variance_about(a, common) + variance_about(b, common));
    if (!isfinite(se))
        return error_set(err, E_BAD_DATA, "comparison of ratios", "a denominator is too near zero to divide by");
    outcome_from(out, rb - ra, 0, se, a->n + b->n - 2, alternative, alpha);
    return 0;
}

int mean_ratio_lift(const struct moments_pair *a, const struct moments_pair *b, enum outcome_alternative alternative,
                    double alpha, struct outcome *out, struct error *err)
{
    double ra, va, rb, vb;
    int rc = ratios(a, b, alpha, &ra, &va, &rb, &vb, err);
    return rc != 0 ? rc : lift_of(ra, va, rb, vb, alternative, alpha, out, err);
}

int mean_clustered(const struct mean_cluster *clusters, size_t n, double null, enum outcome_alternative alternative,
                   double alpha, struct outcome *out, struct error *err)
{
    double na = 0, nb = 0, sa = 0, sb = 0, used = 0;
    int rc = outcome_check_alpha(alpha, "clusters", err);
    for (size_t i = 0; i < n && rc == 0; i++) {
        const struct mean_cluster *c = &clusters[i];
        if (!isfinite(c->sum_a) || !isfinite(c->sum_b) || !(c->n_a >= 0) || !(c->n_b >= 0) || isinf(c->n_a + c->n_b))
            rc = error_set(err, E_BAD_DATA, "clusters", "cluster %zu holds something that is not a finite number",
                           i + 1);
        na += c->n_a, nb += c->n_b, sa += c->sum_a, sb += c->sum_b;
        used += c->n_a + c->n_b > 0;
    }
    if (rc != 0)
        return rc;
    if (used < 2 || na == 0 || nb == 0 || na + nb <= 2) {
        error_set(err, E_BAD_DATA, "clusters", "%.0f clusters with %.0f and %.0f members: too few", used, na, nb);
        return error_hint(err, E_BAD_DATA,
                          "at least two clusters and members in both arms are needed, 100 clusters are good");
    }
    double a = sa / na, b = sb / nb, sum = 0;
    for (size_t i = 0; i < n; i++) {
        const struct mean_cluster *c = &clusters[i];
        double pull = (c->sum_b - c->n_b * b) / nb - (c->sum_a - c->n_a * a) / na;
        sum += pull * pull;
    }
    double total = na + nb, correction = used / (used - 1) * ((total - 1) / (total - 2));
    outcome_from(out, b - a, null, sqrt(sum * correction), used - 1, alternative, alpha);
    if (out->state == OUTCOME_OK && used < 100)
        out->state = OUTCOME_FEW;
    return 0;
}

int mean_icc(const struct moments *clusters, size_t n, double *icc, struct error *err)
{
    struct moments all = {0};
    double within = 0, squares = 0, k = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(clusters[i].mean) || !isfinite(clusters[i].m2) || !(clusters[i].n >= 0))
            return error_set(err, E_BAD_DATA, "clusters", "cluster %zu holds something that is not a finite number",
                             i + 1);
        moments_merge(&all, &clusters[i]);
        within += clusters[i].m2;
        squares += clusters[i].n * clusters[i].n;
        k += clusters[i].n > 0;
    }
    if (k < 2 || all.n <= k) {
        error_set(err, E_BAD_DATA, "clusters", "a correlation needs two clusters, one of them with two members");
        return error_hint(err, E_BAD_DATA, "give more clusters");
    }
    double msw = within / (all.n - k), msb = fmax(all.m2 - within, 0) / (k - 1);
    double size = (all.n - squares / all.n) / (k - 1);
    double total = msb + (size - 1) * msw;
    *icc = total > 0 ? fmax((msb - msw) / total, 0) : 0;
    return 0;
}

int mean_noninferior(const struct moments *a, const struct moments *b, double margin, bool less_is_better, double alpha,
                     struct outcome_noninferiority *out, struct error *err)
{
    int rc = check_arms(a, b, alpha, err);
    if (rc != 0)
        return rc;
    if (!(margin > 0 && margin < 1) || !(a->mean > 0)) {
        error_set(err, E_BAD_DATA, "non-inferiority",
                  "needs a relative margin between 0 and 1 and a control above zero");
        return error_hint(err, E_BAD_DATA, "give the margin in the metric's own unit (outcome_noninferiority)");
    }
    double keep = less_is_better ? 1 + margin : 1 - margin;
    double va = keep * keep * variance_of_mean(a), vb = variance_of_mean(b);
    double se = sqrt(va + vb), df = welch_df(va, a->n, vb, b->n), width = margin * a->mean;
    struct outcome plain;
    rc = outcome_noninferiority((b->mean - keep * a->mean) - (less_is_better ? -width : width), se, df, width,
                                less_is_better, alpha, out, err);
    /* Superior is said of the plain difference, whose standard error is another. */
    if (rc == 0)
        rc = mean_welch(a, b, 0, less_is_better ? OUTCOME_LESS : OUTCOME_GREATER, alpha, &plain, err);
    if (rc == 0 && (out->verdict == OUTCOME_SUPERIOR || out->verdict == OUTCOME_NON_INFERIOR))
        out->verdict = plain.state == OUTCOME_OK && plain.p <= alpha ? OUTCOME_SUPERIOR : OUTCOME_NON_INFERIOR;
    return rc;
}
