/* backup_parts: what backup.c and restore.c share; private to store/. */
#ifndef RECKON_STORE_BACKUP_PARTS_H
#define RECKON_STORE_BACKUP_PARTS_H

#include <sqlite3.h>

#include "store/backup.h"
#include "store/manifest.h"

/* A step that a test can make fail, or be the last of the process (store_fail_after, store_kill_after). */
int backup_step(const char *what, struct error *err);

int backup_path(char out[FS_PATH_MAX], const char *dir, const char *name, struct error *err);

/* backup_make of an open connection.  `link`: model files are not copied but linked where that is possible. */
int backup_write(sqlite3 *db, const char *workspace, const char *to, bool link, struct backup_info *info,
                 struct job *job, struct error *err);

void backup_describe(struct backup_info *info, const struct manifest *manifest);
void backup_remove(const char *dir); /* a directory of a backup, whatever of it is there */

#endif
