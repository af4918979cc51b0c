/* spool: standard input, or a pipe, as a file that can be read twice.
 *
 * An import reads its source once to check it and once to store it.  What cannot be read again is copied to a
 * nameless file in `directory` first (the workspace: it may hold personal data), as it comes, compressed or
 * not; it is gone when the process ends, however it ends. */
#ifndef RECKON_INGEST_SPOOL_H
#define RECKON_INGEST_SPOOL_H

#include "base/error.h"
#include "base/job.h"

struct spool {
    int fd;
    char path[64]; /* by which the copy can be opened */
};

bool spool_is_needed(const char *path);
int spool_open(struct spool *self, const char *path, const char *directory, struct job *job, struct error *err);
void spool_release(struct spool *self); /* zeroed is fine */

#endif
