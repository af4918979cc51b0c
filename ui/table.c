#include "ui/table.h"

#include "ui/ask.h"

_Static_assert(offsetof(struct table, grid) > 0, "a table and its grid are two owners of questions");

static void deliver(void *owner, int tag, struct result *result, int rc, const struct error *err)
{
    struct table *self = owner;
    (void)tag;
    self->grid.coming = false;
    self->known = self->known || rc == 0;
    self->problem = rc != 0 ? *err : (struct error){0};
    if (rc != 0)
        return;
    struct source *source = source_of_result(result);
    result_release(&self->result);
    self->result = *result;
    result_init(result);
    if (source != NULL)
        grid_replace_source(&self->grid, source);
}

void table_read(struct table *self)
{
    struct ask ask = {.owner = self, .command = self->command, .values = self->values, .deliver = deliver};
    fetcher_forget(console_fetcher(self->grid.console), self);
    self->grid.coming = ask_command(self->grid.console, &ask, &self->problem) == 0;
}

void table_init(struct table *self, struct screen *screen, const struct command *command, const char *const *values)
{
    grid_init(&self->grid, screen, NULL);
    result_init(&self->result);
    self->command = command;
    self->values = values;
    table_read(self);
}

void table_release(struct table *self)
{
    if (self->grid.console != NULL)
        fetcher_forget(console_fetcher(self->grid.console), self);
    grid_release(&self->grid);
    result_release(&self->result);
}

void table_draw(struct table *self, struct canvas *canvas, struct area area)
{
    if (self->problem.code != 0) {
        int row = canvas_wrap(canvas, area, 1, STYLE_BAD, self->problem.why);
        canvas_wrap(canvas, area, row, STYLE_NORMAL, self->problem.hint);
    } else if (!self->known) {
        canvas_text(canvas, area, 1, 0, STYLE_DIM, "Reading ...");
    } else {
        grid_draw(&self->grid, canvas, area);
    }
}

void table_screen_close(struct screen *screen)
{
    table_release(&((struct table_screen *)screen)->table);
}

void table_screen_draw(struct screen *screen, struct canvas *canvas, struct area area)
{
    table_draw(&((struct table_screen *)screen)->table, canvas, area);
}

void table_screen_refresh(struct screen *screen)
{
    table_read(&((struct table_screen *)screen)->table);
}
