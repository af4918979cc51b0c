#include "stats/exact.h"

#include <math.h>

#include "base/mem.h"
#include "stats/discrete.h"

#define SLACK 1e-7

static int check(const struct exact_table *t, struct error *err)
{
    double cell[4] = {t->a, t->b, t->c, t->d};
    for (int i = 0; i < 4; i++)
        if (!(cell[i] >= 0) || cell[i] != floor(cell[i]) || cell[i] > 1e15)
            return error_set(err, E_BAD_DATA, "2x2 table", "cell %d is not a whole number from 0", i + 1);
    return 0;
}

static void odds(const struct exact_table *t, struct exact_answer *out)
{
    double ad = t->a * t->d, bc = t->b * t->c;
    out->has_odds_ratio = ad > 0 || bc > 0;
    out->odds_ratio = bc > 0 ? ad / bc : ad > 0 ? INFINITY : 0;
}

/* The urn of a table: its total, its converted, and how many of them are drawn into the first row. */
struct urn {
    double total, white, drawn;
};

static double log_pmf(const struct urn *u, double k)
{
    return discrete_hypergeometric_log_pmf(k, u->total, u->white, u->drawn);
}

/* The tail of the other side, of all k there that are not likelier than `limit`: found by bisection, since
 * probabilities fall away from the mode. */
static double other_tail(const struct urn *u, double k, double limit)
{
    double least = fmax(0, u->drawn - (u->total - u->white)), most = fmin(u->white, u->drawn);
    double mode = floor((u->drawn + 1) * (u->white + 1) / (u->total + 2));
    if (k < mode) {
        double lo = fmax(mode, k + 1), hi = most + 1; /* the first k above that is unlikely enough */
        while (lo < hi) {
            double middle = floor(lo + (hi - lo) / 2);
            if (log_pmf(u, middle) <= limit)
                hi = middle;
            else
                lo = middle + 1;
        }
        return lo > most ? 0 : discrete_hypergeometric_sf(lo - 1, u->total, u->white, u->drawn);
    }
    double lo = least - 1, hi = fmin(mode, k - 1); /* the last k below */
    while (lo < hi) {
        double middle = ceil(lo + (hi - lo) / 2);
        if (log_pmf(u, middle) <= limit)
            lo = middle;
        else
            hi = middle - 1;
    }
    return lo < least ? 0 : discrete_hypergeometric_cdf(lo, u->total, u->white, u->drawn);
}

int exact_fisher(const struct exact_table *t, enum outcome_alternative alternative, struct exact_answer *out,
                 struct error *err)
{
    int rc = check(t, err);
    if (rc != 0)
        return rc;
    struct urn u = {t->a + t->b + t->c + t->d, t->a + t->c, t->a + t->b};
    *out = (struct exact_answer){.p = 1};
    odds(t, out);
    double below = discrete_hypergeometric_cdf(t->a, u.total, u.white, u.drawn);
    double above = discrete_hypergeometric_sf(t->a - 1, u.total, u.white, u.drawn);
    if (u.total == 0 || u.white == 0 || u.white == u.total || u.drawn == 0 || u.drawn == u.total)
        out->p = 1;
    else if (alternative != OUTCOME_TWO_SIDED)
        out->p = alternative == OUTCOME_LESS ? below : above;
    else {
        double mode = floor((u.drawn + 1) * (u.white + 1) / (u.total + 2));
        double limit = log_pmf(&u, t->a) + SLACK;
        out->p = t->a == mode ? 1 : fmin((t->a < mode ? below : above) + other_tail(&u, t->a, limit), 1);
    }
    out->log_p = log(out->p);
    return 0;
}

/* Of the first row's count i, the tables as extreme as the observed one are those with j <= low[i] or j >= high[i]. */
struct region {
    int n1, n2;
    int *low, *high;
    double *p1, *p2; /* scratch: the two binomials */
};

