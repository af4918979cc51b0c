/* neighbours: sparse item-item weights, what kNN and the sequential rules have in common.
 *
 * weights.start/col/val hold for each item of a history the items that it speaks for, columns ascending.
 * Building goes by target: for each item all sources are summed up in a dense row of float64 (one per
 * worker, never n x n), and the best `keep` sources stay.  A row depends on its target only, so the
 * result is the same for any number of threads. */
#ifndef RECKON_ENGINE_NEIGHBOURS_H
#define RECKON_ENGINE_NEIGHBOURS_H

#include "base/job.h"
#include "base/pool.h"
#include "engine/dataset.h"
#include "engine/tensor.h"

/* The dense row of one target while it is summed up. */
struct neighbour_row {
    double *sum;       /* n_items, zero where untouched */
    uint32_t *touched; /* in order of first touch */
    uint32_t n_touched;
};

/* w > 0 */
static inline void neighbour_add(struct neighbour_row *row, uint32_t source, double w)
{
    if (row->sum[source] <= 0)
        row->touched[row->n_touched++] = source;
    row->sum[source] += w;
}

struct neighbour_build {
    const char *name; /* of the model, for progress */
    uint32_t n_items, keep;
    struct pool *pool;
    struct job *job;
    const void *context;
    void (*sum)(const void *context, uint32_t target, struct neighbour_row *row);
    /* The weight from the sum; <= 0 is left out. */
    double (*weigh)(const void *context, uint32_t target, uint32_t source, double sum);
};

/* E_NOMEM or E_CANCELLED on failure. */
int neighbours_build(struct csr *weights, const struct neighbour_build *build, struct error *err);

/* What neighbours_build would give now, from what it gave before people left: only rows and columns of items that they
 * had are summed up again.  To the bit, provided that
 *   sum(target, source) is that of (source, target): the same terms in the same order;
 *   between two items that they did not have nothing changed, the sum of a pair changed only if they had both, and
 *   then the weight of a pair of which they had only the source is not smaller than before. */
struct neighbour_change {
    const struct csr *weights; /* of before */
    const uint32_t *place;     /* weights->rows: the item's number now, UINT32_MAX: it is gone */
    const uint8_t *touched;    /* build->n_items: they had it */
};
int neighbours_update(struct csr *weights, const struct neighbour_build *build, const struct neighbour_change *change,
                      struct error *err);

/* How a history becomes weights on its items: counted, and recency^(events since the item's last one). */
struct neighbour_history {
    struct weighting weighting;
    double recency;
};

size_t neighbours_scratch(uint32_t n_items);
void neighbours_score(const struct csr *weights, const struct neighbour_history *how, const struct history *users,
                      uint32_t n, float *scores, size_t stride, void *scratch);
/* As in struct model_kind; there is no remainder. */
double neighbours_explain(const struct csr *weights, const struct neighbour_history *how, const struct history *user,
                          uint32_t item, double *contribution, void *scratch);
void neighbours_similar(const struct csr *weights, uint32_t item, float *scores);
void neighbours_similar_to(const struct csr *weights, uint32_t item, const uint32_t *items, uint32_t n, float *scores);

int neighbours_save(const struct csr *weights, struct tensor_set *out, struct error *err);
int neighbours_load(struct csr *weights, uint32_t n_items, const struct tensor_set *in, struct error *err);

#endif
