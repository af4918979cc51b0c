/* The statistics, checked against known answers. */
#include <stdio.h>

#include "command/commands.h"
#include "vectors/vectors.h"

static void add_miss(void *context, const struct vectors_miss *m)
{
    struct result *out = context;
    char tolerance[60];
    snprintf(tolerance, sizeof tolerance, "rel %g, abs %g", m->relative, m->absolute);
    result_add_int(out, (int64_t)m->number);
    result_add_text(out, m->function);
    result_add_text(out, m->output[0] == '\0' ? NULL : m->output);
    result_add_text(out, m->expected);
    result_add_text(out, m->got);
    result_add_text(out, tolerance);
    result_add_text(out, m->inputs);
}

static int run_stats_check(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct vectors_counts counts;
    result_add_column(out, "case", CELL_INT, "", "its place in the file, from 1", 0);
    result_add_column(out, "function", CELL_TEXT, "", "", 0);
    result_add_column(out, "output", CELL_TEXT, "", "which of several", 0);
    result_add_column(out, "expected", CELL_TEXT, "", "", 0);
    result_add_column(out, "got", CELL_TEXT, "", "", 0);
    result_add_column(out, "tolerance", CELL_TEXT, "", "", 0);
    result_add_column(out, "inputs", CELL_TEXT, "", "", 0);
    int rc = vectors_check(args_text(args, "file"), add_miss, out, &counts, app->job, err);
    if (rc != 0)
        return rc;
    result_fact_int(out, "cases", (int64_t)counts.cases, "");
    result_fact_int(out, "passed", (int64_t)(counts.cases - counts.missed), "");
    result_fact_int(out, "missed", (int64_t)counts.missed, "");
    result_fact_int(out, "functions", (int64_t)counts.functions, "");
    if (counts.missed == 0)
        return 0;
    error_set(err, E_FAILED, "stats check", "%zu of %zu cases missed", counts.missed, counts.cases);
    return error_hint(err, E_FAILED, "the table shows each value; --json shows all digits");
}

static const struct command_param check_params[] = {
    {"file", PT_PATH, PF_REQUIRED | PF_POSITIONAL, NULL, 0, 0, NULL, "known-answer cases as JSON"},
    {0},
};

const struct command command_stats_check = {
    .name = "stats check",
    .summary = "run known-answer cases through the statistics and report each miss",
    .description =
        "The file is {\"cases\": [{\"function\", \"inputs\", \"expected\", \"tolerance\": {\"rel\", \"abs\"}}]}. A "
        "number passes when it is within max(abs, rel * |expected|); whole numbers, truth values and texts must "
        "be equal; a case that must be refused expects {\"error\": name}. Infinite values and NaN are written as "
        "\"inf\", \"-inf\" and \"nan\". reckon stats functions lists what can be called. Exit status 1 when "
        "anything is missed.",
    .examples = "  reckon stats check cases.json\n  reckon stats check cases.json --json | jq '.rows[]'\n",
    .params = check_params,
    .flags = CF_LONG,
    .run = run_stats_check,
};

static int run_stats_functions(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    (void)app;
    (void)args;
    (void)err;
    const char *takes, *name;
    result_add_column(out, "function", CELL_TEXT, "", "", 0);
    result_add_column(out, "takes → gives", CELL_TEXT, "", "", 0);
    for (size_t i = 0; (name = vectors_function(i, &takes)) != NULL; i++) {
        result_add_text(out, name);
        result_add_text(out, takes);
    }
    return 0;
}

const struct command command_stats_functions = {
    .name = "stats functions",
    .summary = "list the statistics that known-answer cases can call",
    .description = "What each takes and gives, under the names that reckon stats check reads.",
    .examples = "  reckon stats functions\n",
    .run = run_stats_functions,
};
