/* The settings of a workspace, as they are in force. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/settings.h"
#include "base/settings_edit.h"
#include "base/toml.h"
#include "base/words.h"
#include "command/audited.h"
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
        result_note(out, "`reckon settings set SETTING VALUE` changes one, or you in %s; an option on the command line "
                         "always wins.", path);
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

/* ---- changing one -------------------------------------------------------------------------------------- */

static const char keys_table[] = "console.keys";

/* The setting that a call is about, and what the file says of it. */
struct change {
    char path[FS_PATH_MAX], table[64], key[64];
    const struct setting_spec *spec; /* NULL: an action's keys */
    struct settings before;
    char *text;
    size_t n;
    struct str after;
};

static void change_release(struct change *self)
{
    mem_free(self->text);
    str_release(&self->after);
}

static int no_setting(const char *name, struct error *err)
{
    char names[SETTING_COUNT][128];
    const char *all[SETTING_COUNT + 1] = {NULL};
    struct str near;
    for (int i = 0; i < SETTING_COUNT; i++) {
        snprintf(names[i], sizeof names[i], "%s.%s", setting_specs[i].table, setting_specs[i].key);
        all[i] = names[i];
    }
    str_init(&near, 200);
    words_nearest(&near, all, name);
    bool is_near = !near.failed && strncmp(str_text(&near), "perhaps", 7) == 0;
    error_set(err, E_NOT_FOUND, name, "is no setting");
    int rc = error_hint(err, E_NOT_FOUND, "%s%s`reckon settings` shows them all; console.keys.ACTION are the keys of the "
                        "console", is_near ? str_text(&near) : "", is_near ? "; " : "");
    str_release(&near);
    return rc;
}

/* "serve.queue", or "console.keys.filter". */
static int find_setting(struct change *self, const char *name, struct error *err)
{
    const char *dot = strrchr(name, '.');
    size_t n = dot != NULL ? (size_t)(dot - name) : 0;
    if (n == 0 || n >= sizeof self->table || dot[1] == '\0' || strlen(dot + 1) >= sizeof self->key)
        return no_setting(name, err);
    snprintf(self->table, sizeof self->table, "%.*s", (int)n, name);
    snprintf(self->key, sizeof self->key, "%s", dot + 1);
    for (int i = 0; i < SETTING_COUNT; i++)
        if (strcmp(setting_specs[i].table, self->table) == 0 && strcmp(setting_specs[i].key, self->key) == 0)
            self->spec = &setting_specs[i];
    return self->spec != NULL || strcmp(self->table, keys_table) == 0 ? 0 : no_setting(name, err);
}

/* What is there must be understood before anything is changed in it. */
static int read_before(struct change *self, struct app *app, struct error *err)
{
    if (fs_join(self->path, sizeof self->path, app->workspace, STORE_SETTINGS) != 0)
        return error_set(err, E_USAGE, app->workspace, "the path is too long");
    int rc = settings_load(&self->before, self->path, err);
    if (rc != 0)
        return rc;
    if (fs_exists(self->path))
        return fs_read_all(self->path, 1 << 20, &self->text, &self->n, err);
    struct str fresh;
    str_init(&fresh, 1 << 18);
    rc = settings_template(&fresh) == 0 && (self->text = mem_dup(str_text(&fresh), fresh.len + 1)) != NULL
             ? 0 : error_nomem(err, "the settings");
    self->n = fresh.len;
    str_release(&fresh);
    return rc;
}

static void put_value(struct str *out, const struct change *self, const char *value)
{
    if (self->spec != NULL && (self->spec->type == SETTING_INT || self->spec->type == SETTING_REAL))
        str_puts(out, value);
    else
        toml_put_string(out, value);
}

/* As the file says it: numbers bare, texts in quotes. */
static const char *before_value(const struct change *self)
{
    return self->spec != NULL ? settings_text(&self->before, (enum setting_id)(self->spec - setting_specs)) : NULL;
}

/* The file as it would be is read as it will be read. */
static int check_after(const struct change *self, struct app *app, const char *name, const char *value,
                       struct error *err)
{
    struct settings after;
    struct error why = {0};
    settings_init(&after);
    int rc = settings_parse(&after, STORE_SETTINGS, str_text(&self->after), self->after.len, &why);
    if (rc == 0 && self->spec == NULL && app->check_keys == NULL)
        rc = error_set(&why, E_USAGE, name, "the keys of the console are changed in it, or on the command line");
    else if (rc == 0 && self->spec == NULL)
        rc = app->check_keys(str_text(&self->after), self->after.len, &why);
    if (rc == 0)
        return 0;
    if (self->spec != NULL && self->spec->type == SETTING_CHOICE && value != NULL) {
        error_set(err, E_USAGE, name, "'%s' is not one of %s", value, self->spec->choices);
        return error_hint(err, E_USAGE, "%s", self->spec->help);
    }
    bool conflict = rc == E_CONFLICT;
    error_set(err, E_USAGE, name, conflict ? "%s %s" : "%s%s", conflict ? why.what : "", why.why);
    return self->spec == NULL
               ? error_hint(err, E_USAGE, "keys are words with blanks between them: \"/ ctrl-f\", or none; `?` in the "
                                          "console shows the names of its actions")
               : error_hint(err, E_USAGE, "%s%s%s", self->spec->help, self->spec->choices[0] != '\0' ? ": " : "",
                            self->spec->choices);
}

