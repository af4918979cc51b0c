/* remnants: the scan (scan/scan.h) of a workspace, with what reckon knows of its files and columns. */
#ifndef RECKON_PRIVACY_REMNANTS_H
#define RECKON_PRIVACY_REMNANTS_H

#include "scan/scan.h"
#include "store/store.h"

/* `root`: the workspace, or a file of it.  The store may be NULL: then nothing is known of columns. */
int remnants_scan(struct scan_report *out, struct store *store, const char *root, const struct needles *needles,
                  struct job *job, struct error *err);

/* A search for a case of erasure.  REMNANTS_FILES and REMNANTS_BACKUPS leave out the database (it goes by its tables, and
 * nobody who writes it is held up), and read what goes as a whole only until something is found. */
enum remnants_scope {
    REMNANTS_ALL,
    REMNANTS_FILES,
    REMNANTS_BACKUPS /* backups only, of which nothing is known: any schema, any column */
};

struct remnants_search {
    struct store *store; /* of the workspace */
    const struct needles *needles;
    enum remnants_scope scope;
    struct proven *proven; /* of these needles */
    struct job *job;
};
int remnants_search(struct scan_report *out, const struct remnants_search *search, struct error *err);

/* Is the file one of a backup in the workspace? */
bool remnants_is_backup(const char *file);

/* "identities.identifier", or "sqlite_schema, field 4"; "" when the finding is in no tree. */
void remnants_where(struct store *store, const struct scan_finding *finding, char *out, size_t size);

#endif
