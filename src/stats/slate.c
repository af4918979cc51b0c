#include "stats/slate.h"

#include <math.h>

#include "base/mem.h"
#include "stats/moments.h"
#include "stats/normal.h"
#include "stats/policy.h"

#define SLOTS_MAX 1000

static int check_log(const struct slate_log *log, enum slate_estimator e, struct error *err)
{
    if (log->n == 0 || log->slots == 0 || log->slots > SLOTS_MAX)
        return error_set(err, E_BAD_DATA, "slates", "%zu slates of %zu positions cannot be evaluated", log->n,
                         log->slots);
    if (e == SLATE_CASCADE_DR && (log->q == NULL || log->v == NULL)) {
        error_set(err, E_USAGE, "slates", "cascade DR needs a model's rewards");
        return error_hint(err, E_USAGE, "use RIPS, which needs none");
    }
    size_t all = log->n * log->slots;
    int rc = outcome_check_values(log->reward, all, "reward", err);
    if (rc == 0 && e == SLATE_CASCADE_DR)
        rc = outcome_check_values(log->q, all, "model's reward", err);
    if (rc == 0 && e == SLATE_CASCADE_DR)
        rc = outcome_check_values(log->v, all, "model's value", err);
    if (rc == 0 && log->position != NULL)
        rc = outcome_check_values(log->position, log->slots, "position's weight", err);
    for (size_t i = 0; i < all && rc == 0; i++) {
        if (!(log->behaviour[i] >= 0 && log->behaviour[i] <= 1) || !(log->target[i] >= 0 && log->target[i] <= 1))
            rc = error_set(err, E_BAD_DATA, "slates", "slate %zu has something that is not a probability",
                           i / log->slots + 1);
        else if (log->behaviour[i] == 0)
            rc = error_set(err, E_REFUSED, "slates", "slate %zu shows what the logging policy could never show",
                           i / log->slots + 1);
    }
    return rc;
}

/* The weights of a slate's positions. */
static void weights_of(const struct slate_log *log, enum slate_estimator e, size_t row, double *w)
{
    double product = 1;
    for (size_t k = 0; k < log->slots; k++) {
        double one = log->target[row * log->slots + k] / log->behaviour[row * log->slots + k];
        product *= one;
        w[k] = e == SLATE_IIPS ? one : product;
    }
    for (size_t k = 0; k < log->slots && e == SLATE_SIPS; k++)
        w[k] = product;
}

static double slate_reward(const struct slate_log *log, enum slate_estimator e, size_t row, const double *w,
                           const double *mean)
{
    double sum = 0;
    for (size_t k = 0; k < log->slots; k++) {
        size_t at = row * log->slots + k;
        double share = log->position == NULL ? 1 : log->position[k], own = w[k] / mean[k];
        if (e == SLATE_CASCADE_DR) {
            double before = k == 0 ? 1 : w[k - 1] / mean[k - 1];
            sum += share * (own * (log->reward[at] - log->q[at]) + before * log->v[at]);
        } else {
            sum += share * own * log->reward[at];
        }
    }
    return sum;
}

/* Self-normalised: the delta method takes the denominator's noise into account, position by position. */
static double normalised_influence(const struct slate_log *log, enum slate_estimator e, size_t row, const double *w,
                                   const double *mean, const double *part)
{
    double sum = slate_reward(log, e, row, w, mean);
    for (size_t k = 0; k < log->slots; k++)
        sum -= (w[k] / mean[k] - 1) * part[k];
    return sum;
}

struct scratch {
    double w[SLOTS_MAX], mean[SLOTS_MAX], part[SLOTS_MAX];
};

static int evaluate(const struct slate_log *log, enum slate_estimator e, bool self, bool force, struct scratch *s,
                    struct slate_value *out, struct error *err)
{
    double n = (double)log->n, sum = 0, squares = 0;
    for (size_t i = 0; i < log->n; i++) {
        weights_of(log, e, i, s->w);
        for (size_t k = 0; k < log->slots; k++)
            s->mean[k] += s->w[k] / n;
        sum += s->w[log->slots - 1];
        squares += s->w[log->slots - 1] * s->w[log->slots - 1];
    }
    out->effective = isfinite(squares) ? (squares > 0 ? sum * sum / squares : 0) : 1;
    bool none = !(squares > 0);
    for (size_t k = 0; k < log->slots; k++) {
        none = none || (self && !(s->mean[k] > 0));
        s->mean[k] = self && !none ? s->mean[k] : 1;
    }
    if (none || (out->effective < POLICY_LEAST && !force)) {
        error_set(err, E_REFUSED, "slates", "the logs are worth only %.1f slates for this policy", out->effective);
        return error_hint(err, E_REFUSED,
                          "use RIPS or IIPS, which weigh less, log with more exploration, or run a test");
    }
    for (size_t i = 0; i < log->n && self; i++) {
        weights_of(log, e, i, s->w);
        for (size_t k = 0; k < log->slots; k++) {
            size_t at = i * log->slots + k;
            double share = log->position == NULL ? 1 : log->position[k];
            double rest = e == SLATE_CASCADE_DR ? log->reward[at] - log->q[at] : log->reward[at];
            s->part[k] += share * s->w[k] / s->mean[k] * rest / n;
            if (e == SLATE_CASCADE_DR && k + 1 < log->slots)
                s->part[k] +=
                    (log->position == NULL ? 1 : log->position[k + 1]) * s->w[k] / s->mean[k] * log->v[at + 1] / n;
        }
    }
    struct moments value = {0}, influence = {0};
    for (size_t i = 0; i < log->n; i++) {
        weights_of(log, e, i, s->w);
        moments_add(&value, slate_reward(log, e, i, s->w, s->mean));
        moments_add(&influence, normalised_influence(log, e, i, s->w, s->mean, s->part));
    }
    out->value = value.mean;
    out->se = sqrt(moments_variance(self ? &influence : &value) / n);
    return 0;
}

int slate_evaluate(const struct slate_log *log, enum slate_estimator estimator, bool self_normalised, double alpha,
                   bool force, struct slate_value *out, struct error *err)
{
    struct slate_value v = {0};
    int rc = outcome_check_alpha(alpha, "slates", err);
    if (rc == 0)
        rc = check_log(log, estimator, err);
    if (rc != 0)
        return rc;
    struct scratch *s = mem_zalloc(1, sizeof *s);
    if (s == NULL)
        return error_nomem(err, "slates");
    rc = evaluate(log, estimator, self_normalised, force, s, &v, err);
    mem_free(s);
    if (rc != 0)
        return rc;
    double half = normal_upper_quantile(0.5 * alpha) * v.se;
    v.low = v.value - half;
    v.high = v.value + half;
    *out = v;
    return 0;
}
