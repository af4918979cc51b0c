/* protocol: the parameters that say how models are measured, shared by train, evaluate and compare. */
#ifndef RECKON_COMMAND_PROTOCOL_H
#define RECKON_COMMAND_PROTOCOL_H

#include "command/command.h"
#include "train/trial.h"

/* Entries of a command's parameter list. */
#define PROTOCOL_PARAMS                                                                                              \
    {"split", PT_CHOICE, 0, "auto", 0, 0, "auto|time|random|last",                                                   \
     "what is held out: the last days of everyone, a random share of each user's events, or each user's last "      \
     "event; auto: the last days, or the last event when the data are too short for it"},                           \
    {"test-days", PT_REAL, 0, "28", 0.01, 36500, NULL, "days held out by --split time"},                             \
    {"test-share", PT_REAL, 0, "0.25", 0.01, 0.9, NULL, "share of each user's events held out by --split random"},   \
    {"fit", PT_CHOICE, 0, "strict", 0, 0, "strict|all-but-last",                                                     \
     "with --split last: what is trained on; strict leaves out the event before the last one too"},                 \
    {"mode", PT_CHOICE, 0, NULL, 0, 0, "repeat|discover",                                                            \
     "may items that the user already has be recommended; default: the setting recommend.mode"},                    \
    {"k", PT_TEXT, 0, "10", 0, 0, NULL, "length of the lists; several with commas (5,10,20)"},                       \
    {"candidates", PT_INT, 0, "0", 0, 100000, NULL,                                                                  \
     "rank each user's relevant items (at most 4) among this many candidates in all: easier than reality; 0: rank "  \
     "the whole catalogue"},                                                                                         \
    {"seed", PT_INT, 0, "1", 0, 9e15, NULL, "seed of everything random"},                                            \
    {"data-days", PT_REAL, 0, "0", 0, 36500, NULL, "use only the events of the last days; 0: all"}

/* Fills `out` from the arguments; the data decide what "auto" means. */
int protocol_from_args(struct trial_options *out, struct app *app, const struct args *args,
                       const struct training_data *data, struct error *err);

/* Applies the engine's parameters and --set to the recipes; E_USAGE when none of them uses one that was given. */
int protocol_set_params(struct recipe *recipes, size_t n, const struct args *args, struct error *err);

/* One row per model with every metric; facts and notes that say what was measured. */
int protocol_report(struct result *out, const struct trial *trial, const struct trial_options *options,
                    struct error *err);

/* "time 28 days, repeat": what metrics are filed under. */
void protocol_label(const struct trial_options *options, char *out, size_t size);

#endif
