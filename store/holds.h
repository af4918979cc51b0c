/* holds: what must be kept for a while although somebody asks for it to be erased: a law suit, invoices.
 *
 * A hold is on one person (as a keyed hash, store/suppressions.h) or on everybody, and on some kinds of event or on
 * everything.  On a person and everything, it refuses the erasure.  On kinds of event, those events are cut off from
 * the person when they are erased, moved to held_events, and used for nothing; when the hold has ended, holds_expire
 * removes them. */
#ifndef RECKON_STORE_HOLDS_H
#define RECKON_STORE_HOLDS_H

#include "store/store.h"
#include "store/suppressions.h"

struct hold {
    int64_t hold, since, until, released; /* released 0: not */
    unsigned char digest[SUPPRESSION_DIGEST];
    bool of_one;        /* of the person with the digest; else of everybody */
    const char *kinds;  /* with commas; "": everything; borrowed in callbacks */
    const char *reason;
    int64_t events;     /* that are kept because of it */
};

/* Within a write transaction. */
int holds_add(struct store *self, const struct hold *hold, int64_t *number, struct error *err);
int holds_release(struct store *self, int64_t number, int64_t now, struct error *err); /* E_NOT_FOUND */
/* Removes events whose hold has ended; *removed tells how many. */
int holds_expire(struct store *self, int64_t now, int64_t *removed, struct error *err);

typedef int (*holds_fn)(void *context, const struct hold *hold);
int holds_each(struct store *self, holds_fn fn, void *context, struct error *err); /* by number */

/* The hold that forbids to erase the person; `out->hold` 0: none.  out->kinds and reason are not set. */
int holds_forbid(struct store *self, const unsigned char digest[SUPPRESSION_DIGEST], int64_t now, struct hold *out,
                 struct error *err);
/* Ties one of the chosen (store/erase.h) to their digest, so that erase_rows knows the holds on them alone. */
int holds_choose(struct store *self, const unsigned char digest[SUPPRESSION_DIGEST], int64_t user, struct error *err);

#endif
