/* erase_backup: people taken out of a backup, which stays one. */
#ifndef RECKON_STORE_ERASE_BACKUP_H
#define RECKON_STORE_ERASE_BACKUP_H

#include "base/job.h"
#include "store/store.h"

/* What is done to the copy of its database: chooses people and removes them.  *had: there was somebody. */
typedef int (*erase_backup_fn)(void *context, struct store *copy, bool *had, struct error *err);

/* `path`: the database file of a backup.  A copy is changed, written anew, and put in its place; a manifest beside it
 * is made to fit, and when somebody was in it, models go too, for they learnt from them.  Killed at any
 * point, the next call completes it.  E_CORRUPT: the backup was damaged before; it is left as it is. */
int erase_backup(const char *path, erase_backup_fn fn, void *context, int64_t *models, struct job *job,
                 struct error *err);

#endif
