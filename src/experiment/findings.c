#include "experiment/findings.h"

#include <math.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "experiment/reading_private.h"
#include "stats/mean.h"
#include "stats/multiple.h"
#include "stats/normal.h"
#include "stats/shrink.h"

static int find_money(struct findings *f, const struct collected *c, const struct reading_rule *rule, struct error *err)
{
    const struct moments *control = &c->revenue[0];
    int rc = 0;
    for (size_t a = 0; a < rule->design->n_arms && rc == 0; a++) {
        const struct moments *arm = &c->revenue[a];
        struct findings_money *m = &f->money[a];
        double ignored;
        *m = (struct findings_money){.users = arm->n, .sum = arm->n * arm->mean, .each = arm->mean};
        double se = arm->n > 1 && control->n > 1
                        ? sqrt(moments_variance(arm) / arm->n + moments_variance(control) / control->n)
                        : 0;
        if (a == 0 || !(se > 0))
            continue;
        m->compared = true;
        m->more = (arm->mean - control->mean) * arm->n;
        rc = reading_interval(rule, arm->mean - control->mean, se, arm->n + control->n, &ignored, &m->low, &m->high,
                              err);
        m->low *= arm->n;
        m->high *= arm->n;
        m->compared = isfinite(m->low) && isfinite(m->high);
    }
    return rc;
}

static int add_segment(struct findings *f, const struct collected *c, size_t by, size_t level, size_t arm,
                       const struct reading_rule *rule, struct error *err)
{
    const struct sums *sums = c->by[by].level[level];
    if (sums->users[0] + sums->users[arm] == 0)
        return 0;
    if (mem_grow((void **)&f->segments, &f->cap_segments, f->n_segments + 1, sizeof *f->segments) != 0)
        return error_nomem(err, "experiment report");
    struct findings_segment *s = &f->segments[f->n_segments++];
    *s = (struct findings_segment){.by = by, .level = level, .arm = arm, .control_users = sums->users[0],
                                   .users = sums->users[arm], .line = {.arm = arm, .test = "", .p = 1, .adjusted = 1}};
    if (sums->users[0] < FINDINGS_LEAST || sums->users[arm] < FINDINGS_LEAST) {
        snprintf(s->line.why, sizeof s->line.why, "fewer than %d users in an arm", FINDINGS_LEAST);
        return 0;
    }
    return reading_compare(&s->line, sums, rule, err);
}

static bool can_shrink(const struct findings_segment *s, size_t by, size_t arm)
{
    return s->by == by && s->arm == arm && s->line.known && s->line.bounded && s->line.lift_se > 0;
}

/* The segments of one dimension, of one treatment, drawn to each other. */
static int shrink(struct findings *f, size_t by, size_t arm, double alpha, struct error *err)
{
    double lift[DIMENSION_LEVELS_MAX], se[DIMENSION_LEVELS_MAX], shrunk[DIMENSION_LEVELS_MAX],
        sd[DIMENSION_LEVELS_MAX], reach = normal_upper_quantile(alpha / 2);
    struct findings_segment *at[DIMENSION_LEVELS_MAX];
    struct shrink_segments answer;
    size_t n = 0;
    struct findings_by *b = &f->by[f->n_by++];
    *b = (struct findings_by){.by = by, .arm = arm, .p = 1, .adjusted = 1};
    for (size_t i = 0; i < f->n_segments; i++)
        if (can_shrink(&f->segments[i], by, arm)) {
            at[n] = &f->segments[i];
            lift[n] = at[n]->line.lift;
            se[n] = at[n]->line.lift_se;
            n++;
        }
    if (n < 2)
        return 0;
    int rc = shrink_segments(lift, se, n, shrunk, sd, &answer, err);
    if (rc != 0)
        return rc;
    b->known = true;
    b->p = answer.q_p;
    b->tau = answer.tau;
    for (size_t i = 0; i < n; i++) {
        at[i]->is_shrunk = true;
        at[i]->shrunk = shrunk[i];
        at[i]->shrunk_low = shrunk[i] - reach * sd[i];
        at[i]->shrunk_high = shrunk[i] + reach * sd[i];
    }
    return 0;
}

static int holm(double *p, size_t n, double *adjusted, double alpha, struct error *err)
{
    return multiple_adjust(p, n, MULTIPLE_HOLM, alpha, adjusted, NULL, err);
}

static int correct_segments(struct findings *f, double alpha, struct error *err)
{
    double *p = mem_alloc(2 * f->n_segments + 2, sizeof *p), *adjusted = p + f->n_segments + 1;
    size_t n = 0;
    if (p == NULL)
        return error_nomem(err, "experiment report");
    for (size_t i = 0; i < f->n_segments; i++)
        if (f->segments[i].line.known)
            p[n++] = f->segments[i].line.p;
    int rc = holm(p, n, adjusted, alpha, err);
    for (size_t i = n = 0; i < f->n_segments && rc == 0; i++)
        if (f->segments[i].line.known) {
            f->segments[i].line.adjusted = adjusted[n++];
            f->segments[i].line.significant = f->segments[i].line.adjusted <= alpha;
        }
    mem_free(p);
    return rc;
}

static int correct_dimensions(struct findings *f, double alpha, struct error *err)
{
    double p[COLLECT_BY_MAX * (DESIGN_ARMS_MAX - 1)], adjusted[COLLECT_BY_MAX * (DESIGN_ARMS_MAX - 1)];
    size_t n = 0;
    for (size_t i = 0; i < f->n_by; i++)
        if (f->by[i].known)
            p[n++] = f->by[i].p;
    int rc = holm(p, n, adjusted, alpha, err);
    for (size_t i = n = 0; i < f->n_by && rc == 0; i++)
        if (f->by[i].known)
            f->by[i].adjusted = adjusted[n++];
    return rc;
}

