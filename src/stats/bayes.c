#include "stats/bayes.h"

#include <math.h>

#include "stats/beta.h"
#include "stats/normal.h"
#include "stats/quadrature.h"
#include "stats/root.h"
#include "stats/special.h"
#include "stats/student.h"

#define RELATIVE 1e-12
#define FALL 100.0 /* the integrals end where a density has fallen by e^-FALL */

static int refuse(struct error *err, const char *why)
{
    return error_set(err, E_BAD_DATA, "posterior", "%s", why);
}

int bayes_rate(double prior_a, double prior_b, double conversions, double users, struct bayes_posterior *out,
               struct error *err)
{
    if (!(prior_a > 0 && prior_b > 0) || isinf(prior_a) || isinf(prior_b)) {
        refuse(err, "both numbers of the beta prior must be above zero");
        return error_hint(err, E_BAD_DATA, "1 and 1 is flat");
    }
    if (!(conversions >= 0 && conversions <= users) || isinf(users))
        return refuse(err, "conversions are not between 0 and the number of users");
    *out = (struct bayes_posterior){.kind = BAYES_BETA, .a = prior_a + conversions, .b = prior_b + users - conversions};
    return 0;
}

static int check_data(const struct moments *data, struct error *err)
{
    if (data->n >= 0 && isfinite(data->n) && isfinite(data->mean) && data->m2 >= 0 && isfinite(data->m2))
        return 0;
    return refuse(err, "the data's count, mean or spread is not a finite number");
}

int bayes_effect(double prior_mean, double prior_sd, double estimate, double se, struct bayes_posterior *out,
                 struct error *err)
{
    if (!isfinite(prior_mean) || !(prior_sd > 0) || !isfinite(estimate) || !(se > 0) || isinf(se))
        return refuse(err, "needs a prior with a spread above zero, and an estimate with an error above zero");
    double v = se * se, share = isinf(prior_sd) ? 0 : v / (v + prior_sd * prior_sd);
    *out = (struct bayes_posterior){.kind = BAYES_NORMAL, .location = prior_mean * share + estimate * (1 - share),
                                    .scale = se * sqrt(1 - share)};
    return 0;
}

int bayes_mean(double prior_mean, double prior_sd, const struct moments *data, double known_variance,
               struct bayes_posterior *out, struct error *err)
{
    int rc = check_data(data, err);
    if (rc != 0)
        return rc;
    if (!(known_variance > 0) || isinf(known_variance) || (data->n == 0 && !isfinite(prior_sd)))
        return refuse(err, "the variance of single values must be above zero");
    if (data->n > 0)
        return bayes_effect(prior_mean, prior_sd, data->mean, sqrt(known_variance / data->n), out, err);
    if (!isfinite(prior_mean) || !(prior_sd > 0))
        return refuse(err, "the prior needs a spread above zero");
    *out = (struct bayes_posterior){.kind = BAYES_NORMAL, .location = prior_mean, .scale = prior_sd};
    return 0;
}

int bayes_mean_unknown(double prior_mean, double prior_kappa, double prior_shape, double prior_rate,
                       const struct moments *data, struct bayes_posterior *out, struct error *err)
{
    int rc = check_data(data, err);
    if (rc != 0)
        return rc;
    if (!isfinite(prior_mean) || !(prior_kappa >= 0 && prior_rate >= 0) || isinf(prior_kappa) || isinf(prior_rate) ||
        !isfinite(prior_shape))
        return refuse(err, "the prior's numbers must be finite, and its counts not negative");
    double kappa = prior_kappa + data->n, shape = prior_shape + 0.5 * data->n;
    double d = data->mean - prior_mean;
    double rate = prior_rate + 0.5 * data->m2 + (kappa > 0 ? 0.5 * d * d * (prior_kappa / kappa * data->n) : 0);
    if (!(kappa > 0 && shape > 0 && rate > 0)) {
        refuse(err, "prior and data together leave the mean or the variance open");
        return error_hint(err, E_BAD_DATA,
                          "give a proper prior (shape and rate above zero), or wait for values that differ");
    }
    *out = (struct bayes_posterior){
        .kind = BAYES_STUDENT, .location = (prior_kappa * prior_mean + data->n * data->mean) / kappa,
        .scale = sqrt(rate / (shape * kappa)), .df = 2 * shape};
    return 0;
}

