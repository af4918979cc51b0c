#include "serve/limiter.h"

#include <math.h>
#include <pthread.h>

#include "base/mem.h"

enum { SHARDS = 64, SHARD_SLOTS = 512, PROBES = 8 };

struct bucket {
    uint64_t name; /* 0: never used */
    int64_t at_us;
    double tokens;
};

struct shard {
    pthread_mutex_t lock;
    struct bucket buckets[SHARD_SLOTS];
};

struct limiter {
    struct shard shards[SHARDS];
};

struct limiter *limiter_new(void)
{
    struct limiter *self = mem_zalloc(1, sizeof *self);
    for (int i = 0; self != NULL && i < SHARDS; i++)
        pthread_mutex_init(&self->shards[i].lock, NULL);
    return self;
}

void limiter_free(struct limiter *self)
{
    for (int i = 0; self != NULL && i < SHARDS; i++)
        pthread_mutex_destroy(&self->shards[i].lock);
    mem_free(self);
}

/* The bucket of that name, or the one that makes room for it. */
static struct bucket *find(struct shard *shard, uint64_t name, double full, int64_t now_us)
{
    struct bucket *oldest = NULL;
    for (unsigned i = 0; i < PROBES; i++) {
        struct bucket *b = &shard->buckets[(name / SHARDS + i) % SHARD_SLOTS];
        if (b->name == name)
            return b;
        if (oldest == NULL || b->name == 0 || (oldest->name != 0 && b->at_us < oldest->at_us))
            oldest = b;
    }
    *oldest = (struct bucket){.name = name, .at_us = now_us, .tokens = full};
    return oldest;
}

bool limiter_take(struct limiter *self, uint64_t name, double rate, double burst_seconds, int64_t now_us, int *wait_s)
{
    struct shard *shard = &self->shards[name % SHARDS];
    double full = fmax(1, rate * burst_seconds);
    name += name == 0;
    pthread_mutex_lock(&shard->lock);
    struct bucket *b = find(shard, name, full, now_us);
    if (now_us > b->at_us)
        b->tokens = fmin(full, b->tokens + (double)(now_us - b->at_us) * 1e-6 * rate);
    b->at_us = now_us;
    bool has = b->tokens >= 1;
    *wait_s = has ? 0 : (int)fmin(3600, ceil((1 - b->tokens) / rate));
    if (has)
        b->tokens -= 1;
    pthread_mutex_unlock(&shard->lock);
    return has;
}
