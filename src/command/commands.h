/* commands: every command's declaration, for command_table.c alone.  One block per file. */
#ifndef RECKON_COMMAND_COMMANDS_H
#define RECKON_COMMAND_COMMANDS_H

#include "command/command.h"

/* commands_workspace.c */
extern const struct command command_init;
/* commands_backup.c */
extern const struct command command_backup, command_backup_list, command_restore;
/* commands_doctor.c */
extern const struct command command_doctor;
/* commands_guess.c */
extern const struct command command_import_guess;
/* commands_import.c */
extern const struct command command_import_events, command_import_items, command_import_users, command_import_presets;
/* commands_quarantine.c */
extern const struct command command_quarantine_list, command_quarantine_retry, command_quarantine_drop;
/* commands_jobs.c */
extern const struct command command_jobs;
/* commands_keys.c */
extern const struct command command_keys_create, command_keys_list, command_keys_revoke;
/* commands_console.c */
extern const struct command command_console;
/* commands_serve.c */
extern const struct command command_serve;
/* commands_list.c */
extern const struct command command_events_list, command_items_list, command_users_list, command_imports_list,
    command_attributes_list;
/* commands_slates.c */
extern const struct command command_slates_report;
/* commands_kinds.c */
extern const struct command command_kinds_list, command_kinds_set;
/* commands_audit.c */
extern const struct command command_audit_list, command_audit_verify, command_audit_head, command_audit_key,
    command_audit_export, command_audit_new_key;
/* commands_cases.c */
extern const struct command command_privacy_cases, command_privacy_case, command_privacy_certificates_list,
    command_privacy_certificates_show, command_privacy_verify;
/* commands_erase.c */
extern const struct command command_privacy_erase, command_privacy_resume, command_privacy_approve, command_privacy_drop;
/* commands_holds.c */
extern const struct command command_privacy_hold, command_privacy_holds, command_privacy_release;
/* commands_unlearned.c */
extern const struct command command_privacy_prove_unlearned;
/* commands_scan.c */
extern const struct command command_privacy_scan;
/* commands_requests.c */
extern const struct command command_privacy_cases_open, command_privacy_cases_note, command_privacy_cases_extend,
    command_privacy_cases_close, command_privacy_rectify;
/* commands_record.c */
extern const struct command command_privacy_record;
/* commands_retention.c */
extern const struct command command_privacy_retention_list, command_privacy_retention_set, command_privacy_retention_run;
/* commands_subject.c */
extern const struct command command_privacy_subject_link, command_privacy_subject_unlink, command_privacy_subject_find,
    command_privacy_subject_import;
/* commands_access.c */
extern const struct command command_privacy_export;
/* commands_anonymize.c */
extern const struct command command_privacy_anonymize, command_privacy_publications;
/* commands_budget.c */
extern const struct command command_privacy_budget_show, command_privacy_budget_set;
/* commands_dp.c */
extern const struct command command_privacy_dp_count, command_privacy_dp_mean, command_privacy_dp_histogram,
    command_privacy_dp_top;
/* commands_consent.c */
extern const struct command command_privacy_consent_grant, command_privacy_consent_withdraw,
    command_privacy_consent_show, command_privacy_consent_history, command_privacy_consent_import,
    command_privacy_consent_decode;
/* commands_privacy.c */
extern const struct command command_privacy_map;
/* commands_settings.c */
extern const struct command command_settings, command_settings_set, command_settings_reset;
extern const struct command command_shell;
/* commands_recommend.c */
extern const struct command command_recommend, command_similar, command_why;
/* commands_rules.c */
extern const struct command command_rules_list, command_rules_show, command_rules_set, command_rules_try,
    command_rules_history, command_rules_rollback, command_rules_remove;
/* commands_experiment*.c */
extern const struct command command_experiment_design, command_experiment_copy, command_experiment_start,
    command_experiment_pause, command_experiment_stop, command_experiment_override, command_experiment_list,
    command_experiment_show, command_experiment_assign, command_experiment_import, command_experiment_report,
    command_experiment_simulate, command_experiment_adapt, command_experiment_preference, command_experiment_ramp, command_experiment_ramp_abort,
    command_experiment_ramp_pause, command_experiment_ramp_resume, command_experiment_ramp_status,
    command_experiment_value;

/* commands_templates.c */
extern const struct command command_templates_list, command_templates_show, command_templates_set,
    command_templates_history, command_templates_rollback, command_templates_remove, command_templates_example;
/* commands_describe.c */
extern const struct command command_describe_providers, command_describe_preview, command_describe_run;
/* commands_tune.c */
extern const struct command command_tune_build, command_tune_estimate, command_tune_start, command_tune_status,
    command_tune_register, command_tune_list;
/* commands_batch.c */
extern const struct command command_batch_list, command_batch_resume, command_batch_cancel;
/* commands_embed.c */
extern const struct command command_describe_embed;
/* commands_descriptions.c */
extern const struct command command_describe_list, command_describe_show, command_describe_approve,
    command_describe_reject, command_describe_publish, command_describe_rollback;
/* commands_judge.c */
extern const struct command command_describe_judge;
/* commands_describe_edit.c */
extern const struct command command_describe_edit, command_describe_rewrite;
/* commands_describe_experiment.c */
extern const struct command command_describe_experiment;
/* commands_captions.c */
extern const struct command command_describe_captions_list, command_describe_captions_preview,
    command_describe_captions_warm;
/* commands_ledger.c */
extern const struct command command_ledger_list, command_ledger_set, command_ledger_remove, command_ledger_report;
/* commands_forecast.c */
extern const struct command command_ledger_import, command_ledger_forecast;
/* commands_scenarios.c */
extern const struct command command_scenarios_list, command_scenarios_show, command_scenarios_set,
    command_scenarios_history, command_scenarios_rollback, command_scenarios_remove;
/* commands_simulate.c */
extern const struct command command_simulate;
/* commands_stats.c */
extern const struct command command_stats_check, command_stats_functions;
/* commands_top.c */
extern const struct command command_top;
/* commands_train.c */
extern const struct command command_train, command_evaluate, command_compare, command_models_kinds;
/* commands_models.c */
extern const struct command command_models_list, command_models_show, command_models_diff, command_models_promote,
    command_models_rollback, command_models_archive, command_models_export, command_models_import,
    command_models_package;
/* commands_help.c */
extern const struct command command_help, command_completion, command_man;

#endif
