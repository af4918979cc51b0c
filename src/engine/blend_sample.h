/* blend_sample: what the members of a blend say about the users of a validation split; and how a member's scores
 * for one user are brought to a common scale. */
#ifndef RECKON_ENGINE_BLEND_SAMPLE_H
#define RECKON_ENGINE_BLEND_SAMPLE_H

#include "engine/blend_fit.h"
#include "engine/model.h"
#include "engine/split.h"

/* z = (score - mean) * factor; factor is 1 / standard deviation, 0 where all scores are alike. */
struct blend_scale {
    double mean, factor;
};

struct blend_scale blend_scale_of(const float *scores, uint32_t n);

/* out += weight * z */
void blend_scale_add(float *out, const float *scores, uint32_t n, struct blend_scale scale, double weight);

#define BLEND_USERS_MAX 4000 /* more say hardly more */

/* Each test user (of very many, those whose keys hash lowest) with the items that at least one member has among
 * its best, behind what `out` holds already (zeroed at first).  All members must be of the split's catalogue; one
 * that is NULL has nothing to say. */
int blend_sample_add(struct blend_sample *out, const struct model *const *members, uint32_t n_members,
                      const struct split *split, struct pool *pool, struct job *job, struct error *err);

#endif
