#include "base/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/mem.h"

/* In libopenblas; declared here because cblas.h from another BLAS lacks it. */
extern void openblas_set_num_threads(int n);

struct worker {
    struct pool *pool;
    pthread_t thread;
    unsigned number;
};

struct pool {
    unsigned size;
    pthread_mutex_t lock;
    pthread_cond_t work, idle;
    unsigned long round;
    unsigned busy;
    bool quit;
    atomic_size_t next;
    size_t tasks;
    pool_fn fn;
    void *context;
    struct worker workers[];
};

static void drain(struct pool *self, unsigned worker)
{
    for (;;) {
        size_t task = atomic_fetch_add(&self->next, 1);
        if (task >= self->tasks)
            return;
        self->fn(self->context, task, worker);
    }
}

static void *worker_main(void *arg)
{
    struct worker *me = arg;
    struct pool *self = me->pool;
    unsigned long seen = 0;
    pthread_mutex_lock(&self->lock);
    for (;;) {
        while (!self->quit && self->round == seen)
            pthread_cond_wait(&self->work, &self->lock);
        if (self->quit)
            break;
        seen = self->round;
        pthread_mutex_unlock(&self->lock);
        drain(self, me->number);
        pthread_mutex_lock(&self->lock);
        if (--self->busy == 0)
            pthread_cond_signal(&self->idle);
    }
    pthread_mutex_unlock(&self->lock);
    return NULL;
}

struct pool *pool_new(unsigned threads)
{
    if (threads == 0) {
        long n = sysconf(_SC_NPROCESSORS_ONLN);
        threads = n < 1 ? 1 : n > 256 ? 256 : (unsigned)n;
    }
    struct pool *self = mem_zalloc(1, sizeof *self + threads * sizeof self->workers[0]);
    if (self == NULL)
        return NULL;
    openblas_set_num_threads(1);
    pthread_mutex_init(&self->lock, NULL);
    pthread_cond_init(&self->work, NULL);
    pthread_cond_init(&self->idle, NULL);
    self->size = 1;
    for (unsigned i = 1; i < threads; i++) {
        struct worker *w = &self->workers[i];
        *w = (struct worker){.pool = self, .number = i};
        if (pthread_create(&w->thread, NULL, worker_main, w) != 0)
            break; /* fewer threads only make it slower */
        self->size++;
    }
    return self;
}

void pool_free(struct pool *self)
{
    if (self == NULL)
        return;
    pthread_mutex_lock(&self->lock);
    self->quit = true;
    pthread_cond_broadcast(&self->work);
    pthread_mutex_unlock(&self->lock);
    for (unsigned i = 1; i < self->size; i++)
        pthread_join(self->workers[i].thread, NULL);
    pthread_cond_destroy(&self->idle);
    pthread_cond_destroy(&self->work);
    pthread_mutex_destroy(&self->lock);
    mem_free(self);
}

unsigned pool_size(const struct pool *self)
{
    return self == NULL ? 1 : self->size;
}

void pool_run(struct pool *self, size_t tasks, pool_fn fn, void *context)
{
    if (self == NULL || self->size == 1 || tasks <= 1) {
        for (size_t i = 0; i < tasks; i++)
            fn(context, i, 0);
        return;
    }
    pthread_mutex_lock(&self->lock);
    self->fn = fn;
    self->context = context;
    self->tasks = tasks;
    atomic_store(&self->next, 0);
    self->busy = self->size - 1;
    self->round++;
    pthread_cond_broadcast(&self->work);
    pthread_mutex_unlock(&self->lock);
    drain(self, 0);
    pthread_mutex_lock(&self->lock);
    while (self->busy != 0)
        pthread_cond_wait(&self->idle, &self->lock);
    pthread_mutex_unlock(&self->lock);
}
