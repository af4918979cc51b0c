/* interleaving: two rankers in one list, and which of them people prefer (stats/interleave.h).
 *
 * Each user gets one list in which both arms pick in turn (team draft); a click, a look, a cart or a purchase of an item
 * counts for whose pick it was, each item of a list once.  A user prefers the arm with more; users are the units, so that
 * somebody who clicks all day has one voice. */
#ifndef RECKON_EXPERIMENT_INTERLEAVING_H
#define RECKON_EXPERIMENT_INTERLEAVING_H

#include "experiment/design.h"
#include "stats/interleave.h"

/* Merges two lists of identifiers to at most `length`: from[i] is the place in the list of team[i] (0: a, 1: b).  The
 * coins are of the user and the day, so that a list does not flicker.  *n: how many. */
int interleaving_mix(const char *const *a, size_t na, const char *const *b, size_t nb, size_t length,
                     const char *user, int64_t day, uint32_t *from, uint8_t *team, size_t *n, struct error *err);

struct preference {
    uint64_t users;         /* who did something with a list */
    double credit[2];       /* items, by arm */
    struct interleave_answer answer;
};

/* E_REFUSED: nobody did anything with any list yet. */
int interleaving_read(struct preference *out, struct store *store, int64_t experiment, const struct design *design,
                      struct error *err);

#endif