static int check(const struct bayes_posterior *p, struct error *err)
{
    bool good = p->kind == BAYES_BETA ? p->a > 0 && p->b > 0 && p->a < 1e15 && p->b < 1e15
                                      : isfinite(p->location) && p->scale >= 1 / OUTCOME_VALUE_MAX &&
                                            p->scale <= OUTCOME_VALUE_MAX && (p->kind != BAYES_STUDENT || p->df > 0);
    return good ? 0 : refuse(err, "its parameters are not numbers above zero and below 1e15");
}

double bayes_expectation(const struct bayes_posterior *p)
{
    return p->kind == BAYES_BETA ? p->a / (p->a + p->b) : p->location;
}

double bayes_cdf(const struct bayes_posterior *p, double x)
{
    if (p->kind == BAYES_BETA)
        return beta_cdf(x, p->a, p->b);
    double z = (x - p->location) / p->scale;
    return p->kind == BAYES_NORMAL ? normal_cdf(z) : student_cdf(z, p->df);
}

double bayes_quantile(const struct bayes_posterior *p, double q)
{
    if (p->kind == BAYES_BETA)
        return beta_quantile(q, p->a, p->b);
    return p->location + p->scale * (p->kind == BAYES_NORMAL ? normal_quantile(q) : student_quantile(q, p->df));
}

/* A posterior is walked along a coordinate in which it is smooth and ends nowhere abruptly: log odds of a rate,
 * standard units of a normal, their inverse sinh for the long tails of a t. */
static double place(const struct bayes_posterior *p, double v)
{
    switch (p->kind) {
    case BAYES_BETA: return 1 / (1 + exp(-v));
    case BAYES_NORMAL: return p->location + p->scale * v;
    case BAYES_STUDENT: return p->location + p->scale * sinh(v);
    }
    return v;
}

static double log_density(const struct bayes_posterior *p, double v)
{
    switch (p->kind) {
    case BAYES_BETA: return special_log_beta_prefactor(p->a, p->b, 1 / (1 + exp(-v)), 1 / (1 + exp(v)));
    case BAYES_NORMAL: return normal_log_pdf(v);
    case BAYES_STUDENT: return student_log_pdf(sinh(v), p->df) + log(cosh(v));
    }
    return 0;
}

static double walk_end(const struct bayes_posterior *p, double side)
{
    double peak = p->kind == BAYES_BETA ? log(p->a / p->b) : 0;
    double top = log_density(p, peak), step = p->kind == BAYES_BETA ? sqrt(1 / p->a + 1 / p->b) : 0.5;
    while (log_density(p, peak + side * step) > top - FALL && step < 700)
        step *= 1.3;
    return peak + side * step;
}

struct expectation {
    const struct bayes_posterior *p;
    double (*g)(const void *context, double x);
    const void *context;
};

static double weighted(const void *context, double v)
{
    const struct expectation *e = context;
    return exp(log_density(e->p, v)) * e->g(e->context, place(e->p, v));
}

/* E g(X) for X distributed as p; g >= 0. */
static double expect(const struct bayes_posterior *p, double (*g)(const void *, double), const void *context)
{
    struct expectation e = {p, g, context};
    return quadrature_integrate(weighted, &e, walk_end(p, -1), walk_end(p, 1), 24, RELATIVE, 1e-300);
}

struct others {
    const struct bayes_posterior *arms;
    size_t n, self;
    double centre, unit; /* of the walk of loss_mean */
};

static double all_below(const void *context, double x)
{
    const struct others *o = context;
    double product = 1;
    for (size_t j = 0; j < o->n && product > 0; j++)
        if (j != o->self)
            product *= bayes_cdf(&o->arms[j], x);
    return product;
}

static double log_cdf(const struct bayes_posterior *p, double x)
{
    if (p->kind == BAYES_BETA)
        return beta_log_cdf(x, p->a, p->b);
    double z = (x - p->location) / p->scale;
    return p->kind == BAYES_NORMAL ? normal_log_cdf(z) : student_log_cdf(z, p->df);
}

/* The integrand of E max - E theta_i: F_i(x) (1 - Π_{j≠i} F_j(x)), by logarithms so that far above nothing is lost. */
static double loss_at(const struct others *o, double x)
{
    double log_product = 0;
    for (size_t j = 0; j < o->n; j++)
        if (j != o->self)
            log_product += log_cdf(&o->arms[j], x);
    return bayes_cdf(&o->arms[o->self], x) * -expm1(log_product);
}

static double loss_rate(const void *context, double v)
{
    double x = 1 / (1 + exp(-v));
    return loss_at(context, x) * x * (1 / (1 + exp(v)));
}

