/* certificate: what was erased, proven: signed, a leaf of the audit log, and verified with nothing but the public key.
 *
 * {"format", "body": {…}, "audit": {"entry", "index", "size", "root", "proof"}, "key", "key_id", "signature"}.  The
 * entry of the audit log holds the SHA-256 of the body; the proof leads from the entry to the root; the signature
 * covers all of it. Nothing in it names anybody: who it is about is a commitment, HMAC-SHA-256 of each identifier under
 * a salt that the case holds. */
#ifndef RECKON_PRIVACY_CERTIFICATE_H
#define RECKON_PRIVACY_CERTIFICATE_H

#include "base/keyfile.h"
#include "store/audit.h"
#include "store/cases.h"

/* Closes the case with its certificate, in one transaction, and destroys what was sealed. */
int certificate_issue(struct store *store, const struct audit_actor *actor, struct case_record *record,
                      struct error *err);

/* Every check there is without a workspace.  `public` NULL: by the key that it names.  E_CORRUPT: what does not
 * hold. */
int certificate_check(const json_t *certificate, const unsigned char public[KEYFILE_SECRET], struct error *err);

/* Is it about this identifier?  `salt` as 64 hex digits. */
int certificate_is_about(const json_t *certificate, const char *identifier, const char *salt, bool *about,
                         struct error *err);

#endif
