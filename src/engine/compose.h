/* compose: from candidates in order to a slate of n, under the rules of a shop.
 *
 * Each slot, from the first to the last, is given to the first of these that has somebody for it:
 *   1. the candidate that is pinned there;
 *   2. a quota that is behind its share (quota q wants floor(i * share + 1/2) of the first i slots; the one that is
 *      furthest behind first), with the best of its candidates, or with one that is drawn at random;
 *   3. the best candidate, or, with diversity, the one of the best `pool` with the largest
 *      (1 - diversity) * worth(rank) - diversity * (its largest similarity to those placed so far)   (MMR, Carbonell
 *      & Goldstein 1998), where worth(rank) = 1 / log2(1 + rank): ranks, since only the order of scores means anything;
 *   4. any candidate that is left.
 * Whoever stands in a slot counts for the quotas it belongs to, however it came there; pins count from the beginning.
 *
 * Always: nobody twice; no cap is ever broken (a pin that would is not placed there); and no slot stays empty while a
 * candidate is left that may stand with those placed.  (So caps that overlap may end a slate early that another choice
 * would have filled; one cap over groups that do not overlap never does.)  Two pins for one slot: the better ranked
 * gets it, the other the next free one.  Pins beyond n mean nothing.  When candidates run out, later pins move up.
 * Without pins, quotas, caps and diversity the slate is the first n candidates.
 *
 * Equal inputs give equal slates; draws depend on the seed and the slot alone.  Pure; any thread. */
#ifndef RECKON_ENGINE_COMPOSE_H
#define RECKON_ENGINE_COMPOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { COMPOSE_QUOTAS_MAX = 32, COMPOSE_CAPS_MAX = 32, COMPOSE_GROUPS_MAX = 32 };

struct compose_candidate {
    double rank;     /* >= 1, 1 is best; ascending over the candidates */
    uint32_t pin;    /* the slot that it must have, from 1; 0: none */
    uint32_t quotas; /* bit q: it belongs to quota q */
    bool listed;     /* may stand in any slot; else only by its pin, its quotas, and when nobody else is left */
};

struct compose_quota {
    double share; /* of the slots, in [0, 1] */
    bool drawn;   /* at random, by worth(place among those that are left) */
};

/* At most k of each group. */
struct compose_cap {
    uint32_t k;
};

struct compose_plan {
    uint32_t n;
    const struct compose_candidate *candidates;
    uint32_t n_candidates;
    const struct compose_quota *quotas;
    uint32_t n_quotas; /* <= COMPOSE_QUOTAS_MAX */
    const struct compose_cap *caps;
    uint32_t n_caps;   /* <= COMPOSE_CAPS_MAX */
    double diversity;  /* in [0, 1]; 0: none */
    uint32_t pool;     /* of diversity */
    uint64_t seed;     /* of draws */
    void *context;
    /* The groups of a candidate under a cap, at most COMPOSE_GROUPS_MAX; returns how many.  0: the cap is not about
     * it.  Only when there are caps. */
    uint32_t (*groups)(void *context, uint32_t cap, uint32_t candidate, uint64_t *out);
    /* How alike all candidates are to that one, in [0, 1].  Only with diversity; once for each slot. */
    void (*alike)(void *context, uint32_t candidate, float *out);
};

enum compose_how { COMPOSE_RANK, COMPOSE_PIN, COMPOSE_QUOTA, COMPOSE_DRAWN };

struct compose_slot {
    uint32_t candidate;
    enum compose_how how;
    uint32_t quota;    /* of QUOTA and DRAWN */
    double propensity; /* that it was drawn, given the slots before; 1 when nothing was drawn */
};

struct compose_slate {
    struct compose_slot *slots; /* n */
    uint32_t n;
    uint32_t *capped; /* of each candidate: the cap that kept it out + 1; 0: none did */
    /* With more candidates the slate might be another: fewer were to choose from than were wanted, among the listed
     * ones, or for a quota (its bit). */
    bool dry;
    uint32_t dry_quotas;
};

/* E_NOMEM. */
int compose(const struct compose_plan *plan, struct compose_slate *out, struct error *err);
void compose_release(struct compose_slate *self); /* zeroed is fine */

/* What a place counts, from 1: 1 / log2(1 + place).  Draws are in proportion to it. */
double compose_worth(double rank);

#endif
