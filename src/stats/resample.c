#include "stats/resample.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"
#include "stats/normal.h"
#include "stats/order.h"
#include "stats/variate.h"

#define CHUNK 50 /* resamples per task */

struct user {
    double pull, y, x;
};

struct bin {
    double n, y, x;     /* users, and their means */
    double yy, xy, xx;  /* covariance within */
};

struct arm {
    const struct resample_arm *data;
    struct bin *bins;
    size_t n_bins;
    bool within;        /* some bin has users that differ */
    double ratio, mean_x;
    double squares, cubes; /* of the influences */
    bool heavy;
};

static int by_pull(const void *p, const void *q)
{
    const struct user *a = p, *b = q;
    if (a->pull != b->pull)
        return a->pull < b->pull ? -1 : 1;
    return a->y != b->y ? (a->y < b->y ? -1 : 1) : (a->x > b->x) - (a->x < b->x);
}

static bool same_user(const struct user *a, const struct user *b)
{
    return a->y == b->y && a->x == b->x;
}

static struct bin bin_of(const struct user *u, size_t n)
{
    struct bin b = {.n = (double)n};
    for (size_t i = 0; i < n; i++) {
        b.y += u[i].y / b.n;
        b.x += u[i].x / b.n;
    }
    for (size_t i = 0; i < n; i++) {
        double dy = u[i].y - b.y, dx = u[i].x - b.x;
        b.yy += dy * dy / b.n;
        b.xy += dx * dy / b.n;
        b.xx += dx * dx / b.n;
    }
    return b;
}

/* Bins of different users when there are few, else of equal weight: half by head, half by pull. */
static void fill_bins(struct arm *a, const struct user *u, size_t n)
{
    size_t different = 1;
    double pull = 0, weight = 0;
    for (size_t i = 0; i < n; i++) {
        different += i > 0 && !same_user(&u[i], &u[i - 1]);
        pull += fabs(u[i].pull);
    }
    bool exact = different <= RESAMPLE_BINS;
    double step = 2.0 / (RESAMPLE_BINS - 2), end = step;
    size_t from = 0;
    for (size_t i = 0; i < n; i++) {
        weight += 1 / (double)n + (pull > 0 ? fabs(u[i].pull) / pull : 1 / (double)n);
        bool last = i + 1 == n, cut = exact ? !last && !same_user(&u[i], &u[i + 1]) : weight >= end;
        if (!last && !(cut && a->n_bins + 1 < RESAMPLE_BINS))
            continue;
        a->bins[a->n_bins++] = bin_of(u + from, i + 1 - from);
        from = i + 1;
        while (end <= weight)
            end += step;
    }
    a->within = !exact;
}

static bool is_heavy(struct user *u, size_t n)
{
    double *size = mem_alloc(n, sizeof *size);
    double all = 0, top = 0;
    size_t share = n / 100;
    if (size == NULL || share == 0) {
        mem_free(size);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        size[i] = fabs(u[i].y);
        all += size[i];
    }
    order_sort(size, n);
    for (size_t i = n - share; i < n; i++)
        top += size[i];
    mem_free(size);
    return top > 0.2 * all && all > 0;
}

static int arm_init(struct arm *a, const struct resample_arm *data, const char *name, struct error *err)
{
    *a = (struct arm){.data = data};
    int rc = outcome_check_values(data->y, data->n, name, err);
    if (rc == 0 && data->x != NULL)
        rc = outcome_check_values(data->x, data->n, name, err);
    if (rc != 0)
        return rc;
    double sum_y = 0, sum_x = 0, n = (double)data->n;
    for (size_t i = 0; i < data->n; i++) {
        sum_y += data->y[i];
        sum_x += data->x == NULL ? 1 : data->x[i];
    }
    if (sum_x == 0) {
        error_set(err, E_BAD_DATA, name, "%s", data->n == 0 ? "has no users" : "its denominator sums to zero");
        return error_hint(err, E_BAD_DATA, "a mean or ratio needs something to divide by");
    }
    a->ratio = sum_y / sum_x;
    a->mean_x = sum_x / n;
    struct user *u = mem_alloc(data->n, sizeof *u);
    a->bins = mem_alloc(RESAMPLE_BINS, sizeof *a->bins);
    if (u == NULL || a->bins == NULL) {
        mem_free(u);
        return error_nomem(err, "bootstrap");
    }
    for (size_t i = 0; i < data->n; i++) {
        double x = data->x == NULL ? 1 : data->x[i];
        u[i] = (struct user){data->y[i] - a->ratio * x, data->y[i], x};
        double influence = u[i].pull / (n * a->mean_x);
        a->squares += influence * influence;
        a->cubes += influence * influence * influence;
    }
    if (data->n > RESAMPLE_BINS) {
        qsort(u, data->n, sizeof *u, by_pull);
        fill_bins(a, u, data->n);
    }
    a->heavy = is_heavy(u, data->n);
    mem_free(u);
    return 0;
}

