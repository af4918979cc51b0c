/* Models: the registry. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "command/commands.h"
#include "ui/table.h"

/* "blend@3" under the cursor; NULL. */
static const char *spec_here(struct screen *s)
{
    const struct cell *cell = grid_cell(s->grid, "model");
    return cell != NULL && cell->type == CELL_TEXT ? cell->text : NULL;
}

static bool has_model(struct screen *s, const char **why)
{
    *why = "there is no model yet; t trains one";
    return spec_here(s) != NULL;
}

static void call(struct screen *s, const struct command *command)
{
    const char *const values[] = {"model", spec_here(s), NULL};
    console_call(s->console, command, values, true);
}

static void act_show(struct screen *s)
{
    if (spec_here(s) != NULL)
        call(s, &command_models_show);
}

static bool can_promote(struct screen *s, const char **why)
{
    const struct cell *stage = grid_cell(s->grid, "stage");
    if (!has_model(s, why))
        return false;
    *why = "it is in production already";
    return stage == NULL || stage->type != CELL_TEXT || strcmp(stage->text, "production") != 0;
}

struct promotion {
    char spec[96];
};

static void promote(struct console *console, void *context)
{
    const struct promotion *p = context;
    const char *const values[] = {"model", p->spec, NULL};
    console_call(console, &command_models_promote, values, true);
}

/* Costly rather than destructive: rollback brings the one before back; still nobody promotes by a slip. */
static void act_promote(struct screen *s)
{
    struct promotion *p = mem_zalloc(1, sizeof *p);
    char text[400];
    if (p == NULL)
        return;
    snprintf(p->spec, sizeof p->spec, "%s", spec_here(s));
    snprintf(text, sizeof text,
             "%s will answer from now on: in `reckon recommend`, and in every running server of this workspace, without "
             "a restart.\n\nThe model in production now goes back to staging; b (roll back) undoes it.", p->spec);
    struct confirmation c = {.title = "Put it into production?", .text = text, .context = p, .yes = promote, .done = mem_free};
    console_confirm(s->console, &c);
}

static void roll_back(struct console *console, void *context)
{
    static const char *const none[] = {NULL};
    (void)context;
    console_call(console, &command_models_rollback, none, true);
}

static void act_rollback(struct screen *s)
{
    struct confirmation c = {.title = "Roll back?",
                             .text = "The model that was in production before comes back, and the present one goes to candidate.",
                             .yes = roll_back};
    console_confirm(s->console, &c);
}

static void act_archive(struct screen *s)
{
    call(s, &command_models_archive);
}

static void act_diff(struct screen *s)
{
    const char *const values[] = {"model", spec_here(s), NULL};
    console_form(s->console, &command_models_diff, values);
}

static void act_train(struct screen *s)
{
    console_go(s->console, "training", NULL);
}

static void act_compare(struct screen *s)
{
    const char *const values[] = {"models", "popular,ease,ials,blend", NULL};
    console_form(s->console, &command_compare, values);
}

static void act_recommend(struct screen *s)
{
    const char *const values[] = {"model", spec_here(s), NULL};
    console_form(s->console, &command_recommend, values);
}

static int open(struct screen *s, const void *argument, struct error *err)
{
    struct table_screen *self = (struct table_screen *)s;
    (void)argument, (void)err;
    table_init(&self->table, s, &command_models_list, NULL);
    self->table.grid.open = act_show;
    self->table.grid.empty = "No model was trained yet. Press t to train one, or c to compare several kinds first.";
    return 0;
}

static const struct action actions[] = {
    {"train", "t", "train", "choose a kind of model, and train it", NULL, act_train},
    {"promote", "P", "promote", "put the model under the cursor into production, after a question", can_promote, act_promote},
    {"roll-back", "b u", NULL, "bring the model back that was in production before, after a question", NULL, act_rollback},
    {"diff", "d", "diff", "show in what this model differs from another", has_model, act_diff},
    {"compare", "c", "compare", "train several kinds on the same split and measure them", NULL, act_compare},
    {"recommend", "R", "try", "see what this model recommends to a user", has_model, act_recommend},
    {"archive", "A", NULL, "retire the model: it stays, but no longer answers by itself", has_model, act_archive},
    {0},
};

const struct screen_kind screen_models = {
    .name = "models",
    .help = "The trained models, newest first. Enter shows one with its lineage, parameters, metrics and stages.",
    .size = sizeof(struct table_screen),
    .tables = {actions, grid_actions},
    .open = open,
    .close = table_screen_close,
    .draw = table_screen_draw,
    .event = grid_screen_event,
    .refresh = table_screen_refresh,
};
