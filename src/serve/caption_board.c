#include "serve/caption_board.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/rng.h"

enum { PLACES = 1 << 15, PROBES = 8, WAITING_MAX = 1024, KEY_MAX = 2048, OLD_MS = 10000 };

enum state { EMPTY, WAITING, WRITTEN, NONE, LATER };

struct place {
    uint64_t hash;
    char *name;          /* the key as text */
    char *caption;       /* of WRITTEN */
    enum state state;
    bool noted;          /* somebody will look */
    struct caption_stamp stamp;
    int64_t item, because; /* in the store; 0: none such */
    int64_t checked_ms, used_ms, retry_ms;
};

struct line {
    struct caption_waiting waiting[WAITING_MAX];
    size_t first, n;
};

struct caption_board {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    bool closed;
    struct item_changes *changes;
    struct place *places;
    struct line lines[CAPTION_LINES];
};

int caption_board_new(struct caption_board **out, struct item_changes *changes, struct error *err)
{
    pthread_condattr_t monotonic;
    struct caption_board *self = mem_zalloc(1, sizeof *self);
    struct place *places = mem_zalloc(PLACES, sizeof *places);
    if (self == NULL || places == NULL) {
        mem_free(self);
        mem_free(places);
        return error_nomem(err, "captions");
    }
    self->places = places;
    self->changes = changes;
    pthread_mutex_init(&self->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&self->filled, &monotonic);
    pthread_condattr_destroy(&monotonic);
    *out = self;
    return 0;
}

void caption_board_free(struct caption_board *self)
{
    if (self == NULL)
        return;
    for (size_t i = 0; i < PLACES; i++) {
        mem_free(self->places[i].name);
        mem_free(self->places[i].caption);
    }
    for (int l = 0; l < CAPTION_LINES; l++)
        for (size_t i = 0; i < self->lines[l].n; i++)
            mem_free(self->lines[l].waiting[(self->lines[l].first + i) % WAITING_MAX].texts);
    pthread_cond_destroy(&self->filled);
    pthread_mutex_destroy(&self->lock);
    mem_free(self->places);
    mem_free(self);
}

/* ---- lines ----------------------------------------------------------------------------------------------- */

static bool copy_key(struct caption_waiting *out, const struct caption_key *key)
{
    size_t item = strlen(key->item) + 1, because = strlen(key->because) + 1, language = strlen(key->language) + 1;
    char *all = mem_alloc(item + because + language, 1);
    if (all == NULL)
        return false;
    memcpy(all, key->item, item);
    memcpy(all + item, key->because, because);
    memcpy(all + item + because, key->language, language);
    *out = (struct caption_waiting){{key->kind, all, all + item, all + item + because}, all};
    return true;
}

static bool put(struct caption_board *self, enum caption_line line, const struct caption_key *key)
{
    struct line *l = &self->lines[line];
    if (self->closed || l->n == WAITING_MAX || !copy_key(&l->waiting[(l->first + l->n) % WAITING_MAX], key))
        return false;
    l->n++;
    pthread_cond_broadcast(&self->filled);
    return true;
}

bool caption_board_put(struct caption_board *self, enum caption_line line, const struct caption_key *key)
{
    pthread_mutex_lock(&self->lock);
    bool room = put(self, line, key);
    pthread_mutex_unlock(&self->lock);
    return room;
}

size_t caption_board_take(struct caption_board *self, enum caption_line line, struct caption_waiting *out, size_t max, int wait_ms,
                          bool *over)
{
    struct line *l = &self->lines[line];
    struct timespec until;
    size_t n = 0;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&self->lock);
    while ((l->n == 0 || max == 0) && !self->closed && pthread_cond_timedwait(&self->filled, &self->lock, &until) == 0)
        ;
    for (; n < max && l->n > 0; n++, l->n--) {
        out[n] = l->waiting[l->first];
        l->first = (l->first + 1) % WAITING_MAX;
    }
    *over = self->closed;
    pthread_mutex_unlock(&self->lock);
    return n;
}

void caption_board_close(struct caption_board *self)
{
    pthread_mutex_lock(&self->lock);
    self->closed = true;
    pthread_cond_broadcast(&self->filled);
    pthread_mutex_unlock(&self->lock);
}

/* ---- places ---------------------------------------------------------------------------------------------- */

/* A unit separator is in no identifier. */
static bool name_of(struct str *out, const struct caption_key *key)
{
    str_init(out, KEY_MAX);
    str_printf(out, "%d\x1f%s\x1f%s\x1f%s", (int)key->kind, key->item, key->because, key->language);
    return !out->failed;
}

