#include "store/db.h"

#include <malloc.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/job.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/gather.h"

static atomic_ulong fail_at; /* 0 = never */
static atomic_ulong stepped;
static atomic_bool kills;
static atomic_bool counts; /* a test has asked: else threads that read side by side would fight for the count */

void store_fail_after(unsigned long n)
{
    atomic_store(&stepped, 0);
    atomic_store(&kills, false);
    atomic_store(&fail_at, n);
    atomic_store(&counts, true);
}

void store_kill_after(unsigned long n)
{
    store_fail_after(n);
    atomic_store(&kills, true);
}

unsigned long store_fail_count(void)
{
    return atomic_load(&stepped);
}

bool db_must_fail(void)
{
    if (!atomic_load_explicit(&counts, memory_order_relaxed))
        return false;
    unsigned long count = atomic_fetch_add(&stepped, 1) + 1, at = atomic_load(&fail_at);
    if (at == 0 || count < at)
        return false;
    if (atomic_load(&kills))
        raise(SIGKILL);
    return true;
}

int db_error(sqlite3 *db, int code, const char *what, struct error *err)
{
    switch (code == SQLITE_IOERR_SHMSIZE ? SQLITE_FULL : code & 0xff) { /* no room for the index of the log */
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        error_set(err, E_CONFLICT, what, "another process is writing to this workspace");
        return error_hint(err, E_CONFLICT, "wait until it is done and run the command again; nothing was changed");
    case SQLITE_FULL:
        error_set(err, E_IO, what, "the disk is full");
        return error_hint(err, E_IO, "free some space and run the command again; the last step was taken back");
    case SQLITE_READONLY:
    case SQLITE_PERM:
        error_set(err, E_IO, what, "the workspace is read-only");
        return error_hint(err, E_IO, "check the owner and the permissions of its directory and of " STORE_FILE);
    case SQLITE_CANTOPEN:
        error_set(err, E_IO, what, "the database cannot be opened");
        return error_hint(err, E_IO, "check that the directory exists and that you may read and write in it");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        error_set(err, E_CORRUPT, what, "%s", (code & 0xff) == SQLITE_NOTADB ? "the file is not a database of reckon"
                                                                             : "the database is damaged");
        return error_hint(err, E_CORRUPT, "`reckon doctor` tells what is damaged; `reckon restore` brings back a "
                          "backup");
    case SQLITE_INTERRUPT: return job_error_cancelled(err, what);
    case SQLITE_NOMEM: return error_nomem(err, what);
    case SQLITE_IOERR:
        error_set(err, E_IO, what, "the disk reports an error (%d)", code);
        return error_hint(err, E_IO, "check the disk and its free space; the last step was taken back");
    case SQLITE_TOOBIG: return error_set(err, E_BAD_DATA, what, "a text is longer than the database can hold");
    default: return error_set(err, E_FAILED, what, "%s", db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(code));
    }
}

static int set_pragma(sqlite3 *db, const char *sql, const char *want)
{
    sqlite3_stmt *s;
    int rc = sqlite3_prepare_v2(db, sql, -1, &s, NULL);
    if (rc != SQLITE_OK)
        return rc;
    rc = sqlite3_step(s);
    const char *got = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(s, 0) : "";
    bool fits = want == NULL || (got != NULL && strcmp(got, want) == 0);
    int end = sqlite3_finalize(s);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return end;
    return fits ? SQLITE_OK : SQLITE_MISUSE;
}

int db_patience_ms(void)
{
    const char *text = getenv("RECKON_PATIENCE_MS");
    int64_t ms = 0;
    bool given = text != NULL && text_to_int64(text, strlen(text), &ms) && ms >= 0 && ms <= 3600000;
    return given ? (int)ms : 5000;
}

/* SQLite's memory is overwritten when it is given back, as reckon's own: pages hold people. */
static void *take(int n)
{
    return mem_resize(NULL, (size_t)n);
}

static void *resize(void *p, int n)
{
    return mem_resize(p, (size_t)n);
}

static int size_of(void *p)
{
    return p != NULL ? (int)malloc_usable_size(p) : 0;
}

static int round_up(int n)
{
    return (n + 7) & ~7;
}

static int begin(void *context)
{
    (void)context;
    return SQLITE_OK;
}

static void end(void *context)
{
    (void)context;
}

static const sqlite3_mem_methods memory = {.xMalloc = take, .xFree = mem_release, .xRealloc = resize, .xSize = size_of,
                                           .xRoundup = round_up, .xInit = begin, .xShutdown = end};

