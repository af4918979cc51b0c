/* backup: a workspace copied to a directory, and back, while it is in use.
 *
 * A backup is a directory: reckon.db (a snapshot of one moment), the files of the models that it registers,
 * reckon.toml, and manifest.json with the SHA-256 of each.  It appears whole or not at all: it is made beside its place
 * and renamed.  Keys are never part of it: who finds a backup must not be able to sign with them.
 *
 * Restoring over a workspace changes the live database file page by page within one write transaction, and does not
 * rename another file over it: programs that have it open go on, and see the restored state from their next
 * transaction; a crash half-way leaves the old state.  Renaming would leave them with the old file, and what
 * they then commit would be lost.
 *
 * Who was erased since the backup was made does not come back: the audit log, cases, suppressions and holds of
 * the workspace are carried over, and everybody on the list is erased from a copy of the backup's database
 * before any of it can be read.  (A new workspace has no such list; backups in backups/ were cleaned by the erasure.) */
#ifndef RECKON_STORE_BACKUP_H
#define RECKON_STORE_BACKUP_H

#include "base/fs.h"
#include "base/job.h"
#include "store/store.h"

struct backup_info {
    int64_t created;
    int schema;
    int64_t events, users, items, models;
    int64_t missing;  /* registered models whose file is not there or not as it was registered: left out */
    int64_t files, bytes;
};

/* Makes `to`, which must not exist (or be an empty directory).  The store must not be within a transaction.
 * E_CONFLICT: there is something; E_CORRUPT: the database is damaged, and no backup of it is made. */
int backup_make(struct store *store, const char *to, struct backup_info *info, struct job *job, struct error *err);

struct backup_restored {
    struct backup_info backup;
    bool replaced;            /* there was a workspace */
    char kept[FS_PATH_MAX];   /* where it is now: a backup too, unless it was damaged; "" when there was none */
    bool kept_is_damaged;
    int64_t erased;           /* people in the backup who were erased since: taken out of it again */
    int64_t models_left_out;  /* models of the backup that learnt from them */
    bool erasures_unknown;    /* there were erasures, and the database that knew whom cannot be read */
};

/* Checks the backup in every respect before anything is changed, keeps what is there now in backups/before-restore-…,
 * and brings the backup into `workspace`, which is made when it does not exist.  Nobody in this process may
 * have its store open.  E_NOT_FOUND: no backup; E_CORRUPT: damaged or incomplete; E_CONFLICT: of a newer reckon, or
 * another process is writing. */
int backup_restore(const char *from, const char *workspace, struct backup_restored *out, struct job *job,
                   struct error *err);

/* The newest backup in the workspace's own backups/; false when there is none. */
bool backup_newest(const char *workspace, char out[FS_PATH_MAX]);

#endif