/* That of the name, or *free: one to take instead. */
static struct place *find(struct caption_board *self, const struct str *name, uint64_t hash, struct place **room)
{
    struct place *oldest = NULL;
    for (size_t i = 0; i < PROBES; i++) {
        struct place *p = &self->places[(hash + i) % PLACES];
        if (p->state != EMPTY && p->hash == hash && strcmp(p->name, str_text(name)) == 0)
            return p;
        if (oldest == NULL || p->state == EMPTY || (oldest->state != EMPTY && p->used_ms < oldest->used_ms))
            oldest = p;
    }
    *room = oldest;
    return NULL;
}

static struct place *take_place(struct place *room, const struct str *name, uint64_t hash)
{
    char *text = mem_strdup(str_text(name));
    if (text == NULL)
        return NULL;
    mem_free(room->name);
    mem_free(room->caption);
    *room = (struct place){.hash = hash, .name = text, .state = WAITING};
    return room;
}

/* Items have changed, but not those of the place: it is as true as before. */
static void pass_over_others(struct caption_board *self, struct place *p, const struct caption_stamp *now)
{
    int64_t changed[ITEM_CHANGES];
    if (p->item == 0 || p->stamp.items == now->items || p->stamp.epoch != now->epoch)
        return;
    size_t n = item_changes_between(self->changes, p->stamp.items, now->items, changed);
    if (n > ITEM_CHANGES)
        return;
    for (size_t i = 0; i < n; i++)
        if (changed[i] == p->item || changed[i] == p->because)
            return;
    p->stamp.items = now->items;
}

static bool is_true(const struct place *p, const struct caption_stamp *now)
{
    return p->stamp.data == now->data && p->stamp.items == now->items && p->stamp.epoch == now->epoch && p->stamp.on == now->on;
}

/* Still to be shown, while somebody looks at it again. */
static bool is_recent(const struct place *p, const struct caption_stamp *now, int64_t now_ms)
{
    return p->stamp.items == now->items && p->stamp.epoch == now->epoch && now_ms - p->checked_ms < OLD_MS;
}

static enum caption_said look(struct caption_board *self, struct place *p, const struct caption_key *key,
                              const struct caption_stamp *now, int64_t now_ms, struct str *out, bool *dropped)
{
    pass_over_others(self, p, now);
    bool same = is_true(p, now);
    p->used_ms = now_ms;
    if (same && p->state == WRITTEN) {
        str_puts(out, p->caption);
        return CAPTION_SAID;
    }
    if (same && p->state == NONE)
        return CAPTION_NONE;
    if (!p->noted && (p->state != LATER || now_ms >= p->retry_ms)) {
        p->noted = put(self, CAPTION_LOOK, key);
        *dropped = !p->noted;
    }
    if (p->state != WRITTEN || !is_recent(p, now, now_ms))
        return CAPTION_WAITS;
    str_puts(out, p->caption);
    return CAPTION_SAID_ONCE;
}

enum caption_said caption_board_ask(struct caption_board *self, const struct caption_key *key,
                                    const struct caption_stamp *now, int64_t now_ms, struct str *out, bool *dropped)
{
    enum caption_said said = CAPTION_WAITS;
    struct str name;
    *dropped = false;
    if (name_of(&name, key)) {
        uint64_t hash = rng_key(str_text(&name), name.len);
        struct place *room = NULL;
        pthread_mutex_lock(&self->lock);
        struct place *p = find(self, &name, hash, &room);
        p = p != NULL ? p : take_place(room, &name, hash);
        if (p != NULL)
            said = look(self, p, key, now, now_ms, out, dropped);
        pthread_mutex_unlock(&self->lock);
    }
    str_release(&name);
    return said;
}

static void answer(struct place *p, const struct caption_stamp *stamp, const struct caption_found *found, int64_t now_ms)
{
    char *text = found->caption != NULL ? mem_strdup(found->caption) : NULL;
    mem_free(p->caption);
    p->caption = text;
    p->state = text != NULL ? WRITTEN : found->retry_ms != 0 || found->caption != NULL ? LATER : NONE;
    p->noted = false;
    p->stamp = *stamp;
    p->checked_ms = now_ms;
    p->retry_ms = found->retry_ms;
    p->item = found->item;
    p->because = found->because;
}

void caption_board_answer(struct caption_board *self, const struct caption_key *key, const struct caption_stamp *stamp,
                          const struct caption_found *found, int64_t now_ms)
{
    struct str name;
    if (name_of(&name, key)) {
        struct place *room = NULL;
        pthread_mutex_lock(&self->lock);
        struct place *p = find(self, &name, rng_key(str_text(&name), name.len), &room);
        if (p != NULL) /* else it had to go meanwhile */
            answer(p, stamp, found, now_ms);
        pthread_mutex_unlock(&self->lock);
    }
    str_release(&name);
}