int db_open(sqlite3 **out, const char *path, int flags, struct error *err)
{
    static const struct {
        const char *sql, *want;
    } pragmas[] = {
        {"PRAGMA trusted_schema = OFF", NULL},
        {"PRAGMA cell_size_check = ON", NULL},
        {"PRAGMA foreign_keys = ON", NULL},
        {"PRAGMA foreign_keys", "1"},
        {"PRAGMA secure_delete = ON", "1"},
        {"PRAGMA temp_store = MEMORY", NULL},
        {"PRAGMA cache_size = -32768", NULL},
        {"PRAGMA synchronous = FULL", NULL},
    };
    sqlite3 *db = NULL;
    /* Nobody asks SQLite how much memory it holds, and keeping count takes a lock at every allocation: a tenth of
     * the time of an import.  Only before SQLite's first use; later calls change nothing. */
    sqlite3_config(SQLITE_CONFIG_MALLOC, &memory);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    int rc = sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_busy_timeout(db, db_patience_ms());
    for (size_t i = 0; rc == SQLITE_OK && i < sizeof pragmas / sizeof pragmas[0]; i++)
        rc = set_pragma(db, pragmas[i].sql, pragmas[i].want);
    if (rc == SQLITE_OK)
        rc = gather_register(db);
    if (rc != SQLITE_OK) {
        rc = rc == SQLITE_MISUSE ? error_set(err, E_FAILED, path, "this SQLite cannot overwrite what it deletes or "
                                             "check references; reckon does not work without")
                                 : db_error(db, rc, path, err);
        sqlite3_close(db);
        return rc;
    }
    *out = db;
    return 0;
}

