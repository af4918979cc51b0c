#include "stats/proportion.h"

#include <math.h>

#include "stats/beta.h"
#include "stats/normal.h"
#include "stats/root.h"
#include "stats/special.h"

int proportion_check(const struct proportion *p, const char *arm, struct error *err)
{
    if (!(p->n > 0 && p->n <= 9007199254740992.0) || p->n != floor(p->n)) {
        error_set(err, E_BAD_DATA, arm, "%s", p->n == 0 ? "has no users" : "its number of users is not a whole number");
        return error_hint(err, E_BAD_DATA, "a rate needs at least one user");
    }
    if (!(p->x >= 0 && p->x <= p->n) || p->x != floor(p->x)) {
        error_set(err, E_BAD_DATA, arm, "%g conversions of %g users cannot be", p->x, p->n);
        return error_hint(err, E_BAD_DATA, "count users who converted, each once");
    }
    return 0;
}

static int check_arms(const struct proportion *a, const struct proportion *b, double alpha, struct error *err)
{
    int rc = outcome_check_alpha(alpha, "comparison of rates", err);
    if (rc == 0)
        rc = proportion_check(a, "control", err);
    return rc != 0 ? rc : proportion_check(b, "treatment", err);
}

static double variance(double p, double n)
{
    return p * (1 - p) / n;
}

int proportion_z(const struct proportion *a, const struct proportion *b, bool pooled, bool continuity, double null,
                 enum outcome_alternative alternative, double alpha, struct outcome *out, struct error *err)
{
    int rc = check_arms(a, b, alpha, err);
    if (rc != 0)
        return rc;
    if (!(null > -1 && null < 1) || (pooled && null != 0)) {
        error_set(err, E_USAGE, "comparison of rates", "cannot test against a difference of %g%s", null,
                  pooled ? " with a pooled variance" : "");
        return error_hint(err, E_USAGE, "a difference other than 0 needs the unpooled variance");
    }
    double pa = a->x / a->n, pb = b->x / b->n, p = (a->x + b->x) / (a->n + b->n);
    double wald = sqrt(variance(pa, a->n) + variance(pb, b->n));
    double se = pooled ? sqrt(p * (1 - p) * (1 / a->n + 1 / b->n)) : wald;
    /* Counts that cancel exactly must give exactly nought. */
    double effect = (b->x * a->n - a->x * b->n) / (a->n * b->n);
    outcome_from(out, effect, null, se, INFINITY, alternative, alpha);
    if (out->state != OUTCOME_OK)
        return 0;
    if (continuity) {
        double shift = 0.5 * (1 / a->n + 1 / b->n), d = effect - null;
        out->statistic = copysign(fmax(fabs(d) - shift, 0), d) / se;
        out->p = outcome_p(out->statistic, INFINITY, alternative, &out->log_p);
    }
    double tail = alternative == OUTCOME_TWO_SIDED ? 0.5 * alpha : alpha;
    double reach = normal_upper_quantile(tail) * wald + (continuity ? 0.5 * (1 / a->n + 1 / b->n) : 0);
    out->low = alternative == OUTCOME_LESS ? -INFINITY : fmax(effect - reach, -1);
    out->high = alternative == OUTCOME_GREATER ? INFINITY : fmin(effect + reach, 1);
    double least = fmin(fmin(p, 1 - p) * a->n, fmin(p, 1 - p) * b->n);
    if (least < 5)
        out->state = OUTCOME_FEW;
    return 0;
}

int proportion_lift(const struct proportion *a, const struct proportion *b, double alpha, struct outcome *out,
                    struct error *err)
{
    int rc = check_arms(a, b, alpha, err);
    if (rc != 0)
        return rc;
    if (a->x == 0 || b->x == 0) {
        error_set(err, E_BAD_DATA, a->x == 0 ? "control" : "treatment",
                  "has no conversions: there is no ratio of rates");
        return error_hint(err, E_BAD_DATA, "look at the difference of the rates instead");
    }
    double ratio = b->x / b->n / (a->x / a->n), se = sqrt(1 / a->x - 1 / a->n + 1 / b->x - 1 / b->n);
    outcome_from(out, log(ratio), 0, se, INFINITY, OUTCOME_TWO_SIDED, alpha);
    out->effect = ratio - 1;
    out->se = se * ratio;
    out->low = expm1(out->low);
    out->high = expm1(out->high);
    return 0;
}

static void wilson(double x, double n, double z, double *low, double *high)
{
    double p = x / n, square = z * z, centre = p + square / (2 * n);
    double half = z * sqrt(p * (1 - p) / n + square / (4 * n * n)), scale = 1 + square / n;
    *low = x == 0 ? 0 : (centre - half) / scale;
    *high = x == n ? 1 : (centre + half) / scale;
}

