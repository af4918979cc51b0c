#include "store/suppressions.h"

#include <sodium.h>
#include <string.h>

#include "base/fs.h"
#include "base/keyfile.h"
#include "base/mem.h"
#include "store/db.h"

/* Is anything there that only the key can read?  Of a backup from before a table came, none. */
static int is_used(struct store *self, bool *used, struct error *err)
{
    static const char *const hashed[][2] = {{"suppressions", "SELECT EXISTS (SELECT 1 FROM suppressions)"},
                                            {"holds", "SELECT EXISTS (SELECT 1 FROM holds WHERE digest IS NOT NULL)"},
                                            {"case_people", "SELECT EXISTS (SELECT 1 FROM case_people)"},
                                            {"absent_refusals", "SELECT EXISTS (SELECT 1 FROM absent_refusals)"}};
    int64_t any = 0;
    int rc = 0;
    for (size_t i = 0; rc == 0 && any == 0 && i < sizeof hashed / sizeof hashed[0]; i++) {
        int64_t there = 0;
        rc = db_int(self, err, &there, 0, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1", "t",
                    hashed[i][0]);
        if (rc == 0 && there != 0)
            rc = db_int(self, err, &any, 0, hashed[i][1], "");
    }
    *used = any != 0;
    return rc;
}

static int load_key(struct store *self, bool make, struct error *err)
{
    char dir[FS_PATH_MAX], path[FS_PATH_MAX];
    struct suppression_memory *m = &self->suppressions;
    if (m->has_key)
        return 0;
    if (fs_join(dir, sizeof dir, self->workspace, STORE_KEYS) != 0 ||
        fs_join(path, sizeof path, dir, SUPPRESSION_KEY) != 0)
        return error_set(err, E_USAGE, self->workspace, "the path is too long");
    bool used = false;
    int rc = make ? is_used(self, &used, err) : 0;
    rc = rc != 0 ? rc : keyfile_secret(path, make && !used, m->key, err);
    m->has_key = rc == 0;
    if (rc != E_NOT_FOUND)
        return rc;
    error_set(err, E_CORRUPT, path, "is gone: whether somebody was erased cannot be told without it");
    return error_hint(err, E_CORRUPT, "bring it back from where keys/ is kept safe; until then nobody new is stored");
}

static int hash(struct store *self, const char *identifier, size_t n, unsigned char out[SUPPRESSION_DIGEST],
                struct error *err)
{
    crypto_auth_hmacsha256_state state;
    char buf[256], *text = n <= sizeof buf ? buf : mem_alloc(n, 1);
    if (text == NULL)
        return error_nomem(err, "the suppression list");
    bool mail = memchr(identifier, '@', n) != NULL;
    for (size_t i = 0; i < n; i++)
        text[i] = (char)(mail && identifier[i] >= 'A' && identifier[i] <= 'Z' ? identifier[i] - 'A' + 'a'
                                                                              : identifier[i]);
    crypto_auth_hmacsha256_init(&state, self->suppressions.key, KEYFILE_SECRET);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)text, n);
    crypto_auth_hmacsha256_final(&state, out);
    sodium_memzero(text, n);
    if (text != buf)
        mem_free(text);
    return 0;
}

int suppressions_digest(struct store *self, const char *identifier, size_t n, bool make,
                        unsigned char out[SUPPRESSION_DIGEST], struct error *err)
{
    int rc = load_key(self, make, err);
    return rc != 0 ? rc : hash(self, identifier, n, out, err);
}

int suppressions_add(struct store *self, const unsigned char digest[SUPPRESSION_DIGEST], int64_t number, int64_t now,
                     struct error *err)
{
    self->suppressions.counted = false;
    return db_exec(self, err, "INSERT OR IGNORE INTO suppressions (digest, number, at) VALUES (?1, ?2, ?3)", "bii",
                   (const void *)digest, (size_t)SUPPRESSION_DIGEST, number, now);
}

int suppressions_count(struct store *self, int64_t *n, struct error *err)
{
    return db_int(self, err, n, 0, "SELECT count(*) FROM suppressions", "");
}

int suppressions_find(struct store *self, const char *identifier, size_t n, int64_t *number, struct error *err)
{
    unsigned char digest[SUPPRESSION_DIGEST];
    struct suppression_memory *m = &self->suppressions;
    *number = 0;
    if (!m->counted) {
        int64_t any = 0;
        int rc = db_int(self, err, &any, 0, "SELECT 1 FROM suppressions LIMIT 1", "");
        if (rc != 0)
            return rc;
        m->any = any != 0;
        m->counted = true;
    }
    if (!m->any)
        return 0;
    int rc = suppressions_digest(self, identifier, n, false, digest, err);
    return rc != 0 ? rc : db_int(self, err, number, 0, "SELECT number FROM suppressions WHERE digest = ?1", "b",
                                 (const void *)digest, sizeof digest);
}

static bool separates(char c)
{
    return (unsigned char)c <= ' ' || strchr(",;|\"'=&?<>()[]{}/", c) != NULL;
}

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

/* Every run of pieces of the word, from piece to piece: "bad-ann-17.csv" holds "ann-17". */
static int look_into_word(struct store *self, const char *word, size_t n, bool *named, struct error *err)
{
    enum { PIECES = 16 };
    size_t from[PIECES], to[PIECES], pieces = 0;
    int64_t number = 0;
    int rc = suppressions_find(self, word, n, &number, err);
    for (size_t i = 0; i < n && pieces < PIECES; i++)
        if (is_alnum(word[i])) {
            from[pieces] = i;
            while (i < n && is_alnum(word[i]))
                i++;
            to[pieces++] = i;
        }
    for (size_t a = 0; rc == 0 && number == 0 && a < pieces; a++)
        for (size_t b = a; rc == 0 && number == 0 && b < pieces; b++)
            rc = suppressions_find(self, word + from[a], to[b] - from[a], &number, err);
    *named = number != 0;
    return rc;
}

int suppressions_named(struct store *self, const char *text, size_t n, bool *named, struct error *err)
{
    int64_t any = 0;
    int rc = suppressions_find(self, "", 0, &any, err); /* is there anybody at all? */
    *named = false;
    for (size_t at = 0; rc == 0 && self->suppressions.any && !*named && at < n;) {
        size_t end = at;
        while (end < n && !separates(text[end]))
            end++;
        if (end > at)
            rc = look_into_word(self, text + at, end - at, named, err);
        at = end + 1;
    }
    return rc;
}

int suppressions_check(struct store *self, const char *identifier, size_t n, struct error *err)
{
    int64_t number;
    int rc = suppressions_find(self, identifier, n, &number, err);
    if (rc != 0 || number == 0)
        return rc;
    error_set(err, E_REFUSED, "user", "was erased on request and must not come back");
    return error_hint(err, E_REFUSED, "leave this person out of what is sent");
}
