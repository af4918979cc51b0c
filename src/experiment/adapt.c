#include "experiment/adapt.h"

#include <math.h>
#include <stdio.h>

#include "stats/bandit.h"

#define FLOOR 0.01

static void add_arms(struct bandit_arm *arms, const struct sums *sums, const struct design *d)
{
    const struct metric *metric = &d->metrics[0].metric;
    for (size_t a = 0; a < d->n_arms; a++) {
        struct moments m = sums_moments(sums, a, 0);
        if (metric->down) /* less is better: of a rate, those who did not */
            m.mean = metric_is_rate(metric) ? 1 - m.mean : -m.mean;
        arms[a] = (struct bandit_arm){m.n, m.n * m.mean, m.m2 + m.n * m.mean * m.mean};
    }
}

static int probabilities(const struct bandit_arm *arms, const struct design *d, double *p, struct error *err)
{
    size_t k = d->n_arms;
    bool rate = metric_is_rate(&d->metrics[0].metric);
    double n = 0, sum = 0, squares = 0;
    for (size_t a = 0; a < k; a++) {
        n += arms[a].n;
        sum += arms[a].sum;
        squares += arms[a].squares;
    }
    if (n < 2)
        return bandit_uniform(k, p, err);
    if (d->bandit == DESIGN_BANDIT_EPSILON)
        return bandit_epsilon_greedy(arms, k, 0.1, p, err);
    if (d->bandit == DESIGN_BANDIT_UCB)
        return bandit_ucb(arms, k, 2, NULL, p, err);
    double variance = fmax(squares / n - sum / n * (sum / n), 1e-12);
    int rc = rate ? bandit_thompson_beta(arms, k, 1, 1, p, err)
                  : bandit_thompson_normal(arms, k, sum / n, 1, 1, variance, p, err);
    if (rc != 0 || d->bandit != DESIGN_BANDIT_TOP_TWO)
        return rc;
    double best[DESIGN_ARMS_MAX];
    for (size_t a = 0; a < k; a++)
        best[a] = p[a];
    return bandit_top_two(best, k, 0.5, p, err);
}

int adapt_weights(const struct sums *sums, const struct design *d, uint32_t weights[DESIGN_ARMS_MAX], struct error *err)
{
    struct bandit_arm arms[DESIGN_ARMS_MAX];
    double p[DESIGN_ARMS_MAX];
    uint32_t given = 0;
    size_t largest = 0;
    if (d->bandit == DESIGN_BANDIT_NONE)
        return error_set(err, E_USAGE, "experiment adapt", "the design has no bandit: its weights stay as they are");
    add_arms(arms, sums, d);
    int rc = probabilities(arms, d, p, err);
    if (rc == 0)
        rc = bandit_floor(p, d->n_arms, FLOOR, err);
    for (size_t a = 0; a < d->n_arms && rc == 0; a++) {
        weights[a] = (uint32_t)(p[a] * 10000);
        given += weights[a];
        largest = p[a] > p[largest] ? a : largest;
    }
    if (rc == 0)
        weights[largest] += 10000 - given;
    return rc;
}

void adapt_write(const struct design *d, const uint32_t *weights, char *text, size_t size)
{
    size_t n = 0;
    for (size_t a = 0; a < d->n_arms && n < size; a++)
        n += (size_t)snprintf(text + n, size - n, "%s%u", a > 0 ? "," : "", weights[a]);
}

enum adapt_step adapt_next(const struct adapt_rule *rule, const struct reading *r, uint32_t now, double hours_since,
                           bool seen_since, uint32_t *coverage, char *reason, size_t size)
{
    *coverage = now;
    if (r->verdict == READING_BROKEN || r->verdict == READING_HARM || r->verdict == READING_WORSE) {
        *coverage = 0;
        snprintf(reason, size, "%s", r->sentence);
        return ADAPT_BACK;
    }
    size_t next = 0;
    while (next < rule->n && rule->steps[next] <= now)
        next++;
    if (next == rule->n) {
        snprintf(reason, size, "the last step, %g %%, is reached", now / 100.0);
        return ADAPT_DONE;
    }
    if (now > 0 && (r->users < rule->least_users || hours_since < rule->least_hours || !seen_since)) {
        snprintf(reason, size, "%.0f of at least %.0f users and %.1f of at least %g hours%s", r->users,
                 rule->least_users,
                 hours_since, rule->least_hours, seen_since ? "" : ", and nobody was exposed since the last step");
        return ADAPT_HOLD;
    }
    *coverage = rule->steps[next];
    snprintf(reason, size, "from %g %% to %g %%: %.0f users, no guardrail is hurt", now / 100.0, *coverage / 100.0,
             r->users);
    return ADAPT_NEXT;
}
