/* work: bounded queues of calls, and the threads that take them. */
#ifndef RECKON_SERVE_WORK_H
#define RECKON_SERVE_WORK_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "serve/admission.h"
#include "serve/call.h"

struct work_queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct call *first, *last;
    size_t n, max;
    size_t takers; /* threads that take from it: each leaves the others their share; 0: one */
    struct admission admission;
    bool closed, woken;
};

void work_queue_init(struct work_queue *self, size_t max);
void work_queue_release(struct work_queue *self);
/* How many may wait, and how long (admission.h); also while it is used. */
void work_queue_bound(struct work_queue *self, size_t max, int64_t burst_us, int64_t steady_us);
bool work_queue_put(struct work_queue *self, struct call *call); /* false: it is full, or closed */
/* Would it take one more, which has waited for age_us already? */
bool work_queue_has_room(struct work_queue *self, int64_t age_us, int64_t now_us);
/* Does it stand? (admission.h) */
bool work_queue_is_pressed(struct work_queue *self);
/* How long a call may have waited when its turn comes: any time, unless the queue stands. */
int64_t work_queue_limit_us(struct work_queue *self);
/* n calls took so long: by this it is foreseen how long the last one in the queue will wait. */
void work_queue_learn(struct work_queue *self, size_t n, double us);
void work_queue_wake(struct work_queue *self);                   /* one taker, though there is nothing */
void work_queue_close(struct work_queue *self);                  /* takers get what is left, then nothing */

/* Up to `max` calls as a list (`next`), fewer where many wait for long, waiting at most wait_ms (-1: until there is one) for the first.
 * NULL: none in time, or closed and empty (*over). */
struct call *work_queue_take(struct work_queue *self, size_t max, int wait_ms, bool *over);

/* Answers every call of the list with 503, and resumes it. */
void work_refuse(struct call *calls, int retry_after, const char *code, const struct error *err);

/* Threads that carry out calls of one queue. */
struct work_crew;

/* each: called by a thread with a list of up to `batch` calls, and its desk (its store is opened by the
 * crew, read-only; NULL without a store).  each must see to it that every call ends in http_resume. */
struct desk;
typedef void (*work_fn)(struct server *server, struct desk *desk, struct call *calls);

int work_crew_start(struct work_crew **out, struct server *server, struct work_queue *queue, unsigned threads,
                    size_t batch, bool with_store, work_fn each, struct error *err);
void work_crew_stop(struct work_crew *self); /* closes the queue, waits for the threads; NULL is fine */

#endif
