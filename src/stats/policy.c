#include "stats/policy.h"

#include <math.h>

#include "base/mem.h"
#include "stats/moments.h"
#include "stats/normal.h"

const char *policy_support_name(enum policy_support support)
{
    switch (support) {
    case POLICY_ANSWERS: return "answers";
    case POLICY_NO_SUPPORT: return "no-support";
    case POLICY_TOO_FEW: return "too-few";
    case POLICY_NOT_ONE: return "weights-not-one";
    case POLICY_ONE_ROUND: return "one-round";
    }
    return "";
}

static int check_log(const struct policy_log *log, struct error *err)
{
    if (log->n == 0) {
        error_set(err, E_BAD_DATA, "logs", "there are no rounds");
        return error_hint(err, E_BAD_DATA, "log slates with their propensities first");
    }
    int rc = outcome_check_values(log->reward, log->n, "reward", err);
    for (size_t i = 0; i < log->n && rc == 0; i++) {
        bool vanishing = log->behaviour[i] > 0 && log->behaviour[i] < 1 / OUTCOME_VALUE_MAX;
        if (!(log->behaviour[i] >= 0 && log->behaviour[i] <= 1) || vanishing)
            rc = error_set(err, E_BAD_DATA, "logs", "the propensity of round %zu is %g", i + 1, log->behaviour[i]);
        else if (!(log->target[i] >= 0 && log->target[i] <= 1))
            rc = error_set(err, E_BAD_DATA, "logs", "the target's probability in round %zu is %g", i + 1,
                           log->target[i]);
    }
    return rc;
}

static double weight_of(const struct policy_log *log, size_t i)
{
    return log->behaviour[i] > 0 ? log->target[i] / log->behaviour[i] : 0;
}

int policy_overlap(const struct policy_log *log, struct policy_overlap *out, struct error *err)
{
    int rc = check_log(log, err);
    if (rc != 0)
        return rc;
    struct moments w = {0};
    double sum = 0, squares = 0;
    *out = (struct policy_overlap){0};
    for (size_t i = 0; i < log->n; i++) {
        double one = weight_of(log, i);
        out->unsupported += !(log->behaviour[i] > 0) && log->target[i] > 0;
        moments_add(&w, one);
        sum += one;
        squares += one * one;
        out->max_weight = fmax(out->max_weight, one);
    }
    out->mean_weight = w.mean;
    out->mean_weight_se = sqrt(moments_variance(&w) / w.n);
    out->effective = isfinite(squares) ? (squares > 0 ? sum * sum / squares : 0) : 1;
    out->largest = sum > 0 ? out->max_weight / sum : 0;
    if (out->unsupported > 0)
        out->support = POLICY_NO_SUPPORT;
    else if (out->effective < POLICY_LEAST || out->effective < 0.01 * w.n)
        out->support = POLICY_TOO_FEW;
    else if (fabs(w.mean - 1) > 4 * out->mean_weight_se + 1e-9)
        out->support = POLICY_NOT_ONE;
    else if (out->largest > 0.1)
        out->support = POLICY_ONE_ROUND;
    return 0;
}

static int refuse(const struct policy_overlap *o, struct error *err)
{
    switch (o->support) {
    case POLICY_ANSWERS: return 0;
    case POLICY_NO_SUPPORT:
        error_set(err, E_REFUSED, "off-policy evaluation",
                  "%.0f rounds show what the logging policy could never show: nothing is known of it", o->unsupported);
        break;
    case POLICY_TOO_FEW:
        error_set(err, E_REFUSED, "off-policy evaluation", "the logs are worth only %.1f rounds for this policy",
                  o->effective);
        break;
    case POLICY_NOT_ONE:
        error_set(err, E_REFUSED, "off-policy evaluation",
                  "weights average %.3g ± %.2g and not 1: propensities or positions do not match", o->mean_weight,
                  o->mean_weight_se);
        break;
    case POLICY_ONE_ROUND:
        error_set(err, E_REFUSED, "off-policy evaluation", "a single round carries %.0f %% of the weight",
                  100 * o->largest);
        break;
    }
    return error_hint(err, E_REFUSED,
                      "log with more exploration, choose a policy nearer to the logged one, or run a test");
}

/* The round's contribution, and the weight that it is divided by in self-normalised ones. */
static double round_value(const struct policy_log *log, enum policy_estimator e, double lambda, size_t i,
                          double *weight, bool *cut)
{
    double w = weight_of(log, i), r = log->reward[i];
    *cut = w > lambda && (e == POLICY_CLIPPED || e == POLICY_SWITCH);
    if (e == POLICY_CLIPPED)
        w = fmin(w, lambda);
    else if (e == POLICY_SWITCH && w > lambda)
        w = 0;
    else if (e == POLICY_SHRUNK && isfinite(lambda))
        w = lambda > 0 ? lambda * w / (w * w + lambda) : 0;
    *weight = w;
    switch (e) {
    case POLICY_IPS:
    case POLICY_SNIPS:
    case POLICY_CLIPPED: return w * r;
    case POLICY_DM: return log->dm[i];
    case POLICY_DR:
    case POLICY_SWITCH:
    case POLICY_SHRUNK: return log->dm[i] + w * (r - log->q[i]);
    case POLICY_SNDR: return w * (r - log->q[i]);
    }
    return 0;
}

