#include "store/migrate.h"

#include <stdio.h>
#include <unistd.h>

#include "base/fs.h"
#include "store/copy.h"
#include "store/db.h"

int migrate_latest(const struct migration *steps)
{
    int last = 0;
    for (; steps->number != 0; steps++)
        last = steps->number;
    return last;
}

static int version_of(sqlite3 *db, int *version, const char *workspace, struct error *err)
{
    sqlite3_stmt *s;
    int rc = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &s, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(s);
        *version = rc == SQLITE_ROW ? sqlite3_column_int(s, 0) : 0;
        rc = sqlite3_finalize(s);
    }
    return rc == SQLITE_OK ? 0 : db_error(db, rc, workspace, err);
}

static int copy_before(sqlite3 *db, const char *workspace, const struct migration *step, struct error *err)
{
    char dir[FS_PATH_MAX], name[64], path[FS_PATH_MAX];
    snprintf(name, sizeof name, "before-%04d.db", step->number);
    if (fs_join(dir, sizeof dir, workspace, STORE_BACKUPS) != 0 || fs_join(path, sizeof path, dir, name) != 0)
        return error_set(err, E_USAGE, workspace, "the path is too long");
    int rc = fs_make_dir(dir, 0700, err);
    if (rc != 0)
        return rc;
    unlink(path); /* of an attempt that was interrupted */
    return copy_to_file(db, path, NULL, err);
}

static int run_step(sqlite3 *db, const char *workspace, const struct migration *step, struct error *err)
{
    char end[64];
    snprintf(end, sizeof end, "PRAGMA user_version = %d; COMMIT", step->number);
    int rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    int version = 0;
    if (rc == SQLITE_OK && version_of(db, &version, workspace, NULL) == 0 && version >= step->number) {
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL); /* another process was faster */
        return 0;
    }
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, step->sql, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, end, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        return 0;
    rc = db_error(db, rc, workspace, err);
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

int migrate_run(sqlite3 *db, const char *workspace, const struct migration *steps, struct error *err)
{
    int version = 0, rc = version_of(db, &version, workspace, err);
    if (rc != 0)
        return rc;
    if (version > migrate_latest(steps)) {
        error_set(err, E_CONFLICT, workspace, "was written by a newer version of reckon (schema %d, this one knows %d)",
                  version, migrate_latest(steps));
        return error_hint(err, E_CONFLICT, "install that version or a later one; nothing was changed");
    }
    while (steps->number != 0 && steps->number <= version)
        steps++;
    if (steps->number != 0 && version > 0)
        rc = copy_before(db, workspace, steps, err);
    for (; rc == 0 && steps->number != 0; steps++)
        rc = run_step(db, workspace, steps, err);
    return rc;
}
