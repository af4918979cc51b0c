/* The settings of a workspace, as they are in force. */
#include <stdio.h>

#include "base/fs.h"
#include "base/settings.h"
#include "command/commands.h"
#include "store/store.h"

static const char *type_of(const struct setting_spec *s)
{
    switch (s->type) {
    case SETTING_INT: return "whole number";
    case SETTING_REAL: return "number";
    case SETTING_TEXT: return "text";
    case SETTING_CHOICE: return "choice";
    }
    return "";
}

/* values NULL: the file could not be read. */
static void add_setting(struct result *out, const struct settings *values, enum setting_id id)
{
    const struct setting_spec *s = &setting_specs[id];
    char name[128], range[64];
    snprintf(name, sizeof name, "%s.%s", s->table, s->key);
    snprintf(range, sizeof range, "%.12g to %.12g", s->min, s->max);
    bool number = s->type == SETTING_INT || s->type == SETTING_REAL;
    result_add_text(out, name);
    result_add_text(out, values != NULL ? settings_text(values, id) : NULL);
    result_add_text(out, values == NULL ? NULL : values->from_file[id] ? STORE_SETTINGS : "default");
    result_add_text(out, s->default_text);
    result_add_text(out, type_of(s));
    result_add_text(out, number ? range : s->choices);
    result_add_text(out, s->help);
}

static int run_settings(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    (void)args;
    char path[FS_PATH_MAX];
    struct settings values;
    int rc = app_find_workspace(app, err);
    if (rc == 0 && fs_join(path, sizeof path, app->workspace, STORE_SETTINGS) != 0)
        rc = error_set(err, E_USAGE, app->workspace, "the path is too long");
    if (rc != 0)
        return rc;
    /* When the file is wrong, the table is what helps to correct it: shown without values, with the error. */
    rc = settings_load(&values, path, err);
    result_add_column(out, "setting", CELL_TEXT, "", "", -1);
    result_add_column(out, "value", CELL_TEXT, "", "", -1);
    result_add_column(out, "from", CELL_TEXT, "", "", -1);
    result_add_column(out, "default", CELL_TEXT, "", "", -1);
    result_add_column(out, "type", CELL_TEXT, "", "", -1);
    result_add_column(out, "range", CELL_TEXT, "", "", -1);
    result_add_column(out, "help", CELL_TEXT, "", "", -1);
    for (int i = 0; i < SETTING_COUNT; i++)
        add_setting(out, rc == 0 ? &values : NULL, (enum setting_id)i);
    if (rc == 0)
        result_note(out, "Change them in %s; an option on the command line always wins.", path);
    return rc;
}

const struct command command_settings = {
    .name = "settings",
    .summary = "show the settings: values, where they come from, and ranges",
    .description = "Settings are lines of reckon.toml in the workspace. A setting that is not there has its default. A "
                   "line that cannot be understood is an error that names it: no command runs on half-understood "
                   "settings.",
    .examples = "  reckon settings\n  reckon settings --json\n",
    .run = run_settings,
};
