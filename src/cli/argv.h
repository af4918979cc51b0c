/* argv: a command line becomes a command and its arguments.
 *
 * Options may stand anywhere, as --name value or --name=value; `--` ends them.  The command's words are
 * the leading words that are no options. */
#ifndef RECKON_CLI_ARGV_H
#define RECKON_CLI_ARGV_H

#include <stdbool.h>

#include "command/command.h"

enum output_format { OUTPUT_TABLE, OUTPUT_JSON, OUTPUT_CSV, OUTPUT_MARKDOWN, OUTPUT_HTML };

struct invocation {
    const struct command *command; /* NULL: none was given */
    struct args *args;             /* finished; owned */
    enum output_format format;     /* set even when parsing fails, so that the error takes that form */
    const char *workspace;         /* borrowed from argv */
    unsigned threads;
    const char *noun;              /* help is wanted for all commands that begin with it; borrowed from argv; or NULL */
    bool help, version, yes, quiet, plot;
};

/* Releases with argv_release in every case. */
int argv_parse(struct invocation *out, int argc, char *const *argv, struct error *err);
void argv_release(struct invocation *self);

#endif