static double region_probability(const struct region *r, double rate)
{
    for (int i = 0; i <= r->n1; i++)
        r->p1[i] = discrete_binomial_pmf(i, r->n1, rate);
    r->p2[0] = 0; /* cumulative: p2[j] = P(J < j) */
    for (int j = 0; j <= r->n2; j++)
        r->p2[j + 1] = r->p2[j] + discrete_binomial_pmf(j, r->n2, rate);
    double sum = 0;
    for (int i = 0; i <= r->n1; i++)
        sum += r->p1[i] * (r->p2[r->low[i] + 1] + (r->p2[r->n2 + 1] - r->p2[r->high[i]]));
    return sum;
}

/* The largest probability over the common rate: a grid that is even in arcsin √rate, then golden sections. */
static double largest(const struct region *r, double *at)
{
    enum { GRID = 400 };
    const double golden = 0.61803398874989484820, quarter = 1.57079632679489661923;
    double best = 0, place = 0.5, value[GRID + 1];
    for (int g = 0; g <= GRID; g++) {
        double s = sin(quarter * g / GRID);
        value[g] = region_probability(r, s * s);
    }
    for (int g = 0; g <= GRID; g++) {
        bool peak = (g == 0 || value[g] >= value[g - 1]) && (g == GRID || value[g] >= value[g + 1]);
        if (!peak || value[g] < best * (1 - 1e-3))
            continue;
        double lo = quarter * fmax(g - 1, 0) / GRID, hi = quarter * fmin(g + 1, GRID) / GRID;
        double x = hi - golden * (hi - lo), y = lo + golden * (hi - lo);
        double fx = region_probability(r, sin(x) * sin(x)), fy = region_probability(r, sin(y) * sin(y));
        while (hi - lo > 1e-9) {
            if (fx >= fy) {
                hi = y, y = x, fy = fx;
                x = hi - golden * (hi - lo);
                fx = region_probability(r, sin(x) * sin(x));
            } else {
                lo = x, x = y, fx = fy;
                y = lo + golden * (hi - lo);
                fy = region_probability(r, sin(y) * sin(y));
            }
        }
        double top = fmax(fmax(fx, fy), value[g]);
        if (top > best) {
            best = top;
            place = top == value[g] ? sin(quarter * g / GRID) : sin(0.5 * (lo + hi));
            place *= place;
        }
    }
    *at = place;
    return fmin(best, 1);
}

/* The pooled z of a table; 0 where there is none. */
static double pooled_z(double i, double n1, double j, double n2)
{
    double p = (i + j) / (n1 + n2), v = p * (1 - p) * (1 / n1 + 1 / n2);
    return v > 0 ? (i / n1 - j / n2) / sqrt(v) : 0;
}

static int region_init(struct region *r, const struct exact_table *t, struct error *err)
{
    *r = (struct region){.n1 = (int)(t->a + t->b), .n2 = (int)(t->c + t->d)};
    r->low = mem_alloc((size_t)r->n1 + 1, sizeof *r->low);
    r->high = mem_alloc((size_t)r->n1 + 1, sizeof *r->high);
    r->p1 = mem_alloc((size_t)r->n1 + 1, sizeof *r->p1);
    r->p2 = mem_alloc((size_t)r->n2 + 2, sizeof *r->p2);
    return r->low == NULL || r->high == NULL || r->p1 == NULL || r->p2 == NULL ? error_nomem(err, "exact test") : 0;
}

static void region_release(struct region *r)
{
    mem_free(r->low);
    mem_free(r->high);
    mem_free(r->p1);
    mem_free(r->p2);
}

static int check_groups(const struct exact_table *t, struct error *err)
{
    int rc = check(t, err);
    if (rc != 0)
        return rc;
    double n1 = t->a + t->b, n2 = t->c + t->d;
    if (n1 == 0 || n2 == 0)
        return error_set(err, E_BAD_DATA, "exact test", "the %s group has no users", n1 == 0 ? "first" : "second");
    if (n1 <= EXACT_GROUP_MAX && n2 <= EXACT_GROUP_MAX)
        return 0;
    error_set(err, E_REFUSED, "exact test", "groups of %.0f and %.0f users are too large for it", n1, n2);
    return error_hint(err, E_REFUSED, "use Fisher's test, or the z test: with so many users they agree");
}

