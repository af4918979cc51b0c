/* keys: who may call the server.
 *
 * A caller shows a token, reckon_NUMBER_SECRET; the store holds the SHA-256 of the secret only (32 random bytes
 * need no slow hash), so a token is shown once, when it is made, and can only be replaced after that.
 * A key has roles; it ends when it expires or is revoked, and stays listed. */
#ifndef RECKON_STORE_KEYS_H
#define RECKON_STORE_KEYS_H

#include "base/str.h"
#include "store/store.h"

/*    name    value   may */
#define KEY_ROLES(X)                                                          \
    X(SERVE, 1, "serve", "ask for recommendations")                           \
    X(INGEST, 2, "ingest", "post events, put items and users")                \
    X(ADMIN, 4, "admin", "run every command")                                 \
    X(PRIVACY, 8, "privacy", "read what is known of a person")                \
    X(BROWSER, 16, "browser", "stand in a page: ask for one visitor, tell what was seen and clicked")

enum key_role {
#define X(id, value, name, may) KEY_##id = (value),
    KEY_ROLES(X)
#undef X
};

enum { KEY_HASH = 32, KEY_TOKEN_MAX = 80, KEY_LABEL_MAX = 64 };

struct key_info {
    int64_t key;
    const char *label; /* borrowed in callbacks */
    unsigned roles;
    unsigned char hash[KEY_HASH];
    int64_t created, expires, revoked; /* 0: never */
};

/* "serve,ingest" <-> bits.  E_USAGE names the roles there are. */
int keys_parse_roles(const char *text, unsigned *roles, struct error *err);
int keys_put_roles(struct str *out, unsigned roles);

/* A new random secret and its hash; keys_token makes the token that carries it. */
void keys_secret(unsigned char secret[KEY_HASH], unsigned char hash[KEY_HASH]);
void keys_token(int64_t key, const unsigned char secret[KEY_HASH], char out[KEY_TOKEN_MAX]);
/* The key's number and the hash of the secret of a token that someone showed; false: it is none. */
bool keys_read_token(const char *text, size_t n, int64_t *key, unsigned char hash[KEY_HASH]);

/* Within a write transaction.  E_CONFLICT: the label is taken. */
int keys_create(struct store *self, const struct key_info *info, int64_t *key, struct error *err);
/* Within a write transaction.  E_NOT_FOUND; one that was revoked before stays as it is. */
int keys_revoke(struct store *self, const char *label, int64_t now, struct error *err);

typedef int (*keys_fn)(void *context, const struct key_info *info);
int keys_each(struct store *self, keys_fn fn, void *context, struct error *err); /* by number */

#endif
