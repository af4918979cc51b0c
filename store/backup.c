#include "store/backup.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/backup_parts.h"
#include "store/copy.h"
#include "store/db.h"
#include "store/watch.h"

int backup_step(const char *what, struct error *err)
{
    return db_must_fail() ? db_error(NULL, SQLITE_FULL, what, err) : 0;
}

int backup_path(char out[FS_PATH_MAX], const char *dir, const char *name, struct error *err)
{
    return fs_join(out, FS_PATH_MAX, dir, name) == 0 ? 0 : error_set(err, E_USAGE, dir, "the path is too long");
}

static void empty_dir(const char *dir)
{
    char path[FS_PATH_MAX];
    DIR *d = opendir(dir);
    for (struct dirent *e = d != NULL ? readdir(d) : NULL; e != NULL; e = readdir(d))
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
            fs_join(path, sizeof path, dir, e->d_name) == 0)
            unlink(path);
    if (d != NULL)
        closedir(d);
    rmdir(dir);
}

void backup_remove(const char *dir)
{
    char models[FS_PATH_MAX];
    if (fs_join(models, sizeof models, dir, STORE_MODELS) == 0)
        empty_dir(models);
    empty_dir(dir);
}

void backup_describe(struct backup_info *info, const struct manifest *m)
{
    info->created = m->created;
    info->schema = m->schema;
    info->events = m->events;
    info->users = m->users;
    info->items = m->items;
    info->files = (int64_t)m->n;
    info->bytes = info->models = 0;
    for (size_t i = 0; i < m->n; i++) {
        info->bytes += m->files[i].bytes;
        info->models += strncmp(m->files[i].path, STORE_MODELS "/", 7) == 0;
    }
}

static bool is_empty(const char *dir)
{
    int entries = 0;
    DIR *d = opendir(dir);
    while (d != NULL && entries < 3 && readdir(d) != NULL)
        entries++;
    if (d != NULL)
        closedir(d);
    return d != NULL && entries == 2; /* "." and ".." */
}

static int is_free(const char *to, struct error *err)
{
    struct stat st;
    if (lstat(to, &st) != 0)
        return errno == ENOENT ? 0 : fs_error(err, to, "cannot be looked at");
    if (S_ISDIR(st.st_mode) && is_empty(to))
        return 0;
    error_set(err, E_CONFLICT, to, "is there already");
    return error_hint(err, E_CONFLICT, "give the name of a directory that does not exist; backups are never "
                      "overwritten");
}

/* Makes the copied database fit to lie there: it is in one file, and says of no job that it runs. */
static int settle_copy(sqlite3 *db, const char *path, struct job *job, struct error *err)
{
    int rc = sqlite3_exec(db, "PRAGMA journal_mode = DELETE; UPDATE jobs SET outcome = 'unknown', message = 'was "
                              "running when the backup was made' WHERE outcome IS NULL", NULL, NULL, NULL);
    return rc == SQLITE_OK ? copy_check(db, path, job, err) : db_error(db, rc, path, err);
}

