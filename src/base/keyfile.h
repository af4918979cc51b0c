/* keyfile: secrets and signing keys of a workspace, each a file of its own that only its owner may read (0600).
 *
 * A file holds one line: the key in hexadecimal.  It is made at first use, whole or not at all; of two processes that
 * make it at once, both get the one that won.  A key file that others may read, or that does not hold a key, is
 * refused: guessing on would make signatures or hashes that nobody can check.
 *
 * Signatures are Ed25519 (RFC 8032).  What is written of a public key is its 64 hex digits; its id is the first 16 of
 * their SHA-256. */
#ifndef RECKON_BASE_KEYFILE_H
#define RECKON_BASE_KEYFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum { KEYFILE_SECRET = 32, SIGNATURE_BYTES = 64, SIGNATURE_HEX = 2 * SIGNATURE_BYTES + 1 };

/* `make`: a random one when there is none; else E_NOT_FOUND. */
int keyfile_secret(const char *path, bool make, unsigned char secret[KEYFILE_SECRET], struct error *err);

/* Somebody else's secret: the first line of a file that only its owner may read.  E_NOT_FOUND; E_REFUSED: others may
 * read it; E_BAD_DATA: it is empty or longer than size - 1.  Then
 * `out` is empty. */
int keyfile_token(const char *path, char *out, size_t size, struct error *err);

struct signing_key {
    unsigned char secret[SIGNATURE_BYTES];
    unsigned char public[KEYFILE_SECRET];
};

int signing_key_load(struct signing_key *self, const char *path, bool make, struct error *err);
void signing_key_release(struct signing_key *self); /* overwrites it */
void signing_key_id(const unsigned char public[KEYFILE_SECRET], char out[17]);
void signing_key_sign(const struct signing_key *self, const void *text, size_t n, char hex[SIGNATURE_HEX]);

/* Is `hex` the signature of the text by that key? */
bool signature_is_good(const unsigned char public[KEYFILE_SECRET], const void *text, size_t n, const char *hex);
/* 64 hex digits, and white space behind them. */
bool signing_key_parse(const char *text, unsigned char public[KEYFILE_SECRET]);

/* Overwrites the file and removes it; one that is not there is fine. */
int keyfile_destroy(const char *path, struct error *err);

#endif
