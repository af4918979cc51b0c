/* One treatment against control on one metric. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "experiment/reading_private.h"
#include "stats/adjust.h"
#include "stats/anytime.h"
#include "stats/bayes.h"
#include "stats/exact.h"
#include "stats/groupseq.h"
#include "stats/mean.h"
#include "stats/normal.h"
#include "stats/order.h"
#include "stats/proportion.h"

/* What a comparison works on. */
struct pair {
    struct moments a, b;                   /* after variance reduction */
    const struct moments_pair *ra, *rb;    /* of a ratio */
    struct outcome plain, lift;            /* absolute and relative, at alpha / k */
    bool lifted;                           /* control is not zero */
    bool reduced;                          /* values of users are not as they were */
    double control_se, treatment_se;       /* of the two values, which are independent */
};

int reading_rule_make(struct reading_rule *out, const struct design *d, double users, struct error *err)
{
    *out = (struct reading_rule){.design = d, .planned = (double)d->users, .alpha = d->alpha,
                                 .k = d->n_arms - 1};
    if (d->method != DESIGN_GROUP_SEQUENTIAL || d->users == 0)
        return 0;
    double share = users / out->planned;
    out->look = (uint32_t)fmin(floor(share * d->looks + 1e-9), d->looks);
    for (uint32_t k = 0; k < d->looks; k++)
        out->t[k] = (k + 1.0) / d->looks;
    if (out->look > 0)
        out->t[out->look - 1] = fmin(share, 1); /* Lan & DeMets: what is spent goes by what has come */
    return out->look == 0 ? 0
                          : groupseq_bounds(GROUPSEQ_OBRIEN_FLEMING, 0, out->alpha / (double)out->k, true, out->t,
                                            out->look, out->z, NULL, err);
}

/* Nobody of the treatment did it: by the delta method a loss of 100 % without any error.  The error of the difference
 * says how far that is to be trusted. */
static void scale_lift(struct pair *p, double control, double alpha)
{
    if (p->lifted && !(p->lift.se > 0) && p->plain.se > 0)
        outcome_from(&p->lift, p->plain.effect / fabs(control), 0, p->plain.se / fabs(control), (double)INFINITY,
                     OUTCOME_TWO_SIDED, alpha);
}

static void say_unknown(struct reading_line *line, const char *why)
{
    line->known = false;
    line->p = line->adjusted = 1;
    snprintf(line->why, sizeof line->why, "%s", why);
}

static struct moments adjusted(const struct moments_pair *p, double theta, double centre)
{
    double m2 = p->yy - 2 * theta * p->xy + theta * theta * p->xx;
    return (struct moments){p->n, p->mean_y - theta * (p->mean_x - centre), fmax(m2, 0)};
}

static double squared_error(const struct moments *a, const struct moments *b)
{
    return moments_variance(a) / a->n + moments_variance(b) / b->n;
}

/* Within strata, after what was before has been taken off.  Strata that are too small leave it as it is. */
static void stratify(struct pair *p, const struct reading_line *line, const struct collected_by *strata, double theta,
                     double centre)
{
    struct moments a[DIMENSION_LEVELS_MAX], b[DIMENSION_LEVELS_MAX], sa, sb;
    struct error ignored;
    size_t n = strata->dimension.n_levels;
    for (size_t l = 0; l < n; l++) {
        a[l] = adjusted(&strata->level[l]->cell[0][line->metric].covariate, theta, centre);
        b[l] = adjusted(&strata->level[l]->cell[line->arm][line->metric].covariate, theta, centre);
    }
    if (adjust_stratified_arms(a, b, n, &sa, &sb, &ignored) != 0 || !(squared_error(&sa, &sb) > 0))
        return;
    p->a = sa;
    p->b = sb;
    p->reduced = true;
}

