/* sealed: what an erasure still has to look for, kept so that nobody but this workspace can read it, and for no longer
 * than the case is open.
 *
 * A box (XSalsa20-Poly1305) in the case's record, under a key of its own in keys/case-N.key.  When the case is closed
 * the key is destroyed, and with it whatever copy of the box there may be. */
#ifndef RECKON_PRIVACY_SEALED_H
#define RECKON_PRIVACY_SEALED_H

#include <jansson.h>

#include "store/cases.h"

/* Puts the value into the record's box (the record has its number). */
int sealed_put(struct case_record *record, const char *workspace, const json_t *value, struct error *err);
/* E_CORRUPT, E_NOT_FOUND: the key is gone. */
int sealed_get(const struct case_record *record, const char *workspace, json_t **out, struct error *err);
/* Empties the box: for the transaction that closes the case. */
void sealed_empty(struct case_record *record);
/* Destroys the key: after that transaction, since without it the case could not be carried on.  One that is gone is fine. */
int sealed_destroy(int64_t number, const char *workspace, struct error *err);
/* Destroys keys of closed cases that were left because the program was killed between the two. */
int sealed_sweep(struct store *store, struct error *err);

#endif