/* Along x = centre + unit sinh(v), since the tails of a t are long. */
static double loss_mean(const void *context, double v)
{
    const struct others *o = context;
    return loss_at(o, o->centre + o->unit * sinh(v)) * o->unit * cosh(v);
}

/* Two normal arms in closed form: s φ(m/s) - m Φ(-m/s). */
static double normal_loss(const struct bayes_posterior *chosen, const struct bayes_posterior *other)
{
    double s = hypot(chosen->scale, other->scale);
    return s * normal_excess((chosen->location - other->location) / s);
}

static double loss_of(struct others *o)
{
    const struct bayes_posterior *arms = o->arms;
    if (o->n == 1)
        return 0;
    if (o->n == 2 && arms[0].kind == BAYES_NORMAL && arms[1].kind == BAYES_NORMAL)
        return normal_loss(&arms[o->self], &arms[1 - o->self]);
    double lo = INFINITY, hi = -INFINITY;
    bool rates = arms[0].kind == BAYES_BETA;
    o->unit = INFINITY;
    for (size_t i = 0; i < o->n; i++) {
        double l = walk_end(&arms[i], -1), h = walk_end(&arms[i], 1);
        lo = fmin(lo, rates ? l : place(&arms[i], l));
        hi = fmax(hi, rates ? h : place(&arms[i], h));
        o->centre += arms[i].location / (double)o->n;
        o->unit = fmin(o->unit, arms[i].scale);
    }
    if (rates)
        return quadrature_integrate(loss_rate, o, lo, hi, 64, RELATIVE, 1e-300);
    double from = asinh((lo - o->centre) / o->unit), to = asinh((hi - o->centre) / o->unit);
    return quadrature_integrate(loss_mean, o, from, to, 64, RELATIVE, 1e-300);
}

/* P(B > A) of two normal arms. */
static double normal_beats(const struct bayes_posterior *b, const struct bayes_posterior *a)
{
    return normal_cdf((b->location - a->location) / hypot(a->scale, b->scale));
}

/* One of them is the best.  Where one posterior is a thousand times narrower than the others, quadrature leaves a rest. */
static void share_rest(double *probability, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += probability[i];
    for (size_t i = 0; i < n && sum > 0 && fabs(sum - 1) > 1e-9; i++)
        probability[i] /= sum;
}

int bayes_best(const struct bayes_posterior *arms, size_t n, double *probability, double *loss, struct error *err)
{
    if (n == 0 || n > BAYES_ARMS_MAX)
        return error_set(err, E_BAD_DATA, "best arm", "%zu arms: there must be 1 to %d", n, BAYES_ARMS_MAX);
    for (size_t i = 0; i < n; i++) {
        int rc = check(&arms[i], err);
        if (rc != 0)
            return rc;
        if ((arms[i].kind == BAYES_BETA) != (arms[0].kind == BAYES_BETA))
            return error_set(err, E_USAGE, "best arm", "rates and means cannot be compared with each other");
        if (loss != NULL && n > 1 && arms[i].kind == BAYES_STUDENT && arms[i].df <= 1) {
            error_set(err, E_BAD_DATA, "best arm", "arm %zu has %g degrees of freedom: its expected loss is infinite",
                      i + 1, arms[i].df);
            return error_hint(err, E_BAD_DATA, "wait for more users, or give a prior of larger shape");
        }
    }
    bool normals = n == 2 && arms[0].kind == BAYES_NORMAL && arms[1].kind == BAYES_NORMAL;
    for (size_t i = 0; i < n; i++) {
        struct others o = {.arms = arms, .n = n, .self = i};
        if (probability != NULL)
            probability[i] = normals  ? normal_beats(&arms[i], &arms[1 - i])
                             : n == 1 ? 1
                                      : fmin(expect(&arms[i], all_below, &o), 1);
        if (loss != NULL)
            loss[i] = loss_of(&o);
    }
    if (probability != NULL)
        share_rest(probability, n);
    return 0;
}

int bayes_interval(const struct bayes_posterior *p, double alpha, double *low, double *high, struct error *err)
{
    int rc = check(p, err);
    if (rc == 0)
        rc = outcome_check_alpha(alpha, "credible interval", err);
    if (rc != 0)
        return rc;
    if (p->kind == BAYES_BETA) {
        *low = beta_quantile(0.5 * alpha, p->a, p->b);
        *high = beta_upper_quantile(0.5 * alpha, p->a, p->b);
        return 0;
    }
    double half = p->location - bayes_quantile(p, 0.5 * alpha);
    *low = p->location - half;
    *high = p->location + half;
    return 0;
}

struct shortest {
    const struct bayes_posterior *p;
    double alpha;
};

