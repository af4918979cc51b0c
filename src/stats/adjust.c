#include "stats/adjust.h"

#include <math.h>

#include "base/mem.h"
#include "stats/mean.h"

static double squared_error(const struct moments *a, const struct moments *b)
{
    return moments_variance(a) / a->n + moments_variance(b) / b->n;
}

/* Moments of the metric less theta times the covariate's distance from `centre`. */
static struct moments adjusted(const struct moments_pair *m, double theta, double centre)
{
    double spread = m->yy + theta * theta * m->xx - 2 * theta * m->xy;
    return (struct moments){m->n, m->mean_y - theta * (m->mean_x - centre), fmax(spread, 0)};
}

static int finish(const struct moments *a, const struct moments *b, double before, double null,
                  enum outcome_alternative alternative, double alpha, struct adjust_answer *out, struct error *err)
{
    int rc = mean_welch(a, b, null, alternative, alpha, &out->outcome, err);
    out->mean_a = a->mean;
    out->mean_b = b->mean;
    out->left = rc == 0 && before > 0 ? squared_error(a, b) / before : 1;
    return rc;
}

int adjust_cuped(const struct moments_pair *a, const struct moments_pair *b, double null,
                 enum outcome_alternative alternative, double alpha, struct adjust_answer *out, struct error *err)
{
    if (!isfinite(a->mean_x + a->xx + a->xy + b->mean_x + b->xx + b->xy))
        return error_set(err, E_BAD_DATA, "covariate", "its mean or spread is not a finite number");
    double spread = a->xx + b->xx, theta = spread > 0 ? (a->xy + b->xy) / spread : 0;
    double n = a->n + b->n, centre = n > 0 ? (a->n * a->mean_x + b->n * b->mean_x) / n : 0;
    struct moments ya = moments_pair_y(a), yb = moments_pair_y(b);
    struct moments ma = adjusted(a, theta, centre), mb = adjusted(b, theta, centre);
    struct adjust_answer answer = {.theta = theta};
    int rc = finish(&ma, &mb, squared_error(&ya, &yb), null, alternative, alpha, &answer, err);
    if (rc == 0)
        *out = answer;
    return rc;
}

/* Sums within arms of products of deviations, of k covariates and the metric as the last. */
struct sums {
    size_t k;
    double n[2], mean[2][ADJUST_COVARIATES_MAX + 1];
    double cross[(ADJUST_COVARIATES_MAX + 1) * (ADJUST_COVARIATES_MAX + 1)];
};

static void sums_add(struct sums *s, const double *x, double y, int arm)
{
    double d[ADJUST_COVARIATES_MAX + 1], after[ADJUST_COVARIATES_MAX + 1];
    s->n[arm]++;
    for (size_t j = 0; j <= s->k; j++) {
        double v = j < s->k ? x[j] : y;
        d[j] = v - s->mean[arm][j];
        s->mean[arm][j] += d[j] / s->n[arm];
        after[j] = v - s->mean[arm][j];
    }
    for (size_t i = 0; i <= s->k; i++)
        for (size_t j = 0; j <= i; j++)
            s->cross[i * (s->k + 1) + j] += d[i] * after[j];
}

/* Least squares by Cholesky on the covariates' correlations; a covariate whose rest is nearly nought gets 0. */
static void solve(const struct sums *s, double *theta)
{
    enum { MAX = ADJUST_COVARIATES_MAX };
    size_t k = s->k, w = k + 1;
    double l[MAX * MAX], z[MAX];
    for (size_t i = 0; i < k; i++) {
        double own = s->cross[i * w + i], rest = own;
        for (size_t j = 0; j < i; j++) {
            double v = s->cross[i * w + j];
            for (size_t m = 0; m < j; m++)
                v -= l[i * MAX + m] * l[j * MAX + m];
            l[i * MAX + j] = l[j * MAX + j] > 0 ? v / l[j * MAX + j] : 0;
            rest -= l[i * MAX + j] * l[i * MAX + j];
        }
        l[i * MAX + i] = rest > 1e-10 * own ? sqrt(rest) : 0;
        double v = s->cross[k * w + i];
        for (size_t m = 0; m < i; m++)
            v -= l[i * MAX + m] * z[m];
        z[i] = l[i * MAX + i] > 0 ? v / l[i * MAX + i] : 0;
    }
    for (size_t i = k; i-- > 0;) {
        double v = z[i];
        for (size_t m = i + 1; m < k; m++)
            v -= l[m * MAX + i] * theta[m];
        theta[i] = l[i * MAX + i] > 0 ? v / l[i * MAX + i] : 0;
    }
}

