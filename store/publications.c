#include "store/publications.h"

#include "store/db.h"

int publications_add(struct store *self, struct publication_record *r, struct error *err)
{
    int rc = db_exec(self, err, "INSERT INTO publications (at, data_set, place, sha256, rows, people, k) VALUES "
                                "(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                     "itttiii", r->at, r->data_set, r->place, r->sha256, r->rows, r->people, r->k);
    if (rc == 0)
        r->publication = sqlite3_last_insert_rowid(self->db);
    return rc;
}

int publications_each(struct store *self, publications_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0, rc = db_prepare(self, "SELECT publication, at, data_set, place, sha256, rows, people, k FROM "
                                  "publications "
                                        "ORDER BY publication DESC", &s, err);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        rc = 0;
        told = fn(context, &(struct publication_record){sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1),
                                                        db_text(s, 2),
                                                        db_text(s, 3), db_text(s, 4), sqlite3_column_int64(s, 5),
                                                        sqlite3_column_int64(s, 6), sqlite3_column_int64(s, 7)});
    }
    if (rc >= 0)
        db_done(s);
    return rc < 0 ? rc : told;
}

int publications_count(struct store *self, const char *data_set, int64_t *n, struct error *err)
{
    return db_int(self, err, n, 0, "SELECT count(*) FROM publications WHERE data_set = ?1", "t", data_set);
}
