/* store: the workspace's database, and the only floor that speaks SQL.
 *
 * One SQLite file in WAL mode: any number of readers, each on a snapshot, and one writer.  What was
 * committed is durable (synchronous=FULL).  Deleted bytes are overwritten (secure_delete, read back at
 * every open).  Everything that belongs to one noun is in its own pair of files: identities.h (users),
 * items.h, kinds.h, events.h, imports.h, registry.h, jobs.h, ...
 *
 * Errors of all functions of this floor: E_CONFLICT (another process holds the write lock longer than
 * the patience of 5 s or $RECKON_PATIENCE_MS, or the file is of a newer reckon), E_IO (disk full, read-only,
 * unreadable), E_CORRUPT (no database, or damaged: `reckon doctor` explains), E_NOMEM.
 * Thread rule: a struct store belongs to one thread at a time; threads open their own. */
#ifndef RECKON_STORE_STORE_H
#define RECKON_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define STORE_FILE "reckon.db"
#define STORE_MODELS "models"
#define STORE_KEYS "keys"
#define STORE_BACKUPS "backups"
#define STORE_SETTINGS "reckon.toml"
#define STORE_HISTORY "shell-history" /* lines that were typed at the prompt */

struct store;

/* Makes the workspace's directories and an empty database; E_CONFLICT when there is one already. */
int store_create(const char *workspace, struct error *err);

/* Opens it, bringing an older schema up to date first: each migration runs in one transaction, after a
 * copy of the database was put into backups/.  `writable` false: nothing of the data can be changed. */
int store_open(struct store **out, const char *workspace, bool writable, struct error *err);
void store_close(struct store *self); /* NULL is fine */
const char *store_workspace(const struct store *self);

/* One write transaction at a time (BEGIN IMMEDIATE).  When another process has restored the workspace since the
 * store was opened, it answers E_CONFLICT, once: integers from before mean nothing any more, so whoever holds any must
 * begin anew; whoever holds none may call it again.  After a failure within it, or of the commit itself,
 * call store_rollback (harmless when there is none): nothing of it is kept. */
int store_begin(struct store *self, struct error *err);
int store_commit(struct store *self, struct error *err);
void store_rollback(struct store *self);
/* The end of a transaction: commits when rc is 0, else, and when that fails, takes back all of it.  Returns rc, or the
 * error of the commit. */
int store_end(struct store *self, int rc, struct error *err);

/* How much is written through this connection; between transactions.  In both of the latter references are not looked
 * up row by row, so integers must be interned in the transaction that uses them (`reckon doctor` checks them all). */
enum store_writing {
    STORE_ROWS,   /* now and then, as a store is opened */
    STORE_BULK,   /* batches of an import: a batch changes a page of nearly everybody, the next one the same pages
                   * again, so the log may grow to half a gigabyte before it goes into the database */
    STORE_STEADY  /* a stream of small transactions: somebody else brings the log into the database (store_checkpoint
                   * on another connection, which holds nobody up), and store_log_pages tells how long it has become */
};
int store_set_writing(struct store *self, enum store_writing how, struct error *err);
/* How much memory this connection keeps of the database at most, instead of the usual 32 MiB: for a process that has
 * several that only read. */
int store_set_cache(struct store *self, int mib, struct error *err);
uint32_t store_log_pages(const struct store *self); /* after the last commit; of STORE_STEADY */

/* Brings into the database what of the log nobody reads from the log any more, without waiting for anybody.
 * begin_anew: also the rest, and waits for those who read from the log, a moment, so that the next transaction begins
 * the log anew; when they take longer, it goes on growing. */
int store_checkpoint(struct store *self, bool begin_anew, struct error *err);

/* Within a transaction: work that may be taken back alone.  store_mark_end keeps it, or (`keep` false) takes back
 * what was done since store_mark.  Marks do not nest. */
int store_mark(struct store *self, struct error *err);
int store_mark_end(struct store *self, bool keep, struct error *err);

/* *data changes when, and only when, another connection (also of this process) has committed something; *schema when
 * the workspace was restored or rebuilt: then integers from before mean nothing any more. */
int store_versions(struct store *self, int64_t *data, int64_t *schema, struct error *err);

/* Writes and commits one page that holds what it held: can the store be written again? */
int store_try_write(struct store *self, struct error *err);

/* A snapshot: every read until store_end_read sees the same moment. */
int store_begin_read(struct store *self, struct error *err);
void store_end_read(struct store *self);

/* For tests: the nth step of a statement from now (1: the next) and all later ones fail as if the disk were
 * full; 0 switches off.  store_fail_count: steps since the last call. */
void store_fail_after(unsigned long n);
unsigned long store_fail_count(void);
void store_kill_after(unsigned long n); /* the same, but the process is killed there */

int store_schema_version(void); /* the newest that this build knows */

#endif
