#include "store/backups.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/settings.h"
#include "base/text.h"
#include "store/manifest.h"

#define BEFORE_SCHEMA "before-"
#define BEFORE_RESTORE "before-restore-"

enum { USER_VERSION_AT = 60 };

const char *backup_kind_name(enum backup_kind kind)
{
    static const char *const names[] = {"made", "before a restore", "before a new schema"};
    return names[kind];
}

/* Of a database file, by its header (file format, 1.3); 0: it is none. */
static int schema_of(const char *path)
{
    unsigned char version[4] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t got = pread(fd, version, sizeof version, USER_VERSION_AT);
    close(fd);
    uint32_t number = (uint32_t)version[0] << 24 | (uint32_t)version[1] << 16 | (uint32_t)version[2] << 8 | version[3];
    return got == (ssize_t)sizeof version && number <= INT_MAX ? (int)number : 0;
}

static int64_t bytes_in(const char *dir)
{
    int64_t sum = 0;
    DIR *d = opendir(dir);
    for (struct dirent *e = d != NULL ? readdir(d) : NULL; e != NULL; e = readdir(d)) {
        char path[FS_PATH_MAX];
        struct stat st;
        if (e->d_name[0] == '.' || fs_join(path, sizeof path, dir, e->d_name) != 0 || lstat(path, &st) != 0)
            continue;
        sum += S_ISDIR(st.st_mode) ? bytes_in(path) : (int64_t)st.st_size;
    }
    if (d != NULL)
        closedir(d);
    return sum;
}

/* False: it is no backup, or not yet. */
static bool describe(struct backup_entry *out, const char *path, const char *name)
{
    struct manifest m;
    struct stat st;
    if (name[0] == '.' || strstr(name, ".tmp-") != NULL || lstat(path, &st) != 0 || strlen(name) >= sizeof out->name)
        return false;
    bool before = strncmp(name, BEFORE_SCHEMA, strlen(BEFORE_SCHEMA)) == 0,
         restore = strncmp(name, BEFORE_RESTORE, strlen(BEFORE_RESTORE)) == 0;
    *out = (struct backup_entry){.kind = restore ? BACKUP_BEFORE_RESTORE : BACKUP_MADE,
                                 .made = (int64_t)st.st_mtim.tv_sec * 1000};
    memcpy(out->name, name, strlen(name) + 1);
    if (S_ISREG(st.st_mode) && before && text_ends_with(name, ".db")) {
        out->kind = BACKUP_BEFORE_SCHEMA;
        out->bytes = out->database_bytes = (int64_t)st.st_size;
        out->schema = schema_of(path);
        return true;
    }
    if (!S_ISDIR(st.st_mode))
        return false;
    out->bytes = bytes_in(path);
    char database[FS_PATH_MAX];
    if (fs_join(database, sizeof database, path, STORE_FILE) == 0 && lstat(database, &st) == 0)
        out->database_bytes = (int64_t)st.st_size;
    if (manifest_read(&m, path, NULL) == 0) {
        out->made = m.created;
        out->schema = m.schema;
        manifest_release(&m);
    }
    return true;
}

static int newest_first(const void *a, const void *b)
{
    const struct backup_entry *x = a, *y = b;
    if (x->made != y->made)
        return x->made > y->made ? -1 : 1;
    return -strcmp(x->name, y->name);
}

static void apply_rule(struct backup_entries *self, const struct settings *settings)
{
    long keep = settings_int(settings, SETTING_ID_MIGRATION_COPIES), days = settings_int(settings, SETTING_ID_MIGRATION_DAYS);
    for (size_t i = 0; i < self->n; i++) {
        struct backup_entry *e = &self->list[i];
        if (e->kind != BACKUP_BEFORE_SCHEMA || keep-- > 0)
            continue;
        e->goes = true;
        e->kept_until = e->made + days * CLOCK_DAY_MS;
    }
}

static int take(struct backup_entries *out, const char *dir, struct error *err)
{
    int rc = 0;
    DIR *d = opendir(dir);
    for (struct dirent *e = d != NULL ? readdir(d) : NULL; rc == 0 && e != NULL; e = readdir(d)) {
        struct backup_entry entry;
        char path[FS_PATH_MAX];
        if (fs_join(path, sizeof path, dir, e->d_name) != 0 || !describe(&entry, path, e->d_name))
            continue;
        if (mem_grow((void **)&out->list, &out->cap, out->n + 1, sizeof *out->list) != 0)
            rc = error_nomem(err, "backups");
        else
            out->list[out->n++] = entry;
    }
    if (d != NULL)
        closedir(d);
    return rc;
}

int backups_list(struct backup_entries *out, const char *workspace, struct error *err)
{
    char dir[FS_PATH_MAX], file[FS_PATH_MAX];
    struct settings *settings = mem_alloc(1, sizeof *settings);
    *out = (struct backup_entries){0};
    if (settings == NULL)
        return error_nomem(err, "backups");
    settings_init(settings);
    int rc = fs_join(dir, sizeof dir, workspace, STORE_BACKUPS) != 0 ||
                     fs_join(file, sizeof file, workspace, STORE_SETTINGS) != 0
                 ? error_set(err, E_USAGE, workspace, "the path is too long")
                 : settings_load(settings, file, err);
    rc = rc != 0 ? rc : take(out, dir, err);
    if (rc == 0 && out->n > 0)
        qsort(out->list, out->n, sizeof *out->list, newest_first);
    if (rc == 0)
        apply_rule(out, settings);
    else
        backups_release(out);
    mem_free(settings);
    return rc;
}

void backups_release(struct backup_entries *self)
{
    mem_free(self->list);
    *self = (struct backup_entries){0};
}

/* Into the log first: a file that a crash left there goes, and is noted, again; none goes without a note. */
static int note(struct store *self, const struct audit_actor *actor, const struct backup_entries *all, int64_t now,
                int64_t *n, struct error *err)
{
    json_t *files = json_array();
    int64_t bytes = 0;
    for (size_t i = 0; i < all->n; i++) {
        const struct backup_entry *e = &all->list[i];
        if (!e->goes || e->kept_until > now)
            continue;
        json_array_append_new(files, json_string(e->name));
        bytes += e->bytes;
    }
    *n = (int64_t)json_array_size(files);
    if (*n == 0) {
        json_decref(files);
        return 0;
    }
    int rc = store_begin(self, err);
    if (rc != 0) {
        json_decref(files);
        return rc;
    }
    rc = audit_append(self, "old copies removed", actor, now, json_pack("{s:o, s:I}", "files", files, "bytes",
                                                                         (json_int_t)bytes), NULL, err);
    return store_end(self, rc, err);
}

int backups_prune(struct store *self, const struct audit_actor *actor, int64_t now, int64_t *removed, struct error *err)
{
    struct backup_entries all;
    int64_t n = 0;
    int rc = backups_list(&all, store_workspace(self), err);
    rc = rc != 0 ? rc : note(self, actor, &all, now, &n, err);
    for (size_t i = 0; rc == 0 && i < all.n; i++) {
        char dir[FS_PATH_MAX], path[FS_PATH_MAX];
        if (!all.list[i].goes || all.list[i].kept_until > now)
            continue;
        if (fs_join(dir, sizeof dir, store_workspace(self), STORE_BACKUPS) != 0 ||
            fs_join(path, sizeof path, dir, all.list[i].name) != 0)
            rc = error_set(err, E_USAGE, store_workspace(self), "the path is too long");
        else if (unlink(path) != 0)
            rc = fs_error(err, path, "cannot be removed");
    }
    backups_release(&all);
    if (removed != NULL)
        *removed = n;
    return rc;
}
