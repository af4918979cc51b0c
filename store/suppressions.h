/* suppressions: who must not come back.
 *
 * An identifier that was erased is kept as HMAC-SHA-256 under keys/suppression.key, and as nothing else: without the
 * key nobody can try names against it.  users_intern asks here before it makes a person, so no import, no posted event
 * and no retry brings one back.  An identifier with an @ is taken in lower case, for mail knows no other.
 *
 * When there are suppressions and the key file is gone, nobody new can be made (E_CORRUPT): it could be anyone. */
#ifndef RECKON_STORE_SUPPRESSIONS_H
#define RECKON_STORE_SUPPRESSIONS_H

#include "store/store.h"

#define SUPPRESSION_KEY "suppression.key" /* in STORE_KEYS */

enum { SUPPRESSION_DIGEST = 32 };

/* The digest of an identifier; makes the key when there is none yet (`make`). */
int suppressions_digest(struct store *self, const char *identifier, size_t n, bool make,
                        unsigned char out[SUPPRESSION_DIGEST], struct error *err);

/* Within a write transaction; one that is there already stays with its case. */
int suppressions_add(struct store *self, const unsigned char digest[SUPPRESSION_DIGEST], int64_t number, int64_t now,
                     struct error *err);

/* *number: the case that it was erased by; 0: it was not. */
int suppressions_find(struct store *self, const char *identifier, size_t n, int64_t *number, struct error *err);
int suppressions_count(struct store *self, int64_t *n, struct error *err);

/* Does a text (a line that could not be read, the name of a file) hold a suppressed identifier?  Tried are its words,
 * which end at blanks and at what separates fields, and every run of parts of a word. */
int suppressions_named(struct store *self, const char *text, size_t n, bool *named, struct error *err);

/* E_REFUSED when the identifier is suppressed, 0 when it is not. */
int suppressions_check(struct store *self, const char *identifier, size_t n, struct error *err);

#endif
