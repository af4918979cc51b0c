/* describe experiment: do texts sell?  Collections become the arms of an experiment; afterwards, its result. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "command/commands.h"
#include "store/experiments.h"

#define NO_TEXT "none"

/* Runs another command of the table, with arguments of its own. */
struct other {
    const struct command *command;
    struct args *args;
    int rc;
    struct error *err;
};

static void other_begin(struct other *self, const struct command *command, struct error *err)
{
    *self = (struct other){.command = command, .args = args_new(command), .err = err};
    self->rc = self->args != NULL ? 0 : error_nomem(err, command->name);
}

static void other_put(struct other *self, const char *name, const char *value)
{
    if (self->rc == 0 && value != NULL)
        self->rc = args_put(self->args, name, value, self->err);
}

static int other_run(struct other *self, struct app *app, struct result *out)
{
    if (self->rc == 0)
        self->rc = args_finish(self->args, self->err);
    if (self->rc == 0)
        self->rc = self->command->run(app, self->args, out, self->err);
    args_free(self->args);
    return self->rc;
}

static int report(struct app *app, const char *name, struct result *out, struct error *err)
{
    struct other other;
    other_begin(&other, &command_experiment_report, err);
    other_put(&other, "name", name);
    return other_run(&other, app, out);
}

static int start(struct app *app, const char *name, struct result *out, struct error *err)
{
    struct other other;
    other_begin(&other, &command_experiment_start, err);
    other_put(&other, "name", name);
    return other_run(&other, app, out);
}

/* "warm=descriptions:warm"; without texts: the name alone. */
static void put_arm(struct other *other, const char *collection)
{
    struct str arm;
    str_init(&arm, 256);
    str_puts(&arm, collection);
    if (strcmp(collection, NO_TEXT) != 0)
        str_printf(&arm, "=descriptions:%s", collection);
    if (arm.failed)
        other->rc = error_set(other->err, E_USAGE, collection, "is too long for the name of a collection");
    other_put(other, "arm", str_text(&arm));
    str_release(&arm);
}

static int design(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    static const char *const same[] = {"name", "metric", "effect", "share", "window", "scenario", "target", "weights"};
    struct other other;
    size_t n = args_count(args, "collection");
    if (n < 2) {
        error_set(err, E_USAGE, "describe experiment", "one collection alone cannot be compared");
        return error_hint(err, E_USAGE, "name two, the one of now first; %s is no text at all", NO_TEXT);
    }
    other_begin(&other, &command_experiment_design, err);
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        char number[40];
        bool real = strcmp(same[i], "effect") == 0 || strcmp(same[i], "share") == 0, whole = strcmp(same[i], "window") == 0;
        if (real)
            snprintf(number, sizeof number, "%.17g", args_real(args, same[i]));
        else if (whole)
            snprintf(number, sizeof number, "%lld", (long long)args_int(args, same[i]));
        other_put(&other, same[i], real || whole ? number : args_text(args, same[i]));
    }
    for (size_t i = 0; i < n; i++)
        put_arm(&other, args_text_at(args, "collection", i));
    return other_run(&other, app, out);
}

static int run_experiment(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    const char *name = args_text(args, "name");
    if (args_count(args, "collection") == 0)
        return report(app, name, out, err);
    int rc = design(app, args, out, err);
    return rc == 0 && args_flag(args, "start") ? start(app, name, out, err) : rc;
}

static const struct command_param experiment_params[] = {
    {"name", PT_TEXT, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "of the experiment"},
    {"collection", PT_TEXT, PF_POSITIONAL | PF_MANY, NULL, 0, 0, NULL,
     "collections of published texts, the one of now first; none: no text; without any: the result"},
    {"start", PT_FLAG, 0, NULL, 0, 0, NULL, "begin at once"},
    {"metric", PT_TEXT, 0, "count:click", 0, 0, NULL, "what texts shall raise, as `reckon experiment design` takes it"},
    {"effect", PT_REAL, 0, "0.25", -1, 10, NULL, "the goal: the smallest relative change worth finding"},
    {"share", PT_REAL, 0, "1", 0.0001, 1, NULL, "of all users who take part"},
    {"window", PT_INT, 0, "7", 1, 365, NULL, "days after the first exposure that count"},
    {"scenario", PT_TEXT, PF_SCENARIO, NULL, 0, 0, NULL, "place of the shop whose requests take part by themselves"},
    {"target", PT_TEXT, 0, NULL, 0, 0, NULL, "filter over people's attributes: country=France"},
    {"weights", PT_TEXT, PF_LIST, NULL, 0, 0, NULL, "of the arms in basis points, together 10000; default: equal"},
    {0},
};

const struct command command_describe_experiment = {
    .name = "describe experiment",
    .summary = "find out whether texts sell: collections as arms, and their result",
    .description = "With collections: designs an experiment in which each arm sees the published texts of one of them, and "
                   "answers how many users and days it takes to find the goal, 25 % more clicks unless another is said. "
                   "With the name alone: what may be concluded so far, as `reckon experiment report`. A running server "
                   "shows everybody the texts of their arm in slates and on pages of items.",
    .examples = "  reckon describe experiment words default warm --scenario home --start\n"
                "  reckon describe experiment words\n",
    .params = experiment_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_experiment,
};
