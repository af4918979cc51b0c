/* blend_fit: the weights of a blend, from what its members say about held-out items.
 *
 * Ensemble selection with bags (Caruana et al. 2004): in each bag users count Poisson(1) times, by a stream keyed
 * by (seed, user_key).  From nothing, the member that lifts the bag's NDCG@40 most is added, again and again,
 * with repetition; the bag's weights are the counts at its best step, the first ones left out for being coarse.
 * The weights are the mean over the bags:
 * few users cannot drive them far, and a member that only helps by chance stays near 0.
 * The same for any number of threads. */
#ifndef RECKON_ENGINE_BLEND_FIT_H
#define RECKON_ENGINE_BLEND_FIT_H

#include <stdint.h>

#include "base/error.h"
#include "base/job.h"
#include "base/pool.h"

#define BLEND_MEMBERS_MAX 32
#define BLEND_DEPTH 40 /* of the lists whose NDCG is lifted: ten places hold too few hits to tell members apart */

/* Per user the items that could come out on top, ascending, with every member's standardised score: candidates
 * start[u] .. start[u+1), and from z[start[u] * n_members] on a row of these for each member. */
struct blend_sample {
    uint32_t n_users, n_members;
    uint64_t *start;     /* n_users + 1 */
    float *z;
    uint8_t *relevant;   /* per candidate */
    uint32_t *n_relevant;/* per user; also those that are no candidates */
    uint64_t *user_key;
};

void blend_sample_release(struct blend_sample *self); /* zeroed is fine */

/* weight: n_members, sums to 1 (all 0 when no member finds anything).  *ndcg: of these weights on the sample. */
int blend_fit(const struct blend_sample *sample, uint64_t seed, struct pool *pool, struct job *job, double *weight,
              double *ndcg, struct error *err);

/* Mean NDCG@40 of the weighted sum. */
double blend_fit_ndcg(const struct blend_sample *sample, const double *weight, float *scratch);

#endif
