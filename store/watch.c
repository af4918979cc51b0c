#include "store/watch.h"

#include <time.h>

#include "base/clock.h"

enum { LOOK_MS = 100 };

static void *look(void *context)
{
    struct watch *self = context;
    double from = clock_seconds();
    pthread_mutex_lock(&self->lock);
    while (!self->over) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += LOOK_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        if (pthread_cond_timedwait(&self->ended, &self->lock, &until) != 0 && !self->over &&
            job_step(self->job, self->note, clock_seconds() - from, 0, "s"))
            sqlite3_interrupt(self->db);
    }
    pthread_mutex_unlock(&self->lock);
    return NULL;
}

void watch_begin(struct watch *self, sqlite3 *db, struct job *job, const char *note)
{
    *self = (struct watch){.db = db, .job = job, .note = note};
    if (job == NULL)
        return;
    pthread_mutex_init(&self->lock, NULL);
    pthread_cond_init(&self->ended, NULL);
    if (pthread_create(&self->thread, NULL, look, self) == 0)
        return;
    pthread_mutex_destroy(&self->lock); /* no thread: then it cannot be cancelled meanwhile */
    pthread_cond_destroy(&self->ended);
    self->job = NULL;
}

void watch_end(struct watch *self)
{
    if (self->job == NULL)
        return;
    pthread_mutex_lock(&self->lock);
    self->over = true;
    pthread_cond_signal(&self->ended);
    pthread_mutex_unlock(&self->lock);
    pthread_join(self->thread, NULL);
    pthread_mutex_destroy(&self->lock);
    pthread_cond_destroy(&self->ended);
    self->job = NULL;
}