static void clopper_pearson(double x, double n, double alpha, double *low, double *high)
{
    double tail = 0.5 * alpha;
    /* No and all conversions in closed form: exact also where alpha is tiny. */
    *low = x == 0 ? 0 : x == n ? exp(log(tail) / n) : beta_quantile(tail, x, n - x + 1);
    *high = x == n ? 1 : x == 0 ? -expm1(log(tail) / n) : beta_upper_quantile(tail, x + 1, n - x);
}

int proportion_interval(const struct proportion *p, enum proportion_method method, double alpha, double *low,
                        double *high, struct error *err)
{
    int rc = outcome_check_alpha(alpha, "rate", err);
    if (rc == 0)
        rc = proportion_check(p, "rate", err);
    if (rc != 0)
        return rc;
    double x = p->x, n = p->n, z = normal_upper_quantile(0.5 * alpha), l = 0, h = 1;
    if (method == PROPORTION_WILSON) {
        wilson(x, n, z, &l, &h);
    } else if (method == PROPORTION_CLOPPER_PEARSON) {
        clopper_pearson(x, n, alpha, &l, &h);
    } else if (method == PROPORTION_JEFFREYS) {
        l = x == 0 ? 0 : beta_quantile(0.5 * alpha, x + 0.5, n - x + 0.5);
        h = x == n ? 1 : beta_upper_quantile(0.5 * alpha, x + 0.5, n - x + 0.5);
    } else {
        double more = method == PROPORTION_AGRESTI_COULL ? z * z : 0;
        double rate = (x + 0.5 * more) / (n + more), half = z * sqrt(variance(rate, n + more));
        l = rate - half;
        h = rate + half;
    }
    *low = fmin(fmax(l, 0), 1);
    *high = fmin(fmax(h, 0), 1);
    return 0;
}

/* Miettinen & Nurminen: the difference d whose score statistic is ±z. */
struct score {
    double xa, na, xb, nb, z;
};

/* The rate of B that is likeliest when it is larger by d than A's: the root of a cubic in closed form (Farrington &
 * Manning 1990, appendix). */
static double restricted_rate(const struct score *s, double d)
{
    double theta = s->na / s->nb, pb = s->xb / s->nb, pa = s->xa / s->na;
    double a = 1 + theta, b = -(1 + theta + pb + theta * pa + d * (theta + 2));
    double c = d * d + d * (2 * pb + theta + 1) + pb + theta * pa, e = -pb * d * (1 + d), third = b / (3 * a);
    double v = third * third * third - b * c / (6 * a * a) + e / (2 * a);
    double u = copysign(sqrt(fmax(third * third - c / (3 * a), 0)), v);
    double w = u == 0 ? 0 : (SPECIAL_PI + acos(fmin(fmax(v / (u * u * u), -1), 1))) / 3;
    return fmin(fmax(2 * u * cos(w) - third, fmax(0, d)), fmin(1, 1 + d));
}

static double score_error(const void *context, double d)
{
    const struct score *s = context;
    double pb = restricted_rate(s, d), pa = fmin(fmax(pb - d, 0), 1), n = s->na + s->nb;
    double v = (variance(pa, s->na) + variance(pb, s->nb)) * n / (n - 1);
    double difference = s->xb / s->nb - s->xa / s->na - d;
    return v > 0 ? difference / sqrt(v) - s->z : difference == 0 ? -s->z : copysign(1e300, difference);
}

int proportion_difference_interval(const struct proportion *a, const struct proportion *b,
                                   enum proportion_difference_method method, double alpha, double *low, double *high,
                                   struct error *err)
{
    int rc = check_arms(a, b, alpha, err);
    if (rc != 0)
        return rc;
    double z = normal_upper_quantile(0.5 * alpha), pa = a->x / a->n, pb = b->x / b->n, d = pb - pa, l, h;
    if (method == PROPORTION_NEWCOMBE) {
        double la, ha, lb, hb;
        wilson(a->x, a->n, z, &la, &ha);
        wilson(b->x, b->n, z, &lb, &hb);
        l = d - hypot(pb - lb, ha - pa);
        h = d + hypot(hb - pb, pa - la);
    } else if (method == PROPORTION_MIETTINEN_NURMINEN) {
        struct score s = {a->x, a->n, b->x, b->n, z};
        l = -1;
        h = 1;
        root_between(score_error, &s, -1, d, &l);
        s.z = -z;
        root_between(score_error, &s, d, 1, &h);
    } else {
        double more = method == PROPORTION_AGRESTI_CAFFO ? 1 : 0;
        double ra = (a->x + more) / (a->n + 2 * more), rb = (b->x + more) / (b->n + 2 * more);
        double half = z * sqrt(variance(ra, a->n + 2 * more) + variance(rb, b->n + 2 * more));
        l = rb - ra - half;
        h = rb - ra + half;
    }
    *low = fmax(l, -1);
    *high = fmin(h, 1);
    return 0;
}
