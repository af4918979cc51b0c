/* watch: lets a job cancel a statement that runs long within SQLite; private to store/.
 *
 * A thread looks at the job ten times a second and interrupts the connection when it was cancelled: the statement
 * then ends with SQLITE_INTERRUPT.  (A progress handler would not do: checking a large table calls none for
 * seconds.)  A job of NULL needs no watching. */
#ifndef RECKON_STORE_WATCH_H
#define RECKON_STORE_WATCH_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>

#include "base/job.h"

struct watch {
    sqlite3 *db;
    struct job *job;
    const char *note;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool over;
};

/* `note` for progress; borrowed until the end. */
void watch_begin(struct watch *self, sqlite3 *db, struct job *job, const char *note);
void watch_end(struct watch *self);

#endif
