/* commands: every command's declaration, for command_table.c alone.  One block per file. */
#ifndef RECKON_COMMAND_COMMANDS_H
#define RECKON_COMMAND_COMMANDS_H

#include "command/command.h"

/* commands_workspace.c */
extern const struct command command_init;
/* commands_jobs.c */
extern const struct command command_jobs;
/* commands_kinds.c */
extern const struct command command_kinds_list, command_kinds_set;
/* commands_settings.c */
extern const struct command command_settings;
/* commands_simulate.c */
extern const struct command command_simulate;
/* commands_help.c */
extern const struct command command_help, command_completion, command_man;

#endif