/* Sums influences by unit and gives the standard error of their mean over all rounds. */
static int influence_se(const struct policy_log *log, const double *influence, double *se, struct error *err)
{
    double n = (double)log->n, squares = 0;
    if (log->unit == NULL) {
        struct moments m = {0};
        for (size_t i = 0; i < log->n; i++)
            moments_add(&m, influence[i]);
        *se = sqrt(moments_variance(&m) / n);
        return 0;
    }
    uint32_t most = 0;
    for (size_t i = 0; i < log->n; i++)
        most = log->unit[i] > most ? log->unit[i] : most;
    double *sum = mem_zalloc((size_t)most + 1, 2 * sizeof *sum), mean = 0, units = 0;
    if (sum == NULL)
        return error_nomem(err, "off-policy evaluation");
    for (size_t i = 0; i < log->n; i++) {
        sum[2 * log->unit[i]] += influence[i];
        sum[2 * log->unit[i] + 1]++;
        mean += influence[i] / n;
    }
    for (size_t u = 0; u <= most; u++) {
        double d = sum[2 * u] - mean * sum[2 * u + 1];
        units += sum[2 * u + 1] > 0;
        squares += d * d;
    }
    mem_free(sum);
    *se = units > 1 ? sqrt(squares * units / (units - 1)) / n : 0;
    return 0;
}

static int estimate(const struct policy_log *log, enum policy_estimator e, double lambda, double *influence,
                    struct policy_value *out, struct error *err)
{
    double n = (double)log->n, sum = 0, weights = 0, model = 0, weight, cuts = 0;
    bool self = e == POLICY_SNIPS || e == POLICY_SNDR, cut;
    for (size_t i = 0; i < log->n; i++) {
        influence[i] = round_value(log, e, lambda, i, &weight, &cut);
        sum += influence[i];
        weights += weight;
        cuts += cut;
        model += e == POLICY_SNDR ? log->dm[i] : 0;
    }
    if (self && !(weights > 0))
        return error_set(err, E_REFUSED, "off-policy evaluation",
                         "the target would have chosen nothing of what was logged");
    double ratio = self ? sum / weights : 0;
    out->value = self ? model / n + ratio : sum / n;
    out->clipped = cuts / n;
    for (size_t i = 0; i < log->n && self; i++) {
        double base = e == POLICY_SNDR ? log->dm[i] - model / n : 0;
        influence[i] = base + (influence[i] - weight_of(log, i) * ratio) * (n / weights);
    }
    /* The model was fitted to such rounds: its own error shows in its residuals under the target's weights. */
    for (size_t i = 0; i < log->n && e == POLICY_DM && log->q != NULL; i++)
        influence[i] += weight_of(log, i) * (log->reward[i] - log->q[i]);
    return influence_se(log, influence, &out->se, err);
}

static int check_model(const struct policy_log *log, enum policy_estimator e, double lambda, struct error *err)
{
    bool model = e == POLICY_DM || e == POLICY_DR || e == POLICY_SNDR || e == POLICY_SWITCH || e == POLICY_SHRUNK;
    if (model && (log->dm == NULL || (e != POLICY_DM && log->q == NULL))) {
        error_set(err, E_USAGE, "off-policy evaluation", "this estimator needs a model's rewards");
        return error_hint(err, E_USAGE, "use IPS or SNIPS, which need none");
    }
    if (!(lambda >= 0))
        return error_set(err, E_BAD_DATA, "off-policy evaluation", "lambda %g is below zero", lambda);
    int rc = model ? outcome_check_values(log->dm, log->n, "model's value", err) : 0;
    return rc == 0 && model && log->q != NULL ? outcome_check_values(log->q, log->n, "model's reward", err) : rc;
}

int policy_evaluate(const struct policy_log *log, enum policy_estimator estimator, double lambda, double alpha,
                    bool force, struct policy_value *out, struct error *err)
{
    struct policy_value v = {0};
    int rc = outcome_check_alpha(alpha, "off-policy evaluation", err);
    if (rc == 0)
        rc = policy_overlap(log, &v.overlap, err);
    if (rc == 0)
        rc = check_model(log, estimator, lambda, err);
    if (rc == 0 && estimator != POLICY_DM && (!force || v.overlap.support == POLICY_NO_SUPPORT))
        rc = refuse(&v.overlap, err);
    if (rc != 0)
        return rc;
    double *influence = mem_alloc(log->n, sizeof *influence);
    if (influence == NULL)
        return error_nomem(err, "off-policy evaluation");
    rc = estimate(log, estimator, lambda, influence, &v, err);
    mem_free(influence);
    if (rc != 0)
        return rc;
    double half = normal_upper_quantile(0.5 * alpha) * v.se;
    v.low = v.value - half;
    v.high = v.value + half;
    *out = v;
    return 0;
}