static int find_segments(struct findings *f, const struct collected *c, const struct reading_rule *rule,
                         struct error *err)
{
    size_t arms = rule->design->n_arms;
    double alpha = rule->design->alpha;
    int rc = 0;
    for (size_t b = 0; b < c->n_by; b++)
        for (size_t a = 1; a < arms && rc == 0; a++) {
            for (size_t l = 0; l < c->by[b].dimension.n_levels && rc == 0; l++)
                rc = add_segment(f, c, b, l, a, rule, err);
            if (rc == 0)
                rc = shrink(f, b, a, alpha, err);
        }
    if (rc == 0)
        rc = correct_segments(f, alpha, err);
    return rc == 0 ? correct_dimensions(f, alpha, err) : rc;
}

static int find_days(struct findings *f, const struct days *days, const struct design *d, struct error *err)
{
    double p[DESIGN_ARMS_MAX], adjusted[DESIGN_ARMS_MAX];
    struct outcome o;
    int rc = 0;
    if (days->n_bins == 0)
        return 0;
    for (size_t arm = 1; arm < d->n_arms; arm++)
        for (size_t b = 0; b < days->n_bins; b++) {
            const struct moments *control = &days->value[0][b], *treated = &days->value[arm][b];
            struct findings_day *day = &f->days[f->n_days++];
            *day = (struct findings_day){.bin = b, .arm = arm, .users = control->n + treated->n,
                                         .control = control->mean, .treatment = treated->mean};
            if (control->n < 2 || treated->n < 2 || control->mean == 0 ||
                mean_lift(control, treated, OUTCOME_TWO_SIDED, d->alpha, &o, NULL) != 0 || !(o.se > 0))
                continue;
            day->known = true;
            day->lift = o.effect;
            day->low = o.low;
            day->high = o.high;
        }
    size_t n = 0;
    for (size_t arm = 1; arm < d->n_arms; arm++) {
        struct findings_trend *t = &f->trend[f->n_trend++];
        *t = (struct findings_trend){.arm = arm, .p = 1, .adjusted = 1};
        double ignored, day = (double)days->width / CLOCK_DAY_MS;
        const struct moments_pair *control = &days->middle[0], *treated = &days->middle[arm];
        if (control->n < 2 || treated->n < 2 || !(control->mean_x > 0 && treated->mean_x > 0) ||
            mean_ratio_score(control, treated, OUTCOME_TWO_SIDED, d->alpha, &o, NULL) != 0 || !(o.se > 0) ||
            mean_ratio(control, &t->control, &ignored, NULL) != 0)
            continue;
        t->known = true;
        t->treatment = (t->control + o.effect - 0.5) * day + 0.5;
        t->control = (t->control - 0.5) * day + 0.5;
        p[n++] = t->p = o.p;
    }
    rc = holm(p, n, adjusted, d->alpha, err);
    for (size_t i = n = 0; i < f->n_trend && rc == 0; i++)
        if (f->trend[i].known)
            f->trend[i].adjusted = adjusted[n++];
    return rc;
}

static int find_before(struct findings *f, const struct sums *sums, const struct design *d, struct error *err)
{
    double p[READING_LINES_MAX], adjusted[READING_LINES_MAX];
    struct outcome o;
    size_t n = 0;
    for (size_t m = 0; m < d->n_metrics && d->pre_days > 0; m++)
        for (size_t a = 1; a < d->n_arms; a++) {
            struct moments x[2] = {moments_pair_x(&sums->cell[0][m].covariate),
                                   moments_pair_x(&sums->cell[a][m].covariate)};
            if (d->metrics[m].metric.type == METRIC_QUANTILE)
                continue;
            struct findings_before *b = &f->before[f->n_before++];
            *b = (struct findings_before){.metric = m, .arm = a, .control = x[0].mean, .treatment = x[1].mean, .p = 1,
                                          .adjusted = 1};
            if (x[0].n < 2 || x[1].n < 2 ||
                mean_welch(&x[0], &x[1], 0, OUTCOME_TWO_SIDED, d->alpha, &o, NULL) != 0 || !(o.se > 0))
                continue;
            b->known = true;
            p[n++] = b->p = o.p;
        }
    int rc = holm(p, n, adjusted, d->alpha, err);
    for (size_t i = n = 0; i < f->n_before && rc == 0; i++)
        if (f->before[i].known) {
            f->before[i].adjusted = adjusted[n++];
            f->unlike_before = f->unlike_before || f->before[i].adjusted < FINDINGS_ALARM;
        }
    return rc;
}

int findings_make(struct findings *f, const struct collected *c, const struct reading *r, const struct design *d,
                  struct error *err)
{
    struct reading_rule rule;
    *f = (struct findings){.n_segments = 0};
    int rc = reading_rule_make(&rule, d, r->counted, err);
    if (rc == 0)
        rc = find_money(f, c, &rule, err);
    if (rc == 0)
        rc = find_segments(f, c, &rule, err);
    if (rc == 0)
        rc = find_days(f, &c->days, d, err);
    return rc == 0 ? find_before(f, c->sums, d, err) : rc;
}

void findings_release(struct findings *self)
{
    mem_free(self->segments);
    self->segments = NULL;
}
