#include "stats/outcome.h"

#include <math.h>

#include "stats/normal.h"
#include "stats/student.h"

const char *outcome_state_name(enum outcome_state state)
{
    switch (state) {
#define X(name, text) case OUTCOME_##name: return text;
        OUTCOME_STATES(X)
#undef X
    }
    return "";
}

int outcome_check_alpha(double alpha, const char *what, struct error *err)
{
    if (alpha > 0 && alpha < 1)
        return 0;
    error_set(err, E_BAD_DATA, what, "alpha %g is not between 0 and 1", alpha);
    return error_hint(err, E_BAD_DATA, "usual is 0.05");
}

int outcome_check_values(const double *values, size_t n, const char *what, struct error *err)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs(values[i]) <= OUTCOME_VALUE_MAX))
            return error_set(err, E_BAD_DATA, what, "value %zu of %zu is %s", i + 1, n,
                             isnan(values[i])   ? "not a number"
                             : isinf(values[i]) ? "infinite"
                                                : "too large to be squared");
    return 0;
}

double outcome_p(double statistic, double df, enum outcome_alternative alternative, double *log_p)
{
    double x = alternative == OUTCOME_TWO_SIDED ? fabs(statistic)
               : alternative == OUTCOME_GREATER ? statistic
                                                : -statistic;
    double log_tail = isinf(df) ? normal_log_sf(x) : student_log_sf(x, df);
    double tail = isinf(df) ? normal_sf(x) : student_sf(x, df);
    bool both = alternative == OUTCOME_TWO_SIDED;
    *log_p = fmin(log_tail + (both ? 0.69314718055994530942 : 0), 0);
    return fmin(both ? 2 * tail : tail, 1);
}

void outcome_from(struct outcome *out, double effect, double null, double se, double df,
                  enum outcome_alternative alternative, double alpha)
{
    *out = (struct outcome){.effect = effect, .se = se, .df = df, .p = 1, .low = effect, .high = effect};
    if (!(se > 0)) {
        out->state = effect == null ? OUTCOME_NO_SPREAD : OUTCOME_DETERMINISTIC;
        return;
    }
    out->statistic = (effect - null) / se;
    out->p = outcome_p(out->statistic, df, alternative, &out->log_p);
    double tail = alternative == OUTCOME_TWO_SIDED ? 0.5 * alpha : alpha;
    double reach = se * (isinf(df) ? normal_upper_quantile(tail) : student_upper_quantile(tail, df));
    out->low = alternative == OUTCOME_LESS ? -INFINITY : effect - reach;
    out->high = alternative == OUTCOME_GREATER ? INFINITY : effect + reach;
}

const char *outcome_verdict_name(enum outcome_verdict verdict)
{
    switch (verdict) {
    case OUTCOME_INCONCLUSIVE: return "inconclusive";
    case OUTCOME_NON_INFERIOR: return "non-inferior";
    case OUTCOME_SUPERIOR: return "superior";
    case OUTCOME_INFERIOR: return "inferior";
    }
    return "";
}

int outcome_noninferiority(double effect, double se, double df, double margin, bool less_is_better, double alpha,
                           struct outcome_noninferiority *out, struct error *err)
{
    int rc = outcome_check_alpha(alpha, "non-inferiority", err);
    if (rc != 0)
        return rc;
    if (!(margin > 0) || !isfinite(margin) || !isfinite(effect) || !(se >= 0) || !isfinite(se) || !(df > 0)) {
        error_set(err, E_BAD_DATA, "non-inferiority", "needs a margin above zero and a finite effect with its error");
        return error_hint(err, E_BAD_DATA,
                          "the margin is how much worse is still acceptable, in the metric's own unit");
    }
    double gain = less_is_better ? -effect : effect;
    *out = (struct outcome_noninferiority){.p = 1, .bound = effect};
    double reach = 0;
    if (se > 0) {
        out->statistic = (gain + margin) / se;
        out->p = outcome_p(out->statistic, df, OUTCOME_GREATER, &out->log_p);
        reach = se * (isinf(df) ? normal_upper_quantile(alpha) : student_upper_quantile(alpha, df));
        out->bound = less_is_better ? effect + reach : effect - reach;
    }
    if (gain - reach > 0)
        out->verdict = OUTCOME_SUPERIOR;
    else if (gain - reach > -margin)
        out->verdict = OUTCOME_NON_INFERIOR;
    else if (gain + reach < -margin)
        out->verdict = OUTCOME_INFERIOR;
    return 0;
}
