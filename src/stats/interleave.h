/* interleave: two rankers in one list, to learn sooner which one people prefer.
 *
 * Team-draft (Radlinski, Kurup & Joachims 2008): in each turn a coin decides who picks first; each picks its best item
 * that is not yet shown; clicks count for whose team the item is.  A user (or session) prefers the ranker with more
 * clicks.  It needs 10 to 100 times fewer users than an A/B test of the same change, but measures preference, not
 * revenue. */
#ifndef RECKON_STATS_INTERLEAVE_H
#define RECKON_STATS_INTERLEAVE_H

#include <stdint.h>

#include "base/rng.h"
#include "stats/outcome.h"

/* Merges to at most `length` items; team[i] is 0 for A's pick, 1 for B's.  *n: how many there are (fewer when both
 * lists are used up).  Items are numbers; a list must not hold one twice. */
int interleave_team_draft(const uint32_t *a, size_t na, const uint32_t *b, size_t nb, size_t length, struct rng *rng,
                          uint32_t *items, uint8_t *team, size_t *n, struct error *err);

struct interleave_answer {
    double wins_a, wins_b, ties;
    double preference;  /* (wins_b + ties/2)/n - ½: above 0 when B is preferred */
    double p, log_p;    /* exact sign test, ties left out */
    double low, high;   /* of the share of wins of B among those with a preference (Wilson) */
    double mean_t, mean_p; /* paired t test of (clicks of B - clicks of A) per user; p 1 when there is no spread */
};

/* Clicks per user (or session) for each team. */
int interleave_compare(const double *clicks_a, const double *clicks_b, size_t n, enum outcome_alternative alternative,
                       double alpha, struct interleave_answer *out, struct error *err);

#endif
