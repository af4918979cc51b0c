/* posted: requests that carried an Idempotency-Key and were carried out, so that one that is repeated, also after
 * a crash, gets the same answer and changes nothing.  Kept for POSTED_KEPT_MS. */
#ifndef RECKON_STORE_POSTED_H
#define RECKON_STORE_POSTED_H

#include "store/store.h"

enum { POSTED_DIGEST = 32 };
#define POSTED_KEPT_MS INT64_C(172800000)

struct posted {
    unsigned char request[POSTED_DIGEST]; /* digest of who asks and of the key */
    unsigned char content[POSTED_DIGEST]; /* digest of the body */
    int64_t at, added, present;
};

/* All within a write transaction.  *found: posted->request is there, and the rest of *posted is what was stored. */
int posted_find(struct store *self, struct posted *posted, bool *found, struct error *err);
int posted_add(struct store *self, const struct posted *posted, struct error *err);
int posted_forget(struct store *self, int64_t before, struct error *err);

#endif
