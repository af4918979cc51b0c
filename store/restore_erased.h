/* restore_erased: a backup does not bring back who was erased since; private to store/. */
#ifndef RECKON_STORE_RESTORE_ERASED_H
#define RECKON_STORE_RESTORE_ERASED_H

#include <sqlite3.h>
#include <stdbool.h>

#include "base/job.h"
#include "store/store.h"

struct restore_erased {
    int64_t people;      /* who was taken out */
    int64_t log;         /* entries of the live audit log that were carried over; -1: nothing was */
    char (*files)[160];  /* models that learnt from them */
    size_t n_files, cap_files;
};

/* Does the live database have anything that must be carried over?  *unknown: there were erasures (their key is there),
 * but it cannot be read. */
int restore_erased_needed(const char *workspace, bool *needed, bool *unknown, struct error *err);

/* Carries log, cases, suppressions and holds of the live database into `copy`, which lies in the workspace, and erases
 * from it whoever is suppressed.  The copy is then written anew. */
int restore_erased(const char *copy, const char *live, struct restore_erased *out, struct job *job, struct error *err);
void restore_erased_release(struct restore_erased *self);

bool restore_erased_leaves_out(const struct restore_erased *self, const char *file);

/* With the live database locked by another connection: nothing was written to its log meanwhile.  E_CONFLICT. */
int restore_erased_still(const struct restore_erased *self, sqlite3 *live, const char *path, struct error *err);

#endif
