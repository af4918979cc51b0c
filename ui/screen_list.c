/* What a command lists, as a table: the places that need no more than that. */
#include <string.h>

#include "command/command.h"
#include "ui/table.h"

static int open(struct screen *s, const void *argument, struct error *err)
{
    struct table_screen *self = (struct table_screen *)s;
    for (size_t i = 0; command_table[i] != NULL; i++)
        if (strcmp(command_table[i]->name, argument) == 0) {
            table_init(&self->table, s, command_table[i], NULL);
            return 0;
        }
    return error_set(err, E_NOT_FOUND, argument, "is no command");
}

static void draw(struct screen *s, struct canvas *c, struct area a)
{
    struct table_screen *self = (struct table_screen *)s;
    const struct result *r = &self->table.result;
    int notes = r->n_notes > 0 && a.rows > 12 ? 2 : 0;
    self->table.grid.empty = r->n_notes > 0 ? r->notes[0] : "There is nothing here.";
    table_draw(&self->table, c, area_part(a, 0, 0, a.rows - notes, a.cols));
    if (notes > 0 && self->table.grid.n_rows > 0)
        canvas_wrap(c, area_part(a, a.rows - notes, 0, notes, a.cols), 0, STYLE_DIM, r->notes[0]);
}

const struct screen_kind screen_list = {
    .name = "list",
    .help = "What a command lists. The palette (:) has the commands that change it.",
    .size = sizeof(struct table_screen),
    .tables = {grid_actions},
    .open = open,
    .close = table_screen_close,
    .draw = draw,
    .event = grid_screen_event,
    .refresh = table_screen_refresh,
};
