/* signed: JSON objects that carry a signature over themselves.
 *
 * Signed is the canonical text (sorted keys, no blanks) of the object without its member "signature"; the members "key"
 * (the public key) and "key_id" are part of what is signed.  The signing key is keys/signing.key. */
#ifndef RECKON_PRIVACY_SIGNED_H
#define RECKON_PRIVACY_SIGNED_H

#include <jansson.h>

#include "base/keyfile.h"
#include "store/store.h"

#define SIGNING_KEY "signing.key" /* in keys/ */

/* The workspace's key, made at first use.  E_CORRUPT: certificates were signed, and the key is gone: another one is made
 * only by who wants it (signed_new_key). */
int signed_key(struct signing_key *out, struct store *store, struct error *err);
/* E_CONFLICT: there is one. */
int signed_new_key(struct signing_key *out, struct store *store, struct error *err);

int signed_put(json_t *object, const struct signing_key *key, struct error *err);

/* `public` NULL: the key that the object names, which shows that it was not changed, not who made it.  E_CORRUPT says
 * what is wrong; `what` is how it is called. */
int signed_check(const json_t *object, const unsigned char public[KEYFILE_SECRET], const char *what, struct error *err);

/* A public key from a file. */
int signed_read_key(const char *path, unsigned char public[KEYFILE_SECRET], struct error *err);

/* Canonical text; free() it.  NULL: out of memory. */
char *signed_text(const json_t *value);
/* Hash of the canonical text, as hex. */
int signed_digest(const json_t *value, char hex[65], struct error *err);

int signed_read(const char *path, json_t **out, struct error *err); /* a JSON object of a file */

#endif
