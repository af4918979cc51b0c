/* experiment simulate | adapt. */
#include <math.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "command/audited.h"
#include "command/commands.h"
#include "command/experiment/experiment_design.h"
#include "experiment/course.h"
#include "experiment/rehearsal.h"

#define NAME_PARAM {"name", PT_TEXT, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "the experiment"}

static int find_design(struct app *app, const struct args *args, struct experiment_record *record, struct design *d,
                       struct error *err)
{
    int rc = d == NULL ? error_nomem(err, "experiment")
                       : experiments_find(app->store, args_text(args, "name"), record, err);
    if (rc == 0)
        rc = design_read(d, record->design, record->name, err);
    for (size_t m = 0; rc == 0 && m < d->n_metrics; m++)
        rc = metric_bind(&d->metrics[m].metric, 1, app->store, err);
    return rc;
}

static int run_simulate(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct experiment_record record = {.experiment = 0};
    struct design *d = mem_zalloc(1, sizeof *d);
    struct rehearsal done;
    int rc = find_design(app, args, &record, d, err);
    if (rc == 0)
        rc = rehearsal_run(&done, app->store, d, (uint32_t)args_int(args, "runs"), (uint64_t)args_int(args, "seed"),
                           app->job, err);
    if (rc == 0)
        experiment_rehearsal_answer(out, &done, d);
    experiment_record_release(&record);
    mem_free(d);
    return rc;
}

static const struct command_param simulate_params[] = {
    NAME_PARAM,
    {"runs", PT_INT, 0, "1000", 1, 1000000, NULL, "of A/A, and as many of A/B"},
    {"seed", PT_INT, 0, "1", 0, 1e15, NULL, "of the draws"},
    {0},
};

const struct command command_experiment_simulate = {
    .name = "experiment simulate",
    .summary = "try a design on the shop's own history: false alarms and power as they are",
    .description =
        "Draws the users of the baseline into arms again and again, without an effect and with the one that the "
        "design is "
        "made for, in random order, and reads each as the design says; one that may be read at any time is read twenty "
        "times. Nothing is stored.",
    .examples = "  reckon experiment simulate checkout --runs 2000\n",
    .params = simulate_params,
    .flags = CF_WORKSPACE | CF_LONG,
    .run = run_simulate,
};

/* Bandits. */

static void add_course(struct result *out, const struct course *c, const struct design *d)
{
    for (size_t a = 0; a < d->n_arms; a++) {
        char name[EXPERIMENT_NAME_MAX + 16];
        snprintf(name, sizeof name, "share of %s", d->arms[a].name);
        result_begin_series(out, name, "ms", "%");
        for (size_t i = 0; i < c->n; i++) {
            double all = 0;
            for (size_t b = 0; b < d->n_arms; b++)
                all += c->points[i].users[b];
            result_add_point(out, (double)c->points[i].time, 100 * c->points[i].users[a] / all);
        }
    }
    result_begin_series(out, "regret", "ms", d->metrics[0].metric.name);
    for (size_t i = 0; i < c->n; i++)
        result_add_point(out, (double)c->points[i].time, c->points[i].regret);
    if (c->n > 0)
        result_fact_real(out, "regret", c->points[c->n - 1].regret, "in all, by what is known now");
}

static void add_adapted(struct result *out, const struct adapted *a, const struct design *d)
{
    result_add_column(out, "arm", CELL_TEXT, "", "", 0);
    result_add_column(out, "users", CELL_INT, "", "whose window is over", 0);
    result_add_column(out, "mean", CELL_REAL, "", "of the primary metric", -1);
    result_add_column(out, "before", CELL_REAL, "%", "the weight of the arm", 2);
    result_add_column(out, "weight", CELL_REAL, "%", "from now on, for users who come", 2);
    for (size_t i = 0; i < d->n_arms; i++) {
        result_add_text(out, d->arms[i].name);
        result_add_int(out, (int64_t)a->users_of[i]);
        result_add_real(out, a->users_of[i] > 0 ? a->mean[i] : (double)NAN);
        result_add_real(out, a->before[i] / 100.0);
        result_add_real(out, a->weights[i] / 100.0);
    }
    result_fact_int(out, "waiting", (int64_t)a->waiting, "users whose window is not over");
}

static int run_adapt(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct experiment_record record = {.experiment = 0};
    struct design *d = mem_zalloc(1, sizeof *d);
    struct adapted adapted;
    struct course course = {.points = NULL};
    char who[64];
    struct audit_actor actor = audited_actor(app, who);
    int rc = find_design(app, args, &record, d, err);
    if (rc == 0)
        rc = adapt_take(&adapted, app->store, record.name, 0, &actor, clock_now_ms(), app->job, err);
    if (rc == 0)
        rc = course_read(&course, app->store, record.experiment, d, &adapted, err);
    if (rc == 0) {
        add_adapted(out, &adapted, d);
        add_course(out, &course, d);
    }
    mem_free(course.points);
    experiment_record_release(&record);
    mem_free(d);
    return rc;
}

static const struct command_param adapt_params[] = {NAME_PARAM, {0}};

const struct command command_experiment_adapt = {
    .name = "experiment adapt",
    .summary = "let the weights of a bandit follow what was learnt",
    .description = "A running server does it by itself every experiment.check-seconds; this does it now. Users count "
                   "when their attribution window is over. Users keep the arm that they met first, and no arm gets "
                   "less than the design's --floor. The result has the shares of the arms and the regret over time as "
                   "series.",
    .examples = "  reckon experiment adapt banner\n",
    .params = adapt_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_adapt,
};
