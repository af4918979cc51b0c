/* What lies beside the database: models, leftovers, permissions, settings, free space. */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/settings.h"
#include "store/backups.h"
#include "store/doctor_parts.h"

static int check_model(struct doctor *self, sqlite3_stmt *s)
{
    const char *file = db_text(s, 0), *checksum = db_text(s, 1),
               *again = "Restore a backup that has it, or train it again.";
    char path[FS_PATH_MAX], hex[65];
    struct stat st;
    struct error err = {0};
    doctor_path(self, path, file);
    if (stat(path, &st) != 0)
        doctor_say(self, "models", DOCTOR_PROBLEM, again, "%s is in the registry, but there is no such file.", file);
    else if (st.st_size != sqlite3_column_int64(s, 2))
        doctor_say(self, "models", DOCTOR_PROBLEM, again, "%s has %" PRId64 " bytes; it was written with %" PRId64 ".",
                   file,
                   (int64_t)st.st_size, (int64_t)sqlite3_column_int64(s, 2));
    else if (!self->quick && fs_sha256_file(path, hex, &err) != 0)
        doctor_say(self, "models", DOCTOR_PROBLEM, "Check its owner, its permissions and the disk.", "%s %s.", file,
                   err.why);
    else if (!self->quick && strcmp(hex, checksum) != 0)
        doctor_say(self, "models", DOCTOR_PROBLEM, again, "%s was changed or damaged: its checksum is not the one of "
                   "the registry.", file);
    else
        return 0;
    return 1;
}

/* Registered models whose file is not right; how many there are at all. */
static int check_models(struct doctor *self)
{
    struct error err = {0};
    sqlite3_stmt *s;
    int64_t n = 0, wrong = 0;
    int rc = db_prepare(self->store, "SELECT file, checksum, bytes FROM models WHERE removed IS NULL ORDER BY model", &s, &err);
    while (rc == 0 && (rc = db_step(self->store, s, &err)) == 1) {
        wrong += check_model(self, s);
        rc = job_step(self->job, "checking model files", (double)n++, 0, "models") ? E_CANCELLED : 0;
    }
    db_done(s);
    if (rc < 0)
        return doctor_unreadable(self, "models", rc, &err);
    if (wrong == 0)
        doctor_say(self, "models", DOCTOR_OK, "", "%" PRId64 " model files are there and%s whole.", n,
                   self->quick ? ", by their size," : "");
    return 0;
}

static bool registered(struct doctor *self, const char *name)
{
    char file[FS_PATH_MAX];
    int64_t found = 1; /* when it cannot be told, it is not a leftover */
    snprintf(file, sizeof file, STORE_MODELS "/%s", name);
    if (self->store != NULL)
        db_int(self->store, NULL, &found, 0, "SELECT 1 FROM models WHERE file = ?1", "t", file);
    return found != 0;
}

static bool is_leftover(const char *name)
{
    const char *temp = strstr(name, ".tmp-");
    size_t n = strlen(name);
    return (temp != NULL && strlen(temp) == 11) || (n > 4 && strcmp(name + n - 4, ".new") == 0) ||
           (n > 8 && strcmp(name + n - 8, "-journal") == 0) || strncmp(name, "publishing-", 11) == 0 ||
           strncmp(name, ".import-", 8) == 0;
}

/* Names in a directory that `pick` takes; the first few are listed in `names`. */
static int64_t list(struct doctor *self, const char *dir, bool (*pick)(struct doctor *, const char *),
                    struct str *names)
{
    char path[FS_PATH_MAX];
    doctor_path(self, path, dir);
    DIR *d = opendir(path);
    int64_t n = 0;
    for (struct dirent *e = d != NULL ? readdir(d) : NULL; e != NULL; e = readdir(d)) {
        if (!pick(self, e->d_name))
            continue;
        if (n++ < 3)
            str_printf(names, "%s%s%s%s", names->len > 0 ? ", " : "", dir, dir[0] != '\0' ? "/" : "", e->d_name);
    }
    if (d != NULL)
        closedir(d);
    return n;
}

static bool pick_leftover(struct doctor *self, const char *name)
{
    (void)self;
    return is_leftover(name);
}

static bool pick_unregistered(struct doctor *self, const char *name)
{
    return name[0] != '.' && !is_leftover(name) && !registered(self, name);
}

static void check_leftovers(struct doctor *self)
{
    static const char *const dirs[] = {"", STORE_MODELS, STORE_KEYS, STORE_BACKUPS};
    struct str names;
    int64_t n = 0;
    str_init(&names, 2048);
    for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++)
        n += list(self, dirs[i], pick_leftover, &names);
    if (n > 0)
        doctor_say(self, "leftovers", DOCTOR_WARNING, "When no command is running in this workspace, remove them.",
                   "%" PRId64 " files of something that was interrupted: %s%s.", n, str_text(&names),
                   n > 3 ? ", …" : "");
    else
        doctor_say(self, "leftovers", DOCTOR_OK, "", "Nothing that was interrupted has left files behind.");
    str_clear(&names);
    n = list(self, STORE_MODELS, pick_unregistered, &names);
    if (n > 0)
        doctor_say(self, "models", DOCTOR_WARNING, "`reckon models import FILE` takes one in; remove the others.",
                   "%" PRId64 " files in " STORE_MODELS "/ are not in the registry: %s%s.", n, str_text(&names),
                   n > 3 ? ", …" : "");
    str_release(&names);
}

