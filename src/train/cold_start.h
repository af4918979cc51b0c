/* cold_start: how well new people are served, and whether new items are found.
 *
 * People (engine/cold_split.h): a third of the users is kept out of the training; they are asked about with 0, 1,
 * 2, 3 and 5 of their events known.  Two answers are compared over the same people: popularity, and what
 * reckon answers with: the recipe's model, or, as long as no event is known, popularity among people with the same
 * attributes (popular-segment).
 *
 * Items (splits in time only): among all items, what people had after the moment that nobody had before.  The
 * model that is asked is the recipe's when it learns from descriptions, otherwise the kind `content`; it is
 * trained without the new items' descriptions, and they are placed afterwards as a running shop would. */
#ifndef RECKON_TRAIN_COLD_START_H
#define RECKON_TRAIN_COLD_START_H

#include "train/trial.h"

enum { COLD_START_ROWS = 5, COLD_START_LEAST = 5 };

struct cold_start_row {
    uint32_t known;          /* events */
    double popular, answer;  /* NDCG@K */
    double popular_auc, answer_auc;
    struct difference difference; /* answer - popular in NDCG@K, paired */
};

struct cold_start {
    struct cold_start_row rows[COLD_START_ROWS];
    uint32_t users, train_users, k;
    uint64_t relevant;
    char protocol[320];
    char answers[96];        /* who answers once something is known */

    bool items_measured;
    char items_why_not[512];
    char items_model[96];
    struct cold_start_row items; /* known: 0 */
    uint32_t items_users, items_new; /* different new items that were to be found */
    double items_hit_rate;
};

/* options: split, seed, k[0], pool and job are used.  E_BAD_DATA as cold_split_make. */
int cold_start_run(struct cold_start *out, const struct training_data *data, const struct recipe *recipe,
                   const struct trial_options *options, struct error *err);

#endif
