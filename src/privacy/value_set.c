#include "privacy/value_set.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"

void value_set_release(struct value_set *self)
{
    for (uint32_t i = 0; i < self->n; i++)
        mem_free(self->texts[i]);
    mem_free(self->texts);
    mem_free(self->slots);
    *self = (struct value_set){0};
}

static size_t slot_of(const struct value_set *self, const char *text)
{
    size_t at = rng_key(text, strlen(text)) & (self->n_slots - 1);
    while (self->slots[at] != 0 && strcmp(self->texts[self->slots[at] - 1], text) != 0)
        at = (at + 1) & (self->n_slots - 1);
    return at;
}

bool value_set_find(const struct value_set *self, const char *text, uint32_t *number)
{
    if (self->n_slots == 0)
        return false;
    size_t at = slot_of(self, text);
    if (self->slots[at] == 0)
        return false;
    *number = self->slots[at] - 1;
    return true;
}

static int make_room(struct value_set *self)
{
    if (((size_t)self->n + 1) * 2 <= self->n_slots)
        return 0;
    size_t n = self->n_slots > 0 ? self->n_slots * 2 : 64;
    uint32_t *slots = mem_zalloc(n, sizeof *slots);
    if (slots == NULL)
        return -1;
    mem_free(self->slots);
    self->slots = slots;
    self->n_slots = n;
    for (uint32_t i = 0; i < self->n; i++)
        slots[slot_of(self, self->texts[i])] = i + 1;
    return 0;
}

int value_set_put(struct value_set *self, const char *text, uint32_t *number)
{
    if (make_room(self) != 0)
        return -1;
    size_t at = slot_of(self, text);
    if (self->slots[at] == 0) {
        if (mem_grow((void **)&self->texts, &self->cap, (size_t)self->n + 1, sizeof *self->texts) != 0 ||
            (self->texts[self->n] = mem_strdup(text)) == NULL)
            return -1;
        self->slots[at] = ++self->n;
    }
    *number = self->slots[at] - 1;
    return 0;
}
