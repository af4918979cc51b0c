#include "base/labels.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"

enum { FIRST_SIZE = 256 };

void labels_release(struct labels *self)
{
    for (size_t i = 0; i < self->n; i++)
        mem_free(self->texts[i]);
    mem_free(self->texts);
    mem_free(self->slots);
    *self = (struct labels){.n = 0};
}

/* Where the text is, or where it would go. */
static size_t slot_of(const struct labels *self, const char *text, size_t n)
{
    size_t at = rng_key(text, n) & (self->size - 1);
    while (self->slots[at] != 0) {
        const char *there = self->texts[self->slots[at] - 1];
        if (strncmp(there, text, n) == 0 && there[n] == '\0')
            break;
        at = (at + 1) & (self->size - 1);
    }
    return at;
}

static int widen(struct labels *self)
{
    struct labels wide = *self;
    wide.size = self->size == 0 ? FIRST_SIZE : self->size * 2;
    wide.slots = mem_zalloc(wide.size, sizeof *wide.slots);
    if (wide.slots == NULL)
        return -1;
    for (size_t i = 0; i < self->n; i++)
        wide.slots[slot_of(&wide, self->texts[i], strlen(self->texts[i]))] = (uint32_t)i + 1;
    mem_free(self->slots);
    *self = wide;
    return 0;
}

long labels_find(const struct labels *self, const char *text, size_t n)
{
    return self->size == 0 ? -1 : (long)self->slots[slot_of(self, text, n)] - 1;
}

long labels_number(struct labels *self, const char *text, size_t n)
{
    if (3 * (self->n + 1) > 2 * self->size && widen(self) != 0)
        return -1;
    size_t at = slot_of(self, text, n);
    if (self->slots[at] != 0)
        return (long)self->slots[at] - 1;
    if (self->n >= UINT32_MAX - 1 || mem_grow((void **)&self->texts, &self->cap, self->n + 1, sizeof *self->texts) != 0)
        return -1;
    self->texts[self->n] = mem_strndup(text, n);
    if (self->texts[self->n] == NULL)
        return -1;
    self->slots[at] = (uint32_t)++self->n;
    return (long)self->n - 1;
}