static int count(sqlite3 *db, const char *sql, int64_t *out, const char *path, struct error *err)
{
    sqlite3_stmt *s;
    int rc = sqlite3_prepare_v2(db, sql, -1, &s, NULL);
    if (rc == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
        *out = sqlite3_column_int64(s, 0);
    rc = rc == SQLITE_OK ? sqlite3_finalize(s) : rc;
    return rc == SQLITE_OK ? 0 : db_error(db, rc, path, err);
}

static int count_copy(sqlite3 *db, struct manifest *m, const char *path, struct job *job, struct error *err)
{
    int64_t schema = 0;
    struct watch watch;
    watch_begin(&watch, db, job, "counting");
    int rc = count(db, "PRAGMA user_version", &schema, path, err);
    m->schema = (int)schema;
    rc = rc != 0 ? rc : count(db, "SELECT count(*) FROM events", &m->events, path, err);
    rc = rc != 0 ? rc : count(db, "SELECT count(*) FROM users", &m->users, path, err);
    rc = rc != 0 ? rc : count(db, "SELECT count(*) FROM items", &m->items, path, err);
    watch_end(&watch);
    return rc;
}

struct making {
    const char *workspace, *dir; /* dir: the one that is being filled */
    bool link;
    struct manifest *manifest;
    struct backup_info *info;
    struct job *job;
};

static int add_file(struct making *self, const char *name, struct error *err)
{
    struct manifest_file file = {0};
    char from[FS_PATH_MAX], to[FS_PATH_MAX];
    snprintf(file.path, sizeof file.path, "%s", name);
    int rc = backup_step(name, err);
    rc = rc != 0 ? rc : backup_path(from, self->workspace, name, err);
    rc = rc != 0 ? rc : backup_path(to, self->dir, name, err);
    if (rc == 0)
        rc = fs_copy(from, to, 0600, file.sha256, &file.bytes, self->job, err);
    return rc != 0 ? rc : manifest_add(self->manifest, &file, err);
}

/* A model whose file is not what the registry says is left out and counted. */
static int add_model(struct making *self, sqlite3_stmt *s, struct error *err)
{
    struct manifest_file file = {.bytes = sqlite3_column_int64(s, 2)};
    char from[FS_PATH_MAX], to[FS_PATH_MAX];
    if (!manifest_name_allowed(db_text(s, 0)) || backup_path(from, self->workspace, db_text(s, 0), NULL) != 0 ||
        !fs_exists(from)) {
        self->info->missing++;
        return 0;
    }
    snprintf(file.path, sizeof file.path, "%s", db_text(s, 0));
    int rc = backup_step(file.path, err);
    rc = rc != 0 ? rc : backup_path(to, self->dir, file.path, err);
    if (rc != 0)
        return rc;
    if (self->link && link(from, to) == 0)
        rc = fs_sha256_job(to, file.sha256, self->job, err);
    else
        rc = fs_copy(from, to, 0600, file.sha256, &file.bytes, self->job, err);
    if (rc != 0)
        return rc;
    if (strcmp(file.sha256, db_text(s, 1)) == 0)
        return manifest_add(self->manifest, &file, err);
    self->info->missing++;
    unlink(to);
    return 0;
}

static int add_models(struct making *self, sqlite3 *copy, const char *path, struct error *err)
{
    char dir[FS_PATH_MAX];
    sqlite3_stmt *s;
    int rc = backup_path(dir, self->dir, STORE_MODELS, err);
    if (rc == 0)
        rc = fs_make_dir(dir, 0700, err);
    if (rc != 0)
        return rc;
    int sql = sqlite3_prepare_v2(copy, "SELECT file, checksum, bytes FROM models WHERE removed IS NULL ORDER BY model", -1, &s, NULL);
    while (rc == 0 && sql == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
        rc = add_model(self, s, err);
    sql = sql == SQLITE_OK ? sqlite3_finalize(s) : sql;
    if (rc == 0 && sql != SQLITE_OK)
        rc = db_error(copy, sql, path, err);
    return rc != 0 ? rc : fs_sync_dir(dir, err);
}

/* The database's snapshot: `db` is read at one moment, whoever writes. */
static int copy_snapshot(sqlite3 *db, const char *path, struct job *job, struct error *err)
{
    int rc = db_must_fail() ? SQLITE_FULL : sqlite3_exec(db, "BEGIN; SELECT count(*) FROM sqlite_schema", NULL, NULL,
                                                         NULL);
    int out = rc == SQLITE_OK ? copy_to_file(db, path, job, err) : db_error(db, rc, path, err);
    if (!sqlite3_get_autocommit(db))
        sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    return out;
}

static int fill(struct making *self, sqlite3 *db, struct error *err)
{
    char path[FS_PATH_MAX], settings[FS_PATH_MAX];
    struct manifest_file file = {.path = STORE_FILE};
    struct stat st;
    sqlite3 *copy = NULL;
    int rc = backup_path(path, self->dir, STORE_FILE, err);
    rc = rc != 0 ? rc : backup_path(settings, self->workspace, STORE_SETTINGS, err);
    rc = rc != 0 ? rc : copy_snapshot(db, path, self->job, err);
    rc = rc != 0 ? rc : db_open(&copy, path, SQLITE_OPEN_READWRITE, err);
    rc = rc != 0 ? rc : settle_copy(copy, path, self->job, err);
    rc = rc != 0 ? rc : count_copy(copy, self->manifest, path, self->job, err);
    if (rc == 0)
        rc = add_models(self, copy, path, err);
    sqlite3_close(copy);
    rc = rc != 0 ? rc : fs_sha256_job(path, file.sha256, self->job, err);
    if (rc == 0 && stat(path, &st) == 0)
        file.bytes = st.st_size;
    rc = rc != 0 ? rc : manifest_add(self->manifest, &file, err);
    if (rc == 0 && fs_exists(settings))
        rc = add_file(self, STORE_SETTINGS, err);
    rc = rc != 0 ? rc : backup_step(MANIFEST_FILE, err);
    rc = rc != 0 ? rc : manifest_write(self->manifest, self->dir, err);
    return rc != 0 ? rc : fs_sync_dir(self->dir, err);
}

static int put_in_place(const char *temp, const char *to, struct error *err)
{
    char parent[FS_PATH_MAX];
    int rc = backup_step(to, err);
    if (rc == 0 && rename(temp, to) != 0)
        rc = fs_error(err, to, "cannot be put in its place");
    if (rc != 0)
        return rc;
    snprintf(parent, sizeof parent, "%s", to);
    char *slash = strrchr(parent, '/');
    if (slash == NULL)
        return fs_sync_dir(".", err);
    slash[slash == parent] = '\0';
    return fs_sync_dir(parent, err);
}

int backup_write(sqlite3 *db, const char *workspace, const char *to, bool link, struct backup_info *info,
                 struct job *job, struct error *err)
{
    char temp[FS_PATH_MAX];
    struct manifest manifest = {.created = clock_now_ms()};
    struct making making = {workspace, temp, link, &manifest, info, job};
    *info = (struct backup_info){0};
    if (snprintf(temp, sizeof temp, "%s.tmp-XXXXXX", to) >= (int)sizeof temp)
        return error_set(err, E_USAGE, to, "the path is too long");
    int rc = is_free(to, err);
    if (rc == 0 && mkdtemp(temp) == NULL)
        rc = fs_error(err, to, "cannot be made");
    if (rc != 0)
        return rc;
    rc = fill(&making, db, err);
    if (rc == 0)
        rc = put_in_place(temp, to, err);
    if (rc != 0)
        backup_remove(temp);
    if (rc == E_CANCELLED)
        job_error_cancelled(err, "backup");
    backup_describe(info, &manifest);
    manifest_release(&manifest);
    return rc;
}

int backup_make(struct store *store, const char *to, struct backup_info *info, struct job *job, struct error *err)
{
    char path[FS_PATH_MAX];
    snprintf(path, sizeof path, "%s", to);
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        path[--n] = '\0';
    return backup_write(store->db, store->workspace, path, false, info, job, err);
}

bool backup_newest(const char *workspace, char out[FS_PATH_MAX])
{
    char dir[FS_PATH_MAX], path[FS_PATH_MAX];
    int64_t newest = INT64_MIN;
    DIR *d = fs_join(dir, sizeof dir, workspace, STORE_BACKUPS) == 0 ? opendir(dir) : NULL;
    for (struct dirent *e = d != NULL ? readdir(d) : NULL; e != NULL; e = readdir(d)) {
        struct manifest m;
        if (e->d_name[0] == '.' || fs_join(path, sizeof path, dir, e->d_name) != 0 || !fs_is_dir(path) ||
            strstr(e->d_name, ".tmp-") != NULL || manifest_read(&m, path, NULL) != 0)
            continue;
        if (m.created > newest) {
            newest = m.created;
            memcpy(out, path, strlen(path) + 1);
        }
        manifest_release(&m);
    }
    if (d != NULL)
        closedir(d);
    return newest != INT64_MIN;
}
