/* retrain: a model that is in the registry, trained again as it was, on the data of today.
 *
 * The record holds the parameters and the seed; what else decides about the bytes (the window of data, which events had
 * come, how a blend's weights are validated, settings of its members) is its `recipe`, a JSON object.  With them the same data give the
 * same file, byte for byte; without a recipe (a model that was imported, or trained by an older reckon) the defaults
 * stand in, and `exact` is false. */
#ifndef RECKON_TRAIN_RETRAIN_H
#define RECKON_TRAIN_RETRAIN_H

#include "base/pool.h"
#include "train/models.h"
#include "train/recipe.h"

/* What belongs into the record of a model; free() it.  NULL: out of memory. */
char *retrain_describe(const struct recipe *recipe, double data_days, int64_t next_event,
                       const struct split_options *validation);

/* The days of data that a recorded recipe asks for; 0: all. */
double retrain_data_days(const struct model_record *record);

/* How to load the data that the model was trained on: what had come by then, up to its newest event.  Whether they are still
 * the same their digest tells. */
struct training_data_options retrain_data_of_then(const struct model_record *record);

struct retrained {
    struct model *model;
    struct training_data data;
    struct model_lineage lineage; /* to publish or write it with; borrows the data, the note and the recipe */
    char note[512];
    char *recipe;                 /* as described above */
    bool exact;                   /* the bytes would be the same on the same data */
};

struct retrain_options {
    int64_t without; /* a user to leave out; 0: nobody */
    bool of_then;    /* on the data that it was trained on (retrain_data_of_then) instead of today's */
};

int retrain(struct retrained *out, struct store *store, const struct model_record *record,
            const struct retrain_options *options, struct pool *pool, struct job *job, struct error *err);
void retrained_release(struct retrained *self); /* zeroed is fine */

#endif
