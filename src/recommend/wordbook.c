#include "recommend/wordbook.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"

enum { FIRST_SLOTS = 256 };

struct wordbook *wordbook_new(void)
{
    struct wordbook *self = mem_zalloc(1, sizeof *self);
    if (self != NULL)
        atomic_init(&self->holders, 1);
    return self;
}

struct wordbook *wordbook_hold(struct wordbook *self)
{
    atomic_fetch_add_explicit(&self->holders, 1, memory_order_relaxed);
    return self;
}

void wordbook_release(struct wordbook *self)
{
    if (self == NULL || atomic_fetch_sub_explicit(&self->holders, 1, memory_order_acq_rel) != 1)
        return;
    mem_free(self->block);
    mem_free(self->offset);
    mem_free(self->slots);
    mem_free(self->list);
    mem_free(self);
}

int wordbook_reserve(struct wordbook *self, size_t n, size_t bytes)
{
    return mem_grow((void **)&self->block, &self->cap_block, self->used + bytes, 1) != 0 ||
                   mem_grow((void **)&self->offset, &self->cap_offset, self->n + n, sizeof *self->offset) != 0
               ? -1
               : 0;
}

void wordbook_append(struct wordbook *self, const char *text, size_t n)
{
    memcpy(self->block + self->used, text, n);
    self->block[self->used + n] = '\0';
    self->offset[self->n++] = self->used;
    self->used += n + 1;
}

static void put_slot(struct wordbook *self, uint32_t number)
{
    const char *text = self->block + self->offset[number];
    size_t i = rng_key(text, strlen(text)) & (self->n_slots - 1);
    while (self->slots[i] != 0)
        i = (i + 1) & (self->n_slots - 1);
    self->slots[i] = number + 1;
}

static int grow_slots(struct wordbook *self)
{
    size_t n = self->n_slots == 0 ? FIRST_SLOTS : 2 * self->n_slots;
    uint32_t *slots = mem_zalloc(n, sizeof *slots);
    if (slots == NULL)
        return -1;
    mem_free(self->slots);
    self->slots = slots;
    self->n_slots = n;
    for (size_t i = 0; i < self->n; i++)
        put_slot(self, (uint32_t)i);
    return 0;
}

/* `n` without a NUL in it. */
static uint32_t look_up(const struct wordbook *self, const char *text, size_t n)
{
    if (self->n_slots == 0)
        return UINT32_MAX;
    for (size_t i = rng_key(text, n) & (self->n_slots - 1); self->slots[i] != 0; i = (i + 1) & (self->n_slots - 1)) {
        const char *known = self->block + self->offset[self->slots[i] - 1];
        if (strncmp(known, text, n) == 0 && known[n] == '\0')
            return self->slots[i] - 1;
    }
    return UINT32_MAX;
}

uint32_t wordbook_find(const struct wordbook *self, const char *text, size_t n)
{
    return look_up(self, text, strnlen(text, n));
}

int wordbook_intern(struct wordbook *self, const char *text, size_t n, uint32_t *number)
{
    n = strnlen(text, n);
    while (2 * self->n >= self->n_slots)
        if (grow_slots(self) != 0)
            return -1;
    *number = look_up(self, text, n);
    if (*number != UINT32_MAX)
        return 0;
    if (wordbook_reserve(self, 1, n + 1) != 0)
        return -1;
    *number = (uint32_t)self->n;
    wordbook_append(self, text, n);
    put_slot(self, *number);
    return 0;
}

struct wordbook *wordbook_copy(const struct wordbook *of)
{
    struct wordbook *self = wordbook_new();
    if (self == NULL)
        return NULL;
    self->slots = of->n_slots > 0 ? mem_alloc(of->n_slots, sizeof *self->slots) : NULL;
    if (wordbook_reserve(self, of->n, of->used) != 0 || (of->n_slots > 0 && self->slots == NULL)) {
        wordbook_release(self);
        return NULL;
    }
    if (of->n > 0) {
        memcpy(self->block, of->block, of->used);
        memcpy(self->offset, of->offset, of->n * sizeof *of->offset);
    }
    if (of->n_slots > 0)
        memcpy(self->slots, of->slots, of->n_slots * sizeof *of->slots);
    self->used = of->used;
    self->n = of->n;
    self->n_slots = of->n_slots;
    return self;
}

int wordbook_finish(struct wordbook *self)
{
    const char **list = mem_alloc(self->n, sizeof *list);
    if (list == NULL)
        return -1;
    for (size_t i = 0; i < self->n; i++)
        list[i] = self->block + self->offset[i];
    mem_free(self->list);
    self->list = list;
    return 0;
}
