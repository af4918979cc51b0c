/* slate_log: slates that were given out, on their way into the store.
 *
 * Workers put them (any thread, no waiting for the store); the writer takes all of them once a second, in a transaction
 * of its own.  What comes while SLATE_LOG_MAX wait is dropped and counted: a record of what was shown must never hold up
 * showing it.  A slate may be missing after a crash; an event never is. */
#ifndef RECKON_SERVE_SLATE_LOG_H
#define RECKON_SERVE_SLATE_LOG_H

#include <pthread.h>
#include <stdint.h>

#include "base/str.h"
#include "store/slates.h"

enum { SLATE_LOG_MAX = 4096 };

struct logged_slate {
    struct logged_slate *next;
    struct shown_slate shown; /* its texts lie behind it */
};

struct slate_log {
    pthread_mutex_t lock;
    struct logged_slate *first, *last;
    size_t n;
};

void slate_log_init(struct slate_log *self);
void slate_log_release(struct slate_log *self);
/* Copies; false: dropped. */
bool slate_log_put(struct slate_log *self, const struct shown_slate *shown);
/* All, oldest first; give them back with slate_log_free. */
struct logged_slate *slate_log_take(struct slate_log *self, size_t *n);
void slate_log_free(struct logged_slate *slates);

#endif
