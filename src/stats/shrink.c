#include "stats/shrink.h"

#include <math.h>

#include "stats/gamma.h"
#include "stats/normal.h"
#include "stats/root.h"
#include "stats/special.h"

struct picked {
    double z, limit, wanted;
    bool one_sided;
};

/* ln P(selected) for a true effect of mu standard errors. */
static double log_selected(const struct picked *p, double mu)
{
    double up = normal_log_sf(p->limit - mu);
    return p->one_sided ? up : special_log_sum(up, normal_log_sf(p->limit + mu));
}

/* ln P(Z > z | selected; mu) - ln wanted, for z beyond the limit; grows with mu. */
static double tail_error(const void *context, double mu)
{
    const struct picked *p = context;
    return normal_log_sf(p->z - mu) - log_selected(p, mu) - log(p->wanted);
}

/* The derivative of the conditional log-likelihood. */
static double slope(const void *context, double mu)
{
    const struct picked *p = context;
    double up = exp(normal_log_pdf(p->limit - mu) - log_selected(p, mu));
    double down = p->one_sided ? 0 : exp(normal_log_pdf(p->limit + mu) - log_selected(p, mu));
    return (p->z - mu) - (up - down);
}

static double solve_tail(struct picked *p, double wanted)
{
    double mu = p->z;
    p->wanted = wanted;
    return root_around(tail_error, p, p->z, 1, -1e4, p->z + 1e3, &mu) == 0 ? mu : -INFINITY;
}

int shrink_winner(double estimate, double se, double alpha_selected, bool one_sided, double alpha,
                  struct shrink_winner *out, struct error *err)
{
    int rc = outcome_check_alpha(alpha, "winner's curse", err);
    if (rc == 0)
        rc = outcome_check_alpha(alpha_selected, "winner's curse", err);
    if (rc != 0)
        return rc;
    if (!isfinite(estimate) || !(se > 0) || isinf(se))
        return error_set(err, E_BAD_DATA, "winner's curse", "needs a finite estimate with an error above zero");
    struct picked p = {.z = one_sided ? estimate / se : fabs(estimate) / se, .one_sided = one_sided};
    double half = normal_upper_quantile(0.5 * alpha) * se, sign = !one_sided && estimate < 0 ? -1 : 1;
    p.limit = normal_upper_quantile(one_sided ? alpha_selected : 0.5 * alpha_selected);
    *out = (struct shrink_winner){
        .estimate = estimate, .likeliest = estimate, .low = estimate - half, .high = estimate + half};
    if (!(p.z > p.limit))
        return 0;
    double likeliest = p.z;
    root_around(slope, &p, p.z, 1, one_sided ? -1e4 : 0, p.z + 1, &likeliest);
    double low = solve_tail(&p, 0.5 * alpha), middle = solve_tail(&p, 0.5), high = solve_tail(&p, 1 - 0.5 * alpha);
    *out = (struct shrink_winner){.selected = true, .estimate = sign * se * middle, .likeliest = sign * se * likeliest};
    out->low = se * (sign > 0 ? low : -high);
    out->high = se * (sign > 0 ? high : -low);
    return 0;
}

struct segments {
    const double *y, *se;
    size_t n;
};

static double weighted_mean(const struct segments *s, double tau2, double *weight)
{
    double sum = 0, w = 0;
    for (size_t i = 0; i < s->n; i++) {
        double one = 1 / (s->se[i] * s->se[i] + tau2);
        sum += one * s->y[i];
        w += one;
    }
    *weight = w;
    return sum / w;
}

static double cochran(const struct segments *s, double tau2)
{
    double weight, mean = weighted_mean(s, tau2, &weight), q = 0;
    for (size_t i = 0; i < s->n; i++)
        q += (s->y[i] - mean) * (s->y[i] - mean) / (s->se[i] * s->se[i] + tau2);
    return q;
}

static double spread_error(const void *context, double tau2)
{
    const struct segments *s = context;
    return (double)(s->n - 1) - cochran(s, tau2);
}

int shrink_segments(const double *estimates, const double *se, size_t n, double *shrunk, double *sd,
                    struct shrink_segments *out, struct error *err)
{
    if (n < 2) {
        error_set(err, E_BAD_DATA, "segments", "%zu segments: there is nothing to learn from", n);
        return error_hint(err, E_BAD_DATA, "at least two are needed");
    }
    int rc = outcome_check_values(estimates, n, "segments", err);
    double widest = 0, least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < n && rc == 0; i++) {
        if (!(se[i] >= 1 / OUTCOME_VALUE_MAX && se[i] <= OUTCOME_VALUE_MAX))
            rc = error_set(err, E_BAD_DATA, "segments", "segment %zu has a standard error of %g", i + 1, se[i]);
        widest = fmax(widest, se[i]);
        least = fmin(least, estimates[i]);
        most = fmax(most, estimates[i]);
    }
    if (rc != 0)
        return rc;
    struct segments s = {estimates, se, n};
    double tau2 = 0, span = most - least;
    *out = (struct shrink_segments){.q = cochran(&s, 0)};
    out->q_p = gamma_chi2_sf(out->q, (double)(n - 1));
    if (out->q > (double)(n - 1))
        root_between(spread_error, &s, 0, span * span * (double)n + widest * widest, &tau2);
    double weight;
    out->mean = weighted_mean(&s, tau2, &weight);
    out->mean_se = sqrt(1 / weight);
    out->tau = sqrt(tau2);
    for (size_t i = 0; i < n; i++) {
        double v = se[i] * se[i], own = tau2 / (tau2 + v);
        shrunk[i] = own * estimates[i] + (1 - own) * out->mean;
        sd[i] = sqrt(own * v + (1 - own) * (1 - own) / weight);
    }
    return 0;
}