/* The difference of the densities at both ends, when the lower tail holds q. */
static double uneven(const void *context, double q)
{
    const struct shortest *s = context;
    double l = beta_quantile(q, s->p->a, s->p->b), h = beta_upper_quantile(s->alpha - q, s->p->a, s->p->b);
    return beta_log_pdf(l, s->p->a, s->p->b) - beta_log_pdf(h, s->p->a, s->p->b);
}

int bayes_shortest(const struct bayes_posterior *p, double alpha, double *low, double *high, struct error *err)
{
    int rc = bayes_interval(p, alpha, low, high, err);
    if (rc != 0 || p->kind != BAYES_BETA)
        return rc;
    bool down = p->a <= 1, up = p->b <= 1; /* the density does not fall towards that end */
    if (down && up) /* flat, or highest at both ends: the equal tails stay */
        return 0;
    double q = 0;
    struct shortest s = {p, alpha};
    if (!down && !up && root_between(uneven, &s, alpha * 1e-12, alpha * (1 - 1e-12), &q) != 0)
        q = bayes_expectation(p) < 0.5 ? 0 : alpha;
    if (up)
        q = alpha;
    *low = q == 0 ? 0 : beta_quantile(q, p->a, p->b);
    *high = q == alpha ? 1 : beta_upper_quantile(alpha - q, p->a, p->b);
    return 0;
}

/* B below x + A (or below (1 + x) A), given A. */
struct comparison {
    const struct bayes_posterior *a, *b;
    double x, wanted;
    bool ratio;
};

static double below_given(const void *context, double at)
{
    const struct comparison *c = context;
    return bayes_cdf(c->b, c->ratio ? (1 + c->x) * at : at + c->x);
}

static double comparison_cdf(const struct comparison *c)
{
    const struct bayes_posterior *a = c->a, *b = c->b;
    if (!c->ratio && a->kind == BAYES_NORMAL && b->kind == BAYES_NORMAL)
        return normal_cdf((c->x - (b->location - a->location)) / hypot(a->scale, b->scale));
    return fmin(expect(a, below_given, c), 1);
}

double bayes_difference_cdf(const struct bayes_posterior *a, const struct bayes_posterior *b, double x)
{
    struct comparison c = {.a = a, .b = b, .x = x};
    return comparison_cdf(&c);
}

static double comparison_error(const void *context, double x)
{
    struct comparison c = *(const struct comparison *)context;
    c.x = x;
    return comparison_cdf(&c) - c.wanted;
}

static int comparison_interval(struct comparison *c, double alpha, double guess, double step, double lo, double hi,
                               double *low, double *high, struct error *err)
{
    int rc = check(c->a, err);
    if (rc == 0)
        rc = check(c->b, err);
    if (rc == 0)
        rc = outcome_check_alpha(alpha, "credible interval", err);
    if (rc != 0)
        return rc;
    c->wanted = 0.5 * alpha;
    int failed = root_around(comparison_error, c, guess, step, lo, hi, low);
    c->wanted = 1 - 0.5 * alpha;
    failed |= root_around(comparison_error, c, guess, step, lo, hi, high);
    return failed ? error_set(err, E_FAILED, "credible interval", "no bounds were found for posteriors this far apart")
                  : 0;
}

int bayes_difference_interval(const struct bayes_posterior *a, const struct bayes_posterior *b, double alpha,
                              double *low, double *high, struct error *err)
{
    struct comparison c = {.a = a, .b = b};
    bool rates = a->kind == BAYES_BETA && b->kind == BAYES_BETA;
    double guess = bayes_expectation(b) - bayes_expectation(a);
    double step = rates ? 0.1 * (1 - fabs(guess)) + 1e-3 : hypot(a->scale, b->scale);
    return comparison_interval(&c, alpha, guess, step, rates ? -1 : -INFINITY, rates ? 1 : INFINITY, low, high, err);
}

int bayes_lift_interval(const struct bayes_posterior *a, const struct bayes_posterior *b, double alpha, double *low,
                        double *high, struct error *err)
{
    if (a->kind != BAYES_BETA || b->kind != BAYES_BETA) {
        error_set(err, E_USAGE, "credible interval", "a lift needs rates: a mean may be zero or negative");
        return error_hint(err, E_USAGE, "look at the difference");
    }
    struct comparison c = {.a = a, .b = b, .ratio = true};
    double guess = bayes_expectation(b) / bayes_expectation(a) - 1;
    return comparison_interval(&c, alpha, guess, 0.1 * (1 + guess), -1, INFINITY, low, high, err);
}
