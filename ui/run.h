/* run: the console on a terminal, as one frame of text, or as lines. */
#ifndef RECKON_UI_RUN_H
#define RECKON_UI_RUN_H

#include "command/app.h"

/* The hook app.console of the command line. */
int ui_run(struct app *app, const struct console_options *options, struct error *err);

/* Whether this process has a terminal on which the console can be opened (so that `reckon` alone opens it). */
bool ui_run_possible(void);

#endif
