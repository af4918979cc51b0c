/* opendsr_signer: what OpenDSR wants answers and callbacks signed with: the private key of an X.509 certificate that the
 * other side can fetch and check.
 *
 * RSA or ECDSA over the SHA-256 of the exact bytes, in Base64.  The domain is the first DNS name that the certificate
 * is for.  Read once; any number of threads may sign. */
#ifndef RECKON_SERVE_OPENDSR_SIGNER_H
#define RECKON_SERVE_OPENDSR_SIGNER_H

#include <stddef.h>

#include "base/error.h"

struct opendsr_signer;

enum { OPENDSR_SIGNATURE_MAX = 1400, OPENDSR_DOMAIN_MAX = 256 };

/* PEM files.  E_BAD_DATA: they cannot be read, or do not belong together. */
int opendsr_signer_new(struct opendsr_signer **out, const char *certificate, const char *key, struct error *err);
void opendsr_signer_free(struct opendsr_signer *self); /* NULL is fine */

const char *opendsr_signer_domain(const struct opendsr_signer *self);
const char *opendsr_signer_certificate(const struct opendsr_signer *self); /* PEM */
int opendsr_signer_sign(const struct opendsr_signer *self, const void *bytes, size_t n, char out[OPENDSR_SIGNATURE_MAX],
                        struct error *err);

#endif