static int reduce(struct pair *out, struct reading_line *line, const struct moments_pair *a,
                  const struct moments_pair *b, const struct reading_rule *rule, struct error *err)
{
    struct adjust_answer answer;
    double theta = 0, centre = (a->n * a->mean_x + b->n * b->mean_x) / (a->n + b->n);
    out->a = moments_pair_y(a);
    out->b = moments_pair_y(b);
    double before = squared_error(&out->a, &out->b);
    if (rule->design->cuped && a->xx + b->xx > 0) {
        int rc = adjust_cuped(a, b, 0, OUTCOME_TWO_SIDED, rule->alpha, &answer, err);
        if (rc != 0)
            return rc;
        theta = answer.left < 1 ? answer.theta : 0;
    }
    line->test = "Welch's t";
    if (theta != 0) {
        out->a = adjusted(a, theta, centre);
        out->b = adjusted(b, theta, centre);
        out->reduced = true;
        line->test = "Welch's t, CUPED";
    }
    bool cuped = out->reduced;
    if (rule->strata != NULL) {
        out->reduced = false;
        stratify(out, line, rule->strata, theta, centre);
        line->test = out->reduced ? cuped ? "Welch's t, CUPED, strata" : "Welch's t, strata" : line->test;
        out->reduced = out->reduced || cuped;
    }
    line->variance_left = out->reduced && before > 0 ? squared_error(&out->a, &out->b) / before : 1;
    return 0;
}

static int compare_rate(struct pair *p, struct reading_line *line, double alpha, struct error *err)
{
    struct proportion a = {floor(p->a.n * p->a.mean + 0.5), p->a.n}, b = {floor(p->b.n * p->b.mean + 0.5), p->b.n};
    int rc = proportion_z(&a, &b, true, false, 0, OUTCOME_TWO_SIDED, alpha, &p->plain, err);
    line->test = "two-proportion z";
    if (rc == 0 && p->plain.state == OUTCOME_FEW) {
        struct exact_answer exact;
        struct exact_table table = {a.x, a.n - a.x, b.x, b.n - b.x};
        rc = exact_fisher(&table, OUTCOME_TWO_SIDED, &exact, err);
        if (rc == 0)
            p->plain.p = exact.p;
        line->test = "Fisher's exact";
    }
    return rc;
}

static int compare_means(struct pair *p, struct reading_line *line, bool rate, double alpha, struct error *err)
{
    int rc = rate && !p->reduced ? compare_rate(p, line, alpha, err)
                                 : mean_welch(&p->a, &p->b, 0, OUTCOME_TWO_SIDED, alpha, &p->plain, err);
    p->control_se = sqrt(moments_variance(&p->a) / p->a.n);
    p->treatment_se = sqrt(moments_variance(&p->b) / p->b.n);
    line->control = p->a.mean;
    line->treatment = p->b.mean;
    p->lifted = p->a.mean != 0;
    if (rc == 0 && p->lifted)
        rc = mean_lift(&p->a, &p->b, OUTCOME_TWO_SIDED, alpha, &p->lift, err);
    return rc;
}

/* Quantiles of events: moments of users that have the quantile for a mean, and its error for their mean's. */
static int compare_quantiles(struct pair *p, struct reading_line *line, const struct sums_cell *a,
                             const struct sums_cell *b, double q, double alpha, struct error *err)
{
    struct order_arm arms[2];
    line->variance_left = 1;
    line->test = "quantiles, users as clusters";
    if (order_arm(a->values, a->owner, a->n_values, q, &arms[0], NULL) != 0 ||
        order_arm(b->values, b->owner, b->n_values, q, &arms[1], NULL) != 0) {
        say_unknown(line, "an arm has too few values around the quantile");
        return 0;
    }
    p->a = moments_from_sd(arms[0].users, arms[0].value, arms[0].se * sqrt(arms[0].users));
    p->b = moments_from_sd(arms[1].users, arms[1].value, arms[1].se * sqrt(arms[1].users));
    p->control_se = arms[0].se;
    p->treatment_se = arms[1].se;
    line->control = arms[0].value;
    line->treatment = arms[1].value;
    p->lifted = line->control != 0;
    int rc = order_difference(&arms[0], &arms[1], OUTCOME_TWO_SIDED, alpha, &p->plain, err);
    return rc == 0 && p->lifted ? mean_lift(&p->a, &p->b, OUTCOME_TWO_SIDED, alpha, &p->lift, err) : rc;
}

