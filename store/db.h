/* db: what the files of store/ share; private to this floor.
 *
 * Statements are prepared once per connection and kept: db_prepare looks them up by the address of the
 * SQL text, which must be a literal.  A statement is handed out reset and unbound; its user steps it to
 * the end or resets it (db_done), so that no read lock stays behind. */
#ifndef RECKON_STORE_DB_H
#define RECKON_STORE_DB_H

#include <sqlite3.h>

#include "store/consent_policy.h"
#include "store/dictionary.h"
#include "store/store.h"

/* "rckn": what `file` and doctor know the database by. */
#define STORE_APPLICATION_ID 1919118190

enum { DB_STATEMENTS_MAX = 128 };

/* What is known of the suppression list (store/suppressions.h). */
struct suppression_memory {
    bool has_key, counted, any;
    bool looked_for_refusals, any_refusals; /* store/refusals.h */
    unsigned char key[32];
};

/* The policy of consent, and when it was read (store/consents.h). */
struct consent_memory {
    struct consent_policy policy;
    int64_t stamp, looked; /* stamp of the settings' file; 0: not read yet */
};

struct store {
    sqlite3 *db;
    char workspace[4096];
    bool writable;
    struct {
        const char *sql;
        sqlite3_stmt *statement;
    } statements[DB_STATEMENTS_MAX];
    size_t n_statements;
    enum store_writing writing;
    uint32_t log_pages;
    int64_t data_version, schema_version; /* when it was opened, and at each store_begin */
    /* What bulk writing looks up all the time; emptied by a rollback, and when others have written. */
    struct dictionary users, items, sessions, kinds, words;
    struct suppression_memory suppressions;
    struct consent_memory consents;
};

/* Runs SQL without parameters or rows. */
int db_run(struct store *self, const char *sql, struct error *err);
int db_prepare(struct store *self, const char *sql, sqlite3_stmt **out, struct error *err);

/* 1: a row, 0: done, negative: an error (already reset). */
int db_step(struct store *self, sqlite3_stmt *statement, struct error *err);
/* Steps a statement that gives no rows, and resets it. */
int db_do(struct store *self, sqlite3_stmt *statement, struct error *err);
void db_done(sqlite3_stmt *statement); /* reset, unbind; NULL, of a db_prepare that failed, is fine */

/* Binds from the first parameter on: i int64_t, r double (NaN: NULL), t const char * (NULL: NULL; not
 * copied: must live until the statement is done), s const char *, size_t and b const void *, size_t (likewise),
 * n nothing (NULL).
 * Returns 0, or E_NOMEM. */
int db_bind(struct store *self, sqlite3_stmt *statement, struct error *err, const char *types, ...);

/* db_prepare, db_bind and db_do in one. */
int db_exec(struct store *self, struct error *err, const char *sql, const char *types, ...);
/* The first column of the first row, as a number; `missing` when there is no row. */
int db_int(struct store *self, struct error *err, int64_t *out, int64_t missing, const char *sql, const char *types,
           ...);

/* text -> integer through a dictionary in front of a table: `find` selects the integer by (text, scope) or
 * (text); *id is 0 when there is none. */
int db_lookup(struct store *self, struct dictionary *cache, const char *find, int64_t scope, const char *text,
              size_t n, int64_t *id, struct error *err);
/* The same, and `insert` by (text, scope) or (text) makes it when there is none. */
int db_intern(struct store *self, struct dictionary *cache, const char *find, const char *insert, int64_t scope,
              const char *text, size_t n, int64_t *id, bool *added, struct error *err);

/* What an SQLite result code means to people.  Returns the error code. */
int db_error(sqlite3 *db, int code, const char *what, struct error *err);

/* Counts a step for store_fail_after, and tells whether it is one that must fail. */
bool db_must_fail(void);

/* How long to wait for another writer: 5 s, or $RECKON_PATIENCE_MS. */
int db_patience_ms(void);

/* Opens a connection with every pragma set and the important ones read back. */
int db_open(sqlite3 **out, const char *path, int flags, struct error *err);

/* Opens a database that nobody changes meanwhile (a backup, a read-only medium, where SQLite cannot make the files that
 * WAL needs): as its file is, without locks. */
int db_open_unchanging(sqlite3 **out, const char *path, struct error *err);

int store_make_dirs(const char *workspace, struct error *err);

/* Opens a workspace's database without looking at its schema or bringing it up to date, whatever it is; nothing of it
 * can be changed, and it is not tidied when it is closed. */
int store_open_as_it_is(struct store **out, const char *workspace, struct error *err);

/* Opens a database file as it is, for changes; its workspace is where it lies. */
int store_open_file(struct store **out, const char *path, struct error *err);

/* The text of a column, "" for NULL; valid until the next step. */
const char *db_text(sqlite3_stmt *statement, int column);
const char *db_text_or_null(sqlite3_stmt *statement, int column);
double db_real(sqlite3_stmt *statement, int column); /* NaN for NULL */

#endif
