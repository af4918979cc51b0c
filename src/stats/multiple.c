#include "stats/multiple.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "stats/outcome.h"

struct entry {
    double p;
    size_t place;
};

static int by_p(const void *x, const void *y)
{
    const struct entry *a = x, *b = y;
    return a->p < b->p ? -1 : a->p > b->p ? 1 : (a->place > b->place) - (a->place < b->place);
}

/* The factor of the i-th smallest of m, from 0. */
static double factor(enum multiple_method method, double m, double i)
{
    switch (method) {
    case MULTIPLE_HOLM:
    case MULTIPLE_HOCHBERG: return m - i;
    case MULTIPLE_BH:
    case MULTIPLE_BY: return m / (i + 1);
    case MULTIPLE_BONFERRONI: return m;
    case MULTIPLE_SIDAK:
    case MULTIPLE_NONE: return 1;
    }
    return 1;
}

static void adjust_sorted(struct entry *e, size_t m, enum multiple_method method)
{
    double harmonic = 0, count = (double)m;
    for (size_t i = 1; i <= m; i++)
        harmonic += 1 / (double)i;
    for (size_t i = 0; i < m; i++) {
        double p = e[i].p;
        if (method == MULTIPLE_SIDAK)
            e[i].p = p < 1 ? -expm1(count * log1p(-p)) : 1;
        else
            e[i].p = p * factor(method, count, (double)i) * (method == MULTIPLE_BY ? harmonic : 1);
    }
    if (method == MULTIPLE_HOLM)
        for (size_t i = 1; i < m; i++)
            e[i].p = fmax(e[i].p, e[i - 1].p);
    if (method == MULTIPLE_BH || method == MULTIPLE_BY || method == MULTIPLE_HOCHBERG)
        for (size_t i = m; i-- > 1;)
            e[i - 1].p = fmin(e[i - 1].p, e[i].p);
}

int multiple_adjust(const double *p, size_t n, enum multiple_method method, double alpha, double *adjusted,
                    bool *reject, struct error *err)
{
    int rc = outcome_check_alpha(alpha, "several tests", err);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < n; i++)
        if (p[i] < 0 || p[i] > 1)
            return error_set(err, E_BAD_DATA, "several tests", "p-value %zu is %g, not between 0 and 1", i + 1, p[i]);
    struct entry *e = mem_alloc(n, sizeof *e);
    if (e == NULL)
        return error_nomem(err, "several tests");
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        adjusted[i] = 1;
        if (!isnan(p[i]))
            e[m++] = (struct entry){p[i], i};
    }
    qsort(e, m, sizeof *e, by_p);
    adjust_sorted(e, m, method);
    for (size_t i = 0; i < m; i++)
        adjusted[e[i].place] = fmin(e[i].p, 1);
    for (size_t i = 0; i < n && reject != NULL; i++)
        reject[i] = adjusted[i] <= alpha;
    mem_free(e);
    return 0;
}
