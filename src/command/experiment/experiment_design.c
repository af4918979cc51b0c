#include "command/experiment/experiment_design.h"

#include <math.h>
#include <stdio.h>

static void add_percent(struct result *out, double share)
{
    result_add_real(out, 100 * share);
}

static void add_days(struct result *out, const struct plan *plan, const struct design *d, const struct baseline *b)
{
    static const int days[] = {7, 14, 28};
    result_add_column(out, "after", CELL_INT, "days", "of taking users in; their windows end later", 0);
    result_add_column(out, "users", CELL_INT, "", "in all arms", 0);
    result_add_column(out, "detectable", CELL_REAL, "%", "the smallest change of the primary metric that is found with "
                      "the power asked for", 2);
    result_add_column(out, "power", CELL_REAL, "", "to find the effect that was asked for", 3);
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        double users = floor(baseline_users(b, days[i]) * plan->eligible);
        result_add_int(out, days[i]);
        result_add_int(out, (int64_t)users);
        add_percent(out, plan_effect_after(plan, b, days[i]));
        result_add_real(out, plan_power(plan, d, d->effect, users));
    }
}

static void add_curve(struct result *out, const struct plan *plan, const struct design *d)
{
    result_begin_series(out, "power", "relative change %", "probability to find it");
    for (int i = 1; i <= 30; i++) {
        double effect = fabs(d->effect) * i / 10, power = plan_power(plan, d, effect, plan->users.total);
        if (isfinite(power))
            result_add_point(out, 100 * effect, power);
    }
}

static void add_facts(struct result *out, const struct plan *plan, const struct design *d, const struct baseline *b)
{
    char words[200];
    result_fact_text(out, "metric", metric_says(&d->metrics[0].metric, words, sizeof words));
    result_fact_real(out, "baseline", plan->baseline, "");
    result_fact_real(out, "standard deviation", plan->sd, "");
    result_fact_int(out, "users behind it", (int64_t)b->sums->users[0], "");
    result_fact_real(out, "users a day", baseline_users(b, b->window.intake_days) / b->window.intake_days, "");
    if (plan->trivial)
        return;
    result_fact_int(out, "users in control", (int64_t)plan->users.control, "");
    result_fact_int(out, "users in each treatment", (int64_t)plan->users.treatment, "");
    result_fact_int(out, "users in all", (int64_t)plan->users.total, "");
    if (isfinite(plan->days))
        result_fact_real(out, "days", ceil(plan->days) + (double)design_horizon(d), "days");
    result_fact_real(out, "correlation with before", plan->rho, "");
    result_fact_real(out, d->cuped ? "users saved by it" : "users that it would save",
                     100 * (1 - plan->reduced / plan->uncorrected), "%");
    result_fact_real(out, "users for looking early", plan->inflation, "x");
}

/* What cutting large orders would save. */
static void note_cap(struct result *out, const struct plan *plan, const struct baseline *b)
{
    struct plan tamed;
    struct error ignored;
    if (b->tamed == NULL || plan->trivial || plan_make_of(&tamed, b->tamed, b->tamed_sums, 0, &ignored) != 0 ||
        tamed.trivial)
        return;
    double saved = 1 - tamed.users.total / plan->users.total;
    if (saved > 0.05)
        result_note(out, "A few large orders make much of the spread: with --cap %g it takes %.0f users, %.0f %% less.",
                    HISTORY_CAP, tamed.users.total, 100 * saved);
}

static void add_notes(struct result *out, const struct plan *plan, const struct design *d, const struct baseline *b)
{
    if (plan->trivial)
        result_note(out, "The store's events give this metric no spread, or a baseline of zero: nothing can be "
                         "planned. "
                         "Its reading needs another metric.");
    else if (!isfinite(plan->days) || plan->days > 90)
        result_note(out, "That takes longer than three months: take a larger --share, a larger --effect, or a metric "
                         "with less spread (--cap 0.99 tames revenue).");
    else if (plan->days + (double)design_horizon(d) < 7)
        result_note(out, "Let it run for whole weeks all the same: weekdays differ.");
    if (d->method == DESIGN_FIXED)
        result_note(out, "A fixed design is read once. Who peeks five times at 5 %% and stops on what is seen is wrong "
                         "14 %% of the time, at ten looks 19 %%: --method always-valid may be read every day.");
    note_cap(out, plan, b);
}

