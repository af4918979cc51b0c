/* Experiments: all of them, and what needs somebody's attention. */
#include <stdio.h>
#include <string.h>

#include "command/commands.h"
#include "ui/table.h"

enum { BROKEN_SHOWN = 3 };

static const char *name_here(struct screen *s)
{
    const struct cell *cell = grid_cell(s->grid, "experiment");
    return cell != NULL && cell->type == CELL_TEXT ? cell->text : NULL;
}

static void act_open(struct screen *s)
{
    const char *name = name_here(s);
    if (name != NULL)
        console_push(s->console, &screen_experiment, name, name);
}

static bool is_broken(const struct result *r, size_t row)
{
    const char *attention = result_text_named(r, row, "attention");
    return attention != NULL && strncmp(attention, "BROKEN", 6) == 0;
}

/* What must not be overlooked stands above everything. */
static int draw_broken(const struct result *r, struct canvas *c, struct area a)
{
    int row = 0;
    size_t n = 0;
    for (size_t i = 0; i < r->n_rows; i++) {
        if (!is_broken(r, i) || n++ >= BROKEN_SHOWN)
            continue;
        char text[300];
        snprintf(text, sizeof text,
                 " ! %s IS BROKEN: its arms have other shares of users than planned (sample-ratio mismatch). Nothing may be "
                 "concluded from it.", result_text_named(r, i, "experiment"));
        row = canvas_wrap(c, a, row, STYLE_BAD, text);
    }
    if (n > BROKEN_SHOWN)
        canvas_printf(c, a, row++, 1, STYLE_BAD, "! and %zu more that are broken", n - BROKEN_SHOWN);
    return row > 0 ? row + 1 : 0;
}

static void draw(struct screen *s, struct canvas *c, struct area a)
{
    struct table_screen *self = (struct table_screen *)s;
    int row = draw_broken(&self->table.result, c, a);
    table_draw(&self->table, c, area_part(a, row, 0, a.rows - row, a.cols));
}

static int open(struct screen *s, const void *argument, struct error *err)
{
    struct table_screen *self = (struct table_screen *)s;
    (void)argument, (void)err;
    table_init(&self->table, s, &command_experiment_list, NULL);
    self->table.grid.open = act_open;
    self->table.grid.empty = "There is no experiment yet. Press + to design one: the form answers while you fill it in how "
                             "many users and days it takes, from the shop's own events.";
    return 0;
}

static void act_design(struct screen *s)
{
    static const char *const values[] = {"metric", "conversion", NULL};
    console_form(s->console, &command_experiment_design, values);
}

static bool has_one(struct screen *s, const char **why)
{
    *why = "there is no experiment yet; + designs one";
    return name_here(s) != NULL;
}

static void act_copy(struct screen *s)
{
    const char *const values[] = {"name", name_here(s), NULL};
    console_form(s->console, &command_experiment_copy, values);
}

static void act_assign(struct screen *s)
{
    const char *const values[] = {"name", name_here(s), NULL};
    console_form(s->console, &command_experiment_assign, values);
}

static const struct action actions[] = {
    {"design", "+", "design", "design an experiment: users, days and power while you fill in the form", NULL, act_design},
    {"assignment", "a", "who", "look up which arm a user has, and why", has_one, act_assign},
    {"copy-experiment", "c", "copy", "make a draft of the design of this one; its users are drawn anew", has_one, act_copy},
    {0},
};

const struct screen_kind screen_experiments = {
    .name = "experiments",
    .help = "The experiments, newest first, and what needs attention. Enter shows one: what may be concluded, in a sentence.",
    .size = sizeof(struct table_screen),
    .tables = {actions, grid_actions},
    .open = open,
    .close = table_screen_close,
    .draw = draw,
    .event = grid_screen_event,
    .refresh = table_screen_refresh,
};
