/* migrate: the schema's numbered steps; private to store/.
 *
 * store/schema/NNNN-name.sql are compiled in (store_migrations, made at build time).  The database's
 * user_version is the number of the last one that it has.  Each runs in one transaction; before the first that is
 * missing, the database is copied to backups/before-NNNN.db (SQLite's online backup), unless it is empty: one copy,
 * however many steps there are.  How long it stays: store/backups.h. */
#ifndef RECKON_STORE_MIGRATE_H
#define RECKON_STORE_MIGRATE_H

#include <sqlite3.h>

#include "base/error.h"

struct migration {
    int number;
    const char *name, *sql;
};

extern const struct migration store_migrations[]; /* in order of number; ends with 0 */

/* Brings `db` to the last of `steps`.  E_CONFLICT when it is beyond that. */
int migrate_run(sqlite3 *db, const char *workspace, const struct migration *steps, struct error *err);
int migrate_latest(const struct migration *steps);

#endif
