#include "store/items.h"

#include <string.h>

#include "store/db.h"
#include "store/nearest.h"

static const char find_sql[] = "SELECT item FROM items WHERE identifier = ?1";
static const char insert_sql[] = "INSERT INTO items (identifier) VALUES (?1)";

int items_intern(struct store *self, const char *identifier, size_t n, int64_t *item, bool *added, struct error *err)
{
    return db_intern(self, &self->items, find_sql, insert_sql, 0, identifier, n, item, added, err);
}

int items_set_title(struct store *self, int64_t item, const char *title, size_t n, struct error *err)
{
    return db_exec(self, err, "UPDATE items SET title = ?1 WHERE item = ?2 AND title IS NOT ?1", "si", title, n, item);
}

int items_find(struct store *self, const char *identifier, int64_t *item, struct error *err)
{
    int64_t found;
    int rc = items_lookup(self, identifier, &found, err);
    if (rc == 0 && found == 0)
        rc = nearest_not_found(self, "item", identifier,
                               "SELECT identifier FROM items WHERE identifier >= ?1 ORDER BY identifier",
                               "SELECT identifier FROM items", err);
    if (rc == 0)
        *item = found;
    return rc;
}

int items_lookup(struct store *self, const char *identifier, int64_t *item, struct error *err)
{
    return db_int(self, err, item, 0, find_sql, "t", identifier);
}

int items_count(struct store *self, int64_t *n, struct error *err)
{
    return db_int(self, err, n, 0, "SELECT count(*) FROM items", "");
}

static int each_row(struct store *self, sqlite3_stmt *s, items_fn fn, void *context, struct error *err)
{
    int rc = 0, told = 0;
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        rc = 0;
        told = fn(context, sqlite3_column_int64(s, 0), db_text(s, 1), db_text(s, 2));
    }
    if (rc < 0)
        return rc;
    db_done(s);
    return told;
}

int items_each(struct store *self, items_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, "SELECT item, identifier, title FROM items ORDER BY identifier", &s, err);
    return rc != 0 ? rc : each_row(self, s, fn, context, err);
}

int items_each_identifier(struct store *self, items_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, "SELECT item, identifier, '' FROM items ORDER BY identifier", &s, err);
    return rc != 0 ? rc : each_row(self, s, fn, context, err);
}

int items_after(struct store *self, int64_t after, items_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, "SELECT item, identifier, title FROM items WHERE item > ?1 ORDER BY item", &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "i", after);
    return rc != 0 ? rc : each_row(self, s, fn, context, err);
}

int items_name(struct store *self, int64_t item, struct str *identifier, struct str *title, struct error *err)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, "SELECT identifier, title FROM items WHERE item = ?1", &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "i", item);
    if (rc == 0)
        rc = db_step(self, s, err);
    if (rc < 0)
        return rc;
    int found = rc;
    rc = 0;
    if (found == 1 && identifier != NULL)
        rc |= str_puts(identifier, db_text(s, 0));
    if (found == 1 && title != NULL)
        rc |= str_puts(title, db_text(s, 1));
    db_done(s);
    if (found == 0)
        return error_set(err, E_NOT_FOUND, "item", "has no identifier");
    return rc != 0 ? error_nomem(err, "item") : 0;
}
