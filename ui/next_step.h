/* next_step: a command line as a form: what a result suggests ("Next: reckon import events FILE"), or what was run. */
#ifndef RECKON_UI_NEXT_STEP_H
#define RECKON_UI_NEXT_STEP_H

#include "command/result.h"
#include "ui/console.h"

/* The line of the first note that suggests one; NULL.  Borrowed from the result. */
const char *next_step_line(const struct result *result);
/* Opens the form of its command, with what the line says in its fields; words after a ';' are not part of it. */
void next_step_open(struct console *console, const char *line);

#endif
