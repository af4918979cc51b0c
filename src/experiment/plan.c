#include "experiment/plan.h"

#include <math.h>

#include "stats/anytime.h"
#include "stats/groupseq.h"
#include "stats/normal.h"
#include "stats/order.h"

int plan_inflation(const struct design *design, double alpha, double power, double users, double *out,
                   struct error *err)
{
    double t[DESIGN_LOOKS_MAX], z[DESIGN_LOOKS_MAX];
    *out = 1;
    if (design->method == DESIGN_ALWAYS_VALID) {
        double fixed = normal_upper_quantile(alpha / 2), more = normal_upper_quantile(1 - power);
        double wide = anytime_halfwidth(users, anytime_rho(users, alpha), alpha, false);
        *out = pow((wide + more) / (fixed + more), 2);
        return 0;
    }
    if (design->method != DESIGN_GROUP_SEQUENTIAL)
        return 0;
    for (uint32_t k = 0; k < design->looks; k++)
        t[k] = (k + 1.0) / design->looks;
    int rc = groupseq_bounds(GROUPSEQ_OBRIEN_FLEMING, 0, alpha, true, t, design->looks, z, NULL, err);
    return rc != 0 ? rc : groupseq_inflation(t, z, design->looks, true, alpha, power, out, err);
}

/* Of a quantile: what it would be of one user, so that its error shrinks with the root of users as a mean's does. */
static void read_quantile(struct plan *self, const struct metric *m, const struct sums *sums,
                          const struct sums_cell *cell)
{
    struct order_arm arm;
    struct error ignored;
    self->baseline = self->sd = self->rho = 0;
    if (order_arm(cell->values, cell->owner, cell->n_values, m->q, &arm, &ignored) != 0)
        return;
    self->baseline = arm.value;
    self->sd = arm.se * sqrt(sums->users[0]);
}

static void read_baseline(struct plan *self, const struct design *d, const struct sums *sums, size_t metric)
{
    const struct metric *is = &d->metrics[metric].metric;
    const struct sums_cell *cell = &sums->cell[0][metric];
    const struct moments_pair *c = &cell->covariate;
    struct moments y = moments_pair_y(c);
    struct error ignored;
    if (is->type == METRIC_QUANTILE) {
        read_quantile(self, is, sums, cell);
        return;
    }
    self->baseline = y.mean;
    self->sd = sqrt(moments_variance(&y));
    self->rho = c->xx > 0 && c->yy > 0 ? c->xy / sqrt(c->xx * c->yy) : 0;
    if (is->type == METRIC_RATIO &&
        (cell->ratio.mean_x <= 0 || power_ratio_sd(&cell->ratio, &self->baseline, &self->sd, &ignored) != 0))
        self->baseline = self->sd = 0;
    if (is->type == METRIC_RATIO)
        self->rho = 0;
}

static int size_for(struct plan *self, double rho, double *total, struct power_users *users, struct error *err)
{
    struct power_design p = self->power;
    p.rho = rho;
    int rc = power_users_for(&p, users, err);
    if (rc == 0)
        *total = users->total;
    return rc;
}

int plan_make_of(struct plan *self, const struct design *d, const struct sums *sums, size_t metric, struct error *err)
{
    uint32_t guardrails = 0;
    double total;
    *self = (struct plan){.eligible = d->share / 10000.0, .inflation = 1};
    read_baseline(self, d, sums, metric);
    self->trivial = !(self->baseline != 0) || !(self->sd > 0);
    if (self->trivial)
        return 0;
    for (size_t m = 0; m < d->n_metrics; m++)
        guardrails += d->metrics[m].role == DESIGN_GUARDRAIL;
    double effect = fabs(d->effect) * fabs(self->baseline) * (d->effect < 0 ? -1 : 1);
    self->power = (struct power_design){
        .is_rate = metric_is_rate(&d->metrics[metric].metric), .baseline = self->baseline, .sd = self->sd, .effect = effect,
        .less_is_better = d->effect < 0, .test = {.alpha = d->alpha, .power = d->power},
        .treatments = (unsigned)d->n_arms - 1, .metrics = 1, .guardrails = guardrails,
        .control_share = d->arms[0].weight / 10000.0};
    int rc = size_for(self, 0, &total, &self->users, err);
    if (rc == 0)
        rc = plan_inflation(d, self->users.alpha, self->users.power, fmax(total, 100), &self->inflation, err);
    self->power.inflation = self->inflation;
    if (rc == 0)
        rc = size_for(self, 0, &self->uncorrected, &self->users, err);
    struct power_users reduced = self->users;
    if (rc == 0)
        rc = size_for(self, self->rho, &self->reduced, &reduced, err);
    if (rc == 0 && d->cuped)
        self->users = reduced;
    self->power.rho = d->cuped ? self->rho : 0;
    return rc;
}

int plan_make(struct plan *self, const struct design *d, const struct baseline *b, struct error *err)
{
    int rc = plan_make_of(self, d, b->sums, 0, err);
    if (rc == 0 && !self->trivial)
        self->days = baseline_days(b, self->users.total / self->eligible);
    return rc;
}

double plan_effect_with(const struct plan *self, double users)
{
    double effect;
    struct error ignored;
    if (self->trivial || power_effect_of(&self->power, floor(users), &effect, &ignored) != 0)
        return (double)NAN;
    return fabs(effect / self->baseline);
}

double plan_effect_after(const struct plan *self, const struct baseline *b, double days)
{
    return plan_effect_with(self, baseline_users(b, days) * self->eligible);
}

double plan_power(const struct plan *self, const struct design *d, double effect, double users)
{
    struct power_test test = {.alpha = self->users.alpha, .alternative = OUTCOME_TWO_SIDED};
    double left = 1 - self->power.rho * self->power.rho, power, share = d->arms[0].weight / 10000.0;
    double effective = users / self->inflation / left;
    double na = effective * share, nb = effective * (1 - share) / (double)(d->n_arms - 1);
    struct error ignored;
    if (na < 2 || nb < 2 ||
        power_means_z(&test, effect * fabs(self->baseline) / self->sd, na, nb, &power, &ignored) != 0)
        return (double)NAN;
    return power;
}
