#include "stats/srm.h"

#include <math.h>

#include "stats/gamma.h"
#include "stats/special.h"

static int check(const double *observed, const double *weights, size_t arms, double *total, double *weight,
                 struct error *err)
{
    size_t planned = 0;
    *total = *weight = 0;
    for (size_t i = 0; i < arms; i++) {
        if (!(observed[i] >= 0) || observed[i] != floor(observed[i]) || isinf(observed[i]))
            return error_set(err, E_BAD_DATA, "sample ratio", "arm %zu has %g users: not a whole number", i + 1,
                             observed[i]);
        if (!(weights[i] >= 0) || isinf(weights[i]))
            return error_set(err, E_BAD_DATA, "sample ratio", "the weight of arm %zu is %g", i + 1, weights[i]);
        *total += observed[i];
        *weight += weights[i];
        planned += weights[i] > 0;
    }
    if (planned < 2) {
        error_set(err, E_BAD_DATA, "sample ratio", "%s",
                  planned == 0 ? "no arm has a weight" : "only one arm has a weight");
        return error_hint(err, E_BAD_DATA, "shares can be compared between two arms or more");
    }
    if (*total > 0)
        return 0;
    error_set(err, E_BAD_DATA, "sample ratio", "nobody was exposed yet");
    return error_hint(err, E_BAD_DATA, "wait for exposures");
}

int srm_chi2(const double *observed, const double *weights, size_t arms, struct srm_answer *out, struct error *err)
{
    double total, weight;
    int rc = check(observed, weights, arms, &total, &weight, err);
    if (rc != 0)
        return rc;
    *out = (struct srm_answer){.df = -1};
    for (size_t i = 0; i < arms; i++) {
        double expected = total * (weights[i] / weight), d = observed[i] - expected;
        if (expected == 0) {
            out->stray |= observed[i] > 0;
            continue;
        }
        out->chi2 += d * d / expected;
        out->few |= expected < 5;
        out->df++;
    }
    out->p = out->stray ? 0 : gamma_chi2_sf(out->chi2, out->df);
    out->log_p = out->stray ? -INFINITY : gamma_chi2_log_sf(out->chi2, out->df);
    return 0;
}

int srm_sequential(const double *observed, const double *weights, size_t arms, double strength, double previous,
                   double *p, struct error *err)
{
    double total, weight;
    int rc = check(observed, weights, arms, &total, &weight, err);
    if (rc != 0)
        return rc;
    strength = strength > 0 ? strength : 100;
    if (!(previous >= 0 && previous <= 1) || isinf(strength))
        return error_set(err, E_BAD_DATA, "sample ratio", "the p of the look before is %g", previous);
    double log_odds = special_log_gamma(strength) - special_log_gamma(strength + total);
    for (size_t i = 0; i < arms; i++) {
        double share = weights[i] / weight, prior = strength * share;
        if (share == 0 && observed[i] > 0) {
            *p = 0;
            return 0;
        }
        if (share > 0)
            log_odds += special_log_gamma(prior + observed[i]) - special_log_gamma(prior) - observed[i] * log(share);
    }
    *p = fmin(previous, exp(-log_odds));
    return 0;
}

static double line_sum(const double *counts, size_t n, size_t step)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += counts[i * step];
    return sum;
}

int srm_independence(const double *counts, size_t rows, size_t columns, struct srm_answer *out, struct error *err)
{
    double total = 0, used_rows = 0, used_columns = 0;
    for (size_t i = 0; i < rows * columns; i++) {
        if (!(counts[i] >= 0) || counts[i] != floor(counts[i]) || isinf(counts[i]))
            return error_set(err, E_BAD_DATA, "independence", "%g is not a count", counts[i]);
        total += counts[i];
    }
    *out = (struct srm_answer){.p = 1};
    for (size_t r = 0; r < rows; r++)
        used_rows += line_sum(counts + r * columns, columns, 1) > 0;
    for (size_t c = 0; c < columns; c++)
        used_columns += line_sum(counts + c, rows, columns) > 0;
    if (used_rows < 2 || used_columns < 2)
        return 0;
    for (size_t i = 0; i < rows * columns; i++) {
        size_t r = i / columns, c = i % columns;
        double expected = line_sum(counts + r * columns, columns, 1) / total * line_sum(counts + c, rows, columns);
        if (!(expected > 0))
            continue;
        out->few = out->few || expected < 5;
        out->chi2 += (counts[i] - expected) * (counts[i] - expected) / expected;
    }
    out->df = (used_rows - 1) * (used_columns - 1);
    out->p = gamma_chi2_sf(out->chi2, out->df);
    out->log_p = gamma_chi2_log_sf(out->chi2, out->df);
    return 0;
}
