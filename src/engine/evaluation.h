/* evaluation: what was measured of one model, per user and as figures.
 *
 * Filled by evaluate_model (evaluate.h); read by intervals (bootstrap.h), tables and dumps.  Read-only then. */
#ifndef RECKON_ENGINE_EVALUATION_H
#define RECKON_ENGINE_EVALUATION_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "engine/metrics.h"
#include "engine/topk.h"

#define EVALUATE_K_MAX 8
#define EVALUATE_COLUMNS_MAX (METRIC_COUNT * EVALUATE_K_MAX)

/* One number of the result. */
struct evaluate_column {
    enum metric_id metric;
    uint32_t k;    /* 0: of a metric without K */
    double mean;   /* over users; of coverage and Gini: the figure */
    double *value; /* n_users; NULL of coverage and Gini */
};

struct evaluation {
    uint32_t n_users, n_items;
    uint32_t *user;     /* index in the dataset that was split */
    uint64_t *user_key;
    uint32_t n_columns; /* by metric in the order of METRICS, then by K as given */
    struct evaluate_column column[EVALUATE_COLUMNS_MAX];

    /* User i's list, best first: list[i * depth .. i * depth + list_length[i]), depth the largest K.  NULL in an
     * average. */
    uint32_t depth;
    uint32_t *list_length;
    struct scored *list;
    /* The relevant items that were to be found: the split's, or the drawn ones among candidates. */
    uint64_t *relevant_start;
    uint32_t *relevant;
};

/* Lays out the columns of these metrics (METRIC_BITs) at these K, and their values for n_users. */
int evaluation_init(struct evaluation *self, uint32_t n_users, unsigned metrics, const uint32_t *k, uint32_t n_k,
                    struct error *err);

void evaluation_release(struct evaluation *self); /* zeroed is fine */

/* The column of a metric, or NULL; k is ignored for a metric without K. */
const struct evaluate_column *evaluation_column(const struct evaluation *self, enum metric_id metric, uint32_t k);

/* The one figure that training wants; 0 when it was not measured. */
double evaluation_mean(const struct evaluation *self, enum metric_id metric, uint32_t k);

/* The average of evaluations of the same columns under several seeds: each figure is the mean of their
 * figures; a user's value the mean of theirs in those evaluations that tested the user (joined by user_key).
 * The figures are the means of the seeds, not of the joined users. */
int evaluation_average(struct evaluation *out, const struct evaluation *const *parts, uint32_t n,
                       struct error *err);

#endif
