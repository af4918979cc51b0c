/* Is the workspace whole? */
#include "command/commands.h"
#include "store/doctor.h"

static void add_finding(void *context, const struct doctor_finding *f)
{
    struct result *out = context;
    result_add_text(out, f->check);
    result_add_text(out, doctor_state_name(f->state));
    result_add_text(out, f->finding);
    result_add_text(out, f->advice[0] != '\0' ? f->advice : NULL);
    if (f->state != DOCTOR_OK) /* the table may cut it */
        result_note(out, "%s, %s: %s %s", doctor_state_name(f->state), f->check, f->finding, f->advice);
}

static void add_count(struct result *out, const char *name, int64_t n, const char *unit)
{
    if (n >= 0)
        result_fact_int(out, name, n, unit);
}

static void add_counts(struct result *out, const struct doctor_counts *c)
{
    add_count(out, "events", c->events, "");
    if (c->events > 0) {
        result_fact_time(out, "first", c->first);
        result_fact_time(out, "last", c->last);
    }
    add_count(out, "users", c->users, "");
    add_count(out, "items", c->items, "");
    add_count(out, "kinds", c->kinds, "");
    add_count(out, "sessions", c->sessions, "");
    add_count(out, "models", c->models, "");
    add_count(out, "imports", c->imports, "");
    add_count(out, "quarantine", c->quarantine, "rows");
    add_count(out, "database", c->database_bytes, "bytes");
    add_count(out, "write_ahead_log", c->log_bytes, "bytes");
    result_fact_int(out, "warnings", c->warnings, "");
    result_fact_int(out, "problems", c->problems, "");
}

static int run_doctor(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct doctor_counts counts;
    int rc = app_find_workspace(app, err);
    if (rc != 0)
        return rc;
    result_add_column(out, "check", CELL_TEXT, "", "", -1);
    result_add_column(out, "state", CELL_TEXT, "", "", -1);
    result_add_column(out, "finding", CELL_TEXT, "", "", -1);
    result_add_column(out, "advice", CELL_TEXT, "", "", -1);
    rc = doctor_run(app->workspace, args_flag(args, "quick"), add_finding, out, &counts, app->job, err);
    if (rc != 0)
        return rc;
    add_counts(out, &counts);
    if (counts.problems == 0)
        return 0;
    error_set(err, E_FAILED, "doctor", counts.problems == 1 ? "found a problem" : "found %d problems", counts.problems);
    return error_hint(err, E_FAILED, "the advice beside each says what to do");
}

static const struct command_param doctor_params[] = {
    {"quick", PT_FLAG, 0, NULL, 0, 0, NULL, "do not compare every index with its table, nor models with their "
     "checksums"},
    {0},
};

const struct command command_doctor = {
    .name = "doctor",
    .summary = "check that the workspace is whole, and explain what is not",
    .description = "Looks at every page of the database, every reference and the schema; at whether rows agree with "
                   "each other; at imports and jobs that were interrupted; and at the files beside it: models, "
                   "leftovers, permissions, settings, free space. Counts what there is. It changes nothing and may run "
                   "while others read and write. Exit status 1 when there is a problem; warnings are for your "
                   "information.",
    .examples = "  reckon doctor\n  reckon doctor --json | jq '.rows[] | select(.state != \"ok\")'\n",
    .params = doctor_params,
    .flags = CF_LONG,
    .run = run_doctor,
};
