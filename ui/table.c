#include "ui/table.h"

#include <string.h>

#include "base/mem.h"
#include "store/store.h"

/* What a reading thread does. */
struct asking {
    const struct command *command;
    struct args *args;
    struct result result;
};

static void asking_free(void *data)
{
    struct asking *a = data;
    args_free(a->args);
    result_release(&a->result);
    mem_free(a);
}

static int read_command(struct store *store, void *data, struct job *job, struct error *err)
{
    struct asking *a = data;
    struct app app = {.store = store, .threads = 1, .job = job};
    strncpy(app.workspace, store_workspace(store), sizeof app.workspace - 1);
    int rc = command_run(a->command, &app, a->args, &a->result, err);
    app.store = NULL; /* the lane's own */
    app_release(&app);
    return rc;
}

static void deliver(void *owner, void *data, int rc, const struct error *err)
{
    struct table *self = owner;
    struct asking *a = data;
    self->asked = false;
    self->known = self->known || rc == 0;
    self->problem = rc != 0 ? *err : (struct error){0};
    if (rc != 0)
        return;
    struct source *source = source_of_result(&a->result);
    result_release(&self->result);
    self->result = a->result;
    result_init(&a->result);
    if (source != NULL)
        grid_replace_source(&self->grid, source);
}

static struct args *make_args(const struct table *self, struct error *err)
{
    struct args *args = args_new(self->command);
    int rc = args != NULL ? 0 : error_nomem(err, self->command->name);
    for (size_t i = 0; rc == 0 && self->values != NULL && self->values[i] != NULL; i += 2)
        rc = args_put(args, self->values[i], self->values[i + 1], err);
    if (rc == 0)
        rc = args_finish(args, err);
    if (rc == 0)
        return args;
    args_free(args);
    return NULL;
}

void table_read(struct table *self)
{
    struct asking *a = mem_zalloc(1, sizeof *a);
    if (a == NULL)
        return;
    result_init(&a->result);
    a->command = self->command;
    a->args = make_args(self, &self->problem);
    if (a->args == NULL) {
        asking_free(a);
        return;
    }
    fetcher_forget(console_fetcher(self->grid.console), self);
    struct question q = {
        .owner = self, .lane = READ_NOW, .data = a, .read = read_command, .deliver = deliver, .free = asking_free};
    self->asked = fetcher_ask(console_fetcher(self->grid.console), &q, &self->problem) == 0;
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

const struct cell *table_fact(const struct table *self, const char *name)
{
    for (size_t i = 0; i < self->result.n_summary; i++)
        if (strcmp(self->result.summary[i].name, name) == 0)
            return &self->result.summary[i].value;
    return NULL;
}
