/* dump: ranked lists and relevant items as CSV, so that anyone can recompute every figure with other software.
 *
 * DIR/MODEL.csv: user,rank,item,score, best first; DIR/relevant.csv: user,item; DIR/README.txt says what they
 * are.  Identifiers are the shop's own. */
#ifndef RECKON_TRAIN_DUMP_H
#define RECKON_TRAIN_DUMP_H

#include "engine/evaluate.h"
#include "train/data.h"

/* `data` must have been loaded with user_names. */
int dump_lists(const char *dir, const char *model, const struct training_data *data, const struct evaluation *lists,
               struct error *err);
int dump_relevant(const char *dir, const struct training_data *data, const struct evaluation *lists,
                  const char *protocol, struct error *err);

/* One row for each test user and model: user,model and every figure that a user has.  With user_names, too. */
struct trial;
int dump_users(const char *path, const struct training_data *data, const struct trial *trial, struct error *err);

#endif
