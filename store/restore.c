/* The way back: backup_restore. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/backup_parts.h"
#include "store/copy.h"
#include "store/db.h"
#include "store/migrate.h"
#include "store/restore_erased.h"

/* A file of the backup that is copied beside its place and waits for its name. */
struct staged {
    struct fs_new_file file;
    bool replaces; /* another file has the name now */
    bool placed;
};

struct restoring {
    const char *from, *workspace;
    struct manifest manifest;
    char source[FS_PATH_MAX]; /* the database to bring in: the backup's, or a copy of it that was brought up to date */
    char scratch[FS_PATH_MAX]; /* that copy; "" when there is none */
    struct staged *staged;
    size_t n_staged, cap_staged;
    bool committed; /* the database is the backup's now */
    struct restore_erased erased;
    struct backup_restored *out;
    struct job *job;
};

static int damaged(const char *path, const char *why, struct error *err)
{
    error_set(err, E_CORRUPT, path, "%s", why);
    return error_hint(err, E_CORRUPT, "use another backup; nothing was changed");
}

static int verify_file(struct restoring *self, const struct manifest_file *file, struct error *err)
{
    char path[FS_PATH_MAX], hex[65];
    struct stat st;
    int rc = backup_path(path, self->from, file->path, err);
    if (rc != 0)
        return rc;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return damaged(path, "the backup is not complete: this file is missing", err);
    if (st.st_size != file->bytes)
        return damaged(path, "the file has another size than when the backup was made", err);
    rc = fs_sha256_job(path, hex, self->job, err);
    if (rc == 0 && strcmp(hex, file->sha256) != 0)
        rc = damaged(path, "the file was changed or damaged: its checksum is not the one of the manifest", err);
    return rc;
}

static int pragma_value(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *s;
    int value = -1;
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
        value = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    return value;
}

/* Everything that can be known before anything is changed. */
static int verify(struct restoring *self, struct error *err)
{
    sqlite3 *db = NULL;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < self->manifest.n; i++)
        rc = verify_file(self, &self->manifest.files[i], err);
    rc = rc != 0 ? rc : backup_path(self->source, self->from, STORE_FILE, err);
    rc = rc != 0 ? rc : db_open_unchanging(&db, self->source, err);
    rc = rc != 0 ? rc : copy_check(db, self->source, self->job, err);
    if (rc == 0 && (pragma_value(db, "PRAGMA application_id") != STORE_APPLICATION_ID ||
                    pragma_value(db, "PRAGMA user_version") != self->manifest.schema))
        rc = damaged(self->source, "it is not the database that the manifest describes", err);
    sqlite3_close(db);
    return rc;
}

/* An older backup is brought up to date, and who was erased since is taken out of it, in a copy of its database: the
 * live one is replaced in one step, by what this build works with and what may be there. */
static int prepare_copy(struct restoring *self, const char *live, struct error *err)
{
    sqlite3 *db = NULL;
    bool older = self->manifest.schema != store_schema_version(), needed = false;
    int rc = self->out->replaced ? restore_erased_needed(self->workspace, &needed, &self->out->erasures_unknown, err)
                                 : 0;
    if (rc != 0 || (!older && !needed))
        return rc;
    rc = backup_path(self->scratch, self->workspace, STORE_FILE ".new", err);
    rc = rc != 0 ? rc : fs_copy(self->source, self->scratch, 0600, NULL, NULL, self->job, err);
    rc = rc != 0 ? rc : db_open(&db, self->scratch, SQLITE_OPEN_READWRITE, err);
    rc = rc != 0 ? rc : migrate_run(db, self->workspace, store_migrations, err);
    sqlite3_close(db);
    if (rc == 0 && needed)
        rc = restore_erased(self->scratch, live, &self->erased, self->job, err);
    if (rc == 0) {
        memcpy(self->source, self->scratch, sizeof self->source);
        self->out->erased = self->erased.people;
        self->out->models_left_out = (int64_t)self->erased.n_files;
    }
    return rc;
}