int exact_barnard(const struct exact_table *t, enum outcome_alternative alternative, struct exact_answer *out,
                  struct error *err)
{
    struct region r;
    int rc = check_groups(t, err);
    if (rc != 0)
        return rc;
    rc = region_init(&r, t, err);
    if (rc == 0) {
        double z = pooled_z(t->a, r.n1, t->c, r.n2);
        double limit = alternative == OUTCOME_TWO_SIDED ? fabs(z) : alternative == OUTCOME_GREATER ? z : -z;
        limit -= 1e-12 * fabs(limit) + 1e-14;
        for (int i = 0; i <= r.n1; i++) { /* z falls with j: "greater" at small j, "less" at large j */
            r.low[i] = -1;
            r.high[i] = r.n2 + 1;
            if (alternative != OUTCOME_LESS)
                while (r.low[i] < r.n2 && pooled_z(i, r.n1, r.low[i] + 1, r.n2) >= limit)
                    r.low[i]++;
            if (alternative != OUTCOME_GREATER)
                while (r.high[i] > r.low[i] + 1 && -pooled_z(i, r.n1, r.high[i] - 1, r.n2) >= limit)
                    r.high[i]--;
        }
        *out = (struct exact_answer){0};
        odds(t, out);
        out->p = largest(&r, &out->nuisance);
        out->log_p = log(out->p);
    }
    region_release(&r);
    return rc;
}

/* Fisher's one-sided p of row counts i, j. */
static double fisher_side(double i, double n1, double j, double n2, bool greater)
{
    double total = n1 + n2, white = i + j;
    return greater ? discrete_hypergeometric_sf(i - 1, total, white, n1)
                   : discrete_hypergeometric_cdf(i, total, white, n1);
}

static void boschloo_side(struct region *r, const struct exact_table *t, bool greater, struct exact_answer *out)
{
    double limit = fisher_side(t->a, r->n1, t->c, r->n2, greater) * (1 + SLACK);
    /* The boundary moves one way as i grows, so that it is walked once. */
    int j = greater ? -1 : r->n2 + 1;
    for (int k = 0; k <= r->n1; k++) {
        int i = greater ? k : r->n1 - k;
        if (greater)
            while (j < r->n2 && fisher_side(i, r->n1, j + 1, r->n2, true) <= limit)
                j++;
        else
            while (j > 0 && fisher_side(i, r->n1, j - 1, r->n2, false) <= limit)
                j--;
        r->low[i] = greater ? j : -1;
        r->high[i] = greater ? r->n2 + 1 : j;
    }
    /* For "less" the walk went down from large i: where i is large few j qualify, and more as it falls. */
    out->p = largest(r, &out->nuisance);
}

int exact_boschloo(const struct exact_table *t, enum outcome_alternative alternative, struct exact_answer *out,
                   struct error *err)
{
    struct region r;
    int rc = check_groups(t, err);
    if (rc != 0)
        return rc;
    rc = region_init(&r, t, err);
    if (rc == 0) {
        struct exact_answer greater = {0}, less = {0};
        if (alternative != OUTCOME_LESS)
            boschloo_side(&r, t, true, &greater);
        if (alternative != OUTCOME_GREATER)
            boschloo_side(&r, t, false, &less);
        *out =
            alternative == OUTCOME_GREATER || (alternative == OUTCOME_TWO_SIDED && greater.p < less.p) ? greater : less;
        odds(t, out);
        if (alternative == OUTCOME_TWO_SIDED)
            out->p = fmin(2 * out->p, 1);
        out->log_p = log(out->p);
    }
    region_release(&r);
    return rc;
}
