/* data: what a model is trained on, read from the store in one snapshot.
 *
 * Users and items become dense numbers (engine/dataset.h): items in the order of their identifiers, users in
 * the order of the store.  The weight of an event is that of its kind; events of kinds with weight 0 are left
 * out, and so are people and items of whom nothing is left, and people without consent to personalisation.  The names stay here: no model sees them.
 *
 * With `terms`, for the kinds that learn from descriptions (reads_terms in engine/model.h), the catalogue is
 * wider: items without an event stay if they have a title or attributes.  What a model of events alone learns is
 * the same; to it they are items that nobody has.
 *
 * Owner: training_data_release.  Read-only once loaded; any thread may read. */
#ifndef RECKON_TRAIN_DATA_H
#define RECKON_TRAIN_DATA_H

#include "base/job.h"
#include "engine/change.h"
#include "store/store.h"
#include "train/departed.h"

struct training_data {
    struct dataset dataset;   /* its terms and traits borrow the next two: do not copy the struct */
    struct item_terms terms;  /* empty unless asked for */
    struct user_traits traits;
    int64_t *user;      /* n_users: the store's integers, ascending */
    int64_t *item;      /* n_items */
    const char **item_name;  /* n_items: identifiers, ascending */
    const char **user_name;  /* n_users; NULL unless asked for */
    char *names;        /* what the names point into */
    char *user_names;
    char digest[65];    /* SHA-256 of all that a model sees */
    int64_t first, last; /* ms; of the events */
    int64_t *user_first, *user_last; /* n_users: the same of each person */
    int64_t left_out;   /* people who have events and do not allow that they are learnt from (store/consents.h) */
    int64_t next_event;  /* events that came after it was read have this number or a larger one */
    int64_t suppressions; /* how many identifiers had been erased when it was read */
};

struct training_data_options {
    double window_days; /* only events of the last days before the newest; 0: all */
    bool user_names;
    bool terms;         /* read what items are described by */
    bool traits;        /* and the attributes of people (of those who do not allow that, none) */
    int64_t without;    /* a user who is left out, as if they had never been there; 0: nobody */
    int64_t until;      /* ms: only events before it, as if it were that moment; 0: all */
    int64_t next_event; /* only events with a smaller number: those that had come before; 0: all */
    const struct departed *with; /* people who are not in the store any more, as if they were; NULL: nobody */
};

/* E_BAD_DATA when no event is left to learn from. */
int training_data_load(struct training_data *out, struct store *store, const struct training_data_options *options,
                       struct job *job, struct error *err);
void training_data_release(struct training_data *self); /* zeroed is fine */

/* What loading would give if those had never been there (change.h: made of in->dataset by training_data_change).  Names and
 * terms are taken from `in`, `after` from the change: neither can be used for anything else any more than to be released. */
int training_data_change(struct change *out, const struct training_data *in, const uint8_t *gone, struct error *err);
int training_data_without(struct training_data *out, struct training_data *in, struct change *change, struct error *err);

#endif
