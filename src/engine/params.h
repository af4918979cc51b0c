/* params: every hyper-parameter that any model takes, declared once.
 *
 * A name means the same thing in all models; what differs is whether a model uses it and its default
 * there (struct model_kind).  The command line options of `train`, `evaluate` and `compare`, their
 * help and their range checks come from this list, and so does the lineage kept with a model. */
#ifndef RECKON_ENGINE_PARAMS_H
#define RECKON_ENGINE_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* index says whether the model gets an index of its items (item_index.h); auto: when there are 50,000 or more of them.
 * counting says how a user's events on one item become one number (enum counting in dataset.h). */
/*    name               option                 type  min    max    help */
#define ENGINE_PARAMS(X)                                                                                            \
    X(dim,               "dim",                 INT,  1,     4096,  "number of latent factors")                     \
    X(reg,               "reg",                 REAL, 0,     1e6,   "L2 regularisation, scaled by frequency in ials") \
    X(reg_exponent,      "reg-exponent",        REAL, 0,     2,     "exponent of the frequency scaling (1: Rendle et al. 2021; 0: none)") \
    X(unobserved_weight, "unobserved-weight",   REAL, 0,     100,   "weight of the pairs that were not observed")   \
    X(epochs,            "epochs",              INT,  1,     10000, "passes over the data, at most")                \
    X(block_size,        "block-size",          INT,  1,     4096,  "factors solved at once (iALS++)")              \
    X(init_stddev,       "init-stddev",         REAL, 0,     10,    "scale of the random start; divided by sqrt(dim)") \
    X(patience,          "patience",            INT,  0,     1000,  "stop after this many epochs without a better validation NDCG; 0: never") \
    X(validation_share,  "validation-share",    REAL, 0,     0.9,   "share of each user's events held out to stop early and to weigh a blend") \
    X(lambda,            "lambda",              REAL, 1e-6,  1e9,   "ridge term of the closed-form solution")       \
    X(max_items,         "max-items",           INT,  1,     200000,"largest catalogue for the closed form; above it the most popular items are used") \
    X(half_life_days,    "half-life-days",      REAL, 0,     36500, "age at which an event counts half; 0: no decay") \
    X(window_days,       "window-days",         REAL, 0,     36500, "only count events of the last days; 0: all")   \
    X(neighbours,        "neighbours",          INT,  1,     100000,"neighbours kept per item")                     \
    X(similarity,        "similarity",          CHOICE, 0,   0,     "cosine|jaccard|bm25")                          \
    X(shrinkage,         "shrinkage",           REAL, 0,     1e6,   "pulls what rests on few users or events towards nothing special") \
    X(bm25_k1,           "bm25-k1",             REAL, 0,     1000,  "BM25 saturation")                              \
    X(bm25_b,            "bm25-b",              REAL, 0,     1,     "BM25 length normalisation")                    \
    X(gap_decay,         "gap-decay",           REAL, 0,     1,     "rules: weight kept per step between the two items") \
    X(backward,          "backward",            REAL, 0,     1,     "rules: weight of the reverse direction")       \
    X(recency,           "recency",             REAL, 0,     1,     "weight kept per step back in the user's history; 1: all count alike") \
    X(from_exponent,     "from-exponent",       REAL, 0,     2,     "exponent of the frequency of the item in the history (knn with cosine: .5 is the plain one)") \
    X(to_exponent,       "to-exponent",         REAL, 0,     2,     "exponent of the frequency of the recommended item") \
    X(spectrum_exponent, "spectrum-exponent",   REAL, 0,     1,     "content: exponent of the singular values (1: plain latent semantic analysis; 0: every direction counts alike)") \
    X(features,          "features",            CHOICE, 0,   0,     "words|embeddings|both")                        \
    X(own_weight,        "own-weight",          REAL, 0,     100,   "content: weight of being the very item, beside being like it") \
    X(user_exponent,     "user-exponent",       REAL, 0,     2,     "exponent of the size of a user's history by which it is divided") \
    X(period_days,       "period-days",         REAL, 0.01,  36500, "length of a period in which the demand for items is counted") \
    X(max_gap,           "max-gap",             INT,  1,     1000,  "rules: steps looked ahead in a sequence")      \
    X(shards,            "shards",              INT,  1,     64,    "ials: people are trained in so many parts, so that erasing somebody costs one of them; 1: all at once") \
    X(index,             "index",               CHOICE, 0,   0,     "auto|always|never")                            \
    X(counting,          "counting",            CHOICE, 0,   0,     "once|sum|days|log")

enum param_type { PARAM_INT, PARAM_REAL, PARAM_CHOICE };

enum param_id {
#define X(name, option, type, min, max, help) PARAM_ID_##name,
    ENGINE_PARAMS(X)
#undef X
    PARAM_COUNT
};

struct param_spec {
    const char *name;   /* "unobserved_weight": in files and lineage */
    const char *option; /* "unobserved-weight": on the command line */
    enum param_type type;
    double min, max;
    const char *help;   /* of a choice: the words, split by '|', value = position */
};

extern const struct param_spec param_specs[PARAM_COUNT];

/* One value for every parameter; a choice is its index. */
struct params {
    double value[PARAM_COUNT];
};

#define PARAM(params, name) ((params)->value[PARAM_ID_##name])

int param_find(const char *name_or_option); /* id, or -1 */

/* Word `value` of a choice ("cosine"): copies it to out (cut to size) and returns out. */
const char *param_choice_name(int id, unsigned value, char *out, size_t size);

/* The value as text that params_set reads back exactly ("500", "0.3", "cosine"); returns out. */
const char *params_text(const struct params *self, int id, char *out, size_t size);

/* Sets one parameter from text; E_USAGE names the option and its range ("--dim: 0 is below 1"). */
int params_set(struct params *self, int id, const char *text, struct error *err);

#endif
