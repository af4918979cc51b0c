/* cold_split: people of whom little is known, and items of which nothing is.
 *
 * People.  A share of the users, drawn from a stream keyed by (seed, user_key), is kept out of the training data
 * altogether.  Of them are measured who have at least `least` events before the split and something to find after
 * it, as split.h says.  When k events are known they are the last k before it; of a random split, in which time
 * plays no part, k drawn ones (the first of them are those that are known when fewer are).  The other events
 * before are hidden: they neither train, nor speak, nor keep an item out of the ranking; but what is among them is
 * not to be found in discovery mode.  So the rows for k = 0, 1, 2, ... are about the same people and the same items,
 * and differ in nothing but k.
 *
 * Items.  Of an ordinary split in time: what people had after the moment and nobody had before.
 *
 * Ownership: *_release frees; the source dataset must outlive it. */
#ifndef RECKON_ENGINE_COLD_SPLIT_H
#define RECKON_ENGINE_COLD_SPLIT_H

#include "engine/split.h"

struct cold_options {
    struct split_options split; /* its seed draws the people too */
    double share;               /* in (0, 1) */
    uint32_t least;             /* >= 1 */
};

struct cold_split {
    struct split split;     /* train is without the people who were drawn; history: all that they had before */
    struct dataset whole;   /* the training part of the split with them: histories may borrow from it */
    uint32_t least;
    uint32_t *known;        /* n_users x least: positions in the history, in the order in which they become known */
    struct history *shown;  /* n_users: the histories of the last cold_split_known */
    uint32_t *item, *time;  /* n_users x least: what they point to */
    float *weight;
};

/* E_BAD_DATA when nobody has enough events, or nobody else is left to learn from; and as split_make. */
int cold_split_make(struct cold_split *out, const struct dataset *data, const struct cold_options *options,
                    struct error *err);
void cold_split_release(struct cold_split *self); /* zeroed is fine */

/* The same people with k known events each, k <= least.  Borrows from self, which it changes: use one at a time,
 * and do not release it. */
struct split cold_split_known(struct cold_split *self, uint32_t k);

/* Keeps of a split in time only what nobody had before; who then has nothing to find falls away.  Make the split
 * with drop_unknown_items off.  E_BAD_DATA when nobody is left. */
int cold_split_new_items(struct split *self, struct error *err);

#endif