/* The log first: what is not in it has not happened. */
static int write_after(const struct change *self, struct app *app, const char *name, const char *value,
                       struct error *err)
{
    struct fs_new_file file;
    struct stat now;
    unsigned mode = stat(self->path, &now) == 0 ? now.st_mode & 0777 : 0644;
    int rc = fs_create(&file, self->path, mode, err);
    if (rc == 0 && (rc = fs_write(&file, str_text(&self->after), self->after.len, err)) != 0)
        fs_abandon(&file);
    if (rc != 0)
        return store_end(app->store, rc, NULL);
    bool secret = self->spec == &setting_specs[SETTING_ID_DEMO_KEY];
    json_t *facts = json_pack("{s:s, s:s*, s:s*}", "setting", name, "before", secret ? NULL : before_value(self), "after",
                              secret ? NULL : value);
    rc = audited_end(app, "setting", facts, 0, err);
    if (rc == 0)
        rc = fs_commit(&file, err);
    else
        fs_abandon(&file);
    return rc;
}

/* value NULL: back to the default. */
static int change_setting(struct app *app, const char *name, const char *value, struct result *out, struct error *err)
{
    struct change c = {.spec = NULL};
    struct str written;
    str_init(&c.after, 1 << 21);
    str_init(&written, 2 * SETTING_TEXT_MAX + 8);
    int rc = find_setting(&c, name, err);
    if (rc == 0)
        rc = store_begin(app->store, err); /* one change at a time */
    bool begun = rc == 0;
    if (rc == 0)
        rc = read_before(&c, app, err);
    if (rc == 0) {
        put_value(&written, &c, value != NULL ? value : c.spec != NULL ? c.spec->default_text : "");
        if (written.failed)
            rc = error_set(err, E_USAGE, name, "the value is too long");
    }
    if (rc == 0 && value != NULL)
        settings_edit(&c.after, c.text, c.n, c.table, c.key, str_text(&written));
    else if (rc == 0)
        settings_edit_out(&c.after, c.text, c.n, c.table, c.key, c.spec != NULL ? str_text(&written) : NULL);
    if (rc == 0 && c.after.failed)
        rc = error_nomem(err, "the settings");
    if (rc == 0)
        rc = check_after(&c, app, name, value, err);
    if (rc == 0)
        rc = write_after(&c, app, name, value, err);
    else if (begun)
        store_end(app->store, rc, NULL);
    if (rc == 0) {
        result_fact_text(out, "setting", name);
        result_fact_text(out, "value", value != NULL ? value : c.spec != NULL ? c.spec->default_text : "as it is made");
        if (before_value(&c) != NULL)
            result_fact_text(out, "before", before_value(&c));
        result_note(out, "Commands follow it from now on; a running server with SIGHUP, or when it is started again.");
    }
    change_release(&c);
    str_release(&written);
    return rc;
}

static int run_set(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    return change_setting(app, args_text(args, "setting"), args_text(args, "value"), out, err);
}

static int run_reset(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    return change_setting(app, args_text(args, "setting"), NULL, out, err);
}

static const struct command_param set_params[] = {
    {"setting", PT_TEXT, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL,
     "its name, as `reckon settings` shows it, or console.keys. and an action of the console"},
    {"value", PT_TEXT, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "what it is from now on"},
    {0},
};

static const struct command_param reset_params[] = {
    {"setting", PT_TEXT, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "its name, as `reckon settings` shows it"},
    {0},
};

const struct command command_settings_set = {
    .name = "settings set",
    .summary = "change a setting of the workspace",
    .description = "Changes one line of reckon.toml; everything else in it stays as it was written, comments too. A "
                   "value that is out of range, or a name that is no setting, changes nothing. What it was and what it "
                   "is are in the audit log.",
    .examples = "  reckon settings set recommend.n 20\n  reckon settings set console.theme dark\n"
                "  reckon settings set console.keys.filter '/ ctrl-f'\n",
    .params = set_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_set,
};

const struct command command_settings_reset = {
    .name = "settings reset",
    .summary = "bring a setting back to its default",
    .description = "The line of reckon.toml that sets it becomes a comment. What it was is in the audit log.",
    .examples = "  reckon settings reset recommend.n\n",
    .params = reset_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_reset,
};