/* One resampled Σy/Σx; NaN when Σx is 0. */
static double draw(const struct arm *a, struct rng *rng)
{
    const struct resample_arm *d = a->data;
    double y = 0, x = 0;
    if (a->n_bins == 0) {
        for (size_t i = 0; i < d->n; i++) {
            size_t k = (size_t)rng_below(rng, d->n);
            y += d->y[k];
            x += d->x == NULL ? 1 : d->x[k];
        }
        return x != 0 ? y / x : NAN;
    }
    double yy = 0, xy = 0, xx = 0;
    for (size_t i = 0; i < a->n_bins; i++) {
        const struct bin *b = &a->bins[i];
        double k = variate_poisson(rng, b->n);
        y += k * b->y;
        x += k * b->x;
        if (a->within) {
            yy += k * b->yy;
            xy += k * b->xy;
            xx += k * b->xx;
        }
    }
    if (a->within) {
        double z = rng_normal(rng), sd = sqrt(yy), slope = yy > 0 ? xy / yy : 0;
        y += sd * z;
        if (xx > 0)
            x += slope * sd * z + sqrt(fmax(xx - slope * xy, 0)) * rng_normal(rng);
    }
    return x != 0 ? y / x : NAN;
}

static double statistic_of(enum resample_statistic s, double a, double b)
{
    if (s == RESAMPLE_VALUE)
        return a;
    if (s == RESAMPLE_DIFFERENCE)
        return b - a;
    return a != 0 ? (b - a) / fabs(a) : NAN;
}

struct work {
    const struct arm *a, *b;
    enum resample_statistic statistic;
    uint64_t seed;
    uint32_t resamples;
    struct job *job;
    double *values;
};

static void draw_chunk(void *context, size_t task, unsigned worker)
{
    struct work *w = context;
    (void)worker;
    if (job_step(w->job, "bootstrap", (double)(task * CHUNK), w->resamples, "resamples"))
        return;
    for (uint32_t r = (uint32_t)task * CHUNK; r < (task + 1) * CHUNK && r < w->resamples; r++) {
        struct rng rng;
        rng_init(&rng, w->seed, 2 * (uint64_t)r);
        double a = draw(w->a, &rng), b = 0;
        if (w->b != NULL) {
            rng_init(&rng, w->seed, 2 * (uint64_t)r + 1);
            b = draw(w->b, &rng);
        }
        w->values[r] = statistic_of(w->statistic, a, b);
    }
}

/* The acceleration of BCa: a sixth of the skewness of the influences on the statistic. */
static double acceleration(const struct work *w)
{
    double da = 1, db = 0;
    if (w->statistic == RESAMPLE_DIFFERENCE) {
        da = -1;
        db = 1;
    } else if (w->statistic == RESAMPLE_LIFT) {
        db = 1 / fabs(w->a->ratio);
        da = -w->b->ratio / w->a->ratio / fabs(w->a->ratio);
    }
    double squares = da * da * w->a->squares, cubes = da * da * da * w->a->cubes;
    if (w->b != NULL) {
        squares += db * db * w->b->squares;
        cubes += db * db * db * w->b->cubes;
    }
    return squares > 0 ? cubes / (6 * squares * sqrt(squares)) : 0;
}

static double shifted(double z0, double a, double z)
{
    return normal_cdf(z0 + (z0 + z) / (1 - a * (z0 + z)));
}

