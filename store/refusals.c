#include "store/refusals.h"

#include "base/clock.h"
#include "store/consents.h"
#include "store/db.h"
#include "store/suppressions.h"

static int record(struct store *self, int64_t user, unsigned refused, int64_t at, struct error *err)
{
    struct consent_event e = {.user = user, .basis = "objection", .source = "reckon", .policy = "", .at = at,
                              .proof = "refused before a backup was restored", .recorded = clock_now_ms()};
    int rc = 0;
    for (int i = 0; rc == 0 && i < CONSENT_PURPOSE_COUNT; i++) {
        e.purpose = (enum consent_purpose)i;
        if ((refused >> i & 1) != 0)
            rc = consents_record(self, &e, NULL, err);
    }
    return rc;
}

int refusals_apply(struct store *self, const char *identifier, size_t n, int64_t user, struct error *err)
{
    unsigned char digest[SUPPRESSION_DIGEST];
    struct suppression_memory *m = &self->suppressions;
    sqlite3_stmt *s;
    int rc = 0;
    if (!m->looked_for_refusals) {
        int64_t any = 0;
        rc = db_int(self, err, &any, 0, "SELECT 1 FROM absent_refusals LIMIT 1", "");
        m->any_refusals = any != 0;
        m->looked_for_refusals = rc == 0;
    }
    if (rc != 0 || !m->any_refusals)
        return rc;
    rc = suppressions_digest(self, identifier, n, false, digest, err);
    rc = rc != 0 ? rc : db_prepare(self, "SELECT refused, at FROM absent_refusals WHERE digest = ?1", &s, err);
    rc = rc != 0 ? rc : db_bind(self, s, err, "b", (const void *)digest, sizeof digest);
    rc = rc != 0 ? rc : db_step(self, s, err);
    if (rc != 1)
        return rc;
    unsigned refused = (unsigned)sqlite3_column_int64(s, 0);
    int64_t at = sqlite3_column_int64(s, 1);
    db_done(s);
    rc = record(self, user, refused, at, err);
    return rc != 0 ? rc : db_exec(self, err, "DELETE FROM absent_refusals WHERE digest = ?1", "b", (const void *)digest,
                                  sizeof digest);
}

/* Those of `live` who are not in the copy. */
static int keep_absent(struct store *copy, struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(copy, "SELECT l.identifier, p.refused, (SELECT max(c.at) FROM live.consents c WHERE c.user = p.user) "
                              "FROM live.permissions p JOIN live.identities l ON l.user = p.user WHERE p.refused <> 0 AND "
                              "NOT EXISTS (SELECT 1 FROM main.identities i WHERE i.identifier = l.identifier)", &s, err);
    while (rc == 0 && (rc = db_step(copy, s, err)) == 1) {
        unsigned char digest[SUPPRESSION_DIGEST];
        rc = suppressions_digest(copy, db_text(s, 0), (size_t)sqlite3_column_bytes(s, 0), true, digest, err);
        rc = rc != 0 ? rc
                     : db_exec(copy, err, "INSERT OR REPLACE INTO main.absent_refusals (digest, refused, at) VALUES (?1, ?2, ?3)",
                               "bii", (const void *)digest, sizeof digest, sqlite3_column_int64(s, 1),
                               sqlite3_column_int64(s, 2));
    }
    db_done(s);
    return rc;
}

/* Those of the copy who were absent from `live`. */
static int apply_present(struct store *copy, struct error *err)
{
    sqlite3_stmt *s;
    int64_t any = 0;
    int rc = db_int(copy, err, &any, 0, "SELECT count(*) FROM main.absent_refusals", "");
    if (rc != 0 || any == 0)
        return rc;
    copy->suppressions.looked_for_refusals = false;
    rc = db_prepare(copy, "SELECT identifier, user FROM main.identities", &s, err);
    while (rc == 0 && (rc = db_step(copy, s, err)) == 1)
        rc = refusals_apply(copy, db_text(s, 0), (size_t)sqlite3_column_bytes(s, 0), sqlite3_column_int64(s, 1), err);
    db_done(s);
    copy->suppressions.looked_for_refusals = false;
    return rc;
}

int refusals_carry(struct store *copy, struct error *err)
{
    int rc = db_run(copy, "DELETE FROM main.absent_refusals; "
                          "INSERT INTO main.absent_refusals SELECT * FROM live.absent_refusals", err);
    rc = rc != 0 ? rc : keep_absent(copy, err);
    return rc != 0 ? rc : apply_present(copy, err);
}
