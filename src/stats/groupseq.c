#include "stats/groupseq.h"

#include <math.h>

#include "base/mem.h"
#include "stats/normal.h"
#include "stats/root.h"

#define POINTS 16       /* of Gauss-Legendre per panel */
#define PANELS_MAX 200
#define FAR 9.0         /* standard deviations that are carried where nothing bounds the process */

/* The density of the score S within the continuation region after a look, as weights at points. */
struct path {
    double drift, t;
    size_t n;
    double s[POINTS * PANELS_MAX], w[POINTS * PANELS_MAX]; /* w includes the quadrature weight */
    double next[POINTS * PANELS_MAX], at[POINTS * PANELS_MAX];
    double node[POINTS], weight[POINTS];
};

/* Nodes and weights by Newton's method on the Legendre polynomial. */
static void legendre(double *node, double *weight)
{
    for (int i = 0; i < POINTS; i++) {
        double x = cos(3.14159265358979323846 * (i + 0.75) / (POINTS + 0.5)), slope = 1;
        for (int step = 0; step < 100; step++) {
            double p = 1, before = 0;
            for (int k = 0; k < POINTS; k++) {
                double older = before;
                before = p;
                p = ((2 * k + 1) * x * before - k * older) / (k + 1);
            }
            slope = POINTS * (x * p - before) / (x * x - 1);
            double dx = p / slope;
            x -= dx;
            if (fabs(dx) < 1e-16)
                break;
        }
        node[i] = x;
        weight[i] = 2 / ((1 - x * x) * slope * slope);
    }
}

static struct path *path_new(double drift)
{
    struct path *p = mem_alloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    legendre(p->node, p->weight);
    p->drift = drift;
    p->t = 0;
    p->n = 1; /* all at 0 */
    p->s[0] = 0;
    p->w[0] = 1;
    return p;
}

/* P(not stopped before, S at t beyond `limit` upwards or downwards). */
static double path_beyond(const struct path *p, double t, double limit, bool up)
{
    double step = sqrt(t - p->t), move = p->drift * (t - p->t), sum = 0;
    for (size_t i = 0; i < p->n; i++) {
        double z = (limit - p->s[i] - move) / step;
        sum += p->w[i] * (up ? normal_sf(z) : normal_cdf(z));
    }
    return sum;
}

/* Carries the density to t, within (lo, hi). */
static void path_advance(struct path *p, double t, double lo, double hi)
{
    double step = sqrt(t - p->t), move = p->drift * (t - p->t), middle = p->drift * t, reach = FAR * sqrt(t);
    lo = fmax(lo, middle - reach);
    hi = fmin(hi, middle + reach);
    int panels = (int)fmin(fmax(ceil((hi - lo) / (2 * step)), 4), PANELS_MAX);
    size_t n = 0;
    double width = (hi - lo) / panels;
    for (int k = 0; k < panels && hi > lo; k++)
        for (int j = 0; j < POINTS; j++, n++) {
            double s = lo + width * (k + 0.5 + 0.5 * p->node[j]), sum = 0;
            for (size_t i = 0; i < p->n; i++) {
                double z = (s - p->s[i] - move) / step;
                if (fabs(z) < 39)
                    sum += p->w[i] * exp(-0.5 * z * z);
            }
            p->at[n] = s;
            p->next[n] = sum / step * 0.39894228040143267794 * 0.5 * width * p->weight[j];
        }
    for (size_t i = 0; i < n; i++) {
        p->s[i] = p->at[i];
        p->w[i] = p->next[i];
    }
    p->n = n;
    p->t = t;
}

static void path_look(struct path *p, double t, double z, bool two_sided)
{
    double limit = z * sqrt(t);
    path_advance(p, t, two_sided ? -limit : -INFINITY, limit);
}

double groupseq_spent(enum groupseq_family family, double parameter, double alpha, bool two_sided, double t)
{
    double side = two_sided ? 0.5 * alpha : alpha, spent = 0;
    t = fmin(t, 1);
    if (!(alpha > 0 && alpha < 1))
        return NAN;
    if (!(t > 0))
        return 0;
    switch (family) {
    case GROUPSEQ_OBRIEN_FLEMING: spent = 2 * normal_sf(normal_upper_quantile(0.5 * side) / sqrt(t)); break;
    case GROUPSEQ_POCOCK: spent = side * log1p(1.71828182845904523536 * t); break;
    case GROUPSEQ_POWER: spent = side * pow(t, parameter); break;
    case GROUPSEQ_HSD: spent = side * (parameter == 0 ? t : expm1(-parameter * t) / expm1(-parameter)); break;
    }
    return two_sided ? 2 * spent : spent;
}

