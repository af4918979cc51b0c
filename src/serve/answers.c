#include "serve/answers.h"

#include <pthread.h>
#include <sodium.h>
#include <string.h>

#include "base/mem.h"

enum { SHARDS = 16, MEAN_ANSWER = 1024, FEWEST_SLOTS = 64, OVERHEAD = 96 };

struct entry {
    struct answer_name name;
    struct answer_stamp stamp;
    struct blob *blob; /* NULL: empty */
    uint32_t next;     /* in its chain, or of the free ones; slot + 1, 0: the end */
    bool used;
};

struct shard {
    pthread_mutex_t lock;
    uint32_t *chains; /* first slot + 1 */
    struct entry *entries;
    uint32_t hand, free; /* free: the first free slot + 1 */
    size_t bytes;
};

struct answers {
    struct meters *meters;
    unsigned char secret[crypto_generichash_KEYBYTES];
    size_t max_bytes; /* of a shard */
    uint32_t slots;   /* of a shard, a power of two */
    struct shard shards[SHARDS];
};

int answers_new(struct answers **out, size_t max_bytes, struct meters *meters, struct error *err)
{
    struct answers *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "serve");
    self->meters = meters;
    self->max_bytes = max_bytes / SHARDS;
    self->slots = FEWEST_SLOTS;
    while (self->slots < self->max_bytes / MEAN_ANSWER && self->slots < 1u << 24)
        self->slots *= 2;
    randombytes_buf(self->secret, sizeof self->secret);
    int rc = 0;
    for (int i = 0; i < SHARDS; i++) {
        struct shard *s = &self->shards[i];
        pthread_mutex_init(&s->lock, NULL);
        s->chains = mem_zalloc(self->slots, sizeof *s->chains);
        s->entries = mem_zalloc(self->slots, sizeof *s->entries);
        if (s->chains == NULL || s->entries == NULL)
            rc = error_nomem(err, "serve");
        for (uint32_t e = self->slots; rc == 0 && e > 0; e--) {
            s->entries[e - 1].next = s->free;
            s->free = e;
        }
    }
    if (rc != 0)
        answers_free(self);
    else
        *out = self;
    return rc;
}

void answers_free(struct answers *self)
{
    for (int i = 0; self != NULL && i < SHARDS; i++) {
        struct shard *s = &self->shards[i];
        for (uint32_t e = 0; s->entries != NULL && e < self->slots; e++)
            blob_release(s->entries[e].blob);
        mem_free(s->chains);
        mem_free(s->entries);
        pthread_mutex_destroy(&s->lock);
    }
    mem_free(self);
}

struct answer_name answers_name(const struct answers *self, unsigned route, const void *request, size_t n)
{
    struct answer_name name;
    crypto_generichash_state state;
    if (n <= 4096) { /* the usual case: a keyed hash that is made for short texts */
        unsigned char key[crypto_shorthash_siphashx24_KEYBYTES], hash[crypto_shorthash_siphashx24_BYTES];
        memcpy(key, self->secret, sizeof key);
        for (size_t i = 0; i < sizeof route; i++)
            key[i] ^= (unsigned char)(route >> 8 * i);
        crypto_shorthash_siphashx24(hash, request, n, key);
        memcpy(&name, hash, sizeof name);
        return name;
    }
    crypto_generichash_init(&state, self->secret, sizeof self->secret, sizeof name);
    crypto_generichash_update(&state, (const unsigned char *)&route, sizeof route);
    crypto_generichash_update(&state, request, n);
    crypto_generichash_final(&state, (unsigned char *)&name, sizeof name);
    return name;
}

static struct shard *shard_of(struct answers *self, struct answer_name name)
{
    return &self->shards[name.half[1] % SHARDS];
}

static uint32_t chain_of(const struct answers *self, struct answer_name name)
{
    return (uint32_t)name.half[0] & (self->slots - 1);
}

static struct entry *find(const struct answers *self, struct shard *s, struct answer_name name)
{
    for (uint32_t at = s->chains[chain_of(self, name)]; at != 0; at = s->entries[at - 1].next)
        if (memcmp(&s->entries[at - 1].name, &name, sizeof name) == 0)
            return &s->entries[at - 1];
    return NULL;
}

static void empty(struct answers *self, struct shard *s, struct entry *e)
{
    uint32_t *at = &s->chains[chain_of(self, e->name)], place = (uint32_t)(e - s->entries) + 1;
    while (*at != place)
        at = &s->entries[*at - 1].next;
    *at = e->next;
    size_t bytes = e->blob->n + OVERHEAD;
    s->bytes -= bytes;
    atomic_fetch_sub_explicit(&self->meters->cache_bytes, (int64_t)bytes, memory_order_relaxed);
    atomic_fetch_sub_explicit(&self->meters->cache_entries, 1, memory_order_relaxed);
    blob_release(e->blob);
    *e = (struct entry){.next = s->free};
    s->free = place;
}

void answers_clear(struct answers *self)
{
    for (int i = 0; i < SHARDS; i++) {
        struct shard *s = &self->shards[i];
        pthread_mutex_lock(&s->lock);
        for (uint32_t e = 0; e < self->slots; e++)
            if (s->entries[e].blob != NULL)
                empty(self, s, &s->entries[e]);
        pthread_mutex_unlock(&s->lock);
    }
}

/* One step of the hand: who was asked for since it last came by stays this time. */
static void turn(struct answers *self, struct shard *s)
{
    struct entry *e = &s->entries[s->hand];
    s->hand = (s->hand + 1) & (self->slots - 1);
    if (e->blob != NULL && !e->used)
        empty(self, s, e);
    else
        e->used = false;
}

/* An empty slot, after letting go of what is in the way. */
static struct entry *make_room(struct answers *self, struct shard *s, size_t bytes)
{
    while (s->free == 0 || s->bytes + bytes > self->max_bytes)
        turn(self, s);
    struct entry *e = &s->entries[s->free - 1];
    s->free = e->next;
    return e;
}

struct blob *answers_find(struct answers *self, struct answer_name name, struct answer_stamp *stamp)
{
    struct shard *s = shard_of(self, name);
    struct blob *blob = NULL;
    pthread_mutex_lock(&s->lock);
    struct entry *e = find(self, s, name);
    if (e != NULL) {
        e->used = true;
        *stamp = e->stamp;
        blob = blob_hold(e->blob);
    }
    pthread_mutex_unlock(&s->lock);
    return blob;
}

void answers_keep(struct answers *self, struct answer_name name, const struct answer_stamp *stamp, struct blob *blob)
{
    struct shard *s = shard_of(self, name);
    size_t bytes = blob->n + OVERHEAD;
    if (bytes > self->max_bytes / 4)
        return;
    pthread_mutex_lock(&s->lock);
    struct entry *e = find(self, s, name);
    if (e != NULL)
        empty(self, s, e);
    e = make_room(self, s, bytes);
    uint32_t *chain = &s->chains[chain_of(self, name)];
    *e = (struct entry){.name = name, .stamp = *stamp, .blob = blob_hold(blob), .next = *chain};
    *chain = (uint32_t)(e - s->entries) + 1;
    s->bytes += bytes;
    pthread_mutex_unlock(&s->lock);
    atomic_fetch_add_explicit(&self->meters->cache_bytes, (int64_t)bytes, memory_order_relaxed);
    atomic_fetch_add_explicit(&self->meters->cache_entries, 1, memory_order_relaxed);
}
