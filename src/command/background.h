/* background: commands that run in threads of their own, while a front goes on.
 *
 * The server's admin API and the console both run long commands this way.  Each job has its own struct app, and so its
 * own connection to the store.  Jobs wait in the order they came; `crew` of them run at once.  Of those that are over,
 * the last BACKGROUND_KEPT are kept, and all that somebody watches.
 *
 * Threads of the crew block all signals, so that those reach the front, and run behind it (niceness, SCHED_BATCH): a key
 * or a request need not wait for a training that uses every processor.  Whatever changes in a job raises its
 * `version` and calls `changed` (may be NULL): from any thread, under the lock, so it may only ring a bell.
 *
 * Reading: background_lock, look at jobs (background_first, background_find, ->next), background_unlock.  `result` and
 * `error` do not change any more once a job is over; they may be read without the lock while `watchers` is held up. */
#ifndef RECKON_COMMAND_BACKGROUND_H
#define RECKON_COMMAND_BACKGROUND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/curves.h"
#include "base/job.h"
#include "command/command.h"

enum { BACKGROUND_KEPT = 100, BACKGROUND_ID_SIZE = 33 };

enum background_state {
    BACKGROUND_WAITING,
    BACKGROUND_RUNNING,
    BACKGROUND_DONE, /* it and those after it are over */
    BACKGROUND_FAILED,
    BACKGROUND_CANCELLED
};

struct background;

struct background_job {
    struct background_job *next; /* an older one */
    char id[BACKGROUND_ID_SIZE]; /* random, for those who must not guess it */
    int64_t number;              /* 1, 2, ... */
    const struct command *command;
    struct args *args;
    bool confirmed;
    char caller[64];             /* who asked for it, where the front knows; else "" */
    enum background_state state;
    int64_t created, started, ended; /* ms UTC; 0: not yet */
    uint64_t version;
    char note[160], unit[32];
    double done, total; /* as in job_step */
    struct result result; /* also of one that failed and has something to show */
    struct error error;
    struct curves curves; /* of the job; has a lock of its own */
    unsigned watchers;
    struct job job;
    struct background *owner;
};

struct background_options {
    const char *workspace; /* as app.workspace_option; copied; NULL: found as the command line does */
    unsigned threads;      /* of each job's app; 0: all processors */
    int (*check_keys)(const char *text, size_t n, struct error *err); /* as app.check_keys */
    bool keep_models;      /* models stay open from one job to the next (recommend/cores.h) */
    unsigned crew;         /* jobs at once, at most 8 */
    const char *front;     /* what the audit log calls it; NULL: "command line"; borrowed */
    void (*changed)(void *context);
    void *context;
};

int background_new(struct background **out, const struct background_options *options, struct error *err);
void background_cancel_all(struct background *self); /* and nothing new begins; NULL is fine */
void background_free(struct background *self);       /* waits for what runs; NULL is fine */

/* For a console that found or made its workspace later: jobs that begin from now on. */
void background_set_workspace(struct background *self, const char *workspace);

/* Takes `args`, also when it fails; those of a command that names people (CF_PRIVATE) are emptied when it is over.
 * caller: who asks, for the audit log; NULL: the system's user.  *number (may be NULL) is the job's. */
int background_start(struct background *self, const struct command *command, struct args *args, bool confirmed,
                     const char *caller, int64_t *number, struct error *err);

struct cores *background_cores(struct background *self); /* for questions outside of jobs; NULL without keep_models */

void background_lock(struct background *self);
void background_unlock(struct background *self);
/* The rest wants the lock. */
struct background_job *background_first(struct background *self); /* the newest */
struct background_job *background_find(struct background *self, const char *id);
struct background_job *background_numbered(struct background *self, int64_t number);
size_t background_unfinished(struct background *self);
bool background_over(const struct background_job *job);
const char *background_state_name(enum background_state state); /* "waiting", ... */

#endif