int adjust_cuped_many(const double *x, size_t k, const double *y, const bool *treated, size_t n, double null,
                      enum outcome_alternative alternative, double alpha, struct adjust_answer *out, struct error *err)
{
    if (k > ADJUST_COVARIATES_MAX) {
        error_set(err, E_BAD_DATA, "covariates", "%zu are too many", k);
        return error_hint(err, E_BAD_DATA, "give at most %d", ADJUST_COVARIATES_MAX);
    }
    int rc = outcome_check_values(x, n * k, "covariates", err);
    if (rc == 0)
        rc = outcome_check_values(y, n, "metric", err);
    if (rc != 0)
        return rc;
    struct sums *s = mem_zalloc(1, sizeof *s);
    if (s == NULL)
        return error_nomem(err, "covariates");
    double theta[ADJUST_COVARIATES_MAX] = {0}, centre[ADJUST_COVARIATES_MAX] = {0};
    s->k = k;
    for (size_t i = 0; i < n; i++)
        sums_add(s, x + i * k, y[i], treated[i]);
    solve(s, theta);
    for (size_t j = 0; j < k; j++)
        centre[j] = (s->n[0] * s->mean[0][j] + s->n[1] * s->mean[1][j]) / (double)n;
    struct moments plain[2] = {{.n = 0}, {.n = 0}}, better[2] = {{.n = 0}, {.n = 0}};
    for (size_t i = 0; i < n; i++) {
        double v = y[i];
        for (size_t j = 0; j < k; j++)
            v -= theta[j] * (x[i * k + j] - centre[j]);
        moments_add(&plain[treated[i]], y[i]);
        moments_add(&better[treated[i]], v);
    }
    mem_free(s);
    struct adjust_answer answer = {.theta = theta[0]};
    rc = finish(&better[0], &better[1], plain[0].n > 0 && plain[1].n > 0 ? squared_error(&plain[0], &plain[1]) : 0,
                null, alternative, alpha, &answer, err);
    if (rc == 0)
        *out = answer;
    return rc;
}

struct stratified {
    double a, b, variance_a, variance_b, df_part; /* df_part: Σ (variance of a part)² / (n - 1) */
};

static void add_stratum(struct stratified *s, const struct moments *a, const struct moments *b, double weight)
{
    double va = weight * weight * moments_variance(a) / a->n, vb = weight * weight * moments_variance(b) / b->n;
    s->a += weight * a->mean;
    s->b += weight * b->mean;
    s->variance_a += va;
    s->variance_b += vb;
    s->df_part += va * va / (a->n - 1) + vb * vb / (b->n - 1);
}

/* Strata with fewer than two users in an arm are put together.  all_a, all_b: the arms as they are. */
static int stratify(struct stratified *s, const struct moments *a, const struct moments *b, size_t strata,
                    struct moments *all_a, struct moments *all_b, struct error *err)
{
    struct moments rest_a = {0}, rest_b = {0};
    *all_a = *all_b = rest_a;
    *s = (struct stratified){.a = 0};
    for (size_t i = 0; i < strata; i++) {
        if (!isfinite(a[i].mean + a[i].m2 + a[i].n + b[i].mean + b[i].m2 + b[i].n) || a[i].n < 0 || b[i].n < 0)
            return error_set(err, E_BAD_DATA, "strata", "stratum %zu holds something that is not a finite number",
                             i + 1);
        moments_merge(all_a, &a[i]);
        moments_merge(all_b, &b[i]);
        if (a[i].n < 2 || b[i].n < 2) {
            moments_merge(&rest_a, &a[i]);
            moments_merge(&rest_b, &b[i]);
        }
    }
    double total = all_a->n + all_b->n, rest = rest_a.n + rest_b.n;
    if (rest > 0 && (rest_a.n < 2 || rest_b.n < 2) && all_a->n >= 2 && all_b->n >= 2) {
        error_set(err, E_BAD_DATA, "strata", "%.0f users are in strata with fewer than two users in an arm", rest);
        return error_hint(err, E_BAD_DATA, "use fewer, larger strata");
    }
    for (size_t i = 0; i < strata; i++)
        if (a[i].n >= 2 && b[i].n >= 2)
            add_stratum(s, &a[i], &b[i], (a[i].n + b[i].n) / total);
    if (rest_a.n >= 2 && rest_b.n >= 2)
        add_stratum(s, &rest_a, &rest_b, rest / total);
    return 0;
}

int adjust_poststratified(const struct moments *a, const struct moments *b, size_t strata, double null,
                          enum outcome_alternative alternative, double alpha, struct adjust_answer *out,
                          struct error *err)
{
    struct moments all_a, all_b;
    struct stratified s;
    struct outcome plain;
    int rc = stratify(&s, a, b, strata, &all_a, &all_b, err);
    if (rc == 0)
        rc = mean_welch(&all_a, &all_b, null, alternative, alpha, &plain, err);
    if (rc != 0)
        return rc;
    double variance = s.variance_a + s.variance_b, before = squared_error(&all_a, &all_b);
    double df = s.df_part > 0 ? variance * variance / s.df_part : all_a.n + all_b.n - 2;
    *out = (struct adjust_answer){.mean_a = s.a, .mean_b = s.b, .left = before > 0 ? variance / before : 1};
    outcome_from(&out->outcome, s.b - s.a, null, sqrt(variance), df, alternative, alpha);
    return 0;
}

int adjust_stratified_arms(const struct moments *a, const struct moments *b, size_t strata, struct moments *out_a,
                           struct moments *out_b, struct error *err)
{
    struct moments all_a, all_b;
    struct stratified s;
    int rc = stratify(&s, a, b, strata, &all_a, &all_b, err);
    if (rc == 0 && (all_a.n < 2 || all_b.n < 2)) {
        error_set(err, E_BAD_DATA, "strata", "an arm has fewer than two users");
        rc = error_hint(err, E_BAD_DATA, "wait for more users");
    }
    if (rc != 0)
        return rc;
    *out_a = (struct moments){all_a.n, s.a, s.variance_a * all_a.n * (all_a.n - 1)};
    *out_b = (struct moments){all_b.n, s.b, s.variance_b * all_b.n * (all_b.n - 1)};
    return 0;
}
