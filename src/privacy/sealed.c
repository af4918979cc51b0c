#include "privacy/sealed.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/keyfile.h"
#include "base/mem.h"

static int key_path(char out[FS_PATH_MAX], const char *workspace, int64_t number, struct error *err)
{
    char name[64];
    snprintf(name, sizeof name, STORE_KEYS "/case-%" PRId64 ".key", number);
    return fs_join(out, FS_PATH_MAX, workspace, name) == 0
               ? 0
               : error_set(err, E_USAGE, workspace, "the path is too long");
}

int sealed_put(struct case_record *record, const char *workspace, const json_t *value, struct error *err)
{
    unsigned char key[KEYFILE_SECRET];
    char path[FS_PATH_MAX], *text = json_dumps(value, JSON_COMPACT);
    int rc = text == NULL ? error_nomem(err, "the case") : key_path(path, workspace, record->number, err);
    rc = rc != 0 ? rc : keyfile_secret(path, true, key, err);
    if (rc != 0) {
        free(text);
        return rc;
    }
    size_t n = strlen(text), total = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + n;
    unsigned char *box = mem_alloc(total, 1);
    if (box != NULL) {
        randombytes_buf(box, crypto_secretbox_NONCEBYTES);
        crypto_secretbox_easy(box + crypto_secretbox_NONCEBYTES, (const unsigned char *)text, n, box, key);
        mem_free(record->sealed);
        record->sealed = box;
        record->n_sealed = total;
    }
    sodium_memzero(text, n);
    sodium_memzero(key, sizeof key);
    free(text);
    return box != NULL ? 0 : error_nomem(err, "the case");
}

int sealed_get(const struct case_record *record, const char *workspace, json_t **out, struct error *err)
{
    unsigned char key[KEYFILE_SECRET];
    char path[FS_PATH_MAX];
    size_t least = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
    int rc = key_path(path, workspace, record->number, err);
    rc = rc != 0 ? rc : keyfile_secret(path, false, key, err);
    if (rc == E_NOT_FOUND) {
        error_set(err, E_CORRUPT, path, "the key of this case is gone, and with it what had to be looked for");
        return error_hint(err, E_CORRUPT, "bring it back from where keys/ is kept safe, or erase the same people "
                                          "again by their names");
    }
    if (rc != 0)
        return rc;
    if (record->n_sealed < least)
        return error_set(err, E_CORRUPT, "the case", "holds nothing that could be looked for");
    size_t n = record->n_sealed - least;
    char *text = mem_alloc(n + 1, 1);
    bool good = text != NULL &&
                crypto_secretbox_open_easy((unsigned char *)text, record->sealed + crypto_secretbox_NONCEBYTES,
                                           record->n_sealed - crypto_secretbox_NONCEBYTES, record->sealed, key) == 0;
    sodium_memzero(key, sizeof key);
    *out = good ? json_loadb(text, n, JSON_ALLOW_NUL, NULL) : NULL;
    if (text != NULL)
        sodium_memzero(text, n);
    mem_free(text);
    return *out != NULL ? 0 : error_set(err, E_CORRUPT, path, "does not open what the case holds");
}

void sealed_empty(struct case_record *record)
{
    mem_free(record->sealed);
    record->sealed = NULL;
    record->n_sealed = 0;
}

int sealed_destroy(int64_t number, const char *workspace, struct error *err)
{
    char path[FS_PATH_MAX];
    int rc = key_path(path, workspace, number, err);
    return rc != 0 ? rc : keyfile_destroy(path, err);
}

struct sweep {
    const char *workspace;
    struct error *err;
};

static int destroy_of_closed(void *context, const struct case_record *record)
{
    const struct sweep *s = context;
    return record->closed != 0 ? sealed_destroy(record->number, s->workspace, s->err) : 0;
}

int sealed_sweep(struct store *store, struct error *err)
{
    struct sweep s = {.workspace = store_workspace(store), .err = err};
    return cases_each(store, NULL, false, destroy_of_closed, &s, err);
}
