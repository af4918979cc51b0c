/* unlearn: a model of the registry as if some people had never been there, from the model itself, where its kind can be
 * updated (struct model_kind) and that costs less than training it again.
 *
 * It stands on the very data that the model was trained on: what the store had by then (retrain_data_of_then), and the
 * people who left.  Only when their digest is the one in the record is it updated; the result is the file that training on
 * those data without them gives, to the byte or (rounded) to 1e-5.  In all other cases it says why not, and the model
 * is to be trained again on the data of today (retrain.h). */
#ifndef RECKON_TRAIN_UNLEARN_H
#define RECKON_TRAIN_UNLEARN_H

#include "train/departed.h"
#include "train/retrain.h"

/* Updates on top of each other whose rounding may add up; then the model is trained again. */
#define UNLEARN_TIMES_MAX 50

enum unlearn_way {
    UNLEARN_TRAIN,   /* it has to be trained again: `why` */
    UNLEARN_COUNT,   /* likewise, but that is counting: nobody need wait for it */
    UNLEARN_NOTHING, /* nothing of them is in it: it stays as it is */
    UNLEARN_UPDATED, /* `made` is the new one */
    UNLEARN_ROUNDED, /* likewise, equal to 1e-5 */
};

struct unlearned_model {
    enum unlearn_way way;
    char why[160]; /* it has to be trained; or what an update did */
    struct retrained made;
    uint32_t people; /* whose events it had learnt from */
};

/* present: the one of them who is still in the store, for a rehearsal; 0: none is. */
int unlearn(struct unlearned_model *out, struct store *store, const struct model_record *record,
            const struct departed *departed, int64_t present, struct pool *pool, struct job *job, struct error *err);
void unlearned_model_release(struct unlearned_model *self); /* zeroed is fine */

/* What would be done for so many people with so many events, by the record alone: UNLEARN_TRAIN and why, UNLEARN_COUNT,
 * or UNLEARN_UPDATED and _ROUNDED, which the data may still forbid. */
enum unlearn_way unlearn_expected(const struct model_record *record, uint64_t people, uint64_t events, const char **why);
/* The way in words, for plans and certificates; why: as in unlearned_model; exact: it is trained by the same recipe. */
void unlearn_describe(enum unlearn_way way, bool exact, const char *why, char *out, size_t size);

/* "updated from version 3 without 2 people", when the recipe of a record says so. */
bool unlearn_lineage(const struct model_record *record, char *out, size_t size);
/* How often it was updated since it was trained. */
unsigned unlearn_times(const struct model_record *record);

#endif
