#include "store/imports.h"

#include "store/db.h"

int imports_begin(struct store *self, const char *entity, const char *source, const char *mapping, int64_t now,
                  int64_t *import, struct error *err)
{
    int rc = db_exec(self, err, "INSERT INTO imports (entity, source, mapping, started) VALUES (?1, ?2, ?3, ?4)", "ttti",
                     entity, source, mapping, now);
    if (rc == 0)
        *import = sqlite3_last_insert_rowid(self->db);
    return rc;
}

int imports_progress(struct store *self, int64_t import, const struct import_counts *c, struct error *err)
{
    return db_exec(self, err, "UPDATE imports SET read = ?2, added = ?3, present = ?4, skipped = ?5, bad = ?6 WHERE import = ?1",
                   "iiiiii", import, c->read, c->added, c->present, c->skipped, c->bad);
}

int imports_finish(struct store *self, int64_t import, const struct import_counts *counts, int64_t now,
                   struct error *err)
{
    int rc = imports_progress(self, import, counts, err);
    return rc != 0 ? rc : db_exec(self, err, "UPDATE imports SET finished = ?2 WHERE import = ?1", "ii", import, now);
}

int quarantine_add(struct store *self, const struct quarantine_row *row, struct error *err)
{
    return db_exec(self, err,
                   "INSERT INTO quarantine (import, file, line, field, reason, raw) SELECT ?1, ?2, ?3, ?4, ?5, ?6 "
                   "WHERE NOT EXISTS (SELECT 1 FROM quarantine WHERE file = ?2 AND line = ?3 AND raw = ?6)",
                   "itittb", row->import, row->file, row->line, row->field, row->reason, row->raw, row->raw_n);
}

int quarantine_each(struct store *self, int64_t import, quarantine_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0;
    int rc = db_prepare(self, "SELECT q.entry, q.import, q.line, i.entity, i.mapping, q.file, q.field, q.reason, q.raw FROM quarantine q "
                              "JOIN imports i USING (import) WHERE ?1 = 0 OR q.import = ?1 ORDER BY q.entry", &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "i", import);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        const char *raw = sqlite3_column_blob(s, 8);
        struct quarantine_row row = {
            .entry = sqlite3_column_int64(s, 0),
            .import = sqlite3_column_int64(s, 1),
            .line = sqlite3_column_int64(s, 2),
            .entity = db_text(s, 3),
            .mapping = db_text(s, 4),
            .file = db_text(s, 5),
            .field = db_text(s, 6),
            .reason = db_text(s, 7),
            .raw = raw != NULL ? raw : "",
            .raw_n = (size_t)sqlite3_column_bytes(s, 8),
        };
        rc = 0;
        told = fn(context, &row);
    }
    if (rc < 0)
        return rc;
    db_done(s);
    return told;
}

int quarantine_drop(struct store *self, int64_t entry, struct error *err)
{
    int rc = db_exec(self, err, "DELETE FROM quarantine WHERE entry = ?1", "i", entry);
    if (rc != 0 || sqlite3_changes(self->db) > 0)
        return rc;
    error_set(err, E_NOT_FOUND, "quarantine", "there is no entry %lld", (long long)entry);
    return error_hint(err, E_NOT_FOUND, "`reckon quarantine list` shows the entries");
}

int quarantine_drop_all(struct store *self, int64_t import, int64_t *dropped, struct error *err)
{
    int rc = db_exec(self, err, "DELETE FROM quarantine WHERE ?1 = 0 OR import = ?1", "i", import);
    if (rc == 0 && dropped != NULL)
        *dropped = sqlite3_changes64(self->db);
    return rc;
}

int quarantine_count(struct store *self, int64_t *n, struct error *err)
{
    return db_int(self, err, n, 0, "SELECT count(*) FROM quarantine", "");
}
