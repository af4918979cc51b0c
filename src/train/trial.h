/* trial: recipes trained and measured on the same splits.
 *
 * For each seed the data are split once; every recipe is trained on the training part and ranks the test
 * users.  Figures are the means over the seeds, intervals and differences come from the users (bootstrap.h). */
#ifndef RECKON_TRAIN_TRIAL_H
#define RECKON_TRAIN_TRIAL_H

#include "base/job.h"
#include "base/pool.h"
#include "engine/bootstrap.h"
#include "engine/evaluate.h"
#include "engine/split.h"
#include "train/data.h"
#include "train/recipe.h"

struct trial_options {
    struct split_options split; /* its seed is that of the first split */
    uint32_t seeds;             /* splits: seed, seed + 1, ... */
    uint64_t seed;
    uint32_t k[EVALUATE_K_MAX], n_k;
    uint32_t candidates;
    bool details;               /* keep what segments.h reads; of one seed */
    const char *per_user;       /* a file for the figures of each test user; NULL: none */
    const char *dump;           /* a directory for the lists of the first seed; NULL: none */
    struct pool *pool;
    struct job *job;
};

struct trial_model {
    const struct recipe *recipe;
    struct evaluation evaluation; /* the mean over the seeds */
    struct interval interval[EVALUATE_COLUMNS_MAX];
    struct difference difference[EVALUATE_COLUMNS_MAX]; /* to the reference; of the reference: 0 */
    double train_seconds, rank_seconds; /* mean of the seeds */
    char note[512];                     /* of the first seed's training */
};

struct trial {
    struct trial_model *models;
    size_t n_models, reference; /* the one with the best first column of NDCG */
    /* of the first split */
    uint32_t test_users, train_users, catalogue, items;
    uint64_t train_events, relevant, unknown_items, already_had;
    uint32_t unknown_users, moment;
    char protocol[240]; /* a sentence */
    /* of the first split, when details were asked for */
    uint32_t *known;    /* events of each test user's history, in the order of the evaluations */
    uint8_t *tail;      /* by item: is it outside the most popular ones that make 80 % of the training events */
};

/* E_BAD_DATA when there is nothing to train on or to test with; E_CANCELLED; E_IO of the dump. */
int trial_run(struct trial *out, const struct training_data *data, const struct recipe *recipes, size_t n_recipes,
              const struct trial_options *options, struct error *err);
void trial_release(struct trial *self); /* zeroed is fine */

#endif
