/* The one list, in the order of --help: the path a new user walks. */
#include <stddef.h>

#include "command/commands.h"

const struct command *const command_table[] = {
    &command_init,
    &command_import_events,
    &command_import_items,
    &command_import_users,
    &command_import_presets,
    &command_simulate,
    &command_train,
    &command_evaluate,
    &command_compare,
    &command_models_list,
    &command_models_kinds,
    &command_models_show,
    &command_models_diff,
    &command_models_promote,
    &command_models_rollback,
    &command_models_archive,
    &command_models_export,
    &command_models_import,
    &command_recommend,
    &command_similar,
    &command_why,
    &command_kinds_list,
    &command_kinds_set,
    &command_settings,
    &command_jobs,
    &command_doctor,
    &command_backup,
    &command_restore,
    &command_help,
    &command_completion,
    &command_man,
    NULL,
};
