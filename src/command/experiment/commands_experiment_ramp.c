/* experiment ramp, and ramp pause | resume | abort | status. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "command/audited.h"
#include "command/commands.h"
#include "experiment/rollout.h"

#define NAME_PARAM {"name", PT_TEXT, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "the experiment"}

static int read_steps(const struct args *args, struct rollout_plan *plan, struct error *err)
{
    char **words;
    size_t n;
    int rc = args_list(args, "steps", &words, &n, err);
    if (rc != 0)
        return rc;
    if (n == 0 || n > DESIGN_LOOKS_MAX)
        rc = error_set(err, E_USAGE, "steps", "are one to %d percentages", DESIGN_LOOKS_MAX);
    for (size_t i = 0; i < n && rc == 0; i++) {
        char *end;
        double percent = strtod(words[i], &end);
        if (*end != '\0' || !(percent > 0 && percent <= 100) ||
            (i > 0 && (uint32_t)(percent * 100 + 0.5) <= plan->steps[i - 1]))
            rc = error_set(err, E_USAGE, words[i], "is not a percentage above the one before it, up to 100");
        else
            plan->steps[i] = (uint32_t)(percent * 100 + 0.5);
    }
    plan->n = n;
    mem_free(words);
    return rc;
}

static bool any_given(const struct args *args)
{
    static const char *const names[] = {"steps", "min-users", "min-hours", "max-errors", "max-ms"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (args_given(args, names[i]))
            return true;
    return false;
}

static int last_step(void *context, const struct experiment_change *change)
{
    int64_t *at = context;
    if (strcmp(change->what, "step") == 0 || strcmp(change->what, "started") == 0)
        *at = change->at;
    return 0;
}

/* Puts the plan in force.  A step that is on goes on. */
static int put_plan(struct app *app, const struct args *args, const struct experiment_record *record,
                    struct rollout_record *rollout, bool going_on, struct error *err)
{
    struct rollout_plan plan = {.least_users = args_real(args, "min-users"), .least_hours = args_real(args, "min-hours"),
                                .errors = args_real(args, "max-errors"), .ms = args_real(args, "max-ms")};
    int64_t since = record->started;
    int rc = read_steps(args, &plan, err);
    if (rc == 0)
        rc = experiments_changes(app->store, record->experiment, last_step, &since, err);
    mem_free(rollout->plan);
    rollout->plan = NULL;
    if (rc == 0)
        rc = rollout_plan_write(&plan, &rollout->plan, err);
    if (rc != 0)
        return rc;
    rollout->experiment = record->experiment;
    rollout->since = going_on ? rollout->since : since;
    rollout->state = going_on && rollout->state == ROLLOUT_PAUSED ? ROLLOUT_PAUSED : ROLLOUT_RUNNING;
    return rollouts_put(app->store, rollout, err);
}

static int check_design(const struct experiment_record *record, struct error *err)
{
    struct design *d = mem_zalloc(1, sizeof *d);
    int rc = d == NULL ? error_nomem(err, record->name) : design_read(d, record->design, record->name, err);
    if (rc == 0 && d->interleave)
        rc = error_set(err, E_USAGE, record->name, "interleaves its arms: it compares, and has nothing to roll out");
    mem_free(d);
    return rc;
}

static int begin_rollout(struct app *app, const struct args *args, struct error *err)
{
    struct experiment_record record = {.experiment = 0};
    struct rollout_record rollout = {.experiment = 0};
    bool known = false;
    int rc = store_begin(app->store, err);
    if (rc == 0)
        rc = experiments_find(app->store, args_text(args, "name"), &record, err);
    if (rc == 0 && record.state != EXPERIMENT_RUNNING) {
        rc = error_set(err, E_CONFLICT, record.name, "is %s: it does not run", experiment_state_name(record.state));
        rc = error_hint(err, rc, "reckon experiment start %s --coverage 1", record.name);
    }
    if (rc == 0)
        rc = check_design(&record, err);
    if (rc == 0)
        rc = rollouts_find(app->store, record.experiment, &rollout, &known, err);
    bool going_on = known && rollout.state != ROLLOUT_ABORTED && rollout.state != ROLLOUT_ROLLED_BACK;
    if (rc == 0 && (!going_on || any_given(args)))
        rc = put_plan(app, args, &record, &rollout, going_on, err);
    experiment_record_release(&record);
    rollout_record_release(&rollout);
    return store_end(app->store, rc, err);
}

