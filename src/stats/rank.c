#include "stats/rank.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "stats/normal.h"

#define EXACT_WORK_MAX 2e8

struct item {
    double value;
    bool in_a;
};

static int by_value(const void *x, const void *y)
{
    double a = ((const struct item *)x)->value, b = ((const struct item *)y)->value;
    return (a > b) - (a < b);
}

struct ranks {
    struct item *items;
    uint32_t *doubled; /* twice the (mid)rank of each item, in order of value */
    size_t n;
    double sum_a;      /* of A's ranks */
    double ties;       /* Σ (t³ - t) */
};

static int ranks_init(struct ranks *r, const double *a, size_t na, const double *b, size_t nb, struct error *err)
{
    *r = (struct ranks){.n = na + nb};
    r->items = mem_alloc(r->n, sizeof *r->items);
    r->doubled = mem_alloc(r->n, sizeof *r->doubled);
    if (r->items == NULL || r->doubled == NULL)
        return error_nomem(err, "Mann-Whitney");
    for (size_t i = 0; i < r->n; i++)
        r->items[i] = i < na ? (struct item){a[i], true} : (struct item){b[i - na], false};
    qsort(r->items, r->n, sizeof *r->items, by_value);
    for (size_t i = 0, j; i < r->n; i = j) {
        for (j = i + 1; j < r->n && r->items[j].value == r->items[i].value; j++) {
        }
        double t = (double)(j - i);
        r->ties += t * t * t - t;
        for (size_t k = i; k < j; k++) {
            r->doubled[k] = (uint32_t)(i + 1 + j);
            if (r->items[k].in_a)
                r->sum_a += 0.5 * r->doubled[k];
        }
    }
    return 0;
}

/* P(rank sum of A <= s) and P(>= s) under exchange of all users: the shift algorithm over doubled ranks. */
static int permutation_tails(const struct ranks *r, size_t na, double sum_a, double *below, double *above,
                             struct error *err)
{
    size_t most = 0;
    for (size_t i = r->n - na; i < r->n; i++)
        most += r->doubled[i];
    if ((double)r->n * (double)na * (double)most > EXACT_WORK_MAX) {
        error_set(err, E_REFUSED, "Mann-Whitney", "%zu users are too many for the exact distribution", r->n);
        return error_hint(err, E_REFUSED, "use the asymptotic one: it is accurate from about 20 users on");
    }
    size_t width = most + 1;
    double *ways = mem_zalloc((na + 1) * width, sizeof *ways);
    if (ways == NULL)
        return error_nomem(err, "Mann-Whitney");
    /* Probabilities rather than counts, so that nothing overflows: each item is in A with its fair share. */
    ways[0] = 1;
    for (size_t i = 0; i < r->n; i++) {
        double left = (double)(r->n - i);
        for (size_t k = (i + 1 < na ? i + 1 : na) + 1; k-- > 0;) {
            double *row = ways + k * width, *before = k > 0 ? row - width : NULL;
            double stay = fmax((left - (double)(na - k)) / left, 0), enter = k > 0 ? (double)(na - k + 1) / left : 0;
            for (size_t s = width; s-- > 0;)
                row[s] = row[s] * stay + (before != NULL && s >= r->doubled[i] ? before[s - r->doubled[i]] * enter : 0);
        }
    }
    const double *last = ways + na * width;
    size_t at = (size_t)(2 * sum_a + 0.5);
    *below = *above = 0;
    for (size_t s = 0; s <= at && s < width; s++)
        *below += last[s];
    for (size_t s = width; s-- > at;)
        *above += last[s];
    mem_free(ways);
    return 0;
}

static void asymptotic(const struct ranks *r, double na, double nb, enum outcome_alternative alternative,
                       bool continuity, struct rank_answer *out)
{
    double n = na + nb, mean = 0.5 * na * nb;
    double variance = na / 12 * nb * ((n + 1) - r->ties / (n * (n - 1)));
    if (!(variance > 0)) {
        out->state = OUTCOME_NO_SPREAD;
        return;
    }
    double d = out->u_a - mean, toward = alternative == OUTCOME_LESS      ? -d
                                         : alternative == OUTCOME_GREATER ? d
                                                                          : fabs(d);
    double z = (toward - (continuity ? 0.5 : 0)) / sqrt(variance);
    double both = alternative == OUTCOME_TWO_SIDED ? 2 : 1;
    out->p = fmin(both * normal_sf(z), 1);
    out->log_p = fmin(log(both) + normal_log_sf(z), 0);
}

int rank_mann_whitney(const double *a, size_t na, const double *b, size_t nb, enum outcome_alternative alternative,
                      enum rank_method method, bool continuity, struct rank_answer *out, struct error *err)
{
    struct ranks r;
    if (na == 0 || nb == 0)
        return error_set(err, E_BAD_DATA, "Mann-Whitney", "%s has no users", na == 0 ? "control" : "treatment");
    int rc = outcome_check_values(a, na, "control", err);
    if (rc == 0)
        rc = outcome_check_values(b, nb, "treatment", err);
    if (rc != 0)
        return rc;
    rc = ranks_init(&r, a, na, b, nb, err);
    if (rc == 0) {
        double pairs = (double)na * (double)nb;
        struct rank_answer answer = {.p = 1};
        answer.u_a = r.sum_a - 0.5 * (double)na * ((double)na + 1);
        answer.effect = 0.5 - answer.u_a / pairs;
        answer.exact = method == RANK_EXACT || (method == RANK_AUTO && r.ties == 0 && (na <= 8 || nb <= 8));
        double below, above;
        if (answer.exact && method == RANK_AUTO && permutation_tails(&r, na, r.sum_a, &below, &above, NULL) != 0)
            answer.exact = false;
        else if (answer.exact && method == RANK_EXACT)
            rc = permutation_tails(&r, na, r.sum_a, &below, &above, err);
        if (rc == 0 && answer.exact) {
            double tail = alternative == OUTCOME_LESS      ? below
                          : alternative == OUTCOME_GREATER ? above
                                                           : 2 * fmin(below, above);
            answer.p = fmin(tail, 1);
            answer.log_p = log(answer.p);
        } else if (rc == 0) {
            asymptotic(&r, (double)na, (double)nb, alternative, continuity, &answer);
        }
        if (rc == 0)
            *out = answer;
    }
    mem_free(r.items);
    mem_free(r.doubled);
    return rc;
}
