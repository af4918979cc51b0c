/* counted: who may be part of something that is given out about many people: an anonymised data set, a noisy count.
 *
 * Left out are those who do not allow analytics or sale (data leave the shop), or, where what is known of them beside
 * what they do is used, that (sensitive); whose processing is restricted; and on whom a legal hold is.  Erased people
 * are not there to begin with.  All identifiers that are linked (store/subjects.h) are one person. */
#ifndef RECKON_PRIVACY_COUNTED_H
#define RECKON_PRIVACY_COUNTED_H

#include "store/store.h"

struct counted {
    struct store *store;
    bool ask, sensitive;
    int64_t *held;                /* users, ascending */
    size_t n_held, cap_held;
    int64_t user, person;         /* the last one that was asked about */
    bool linked;                  /* and whether they have several identifiers */
    int64_t in, without_consent, restricted, on_hold; /* users: who is in it, and who is not */
};

int counted_init(struct counted *self, struct store *store, bool sensitive, struct error *err);
void counted_release(struct counted *self); /* zeroed is fine */

/* *person: the same number for all identifiers of one; 0: is left out.  Users come in order. */
int counted_person(struct counted *self, int64_t user, int64_t *person, struct error *err);

#endif
