#include "store/copy.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/db.h"
#include "store/watch.h"

enum { PAGES_A_STEP = 1024 };

int copy_run(sqlite3_backup *backup, sqlite3 *to, const char *what, struct job *job, struct error *err)
{
    for (;;) {
        int rc = db_must_fail() ? SQLITE_FULL : sqlite3_backup_step(backup, PAGES_A_STEP);
        if (rc == SQLITE_DONE)
            return 0;
        if (rc != SQLITE_OK)
            return db_error(to, rc, what, err);
        int total = sqlite3_backup_pagecount(backup);
        if (job_step(job, "copying the database", total - sqlite3_backup_remaining(backup), total, "pages"))
            return job_error_cancelled(err, what);
    }
}

int copy_to_file(sqlite3 *from, const char *path, struct job *job, struct error *err)
{
    sqlite3 *to = NULL;
    int rc = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (rc == SQLITE_OK && chmod(path, 0600) != 0)
        rc = SQLITE_PERM;
    sqlite3_backup *backup = rc == SQLITE_OK ? sqlite3_backup_init(to, "main", from, "main") : NULL;
    if (backup == NULL && rc == SQLITE_OK)
        rc = sqlite3_errcode(to);
    int out = rc == SQLITE_OK ? copy_run(backup, to, path, job, err) : db_error(to, rc, path, err);
    sqlite3_backup_finish(backup);
    sqlite3_close(to);
    if (out != 0)
        unlink(path);
    return out;
}

int copy_check(sqlite3 *db, const char *what, struct job *job, struct error *err)
{
    struct watch watch;
    sqlite3_stmt *s = NULL;
    int out = 0, rc = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &s, NULL);
    watch_begin(&watch, db, job, "checking the database");
    if (rc == SQLITE_OK)
        rc = db_must_fail() ? SQLITE_IOERR : sqlite3_step(s);
    if (rc != SQLITE_ROW)
        out = db_error(db, rc, what, err);
    else if (strcmp(db_text(s, 0), "ok") != 0)
        out = db_error(db, SQLITE_CORRUPT, what, err);
    sqlite3_finalize(s);
    watch_end(&watch);
    return out;
}