static int stage(struct restoring *self, const struct manifest_file *file, struct error *err)
{
    char from[FS_PATH_MAX], to[FS_PATH_MAX], hex[65];
    int rc = backup_step(file->path, err);
    rc = rc != 0 ? rc : backup_path(from, self->from, file->path, err);
    rc = rc != 0 ? rc : backup_path(to, self->workspace, file->path, err);
    if (rc != 0 || (fs_exists(to) && fs_sha256_job(to, hex, self->job, NULL) == 0 && strcmp(hex, file->sha256) == 0))
        return rc;
    if (mem_grow((void **)&self->staged, &self->cap_staged, self->n_staged + 1, sizeof *self->staged) != 0)
        return error_nomem(err, file->path);
    struct staged *s = &self->staged[self->n_staged];
    *s = (struct staged){.file = {.fd = -1}, .replaces = fs_exists(to)};
    rc = fs_create(&s->file, to, 0644, err);
    if (rc != 0)
        return rc;
    self->n_staged++;
    rc = fs_fill(&s->file, from, hex, NULL, self->job, err);
    return rc == 0 && strcmp(hex, file->sha256) != 0 ? damaged(from, "the file changes while it is read", err) : rc;
}

static int stage_all(struct restoring *self, struct error *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < self->manifest.n; i++)
        if (strcmp(self->manifest.files[i].path, STORE_FILE) != 0 &&
            !restore_erased_leaves_out(&self->erased, self->manifest.files[i].path))
            rc = stage(self, &self->manifest.files[i], err);
    return rc;
}

/* Gives staged files their names: first those that are new, which disturb nobody. */
static int place(struct restoring *self, bool replacing, struct error *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < self->n_staged; i++)
        if (self->staged[i].replaces == replacing) {
            rc = backup_step(self->staged[i].file.path, err);
            rc = rc != 0 ? rc : fs_commit(&self->staged[i].file, err);
            self->staged[i].placed = rc == 0;
        }
    return rc;
}

static void tidy(struct restoring *self)
{
    for (size_t i = 0; i < self->n_staged; i++) {
        fs_abandon(&self->staged[i].file);
        if (!self->committed && self->staged[i].placed)
            unlink(self->staged[i].file.path);
    }
    mem_free(self->staged);
    restore_erased_release(&self->erased);
    if (self->scratch[0] != '\0')
        unlink(self->scratch);
    if (!self->committed && self->out->kept[0] != '\0')
        backup_remove(self->out->kept);
}

/* Directories that a restore which failed has made; those that are not empty stay. */
static void remove_dirs(struct restoring *self)
{
    static const char *const dirs[] = {STORE_MODELS, STORE_KEYS, STORE_BACKUPS, ""};
    char path[FS_PATH_MAX];
    for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++)
        if (fs_join(path, sizeof path, self->workspace, dirs[i]) == 0)
            rmdir(path);
}

/* backups/before-restore-20261124T070622Z, with a number when that is there. */
static int kept_path(struct restoring *self, struct error *err)
{
    char when[32], name[96], dir[FS_PATH_MAX], *out = self->out->kept;
    clock_format_name(clock_now_ms(), when, sizeof when);
    int rc = backup_path(dir, self->workspace, STORE_BACKUPS, err);
    rc = rc != 0 ? rc : fs_make_dir(dir, 0700, err);
    for (int i = 1; rc == 0; i++) {
        snprintf(name, sizeof name, i == 1 ? "before-restore-%s" : "before-restore-%s-%d", when, i);
        rc = backup_path(out, dir, name, err);
        if (rc == 0 && !fs_exists(out))
            return 0;
    }
    return rc;
}

static int keep_file(struct restoring *self, const char *name, struct error *err)
{
    char from[FS_PATH_MAX], to[FS_PATH_MAX];
    int rc = backup_path(from, self->workspace, name, err);
    rc = rc != 0 ? rc : backup_path(to, self->out->kept, name, err);
    /* a server may have the database open, and restore from within */
    return rc != 0 || !fs_exists(from) ? rc : fs_copy_kept(from, to, 0600, self->job, err);
}

