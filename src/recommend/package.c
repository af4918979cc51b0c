#include "recommend/package.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "recommend/recommender_private.h"
#include "store/package.h"

enum { MODELS_MAX = 3, BLOCK = 1 << 18, SETTINGS_MAX = 1024 };

struct making {
    struct store *store;
    struct job *job;
    char dir[FS_PATH_MAX]; /* where it is put together */
    struct model_record models[MODELS_MAX];
    size_t n;
    struct archive *archive;
};

static int path_in(char out[FS_PATH_MAX], const char *dir, const char *name, struct error *err)
{
    return fs_join(out, FS_PATH_MAX, dir, name) == 0 ? 0 : error_set(err, E_USAGE, dir, "the path is too long");
}

static void spec_of(const struct model_record *r, char out[96])
{
    snprintf(out, 96, "%s@%lld", r->name, (long long)r->version);
}

/* Takes the next of self->models when it is found and not there yet. */
static void keep_next(struct making *self, bool found, char spec[96])
{
    struct model_record *next = &self->models[self->n];
    bool there = false;
    if (!found)
        return;
    spec_of(next, spec);
    for (size_t i = 0; i < self->n; i++)
        there = there || self->models[i].model == next->model;
    if (there)
        model_record_release(next);
    else
        self->n++;
}

/* The model, the one for people without a history, and the one for items without events. */
static int choose(struct making *self, const char *spec, struct package_info *out, struct error *err)
{
    bool found = true;
    int rc = registry_find(self->store, spec, &self->models[0], err);
    if (rc != 0)
        return rc;
    keep_next(self, found, out->model);
    rc = recommender_newest(self->store, recommender_is_popular, &self->models[self->n], &found, err);
    if (rc != 0)
        return rc;
    keep_next(self, found, out->popularity);
    rc = recommender_find_placer(self->store, &self->models[self->n], &found, err);
    if (rc == 0)
        keep_next(self, found, out->placer);
    return rc;
}

static int copy_models(struct making *self, struct error *err)
{
    char from[FS_PATH_MAX], to[FS_PATH_MAX], sha256[65];
    int rc = path_in(to, self->dir, STORE_MODELS, err);
    if (rc == 0)
        rc = fs_make_dir(to, 0755, err);
    for (size_t i = 0; rc == 0 && i < self->n; i++) {
        const struct model_record *r = &self->models[i];
        rc = path_in(from, store_workspace(self->store), r->file, err);
        rc = rc != 0 ? rc : path_in(to, self->dir, r->file, err);
        rc = rc != 0 ? rc : fs_copy(from, to, 0644, sha256, NULL, self->job, err);
        if (rc == E_NOT_FOUND || (rc == 0 && strcmp(sha256, r->checksum) != 0)) {
            error_set(err, E_CORRUPT, r->file, "the file of %s@%lld is %s", r->name, (long long)r->version,
                      rc == 0 ? "damaged" : "gone");
            rc = error_hint(err, E_CORRUPT, "`reckon restore` brings back a backup, or train it again");
        }
    }
    return rc;
}

static int write_settings(struct making *self, const struct settings *settings, struct error *err)
{
    char path[FS_PATH_MAX];
    struct str text;
    int rc = path_in(path, self->dir, STORE_SETTINGS, err);
    str_init(&text, SETTINGS_MAX);
    str_printf(&text, "# As in the workspace that this package was made from.\n[recommend]\nmode = \"%s\"\nn = %ld\n",
               settings_text(settings, SETTING_ID_MODE), settings_int(settings, SETTING_ID_SLATE_SIZE));
    if (rc == 0)
        rc = text.failed ? error_nomem(err, path) : fs_write_all(path, str_text(&text), text.len, 0644, err);
    str_release(&text);
    return rc;
}

/* The archive. */

static int archive_failed(struct making *self, const char *name, struct error *err)
{
    const char *why = archive_error_string(self->archive);
    return error_set(err, E_IO, name, "cannot be packed: %s", why != NULL ? why : "the archive cannot be written");
}

static int add_bytes(struct making *self, int fd, const char *name, struct error *err)
{
    char *block = mem_alloc(BLOCK, 1);
    ssize_t got = 0;
    int rc = block == NULL ? error_nomem(err, name) : 0;
    while (rc == 0 && (got = read(fd, block, BLOCK)) > 0) {
        if (job_step(self->job, "packing", 0, 0, ""))
            rc = job_error_cancelled(err, "package");
        else if (archive_write_data(self->archive, block, (size_t)got) != got)
            rc = archive_failed(self, name, err);
    }
    if (rc == 0 && got < 0)
        rc = fs_error(err, name, "cannot be read");
    mem_free(block);
    return rc;
}

