/* table: a grid over what a command answers: the quick way to a screen.
 *
 * The command runs in a reading thread, on its connection; it must only read and be quick (no CF_WRITES, no CF_LONG).
 * Its rows are the grid; its facts and notes are kept beside it.  Reading it again keeps cursor, filter and sorting.
 *
 * A screen that is a table alone is a struct table_screen: it calls table_init in open, and the rest of its kind is
 * table_screen_*, and grid_screen_event (ui/screen_models.c).  Others embed a struct table. */
#ifndef RECKON_UI_TABLE_H
#define RECKON_UI_TABLE_H

#include "ui/grid.h"

/* The table and its grid ask each for itself (ui/fetcher.h): the grid is not the first member, so that they are two
 * owners, and neither forgets what the other asked. */
struct table {
    const struct command *command;
    struct grid grid;
    const char *const *values; /* names and values of its parameters, NULL at the end; borrowed */
    struct result result;      /* what it answered last */
    bool known;
    struct error problem;
};

void table_init(struct table *self, struct screen *screen, const struct command *command, const char *const *values);
void table_release(struct table *self);
void table_read(struct table *self);
void table_draw(struct table *self, struct canvas *canvas, struct area area);

struct table_screen {
    struct screen screen;
    struct table table;
};

void table_screen_close(struct screen *screen);
void table_screen_draw(struct screen *screen, struct canvas *canvas, struct area area);
void table_screen_refresh(struct screen *screen);

#endif
