#include "serve/work.h"

#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "serve/server.h"
#include "store/store.h"

/* Calls that are answered together are answered when the last of them is: where the queue stands, its next one is
 * never far, and few together are as good as many. */
enum { PRESSED_BATCH = 4 };

void work_queue_init(struct work_queue *self, size_t max)
{
    pthread_condattr_t monotonic;
    *self = (struct work_queue){.max = max};
    pthread_mutex_init(&self->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&self->filled, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

void work_queue_release(struct work_queue *self)
{
    pthread_mutex_destroy(&self->lock);
    pthread_cond_destroy(&self->filled);
}

void work_queue_bound(struct work_queue *self, size_t max, int64_t burst_us, int64_t steady_us)
{
    pthread_mutex_lock(&self->lock);
    self->max = max;
    self->admission.burst_us = burst_us;
    self->admission.steady_us = steady_us;
    pthread_mutex_unlock(&self->lock);
}

bool work_queue_put(struct work_queue *self, struct call *call)
{
    pthread_mutex_lock(&self->lock);
    bool room = !self->closed && self->n < self->max;
    if (room) {
        call->next = NULL;
        if (self->last != NULL)
            self->last->next = call;
        else
            self->first = call;
        self->last = call;
        self->n++;
        pthread_cond_signal(&self->filled);
    }
    pthread_mutex_unlock(&self->lock);
    return room;
}

bool work_queue_has_room(struct work_queue *self, int64_t age_us, int64_t now_us)
{
    pthread_mutex_lock(&self->lock);
    const struct admission_case c = {.waiting = self->n,
                                     .takers = self->takers,
                                     .first_us = self->first != NULL ? now_us - self->first->queued_us : 0,
                                     .age_us = age_us};
    bool room = !self->closed && self->n < self->max && admission_lets_in(&self->admission, &c, now_us);
    pthread_mutex_unlock(&self->lock);
    return room;
}

bool work_queue_is_pressed(struct work_queue *self)
{
    pthread_mutex_lock(&self->lock);
    bool pressed = self->admission.pressed;
    pthread_mutex_unlock(&self->lock);
    return pressed;
}

int64_t work_queue_limit_us(struct work_queue *self)
{
    pthread_mutex_lock(&self->lock);
    int64_t limit = self->admission.pressed ? admission_limit_us(&self->admission) : INT64_MAX;
    pthread_mutex_unlock(&self->lock);
    return limit;
}

void work_queue_learn(struct work_queue *self, size_t n, double us)
{
    pthread_mutex_lock(&self->lock);
    admission_learn(&self->admission, n, us);
    pthread_mutex_unlock(&self->lock);
}

void work_queue_wake(struct work_queue *self)
{
    pthread_mutex_lock(&self->lock);
    self->woken = true;
    pthread_cond_signal(&self->filled);
    pthread_mutex_unlock(&self->lock);
}

void work_queue_close(struct work_queue *self)
{
    pthread_mutex_lock(&self->lock);
    self->closed = true;
    pthread_cond_broadcast(&self->filled);
    pthread_mutex_unlock(&self->lock);
}

/* `lock` is held; true when there is something, or never will be. */
static bool wait_for_some(struct work_queue *self, int wait_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    while (self->n == 0 && !self->closed && !self->woken) {
        if (wait_ms < 0)
            pthread_cond_wait(&self->filled, &self->lock);
        else if (pthread_cond_timedwait(&self->filled, &self->lock, &until) != 0)
            return self->n > 0;
    }
    return true;
}

struct call *work_queue_take(struct work_queue *self, size_t max, int wait_ms, bool *over)
{
    pthread_mutex_lock(&self->lock);
    wait_for_some(self, wait_ms);
    self->woken = false;
    struct call *taken = self->first, *last = NULL;
    size_t share = self->takers > 1 ? (self->n + self->takers - 1) / self->takers : self->n;
    max = share < max ? share : max;
    if (self->admission.pressed && max > PRESSED_BATCH)
        max = PRESSED_BATCH;
    for (size_t i = 0; i < max && self->first != NULL; i++) {
        last = self->first;
        self->first = last->next;
        self->n--;
    }
    if (last != NULL)
        last->next = NULL;
    if (self->first == NULL)
        self->last = NULL;
    *over = self->closed && taken == NULL;
    pthread_mutex_unlock(&self->lock);
    return taken;
}

enum { IDLE_MS = 1000 };

struct work_crew {
    struct server *server;
    struct work_queue *queue;
    size_t batch;
    bool with_store;
    work_fn each;
    unsigned n;
    pthread_t threads[];
};

void work_refuse(struct call *calls, int retry_after, const char *code, const struct error *err)
{
    for (struct call *c = calls, *next; c != NULL; c = next) {
        next = c->next;
        call_unavailable(c, retry_after, code, err);
        http_resume(c);
    }
}

/* Those whose turn comes too late, though it was foreseen to come sooner, are turned away: the others, in their order.
 * Before anything is measured: what they take is not what an answer takes. */
static struct call *drop_late(const struct work_crew *self, struct call *calls)
{
    int64_t limit_us = work_queue_limit_us(self->queue), now_us = clock_monotonic_us();
    struct call *kept = NULL, **end = &kept;
    for (struct call *c = calls, *next; c != NULL; c = next) {
        next = c->next;
        if (now_us - c->queued_us <= limit_us) {
            *end = c;
            end = &c->next;
            continue;
        }
        atomic_fetch_sub(&self->server->meters.queued, 1);
        call_overloaded(c);
        http_resume(c);
    }
    *end = NULL;
    return kept;
}

static void answer(struct work_crew *self, struct desk *desk, struct call *calls)
{
    double began = clock_seconds();
    size_t n = 0;
    for (struct call *c = calls; c != NULL; c = c->next)
        n++;
    self->each(self->server, self->with_store ? desk : NULL, calls);
    work_queue_learn(self->queue, n, (clock_seconds() - began) * 1e6);
}

static void *work(void *context)
{
    struct work_crew *self = context;
    struct desk desk = {.store = NULL};
    unsigned epoch = atomic_load(&self->server->epoch);
    bool over = false;
    while (!over) {
        struct error err = {0};
        struct call *calls = work_queue_take(self->queue, self->batch, IDLE_MS, &over);
        if (epoch != atomic_load(&self->server->epoch)) { /* after an erasure nothing of it stays in memory */
            epoch = atomic_load(&self->server->epoch);
            desk_close(&desk);
            mem_wipe_stack();
        }
        if (calls == NULL && self->with_store) {
            struct view *view = view_hold(&self->server->view);
            desk_tidy(&desk, view);
            view_release(view);
        }
        if (calls != NULL)
            calls = drop_late(self, calls);
        if (calls == NULL)
            continue;
        if (self->with_store && desk_open(&desk, self->server, &err) != 0)
            work_refuse(calls, 5, "store_unavailable", &err);
        else
            answer(self, &desk, calls);
    }
    desk_close(&desk);
    return NULL;
}

int work_crew_start(struct work_crew **out, struct server *server, struct work_queue *queue, unsigned threads,
                    size_t batch, bool with_store, work_fn each, struct error *err)
{
    struct work_crew *self = mem_zalloc(1, sizeof *self + threads * sizeof self->threads[0]);
    if (self == NULL)
        return error_nomem(err, "serve");
    self->server = server;
    self->queue = queue;
    self->batch = batch;
    self->with_store = with_store;
    self->each = each;
    queue->takers = threads;
    for (; self->n < threads; self->n++)
        if (pthread_create(&self->threads[self->n], NULL, work, self) != 0)
            break;
    if (self->n == 0) {
        mem_free(self);
        return error_set(err, E_FAILED, "serve", "no thread can be started");
    }
    *out = self;
    return 0;
}

void work_crew_stop(struct work_crew *self)
{
    if (self == NULL)
        return;
    work_queue_close(self->queue);
    for (unsigned i = 0; i < self->n; i++)
        pthread_join(self->threads[i], NULL);
    mem_free(self);
}
