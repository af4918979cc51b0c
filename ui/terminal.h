/* terminal: the sink that shows canvases on a terminal, and the source of events, by ncursesw.
 *
 * Only cells that changed are given to ncurses, and a frame that changes nothing sends nothing.  Each frame is wrapped
 * in synchronized output (mode 2026) unless switched off.  Input is decoded by ncurses (get_wch) with a short delay
 * after Esc; pasted text comes as one event and never as keys; a second press at one place within 400 ms is a double
 * click.  Whatever was switched on is undone by ui/guard.h.  Text is given to the terminal's clipboard by OSC 52.
 *
 * For tests (RECKON_CONSOLE_REPORTS=1): the private sequences ESC [ 777 ~ and ESC [ 778 ~ are recognised as keys that
 * nobody sees; terminal_next hands them out as requests, and terminal_report answers into the stream of output, behind
 * the frame that it is about (ui/run.c): 777 when all is idle, 778 when what was typed before it is drawn. */
#ifndef RECKON_UI_TERMINAL_H
#define RECKON_UI_TERMINAL_H

#include <stdbool.h>

#include "base/error.h"
#include "ui/canvas.h"
#include "ui/key.h"

struct terminal;

struct terminal_options {
    const struct theme *theme;
    int colours;         /* at most so many; -1: as many as there are */
    bool mouse, whole_frames;
    bool reports;        /* recognise the private sequences above */
    const char *report_dir; /* for crash reports; "" : none */
};

/* E_USAGE: not a terminal, or one that cannot move its cursor; the hint says what to do instead. */
int terminal_open(struct terminal **out, const struct terminal_options *options, struct error *err);
void terminal_close(struct terminal *self); /* NULL is fine */

int terminal_fd(const struct terminal *self);
void terminal_size(const struct terminal *self, int *rows, int *cols);

enum terminal_request { TERMINAL_NOTHING, TERMINAL_WHEN_IDLE, TERMINAL_WHEN_DRAWN };

/* The next event, without waiting; false: none now.  *request: what a test asked for (may be NULL). */
bool terminal_next(struct terminal *self, struct event *event, enum terminal_request *request);

void terminal_show(struct terminal *self, const struct canvas *canvas);
void terminal_redraw(struct terminal *self); /* the next frame is drawn from scratch */
void terminal_set_theme(struct terminal *self, const struct theme *theme);
void terminal_copy(struct terminal *self, const char *text);
void terminal_report(struct terminal *self, enum terminal_request request); /* ESC _ reckon:i ESC \ , or :d */
void terminal_suspend(struct terminal *self); /* stops the process; returns when it goes on */

#endif
