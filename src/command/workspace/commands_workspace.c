/* The workspace itself: init. */
#include <stdio.h>

#include "command/commands.h"
#include "store/store.h"

static int run_init(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    (void)app;
    const char *dir = args_text(args, "directory");
    int rc = store_create(dir, err);
    if (rc != 0)
        return rc;
    result_fact_text(out, "workspace", dir);
    result_fact_int(out, "schema", store_schema_version(), "");
    result_note(out, "Next: cd %s, then reckon import --guess FILE to see what a file is, or with a preset: "
                     "reckon import events --preset online-retail FILE", dir);
    return 0;
}

static const struct command_param init_params[] = {
    {"directory", PT_PATH, PF_POSITIONAL, ".", 0, 0, NULL, "the new workspace; made when it does not exist"},
    {0},
};

const struct command command_init = {
    .name = "init",
    .summary = "make a new workspace",
    .description = "A workspace is a directory: reckon.db (all data, SQLite), models/, keys/ (private), backups/ and "
                   "reckon.toml (settings, all commented out at their defaults).",
    .examples = "  reckon init shop && cd shop\n",
    .params = init_params,
    .run = run_init,
};
