#include "store/subjects.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/keyfile.h"
#include "base/str.h"
#include "store/db.h"
#include "store/users.h"

enum { DIGEST = 32, VALUE_MAX = 512 };

int subjects_users(struct store *self, int64_t user, struct subject_users *out, struct error *err)
{
    sqlite3_stmt *s;
    *out = (struct subject_users){.user = {user}, .n = 1};
    int rc = db_prepare(self, "SELECT b.user FROM subjects a JOIN subjects b ON b.subject = a.subject WHERE a.user = ?1 AND "
                              "b.user <> ?1 ORDER BY b.user", &s, err);
    rc = rc != 0 ? rc : db_bind(self, s, err, "i", user);
    while (rc == 0 && (rc = db_step(self, s, err)) == 1) {
        rc = 0;
        if (out->n < SUBJECT_USERS_MAX)
            out->user[out->n++] = sqlite3_column_int64(s, 0);
    }
    return rc < 0 ? rc : 0;
}

/* ---- links ---------------------------------------------------------------------------------------------- */

static int subject_of(struct store *self, int64_t user, int64_t *subject, struct error *err)
{
    return db_int(self, err, subject, 0, "SELECT subject FROM subjects WHERE user = ?1", "i", user);
}

static int put(struct store *self, int64_t user, int64_t subject, const struct subject_link *link, struct error *err)
{
    return db_exec(self, err, "INSERT INTO subjects (user, subject, source, evidence, at) VALUES (?1, ?2, ?3, ?4, ?5) "
                              "ON CONFLICT (user) DO UPDATE SET subject = excluded.subject",
                   "iitti", user, subject, link->source, link->evidence, link->at);
}

int subjects_link(struct store *self, int64_t one, int64_t other, const struct subject_link *link, struct error *err)
{
    int64_t a, b;
    struct subject_users of_one, of_other;
    int rc = subject_of(self, one, &a, err);
    rc = rc != 0 ? rc : subject_of(self, other, &b, err);
    rc = rc != 0 ? rc : subjects_users(self, one, &of_one, err);
    rc = rc != 0 ? rc : subjects_users(self, other, &of_other, err);
    if (rc != 0 || one == other || (a != 0 && a == b))
        return rc;
    if (of_one.n + of_other.n > SUBJECT_USERS_MAX) {
        error_set(err, E_REFUSED, "the link", "would make one person of more than %d identifiers", SUBJECT_USERS_MAX);
        return error_hint(err, E_REFUSED, "so many are rather a shared device or an address of the shop's own");
    }
    int64_t subject = a != 0 ? a : b != 0 ? b : one;
    rc = a != 0 ? 0 : put(self, one, subject, link, err);
    if (rc == 0 && b != 0 && b != subject)
        rc = db_exec(self, err, "UPDATE subjects SET subject = ?2 WHERE subject = ?1", "ii", b, subject);
    return rc != 0 || b != 0 ? rc : put(self, other, subject, link, err);
}

int subjects_unlink(struct store *self, int64_t user, struct error *err)
{
    int64_t subject, left = 0;
    int rc = subject_of(self, user, &subject, err);
    if (rc == 0 && subject == 0)
        return error_set(err, E_NOT_FOUND, "the link", "this identifier is not linked with any other");
    rc = rc != 0 ? rc : db_exec(self, err, "DELETE FROM subjects WHERE user = ?1", "i", user);
    rc = rc != 0 ? rc : db_int(self, err, &left, 0, "SELECT count(*) FROM subjects WHERE subject = ?1", "i", subject);
    if (rc == 0 && left == 1) /* one alone is no link */
        rc = db_exec(self, err, "DELETE FROM subjects WHERE subject = ?1", "i", subject);
    return rc;
}

/* ---- aliases -------------------------------------------------------------------------------------------- */

/* One way to write it; false: it is neither, or too long. */
static bool normal(const char *kind, const char *value, char out[VALUE_MAX])
{
    bool mail = strcmp(kind, "email") == 0;
    size_t n = 0;
    for (const char *p = value; *p != '\0'; p++) {
        if (n + 2 >= VALUE_MAX)
            return false;
        if (mail && *p != ' ')
            out[n++] = (char)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
        else if (!mail && *p >= '0' && *p <= '9')
            out[n++] = *p;
        else if (!mail && strchr("+()-./ ", *p) == NULL)
            return false;
    }
    out[n] = '\0';
    return mail ? strchr(out, '@') != NULL && out[0] != '@' && out[n - 1] != '@' : n >= 5;
}

/* *known false: there is no key yet, and none was wanted. */
static int digest_of(struct store *self, const char *kind, const char *value, bool make, unsigned char out[DIGEST],
                     bool *known, struct error *err)
{
    char dir[FS_PATH_MAX], path[FS_PATH_MAX], text[VALUE_MAX + 8], plain[VALUE_MAX];
    unsigned char key[KEYFILE_SECRET];
    *known = false;
    if (!normal(kind, value, plain))
        return make ? error_set(err, E_USAGE, kind, "is not written as one is") : 0;
    snprintf(text, sizeof text, "%s:%s", kind, plain);
    if (fs_join(dir, sizeof dir, self->workspace, STORE_KEYS) != 0 || fs_join(path, sizeof path, dir, SUBJECT_KEY) != 0)
        return error_set(err, E_USAGE, self->workspace, "the path is too long");
    int64_t any = 0;
    int rc = db_int(self, err, &any, 0, "SELECT EXISTS (SELECT 1 FROM aliases)", "");
    if (rc != 0 || (any == 0 && !make))
        return rc;
    rc = keyfile_secret(path, make && any == 0, key, err);
    if (rc == E_NOT_FOUND) {
        error_set(err, E_CORRUPT, path, "is gone: nobody can be found by an e-mail address or a number without it");
        return error_hint(err, E_CORRUPT, "bring it back from where keys/ is kept safe");
    }
    if (rc == 0)
        crypto_auth_hmacsha256(out, (const unsigned char *)text, strlen(text), key);
    sodium_memzero(key, sizeof key);
    sodium_memzero(text, sizeof text);
    sodium_memzero(plain, sizeof plain);
    *known = rc == 0;
    return rc;
}

