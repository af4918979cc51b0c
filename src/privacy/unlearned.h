/* unlearned: does a model know a person?
 *
 * It is trained again without them, from the same recipe and seed and on the data of then (or, when those are not to be
 * had any more, of today).  The same bytes prove that it never knew them, or does not any more: exact.  Otherwise what
 * the two differ by is measured.
 *
 * While the person's history is still there, it is also rehearsed what erasing them would leave (train/unlearn.h), and an
 * attack is tried against all of these: each of their products is hidden in turn, and the models are asked how high they
 * would rank it; one that remembers ranks it higher than one that never saw it. */
#ifndef RECKON_PRIVACY_UNLEARNED_H
#define RECKON_PRIVACY_UNLEARNED_H

#include "base/job.h"
#include "base/pool.h"
#include "store/registry.h"
#include "train/unlearn.h"

/* One model beside the one that was trained without them. */
struct unlearned_side {
    bool same;              /* byte for byte */
    uint64_t arrays, differing; /* arrays of numbers in both files; those with another value */
    double relative;        /* |a - b| / |b| over those of one form; NaN: none is (a product was theirs alone) */
    double largest;         /* of |a - b|, likewise; infinite: some are not of one form */
    double rank;            /* the attack: mean share of products that are ranked above what was hidden; 0 is best */
    double advantage, noise; /* how much higher it ranks them; the half-width of its 95 % interval */
};

struct unlearned {
    bool exact;             /* the recipe is complete, so that the same data would give the same bytes */
    bool same_data;         /* it was compared on the data that it was trained on */
    char without[65];       /* SHA-256 of what was trained without them */
    struct unlearned_side model;
    bool rehearsed;         /* erasing them would update it, to `update` */
    enum unlearn_way way;   /* what erasing them would do; of somebody who is there */
    char why[160];
    struct unlearned_side update;
    int64_t events;         /* of the person, left out */
    uint32_t tried;         /* products hidden; 0: no attack could be made */
    double rank_without;
};

/* Equal as far as rounding goes. */
#define UNLEARNED_EQUAL 1e-5

/* user 0: somebody who is not there any more. */
int unlearned_prove(struct unlearned *out, struct store *store, const struct model_record *record, int64_t user,
                    struct pool *pool, struct job *job, struct error *err);

#endif
