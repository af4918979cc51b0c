/* details: the further tables of a comparison: every difference with its interval, segments, and the users in whom the
 * models differ most. */
#ifndef RECKON_COMMAND_DETAILS_H
#define RECKON_COMMAND_DETAILS_H

#include "command/result.h"
#include "store/store.h"
#include "train/trial.h"

enum { DETAILS_USERS = 100, DETAILS_K_MAX = 1000 };

/* `by`: a user attribute for segments; NULL: none. */
int details_report(struct result *out, const struct trial *trial, const struct trial_options *options,
                   const struct training_data *data, struct store *store, const char *by, struct error *err);

#endif
