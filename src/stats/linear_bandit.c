#include "stats/linear_bandit.h"

#include <math.h>

#include "base/mem.h"

#define RENEW 1000

static void identity(double *m, size_t d, double value)
{
    for (size_t i = 0; i < d * d; i++)
        m[i] = i % (d + 1) == 0 ? value : 0;
}

int linear_bandit_init(struct linear_bandit *self, size_t features, double ridge, struct error *err)
{
    *self = (struct linear_bandit){.d = features, .ridge = ridge};
    if (features == 0 || features > LINEAR_BANDIT_FEATURES_MAX || !(ridge > 0) || isinf(ridge)) {
        error_set(err, E_BAD_DATA, "linear bandit", "%zu features with a ridge of %g", features, ridge);
        return error_hint(err, E_BAD_DATA, "1 to %d features, and a ridge above zero", LINEAR_BANDIT_FEATURES_MAX);
    }
    size_t d = features;
    self->a = mem_zalloc(2 * d * d + 3 * d, sizeof *self->a);
    if (self->a == NULL)
        return error_nomem(err, "linear bandit");
    self->inverse = self->a + d * d;
    self->b = self->inverse + d * d;
    self->theta = self->b + d;
    self->scratch = self->theta + d;
    identity(self->a, d, ridge);
    identity(self->inverse, d, 1 / ridge);
    return 0;
}

void linear_bandit_release(struct linear_bandit *self)
{
    mem_free(self->a);
    *self = (struct linear_bandit){0};
}

static double dot(const double *x, const double *y, size_t d)
{
    double sum = 0;
    for (size_t i = 0; i < d; i++)
        sum += x[i] * y[i];
    return sum;
}

/* A^-1 by Cholesky: A = LL', then the columns of the identity are solved. */
static int renew(struct linear_bandit *self, struct error *err)
{
    size_t d = self->d;
    double *l = mem_dup(self->a, d * d * sizeof *l);
    if (l == NULL)
        return error_nomem(err, "linear bandit");
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j <= i; j++) {
            double v = l[i * d + j] - dot(l + i * d, l + j * d, j);
            l[i * d + j] = i == j ? sqrt(v) : v / l[j * d + j];
        }
    for (size_t c = 0; c < d; c++) {
        double *x = self->scratch;
        for (size_t i = 0; i < d; i++)
            x[i] = ((i == c) - dot(l + i * d, x, i)) / l[i * d + i];
        for (size_t i = d; i-- > 0;) {
            for (size_t j = i + 1; j < d; j++)
                x[i] -= l[j * d + i] * x[j];
            x[i] /= l[i * d + i];
        }
        for (size_t i = 0; i < d; i++)
            self->inverse[i * d + c] = x[i];
    }
    mem_free(l);
    self->since = 0;
    return 0;
}

static void refresh_theta(struct linear_bandit *self)
{
    for (size_t i = 0; i < self->d; i++)
        self->theta[i] = dot(self->inverse + i * self->d, self->b, self->d);
}

int linear_bandit_add(struct linear_bandit *self, const double *x, double reward, double weight, struct error *err)
{
    size_t d = self->d;
    int rc = outcome_check_values(x, d, "context", err);
    if (rc == 0)
        rc = outcome_check_values(&reward, 1, "reward", err);
    if (rc != 0)
        return rc;
    if (!(weight > 0) || isinf(weight))
        return error_set(err, E_BAD_DATA, "linear bandit", "a weight of %g is not usable", weight);
    double *ax = self->scratch;
    for (size_t i = 0; i < d; i++)
        ax[i] = dot(self->inverse + i * d, x, d);
    double scale = weight / (1 + weight * dot(x, ax, d));
    for (size_t i = 0; i < d; i++) {
        self->b[i] += weight * reward * x[i];
        for (size_t j = 0; j < d; j++) {
            self->a[i * d + j] += weight * x[i] * x[j];
            self->inverse[i * d + j] -= scale * ax[i] * ax[j];
        }
    }
    if (++self->since >= RENEW)
        rc = renew(self, err);
    refresh_theta(self);
    return rc;
}

int linear_bandit_discount(struct linear_bandit *self, double keep, struct error *err)
{
    if (!(keep > 0 && keep <= 1))
        return error_set(err, E_BAD_DATA, "linear bandit", "cannot keep %g of what is known", keep);
    size_t d = self->d;
    for (size_t i = 0; i < d * d; i++)
        self->a[i] = keep * self->a[i] + (i % (d + 1) == 0 ? (1 - keep) * self->ridge : 0);
    for (size_t i = 0; i < d; i++)
        self->b[i] *= keep;
    int rc = renew(self, err);
    refresh_theta(self);
    return rc;
}

double linear_bandit_mean(const struct linear_bandit *self, const double *x)
{
    return dot(x, self->theta, self->d);
}

double linear_bandit_spread(const struct linear_bandit *self, const double *x)
{
    double sum = 0;
    for (size_t i = 0; i < self->d; i++)
        sum += x[i] * dot(self->inverse + i * self->d, x, self->d);
    return sqrt(fmax(sum, 0));
}

static int check(const struct linear_bandit *arms, const double *const *x, size_t k, double width, struct error *err)
{
    if (k == 0 || k > BAYES_ARMS_MAX)
        return error_set(err, E_BAD_DATA, "linear bandit", "%zu arms: there must be 1 to %d", k, BAYES_ARMS_MAX);
    if (!(width >= 0) || isinf(width))
        return error_set(err, E_BAD_DATA, "linear bandit", "a width of %g is not usable", width);
    for (size_t i = 0; i < k; i++) {
        int rc = outcome_check_values(x[i], arms[i].d, "context", err);
        if (rc != 0)
            return rc;
    }
    return 0;
}

int linear_bandit_ucb(const struct linear_bandit *arms, const double *const *x, size_t k, double alpha, double *score,
                      double *probability, struct error *err)
{
    double s[BAYES_ARMS_MAX], most = -INFINITY, ties = 0;
    int rc = check(arms, x, k, alpha, err);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < k; i++) {
        s[i] = linear_bandit_mean(&arms[i], x[i]) + alpha * linear_bandit_spread(&arms[i], x[i]);
        most = fmax(most, s[i]);
    }
    for (size_t i = 0; i < k; i++)
        ties += s[i] == most;
    for (size_t i = 0; i < k; i++) {
        probability[i] = s[i] == most ? 1 / ties : 0;
        if (score != NULL)
            score[i] = s[i];
    }
    return 0;
}

int linear_bandit_thompson(const struct linear_bandit *arms, const double *const *x, size_t k, double v,
                           double *probability, struct error *err)
{
    struct bayes_posterior posterior[BAYES_ARMS_MAX];
    int rc = check(arms, x, k, v, err);
    bool spread = v > 0;
    for (size_t i = 0; i < k && rc == 0; i++) {
        double sd = v * linear_bandit_spread(&arms[i], x[i]);
        spread = spread && sd > 0;
        posterior[i] = (struct bayes_posterior){
            .kind = BAYES_NORMAL, .location = linear_bandit_mean(&arms[i], x[i]), .scale = sd};
    }
    if (rc != 0)
        return rc;
    /* A context of zeros, or v = 0, leaves nothing to chance: then the best mean it is. */
    return spread ? bayes_best(posterior, k, probability, NULL, err)
                  : linear_bandit_ucb(arms, x, k, 0, NULL, probability, err);
}
