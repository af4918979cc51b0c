/* assign: which arm a user gets, for good.
 *
 * A test has 10,000 slots (basis points), each belonging to an arm or to nobody; a user's slot comes from hash.h.  When
 * weights change, arms that lose give slots up from their end and arms that gain take them: exactly as many users move
 * as must, and none moves between two arms whose weights stayed.  Rather ramp by coverage, which moves nobody: arms
 * keep their starts (as GrowthBook does), and grow. A layer is the same table with experiments for arms and a salt of
 * its own: who is in one is in no other of it. */
#ifndef RECKON_STATS_ASSIGN_H
#define RECKON_STATS_ASSIGN_H

#include <stdint.h>

#include "stats/hash.h"

#define ASSIGN_SLOTS 10000
#define ASSIGN_NOBODY UINT16_MAX
#define ASSIGN_ARMS_MAX 1000

struct assign_table {
    uint16_t arm[ASSIGN_SLOTS];
};

/* Weights in basis points that sum to at most 10,000 (E_BAD_DATA says to what they sum; `whole`: exactly).  Arm i owns
 * the first coverage/10000 of its range; the rest is nobody's. */
int assign_init(struct assign_table *self, const uint32_t *weights, size_t arms, uint32_t coverage, bool whole,
                struct error *err);

/* New weights (and arms: more or fewer) with the fewest users moved; *moved: slots whose users change arms or leave. */
int assign_change(struct assign_table *self, const uint32_t *weights, size_t arms, uint32_t *moved, struct error *err);

/* In a layer: gives `slots` free ones (the lowest) to `id`, or frees all of its.  E_CONFLICT when too few are free. */
int assign_take(struct assign_table *self, uint16_t id, uint32_t slots, struct error *err);
void assign_free(struct assign_table *self, uint16_t id);
void assign_clear(struct assign_table *self); /* all nobody's */

/* The arm of a unit, or ASSIGN_NOBODY. */
int assign_arm(const struct assign_table *self, enum hash_scheme scheme, const char *salt, const char *unit,
               uint16_t *arm, struct error *err);
uint32_t assign_slot(const struct hash_place *place);

#endif
