/* evaluate: how well a model ranks what a split held out.
 *
 * Every test user's whole catalogue is scored and ranked (topk.h's order); in discovery mode the items of the
 * history are not eligible.  With `candidates` N instead, each user's relevant items (at most
 * EVALUATE_CANDIDATE_RELEVANT, drawn when there are more) are ranked among N minus that many other eligible
 * items, drawn evenly from a stream keyed by (seed, user_key): the easier, sampled protocol.
 *
 * Users are scored in tiles over the pool.  What is measured is the same for any number of threads and any tile
 * size, and a user's values do not depend on who else is tested.
 *
 * Everything per user is kept: values (for intervals and paired comparisons) and lists (for dumps). */
#ifndef RECKON_ENGINE_EVALUATE_H
#define RECKON_ENGINE_EVALUATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/job.h"
#include "base/pool.h"
#include "engine/evaluation.h"
#include "engine/model.h"
#include "engine/split.h"

#define EVALUATE_CANDIDATE_RELEVANT 4

struct evaluate_options {
    uint32_t k[EVALUATE_K_MAX];
    uint32_t n_k;        /* 0: K = 10 */
    unsigned metrics;    /* METRIC_BITs; 0: all */
    uint32_t candidates; /* 0: full ranking */
    uint64_t seed;       /* of the candidates */
    uint32_t tile;       /* users scored at once; 0: MODEL_TILE, which is also the most */
    struct pool *pool;   /* may be NULL */
    struct job *job;     /* may be NULL */
};

/* E_USAGE: no such K or N; E_BAD_DATA: the model is of another catalogue than the split; E_CANCELLED. */
int evaluate_model(struct evaluation *out, const struct model *model, const struct split *split,
                   const struct evaluate_options *options, struct error *err);

#endif
