#include "store/store.h"

#include <errno.h>
#include <libgen.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/settings.h"
#include "store/backups.h"
#include "store/db.h"
#include "store/migrate.h"

#define TEXT_OF(number) #number
#define APPLICATION_ID_TEXT(number) TEXT_OF(number)

enum { PEOPLE_SLOTS = 1 << 19, SMALL_SLOTS = 1 << 14 };

int store_schema_version(void)
{
    return migrate_latest(store_migrations);
}

static int path_of(char *out, size_t size, const char *workspace, const char *name, struct error *err)
{
    if (fs_join(out, size, workspace, name) == 0)
        return 0;
    return error_set(err, E_USAGE, "workspace", "the path is longer than %zu bytes", size - 1);
}

static int write_settings(const char *workspace, struct error *err)
{
    char path[FS_PATH_MAX];
    int rc = path_of(path, sizeof path, workspace, STORE_SETTINGS, err);
    if (rc != 0 || fs_exists(path))
        return rc;
    struct str text;
    str_init(&text, 1 << 16);
    rc = settings_template(&text) != 0 ? error_nomem(err, path)
                                         : fs_write_all(path, str_text(&text), text.len, 0644, err);
    str_release(&text);
    return rc;
}

int store_make_dirs(const char *workspace, struct error *err)
{
    static const struct {
        const char *name;
        unsigned mode;
    } dirs[] = {{STORE_MODELS, 0755}, {STORE_KEYS, 0700}, {STORE_BACKUPS, 0700}};
    int rc = fs_make_dir(workspace, 0755, err);
    for (size_t i = 0; rc == 0 && i < sizeof dirs / sizeof dirs[0]; i++) {
        char path[FS_PATH_MAX];
        rc = path_of(path, sizeof path, workspace, dirs[i].name, err);
        if (rc == 0)
            rc = fs_make_dir(path, dirs[i].mode, err);
    }
    return rc;
}