static int add_entry(struct making *self, const char *name, struct error *err)
{
    char path[FS_PATH_MAX];
    struct stat st;
    int rc = path_in(path, self->dir, name, err), fd = rc == 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    struct archive_entry *entry = archive_entry_new();
    if (rc == 0 && (fd < 0 || fstat(fd, &st) != 0))
        rc = fs_error(err, path, "cannot be read");
    if (rc == 0 && entry == NULL)
        rc = error_nomem(err, path);
    if (rc == 0) {
        bool dir = S_ISDIR(st.st_mode);
        archive_entry_set_pathname(entry, name);
        archive_entry_set_filetype(entry, dir ? AE_IFDIR : AE_IFREG);
        archive_entry_set_perm(entry, dir ? 0755 : 0644);
        archive_entry_set_size(entry, dir ? 0 : st.st_size);
        archive_entry_set_mtime(entry, self->models[0].created / 1000, 0);
        if (archive_write_header(self->archive, entry) != ARCHIVE_OK)
            rc = archive_failed(self, name, err);
        else if (!dir)
            rc = add_bytes(self, fd, name, err);
    }
    archive_entry_free(entry);
    if (fd >= 0)
        close(fd);
    return rc;
}

static int pack(struct making *self, int fd, struct error *err)
{
    self->archive = archive_write_new();
    if (self->archive == NULL)
        return error_nomem(err, "package");
    archive_write_set_format_pax_restricted(self->archive);
    archive_write_add_filter_gzip(self->archive);
    archive_write_set_options(self->archive, "gzip:!timestamp");
    int rc = archive_write_open_fd(self->archive, fd) == ARCHIVE_OK ? 0 : archive_failed(self, "package", err);
    const char *first[] = {STORE_FILE, STORE_SETTINGS, STORE_MODELS};
    for (size_t i = 0; rc == 0 && i < sizeof first / sizeof *first; i++)
        rc = add_entry(self, first[i], err);
    for (size_t i = 0; rc == 0 && i < self->n; i++)
        rc = add_entry(self, self->models[i].file, err);
    if (rc == 0 && archive_write_close(self->archive) != ARCHIVE_OK)
        rc = archive_failed(self, "package", err);
    archive_write_free(self->archive);
    return rc;
}

/* Whatever of it is there. */
static void remove_dir(const struct making *self)
{
    char path[FS_PATH_MAX];
    const char *last[] = {STORE_MODELS, STORE_FILE "-journal", STORE_FILE, STORE_SETTINGS};
    for (size_t i = 0; i < self->n; i++)
        if (path_in(path, self->dir, self->models[i].file, NULL) == 0)
            unlink(path);
    for (size_t i = 0; i < sizeof last / sizeof *last; i++)
        if (path_in(path, self->dir, last[i], NULL) == 0)
            remove(path);
    rmdir(self->dir);
}

static int put_together(struct making *self, const struct settings *settings, struct package_info *out,
                        struct error *err)
{
    char path[FS_PATH_MAX];
    int rc = path_in(path, self->dir, STORE_FILE, err);
    if (rc == 0)
        rc = copy_models(self, err);
    if (rc == 0)
        rc = write_settings(self, settings, err);
    return rc != 0 ? rc : package_database(self->store, path, self->models, self->n, &out->items, err);
}

static int write_file(struct making *self, const char *path, struct package_info *out, struct error *err)
{
    struct fs_new_file file;
    struct stat st;
    int rc = fs_create(&file, path, 0644, err);
    if (rc != 0)
        return rc;
    rc = pack(self, file.fd, err);
    if (rc == 0)
        rc = fs_commit(&file, err);
    fs_abandon(&file);
    if (rc == 0)
        rc = fs_sha256_job(path, out->sha256, self->job, err);
    if (rc == 0 && stat(path, &st) == 0)
        out->bytes = st.st_size;
    return rc;
}

int package_make(struct store *store, const char *spec, const struct settings *settings, const char *path,
                 struct package_info *out, struct job *job, struct error *err)
{
    struct making self = {.store = store, .job = job};
    *out = (struct package_info){0};
    int rc = choose(&self, spec, out, err);
    if (rc == 0 && snprintf(self.dir, sizeof self.dir, "%s.tmp-XXXXXX", path) >= (int)sizeof self.dir)
        rc = error_set(err, E_USAGE, path, "the path is too long");
    if (rc == 0 && mkdtemp(self.dir) == NULL)
        rc = fs_error(err, path, "cannot be made");
    if (rc == 0) {
        rc = put_together(&self, settings, out, err);
        if (rc == 0)
            rc = write_file(&self, path, out, err);
        remove_dir(&self);
    }
    for (size_t i = 0; i < self.n; i++)
        model_record_release(&self.models[i]);
    return rc;
}
