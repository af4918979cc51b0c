/* experiment simulate | adapt | ramp. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "command/commands.h"
#include "command/experiment_design.h"
#include "experiment/adapt.h"
#include "experiment/rehearsal.h"

#define NAME_PARAM {"name", PT_TEXT, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "the experiment"}

/* An experiment with all that is read of it. */
struct whole {
    struct experiment_record record;
    struct design *design;
    struct collected collected;
};

static int find(struct whole *w, struct app *app, const struct args *args, struct error *err)
{
    *w = (struct whole){.design = mem_zalloc(1, sizeof *w->design)};
    if (w->design == NULL)
        return error_nomem(err, "experiment");
    int rc = experiments_find(app->store, args_text(args, "name"), &w->record, err);
    if (rc == 0)
        rc = design_read(w->design, w->record.design, w->record.name, err);
    for (size_t m = 0; m < w->design->n_metrics && rc == 0; m++)
        rc = metric_bind(&w->design->metrics[m].metric, 1, app->store, err);
    return rc;
}

static int find_running(struct whole *w, struct app *app, const struct args *args, struct error *err)
{
    int rc = find(w, app, args, err);
    if (rc == 0 && w->record.state != EXPERIMENT_RUNNING) {
        rc = error_set(err, E_CONFLICT, w->record.name, "is %s: it does not run",
                       experiment_state_name(w->record.state));
        rc = error_hint(err, rc, "reckon experiment start %s", w->record.name);
    }
    return rc != 0 ? rc
                   : collect(&w->collected, app->store, w->record.experiment, w->design, clock_now_ms(), app->job, err);
}

static void whole_release(struct whole *w)
{
    collected_release(&w->collected);
    experiment_record_release(&w->record);
    mem_free(w->design);
}

static int update(struct app *app, const struct experiment_record *record, const char *what, const char *detail,
                  struct error *err)
{
    int rc = store_begin(app->store, err);
    if (rc == 0)
        rc = experiments_update(app->store, record, clock_now_ms(), what, detail, err);
    return store_end(app->store, rc, err);
}