static int check_looks(const double *t, size_t n, struct error *err)
{
    if (n == 0 || n > GROUPSEQ_LOOKS_MAX)
        return error_set(err, E_BAD_DATA, "looks", "%zu looks: there must be 1 to %d", n, GROUPSEQ_LOOKS_MAX);
    for (size_t k = 0; k < n; k++)
        if (!(t[k] > 0) || isinf(t[k]) || (k > 0 && t[k] < t[k - 1])) {
            error_set(err, E_BAD_DATA, "looks", "look %zu has %g of the planned information", k + 1, t[k]);
            return error_hint(err, E_BAD_DATA, "shares must be above zero and must not fall");
        }
    return 0;
}

static int check_design(const double *t, size_t n, double alpha, struct error *err)
{
    int rc = outcome_check_alpha(alpha, "looks", err);
    return rc != 0 ? rc : check_looks(t, n, err);
}

struct crossing {
    const struct path *path;
    double t, wanted;
};

static double crossing_error(const void *context, double z)
{
    const struct crossing *c = context;
    return c->wanted - path_beyond(c->path, c->t, z * sqrt(c->t), true);
}

int groupseq_bounds(enum groupseq_family family, double parameter, double alpha, bool two_sided, const double *t,
                    size_t n, double *z, double *spent, struct error *err)
{
    int rc = check_design(t, n, alpha, err);
    if (rc != 0)
        return rc;
    if (!isfinite(parameter) || (family == GROUPSEQ_POWER && !(parameter > 0)))
        return error_set(err, E_BAD_DATA, "looks", "the spending function has a parameter of %g", parameter);
    struct path *p = path_new(0);
    if (p == NULL)
        return error_nomem(err, "looks");
    double before = 0;
    for (size_t k = 0; k < n; k++) {
        double now = fmax(groupseq_spent(family, parameter, alpha, two_sided, t[k]), before);
        if (k > 0 && t[k] <= t[k - 1] * (1 + 1e-12)) {
            z[k] = z[k - 1];
            now = before;
        } else {
            struct crossing c = {p, t[k], (now - before) * (two_sided ? 0.5 : 1)};
            if (!(c.wanted > path_beyond(p, t[k], GROUPSEQ_Z_MAX * sqrt(t[k]), true)) ||
                root_between(crossing_error, &c, -GROUPSEQ_Z_MAX, GROUPSEQ_Z_MAX, &z[k]) != 0)
                z[k] = GROUPSEQ_Z_MAX;
            if (k + 1 < n)
                path_look(p, t[k], z[k], two_sided);
        }
        before = now;
        if (spent != NULL)
            spent[k] = now;
    }
    mem_free(p);
    return 0;
}

static int crossing(const double *t, const double *z, size_t n, bool two_sided, double drift, double *up, double *down,
                    struct error *err)
{
    struct path *p = path_new(drift);
    if (p == NULL)
        return error_nomem(err, "looks");
    for (size_t k = 0; k < n; k++) {
        double limit = z[k] * sqrt(t[k]);
        bool again = k > 0 && t[k] <= t[k - 1] * (1 + 1e-12);
        up[k] = again ? 0 : path_beyond(p, t[k], limit, true);
        double below = again || !two_sided ? 0 : path_beyond(p, t[k], -limit, false);
        if (down != NULL)
            down[k] = below;
        if (!again && k + 1 < n)
            path_look(p, t[k], z[k], two_sided);
    }
    mem_free(p);
    return 0;
}

static int check_bounds(const double *t, const double *z, size_t n, struct error *err)
{
    int rc = check_looks(t, n, err);
    return rc != 0 ? rc : outcome_check_values(z, n, "bounds", err);
}

int groupseq_crossing(const double *t, const double *z, size_t n, bool two_sided, double drift, double *up,
                      double *down, struct error *err)
{
    int rc = check_bounds(t, z, n, err);
    if (rc == 0)
        rc = outcome_check_values(&drift, 1, "drift", err);
    return rc != 0 ? rc : crossing(t, z, n, two_sided, drift, up, down, err);
}

struct design {
    const double *t, *z;
    size_t n;
    bool two_sided;
    double wanted;
    double at;         /* z observed at the last look instead of the bound */
    struct error *err;
};

static double total_up(const struct design *d, double drift, const double *z, bool both)
{
    double up[GROUPSEQ_LOOKS_MAX], down[GROUPSEQ_LOOKS_MAX], sum = 0;
    if (crossing(d->t, z, d->n, d->two_sided, drift, up, down, d->err) != 0)
        return NAN;
    for (size_t k = 0; k < d->n; k++)
        sum += up[k] + (both && d->two_sided ? down[k] : 0);
    return sum;
}

struct shape {
    struct design d;
    double shape;
    double *z;
};

