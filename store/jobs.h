/* jobs: the log of long commands: what ran when, and how it ended.
 *
 * A job that ended has its outcome.  One that has none is running as long as its process holds the lock on its
 * number in STORE_LOCK (a byte of the file; the kernel lets go of it when the process ends, however it
 * ends); without the lock it was interrupted: killed, or the machine went down.
 *
 * The log holds no arguments of commands and no data: they may name people.  It keeps the newest JOBS_KEPT.
 * Writing it never makes a command fail: on a read-only workspace, or when another process writes for
 * longer than a second, the job is not logged.  It has its own connections, so that a command's
 * transaction and its log do not meet. */
#ifndef RECKON_STORE_JOBS_H
#define RECKON_STORE_JOBS_H

#include "store/store.h"

#define STORE_LOCK "reckon.lock"

enum { JOBS_KEPT = 1000 };

struct job_log {
    int64_t job; /* 0: not logged */
    int64_t started;
    int lock; /* file descriptor, or -1 */
    char command[64];
};

void jobs_begin(struct job_log *self, const char *workspace, const char *command, int64_t now);

/* outcome: "done", "failed" or "cancelled"; message: may be NULL.  After a restore, which brings the log of the
 * backup, the job is logged anew. */
void jobs_end(struct job_log *self, const char *workspace, const char *outcome, const char *message, int64_t now);

struct job_info {
    int64_t job, process, started, ended; /* ended 0: none */
    const char *command, *outcome, *message; /* borrowed; outcome also "running" and "interrupted" */
};

/* The newest `limit` (0: all), newest first; fn's non-zero answer ends it and is returned. */
typedef int (*jobs_fn)(void *context, const struct job_info *info);
int jobs_each(struct store *self, int64_t limit, jobs_fn fn, void *context, struct error *err);

/* Whether the process of a job without outcome still runs. */
bool jobs_alive(const char *workspace, int64_t job);
/* Work that job `before` (0: none) saw to may be taken over by `job`: E_CONFLICT while `before` still runs. */
int jobs_check_free(const struct store *self, int64_t before, int64_t job, const char *what, int64_t number, struct error *err);

#endif