static int run_simulate(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct whole w;
    struct rehearsal done;
    int rc = find(&w, app, args, err);
    if (rc == 0)
        rc = rehearsal_run(&done, app->store, w.design, (uint32_t)args_int(args, "runs"), (uint64_t)args_int(args,
                                                                                                             "seed"),
                       app->job, err);
    if (rc == 0)
        experiment_rehearsal_answer(out, &done, w.design);
    whole_release(&w);
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

static int run_adapt(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct whole w;
    uint32_t weights[DESIGN_ARMS_MAX], before[DESIGN_ARMS_MAX];
    char text[DESIGN_ARMS_MAX * 6 + 1];
    int rc = find_running(&w, app, args, err);
    if (rc == 0)
        rc = design_weights(w.design, w.record.weights, before, err);
    if (rc == 0)
        rc = adapt_weights(w.collected.sums, w.design, weights, err);
    if (rc == 0) {
        adapt_write(w.design, weights, text, sizeof text);
        mem_free(w.record.weights);
        w.record.weights = mem_strdup(text);
        rc = w.record.weights == NULL ? error_nomem(err, "experiment adapt") : update(app, &w.record, "adapted", text,
                                                                                      err);
    }
    if (rc == 0) {
        result_add_column(out, "arm", CELL_TEXT, "", "", 0);
        result_add_column(out, "users", CELL_INT, "", "", 0);
        result_add_column(out, "mean", CELL_REAL, "", "of the primary metric", -1);
        result_add_column(out, "before", CELL_REAL, "%", "the weight of the arm", 2);
        result_add_column(out, "weight", CELL_REAL, "%", "from now on, for users who come", 2);
        for (size_t a = 0; a < w.design->n_arms; a++) {
            result_add_text(out, w.design->arms[a].name);
            result_add_int(out, (int64_t)w.collected.sums->users[a]);
            result_add_real(out, sums_moments(w.collected.sums, a, 0).mean);
            result_add_real(out, before[a] / 100.0);
            result_add_real(out, weights[a] / 100.0);
        }
    }
    whole_release(&w);
    return rc;
}

static const struct command_param adapt_params[] = {NAME_PARAM, {0}};

const struct command command_experiment_adapt = {
    .name = "experiment adapt",
    .summary = "let the weights of a bandit follow what was learnt",
    .description = "To be run every so often, by a timer. A running server goes by the new weights from its next "
                   "answer on; "
                   "users keep the arm that they met first, and no arm gets less than one per cent.",
    .examples = "  reckon experiment adapt banner\n",
    .params = adapt_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_adapt,
};

/* Rollouts. */

static int read_steps(const struct args *args, uint32_t *steps, size_t *n, struct error *err)
{
    char **words;
    size_t n_words;
    int rc = args_list(args, "steps", &words, &n_words, err);
    if (rc != 0)
        return rc;
    if (n_words == 0 || n_words > DESIGN_LOOKS_MAX)
        rc = error_set(err, E_USAGE, "steps", "are one to %d percentages", DESIGN_LOOKS_MAX);
    for (size_t i = 0; i < n_words && rc == 0; i++) {
        char *end;
        double percent = strtod(words[i], &end);
        steps[i] = (uint32_t)(percent * 100 + 0.5);
        if (*end != '\0' || !(percent > 0 && percent <= 100) || (i > 0 && steps[i] <= steps[i - 1]))
            rc = error_set(err, E_USAGE, words[i], "is not a percentage above the one before it, up to 100");
    }
    *n = n_words;
    mem_free(words);
    return rc;
}

static int last_step(void *context, const struct experiment_change *change)
{
    int64_t *at = context;
    if (strcmp(change->what, "step") == 0 || strcmp(change->what, "started") == 0)
        *at = change->at;
    return 0;
}

static int take_step(struct app *app, const struct args *args, struct whole *w, struct result *out, struct error *err)
{
    static const char *const done[] = {"hold", "next", "rolled back", "complete"};
    uint32_t steps[DESIGN_LOOKS_MAX], coverage;
    struct adapt_rule rule = {.steps = steps, .least_users = args_real(args, "min-users"),
                              .least_hours = args_real(args, "min-hours")};
    struct reading *reading = mem_zalloc(1, sizeof *reading);
    int64_t since = w->record.started;
    char reason[700];
    int rc = reading == NULL ? error_nomem(err, "experiment ramp") : read_steps(args, steps, &rule.n, err);
    if (rc == 0)
        rc = experiments_changes(app->store, w->record.experiment, last_step, &since, err);
    if (rc == 0)
        rc = reading_make(reading, &w->collected, w->design, err);
    if (rc == 0) {
        double hours = (double)(clock_now_ms() - since) / 3600000;
        enum adapt_step step = adapt_next(&rule, reading, w->record.coverage, hours, w->collected.last > since,
                                          &coverage,
                                          reason, sizeof reason);
        result_fact_text(out, "step", done[step]);
        result_fact_real(out, "coverage", coverage / 100.0, "%");
        result_fact_text(out, "why", reason);
        if (coverage != w->record.coverage) {
            w->record.coverage = coverage;
            w->record.state = step == ADAPT_BACK ? EXPERIMENT_PAUSED : w->record.state;
            rc = update(app, &w->record, step == ADAPT_BACK ? "rolled back" : "step", reason, err);
        }
    }
    mem_free(reading);
    return rc;
}

static int run_ramp(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct whole w;
    int rc = find_running(&w, app, args, err);
    if (rc == 0)
        rc = take_step(app, args, &w, out, err);
    whole_release(&w);
    return rc;
}

static const struct command_param ramp_params[] = {
    NAME_PARAM,
    {"steps", PT_TEXT, PF_LIST, "1,10,100", 0, 0, NULL, "per cent of the experiment's share, one after the other"},
    {"min-users", PT_REAL, 0, "1000", 0, 1e12, NULL, "in all arms, before the next step"},
    {"min-hours", PT_REAL, 0, "24", 0, 1e6, NULL, "since the last step"},
    {0},
};

const struct command command_experiment_ramp = {
    .name = "experiment ramp",
    .summary = "take the next step of a rollout, or roll it back when a guardrail is hurt",
    .description =
        "To be run every so often, by a timer; each run looks once. When the shares of the arms are not as planned, a "
        "guardrail is hurt or the primary metric is worse, nobody is assigned any more, and the record says why. When "
        "there "
        "are enough users and hours since the last step, the next one is taken: raising the coverage adds users and "
        "moves "
        "none. When nobody was exposed since, it holds.",
    .examples = "  reckon experiment start checkout --coverage 1\n"
                "  reckon experiment ramp checkout --steps 1,10,50,100 --min-hours 48\n",
    .params = ramp_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_ramp,
};
