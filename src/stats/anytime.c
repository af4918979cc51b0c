#include "stats/anytime.h"

#include <math.h>

static int check(double effect, double se, double alpha, struct error *err)
{
    int rc = outcome_check_alpha(alpha, "sequential test", err);
    if (rc != 0)
        return rc;
    if (fabs(effect) < 1e150 && se > 1e-150 && se < 1e150)
        return 0;
    error_set(err, E_BAD_DATA, "sequential test", "needs a finite effect with a standard error above zero");
    return error_hint(err, E_BAD_DATA, "an arm without any spread has nothing to test yet");
}

int anytime_msprt(double effect, double se, double tau, double alpha, struct anytime_answer *out, struct error *err)
{
    int rc = check(effect, se, alpha, err);
    if (rc != 0)
        return rc;
    if (!(tau > 1e-150 && tau < 1e150)) {
        error_set(err, E_BAD_DATA, "sequential test", "the mixture's spread tau is %g", tau);
        return error_hint(err, E_BAD_DATA, "give the size of effect that is hoped for, and keep it for the whole test");
    }
    double v = se * se, t = tau * tau, grow = log1p(t / v);
    out->log_ratio = -0.5 * grow + 0.5 * (effect / se) * (effect / se) * (t / (v + t));
    out->p = fmin(1, exp(-out->log_ratio));
    double half = se * sqrt((v + t) / t * (-2 * log(alpha) + grow));
    out->low = effect - half;
    out->high = effect + half;
    return 0;
}

double anytime_rho(double n_best, double alpha)
{
    double l = -2 * log(alpha);
    return sqrt((l + log1p(l)) / n_best);
}

double anytime_halfwidth(double n, double rho, double alpha, bool one_sided)
{
    double k = n * rho * rho, root = 0.5 * log1p(k);
    double ln = one_sided ? log1p(exp(root) / (2 * alpha)) : root - log(alpha);
    return sqrt(2 * (k + 1) / k * ln);
}

/* The alpha at which the one-sided bound touches zero: z² k / (2 (k+1)) = ln(1 + √(k+1) / 2α). */
static double one_sided_p(double z, double k)
{
    return z > 0 ? fmin(1, 0.5 * sqrt(k + 1) / expm1(0.5 * z * z * (k / (k + 1)))) : 1;
}

int anytime_asymptotic(double effect, double se, double n, double rho, double alpha, bool one_sided,
                       struct anytime_answer *out, struct error *err)
{
    int rc = check(effect, se, alpha, err);
    if (rc != 0)
        return rc;
    if (!(n > 0) || isinf(n) || !(rho > 0) || isinf(rho) || (one_sided && alpha >= 0.5)) {
        error_set(err, E_BAD_DATA, "sequential test", "n %g, rho %g or alpha %g is not usable", n, rho, alpha);
        return error_hint(err, E_BAD_DATA, "rho is anytime_rho(users at which it shall be sharpest, alpha)");
    }
    double half = se * anytime_halfwidth(n, rho, alpha, one_sided), z = effect / se, k = n * rho * rho;
    out->log_ratio = 0.5 * z * z * (k / (k + 1)) - 0.5 * log1p(k);
    out->p = one_sided ? one_sided_p(z, k) : fmin(1, exp(-out->log_ratio));
    out->low = effect - half;
    out->high = one_sided ? INFINITY : effect + half;
    return 0;
}

double anytime_normal_mixture(double v, double rho, double alpha)
{
    return sqrt((v + rho) * (log1p(v / rho) - 2 * log(alpha)));
}

double anytime_normal_mixture_one_sided(double v, double rho, double alpha)
{
    /* The upper bound in closed form of Howard et al., eq. (14): a little above the exact root. */
    return sqrt(2 * (v + rho) * log(0.5 / alpha * sqrt((v + rho) / rho) + 1));
}

double anytime_best_rho(double v_best, double alpha)
{
    double l = -2 * log(alpha);
    return v_best / (l + log1p(l));
}

double anytime_stitched(double v, double v_min, double alpha, double c)
{
    const double eta = 2, s = 1.4, zeta = 3.1055472779775810; /* ζ(1.4) */
    double at = fmax(v, v_min);
    double l = s * log(log(eta * at / v_min)) + log(zeta / (alpha * pow(log(eta), s)));
    double k1 = (pow(eta, 0.25) + pow(eta, -0.25)) / sqrt(2), k2 = 0.5 * (sqrt(eta) + 1);
    double linear = k2 * c * l;
    return sqrt(k1 * k1 * at * l + linear * linear) + linear;
}

int anytime_bounded_init(struct anytime_bounded *self, double alpha, struct error *err)
{
    int rc = outcome_check_alpha(alpha, "sequential mean", err);
    if (rc == 0)
        *self = (struct anytime_bounded){.alpha = alpha, .high = 1};
    return rc;
}

int anytime_bounded_add(struct anytime_bounded *self, double x, struct error *err)
{
    if (!(x >= 0 && x <= 1)) {
        error_set(err, E_BAD_DATA, "sequential mean", "a value of %g is not between 0 and 1", x);
        return error_hint(err, E_BAD_DATA, "divide by the largest value that there can be");
    }
    double t = self->t + 1, mean = (0.5 + self->sum) / t, variance = (0.25 + self->squares) / t;
    double log_2_alpha = log(2 / self->alpha);
    double lambda = fmin(sqrt(2 * log_2_alpha / (variance * t * log1p(t))), 0.5);
    double surprise = x - mean;
    self->weight += lambda;
    self->weighted += lambda * x;
    self->penalty += surprise * surprise * (-log1p(-lambda) - lambda);
    self->t = t;
    self->sum += x;
    double after = x - (0.5 + self->sum) / (t + 1);
    self->squares += after * after;
    double centre = self->weighted / self->weight, half = (log_2_alpha + self->penalty) / self->weight;
    self->low = fmax(self->low, centre - half);
    self->high = fmin(self->high, centre + half);
    return 0;
}