int subjects_alias(struct store *self, int64_t user, const char *kind, const char *value, const struct subject_link *link,
                   struct error *err)
{
    unsigned char digest[DIGEST];
    bool known;
    int rc = digest_of(self, kind, value, true, digest, &known, err);
    return rc != 0 ? rc
                   : db_exec(self, err, "INSERT OR IGNORE INTO aliases (digest, user, kind, source, evidence, at) VALUES "
                                        "(?1, ?2, ?3, ?4, ?5, ?6)",
                             "bittti", (const void *)digest, (size_t)DIGEST, user, kind, link->source, link->evidence,
                             link->at);
}

int subjects_unalias(struct store *self, int64_t user, const char *kind, const char *value, struct error *err)
{
    unsigned char digest[DIGEST];
    bool known;
    int rc = digest_of(self, kind, value, false, digest, &known, err);
    return rc != 0 || !known ? rc
                             : db_exec(self, err, "DELETE FROM aliases WHERE digest = ?1 AND user = ?2", "bi",
                                       (const void *)digest, (size_t)DIGEST, user);
}

/* ---- finding -------------------------------------------------------------------------------------------- */

static void add(struct subject_users *out, int64_t user)
{
    for (size_t i = 0; i < out->n; i++)
        if (out->user[i] == user)
            return;
    if (out->n < SUBJECT_USERS_MAX)
        out->user[out->n++] = user;
}

static int add_all(struct store *self, int64_t user, struct subject_users *out, struct error *err)
{
    struct subject_users all;
    int rc = subjects_users(self, user, &all, err);
    for (size_t i = 0; rc == 0 && i < all.n; i++)
        add(out, all.user[i]);
    return rc;
}

static int find_alias(struct store *self, const char *kind, const char *value, struct subject_users *out,
                      struct error *err)
{
    unsigned char digest[DIGEST];
    struct subject_users found = {.n = 0};
    sqlite3_stmt *s;
    bool known;
    int rc = digest_of(self, kind, value, false, digest, &known, err);
    if (rc != 0 || !known)
        return rc;
    rc = db_prepare(self, "SELECT user FROM aliases WHERE digest = ?1 ORDER BY user", &s, err);
    rc = rc != 0 ? rc : db_bind(self, s, err, "b", (const void *)digest, (size_t)DIGEST);
    while (rc == 0 && (rc = db_step(self, s, err)) == 1) {
        rc = 0;
        add(&found, sqlite3_column_int64(s, 0));
    }
    for (size_t i = 0; rc >= 0 && i < found.n; i++)
        rc = add_all(self, found.user[i], out, err);
    return rc;
}

int subjects_find(struct store *self, const char *identifier, struct subject_users *out, struct error *err)
{
    int64_t user = 0;
    *out = (struct subject_users){.n = 0};
    int rc = users_lookup(self, identifier, &user, err);
    if (rc == 0 && user != 0)
        rc = add_all(self, user, out, err);
    rc = rc != 0 ? rc : find_alias(self, "email", identifier, out, err);
    return rc != 0 ? rc : find_alias(self, "phone", identifier, out, err);
}

static int tell_identifiers(struct store *self, int64_t user, subjects_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0, rc = db_prepare(self, "SELECT i.identifier, s.source, s.evidence, s.at FROM identities i LEFT JOIN subjects s "
                                        "ON s.user = i.user WHERE i.user = ?1 ORDER BY 1", &s, err);
    rc = rc != 0 ? rc : db_bind(self, s, err, "i", user);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        rc = 0;
        told = fn(context, &(struct subject_part){user, "identifier", db_text(s, 0), db_text(s, 1), db_text(s, 2),
                                                  sqlite3_column_int64(s, 3)});
    }
    if (rc >= 0)
        db_done(s);
    return rc < 0 ? rc : told;
}

static int tell_aliases(struct store *self, int64_t user, subjects_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0, rc = db_prepare(self, "SELECT kind, lower(substr(hex(digest), 1, 12)), source, evidence, at FROM aliases "
                                        "WHERE user = ?1 ORDER BY 1, 2", &s, err);
    rc = rc != 0 ? rc : db_bind(self, s, err, "i", user);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        rc = 0;
        told = fn(context, &(struct subject_part){0, db_text(s, 0), db_text(s, 1), db_text(s, 2), db_text(s, 3),
                                                  sqlite3_column_int64(s, 4)});
    }
    if (rc >= 0)
        db_done(s);
    return rc < 0 ? rc : told;
}

int subjects_parts(struct store *self, int64_t user, subjects_fn fn, void *context, struct error *err)
{
    int rc = tell_identifiers(self, user, fn, context, err);
    return rc != 0 ? rc : tell_aliases(self, user, fn, context, err);
}
