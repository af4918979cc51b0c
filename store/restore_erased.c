#include "store/restore_erased.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/keyfile.h"
#include "base/mem.h"
#include "store/db.h"
#include "store/erase.h"
#include "store/refusals.h"
#include "store/suppressions.h"

static int64_t value_of(sqlite3 *db, const char *sql, int64_t missing)
{
    sqlite3_stmt *s;
    int64_t value = missing;
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
        value = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return value;
}

int restore_erased_needed(const char *workspace, bool *needed, bool *unknown, struct error *err)
{
    char dir[FS_PATH_MAX], key[FS_PATH_MAX];
    struct store *live = NULL;
    if (fs_join(dir, sizeof dir, workspace, STORE_KEYS) != 0 || fs_join(key, sizeof key, dir, SUPPRESSION_KEY) != 0)
        return error_set(err, E_USAGE, workspace, "the path is too long");
    /* Opening it brings its schema up to date: both will have the same tables. */
    int64_t n = store_open(&live, workspace, true, NULL) == 0
                    ? value_of(live->db, "SELECT (SELECT count(*) FROM audit) + (SELECT count(*) FROM holds)", -1)
                    : -1;
    store_close(live);
    *needed = n > 0;
    *unknown = n < 0 && fs_exists(key);
    return 0;
}

/* The log of the backup is the beginning of the live one, or else of another workspace: then it makes room. */
static int carry_log(struct store *copy, struct error *err)
{
    int64_t strange = 0;
    int rc = db_int(copy, err, &strange, 0, "SELECT count(*) FROM main.audit b LEFT JOIN live.audit l USING (number) "
                                            "WHERE l.chain IS NOT b.chain OR l.entry IS NOT b.entry", "");
    if (rc == 0 && strange > 0)
        rc = db_run(copy, "DROP TRIGGER main.audit_is_not_shortened; DELETE FROM main.audit; "
                          "CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit BEGIN\n"
                          "    SELECT RAISE(ABORT, 'nothing is removed from the audit log');\nEND", err);
    return rc != 0 ? rc : db_run(copy, "INSERT INTO main.audit SELECT * FROM live.audit WHERE number > "
                                       "(SELECT coalesce(max(number), 0) FROM main.audit)", err);
}

/* What people said since the backup was made: a consent that was withdrawn does not come back with it. */
static int carry_consents(struct store *copy, struct error *err)
{
    int64_t there = 0;
    int rc = db_int(copy, err, &there, 0, "SELECT count(*) FROM live.sqlite_schema WHERE name = 'consents'", "");
    if (rc != 0 || there == 0)
        return rc;
    return db_run(copy,
                  "INSERT INTO main.consents (user, purpose, state, basis, at, recorded, source, policy, proof) "
                  "SELECT i.user, c.purpose, c.state, c.basis, c.at, c.recorded, c.source, c.policy, c.proof "
                  "FROM live.consents c JOIN live.identities l ON l.user = c.user JOIN main.identities i "
                  "ON i.identifier = l.identifier WHERE NOT EXISTS (SELECT 1 FROM main.consents m WHERE m.user = i.user AND "
                  "m.purpose = c.purpose AND m.at = c.at AND m.state = c.state AND m.recorded = c.recorded) ORDER BY c.entry;"
                  "INSERT OR REPLACE INTO main.permissions SELECT i.user, p.granted, p.refused, p.guardian FROM "
                  "live.permissions p JOIN live.identities l ON l.user = p.user JOIN main.identities i "
                  "ON i.identifier = l.identifier", err);
}

