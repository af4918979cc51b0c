#include "serve/attendant.h"

#include <pthread.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "http/client.h"
#include "serve/admin.h"
#include "serve/callback.h"
#include "serve/server.h"
#include "store/origins.h"
#include "store/store.h"

enum { TICK_MS = 500, AGAIN_MS = 5000, CONNECTIONS = 16 };

struct attendant {
    struct server *server;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t called;
    bool over, awake;
    struct client *client; /* made when there is somebody to tell */
    struct store *store;
    unsigned epoch;
    int64_t last;     /* the case that was begun last, and when: one that cannot be carried on is not tried all the time */
    int64_t begun_ms;
};

static void carry_on(struct attendant *self)
{
    struct error err = {0};
    int64_t number = 0, now = clock_monotonic_ms();
    if (origins_waiting(self->store, &number, &err) != 0 || number == 0 ||
        (number == self->last && now - self->begun_ms < AGAIN_MS))
        return;
    if (admin_carry_on(self->server->admin, number, &err) == 0) {
        self->last = number;
        self->begun_ms = now;
    }
}

static bool goes_on(void *context)
{
    struct attendant *self = context;
    carry_on(self);
    pthread_mutex_lock(&self->lock);
    bool over = self->over;
    pthread_mutex_unlock(&self->lock);
    return !over;
}

static void look(struct attendant *self)
{
    struct error err = {0};
    if (server_open_store(self->server, &self->store, &self->epoch, true, &err) != 0)
        return;
    carry_on(self);
    if (self->client == NULL && client_new(&self->client, CONNECTIONS, &err) != 0)
        return;
    if (callback_tell_all(self->server, self->store, self->client, goes_on, self, &err) != 0) {
        client_free(self->client);
        self->client = NULL;
    }
}

/* False: it is over. */
static bool wait_for_more(struct attendant *self)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)TICK_MS * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&self->lock);
    while (!self->over && !self->awake && pthread_cond_timedwait(&self->called, &self->lock, &until) == 0)
        ;
    self->awake = false;
    bool goes_on = !self->over;
    pthread_mutex_unlock(&self->lock);
    return goes_on;
}

static void *run(void *context)
{
    struct attendant *self = context;
    while (wait_for_more(self))
        look(self);
    client_free(self->client);
    store_close(self->store);
    return NULL;
}

int attendant_start(struct attendant **out, struct server *server, struct error *err)
{
    pthread_condattr_t monotonic;
    struct attendant *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "serve");
    self->server = server;
    pthread_mutex_init(&self->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&self->called, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&self->thread, NULL, run, self) != 0) {
        mem_free(self);
        return error_set(err, E_FAILED, "serve", "no thread can be started");
    }
    *out = self;
    return 0;
}

void attendant_wake(struct attendant *self)
{
    if (self == NULL)
        return;
    pthread_mutex_lock(&self->lock);
    self->awake = true;
    pthread_cond_signal(&self->called);
    pthread_mutex_unlock(&self->lock);
}

void attendant_stop(struct attendant *self)
{
    if (self == NULL)
        return;
    pthread_mutex_lock(&self->lock);
    self->over = true;
    pthread_cond_signal(&self->called);
    pthread_mutex_unlock(&self->lock);
    pthread_join(self->thread, NULL);
    pthread_cond_destroy(&self->called);
    pthread_mutex_destroy(&self->lock);
    mem_free(self);
}