int store_create(const char *workspace, struct error *err)
{
    char path[FS_PATH_MAX], temp[FS_PATH_MAX];
    int rc = path_of(path, sizeof path, workspace, STORE_FILE, err);
    if (rc == 0)
        rc = path_of(temp, sizeof temp, workspace, STORE_FILE ".new", err);
    if (rc != 0)
        return rc;
    if (fs_exists(path)) {
        error_set(err, E_CONFLICT, workspace, "is a workspace already");
        return error_hint(err, E_CONFLICT, "use it, or give another directory");
    }
    rc = store_make_dirs(workspace, err);
    if (rc != 0)
        return rc;
    unlink(temp); /* of an attempt that was interrupted */
    sqlite3 *db = NULL;
    rc = db_open(&db, temp, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
    if (rc == 0) {
        rc = migrate_run(db, workspace, store_migrations, err);
        static const char mark[] = "PRAGMA application_id = " APPLICATION_ID_TEXT(STORE_APPLICATION_ID) ";"
                                   "PRAGMA journal_mode = WAL";
        int sql = rc != 0 ? SQLITE_OK : sqlite3_exec(db, mark, NULL, NULL, NULL);
        if (sql != SQLITE_OK)
            rc = db_error(db, sql, workspace, err);
        sqlite3_close(db);
    }
    if (rc == 0)
        rc = write_settings(workspace, err);
    if (rc == 0 && (chmod(temp, 0600) != 0 || rename(temp, path) != 0))
        rc = error_set(err, E_IO, path, "cannot be put in its place: %s", strerror(errno));
    if (rc != 0)
        unlink(temp);
    return rc;
}

static int check_identity(struct store *self, const char *path, struct error *err)
{
    int64_t id = 0;
    int rc = db_int(self, err, &id, 0, "PRAGMA application_id", "");
    if (rc != 0 || id == STORE_APPLICATION_ID)
        return rc;
    error_set(err, E_CORRUPT, path, "is a database, but not one of reckon");
    return error_hint(err, E_CORRUPT, "`reckon init DIR` makes a new workspace; `reckon restore` brings back a backup");
}

static void forget(struct store *self)
{
    dictionary_clear(&self->users);
    dictionary_clear(&self->items);
    dictionary_clear(&self->sessions);
    dictionary_clear(&self->kinds);
    dictionary_clear(&self->words);
    self->suppressions.counted = false;
    self->suppressions.looked_for_refusals = false;
}

/* What the dictionaries remember is true as long as nobody else has written: another process may have erased a person.
 * A restore brings another database, where integers that the caller holds mean somebody else; the schema version gives
 * it away (it counts up). */
static int notice_others(struct store *self, struct error *err)
{
    int64_t data = 0, schema = 0;
    int rc = db_int(self, err, &data, 0, "PRAGMA data_version", "");
    if (rc != 0 || data == self->data_version)
        return rc;
    rc = db_int(self, err, &schema, 0, "PRAGMA schema_version", "");
    if (rc != 0)
        return rc;
    forget(self);
    bool another = schema != self->schema_version && self->schema_version != 0;
    self->data_version = data;
    self->schema_version = schema;
    if (!another)
        return 0;
    error_set(err, E_CONFLICT, self->workspace, "another process has restored or rebuilt this workspace meanwhile");
    return error_hint(err, E_CONFLICT, "run the command again");
}

static bool may_write(const struct store *self, const char *path)
{
    return access(path, W_OK) == 0 && access(self->workspace, W_OK) == 0;
}

/* There is one copy more now.  It never makes an opening fail: the next backup or erasure does it. */
static void prune_copies(struct store *self)
{
    const struct audit_actor actor = {"", "new schema"};
    struct error ignored;
    backups_prune(self, &actor, clock_now_ms(), NULL, &ignored);
}

static int open_db(struct store *self, const char *path, struct error *err)
{
    int64_t version = 0;
    bool can_write = may_write(self, path);
    if (!can_write && errno == EROFS && self->writable)
        return db_error(NULL, SQLITE_READONLY, self->workspace, err);
    if (!can_write && !self->writable)
        return db_open_unchanging(&self->db, path, err);
    /* Always opened for writing: a reader may have to bring the schema up to date, and needs the WAL's files. */
    int rc = db_open(&self->db, path, SQLITE_OPEN_READWRITE, err);
    if (rc == 0)
        rc = check_identity(self, path, err);
    if (rc == 0)
        rc = db_int(self, err, &version, 0, "PRAGMA user_version", "");
    if (rc == 0)
        rc = migrate_run(self->db, self->workspace, store_migrations, err);
    if (rc == 0) /* a copy of a backup's file, put in place by hand, is not in it; when others hinder that, so be it */
        sqlite3_exec(self->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
    if (rc == 0)
        rc = notice_others(self, err);
    if (rc == 0 && version != store_schema_version())
        prune_copies(self);
    if (rc == 0 && !self->writable)
        rc = db_run(self, "PRAGMA query_only = ON", err);
    return rc;
}

static struct store *new_store(const char *workspace, bool writable)
{
    struct store *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return NULL;
    self->writable = writable;
    snprintf(self->workspace, sizeof self->workspace, "%s", workspace);
    dictionary_init(&self->users, PEOPLE_SLOTS);
    dictionary_init(&self->items, PEOPLE_SLOTS);
    dictionary_init(&self->sessions, PEOPLE_SLOTS);
    dictionary_init(&self->kinds, SMALL_SLOTS);
    dictionary_init(&self->words, SMALL_SLOTS);
    return self;
}

static int finish_open(struct store **out, struct store *self, int rc)
{
    if (rc != 0)
        store_close(self);
    else
        *out = self;
    return rc;
}

int store_open(struct store **out, const char *workspace, bool writable, struct error *err)
{
    char path[FS_PATH_MAX];
    struct store *self = new_store(workspace, writable);
    if (self == NULL)
        return error_nomem(err, "the store");
    int rc = path_of(path, sizeof path, workspace, STORE_FILE, err);
    return finish_open(out, self, rc != 0 ? rc : open_db(self, path, err));
}

int store_set_cache(struct store *self, int mib, struct error *err)
{
    char sql[64];
    snprintf(sql, sizeof sql, "PRAGMA cache_size = %d", -1024 * mib);
    return db_run(self, sql, err);
}

int store_open_as_it_is(struct store **out, const char *workspace, struct error *err)
{
    char path[FS_PATH_MAX];
    struct store *self = new_store(workspace, false);
    if (self == NULL)
        return error_nomem(err, "the store");
    int rc = path_of(path, sizeof path, workspace, STORE_FILE, err);
    if (rc == 0)
        rc = may_write(self, path) ? db_open(&self->db, path, SQLITE_OPEN_READWRITE, err)
                                   : db_open_unchanging(&self->db, path, err);
    if (rc == 0)
        sqlite3_db_config(self->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
    if (rc == 0)
        rc = db_run(self, "PRAGMA query_only = ON", err);
    return finish_open(out, self, rc);
}

int store_open_file(struct store **out, const char *path, struct error *err)
{
    char dir[FS_PATH_MAX];
    snprintf(dir, sizeof dir, "%s", path);
    struct store *self = new_store(dirname(dir), true);
    if (self == NULL)
        return error_nomem(err, "the store");
    return finish_open(out, self, db_open(&self->db, path, SQLITE_OPEN_READWRITE, err));
}

void store_close(struct store *self)
{
    if (self == NULL)
        return;
    for (size_t i = 0; i < self->n_statements; i++)
        sqlite3_finalize(self->statements[i].statement);
    sqlite3_close(self->db);
    dictionary_release(&self->users);
    dictionary_release(&self->items);
    dictionary_release(&self->sessions);
    dictionary_release(&self->kinds);
    dictionary_release(&self->words);
    sodium_memzero(&self->suppressions, sizeof self->suppressions);
    mem_free(self);
}

const char *store_workspace(const struct store *self)
{
    return self->workspace;
}

int store_begin(struct store *self, struct error *err)
{
    int rc = db_run(self, "BEGIN IMMEDIATE", err);
    if (rc == 0 && (rc = notice_others(self, err)) != 0)
        store_rollback(self);
    return rc;
}

int store_commit(struct store *self, struct error *err)
{
    return db_run(self, "COMMIT", err);
}

void store_rollback(struct store *self)
{
    for (size_t i = 0; i < self->n_statements; i++)
        sqlite3_reset(self->statements[i].statement);
    if (!sqlite3_get_autocommit(self->db))
        sqlite3_exec(self->db, "ROLLBACK", NULL, NULL, NULL);
    forget(self); /* what was learnt in the transaction is not true any more */
}

int store_end(struct store *self, int rc, struct error *err)
{
    if (rc == 0)
        rc = store_commit(self, err);
    if (rc != 0)
        store_rollback(self);
    return rc;
}

/* The log must not fill the disk when nobody else empties it. */
enum { LOG_PAGES_MAX = 131072 };

static int note_log(void *context, sqlite3 *db, const char *name, int pages)
{
    struct store *self = context;
    self->log_pages = (uint32_t)pages;
    if (pages >= LOG_PAGES_MAX)
        sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return SQLITE_OK;
}

int store_set_writing(struct store *self, enum store_writing how, struct error *err)
{
    if (how == self->writing)
        return 0;
    int rc = db_run(self, how == STORE_ROWS ? "PRAGMA foreign_keys = ON" : "PRAGMA foreign_keys = OFF", err);
    if (rc != 0)
        return rc;
    if (how == STORE_STEADY)
        sqlite3_wal_hook(self->db, note_log, self);
    else /* takes the hook's place */
        sqlite3_wal_autocheckpoint(self->db, how == STORE_BULK ? LOG_PAGES_MAX : 1000);
    self->log_pages = 0;
    self->writing = how;
    return 0;
}

uint32_t store_log_pages(const struct store *self)
{
    return self->log_pages;
}

int store_checkpoint(struct store *self, bool begin_anew, struct error *err)
{
    enum { READERS_MS = 10 }; /* answers take less */
    if (begin_anew)
        sqlite3_busy_timeout(self->db, READERS_MS);
    int code = sqlite3_wal_checkpoint_v2(self->db, NULL, begin_anew ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE,
                                         NULL, NULL);
    if (begin_anew)
        sqlite3_busy_timeout(self->db, db_patience_ms());
    self->log_pages = 0;
    bool fine = code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED;
    return fine ? 0 : db_error(self->db, code, "checkpoint", err);
}

int store_mark(struct store *self, struct error *err)
{
    return db_exec(self, err, "SAVEPOINT mark", "");
}

int store_mark_end(struct store *self, bool keep, struct error *err)
{
    if (keep)
        return db_exec(self, err, "RELEASE mark", "");
    for (size_t i = 0; i < self->n_statements; i++)
        sqlite3_reset(self->statements[i].statement);
    forget(self);
    int rc = db_exec(self, err, "ROLLBACK TO mark", "");
    return rc != 0 ? rc : db_exec(self, err, "RELEASE mark", "");
}

int store_versions(struct store *self, int64_t *data, int64_t *schema, struct error *err)
{
    int rc = db_int(self, err, data, 0, "PRAGMA data_version", "");
    return rc != 0 ? rc : db_int(self, err, schema, 0, "PRAGMA schema_version", "");
}

int store_try_write(struct store *self, struct error *err)
{
    int rc = store_begin(self, err);
    if (rc == 0)
        rc = db_exec(self, err, "UPDATE counters SET next = next WHERE name = 'event'", "");
    if (rc == 0)
        rc = store_commit(self, err);
    if (rc != 0)
        store_rollback(self);
    return rc;
}

int store_begin_read(struct store *self, struct error *err)
{
    return db_run(self, "BEGIN", err);
}

void store_end_read(struct store *self)
{
    if (!sqlite3_get_autocommit(self->db))
        sqlite3_exec(self->db, "COMMIT", NULL, NULL, NULL);
}
