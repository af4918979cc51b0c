/* segments: how models do among parts of the test users, and on items that few people have.
 *
 * From a trial of one seed that kept its details (trial_options.details).  Segments overlap; those with fewer than
 * SEGMENT_USERS_MIN users are left out, since nothing can be said of them. */
#ifndef RECKON_TRAIN_SEGMENTS_H
#define RECKON_TRAIN_SEGMENTS_H

#include "train/trial.h"

enum { SEGMENTS_MAX = 16, SEGMENT_USERS_MIN = 10, SEGMENT_NEW_EVENTS = 5 };

struct segment {
    char name[96];  /* "new users", "country=France" */
    char what[160]; /* who they are, in words */
    uint32_t *row;  /* of the evaluations */
    uint32_t n;
    bool tail;      /* only relevant items of the tail count */
};

struct segments {
    struct segment segment[SEGMENTS_MAX];
    size_t n;
};

/* `by`: a user attribute whose largest values are segments too; NULL: none.  E_NOT_FOUND: there is no such one. */
int segments_make(struct segments *out, const struct trial *trial, const struct training_data *data,
                  struct store *store, const char *by, struct error *err);
void segments_release(struct segments *self); /* zeroed is fine */

/* One model in one segment; the difference is to the trial's reference, over the same users. */
struct segment_figures {
    double recall, ndcg;
    struct interval interval; /* of ndcg */
    struct difference difference;
};

/* Fills one for each model of the trial, at list length k. */
int segment_measure(const struct segment *self, const struct trial *trial, uint32_t k,
                    const struct bootstrap_options *how, struct segment_figures *out, struct error *err);

#endif
