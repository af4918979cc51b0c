/* The one list, in the order of --help: the path a new user walks. */
#include <stddef.h>

#include "command/commands.h"

const struct command *const command_table[] = {
    &command_init,
    &command_kinds_list,
    &command_kinds_set,
    &command_settings,
    &command_jobs,
    &command_simulate,
    &command_help,
    &command_completion,
    &command_man,
    NULL,
};
