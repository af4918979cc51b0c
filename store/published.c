#include "store/published.h"

#include "store/db.h"

#define SELECT                                                                                              \
    "SELECT d.description, i.identifier, d.collection, d.language, d.channel, d.content FROM descriptions d " \
    "JOIN items i ON i.item = d.item WHERE d.state = 'published'"

int published_each(struct store *self, int64_t item, published_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0;
    int rc = item == 0 ? db_prepare(self, SELECT, &s, err) : db_prepare(self, SELECT " AND d.item = ?1", &s, err);
    if (rc == 0 && item != 0)
        rc = db_bind(self, s, err, "i", item);
    if (rc != 0)
        return rc;
    while (told == 0 && (rc = db_step(self, s, err)) == 1) {
        struct published p = {.description = sqlite3_column_int64(s, 0), .identifier = db_text(s, 1),
                              .collection = db_text(s, 2), .language = db_text(s, 3), .channel = db_text(s, 4),
                              .content = db_text(s, 5)};
        told = fn(context, &p);
    }
    db_done(s);
    return rc < 0 ? rc : told;
}

int published_last_change(struct store *self, int64_t *change, struct error *err)
{
    return db_int(self, err, change, 0, "SELECT ifnull(max(change), 0) FROM description_changes", "");
}

int published_each_change(struct store *self, int64_t after, int64_t limit, published_change_fn fn, void *context,
                          struct error *err)
{
    sqlite3_stmt *s;
    int told = 0;
    int rc = db_prepare(self,
                        "SELECT c.item, i.identifier FROM description_changes c JOIN items i ON i.item = c.item "
                        "WHERE c.change > ?1 ORDER BY c.change LIMIT ?2", &s, err);
    rc = rc == 0 ? db_bind(self, s, err, "ii", after, limit) : rc;
    if (rc != 0)
        return rc;
    while (told == 0 && (rc = db_step(self, s, err)) == 1)
        told = fn(context, sqlite3_column_int64(s, 0), db_text(s, 1));
    db_done(s);
    return rc < 0 ? rc : told;
}
