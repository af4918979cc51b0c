/* screen: what a screen of the console is made of.
 *
 * A screen is a struct that begins with a `struct screen`, and a `const struct screen_kind` that says how it is
 * opened, drawn and closed, and what its keys do.  To add one (docs/console.md goes through an example):
 *
 *   1. ui/screen_NAME.c: the struct, its functions, its table of actions, `const struct screen_kind screen_NAME`;
 *   2. ui/screens.h: its extern; ui/screens.c: a line of `places` (name, title, letter after `g`, the place above it);
 *   3. ui/local.am: the file; tests/console/: a golden at the three sizes (tests/console/README in docs/console.md).
 *
 * Rules.  All functions are called in the console's thread and return at once: what takes longer than a few
 * milliseconds is read through console_fetcher or runs as a command (console_run).  draw draws what is known now, and
 * says so where something is still being read; it changes nothing but sizes that it remembers.  An empty screen says
 * why it is empty and which key to press next (canvas_wrap).  A state is told by a word, not by its colour alone. */
#ifndef RECKON_UI_SCREEN_H
#define RECKON_UI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "ui/action.h"
#include "ui/canvas.h"

struct console;
struct grid;
struct screen;

enum { SCREEN_TABLES_MAX = 4, SCREEN_TITLE_MAX = 96 };

struct screen_kind {
    const char *name;
    const char *help;   /* a paragraph on top of `?`: what this screen is for */
    size_t size;        /* of its struct */
    bool dialog;        /* drawn over the screen below; takes all keys; not remembered */
    int rows, cols;     /* of a dialog: how much it wants within its frame; 0: as much as there is */
    action_table tables[SCREEN_TABLES_MAX + 1];

    /* The struct is zeroed but for its `struct screen`; title is that of its place.  argument: of the place, or of
     * console_push.  On failure close is called all the same.  May be NULL. */
    int (*open)(struct screen *self, const void *argument, struct error *err);
    void (*close)(struct screen *self); /* may be NULL; the console frees the struct and forgets its questions */
    void (*draw)(struct screen *self, struct canvas *canvas, struct area area);
    /* Before the tables: typed text, paste, mouse (rows and columns within the drawn area).  True: taken.  May be NULL. */
    bool (*event)(struct screen *self, const struct event *event);
    /* Once a second while the screen is seen; may be NULL. */
    void (*tick)(struct screen *self);
    /* Something was written, or `r` was pressed: read again, and keep the place.  May be NULL. */
    void (*refresh)(struct screen *self);
};

struct screen {
    const struct screen_kind *kind;
    struct console *console;
    struct screen *below;
    struct grid *grid;   /* of a screen whose heart is one: what the grid's actions work on; else NULL */
    const char *place;   /* name of its place (ui/screens.h); "" : it was pushed by another screen */
    char title[SCREEN_TITLE_MAX]; /* its crumb */
    bool stale;          /* refresh when it is seen next */
    struct area drawn;   /* where it was drawn last */
};

#endif
