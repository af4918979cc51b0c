/* metrics: what is measured, by name, with the definition that stands beside each number.
 *
 * METRICS is the only list.  `at` says whether the metric is taken over the top K ("ndcg@10"); `each` whether
 * every user has a value of their own, whose mean is the figure (only those have intervals).
 *
 * In the definitions: a user's list holds the first K eligible items by score, equal scores by lower item
 * index; a hit is an item of the list that is relevant; R is the number of the user's relevant items. */
#ifndef RECKON_ENGINE_METRICS_H
#define RECKON_ENGINE_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*    id         name         at each  definition */
#define METRICS(X)                                                                                                   \
    X(PRECISION, "precision", 1, 1, "hits among the first K, divided by K")                                          \
    X(RECALL,    "recall",    1, 1, "hits among the first K, divided by all R relevant items of the user")           \
    X(NDCG,      "ndcg",      1, 1, "sum of 1/log2(rank+1) over the hits among the first K, divided by the same sum when the first min(K, R) are all hits") \
    X(MAP,       "map",       1, 1, "sum of the precision at the rank of each hit among the first K, divided by all R relevant items") \
    X(MAP_MIN,   "map_min",   1, 1, "sum of the precision at the rank of each hit among the first K, divided by min(K, R)") \
    X(MRR,       "mrr",       1, 1, "1/rank of the first hit among the first K; 0 without a hit")                    \
    X(HIT_RATE,  "hit_rate",  1, 1, "1 when there is a hit among the first K, else 0")                               \
    X(AUC,       "auc",       0, 1, "share of the pairs of a relevant and another eligible item in which the relevant one has the higher score; equal scores count half") \
    X(COVERAGE,  "coverage",  1, 0, "share of all items that are among the first K of at least one test user")       \
    X(NOVELTY,   "novelty",   1, 1, "mean over the first K of -log2(share of training users who have the item); an item that nobody has counts as if one had it") \
    X(GINI,      "gini",      1, 0, "inequality of how often the items are among the first K, over all items: 0 all alike, 1 one item takes everything")

enum metric_id {
#define X(id, name, at, each, definition) METRIC_##id,
    METRICS(X)
#undef X
    METRIC_COUNT
};

#define METRIC_BIT(id) (1u << METRIC_##id)
#define METRIC_ALL ((1u << METRIC_COUNT) - 1)

struct metric_spec {
    const char *name;
    bool at, each;
    const char *definition;
};

extern const struct metric_spec metric_specs[METRIC_COUNT];

/* "ndcg@10", "auc"; returns out. */
char *metric_label(enum metric_id id, uint32_t k, char *out, size_t size);

/* The id of "ndcg@10", "ndcg" or "auc", and its K (0 when none is given); -1 when there is no such metric. */
int metric_find(const char *label, uint32_t *k);

/* The metrics that follow from where the hits are: hit[0..n_list) of a list of n_list items (1: relevant),
 * read up to rank k.  relevant >= 1, k >= 1.  Only the ids from PRECISION to HIT_RATE. */
double metric_of_hits(enum metric_id id, const uint8_t *hit, uint32_t n_list, uint32_t relevant, uint32_t k);

/* Gini coefficient of n counts (which it sorts): sum_i (2i - n - 1) c_i / (n sum c), i from 1 in ascending
 * order; 0 when nothing is counted. */
double metric_gini(uint32_t *counts, uint32_t n);

#endif
