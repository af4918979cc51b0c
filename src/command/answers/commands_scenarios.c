/* scenarios list | show | set | history | rollback | remove. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "command/commands.h"
#include "command/documents_command.h"
#include "recommend/policy.h"

static void add_words(struct str *text, const char *fmt, const char *word)
{
    if (word == NULL)
        return;
    str_puts(text, text->len > 0 ? ", " : "");
    str_printf(text, "%s %s", fmt, word);
}

static void add_scenario(struct result *out, const struct scenario *s)
{
    struct str models, wishes;
    char number[32];
    str_init(&models, 1024);
    str_init(&wishes, 8192);
    for (uint32_t i = 0; i < s->n_models; i++)
        str_printf(&models, "%s%s", i > 0 ? ", " : "", s->models[i].spec);
    add_words(&wishes, "mode", s->mode);
    add_words(&wishes, "filter", s->filter);
    snprintf(number, sizeof number, "%g", s->diversity);
    add_words(&wishes, "diversity", s->diversity >= 0 ? number : NULL);
    snprintf(number, sizeof number, "%g", s->fresh);
    add_words(&wishes, "fresh", s->fresh >= 0 ? number : NULL);
    for (uint32_t i = 0; i < s->n_limits; i++) {
        snprintf(number, sizeof number, "at most %u per", s->limits[i].k);
        add_words(&wishes, number, s->limits[i].field);
    }
    result_add_text(out, s->name);
    result_add_int(out, s->version);
    result_add_text(out, s->n_models > 0 ? str_text(&models) : NULL);
    result_add_text(out, s->rules);
    if (s->n > 0)
        result_add_int(out, s->n);
    else
        result_add_null(out);
    result_add_text(out, str_text(&wishes));
    str_release(&models);
    str_release(&wishes);
}

static int run_list(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct policy *policy;
    (void)args;
    int rc = policy_load(&policy, app->store, err);
    if (rc != 0)
        return rc;
    result_add_column(out, "scenario", CELL_TEXT, "", "", 0);
    result_add_column(out, "version", CELL_INT, "", "", 0);
    result_add_column(out, "models", CELL_TEXT, "", "empty: as without a scenario", 0);
    result_add_column(out, "rules", CELL_TEXT, "", "empty: the set called default", 0);
    result_add_column(out, "n", CELL_INT, "", "", 0);
    result_add_column(out, "wishes", CELL_TEXT, "", "", 0);
    for (size_t i = 0; i < policy_scenarios(policy); i++)
        add_scenario(out, policy_scenario_at(policy, i));
    if (policy_scenarios(policy) == 0)
        result_note(out, "There are none. Next: reckon scenarios set home home.toml");
    policy_release(policy);
    return 0;
}

const struct command command_scenarios_list = {
    .name = "scenarios list",
    .summary = "show the places of the shop that have slates of their own kind",
    .description = "",
    .examples = "  reckon scenarios list\n",
    .flags = CF_WORKSPACE,
    .run = run_list,
};

static int run_show(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    return documents_command_show(app, args, DOCUMENT_SCENARIO, out, err);
}

static const struct command_param show_params[] = {
    {"name", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_SCENARIO, NULL, 0, 0, NULL,
     "NAME, or NAME@VERSION of an older version"},
    {0},
};

const struct command command_scenarios_show = {
    .name = "scenarios show",
    .summary = "show a scenario as it was written",
    .description = "",
    .examples = "  reckon scenarios show home\n  reckon scenarios show home@2\n",
    .params = show_params,
    .flags = CF_WORKSPACE,
    .run = run_show,
};

static int run_set(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    const char *path = args_text(args, "file"), *name = args_text(args, "name");
    struct scenario *scenario = NULL;
    char *text;
    size_t n;
    int rc = documents_read_file(path, &text, &n, err);
    if (rc != 0)
        return rc;
    rc = scenario_parse(&scenario, documents_file_name(path), name, 0, text, n, err);
    if (rc == 0) {
        rc = scenario_check(scenario, app->store, err);
        scenario_free(scenario);
    }
    if (rc == 0)
        rc = documents_command_put(app, args, DOCUMENT_SCENARIO, name, text, out, err);
    if (rc == 0)
        result_note(out, "Try it: reckon recommend --user USER --scenario %s", name);
    mem_free(text);
    return rc;
}

static const struct command_param set_params[] = {
    {"name", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_SCENARIO, NULL, 0, 0, NULL,
     "home, product, cart, email, or any other name"},
    {"file", PT_PATH, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "TOML; - is standard input"},
    DOCUMENTS_COMMENT_PARAM, DOCUMENTS_BY_PARAM,
    {0},
};

const struct command command_scenarios_set = {
    .name = "scenarios set",
    .summary = "say what a place of the shop wants of its slates",
    .description = "The file is TOML without tables; every line may be left out: models (\"blend\", or \"blend, "
                   "content:0.5\"), rules (the name of a rule set, or \"none\"), n, mode, filter, diversity, fresh, "
                   "limit-per (\"brand=2\"), attributes (\"price, image\"). What a request says itself wins over its "
                   "scenario. Every set is a new version; the last one is in force.",
    .examples = "  reckon scenarios set home home.toml --comment 'fewer repeats'\n"
                "  printf 'n = 4\\nfilter = \"in_stock\"\\n' | reckon scenarios set cart -\n",
    .params = set_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_set,
};

static int run_history(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    return documents_command_history(app, args, DOCUMENT_SCENARIO, out, err);
}

static const struct command_param history_params[] = {
    {"name", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_SCENARIO, NULL, 0, 0, NULL, "the scenario"},
    {0},
};

const struct command command_scenarios_history = {
    .name = "scenarios history",
    .summary = "show who changed a scenario, when and what for",
    .description = "",
    .examples = "  reckon scenarios history home\n",
    .params = history_params,
    .flags = CF_WORKSPACE,
    .run = run_history,
};

static int run_rollback(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    return documents_command_rollback(app, args, DOCUMENT_SCENARIO, out, err);
}

static const struct command_param rollback_params[] = {
    {"name", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_SCENARIO, NULL, 0, 0, NULL, "the scenario"},
    {"to", PT_INT, 0, NULL, 1, 1e9, NULL, "the version; default: the one before that in force"},
    DOCUMENTS_BY_PARAM,
    {0},
};

const struct command command_scenarios_rollback = {
    .name = "scenarios rollback",
    .summary = "bring an earlier version of a scenario back into force",
    .description = "",
    .examples = "  reckon scenarios rollback home\n",
    .params = rollback_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_rollback,
};

static int run_remove(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    return documents_command_remove(app, args, DOCUMENT_SCENARIO, out, err);
}

static const struct command_param remove_params[] = {
    {"name", PT_TEXT, PF_POSITIONAL | PF_REQUIRED | PF_SCENARIO, NULL, 0, 0, NULL, "the scenario"},
    DOCUMENTS_BY_PARAM,
    {0},
};

const struct command command_scenarios_remove = {
    .name = "scenarios remove",
    .summary = "take a scenario out of force",
    .description = "Requests that name it get an error from then on.",
    .examples = "  reckon scenarios remove home\n",
    .params = remove_params,
    .flags = CF_WORKSPACE | CF_WRITES,
    .run = run_remove,
};
