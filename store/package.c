#include "store/package.h"

#include <stdio.h>

#include "base/fs.h"
#include "store/db.h"
#include "store/migrate.h"

#define TEXT_OF(number) #number
#define NUMBER_TEXT(number) TEXT_OF(number)

/* All that goes into a package, by name: a table or a column that comes later stays out until it is let in here. */
static const char copy_catalogue[] =
    "INSERT INTO items (item, identifier, title) SELECT item, identifier, title FROM shop.items;"
    "INSERT INTO attributes (attribute, entity, name, type, observed) "
    "SELECT attribute, entity, name, type, observed FROM shop.attributes WHERE entity = 'item';"
    "INSERT INTO item_values (attribute, item, value) SELECT attribute, item, value FROM shop.item_values;"
    "INSERT INTO kinds (kind, name, weight) SELECT kind, name, weight FROM shop.kinds;"
    /* the rule sets in force, but not who wrote them and why */
    "INSERT INTO documents (document, kind, name, version, created, author, comment, body) "
    "SELECT document, kind, name, version, created, '', '', body FROM shop.documents AS d WHERE kind = 'rules' "
    "AND version = (SELECT version FROM shop.document_changes AS c WHERE c.kind = d.kind AND c.name = d.name "
    "ORDER BY change DESC LIMIT 1);"
    "INSERT INTO document_changes (kind, name, version, at, author) "
    "SELECT kind, name, version, created, '' FROM main.documents ORDER BY document;";

static const char copy_model[] =
    "INSERT INTO models (model, name, version, kind, stage, created, file, checksum, bytes, seed, params, data_from, "
    "data_to, data_events, data_users, data_items, data_digest, build, note) "
    "SELECT model, name, version, kind, ?2, created, file, checksum, bytes, seed, params, data_from, data_to, "
    "data_events, data_users, data_items, data_digest, build, '' FROM shop.models WHERE model = ?1";

static int run(sqlite3 *db, const char *sql, const char *path, struct error *err)
{
    int rc = db_must_fail() ? SQLITE_FULL : sqlite3_exec(db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : db_error(db, rc, path, err);
}

static int attach(sqlite3 *db, const char *workspace, struct error *err)
{
    char path[FS_PATH_MAX];
    sqlite3_stmt *s = NULL;
    if (fs_join(path, sizeof path, workspace, STORE_FILE) != 0)
        return error_set(err, E_USAGE, workspace, "the path is too long");
    int rc = sqlite3_prepare_v2(db, "ATTACH DATABASE ?1 AS shop", -1, &s, NULL);
    if (rc == SQLITE_OK && (rc = sqlite3_bind_text(s, 1, path, -1, SQLITE_STATIC)) == SQLITE_OK)
        sqlite3_step(s);
    rc = s != NULL ? sqlite3_finalize(s) : rc;
    return rc == SQLITE_OK ? 0 : db_error(db, rc, path, err);
}

static int add_model(sqlite3 *db, int64_t model, const char *stage, const char *path, struct error *err)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(db, copy_model, -1, &s, NULL);
    if (rc == SQLITE_OK && (rc = sqlite3_bind_int64(s, 1, model)) == SQLITE_OK &&
        (rc = sqlite3_bind_text(s, 2, stage, -1, SQLITE_STATIC)) == SQLITE_OK)
        sqlite3_step(s);
    rc = s != NULL ? sqlite3_finalize(s) : rc;
    return rc == SQLITE_OK ? 0 : db_error(db, rc, path, err);
}

static int count_items(sqlite3 *db, int64_t *items, const char *path, struct error *err)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(db, "SELECT count(*) FROM items", -1, &s, NULL);
    if (rc == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
        *items = sqlite3_column_int64(s, 0);
    rc = s != NULL ? sqlite3_finalize(s) : rc;
    return rc == SQLITE_OK ? 0 : db_error(db, rc, path, err);
}

int package_database(struct store *store, const char *path, const struct model_record *models, size_t n, int64_t *items,
                     struct error *err)
{
    sqlite3 *db = NULL;
    int rc = db_open(&db, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
    if (rc != 0)
        return rc;
    rc = migrate_run(db, store->workspace, store_migrations, err);
    if (rc == 0)
        rc = run(db, "PRAGMA application_id = " NUMBER_TEXT(STORE_APPLICATION_ID), path, err);
    if (rc == 0)
        rc = attach(db, store->workspace, err);
    if (rc == 0)
        rc = run(db, "BEGIN IMMEDIATE", path, err);
    if (rc == 0) /* one transaction: of one moment */
        rc = run(db, copy_catalogue, path, err);
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = add_model(db, models[i].model, i == 0 ? "production" : "candidate", path, err);
    if (rc == 0)
        rc = run(db, "COMMIT", path, err);
    if (rc == 0)
        rc = count_items(db, items, path, err);
    sqlite3_close(db);
    return rc;
}
