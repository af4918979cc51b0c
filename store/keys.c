#include "store/keys.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "store/db.h"

#define TOKEN_PREFIX "reckon_"

static const struct {
    const char *name;
    unsigned value;
} role_names[] = {
#define X(id, value, name, may) {name, value},
    KEY_ROLES(X)
#undef X
};

enum { ROLES = sizeof role_names / sizeof *role_names };

static unsigned role_of(const char *word, size_t n)
{
    for (size_t i = 0; i < ROLES; i++)
        if (strlen(role_names[i].name) == n && memcmp(role_names[i].name, word, n) == 0)
            return role_names[i].value;
    return 0;
}

int keys_parse_roles(const char *text, unsigned *roles, struct error *err)
{
    unsigned found = 0;
    for (const char *p = text; *p != '\0';) {
        size_t n = strcspn(p, ",");
        unsigned role = role_of(p, n);
        if (role == 0) {
            error_set(err, E_USAGE, "roles", "'%.*s' is not a role", (int)(n < 40 ? n : 40), p);
            return error_hint(err, E_USAGE, "give one or more of serve, ingest, admin, privacy, browser, with commas");
        }
        found |= role;
        p += n + (p[n] == ',');
    }
    if (found == 0) {
        error_set(err, E_USAGE, "roles", "none was given");
        return error_hint(err, E_USAGE, "give one or more of serve, ingest, admin, privacy, browser, with commas");
    }
    *roles = found;
    return 0;
}

int keys_put_roles(struct str *out, unsigned roles)
{
    bool first = true;
    for (size_t i = 0; i < ROLES; i++)
        if (roles & role_names[i].value) {
            str_printf(out, "%s%s", first ? "" : ",", role_names[i].name);
            first = false;
        }
    return out->failed ? -1 : 0;
}

void keys_secret(unsigned char secret[KEY_HASH], unsigned char hash[KEY_HASH])
{
    randombytes_buf(secret, KEY_HASH);
    crypto_hash_sha256(hash, secret, KEY_HASH);
}

void keys_token(int64_t key, const unsigned char secret[KEY_HASH], char out[KEY_TOKEN_MAX])
{
    char text[sodium_base64_ENCODED_LEN(KEY_HASH, sodium_base64_VARIANT_URLSAFE_NO_PADDING)];
    sodium_bin2base64(text, sizeof text, secret, KEY_HASH, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    snprintf(out, KEY_TOKEN_MAX, TOKEN_PREFIX "%lld_%s", (long long)key, text);
    sodium_memzero(text, sizeof text);
}

bool keys_read_token(const char *text, size_t n, int64_t *key, unsigned char hash[KEY_HASH])
{
    unsigned char secret[KEY_HASH];
    size_t prefix = strlen(TOKEN_PREFIX), got = 0;
    if (n < prefix || n >= KEY_TOKEN_MAX || memcmp(text, TOKEN_PREFIX, prefix) != 0)
        return false;
    const char *number = text + prefix, *end = memchr(number, '_', n - prefix), *last = NULL;
    if (end == NULL || !text_to_int64(number, (size_t)(end - number), key))
        return false;
    size_t rest = n - (size_t)(end + 1 - text);
    bool good = sodium_base642bin(secret, sizeof secret, end + 1, rest, NULL, &got, &last,
                                  sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
                got == KEY_HASH && last == text + n;
    if (good)
        crypto_hash_sha256(hash, secret, KEY_HASH);
    sodium_memzero(secret, sizeof secret);
    return good;
}

int keys_create(struct store *self, const struct key_info *info, int64_t *key, struct error *err)
{
    int64_t there = 0;
    int rc = db_int(self, err, &there, 0, "SELECT key FROM api_keys WHERE label = ?1", "t", info->label);
    if (rc != 0)
        return rc;
    if (there != 0) {
        error_set(err, E_CONFLICT, info->label, "there is, or was, a key of this label");
        return error_hint(err, E_CONFLICT, "give another label: what a label did stays readable in the logs");
    }
    rc = db_exec(self, err,
                 "INSERT INTO api_keys (label, roles, hash, created, expires) VALUES (?1, ?2, ?3, ?4, nullif(?5, 0))",
                 "tibii", info->label, (int64_t)info->roles, (const void *)info->hash, (size_t)KEY_HASH, info->created,
                 info->expires);
    if (rc == 0)
        *key = sqlite3_last_insert_rowid(self->db);
    return rc;
}

int keys_revoke(struct store *self, const char *label, int64_t now, struct error *err)
{
    int64_t there = 0;
    int rc = db_int(self, err, &there, 0, "SELECT key FROM api_keys WHERE label = ?1", "t", label);
    if (rc != 0)
        return rc;
    if (there == 0) {
        error_set(err, E_NOT_FOUND, label, "there is no key of this label");
        return error_hint(err, E_NOT_FOUND, "`reckon keys list` shows them");
    }
    return db_exec(self, err, "UPDATE api_keys SET revoked = ?1 WHERE key = ?2 AND revoked IS NULL", "ii", now, there);
}

int keys_each(struct store *self, keys_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0;
    int rc = db_prepare(self, "SELECT key, label, roles, hash, created, expires, revoked FROM api_keys ORDER BY key",
                        &s, err);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        struct key_info info = {.key = sqlite3_column_int64(s, 0), .label = db_text(s, 1),
                                .roles = (unsigned)sqlite3_column_int64(s, 2), .created = sqlite3_column_int64(s, 4),
                                .expires = sqlite3_column_int64(s, 5), .revoked = sqlite3_column_int64(s, 6)};
        const void *hash = sqlite3_column_blob(s, 3);
        if (hash != NULL && sqlite3_column_bytes(s, 3) == KEY_HASH)
            memcpy(info.hash, hash, KEY_HASH);
        rc = 0;
        told = fn(context, &info);
    }
    if (rc < 0)
        return rc;
    db_done(s);
    return told;
}