int db_open_unchanging(sqlite3 **out, const char *path, struct error *err)
{
    char uri[FS_PATH_MAX * 3 + 32] = "file:";
    size_t at = strlen(uri);
    for (const char *p = path; *p != '\0' && at + 20 < sizeof uri; p++)
        at += (size_t)snprintf(uri + at, 4, *p == '%' || *p == '?' || *p == '#' ? "%%%02X" : "%c", (unsigned char)*p);
    snprintf(uri + at, sizeof uri - at, "?immutable=1");
    return db_open(out, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
}

int db_run(struct store *self, const char *sql, struct error *err)
{
    int rc = db_must_fail() ? SQLITE_FULL : sqlite3_exec(self->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : db_error(self->db, rc, self->workspace, err);
}

int db_prepare(struct store *self, const char *sql, sqlite3_stmt **out, struct error *err)
{
    *out = NULL; /* so that db_done may always be called */
    for (size_t i = 0; i < self->n_statements; i++)
        if (self->statements[i].sql == sql) {
            *out = self->statements[i].statement;
            db_done(*out);
            return 0;
        }
    sqlite3_stmt *statement;
    int rc = sqlite3_prepare_v3(self->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
    if (rc != SQLITE_OK)
        return db_error(self->db, rc, self->workspace, err);
    if (self->n_statements == DB_STATEMENTS_MAX) { /* more distinct texts than expected: the oldest goes */
        sqlite3_finalize(self->statements[0].statement);
        self->n_statements--;
        memmove(self->statements, self->statements + 1, self->n_statements * sizeof self->statements[0]);
    }
    self->statements[self->n_statements].sql = sql;
    self->statements[self->n_statements++].statement = statement;
    *out = statement;
    return 0;
}

int db_step(struct store *self, sqlite3_stmt *statement, struct error *err)
{
    int rc = db_must_fail() ? SQLITE_FULL : sqlite3_step(statement);
    if (rc == SQLITE_ROW)
        return 1;
    if (rc == SQLITE_DONE)
        return 0;
    rc = db_error(self->db, rc, self->workspace, err);
    db_done(statement);
    return rc;
}

int db_do(struct store *self, sqlite3_stmt *statement, struct error *err)
{
    int rc = db_step(self, statement, err);
    if (rc >= 0)
        db_done(statement);
    return rc < 0 ? rc : 0;
}

void db_done(sqlite3_stmt *statement)
{
    if (statement == NULL)
        return;
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

static int bind_one(sqlite3_stmt *statement, int at, char type, va_list *ap)
{
    switch (type) {
    case 'i': return sqlite3_bind_int64(statement, at, va_arg(*ap, int64_t));
    case 'r': {
        double v = va_arg(*ap, double);
        return isnan(v) ? sqlite3_bind_null(statement, at) : sqlite3_bind_double(statement, at, v);
    }
    case 't': return sqlite3_bind_text(statement, at, va_arg(*ap, const char *), -1, SQLITE_STATIC);
    case 's': {
        const char *p = va_arg(*ap, const char *);
        return sqlite3_bind_text64(statement, at, p, va_arg(*ap, size_t), SQLITE_STATIC, SQLITE_UTF8);
    }
    case 'b': {
        const void *p = va_arg(*ap, const void *);
        return sqlite3_bind_blob64(statement, at, p, va_arg(*ap, size_t), SQLITE_STATIC);
    }
    default: return sqlite3_bind_null(statement, at);
    }
}

static int bind_all(struct store *self, sqlite3_stmt *statement, struct error *err, const char *types, va_list *ap)
{
    int rc = SQLITE_OK;
    for (int i = 0; rc == SQLITE_OK && types[i] != '\0'; i++)
        rc = bind_one(statement, i + 1, types[i], ap);
    return rc == SQLITE_OK ? 0 : db_error(self->db, rc, self->workspace, err);
}

int db_bind(struct store *self, sqlite3_stmt *statement, struct error *err, const char *types, ...)
{
    va_list ap;
    va_start(ap, types);
    int rc = bind_all(self, statement, err, types, &ap);
    va_end(ap);
    return rc;
}

int db_exec(struct store *self, struct error *err, const char *sql, const char *types, ...)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, sql, &s, err);
    if (rc != 0)
        return rc;
    va_list ap;
    va_start(ap, types);
    rc = bind_all(self, s, err, types, &ap);
    va_end(ap);
    return rc != 0 ? rc : db_do(self, s, err);
}

int db_int(struct store *self, struct error *err, int64_t *out, int64_t missing, const char *sql, const char *types,
           ...)
{
    sqlite3_stmt *s;
    int rc = db_prepare(self, sql, &s, err);
    if (rc != 0)
        return rc;
    va_list ap;
    va_start(ap, types);
    rc = bind_all(self, s, err, types, &ap);
    va_end(ap);
    if (rc == 0)
        rc = db_step(self, s, err);
    if (rc < 0)
        return rc;
    *out = rc == 1 && sqlite3_column_type(s, 0) != SQLITE_NULL ? sqlite3_column_int64(s, 0) : missing;
    db_done(s);
    return 0;
}

static int bind_key(struct store *self, sqlite3_stmt *s, int64_t scope, const char *text, size_t n, struct error *err)
{
    return sqlite3_bind_parameter_count(s) == 2 ? db_bind(self, s, err, "si", text, n, scope)
                                                : db_bind(self, s, err, "s", text, n);
}

int db_lookup(struct store *self, struct dictionary *cache, const char *find, int64_t scope, const char *text,
              size_t n, int64_t *id, struct error *err)
{
    struct dictionary_key key = dictionary_key(cache, scope, text, n);
    *id = dictionary_get(cache, key);
    if (*id != 0)
        return 0;
    sqlite3_stmt *s;
    int rc = db_prepare(self, find, &s, err);
    if (rc == 0)
        rc = bind_key(self, s, scope, text, n, err);
    if (rc == 0)
        rc = db_step(self, s, err);
    if (rc < 0)
        return rc;
    if (rc == 1) {
        *id = sqlite3_column_int64(s, 0);
        dictionary_put(cache, key, *id);
    }
    db_done(s);
    return 0;
}

int db_intern(struct store *self, struct dictionary *cache, const char *find, const char *insert, int64_t scope,
              const char *text, size_t n, int64_t *id, bool *added, struct error *err)
{
    if (added != NULL)
        *added = false;
    int rc = db_lookup(self, cache, find, scope, text, n, id, err);
    if (rc != 0 || *id != 0)
        return rc;
    sqlite3_stmt *s;
    rc = db_prepare(self, insert, &s, err);
    if (rc == 0)
        rc = bind_key(self, s, scope, text, n, err);
    if (rc == 0)
        rc = db_do(self, s, err);
    if (rc != 0)
        return rc;
    *id = sqlite3_last_insert_rowid(self->db);
    dictionary_put(cache, dictionary_key(cache, scope, text, n), *id);
    if (added != NULL)
        *added = true;
    return 0;
}

const char *db_text(sqlite3_stmt *statement, int column)
{
    const unsigned char *text = sqlite3_column_text(statement, column);
    return text != NULL ? (const char *)text : "";
}

const char *db_text_or_null(sqlite3_stmt *statement, int column)
{
    return (const char *)sqlite3_column_text(statement, column);
}

double db_real(sqlite3_stmt *statement, int column)
{
    return sqlite3_column_type(statement, column) == SQLITE_NULL ? (double)NAN
                                                                 : sqlite3_column_double(statement, column);
}
