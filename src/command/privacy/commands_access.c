/* privacy export. */
#include "base/clock.h"
#include "command/audited.h"
#include "command/commands.h"
#include "command/privacy/subject_argument.h"
#include "privacy/access.h"

static int run_export(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct access_counts counts;
    json_t *copy = NULL;
    int64_t user;
    int rc = subject_argument(app->store, args_text(args, "subject"), &user, err);
    rc = rc != 0 ? rc : access_collect(app->store, user, app->job, &counts, &copy, err);
    rc = rc != 0 ? rc : access_write(copy, args_text(args, "out"), err);
    json_decref(copy);
    rc = rc != 0 ? rc : store_begin(app->store, err);
    if (rc != 0)
        return rc;
    rc = audited_end(app, "export",
                     json_pack("{s:I, s:I}", "histories", (json_int_t)counts.histories, "rows", (json_int_t)counts.rows),
                     rc, err);
    if (rc != 0)
        return rc;
    result_fact_text(out, "written", args_text(args, "out"));
    result_fact_int(out, "histories", counts.histories, "");
    result_fact_int(out, "tables", counts.tables, "");
    result_fact_int(out, "rows", counts.rows, "");
    result_note(out, "The file holds everything about a person and only its owner can read it. Hand it over on a safe way, "
                     "then remove it: reckon does not know where it went.");
    return 0;
}

static const struct command_param export_params[] = {
    {"subject", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_USER, NULL, 0, 0, NULL, "who: any identifier of theirs"},
    {"out", PT_PATH, PF_REQUIRED, NULL, 0, 0, NULL, "the archive: .zip or .tar.gz"},
    {0},
};

const struct command command_privacy_export = {
    .name = "privacy export",
    .summary = "give a person everything that is known of them, in one archive",
    .description = "For all identifiers that are linked: index.html to read, about.json for programs, a CSV for each table. "
                   "What is in it follows the map of personal data, so that a new table cannot be missed.",
    .examples = "  reckon privacy export 12347 --out 12347.zip\n",
    .params = export_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_export,
};