/* All metrics with the users that the primary wants: what can be found of each. */
static void add_metrics(struct result *out, const struct plan *plan, const struct design *d, const struct baseline *b)
{
    static const char *const roles[] = {"primary", "secondary", "guardrail"};
    struct result *t = d->n_metrics > 1 && !plan->trivial ? result_add_table(out, "metrics") : NULL;
    if (t == NULL)
        return;
    result_set_title(t, "What can be found of each metric with %.0f users", plan->users.total);
    result_add_column(t, "metric", CELL_TEXT, "", "", 0);
    result_add_column(t, "role", CELL_TEXT, "", "", 0);
    result_add_column(t, "baseline", CELL_REAL, "", "", -1);
    result_add_column(t, "deviation", CELL_REAL, "", "", -1);
    result_add_column(t, "detectable", CELL_REAL, "%", "", 2);
    result_add_column(t, "margin", CELL_REAL, "%", "", 2);
    for (size_t m = 0; m < d->n_metrics; m++) {
        struct plan one;
        struct error ignored;
        double found = plan_make_of(&one, d, b->sums, m, &ignored) == 0 ? plan_effect_with(&one, plan->users.total)
                                                                        : (double)NAN;
        bool guardrail = d->metrics[m].role == DESIGN_GUARDRAIL;
        result_add_text(t, d->metrics[m].metric.name);
        result_add_text(t, roles[d->metrics[m].role]);
        result_add_real(t, one.baseline);
        result_add_real(t, one.sd);
        result_add_real(t, 100 * found);
        result_add_real(t, guardrail ? 100 * d->metrics[m].margin : (double)NAN);
        if (guardrail && found > d->metrics[m].margin)
            result_note(t, "%s will hardly be cleared: with so many users a loss of %.3g %% cannot be told from none. Give it a "
                           "wider margin, or the test more users.", d->metrics[m].metric.name,
                        100 * d->metrics[m].margin);
    }
}

void experiment_design_answer(struct result *out, const struct plan *plan, const struct design *d,
                              const struct baseline *b)
{
    add_days(out, plan, d, b);
    add_facts(out, plan, d, b);
    if (!plan->trivial)
        add_curve(out, plan, d);
    add_metrics(out, plan, d, b);
    add_notes(out, plan, d, b);
}

static void add_share(struct result *out, const char *what, double share, double n, const char *wanted)
{
    result_add_text(out, what);
    result_add_real(out, 100 * share);
    result_add_real(out, n > 0 ? 100 * sqrt(share * (1 - share) / n) : (double)NAN);
    result_add_text(out, wanted);
}

void experiment_rehearsal_answer(struct result *out, const struct rehearsal *done, const struct design *d)
{
    char wanted[60];
    result_set_title(out, "Tried %u times each on the shop's own history, with %llu users and an effect of %g %%", done->runs,
                     (unsigned long long)done->users, 100 * done->truth);
    result_add_column(out, "of runs", CELL_TEXT, "", "", 0);
    result_add_column(out, "share", CELL_REAL, "%", "", 2);
    result_add_column(out, "error", CELL_REAL, "%", "the standard error of the share, from the number of runs", 2);
    result_add_column(out, "wanted", CELL_TEXT, "", "", 0);
    snprintf(wanted, sizeof wanted, "at most %g %%", 100 * d->alpha);
    add_share(out, "A/A that find a difference", done->false_positives, done->runs, wanted);
    snprintf(wanted, sizeof wanted, "%g %% with %llu users", 100 * d->power, (unsigned long long)d->users);
    add_share(out, "A/B that find the effect", done->found, done->runs, wanted);
    snprintf(wanted, sizeof wanted, "at least %g %%", 100 * (1 - d->alpha));
    if (done->intervals > 0)
        add_share(out, "intervals that hold it", done->covered, done->intervals, wanted);
    if (done->peeked > 0)
        add_share(out, "A/A that find one by peeking 20 times", done->peeked, done->runs, "do not do it");
    result_fact_int(out, "users", (int64_t)done->users, "of the shop's history in every run");
    result_fact_int(out, "runs", done->runs, "of each");
    result_fact_real(out, "effect", 100 * done->truth, "%");
    result_fact_int(out, "seed", (int64_t)done->seed, "");
}
