#include "store/holds.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "store/db.h"

int holds_add(struct store *self, const struct hold *h, int64_t *number, struct error *err)
{
    int rc = db_exec(self, err, "INSERT INTO holds (digest, kinds, reason, since, until) VALUES (?1, ?2, ?3, ?4, ?5)",
                     "bttii",
                     (const void *)(h->of_one ? h->digest : NULL), (size_t)(h->of_one ? SUPPRESSION_DIGEST : 0),
                         h->kinds,
                     h->reason, h->since, h->until);
    if (rc == 0)
        *number = sqlite3_last_insert_rowid(self->db);
    return rc;
}

int holds_release(struct store *self, int64_t number, int64_t now, struct error *err)
{
    int64_t there = 0;
    int rc = db_int(self, err, &there, 0, "SELECT 1 FROM holds WHERE hold = ?1", "i", number);
    if (rc == 0 && there == 0) {
        char what[40];
        snprintf(what, sizeof what, "hold %" PRId64, number);
        error_set(err, E_NOT_FOUND, what, "there is no such hold");
        return error_hint(err, E_NOT_FOUND, "`reckon privacy holds` lists them");
    }
    return rc != 0 ? rc : db_exec(self, err, "UPDATE holds SET released = ?2 WHERE hold = ?1 AND released IS NULL",
                                  "ii",
                                  number, now);
}

int holds_expire(struct store *self, int64_t now, int64_t *removed, struct error *err)
{
    int before = sqlite3_total_changes(self->db);
    int rc = db_exec(self, err, "DELETE FROM held_events WHERE hold IN (SELECT hold FROM holds WHERE released IS NOT "
                                "NULL OR until <= ?1)", "i", now);
    *removed = rc == 0 ? sqlite3_total_changes(self->db) - before : 0;
    return rc;
}

int holds_each(struct store *self, holds_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0;
    int rc = db_prepare(self, "SELECT hold, digest, kinds, reason, since, until, released, (SELECT count(*) FROM "
                              "held_events e WHERE e.hold = h.hold) FROM holds h ORDER BY hold", &s, err);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        struct hold h = {.hold = sqlite3_column_int64(s, 0), .kinds = db_text(s, 2), .reason = db_text(s, 3),
                         .since = sqlite3_column_int64(s, 4), .until = sqlite3_column_int64(s, 5),
                         .released = sqlite3_column_int64(s, 6), .events = sqlite3_column_int64(s, 7),
                         .of_one = sqlite3_column_bytes(s, 1) == SUPPRESSION_DIGEST};
        if (h.of_one)
            memcpy(h.digest, sqlite3_column_blob(s, 1), SUPPRESSION_DIGEST);
        rc = 0;
        told = fn(context, &h);
    }
    if (rc < 0)
        return rc;
    db_done(s);
    return told;
}

int holds_forbid(struct store *self, const unsigned char digest[SUPPRESSION_DIGEST], int64_t now, struct hold *out,
                 struct error *err)
{
    sqlite3_stmt *s;
    *out = (struct hold){0};
    int rc = db_prepare(self, "SELECT hold, until FROM holds WHERE released IS NULL AND until > ?1 AND kinds = '' AND "
                              "(digest IS NULL OR digest = ?2) ORDER BY until DESC LIMIT 1", &s, err);
    rc = rc != 0 ? rc : db_bind(self, s, err, "ib", now, (const void *)digest, (size_t)SUPPRESSION_DIGEST);
    rc = rc != 0 ? rc : db_step(self, s, err);
    if (rc < 0)
        return rc;
    if (rc == 1) {
        out->hold = sqlite3_column_int64(s, 0);
        out->until = sqlite3_column_int64(s, 1);
    }
    db_done(s);
    return 0;
}

int holds_choose(struct store *self, const unsigned char digest[SUPPRESSION_DIGEST], int64_t user, struct error *err)
{
    return db_exec(self, err, "UPDATE temp.erasing SET digest = ?2 WHERE user = ?1", "ib", user, (const void *)digest,
                   (size_t)SUPPRESSION_DIGEST);
}