/* What left cannot be taken back: budgets stay spent, and data sets that were published stay known. */
static int carry_disclosures(struct store *copy, struct error *err)
{
    return db_run(copy,
                  "INSERT OR REPLACE INTO main.privacy_budgets SELECT * FROM live.privacy_budgets;"
                  "INSERT INTO main.privacy_spends (at, data_set, query, epsilon, delta, rho) SELECT l.at, l.data_set, l.query, "
                  "l.epsilon, l.delta, l.rho FROM live.privacy_spends l WHERE NOT EXISTS (SELECT 1 FROM main.privacy_spends m "
                  "WHERE m.spend = l.spend AND m.at = l.at AND m.query = l.query AND m.epsilon = l.epsilon) ORDER BY l.spend;"
                  "INSERT INTO main.publications (at, data_set, place, sha256, rows, people, k) SELECT l.at, l.data_set, l.place, "
                  "l.sha256, l.rows, l.people, l.k FROM live.publications l WHERE NOT EXISTS (SELECT 1 FROM main.publications m "
                  "WHERE m.at = l.at AND m.sha256 = l.sha256) ORDER BY l.publication", err);
}

static int carry_over(struct store *copy, struct error *err)
{
    int rc = carry_log(copy, err);
    rc = rc != 0 ? rc : carry_consents(copy, err);
    rc = rc != 0 ? rc : refusals_carry(copy, err);
    rc = rc != 0 ? rc : carry_disclosures(copy, err);
    return rc != 0 ? rc
                   : db_run(copy, "INSERT OR REPLACE INTO main.cases SELECT * FROM live.cases;"
                                  "DELETE FROM main.case_steps WHERE number IN (SELECT number FROM live.cases);"
                                  "INSERT INTO main.case_steps (number, at, who, action, note) SELECT number, at, who, "
                                  "action, note FROM live.case_steps ORDER BY step;"
                                  "DELETE FROM main.case_origins; INSERT INTO main.case_origins SELECT * FROM live.case_origins;"
                                  "DELETE FROM main.case_people; INSERT INTO main.case_people SELECT * FROM live.case_people;"
                                  "DELETE FROM main.callbacks; INSERT INTO main.callbacks SELECT * FROM live.callbacks;"
                                  "INSERT OR IGNORE INTO main.suppressions SELECT * FROM live.suppressions;"
                                  "INSERT OR REPLACE INTO main.holds SELECT * FROM live.holds;"
                                  "DELETE FROM main.held_events;"
                                  "INSERT INTO main.held_events SELECT * FROM live.held_events;"
                                  "UPDATE sqlite_sequence SET seq = max(seq, (SELECT coalesce(max(number), 0) FROM "
                                  "cases)) WHERE name = 'cases'", err);
}

/* Everybody of the copy who is on the list: into the choice, and their names into the matchers. */
static int choose(struct store *copy, struct matcher *all, struct matcher *strong, struct error *err)
{
    sqlite3_stmt *s = NULL;
    int sql = sqlite3_prepare_v2(copy->db, "SELECT identifier, user FROM identities", -1, &s, NULL);
    int rc = sql == SQLITE_OK ? erase_choose(copy, NULL, 0, err) : db_error(copy->db, sql, copy->workspace, err);
    while (rc == 0 && (sql = sqlite3_step(s)) == SQLITE_ROW) {
        const char *name = db_text(s, 0);
        size_t n = (size_t)sqlite3_column_bytes(s, 0);
        int64_t number = 0;
        rc = suppressions_find(copy, name, n, &number, err);
        if (rc == 0 && number != 0)
            rc = erase_choose_user(copy, sqlite3_column_int64(s, 1), err);
        if (rc == 0 && number != 0 && n >= MATCHER_MIN)
            rc = matcher_add(all, name, n, 0, err);
        if (rc == 0 && number != 0 && n >= MATCHER_MIN && !matcher_is_weak(name, n))
            rc = matcher_add(strong, name, n, 0, err);
    }
    if (rc == 0 && sql != SQLITE_DONE)
        rc = db_error(copy->db, sql, copy->workspace, err);
    sqlite3_finalize(s);
    rc = rc != 0 ? rc : matcher_ready(strong, err);
    return rc != 0 ? rc : matcher_ready(all, err);
}

