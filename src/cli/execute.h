/* execute: one command line, from its words to what is shown.
 *
 * Fronts that work by lines (argv, the prompt) differ in what they lend to a command: where it writes, how wide that
 * is, who may confirm.  What becomes of a line is the same: parse, run, render, report.
 * Not for several threads at once: there is one job that Ctrl-C cancels. */
#ifndef RECKON_CLI_EXECUTE_H
#define RECKON_CLI_EXECUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "cli/argv.h"
#include "command/command.h"

/* What a front lends to the commands that it runs; borrowed during the call. */
struct execution {
    FILE *out;             /* results; errors and progress go to standard error */
    size_t width;          /* of the terminal behind `out`; 0: unlimited */
    bool bold;
    const char *where;     /* before each error: "line 3: "; NULL: nothing */
    const char *workspace; /* when the line names none; may be NULL */
    enum output_format format; /* when the line names none */
    /* May what destroys be done?  NULL: only with --yes. */
    bool (*confirm)(void *context, const struct command *command, const struct args *args);
    /* Asks for a line of text; NULL: nobody is there to be asked. */
    bool (*ask)(void *context, const char *question, char *answer, size_t size);
    void *context;
    const char *front;     /* what the audit log calls it; NULL: "command line" */
    /* Fronts that a command may start; NULL where that cannot be. */
    int (*serve)(struct app *app, const struct serve_options *options, struct error *err);
    int (*shell)(struct app *app, bool keep_going, struct error *err);
    int (*console)(struct app *app, const struct console_options *options, struct error *err);
    int (*check_keys)(const char *text, size_t n, struct error *err);
    /* Draws the curves of a result (--plot), `width` columns wide (0: as usual); NULL where nobody can. */
    int (*draw)(struct str *out, const struct result *result, size_t width);
    bool console_alone; /* a line without a command opens it */
};

/* argv[0] is passed over.  Returns the exit status. */
int execute(const struct execution *self, int argc, char *const *argv);

/* An error, in the form that people and scripts know. */
void execute_report(const char *where, const struct error *err);

/* Ctrl-C and SIGTERM cancel the command that runs (execute does this by itself); a second one ends the process. */
void execute_watch(void);
/* Did one come since execute_watch?  Forgets it, and watches again. */
bool execute_interrupted(void);

/* An `ask` for a terminal: on standard error, answered on standard input; nobody is there when one of them is none. */
bool execute_ask(void *context, const char *question, char *answer, size_t size);

size_t execute_width(void);  /* of the terminal on standard output; 0: it is none */
bool execute_wants_bold(void);

#endif
