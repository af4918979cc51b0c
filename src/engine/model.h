/* model: what every recommender kind has in common.
 *
 * A model is trained from a dataset, is immutable afterwards, and scores all items for a user from
 * that user's history alone.  No model keeps anything per user: who was unseen at training is scored
 * like everyone else (fold-in), and a model file holds no person's row.
 *
 * Scores: higher is better; only the order within one user means anything.  A score is finite; an item
 * about which the model knows nothing for this history gets the lowest score that it gives anyone
 * (usually 0).  Already seen items are scored too: hiding them is the caller's decision.
 *
 * Determinism: training and scoring give the same bytes for any number of threads, and a user's scores
 * do not depend on which other users are in the call.
 * Thread rule: a trained model is read-only; scoring may run in many threads, each with its own scratch. */
#ifndef RECKON_ENGINE_MODEL_H
#define RECKON_ENGINE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/job.h"
#include "base/pool.h"
#include "engine/change.h"
#include "engine/dataset.h"
#include "engine/params.h"
#include "engine/split.h"
#include "engine/tensor.h"
#include "engine/topk.h"

struct model;

/* Users are scored in tiles of at most this many; tiles are cut at fixed places (user index / MODEL_TILE)
 * so that results do not depend on batching. */
#define MODEL_TILE 128

/* A parameter of one member of a blend, by the member's name there ("ease-recent"). */
struct member_setting {
    char member[32];
    int param;
    double value;
};

struct train_context {
    struct params params;
    uint64_t seed;
    struct pool *pool;  /* may be NULL */
    struct job *job;    /* may be NULL */
    /* How the model will be used or measured: kinds that hold something out themselves (early stopping, the
     * weights of a blend) do it the same way, within their training data.  The seed in it plays no part; a
     * random split holds out the parameter validation_share.  Zeroed: random, in repeat mode. */
    struct split_options validation;
    const struct member_setting *settings; /* blend only */
    size_t n_settings;
    /* Filled by training with what people want to read: "ran 12 epochs, best validation NDCG@10 .31 at 9",
     * "used the 20000 most popular of 81234 items".  Bounded; may stay empty. */
    char note[512];
    char how[80]; /* by updates, likewise: "1 of 8 shards trained again" */
};

/* A question about one user, and the answer. */
struct model_wish {
    const uint64_t *excluded; /* n_items bits; NULL: none */
    uint32_t k;
    struct scored *out;       /* room for k */
    uint32_t n;               /* set: how many there are, min(k, eligible) */
};

struct model_kind {
    const char *name;    /* "ease", as typed */
    const char *title;   /* "EASE^R" */
    const char *about;   /* one sentence and the source */
    const char *defaults;/* "lambda=500 counting=once": the parameters it uses, with their defaults */
    bool reads_terms;    /* learns from dataset.terms: whoever loads the data must fill them in */
    bool reads_traits;   /* from dataset.traits, and scores by a history's traits: likewise */
    bool counts;         /* training is counting: no update could be cheaper */
    bool update_rounds;  /* what `update` gives differs from what training gives, by rounding */

    int (*train)(struct model **out, const struct dataset *data, struct train_context *ctx, struct error *err);

    /* What training on change->after would give, from a model of the same parameters and seed that was trained on
     * change->before: to the byte, or (update_rounds) to 1e-5.  1: it cannot be made so, or is no cheaper, and *why
     * says it, a sentence to go on with.  NULL: always train again. */
    int (*update)(struct model **out, const struct model *before, const struct change *change,
                  struct train_context *ctx, const char **why, struct error *err);

    /* Why not to try, for so many people with so many events, and so many items: from parameters and sizes alone, words as
     * above.  NULL, also as the answer: it may be tried. */
    const char *(*update_refused)(const struct params *params, uint64_t n_items, uint64_t people, uint64_t events);

    /* scores: n rows of `stride` >= n_items floats.  n <= MODEL_TILE.  scratch: score_scratch bytes, 64-aligned. */
    void (*score)(const struct model *self, const struct history *users, uint32_t n, float *scores, size_t stride,
                  void *scratch);
    size_t (*score_scratch)(const struct model *self);

    /* What topk_select would take of the rows of `score`, to the bit, without scoring everything; n <= MODEL_TILE, the
     * same scratch.  NULL, or can_search false (a model that was trained without an index): score and select. */
    bool (*can_search)(const struct model *self);
    void (*search)(const struct model *self, const struct history *users, struct model_wish *wishes, uint32_t n,
                   void *scratch);

    /* How much each of the history's events adds to the score of `item` (contribution[i], i < history.n);
     * the contributions and the returned remainder (bias, popularity, ...) sum to the score up to rounding. */
    double (*explain)(const struct model *self, const struct history *user, uint32_t item, double *contribution,
                      void *scratch);