static int leave_out_models(struct store *copy, struct restore_erased *out, struct error *err)
{
    int64_t first, last, n;
    sqlite3_stmt *s;
    int rc = erase_events(copy, &first, &last, &n, err);
    if (rc != 0 || n == 0)
        return rc;
    rc = db_prepare(copy, "SELECT file FROM models WHERE removed IS NULL AND data_from <= ?1 AND data_to >= ?2", &s,
                    err);
    rc = rc != 0 ? rc : db_bind(copy, s, err, "ii", last, first);
    while (rc == 0 && (rc = db_step(copy, s, err)) == 1) {
        rc = mem_grow((void **)&out->files, &out->cap_files, out->n_files + 1, sizeof *out->files) != 0
                 ? error_nomem(err, "restore")
                 : 0;
        if (rc == 0)
            snprintf(out->files[out->n_files++], sizeof *out->files, "%s", db_text(s, 0));
    }
    db_done(s);
    return rc != 0 ? rc
                   : db_exec(copy, err, "UPDATE models SET removed = ?3, stage = 'archived' WHERE removed IS NULL AND "
                                        "data_from <= ?1 AND data_to >= ?2", "iii", last, first, clock_now_ms());
}

static int erase_again(struct store *copy, struct restore_erased *out, struct error *err)
{
    struct matcher *all = NULL, *strong = NULL;
    int rc = matcher_new(&all, err);
    rc = rc != 0 ? rc : matcher_new(&strong, err);
    rc = rc != 0 ? rc : choose(copy, all, strong, err);
    rc = rc != 0 ? rc : erase_chosen(copy, &out->people, err);
    if (rc == 0 && out->people > 0) {
        rc = leave_out_models(copy, out, err);
        rc = rc != 0 ? rc : erase_rows(copy, NULL, NULL, err);
        rc = rc != 0 ? rc : erase_scrub(copy, all, strong, NULL, NULL, err);
    }
    matcher_free(all);
    matcher_free(strong);
    return rc;
}

int restore_erased(const char *copy_path, const char *live, struct restore_erased *out, struct job *job,
                   struct error *err)
{
    struct store *copy;
    *out = (struct restore_erased){.log = -1};
    int rc = store_open_file(&copy, copy_path, err);
    if (rc != 0)
        return rc;
    rc = db_exec(copy, err, "ATTACH ?1 AS live", "t", live);
    rc = rc != 0 ? rc : erase_begin(copy, err);
    if (rc == 0) {
        rc = carry_over(copy, err);
        rc = rc != 0 ? rc : db_int(copy, err, &out->log, 0, "SELECT count(*) FROM live.audit", "");
        copy->suppressions.counted = false;
        rc = rc != 0 ? rc : erase_again(copy, out, err);
        int end = erase_end(copy, rc == 0, err);
        rc = rc != 0 ? rc : end;
    }
    if (rc == 0)
        rc = db_exec(copy, err, "DETACH live", "");
    rc = rc != 0 ? rc : erase_rewrite(copy, job, err);
    store_close(copy);
    return rc;
}

void restore_erased_release(struct restore_erased *self)
{
    mem_free(self->files);
    *self = (struct restore_erased){0};
}

bool restore_erased_leaves_out(const struct restore_erased *self, const char *file)
{
    for (size_t i = 0; i < self->n_files; i++)
        if (strcmp(self->files[i], file) == 0)
            return true;
    return false;
}

int restore_erased_still(const struct restore_erased *self, sqlite3 *live, const char *path, struct error *err)
{
    if (self->log <= 0 || value_of(live, "SELECT count(*) FROM audit", -1) == self->log)
        return 0;
    error_set(err, E_CONFLICT, path, "another command changed the workspace while the backup was prepared");
    return error_hint(err, E_CONFLICT, "run the command again; nothing was changed");
}