static int run_ramp(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct rollout_outcome done;
    char who[64];
    struct audit_actor actor = audited_actor(app, who);
    int rc = begin_rollout(app, args, err);
    if (rc == 0)
        rc = rollout_look(&done, app->store, args_text(args, "name"), NULL, &actor, clock_now_ms(), app->job, err);
    if (rc == 0) {
        result_fact_text(out, "step", rollout_step_name(done.step));
        result_fact_real(out, "coverage", done.coverage / 100.0, "%");
        result_fact_text(out, "why", done.reason);
        if (done.step == ROLLOUT_HOLD || done.step == ROLLOUT_NEXT)
            result_note(out, "A running server looks again by itself (setting experiment.check-seconds); without one, "
                             "run this again. reckon experiment ramp status %s",
                        args_text(args, "name"));
    }
    return rc;
}

static const struct command_param ramp_params[] = {
    NAME_PARAM,
    {"steps", PT_TEXT, PF_LIST, "1,10,100", 0, 0, NULL, "per cent of the experiment's share, one after the other"},
    {"min-users", PT_REAL, 0, "1000", 0, 1e12, NULL, "since the last step, in all arms, before the next"},
    {"min-hours", PT_REAL, 0, "24", 0, 1e6, NULL, "since the last step"},
    {"max-errors", PT_REAL, 0, "0.01", 0, 1, NULL, "largest share of an arm's requests that may fail; 1: any"},
    {"max-ms", PT_REAL, 0, "500", 0, 2500, NULL, "within which 95 % of an arm's answers must be there; 0: any"},
    {0},
};

const struct command command_experiment_ramp = {
    .name = "experiment ramp",
    .summary = "roll out step by step, and back by itself when a guardrail is hurt",
    .description =
        "Sets the steps of a rollout, and looks once. From then on a running server looks every "
        "experiment.check-seconds (without a server, run the command by a timer). When the shares of the arms are not "
        "as planned, a guardrail of the design is hurt, the primary metric is worse, or, on the server, an arm fails "
        "or is slow, nobody is assigned any more, the experiment is paused, and the record and the audit log say why. "
        "When enough users and hours have come since the last step, the next one is taken: raising the coverage adds "
        "users and moves none. When nobody was exposed since, it holds. Options change the plan of a rollout that is "
        "on; without them it stays.",
    .examples = "  reckon experiment start checkout --coverage 1\n"
                "  reckon experiment ramp checkout --steps 1,10,50,100 --min-hours 48\n",
    .params = ramp_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_ramp,
};

/* By command. */

static int change(struct app *app, const struct args *args, enum rollout_state to, struct error *err)
{
    struct experiment_record record = {.experiment = 0};
    int rc = store_begin(app->store, err);
    if (rc == 0)
        rc = experiments_find(app->store, args_text(args, "name"), &record, err);
    if (rc == 0)
        rc = rollout_command(app->store, &record, to, args_text(args, "reason"), clock_now_ms(), err);
    /* Why is a free text: it is in the experiment's history, and not in a log that nothing can be taken out of. */
    json_t *facts = json_pack("{s:s, s:s}", "experiment", args_text(args, "name"), "to", rollout_state_name(to));
    rc = audited_end(app, "experiment rollout", facts, rc, err);
    experiment_record_release(&record);
    return rc;
}

static int run_pause(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    int rc = change(app, args, ROLLOUT_PAUSED, err);
    if (rc == 0)
        result_note(out, "No step is taken until: reckon experiment ramp resume %s. Guardrails are looked at all the "
                         "same.", args_text(args, "name"));
    return rc;
}

static int run_resume(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    int rc = change(app, args, ROLLOUT_RUNNING, err);
    if (rc == 0)
        result_note(out, "Steps are taken again; users and hours of this one count from now.");
    return rc;
}

static int run_abort(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    int rc = change(app, args, ROLLOUT_ABORTED, err);
    if (rc == 0)
        result_note(out, "Nobody is assigned any more, and the experiment is paused. To begin anew: reckon experiment "
                         "start %s --coverage 1", args_text(args, "name"));
    return rc;
}

