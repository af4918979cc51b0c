/* shell: the prompt, `reckon shell`: a front that reads commands line by line.
 *
 * On a terminal by readline: editing, history across sessions (kept in the workspace, 0600), completion of commands,
 * options, users, items and models.  Otherwise standard input is a script, which stops at the first line that fails.
 * The lines mean what they mean on the command line; line.h says how words, pipes and files are written, shell.c's
 * `builtins` what the prompt has beside the commands.
 * One shell at a time: readline keeps its state in the process. */
#ifndef RECKON_SHELL_SHELL_H
#define RECKON_SHELL_SHELL_H

#include "command/app.h"

/* Reads until the end or `exit`.  The error is that of the line that stopped a script; it has been reported. */
int shell_run(struct app *app, bool keep_going, struct error *err);

#endif