/* Says when others than the owner have rights that they must not have. */
static int check_mode(struct doctor *self, const char *name, unsigned want)
{
    char path[FS_PATH_MAX], advice[256];
    struct stat st;
    doctor_path(self, path, name);
    if (stat(path, &st) != 0 || (st.st_mode & 0777 & ~want) == 0)
        return 0;
    snprintf(advice, sizeof advice, "chmod %04o %.200s", want, name);
    doctor_say(self, "permissions", DOCTOR_PROBLEM, advice, "%s may be read or changed by others: its mode is %04o.",
               name,
               (unsigned)st.st_mode & 07777);
    return 1;
}

static int check_modes_in(struct doctor *self, const char *dir)
{
    char path[FS_PATH_MAX], name[FS_PATH_MAX];
    int wrong = check_mode(self, dir, 0700);
    doctor_path(self, path, dir);
    DIR *d = opendir(path);
    for (struct dirent *e = d != NULL ? readdir(d) : NULL; e != NULL; e = readdir(d))
        if (e->d_name[0] != '.' && fs_join(name, sizeof name, dir, e->d_name) == 0)
            wrong += check_mode(self, name, 0700);
    if (d != NULL)
        closedir(d);
    return wrong;
}

static void check_permissions(struct doctor *self)
{
    int wrong = check_mode(self, STORE_FILE, 0600);
    if (wrong == 0) /* SQLite gives these the mode of the database */
        wrong += check_mode(self, STORE_FILE "-wal", 0600) + check_mode(self, STORE_FILE "-shm", 0600);
    wrong += check_modes_in(self, STORE_KEYS) + check_modes_in(self, STORE_BACKUPS);
    if (wrong == 0)
        doctor_say(self, "permissions", DOCTOR_OK, "", "Data, keys and backups are for their owner alone.");
}

static int check_settings(struct doctor *self)
{
    char path[FS_PATH_MAX];
    struct settings settings;
    struct error err = {0};
    doctor_path(self, path, STORE_SETTINGS);
    int rc = settings_load(&settings, path, &err);
    if (rc == E_NOMEM)
        return rc;
    if (rc != 0)
        doctor_say(self, "settings", DOCTOR_PROBLEM, err.hint, "%s: %s.", err.what, err.why);
    else
        doctor_say(self, "settings", DOCTOR_OK, "", "%s %s.", STORE_SETTINGS,
                   fs_exists(path) ? "is understood to its last line"
                                   : "does not exist; every setting is at its default");
    return 0;
}

static int check_backups(struct doctor *self)
{
    struct backup_entries all;
    int64_t bytes = 0, due = 0;
    int rc = backups_list(&all, self->workspace, NULL);
    if (rc != 0) /* settings that cannot be read have a line of their own */
        return rc == E_NOMEM ? rc : 0;
    for (size_t i = 0; i < all.n; i++) {
        bytes += all.list[i].bytes;
        due += all.list[i].goes && all.list[i].kept_until <= clock_now_ms();
    }
    if (due > 0)
        doctor_say(self, "backups", DOCTOR_OK, "", "%zu in " STORE_BACKUPS "/, %" PRId64 " MB; %" PRId64 " of them, from before a "
                   "new schema, go with the next `reckon privacy retention run` or erasure.", all.n, bytes >> 20, due);
    else
        doctor_say(self, "backups", DOCTOR_OK, "", "%zu in " STORE_BACKUPS "/, %" PRId64 " MB.", all.n, bytes >> 20);
    backups_release(&all);
    return 0;
}

static void check_space(struct doctor *self)
{
    struct statvfs fs;
    if (statvfs(self->workspace, &fs) != 0)
        return;
    int64_t free_bytes = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize,
            need = self->counts->database_bytes + (INT64_C(64) << 20);
    bool low = free_bytes < need;
    doctor_say(self, "disk", low ? DOCTOR_WARNING : DOCTOR_OK,
               low ? "Make room: a backup, a restore and a new schema each need space for a copy of the database." : "",
               "%" PRId64 " MB are free.", free_bytes >> 20);
}

int doctor_files(struct doctor *self)
{
    int rc = self->store != NULL ? check_models(self) : 0;
    if (rc != 0)
        return rc;
    check_leftovers(self);
    check_permissions(self);
    rc = check_settings(self);
    rc = rc != 0 ? rc : check_backups(self);
    check_space(self);
    return rc;
}