/* A database that cannot be read is kept as the files that it is, with those that the backup replaces. */
static int keep_raw(struct restoring *self, struct error *err)
{
    static const char *const parts[] = {STORE_FILE, STORE_FILE "-wal", STORE_SETTINGS};
    char models[FS_PATH_MAX];
    int rc = backup_path(models, self->out->kept, STORE_MODELS, err);
    rc = rc != 0 ? rc : fs_make_dir(models, 0700, err);
    self->out->kept_is_damaged = true;
    for (size_t i = 0; rc == 0 && i < sizeof parts / sizeof parts[0]; i++)
        rc = keep_file(self, parts[i], err);
    for (size_t i = 0; rc == 0 && i < self->manifest.n; i++)
        if (strncmp(self->manifest.files[i].path, STORE_MODELS "/", strlen(STORE_MODELS "/")) == 0)
            rc = keep_file(self, self->manifest.files[i].path, err);
    return rc;
}

static int keep(struct restoring *self, sqlite3 *reader, struct error *err)
{
    struct backup_info info;
    struct error local = {0};
    int rc = kept_path(self, err);
    if (rc != 0)
        return rc;
    rc = reader != NULL ? backup_write(reader, self->workspace, self->out->kept, true, &info, self->job, &local)
                        : E_CORRUPT;
    if (rc == E_CORRUPT || rc == E_FAILED) /* damaged, or no database of reckon at all */
        return keep_raw(self, err);
    if (rc != 0 && err != NULL)
        *err = local;
    return rc;
}

static int use_wal(sqlite3 *db, const char *path, struct error *err)
{
    int rc = sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : db_error(db, rc, path, err);
}

/* The database as a new file that takes its place by its name: where there is none, or none that anybody can read. */
static int replace_file(struct restoring *self, const char *path, struct error *err)
{
    static const char *const parts[] = {STORE_FILE "-wal", STORE_FILE "-shm"};
    char temp[FS_PATH_MAX], part[FS_PATH_MAX];
    sqlite3 *db = NULL;
    int rc = backup_path(temp, self->workspace, STORE_FILE ".new", err);
    if (rc == 0 && self->scratch[0] == '\0')
        rc = fs_copy(self->source, temp, 0600, NULL, NULL, self->job, err);
    rc = rc != 0 ? rc : db_open(&db, temp, SQLITE_OPEN_READWRITE, err);
    rc = rc != 0 ? rc : use_wal(db, temp, err);
    sqlite3_close(db);
    rc = rc != 0 ? rc : place(self, false, err);
    rc = rc != 0 ? rc : backup_step(path, err);
    for (size_t i = 0; rc == 0 && i < sizeof parts / sizeof parts[0]; i++)
        if (backup_path(part, self->workspace, parts[i], NULL) == 0)
            unlink(part); /* of the old file; kept with it */
    if (rc == 0 && rename(temp, path) != 0)
        rc = error_set(err, E_IO, path, "cannot be put in its place: %s", strerror(errno));
    if (rc != 0)
        unlink(temp);
    self->committed = rc == 0;
    return rc != 0 ? rc : fs_sync_dir(self->workspace, err);
}

/* With the write lock held: what is kept is what is replaced. */
static int replace_pages(struct restoring *self, sqlite3_backup *backup, sqlite3 *live, const char *path,
                         struct error *err)
{
    sqlite3 *reader = NULL;
    int rc = db_open(&reader, path, SQLITE_OPEN_READWRITE, err);
    rc = rc != 0 ? rc : restore_erased_still(&self->erased, reader, path, err);
    rc = rc != 0 ? rc : keep(self, reader, err);
    sqlite3_close(reader);
    rc = rc != 0 ? rc : place(self, false, err);
    rc = rc != 0 ? rc : copy_run(backup, live, path, self->job, err);
    self->committed = rc == 0;
    return rc;
}

