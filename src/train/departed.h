/* departed: the events of people who are being erased, in memory only, from the moment before their rows go until the
 * models that learnt from them are updated.  When the program ends before that they are lost, as they should be, and those
 * models are trained again instead. */
#ifndef RECKON_TRAIN_DEPARTED_H
#define RECKON_TRAIN_DEPARTED_H

#include "store/events.h"

struct departed_person {
    int64_t user;
    uint64_t key; /* rng_key of the identifier */
    bool may;     /* could be learnt from (consents) */
    size_t first, n; /* rows */
};

struct departed {
    struct departed_person *people; /* ascending */
    size_t n_people, cap_people;
    struct event_row *rows; /* by person, in the order of the store */
    size_t n_rows, cap_rows;
    uint64_t all_people, all_events; /* how many they are, also when none are kept */
};

/* The people whom the store has chosen (store/erase.h), while they are still there; departed_count alone keeps none of
 * their events (n_people is 0). */
int departed_count(struct departed *out, struct store *store, struct error *err);
int departed_read(struct departed *out, struct store *store, struct error *err);
/* One who is not erased: for a rehearsal. */
int departed_read_one(struct departed *out, struct store *store, int64_t user, struct error *err);
void departed_release(struct departed *self); /* zeroed is fine; overwrites what it held */

const struct departed_person *departed_find(const struct departed *self, int64_t user); /* NULL: not of them */

#endif
