/* help: texts that are derived from the command table, for every front.
 *
 * Nothing here prints; each function appends to a bounded string. */
#ifndef RECKON_COMMAND_HELP_H
#define RECKON_COMMAND_HELP_H

#include "base/str.h"
#include "command/command.h"

/* Options that every command takes, handled by the fronts themselves; ends with a NULL name. */
extern const struct command_param global_params[];

void help_overview(struct str *out);                                /* reckon --help */
/* reckon models --help: every command that begins with the noun; -1: there are not two. */
int help_noun(struct str *out, const char *noun);
bool help_has_section(const char *noun, size_t n); /* of the overview; a test wants one for each */
void help_command(struct str *out, const struct command *command);  /* reckon NAME --help */
void help_usage_line(struct str *out, const struct command *command); /* "reckon similar ITEM [--n N] …" */
void help_man_page(struct str *out, const struct command *command); /* roff; NULL: the page reckon(1) */
/* A script that completes reckon's commands and options; shell: bash, zsh or fish. */
int help_completion(struct str *out, const char *shell, struct error *err);

extern const char help_version[]; /* "0.1.0" */

#endif