static int replace_database(struct restoring *self, const char *path, struct error *err)
{
    sqlite3 *live = NULL, *source = NULL;
    sqlite3_backup *backup = NULL;
    struct error local = {0};
    int rc = db_open_unchanging(&source, self->source, err);
    if (rc != 0)
        return rc;
    struct stat st;
    bool empty = stat(path, &st) == 0 && st.st_size == 0; /* SQLite would take it for a new database */
    int opened = empty ? E_CORRUPT : db_open(&live, path, SQLITE_OPEN_READWRITE, &local);
    if (opened == 0)
        opened = use_wal(live, path, &local);
    if (opened == 0) {
        backup = sqlite3_backup_init(live, "main", source, "main");
        int sql = backup == NULL ? sqlite3_errcode(live) : sqlite3_backup_step(backup, 0); /* takes the write lock */
        opened = sql == SQLITE_OK ? 0 : db_error(live, sql, path, &local);
    }
    if (opened == 0)
        rc = replace_pages(self, backup, live, path, err);
    else if (opened != E_CORRUPT && err != NULL)
        *err = local;
    rc = opened != 0 ? opened : rc;
    sqlite3_backup_finish(backup);
    if (rc == 0) { /* the old pages leave the log, unless somebody still reads them */
        sqlite3_busy_timeout(live, 0);
        sqlite3_exec(live, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
    }
    sqlite3_close(live);
    sqlite3_close(source);
    if (opened != E_CORRUPT)
        return rc;
    rc = keep(self, NULL, err);
    return rc != 0 ? rc : replace_file(self, path, err);
}

/* Model files of the workspace as it was that the restored registry does not know; they are kept with it. */
static void drop_models(struct restoring *self)
{
    struct manifest kept;
    char path[FS_PATH_MAX];
    if (self->out->kept[0] == '\0' || self->out->kept_is_damaged || manifest_read(&kept, self->out->kept, NULL) != 0)
        return;
    for (size_t i = 0; i < kept.n; i++)
        if ((manifest_find(&self->manifest, kept.files[i].path) == NULL ||
             restore_erased_leaves_out(&self->erased, kept.files[i].path)) &&
            strcmp(kept.files[i].path, STORE_SETTINGS) != 0 &&
            fs_join(path, sizeof path, self->workspace, kept.files[i].path) == 0)
            unlink(path);
    manifest_release(&kept);
}

static int run(struct restoring *self, struct error *err)
{
    char path[FS_PATH_MAX];
    int rc = backup_path(path, self->workspace, STORE_FILE, err);
    if (rc != 0)
        return rc;
    self->out->replaced = fs_exists(path);
    rc = manifest_read(&self->manifest, self->from, err);
    if (rc != 0)
        return rc;
    backup_describe(&self->out->backup, &self->manifest);
    rc = verify(self, err);
    rc = rc != 0 ? rc : store_make_dirs(self->workspace, err);
    rc = rc != 0 ? rc : prepare_copy(self, path, err);
    rc = rc != 0 ? rc : stage_all(self, err);
    if (rc != 0)
        return rc;
    rc = self->out->replaced ? replace_database(self, path, err) : replace_file(self, path, err);
    rc = rc != 0 ? rc : place(self, true, err);
    if (rc == 0)
        drop_models(self);
    return rc;
}

int backup_restore(const char *from, const char *workspace, struct backup_restored *out, struct job *job,
                   struct error *err)
{
    struct restoring self = {.from = from, .workspace = workspace, .out = out, .job = job};
    *out = (struct backup_restored){0};
    int rc = run(&self, err);
    tidy(&self);
    if (rc == E_CANCELLED)
        job_error_cancelled(err, "restore");
    if (rc != 0 && !out->replaced)
        remove_dirs(&self);
    if (rc != 0 && !self.committed)
        out->kept[0] = '\0';
    manifest_release(&self.manifest);
    return rc;
}
