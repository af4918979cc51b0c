/* What console.c (screens and events), console_run.c (commands) and console_draw.c (frames) share. */
#ifndef RECKON_UI_CONSOLE_PRIVATE_H
#define RECKON_UI_CONSOLE_PRIVATE_H

#include <stdatomic.h>

#include "base/str.h"
#include "ui/changes.h"
#include "ui/console.h"

enum {
    TABS_MAX = 16,
    VISITS_MAX = 64,
    ORDERS_MAX = 256,
    LINES_KEPT = 100,
    LINES_REMEMBERED = 50,
    CLOCK_MS = 1000,   /* between two frames while a command runs, for its clock */
    CHANGES_MS = 1000, /* between two times that others' changes are read */
    NOTICE_MAX = 1024,
    ROWS_LEAST = 16,
    COLS_LEAST = 60
};

/* A command that the console has started and not yet told the end of. */
struct order {
    int64_t number;
    void *owner;
    bool owned; /* the owner is still there, or there never was one */
    void (*ended)(void *owner, struct background_job *job);
};

struct console {
    struct canvas canvas;
    const struct theme *theme;
    const struct keymap *keymap;
    struct keymap *own_keymap; /* read again since, when a key was changed; what keymap is then */
    struct state *state;
    struct screen *tabs[TABS_MAX]; /* the top of each stack; NULL: not opened yet */
    size_t n_tabs, tab;
    int64_t numbers;
    const char *server, *key_file;
    int64_t ticked;                /* when the screen's tick was called last */
    struct changes changes;
    bool outdated;        /* somebody changed the store since it was read */
    int64_t refreshed;    /* when that was read last */
    struct screen *dialog;         /* the top of the dialogs */
    const struct place *visits[VISITS_MAX];
    size_t n_visits, visit;
    bool going_back;
    char notice[NOTICE_MAX];
    enum style notice_style;
    char last_line[NOTICE_MAX];
    char *lines[LINES_KEPT]; /* newest first */
    size_t n_lines;
    struct order orders[ORDERS_MAX];
    size_t n_orders;
    char workspace[4096];
    struct background *jobs;
    struct fetcher *fetcher;
    int bell;
    bool read_only;
    bool dirty, over, redraw, suspend;
    char *copied;
};

/* console.c */
void console_close_screen(struct console *self, struct screen *screen);
/* console_run.c */
void console_orders_forget(struct console *self, const void *owner);
void console_orders_news(struct console *self);

#endif
