/* console: the full-screen front, apart from the terminal.
 *
 * It holds the screens (one stack for each tab, and dialogs above them), runs commands in the background, reads the
 * store through reading threads, and draws frames into a canvas.  ui/run.h puts it on a terminal; a test feeds it
 * events and reads the canvas.
 *
 * Thread rule: everything here is called by one thread, which never waits for the store or for a command.  What other
 * threads have done is noticed by console_news, when the descriptor console_bell can be read.
 *
 * Idle: console_busy is the number of things that are under way (questions to the store, commands).  0 means that the
 * next frame will be the same until somebody presses a key; tests wait for it. */
#ifndef RECKON_UI_CONSOLE_H
#define RECKON_UI_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#include "command/background.h"
#include "ui/fetcher.h"
#include "ui/screens.h"
#include "ui/state.h"

struct console_setup {
    const char *workspace; /* absolute path; NULL: there is none yet */
    unsigned threads;
    const char *place;     /* to begin with; NULL: home */
    bool read_only;        /* to begin with: commands that change the workspace are refused */
    const struct theme *theme;
    const char *server, *key_file; /* of the screen Serving; borrowed; NULL: as it is set */
    int rows, cols;
    bool ascii;            /* draw with ASCII only */
    enum canvas_ink ink;   /* of plots */
    const struct keymap *keymap; /* borrowed; NULL: the keys as they are */
    struct state *state;         /* what is remembered; borrowed; NULL: nothing */
};

int console_new(struct console **out, const struct console_setup *setup, struct error *err);
void console_free(struct console *self); /* cancels what runs, and waits for it; NULL is fine */

/* ---- for whoever drives it (ui/run.c, tests) ---- */

void console_event(struct console *self, const struct event *event);
void console_key(struct console *self, key_code key);
int console_bell(const struct console *self); /* readable: call console_news */
int console_changes_bell(const struct console *self); /* likewise; -1: there is none */
void console_news(struct console *self);
int console_patience_ms(struct console *self); /* call console_news after so long all the same; -1: no need */
bool console_dirty(const struct console *self); /* something changed since it was drawn */
const struct canvas *console_draw(struct console *self); /* borrowed until the next call */
size_t console_busy(struct console *self);
bool console_over(const struct console *self);
/* What was copied since the last call, for the terminal's clipboard; mem_free; NULL: nothing. */
char *console_take_copied(struct console *self);
bool console_take_redraw(struct console *self); /* ctrl-l: the terminal is to be drawn from scratch */
bool console_take_suspend(struct console *self); /* ctrl-z */

/* ---- for screens ---- */

/* Opens a screen over the present one; what goes wrong is told on the notice line. */
struct screen *console_push(struct console *self, const struct screen_kind *kind, const void *argument,
                            const char *title);
void console_pop(struct console *self);            /* closes a dialog, or goes back one screen */
bool console_go(struct console *self, const char *place, const void *argument); /* argument NULL: the place's own */
void console_history(struct console *self, int direction); /* -1 back, 1 forward through the places */
bool console_read_only(const struct console *self);
void console_set_read_only(struct console *self, bool on);
void console_leave(struct console *self);          /* asks when commands are still running */
struct screen *console_top(struct console *self);
struct screen *console_below_dialogs(struct console *self);
extern const struct action console_actions[];
bool console_knows_action(const char *name);       /* of any screen */
void console_jump(struct console *self, size_t tab);

void console_notice(struct console *self, enum style style, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void console_notice_error(struct console *self, const struct error *err);
void console_changed(struct console *self);        /* draw again */
void console_copy(struct console *self, const char *text, const char *what);
void console_refresh_all(struct console *self);
int64_t console_number(struct console *self);      /* one that it has not given out before; above 0 */

const char *console_workspace(const struct console *self); /* "" : none yet */
void console_set_workspace(struct console *self, const char *workspace);
const char *console_server(const struct console *self);   /* NULL: as it is set */
const char *console_key_file(const struct console *self);
struct fetcher *console_fetcher(struct console *self);
struct background *console_jobs(struct console *self);
const struct keymap *console_keymap(const struct console *self);
struct state *console_state(const struct console *self); /* NULL: nothing is remembered */
const struct theme *console_theme(const struct console *self);
void console_set_theme(struct console *self, const struct theme *theme);

/* Commands.  ended is called in the console's thread when the command is over, unless its owner (a screen, or NULL) was
 * closed before; the job's result may be read there. */
struct console_order {
    const struct command *command;
    struct args *args;  /* finished; taken */
    bool show;          /* open the screen of the job: progress, then the result */
    void *owner;
    void (*ended)(void *owner, struct background_job *job);
};

/* Runs it; asks first when the command is destructive.  The command line that does the same goes to the notice line and
 * the history. */
void console_run(struct console *self, const struct console_order *order);
/* The same from names and values of parameters ("model", "blend@1", NULL); errors go to the notice line. */
void console_call(struct console *self, const struct command *command, const char *const *values, bool show);
/* Shows the command line of a call that the screen makes itself; not kept in the history. */
void console_show_line(struct console *self, const struct command *command, const char *const *values);
/* A form for a command's parameters, or (when it has none) the command at once; `values`: name, value, ..., NULL. */
void console_form(struct console *self, const struct command *command, const char *const *values);
const char *console_last_line(const struct console *self); /* command line of the last action; "" : none */
/* Lines that were run, newest first; NULL at the end. */
const char *console_history_line(const struct console *self, size_t index);

/* Asks; `yes` runs when the answer is y (or, with a phrase, when it was typed).  The default is no. */
struct confirmation {
    const char *title, *text, *phrase; /* copied; phrase NULL: y or n */
    void *context;
    void (*yes)(struct console *console, void *context);
    void (*done)(void *context); /* frees the context, whatever the answer; may be NULL */
};
void console_confirm(struct console *self, const struct confirmation *confirmation);

#endif