static void summarise(const struct work *w, double alpha, struct resample_answer *out)
{
    double *v = w->values, sum = 0, square = 0, below = 0, least = 0, most = 0;
    size_t m = 0;
    for (uint32_t r = 0; r < w->resamples; r++)
        if (isfinite(v[r]))
            v[m++] = v[r];
    double n = (double)m;
    out->undefined = 1 - n / w->resamples;
    out->resamples = w->resamples;
    if (m < 2)
        return;
    for (size_t i = 0; i < m; i++)
        sum += v[i];
    for (size_t i = 0; i < m; i++) {
        square += (v[i] - sum / n) * (v[i] - sum / n);
        below += v[i] < out->estimate ? 1 : v[i] == out->estimate ? 0.5 : 0;
        least += v[i] <= 0;
        most += v[i] >= 0;
    }
    order_sort(v, m);
    out->bias = sum / n - out->estimate;
    out->se = sqrt(square / (n - 1));
    out->percentile_low = order_quantile(v, m, 0.5 * alpha);
    out->percentile_high = order_quantile(v, m, 1 - 0.5 * alpha);
    out->p = fmin(2 * (fmin(least, most) + 1) / (n + 1), 1);
    out->shift = normal_quantile(fmin(fmax(below / n, 0.5 / n), 1 - 0.5 / n));
    double z = normal_upper_quantile(0.5 * alpha);
    out->low = order_quantile(v, m, shifted(out->shift, out->acceleration, -z));
    out->high = order_quantile(v, m, shifted(out->shift, out->acceleration, z));
}

static int check_options(const struct resample_options *o, bool two, const struct resample_arm *b, struct error *err)
{
    int rc = outcome_check_alpha(o->alpha, "bootstrap", err);
    if (rc != 0)
        return rc;
    if (two && b == NULL)
        return error_set(err, E_USAGE, "bootstrap", "a difference needs two arms");
    if (o->resamples == 0 || (o->resamples >= 100 && o->resamples <= 10000000))
        return 0;
    error_set(err, E_BAD_DATA, "bootstrap", "%u resamples are too few or too many", (unsigned)o->resamples);
    return error_hint(err, E_BAD_DATA, "10000 are usual");
}

int resample_interval(const struct resample_arm *a, const struct resample_arm *b, enum resample_statistic statistic,
                      const struct resample_options *options, struct resample_answer *out, struct error *err)
{
    struct arm arm_a = {0}, arm_b = {0};
    bool two = statistic != RESAMPLE_VALUE;
    struct resample_answer answer = {.p = 1};
    struct work w = {.a = &arm_a, .b = two ? &arm_b : NULL, .statistic = statistic, .seed = options->seed,
                     .resamples = options->resamples == 0 ? 10000 : options->resamples, .job = options->job};
    int rc = check_options(options, two, b, err);
    if (rc == 0)
        rc = arm_init(&arm_a, a, two ? "control" : "metric", err);
    if (rc == 0 && two)
        rc = arm_init(&arm_b, b, "treatment", err);
    if (rc != 0)
        goto out;
    answer.estimate = statistic_of(statistic, arm_a.ratio, arm_b.ratio);
    answer.heavy = arm_a.heavy || arm_b.heavy;
    if (!isfinite(answer.estimate)) {
        error_set(err, E_BAD_DATA, "bootstrap", "control is zero, so that a difference in percent has no meaning");
        rc = error_hint(err, E_BAD_DATA, "look at the absolute difference");
        goto out;
    }
    if (!(arm_a.squares > 0) && !(arm_b.squares > 0)) {
        answer.state = OUTCOME_NO_SPREAD;
        answer.low = answer.high = answer.percentile_low = answer.percentile_high = answer.estimate;
        answer.resamples = w.resamples;
        *out = answer;
        goto out;
    }
    w.values = mem_alloc(w.resamples, sizeof *w.values);
    if (w.values == NULL) {
        rc = error_nomem(err, "bootstrap");
        goto out;
    }
    answer.acceleration = acceleration(&w);
    pool_run(options->pool, (w.resamples + CHUNK - 1) / CHUNK, draw_chunk, &w);
    if (job_cancelled(options->job)) {
        rc = job_error_cancelled(err, "bootstrap");
        goto out;
    }
    summarise(&w, options->alpha, &answer);
    if (answer.undefined > 0.5)
        rc = error_set(err, E_BAD_DATA, "bootstrap", "most resamples have a denominator of zero");
    else
        *out = answer;
out:
    mem_free(w.values);
    mem_free(arm_a.bins);
    mem_free(arm_b.bins);
    return rc;
}
