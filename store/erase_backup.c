#include "store/erase_backup.h"

#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "store/db.h"
#include "store/erase.h"
#include "store/manifest.h"

#define NEXT_MANIFEST MANIFEST_FILE ".next"

enum { DRAFT_CACHE_MIB = 256 };

struct rewriting {
    const char *path;
    char dir[FS_PATH_MAX], manifest[FS_PATH_MAX], next[FS_PATH_MAX];
    char draft[FS_PATH_MAX]; /* the copy that is changed */
    char copy[FS_PATH_MAX];  /* which is written anew to this one, which takes the place of the old one */
    char sha256[65];         /* of the old one */
    struct stat old;
    struct manifest list;
    bool has_list;
    bool had;
    struct job *job;
};

static int begin(struct rewriting *self, struct error *err)
{
    char dir[FS_PATH_MAX];
    snprintf(dir, sizeof dir, "%s", self->path);
    snprintf(self->dir, sizeof self->dir, "%s", dirname(dir));
    if (snprintf(self->copy, sizeof self->copy, "%s-erase", self->path) >= (int)sizeof self->copy ||
        snprintf(self->draft, sizeof self->draft, "%s-draft", self->path) >= (int)sizeof self->draft ||
        fs_join(self->manifest, sizeof self->manifest, self->dir, MANIFEST_FILE) != 0 ||
        fs_join(self->next, sizeof self->next, self->dir, NEXT_MANIFEST) != 0)
        return error_set(err, E_USAGE, self->path, "the path is too long");
    return 0;
}

static bool fits(const struct rewriting *self)
{
    const struct manifest_file *file = manifest_find(&self->list, STORE_FILE);
    return file != NULL && strcmp(self->sha256, file->sha256) == 0;
}

/* The manifest, if there is one, and that it fits; a crash between the two renames is completed here. */
static int read_manifest(struct rewriting *self, struct error *err)
{
    if (!fs_exists(self->manifest))
        return 0; /* before-NNNN.db, or files as they were: no manifest to keep */
    int rc = manifest_read(&self->list, self->dir, err);
    self->has_list = rc == 0;
    if (rc != 0 || fits(self))
        return rc;
    if (fs_exists(self->next)) {
        char kept[FS_PATH_MAX];
        if (fs_join(kept, sizeof kept, self->dir, MANIFEST_FILE ".old") != 0)
            return error_set(err, E_USAGE, self->dir, "the path is too long");
        rename(self->manifest, kept);
        rename(self->next, self->manifest);
        manifest_release(&self->list);
        rc = manifest_read(&self->list, self->dir, err);
        if (rc == 0 && fits(self)) {
            unlink(kept);
            return 0;
        }
        rename(self->manifest, self->next);
        rename(kept, self->manifest);
        if (rc != 0)
            return rc;
    }
    error_set(err, E_CORRUPT, self->path, "is not the database that the backup's manifest describes");
    return error_hint(err, E_CORRUPT, "a damaged backup cannot be cleaned; remove its directory");
}

/* A copy, read and hashed in one go. */
static int make_draft(struct rewriting *self, struct error *err)
{
    unlink(self->draft);
    unlink(self->copy);
    if (stat(self->path, &self->old) != 0)
        return fs_error(err, self->path, "cannot be looked at");
    return fs_copy(self->path, self->draft, 0600, self->sha256, NULL, self->job, err);
}

static int erase_copy(struct rewriting *self, erase_backup_fn fn, void *context, struct error *err)
{
    struct store *draft;
    int rc = store_open_file(&draft, self->draft, err);
    if (rc != 0)
        return rc;
    /* It is a copy: nothing is lost with it.  (One that was in the mode of a log has to leave it first.) */
    rc = db_run(draft, "PRAGMA journal_mode = DELETE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", err);
    rc = rc != 0 ? rc : store_set_cache(draft, DRAFT_CACHE_MIB, err);
    rc = rc != 0 ? rc : fn(context, draft, &self->had, err);
    rc = rc != 0 ? rc : erase_rewrite_into(draft, self->copy, self->job, err);
    if (rc == 0 && self->has_list) {
        db_int(draft, NULL, &self->list.events, 0, "SELECT count(*) FROM events", "");
        db_int(draft, NULL, &self->list.users, 0, "SELECT count(*) FROM users", "");
    }
    store_close(draft);
    unlink(self->draft);
    return rc;
}

/* The manifest of what will be there; models only when nobody of them was. */
static int write_next(struct rewriting *self, struct error *err)
{
    struct manifest next = self->list;
    struct stat st;
    next.files = NULL;
    next.n = next.cap = 0;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < self->list.n; i++) {
        struct manifest_file file = self->list.files[i];
        if (self->had && strncmp(file.path, STORE_MODELS "/", strlen(STORE_MODELS "/")) == 0)
            continue;
        if (strcmp(file.path, STORE_FILE) == 0) {
            rc = fs_sha256_job(self->copy, file.sha256, self->job, err);
            file.bytes = stat(self->copy, &st) == 0 ? (int64_t)st.st_size : 0;
        }
        rc = rc != 0 ? rc : manifest_add(&next, &file, err);
    }
    rc = rc != 0 ? rc : manifest_write_as(&next, self->next, err);
    manifest_release(&next);
    return rc;
}

static int64_t drop_models(struct rewriting *self)
{
    int64_t n = 0;
    for (size_t i = 0; i < self->list.n; i++) {
        char path[FS_PATH_MAX];
        const char *file = self->list.files[i].path;
        if (strncmp(file, STORE_MODELS "/", strlen(STORE_MODELS "/")) == 0 &&
            fs_join(path, sizeof path, self->dir, file) == 0)
            n += unlink(path) == 0;
    }
    return n;
}

static int put_in_place(struct rewriting *self, int64_t *models, struct error *err)
{
    const struct timespec times[2] = {self->old.st_atim, self->old.st_mtim}; /* it is as old as it was */
    if (utimensat(AT_FDCWD, self->copy, times, 0) != 0)
        return fs_error(err, self->copy, "cannot be given its time");
    if (rename(self->copy, self->path) != 0)
        return fs_error(err, self->path, "cannot be replaced");
    if (self->has_list && rename(self->next, self->manifest) != 0)
        return fs_error(err, self->manifest, "cannot be replaced");
    *models = self->has_list && self->had ? drop_models(self) : 0;
    return fs_sync_dir(self->dir, err);
}

int erase_backup(const char *path, erase_backup_fn fn, void *context, int64_t *models, struct job *job,
                 struct error *err)
{
    struct rewriting self = {.path = path, .job = job};
    *models = 0;
    int rc = begin(&self, err);
    rc = rc != 0 ? rc : make_draft(&self, err);
    rc = rc != 0 ? rc : read_manifest(&self, err);
    rc = rc != 0 ? rc : erase_copy(&self, fn, context, err);
    if (rc == 0 && self.has_list)
        rc = write_next(&self, err);
    rc = rc != 0 ? rc : put_in_place(&self, models, err);
    if (rc != 0) {
        unlink(self.draft);
        unlink(self.copy);
    }
    manifest_release(&self.list);
    return rc;
}
