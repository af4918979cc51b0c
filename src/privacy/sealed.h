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
/* Empties the box and destroys the key. */
int sealed_destroy(struct case_record *record, const char *workspace, struct error *err);

#endif
