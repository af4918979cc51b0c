#include "stats/agreement.h"

#include <math.h>

#include "stats/normal.h"

enum { FEW = 20 };

static int check(const double *counts, size_t k, double alpha, double *n, struct error *err)
{
    int rc = outcome_check_alpha(alpha, "agreement", err);
    if (rc == 0 && (k < 2 || k > AGREEMENT_CLASSES))
        rc = error_set(err, E_BAD_DATA, "agreement", "%zu classes are too %s", k, k < 2 ? "few" : "many");
    *n = 0;
    for (size_t i = 0; rc == 0 && i < k * k; i++) {
        if (!(counts[i] >= 0 && counts[i] <= 0x1p53) || counts[i] != floor(counts[i]))
            rc = error_set(err, E_BAD_DATA, "agreement", "%g is no count", counts[i]);
        *n += counts[i];
    }
    if (rc == 0 && !(*n > 0))
        rc = error_set(err, E_BAD_DATA, "agreement", "nothing was judged by both");
    return rc;
}

/* Fleiss, Cohen & Everitt 1969, formula 13, with shares. */
static double variance(const double *p, size_t k, const double *row, const double *col, const struct agreement *a)
{
    double miss = 1 - a->observed, room = 1 - a->expected, sum = 0, last = a->observed * a->expected - 2 * a->expected + a->observed;
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < k; j++) {
            double t = i == j ? room - (row[i] + col[i]) * miss : miss * (col[i] + row[j]);
            sum += p[i * k + j] * t * t;
        }
    return fmax(sum - last * last, 0) / (a->n * room * room * room * room);
}

int agreement_kappa(const double *counts, size_t k, double alpha, struct agreement *out, struct error *err)
{
    double p[AGREEMENT_CLASSES * AGREEMENT_CLASSES], row[AGREEMENT_CLASSES] = {0}, col[AGREEMENT_CLASSES] = {0};
    struct agreement a = {.state = OUTCOME_OK};
    int rc = check(counts, k, alpha, &a.n, err);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < k; j++) {
            p[i * k + j] = counts[i * k + j] / a.n;
            row[i] += p[i * k + j];
            col[j] += p[i * k + j];
        }
    for (size_t i = 0; i < k; i++) {
        a.observed += p[i * k + i];
        a.expected += row[i] * col[i];
    }
    if (1 - a.expected < 1e-12) {
        a.state = OUTCOME_NO_SPREAD;
        a.low = -1, a.high = 1;
    } else {
        double z = normal_upper_quantile(alpha / 2);
        a.state = a.n < FEW ? OUTCOME_FEW : OUTCOME_OK;
        a.kappa = (a.observed - a.expected) / (1 - a.expected);
        a.se = sqrt(variance(p, k, row, col, &a));
        a.low = fmax(a.kappa - z * a.se, -1);
        a.high = fmin(a.kappa + z * a.se, 1);
    }
    *out = a;
    return 0;
}
