#include "privacy/signed.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "store/cases.h"

enum { FILE_MAX = 64 << 20 };

char *signed_text(const json_t *value)
{
    return json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);
}

int signed_digest(const json_t *value, char hex[65], struct error *err)
{
    char *text = signed_text(value);
    if (text == NULL)
        return error_nomem(err, "the certificate");
    fs_sha256(text, strlen(text), hex);
    free(text);
    return 0;
}

static int key_path(char path[FS_PATH_MAX], struct store *store, struct error *err)
{
    char dir[FS_PATH_MAX];
    const char *workspace = store_workspace(store);
    if (fs_join(dir, sizeof dir, workspace, STORE_KEYS) != 0 || fs_join(path, FS_PATH_MAX, dir, SIGNING_KEY) != 0)
        return error_set(err, E_USAGE, workspace, "the path is too long");
    return fs_make_dir(dir, 0700, err);
}

int signed_key(struct signing_key *out, struct store *store, struct error *err)
{
    char path[FS_PATH_MAX];
    bool used = false;
    int rc = key_path(path, store, err);
    rc = rc != 0 ? rc : cases_certified(store, &used, err);
    rc = rc != 0 ? rc : signing_key_load(out, path, !used, err);
    if (rc != E_NOT_FOUND)
        return rc;
    error_set(err, E_CORRUPT, path, "is gone, and certificates that were given away are signed with it");
    return error_hint(err, E_CORRUPT, "bring it back from where keys/ is kept safe; if it is lost, `reckon audit new-key` "
                                      "makes another one");
}

int signed_new_key(struct signing_key *out, struct store *store, struct error *err)
{
    char path[FS_PATH_MAX];
    int rc = key_path(path, store, err);
    if (rc == 0 && fs_exists(path)) {
        error_set(err, E_CONFLICT, path, "is there, and what is signed goes on being signed with it");
        return error_hint(err, E_CONFLICT, "when others have seen it, move it away first");
    }
    return rc != 0 ? rc : signing_key_load(out, path, true, err);
}

int signed_put(json_t *object, const struct signing_key *key, struct error *err)
{
    char hex[2 * KEYFILE_SECRET + 1], id[17], signature[SIGNATURE_HEX];
    sodium_bin2hex(hex, sizeof hex, key->public, sizeof key->public);
    signing_key_id(key->public, id);
    json_object_del(object, "signature");
    json_object_set_new(object, "key", json_string(hex));
    json_object_set_new(object, "key_id", json_string(id));
    char *text = signed_text(object);
    if (text == NULL)
        return error_nomem(err, "the signature");
    signing_key_sign(key, text, strlen(text), signature);
    free(text);
    return json_object_set_new(object, "signature", json_string(signature)) == 0
               ? 0
               : error_nomem(err, "the signature");
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

int signed_check(const json_t *object, const unsigned char public[KEYFILE_SECRET], const char *what, struct error *err)
{
    unsigned char named[KEYFILE_SECRET];
    const char *signature = text_of(object, "signature");
    if (signature[0] == '\0' || !signing_key_parse(text_of(object, "key"), named))
        return error_set(err, E_CORRUPT, what, "is not signed");
    if (public != NULL && memcmp(public, named, sizeof named) != 0) {
        char id[17];
        signing_key_id(named, id);
        error_set(err, E_CORRUPT, what, "was signed by another key (%s)", id);
        return error_hint(err, E_CORRUPT, "ask whoever gave it to you which key it is, and do not take it from the "
                                          "file");
    }
    json_t *copy = json_copy((json_t *)(uintptr_t)object); /* shallow */
    if (copy == NULL || json_object_del(copy, "signature") != 0)
        return error_nomem(err, what);
    char *text = signed_text(copy);
    json_decref(copy);
    if (text == NULL)
        return error_nomem(err, what);
    bool good = signature_is_good(named, text, strlen(text), signature);
    free(text);
    return good ? 0 : error_set(err, E_CORRUPT, what, "was changed after it was signed");
}

int signed_read_key(const char *path, unsigned char public[KEYFILE_SECRET], struct error *err)
{
    char *text;
    size_t n;
    int rc = fs_read_all(path, 4096, &text, &n, err);
    if (rc != 0)
        return rc;
    if (!signing_key_parse(text, public)) {
        error_set(err, E_BAD_DATA, path, "is not a public key");
        rc = error_hint(err, E_BAD_DATA, "`reckon audit key --out FILE` writes one: 64 hexadecimal digits");
    }
    mem_free(text);
    return rc;
}

int signed_read(const char *path, json_t **out, struct error *err)
{
    char *text;
    size_t n;
    json_error_t e;
    int rc = fs_read_all(path, FILE_MAX, &text, &n, err);
    if (rc != 0)
        return rc;
    *out = json_loadb(text, n, JSON_REJECT_DUPLICATES, &e);
    mem_free(text);
    if (json_is_object(*out))
        return 0;
    json_decref(*out);
    *out = NULL;
    return error_set(err, E_BAD_DATA, path, "is not a JSON object");
}