static int compare_ratios(struct pair *p, struct reading_line *line, double alpha, struct error *err)
{
    double variance = 0, treated = 0;
    line->variance_left = 1;
    line->test = "delta method";
    int rc = mean_ratio(p->ra, &line->control, &variance, err);
    p->control_se = sqrt(variance);
    if (rc == 0)
        rc = mean_ratio(p->rb, &line->treatment, &treated, err);
    p->treatment_se = sqrt(treated);
    if (rc == 0)
        rc = mean_ratio_difference(p->ra, p->rb, 0, OUTCOME_TWO_SIDED, alpha, &p->plain, err);
    p->lifted = line->control != 0;
    return rc == 0 && p->lifted ? mean_ratio_lift(p->ra, p->rb, OUTCOME_TWO_SIDED, alpha, &p->lift, err) : rc;
}

/* Between looks that do not stop, the p of the stagewise order means nothing.  The repeated one does: the smallest alpha
 * whose bounds would have been reached here (Jennison & Turnbull 2000, 9.5). */
static int repeated_p(const struct reading_rule *rule, double z, double alpha, double *p, struct error *err)
{
    double low = log(alpha), high = log(0.999), bounds[DESIGN_LOOKS_MAX];
    *p = 1;
    for (int i = 0; i < 30 && !rule->frequentist; i++) {
        double middle = i == 0 ? high : (low + high) / 2;
        int rc = groupseq_bounds(GROUPSEQ_OBRIEN_FLEMING, 0, exp(middle), true, rule->t, rule->look, bounds, NULL, err);
        if (rc != 0)
            return rc;
        bool reached = bounds[rule->look - 1] <= z;
        if (i == 0 && !reached)
            return 0;
        *(reached ? &high : &low) = middle;
        *p = exp(high);
    }
    return 0;
}

int reading_interval(const struct reading_rule *rule, double effect, double se, double users, double *p, double *low,
                     double *high, struct error *err)
{
    double alpha = rule->alpha / (double)rule->k, reach = normal_upper_quantile(alpha / 2) * se, log_p;
    struct groupseq_answer group;
    int rc = 0;
    *p = outcome_p(effect / se, (double)INFINITY, OUTCOME_TWO_SIDED, &log_p);
    *low = effect - reach;
    *high = effect + reach;
    if (rule->design->method == DESIGN_ALWAYS_VALID) {
        double rho = anytime_rho(rule->planned > 0 ? rule->planned : 5000, alpha);
        struct anytime_answer any;
        rc = anytime_asymptotic(effect, se, users, rho, alpha, false, &any, err);
        if (rc != 0)
            return rc;
        *p = any.p;
        *low = any.low;
        *high = any.high;
    } else if (rule->design->method == DESIGN_GROUP_SEQUENTIAL && rule->look > 0) {
        rc = groupseq_analyse(rule->t, rule->z, rule->look - 1, true, effect, se, alpha, &group, err);
        if (rc != 0)
            return rc;
        *p = group.p;
        if (!group.stop && rule->look < rule->design->looks)
            rc = repeated_p(rule, fabs(effect / se), alpha, p, err);
        *low = effect - rule->z[rule->look - 1] * se;
        *high = effect + rule->z[rule->look - 1] * se;
    }
    return rc;
}

void reading_reach(struct reading_line *line, double reach)
{
    line->reach = reach;
    line->low = line->lift - reach * line->lift_se;
    line->high = line->lift + reach * line->lift_se;
    line->bounded = isfinite(line->low) && isfinite(line->high);
    if (line->bounded && line->control_se > 0 && line->treatment_se > 0)
        line->bounded = mean_fieller(line->control, line->control_se, line->treatment, line->treatment_se, reach, &line->low,
                                     &line->high);
}

/* p and interval as the method of the design has them; of a test that is read once those that the test gave. */
static int read_by_method(struct reading_line *line, const struct pair *p, double users,
                          const struct reading_rule *rule, struct error *err)
{
    double ignored[2], low = p->lift.low, high = p->lift.high;
    int rc = 0;
    line->p = p->plain.p;
    if (rule->design->method != DESIGN_FIXED)
        rc = reading_interval(rule, p->plain.effect, p->plain.se, users, &line->p, &ignored[0], &ignored[1], err);
    if (rc == 0 && p->lifted && rule->design->method != DESIGN_FIXED)
        rc = reading_interval(rule, p->lift.effect, p->lift.se, users, &ignored[0], &low, &high, err);
    if (rc == 0 && p->lifted && p->lift.se > 0)
        reading_reach(line, (high - low) / 2 / p->lift.se);
    return rc;
}

