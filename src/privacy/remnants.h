/* remnants: the scan (scan/scan.h) of a workspace, with what reckon knows of its files and columns. */
#ifndef RECKON_PRIVACY_REMNANTS_H
#define RECKON_PRIVACY_REMNANTS_H

#include "scan/scan.h"
#include "store/store.h"

/* `root`: the workspace, or a file of it.  The store may be NULL: then nothing is known of columns. */
int remnants_scan(struct scan_report *out, struct store *store, const char *root, const struct needles *needles,
                  struct job *job, struct error *err);

/* "identities.identifier", or "sqlite_schema, field 4"; "" when the finding is in no tree. */
void remnants_where(struct store *store, const struct scan_finding *finding, char *out, size_t size);

#endif
