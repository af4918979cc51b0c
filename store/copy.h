/* copy: whole databases, by SQLite's online backup; private to store/.
 *
 * A copy is of one moment when `from` has a snapshot open (store_begin_read and one SELECT), however much others
 * write meanwhile. */
#ifndef RECKON_STORE_COPY_H
#define RECKON_STORE_COPY_H

#include <sqlite3.h>

#include "base/error.h"
#include "base/job.h"

/* Copies the whole database of `from` to a new file (0600); on failure there is none. */
int copy_to_file(sqlite3 *from, const char *path, struct job *job, struct error *err);

/* Runs a backup that was begun to its end.  `what` for errors, `to` its target.  The caller finishes it. */
int copy_run(sqlite3_backup *backup, sqlite3 *to, const char *what, struct job *job, struct error *err);

/* Is every page of the database in its place?  E_CORRUPT when not. */
int copy_check(sqlite3 *db, const char *what, struct job *job, struct error *err);

#endif