static int read_bayes(struct reading_line *line, const struct pair *p, bool rate, bool down, struct error *err)
{
    struct bayes_posterior arms[2];
    double best[2], loss[2];
    int rc = 0;
    if (rate && !p->reduced) {
        rc = bayes_rate(1, 1, floor(p->a.n * p->a.mean + 0.5), p->a.n, &arms[0], err);
        if (rc == 0)
            rc = bayes_rate(1, 1, floor(p->b.n * p->b.mean + 0.5), p->b.n, &arms[1], err);
    } else {
        double half = p->plain.se / sqrt(2); /* only the difference counts */
        arms[0] = (struct bayes_posterior){.kind = BAYES_NORMAL, .location = line->control, .scale = half};
        arms[1] = (struct bayes_posterior){.kind = BAYES_NORMAL, .location = line->treatment, .scale = half};
    }
    if (rc == 0)
        rc = bayes_best(arms, 2, best, loss, err);
    if (rc == 0) { /* where less is better, being worse in this sense is being better */
        line->best = best[down ? 0 : 1];
        line->loss = line->control != 0 ? loss[down ? 0 : 1] / fabs(line->control) : 0;
    }
    return rc;
}

static int measure(struct reading_line *line, struct pair *p, const struct sums *sums, const struct reading_rule *rule,
                   struct error *err)
{
    const struct metric *metric = &rule->design->metrics[line->metric].metric;
    const struct sums_cell *a = &sums->cell[0][line->metric], *b = &sums->cell[line->arm][line->metric];
    double alpha = rule->alpha / (double)rule->k;
    p->ra = &a->ratio;
    p->rb = &b->ratio;
    bool ratio = metric->type == METRIC_RATIO;
    if (ratio && (a->ratio.mean_x <= 0 || b->ratio.mean_x <= 0)) {
        say_unknown(line, "an arm has none of what the ratio divides by");
        return 0;
    }
    if (sums->users[0] < 2 || sums->users[line->arm] < 2) {
        say_unknown(line, "an arm has fewer than two users");
        return 0;
    }
    if (metric->days > 0 && (a->covariate.n < 2 || b->covariate.n < 2)) {
        say_unknown(line, "the horizon is not over yet for two users of each arm");
        return 0;
    }
    bool quantile = metric->type == METRIC_QUANTILE;
    int rc = quantile ? compare_quantiles(p, line, a, b, metric->q, alpha, err)
             : ratio  ? compare_ratios(p, line, alpha, err)
                      : reduce(p, line, &a->covariate, &b->covariate, rule, err);
    if (rc == 0 && !ratio && !quantile)
        rc = compare_means(p, line, metric_is_rate(metric), alpha, err);
    if (!line->known)
        return rc;
    scale_lift(p, line->control, alpha);
    line->effect = p->plain.effect;
    line->se = p->plain.se;
    line->control_se = p->control_se;
    line->treatment_se = p->treatment_se;
    line->lift_se = p->lifted ? p->lift.se : 0;
    line->lift = p->lifted ? p->lift.effect : 0;
    if (rc == 0 && p->plain.state == OUTCOME_NO_SPREAD)
        say_unknown(line, "all users are alike in both arms");
    else if (rc == 0 && p->plain.state == OUTCOME_DETERMINISTIC)
        say_unknown(line, "all users of an arm are alike: there is no chance to be told apart from");
    else if (rc == 0 && !(p->plain.se > 0))
        say_unknown(line, "there is no spread");
    return rc;
}

int reading_compare(struct reading_line *line, const struct sums *sums, const struct reading_rule *rule,
                    struct error *err)
{
    const struct metric *metric = &rule->design->metrics[line->metric].metric;
    struct pair p = {.lifted = false};
    line->known = true;
    line->test = "";
    line->p = line->adjusted = line->variance_left = 1;
    if (rule->design->method == DESIGN_GROUP_SEQUENTIAL && rule->look == 0) {
        say_unknown(line, "before the first planned look");
        return 0;
    }
    int rc = measure(line, &p, sums, rule, err);
    if (rc != 0 || !line->known)
        return rc;
    rc = read_by_method(line, &p, sums_counted(sums, line->metric), rule, err);
    return rc == 0 && !rule->frequentist ? read_bayes(line, &p, metric_is_rate(metric), metric->down, err)
                                         : rc;
}