static const struct command_param change_params[] = {
    NAME_PARAM, {"reason", PT_TEXT, 0, "", 0, 0, NULL, "why, for the record"}, {0}};

const struct command command_experiment_ramp_pause = {
    .name = "experiment ramp pause",
    .summary = "take no further step of a rollout for a while",
    .description = "The experiment runs on at the coverage that it has; guardrails roll it back all the same.",
    .examples = "  reckon experiment ramp pause checkout --reason 'sale this week'\n",
    .params = change_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_pause,
};

const struct command command_experiment_ramp_resume = {
    .name = "experiment ramp resume",
    .summary = "go on with a rollout that is paused",
    .description = "",
    .examples = "  reckon experiment ramp resume checkout\n",
    .params = change_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_resume,
};

const struct command command_experiment_ramp_abort = {
    .name = "experiment ramp abort",
    .summary = "roll back now: nobody is assigned any more",
    .description = "A running server gives everybody the default from its next answer on.",
    .examples = "  reckon experiment ramp abort checkout --reason 'wrong prices in the new list'\n",
    .params = change_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_abort,
};

/* Status. */

static int add_step(void *context, const struct experiment_change *change)
{
    static const char *const ours[] = {"started", "step", "rolled back", "paused", "rollout paused",
                                       "rollout resumed", "rollout aborted"};
    struct result *out = context;
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (strcmp(ours[i], change->what) == 0) {
            result_add_time(out, change->at);
            result_add_text(out, change->what);
            result_add_text(out, change->detail);
        }
    return 0;
}

static void add_state(struct result *out, const struct experiment_record *record, const struct rollout_record *r,
                      const struct rollout_plan *plan, int64_t users)
{
    size_t next = 0;
    while (next < plan->n && plan->steps[next] <= record->coverage)
        next++;
    result_fact_text(out, "rollout", rollout_state_name(r->state));
    result_fact_text(out, "experiment", experiment_state_name(record->state));
    result_fact_real(out, "coverage", record->coverage / 100.0, "%");
    if (next < plan->n)
        result_fact_real(out, "next step", plan->steps[next] / 100.0, "%");
    result_fact_time(out, "since", r->since);
    result_fact_int(out, "users since", users, "");
    result_fact_real(out, "at least", plan->least_users, "users");
    result_fact_real(out, "and", plan->least_hours, "hours");
    result_fact_real(out, "may fail", 100 * plan->errors, "%");
    result_fact_real(out, "95 % within", plan->ms, "ms");
    if (r->looked != 0) {
        result_fact_time(out, "looked", r->looked);
        result_fact_text(out, "found", r->says);
    }
}

static int run_status(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct experiment_record record = {.experiment = 0};
    struct rollout_record rollout = {.experiment = 0};
    struct rollout_plan plan;
    bool known = false;
    int64_t users = 0;
    int rc = experiments_find(app->store, args_text(args, "name"), &record, err);
    if (rc == 0)
        rc = rollouts_find(app->store, record.experiment, &rollout, &known, err);
    if (rc == 0 && !known) {
        rc = error_set(err, E_NOT_FOUND, record.name, "has no rollout");
        rc = error_hint(err, rc, "reckon experiment ramp %s --steps 1,10,100", record.name);
    }
    if (rc == 0)
        rc = rollout_plan_read(&plan, rollout.plan, record.name, err);
    if (rc == 0)
        rc = exposures_since(app->store, record.experiment, rollout.since, &users, err);
    if (rc == 0) {
        result_add_column(out, "at", CELL_TIME, "", "", 0);
        result_add_column(out, "what", CELL_TEXT, "", "", 0);
        result_add_column(out, "why", CELL_TEXT, "", "", 0);
        add_state(out, &record, &rollout, &plan, users);
        rc = experiments_changes(app->store, record.experiment, add_step, out, err);
    }
    experiment_record_release(&record);
    rollout_record_release(&rollout);
    return rc;
}

static const struct command_param status_params[] = {NAME_PARAM, {0}};

const struct command command_experiment_ramp_status = {
    .name = "experiment ramp status",
    .summary = "show how far a rollout is, and what the last look found",
    .description = "",
    .examples = "  reckon experiment ramp status checkout\n",
    .params = status_params,
    .flags = CF_WORKSPACE,
    .run = run_status,
};
