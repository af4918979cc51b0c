/* table: a grid over what a command answers: the quick way to a screen.
 *
 * The command runs in a reading thread, on its connection; it must only read and be quick (no CF_WRITES, no CF_LONG).
 * Its rows are the grid; its facts and notes are kept beside it.  Reading it again keeps cursor, filter and sorting.
 *
 * A screen embeds a struct table, calls table_init in open, table_release in close, and hands draw and events on:
 * ui/screen_models.c is an example. */
#ifndef RECKON_UI_TABLE_H
#define RECKON_UI_TABLE_H

#include "ui/grid.h"

struct table {
    struct grid grid;
    const struct command *command;
    const char *const *values; /* names and values of its parameters, NULL at the end; borrowed */
    struct result result;      /* without rows: facts, notes and series */
    bool asked, known;
    struct error problem;
};

void table_init(struct table *self, struct screen *screen, const struct command *command, const char *const *values);
void table_release(struct table *self);
void table_read(struct table *self);
void table_draw(struct table *self, struct canvas *canvas, struct area area);
const struct cell *table_fact(const struct table *self, const char *name); /* NULL: there is none */

#endif
