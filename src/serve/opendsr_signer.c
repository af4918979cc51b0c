#include "serve/opendsr_signer.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <sodium.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"

enum { PEM_MAX = 1 << 20 };

struct opendsr_signer {
    char *pem;
    char domain[OPENDSR_DOMAIN_MAX];
    gnutls_privkey_t key;
    gnutls_sign_algorithm_t algorithm;
};

static int bad(struct error *err, const char *path, int code)
{
    return error_set(err, E_BAD_DATA, path, "%s", gnutls_strerror(code));
}

/* The first DNS name, else the common name. */
static int read_domain(struct opendsr_signer *self, gnutls_x509_crt_t crt, const char *path, struct error *err)
{
    for (unsigned i = 0;; i++) {
        size_t n = sizeof self->domain;
        int kind = gnutls_x509_crt_get_subject_alt_name(crt, i, self->domain, &n, NULL);
        if (kind == GNUTLS_SAN_DNSNAME)
            return 0;
        if (kind < 0)
            break;
    }
    size_t n = sizeof self->domain;
    int code = gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, self->domain, &n);
    return code == 0 ? 0 : error_set(err, E_BAD_DATA, path, "the certificate names no domain");
}

/* Does the key belong to the certificate? */
static int check_pair(struct opendsr_signer *self, gnutls_x509_crt_t crt, const char *path, struct error *err)
{
    gnutls_pubkey_t public = NULL;
    gnutls_datum_t said = {(unsigned char *)self->domain, (unsigned)strlen(self->domain)}, signature = {NULL, 0};
    int code = gnutls_pubkey_init(&public);
    code = code != 0 ? code : gnutls_pubkey_import_x509(public, crt, 0);
    code = code != 0 ? code : gnutls_privkey_sign_data2(self->key, self->algorithm, 0, &said, &signature);
    if (code == 0 && gnutls_pubkey_verify_data2(public, self->algorithm, 0, &said, &signature) < 0)
        code = GNUTLS_E_CERTIFICATE_KEY_MISMATCH;
    gnutls_free(signature.data);
    gnutls_pubkey_deinit(public);
    return code == 0 ? 0 : bad(err, path, code);
}

static int read_pair(struct opendsr_signer *self, const char *certificate, const char *key, struct error *err)
{
    gnutls_x509_crt_t crt = NULL;
    char *secret = NULL;
    size_t n, n_secret = 0;
    int rc = fs_read_all(certificate, PEM_MAX, &self->pem, &n, err);
    rc = rc != 0 ? rc : fs_read_all(key, PEM_MAX, &secret, &n_secret, err);
    if (rc != 0)
        return rc;
    gnutls_datum_t pem = {(unsigned char *)self->pem, (unsigned)n}, hidden = {(unsigned char *)secret, (unsigned)n_secret};
    int code = gnutls_x509_crt_init(&crt);
    code = code != 0 ? code : gnutls_x509_crt_import(crt, &pem, GNUTLS_X509_FMT_PEM);
    rc = code != 0 ? bad(err, certificate, code) : read_domain(self, crt, certificate, err);
    code = rc != 0 ? 0 : gnutls_privkey_init(&self->key);
    code = rc != 0 || code != 0 ? code : gnutls_privkey_import_x509_raw(self->key, &hidden, GNUTLS_X509_FMT_PEM, NULL, 0);
    rc = rc == 0 && code != 0 ? bad(err, key, code) : rc;
    if (rc == 0) {
        self->algorithm = gnutls_pk_to_sign((gnutls_pk_algorithm_t)gnutls_privkey_get_pk_algorithm(self->key, NULL),
                                            GNUTLS_DIG_SHA256);
        rc = check_pair(self, crt, key, err);
    }
    sodium_memzero(secret, n_secret);
    mem_free(secret);
    gnutls_x509_crt_deinit(crt);
    return rc;
}

int opendsr_signer_new(struct opendsr_signer **out, const char *certificate, const char *key, struct error *err)
{
    struct opendsr_signer *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, certificate);
    int rc = read_pair(self, certificate, key, err);
    if (rc != 0)
        opendsr_signer_free(self);
    else
        *out = self;
    return rc;
}

void opendsr_signer_free(struct opendsr_signer *self)
{
    if (self == NULL)
        return;
    gnutls_privkey_deinit(self->key);
    mem_free(self->pem);
    mem_free(self);
}

const char *opendsr_signer_domain(const struct opendsr_signer *self)
{
    return self->domain;
}

const char *opendsr_signer_certificate(const struct opendsr_signer *self)
{
    return self->pem;
}

int opendsr_signer_sign(const struct opendsr_signer *self, const void *bytes, size_t n, char out[OPENDSR_SIGNATURE_MAX],
                        struct error *err)
{
    union { /* gnutls takes a pointer to what it may change; it does not */
        const void *in;
        unsigned char *out;
    } pointer = {.in = bytes};
    gnutls_datum_t data = {pointer.out, (unsigned)n}, signature = {NULL, 0};
    int code = gnutls_privkey_sign_data2(self->key, self->algorithm, 0, &data, &signature);
    if (code == 0 && sodium_base64_encoded_len(signature.size, sodium_base64_VARIANT_ORIGINAL) > OPENDSR_SIGNATURE_MAX)
        code = GNUTLS_E_SHORT_MEMORY_BUFFER;
    if (code == 0)
        sodium_bin2base64(out, OPENDSR_SIGNATURE_MAX, signature.data, signature.size, sodium_base64_VARIANT_ORIGINAL);
    gnutls_free(signature.data);
    return code == 0 ? 0 : error_set(err, E_FAILED, "the signature", "%s", gnutls_strerror(code));
}
