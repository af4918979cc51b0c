#include "store/jobs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "store/db.h"

/* What a log is worth waiting for: its beginning little, its end as long as any writer. */
enum { BEGIN_PATIENCE_MS = 1000 };

static int open_lock(const char *workspace, int flags)
{
    char path[FS_PATH_MAX];
    return fs_join(path, sizeof path, workspace, STORE_LOCK) == 0 ? open(path, flags | O_CLOEXEC, 0600) : -1;
}

static struct flock byte_of(int64_t job)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)job, .l_len = 1};
}

static void take_lock(struct job_log *self, const char *workspace)
{
    struct flock lock = byte_of(self->job);
    self->lock = open_lock(workspace, O_RDWR | O_CREAT);
    if (self->lock >= 0)
        fcntl(self->lock, F_OFD_SETLK, &lock);
}

bool jobs_alive(const char *workspace, int64_t job)
{
    struct flock lock = byte_of(job);
    int fd = open_lock(workspace, O_RDWR);
    if (fd < 0)
        return false;
    bool held = fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    close(fd);
    return held;
}

int jobs_check_free(const struct store *self, int64_t before, int64_t job, const char *what, int64_t number, struct error *err)
{
    if (before == 0 || before == job || !jobs_alive(store_workspace(self), before))
        return 0;
    error_set(err, E_CONFLICT, what, "job %lld sees to %s %lld already", (long long)before, what, (long long)number);
    return error_hint(err, E_CONFLICT, "`reckon jobs` shows it");
}

static sqlite3 *open_log(const char *workspace, int patience_ms)
{
    char path[FS_PATH_MAX];
    sqlite3 *db = NULL;
    if (fs_join(path, sizeof path, workspace, STORE_FILE) != 0 || access(path, W_OK) != 0 ||
        access(workspace, W_OK) != 0 ||
        db_open(&db, path, SQLITE_OPEN_READWRITE, NULL) != 0)
        return NULL;
    if (patience_ms < db_patience_ms())
        sqlite3_busy_timeout(db, patience_ms);
    return db;
}

/* INSERT or UPDATE with the parameters command, process, started, ended (0: NULL), outcome, message and, if it has
 * a seventh, job; *changed rows. */
static int write_log(sqlite3 *db, const char *sql, const struct job_log *log, const char *outcome, const char *message,
                     int64_t ended, int *changed)
{
    sqlite3_stmt *s;
    int rc = sqlite3_prepare_v2(db, sql, -1, &s, NULL);
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_text(s, 1, log->command, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 2, getpid());
    sqlite3_bind_int64(s, 3, log->started);
    if (ended != 0)
        sqlite3_bind_int64(s, 4, ended);
    sqlite3_bind_text(s, 5, outcome, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 6, message, -1, SQLITE_STATIC);
    if (sqlite3_bind_parameter_count(s) > 6)
        sqlite3_bind_int64(s, 7, log->job);
    sqlite3_step(s);
    rc = sqlite3_finalize(s);
    *changed = sqlite3_changes(db);
    return rc;
}

static const char insert_sql[] = "INSERT INTO jobs (command, process, started, ended, outcome, message) "
                                 "VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
static const char update_sql[] = "UPDATE jobs SET ended = ?4, outcome = ?5, message = ?6 "
                                 "WHERE job = ?7 AND command = ?1 AND process = ?2 AND started = ?3 AND ended IS NULL";

void jobs_begin(struct job_log *self, const char *workspace, const char *command, int64_t now)
{
    int changed;
    *self = (struct job_log){.lock = -1, .started = now};
    snprintf(self->command, sizeof self->command, "%s", command);
    sqlite3 *db = open_log(workspace, BEGIN_PATIENCE_MS);
    if (db == NULL)
        return;
    if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK &&
        write_log(db, insert_sql, self, NULL, NULL, 0, &changed) == SQLITE_OK) {
        char prune[96];
        self->job = sqlite3_last_insert_rowid(db);
        snprintf(prune, sizeof prune, "DELETE FROM jobs WHERE job <= %lld", (long long)self->job - JOBS_KEPT);
        take_lock(self, workspace); /* before anybody can see the job */
        if (sqlite3_exec(db, prune, NULL, NULL, NULL) != SQLITE_OK ||
            sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
            self->job = 0;
    }
    sqlite3_close(db); /* takes back what was not committed */
}

void jobs_end(struct job_log *self, const char *workspace, const char *outcome, const char *message, int64_t now)
{
    int changed = 0;
    sqlite3 *db = self->job != 0 ? open_log(workspace, db_patience_ms()) : NULL;
    if (db != NULL) {
        if (write_log(db, update_sql, self, outcome, message, now, &changed) == SQLITE_OK && changed == 0)
            write_log(db, insert_sql, self, outcome, message, now, &changed);
        sqlite3_close(db);
    }
    if (self->lock >= 0)
        close(self->lock);
    *self = (struct job_log){.lock = -1};
}

int jobs_each(struct store *self, int64_t limit, jobs_fn fn, void *context, struct error *err)
{
    sqlite3_stmt *s;
    int told = 0;
    int rc = db_prepare(self, "SELECT job, process, started, ended, command, outcome, message FROM jobs "
                              "ORDER BY job DESC LIMIT CASE ?1 WHEN 0 THEN -1 ELSE ?1 END", &s, err);
    if (rc == 0)
        rc = db_bind(self, s, err, "i", limit);
    while (rc == 0 && told == 0 && (rc = db_step(self, s, err)) == 1) {
        struct job_info info = {
            .job = sqlite3_column_int64(s, 0),
            .process = sqlite3_column_int64(s, 1),
            .started = sqlite3_column_int64(s, 2),
            .ended = sqlite3_column_int64(s, 3),
            .command = db_text(s, 4),
            .outcome = db_text(s, 5),
            .message = db_text(s, 6),
        };
        if (info.outcome[0] == '\0')
            info.outcome = jobs_alive(self->workspace, info.job) ? "running" : "interrupted";
        rc = 0;
        told = fn(context, &info);
    }
    if (rc < 0)
        return rc;
    db_done(s);
    return told;
}