static double classic_error(const void *context, double c)
{
    const struct shape *s = context;
    for (size_t k = 0; k < s->d.n; k++)
        s->z[k] = c * pow(s->d.t[k], s->shape - 0.5);
    return s->d.wanted - total_up(&s->d, 0, s->z, true);
}

int groupseq_classic(double shape, double alpha, bool two_sided, size_t n, double *constant, double *z,
                     struct error *err)
{
    double t[GROUPSEQ_LOOKS_MAX], c;
    for (size_t k = 0; k < n && k < GROUPSEQ_LOOKS_MAX; k++)
        t[k] = (double)(k + 1) / (double)n;
    int rc = check_design(t, n, alpha, err);
    if (rc != 0)
        return rc;
    if (!(shape >= -2 && shape <= 2))
        return error_set(err, E_BAD_DATA, "looks", "a shape of %g is not one of this family (0 to 0.5)", shape);
    struct shape s = {
        .d = {.t = t, .n = n, .two_sided = two_sided, .wanted = alpha, .err = err}, .shape = shape, .z = z};
    double z0 = normal_upper_quantile(two_sided ? 0.5 * alpha : alpha);
    if (root_around(classic_error, &s, z0, 0.3, -6, 40, &c) != 0)
        return error_set(err, E_FAILED, "looks", "no boundary was found for alpha %g", alpha);
    classic_error(&s, c);
    *constant = c;
    return 0;
}

static double power_error(const void *context, double drift)
{
    const struct design *d = context;
    return total_up(d, drift, d->z, false) - d->wanted;
}

int groupseq_inflation(const double *t, const double *z, size_t n, bool two_sided, double alpha, double power,
                       double *factor, struct error *err)
{
    int rc = check_bounds(t, z, n, err);
    if (rc == 0)
        rc = outcome_check_alpha(alpha, "looks", err);
    if (rc != 0)
        return rc;
    double fixed = normal_upper_quantile(two_sided ? 0.5 * alpha : alpha) + normal_quantile(power), drift;
    if (!(power > alpha && power < 1))
        return error_set(err, E_BAD_DATA, "looks", "a power of %g is not between alpha and 1", power);
    struct design d = {.t = t, .z = z, .n = n, .two_sided = two_sided, .wanted = power, .err = err};
    if (root_around(power_error, &d, fixed, 0.3, 0, 60, &drift) != 0)
        return error_set(err, E_FAILED, "looks", "no size was found for a power of %g", power);
    *factor = drift / fixed * (drift / fixed);
    return 0;
}

/* P(as extreme upwards as what was seen) - wanted, in the stagewise order: crossing upwards earlier is more extreme. */
static double order_error(const void *context, double drift)
{
    const struct design *d = context;
    double z[GROUPSEQ_LOOKS_MAX];
    for (size_t k = 0; k < d->n; k++)
        z[k] = k + 1 == d->n ? d->at : d->z[k];
    return total_up(d, drift, z, false) - d->wanted;
}

static double order_drift(struct design *d, double wanted, double guess)
{
    double drift = guess;
    d->wanted = wanted;
    return root_around(order_error, d, guess, 1, -60, 60, &drift) == 0 ? drift : guess;
}

int groupseq_analyse(const double *t, const double *z, size_t look, bool two_sided, double effect, double se,
                     double alpha, struct groupseq_answer *out, struct error *err)
{
    int rc = check_bounds(t, z, look + 1, err);
    if (rc == 0)
        rc = outcome_check_alpha(alpha, "looks", err);
    if (rc != 0)
        return rc;
    if (!isfinite(effect) || !(se > 0) || isinf(se)) {
        error_set(err, E_BAD_DATA, "looks", "the effect or its standard error is not a finite number above zero");
        return error_hint(err, E_BAD_DATA, "an arm without any spread has nothing to test");
    }
    double seen = effect / se, unit = se * sqrt(t[look]); /* drift 1 in the effect's unit: se at t = 1 */
    struct design d = {
        .t = t, .z = z, .n = look + 1, .two_sided = two_sided, .at = two_sided ? fabs(seen) : seen, .err = err};
    *out = (struct groupseq_answer){.stop = d.at >= z[look]};
    d.wanted = 0;
    out->p = fmin(order_error(&d, 0) * (two_sided ? 2 : 1), 1);
    double guess = d.at / sqrt(t[look]), sign = two_sided && seen < 0 ? -1 : 1;
    double low = order_drift(&d, 0.5 * alpha, guess), high = order_drift(&d, 1 - 0.5 * alpha, guess);
    out->estimate = sign * unit * order_drift(&d, 0.5, guess);
    out->low = unit * (sign > 0 ? low : -high);
    out->high = unit * (sign > 0 ? high : -low);
    out->repeated_low = effect - z[look] * se;
    out->repeated_high = two_sided ? effect + z[look] * se : INFINITY;
    return 0;
}
