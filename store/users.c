#include "store/users.h"

#include <string.h>

#include "store/db.h"
#include "store/nearest.h"
#include "store/refusals.h"
#include "store/suppressions.h"

static const char find_sql[] = "SELECT user FROM identities WHERE identifier = ?1";

int users_intern(struct store *self, const char *identifier, size_t n, int64_t *user, bool *added, struct error *err)
{
    if (added != NULL)
        *added = false;
    int rc = db_lookup(self, &self->users, find_sql, 0, identifier, n, user, err);
    if (rc != 0 || *user != 0)
        return rc;
    rc = suppressions_check(self, identifier, n, err);
    if (rc == 0)
        rc = db_exec(self, err, "INSERT INTO users DEFAULT VALUES", "");
    if (rc != 0)
        return rc;
    *user = sqlite3_last_insert_rowid(self->db);
    rc = db_exec(self, err, "INSERT INTO identities (identifier, user) VALUES (?1, ?2)", "si", identifier, n, *user);
    if (rc != 0)
        return rc;
    dictionary_put(&self->users, dictionary_key(&self->users, 0, identifier, n), *user);
    rc = refusals_apply(self, identifier, n, *user, err);
    if (rc != 0)
        return rc;
    if (added != NULL)
        *added = true;
    return 0;
}

int users_find(struct store *self, const char *identifier, int64_t *user, struct error *err)
{
    int64_t found;
    int rc = users_lookup(self, identifier, &found, err);
    if (rc == 0 && found == 0)
        rc = nearest_not_found(self, "user", identifier,
                               "SELECT identifier FROM identities WHERE identifier >= ?1 ORDER BY identifier",
                               "SELECT identifier FROM identities", err);
    if (rc == 0)
        *user = found;
    return rc;
}

int users_lookup(struct store *self, const char *identifier, int64_t *user, struct error *err)
{
    return db_int(self, err, user, 0, find_sql, "t", identifier);
}

int users_name(struct store *self, int64_t user, struct str *out, struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, "SELECT identifier FROM identities WHERE user = ?1 ORDER BY identifier LIMIT 1", &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "i", user);
    if (rc == 0)
        rc = db_step(self, s, err);
    if (rc < 0)
        return rc;
    int found = rc;
    if (found == 1)
        rc = str_puts(out, db_text(s, 0));
    db_done(s);
    if (found == 0)
        return error_set(err, E_NOT_FOUND, "user", "has no identifier");
    return rc != 0 ? error_nomem(err, "user") : 0;
}

int users_count(struct store *self, int64_t *n, struct error *err)
{
    return db_int(self, err, n, 0, "SELECT count(*) FROM users", "");
}

int users_each(struct store *self, users_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, "SELECT user, min(identifier) FROM identities GROUP BY user ORDER BY user", &s, err);
    int told = 0;
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        rc = 0;
        told = fn(context, sqlite3_column_int64(s, 0), db_text(s, 1));
    }
    if (rc < 0)
        return rc;
    db_done(s);
    return told;
}
