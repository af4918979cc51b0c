/* unlearned: does a model know a person?
 *
 * It is trained again without them, from the same recipe and seed.  The same bytes prove that it never knew them, or
 * does not any more: exact.  Otherwise what the two differ by is measured.  While the person's history is still
 * there, an attack is tried as well: each of their products is hidden in turn, and both models are asked how high
 * they would rank it; a model that remembers ranks it higher than one that never saw it. */
#ifndef RECKON_PRIVACY_UNLEARNED_H
#define RECKON_PRIVACY_UNLEARNED_H

#include "base/job.h"
#include "base/pool.h"
#include "store/registry.h"

struct unlearned {
    bool same;            /* byte for byte */
    bool exact;           /* the recipe is complete, so that the same data would give the same bytes */
    char without[65];     /* SHA-256 of what was trained without them */
    int64_t events;       /* of the person, left out */
    uint64_t arrays, differing; /* arrays of numbers in both files; those with another value */
    double relative;      /* |a - b| / |b| over those of one form; NaN: none is (a product was theirs alone) */
    /* the attack; tried 0: it could not be made */
    uint32_t tried;
    double rank, rank_without; /* mean share of products that are ranked above what was hidden; 0 is best */
    double advantage, noise;   /* how much higher the model ranks them; the half-width of its 95 % interval */
};

/* user 0: somebody who is not there any more. */
int unlearned_prove(struct unlearned *out, struct store *store, const struct model_record *record, int64_t user,
                    struct pool *pool, struct job *job, struct error *err);

#endif