    /* explain for k items at once: row i of contribution (k rows of history->n) and remainder[i] are those of items[i].
     * notes: the user's of score_noting, or NULL.  NULL: nothing is saved by asking for several at once. */
    void (*explain_many)(const struct model *self, const struct history *user, const uint32_t *items, uint32_t k,
                         double *contribution, double *remainder, const double *notes, void *scratch);

    /* What scoring finds out and explain_many would find out again: notes(self) doubles for each user, which
     * score_noting fills, row by row, unless `notes` is NULL.  Both or none (NULL). */
    size_t (*notes)(const struct model *self);
    void (*score_noting)(const struct model *self, const struct history *users, uint32_t n, float *scores,
                         size_t stride, double *notes, void *scratch);

    /* Similarity of every item to `item` (n_items floats); NULL when the kind has no notion of it. */
    void (*similar)(const struct model *self, uint32_t item, float *scores);

    /* The same values for those items alone, without looking at all others.  Every kind with `similar` has it. */
    void (*similar_to)(const struct model *self, uint32_t item, const uint32_t *items, uint32_t n, float *scores);
    bool similar_is_cosine; /* else the scale is another for each item: model_similar_most */

    int (*save)(const struct model *self, struct tensor_set *out, struct error *err);       /* borrows the arrays */
    /* Copies what it needs, unless in->lasting; checks every shape and index (E_CORRUPT).  head: the common fields as
     * they were saved. */
    int (*load)(struct model **out, const struct model *head, const struct tensor_set *in, struct error *err);
    void (*free)(struct model *self); /* never NULL's */
};

/* Every model begins with this. */
struct model {
    const struct model_kind *kind;
    uint32_t n_items;
    uint32_t trained_at; /* seconds: data->now of training; the age of what it learnt counts from here */
    struct params params;
    /* What model_similar_most has found out, of each item: 0: nothing yet, negative: none is similar.  The same whoever
     * finds it, whenever: it changes no answer.  NULL: it is not kept. */
    _Atomic float *most;
};

extern const struct model_kind *const model_kinds[]; /* ends with NULL */
const struct model_kind *model_kind_find(const char *name); /* NULL when there is none */

/* The kind's defaults for the parameters it uses, 0 for the others. */
void model_default_params(const struct model_kind *kind, struct params *out);
/* Sets what a text of the form of `defaults` names. */
void model_apply_params(struct params *params, const char *text);
/* Does the kind use parameter `id`? */
int model_uses_param(const struct model_kind *kind, int id);
/* counting, half_life_days and window_days as one. */
struct weighting weighting_from_params(const struct params *params);

/* Checks the parameters that the kind uses (E_USAGE) and that there is something to learn from
 * (E_BAD_DATA), trains, and fills the common fields; a kind's train and load leave those to us. */
int model_train(struct model **out, const struct model_kind *kind, const struct dataset *data,
                struct train_context *ctx, struct error *err);
/* The kind's `update`, with common fields filled; `counts` kinds are trained.  1 and *why: train it again. */
int model_update(struct model **out, const struct model *before, const struct change *change, struct train_context *ctx,
                 const char **why, struct error *err);
void model_free(struct model *self); /* NULL is fine */

/* The whole model, common fields included ("kind", "n_items", "trained_at" and "param.NAME" in the
 * metadata), to and from tensors.  The set borrows the model's arrays. */
int model_save(const struct model *self, struct tensor_set *out, struct error *err);
int model_load(struct model **out, const struct tensor_set *in, struct error *err);

/* Doubles of notes for each user; 0: the kind takes none. */
size_t model_notes(const struct model *self);
/* score, taking notes when there are any to take and `notes` is not NULL. */
void model_score_noting(const struct model *self, const struct history *users, uint32_t n, float *scores, size_t stride,
                        double *notes, void *scratch);
/* explain_many, by explain when the kind has none.  notes: those taken when this very history was scored, or NULL. */
void model_explain_many(const struct model *self, const struct history *user, const uint32_t *items, uint32_t k,
                        double *contribution, double *remainder, const double *notes, void *scratch);

/* The largest that `similar` says of any other item, at least 0: what the values for this item are measured by.  Found
 * out once for each item of a model that was loaded.  row: n_items to work with. */
float model_similar_most(const struct model *self, uint32_t item, float *row);

/* Can its `search` be asked? */
bool model_can_search(const struct model *self);

/* Scores one user (allocates nothing: give scratch). */
void model_score_one(const struct model *self, const struct history *user, float *scores, void *scratch);

#endif
