#include "ingest/riding.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

enum { WRITTEN = 1 << 16, FIRST_SLOTS = 1 << 12 };

static uint64_t mix(uint64_t x)
{
    x ^= x >> 32;
    x *= UINT64_C(0xd6e8feb86659fd93);
    x ^= x >> 32;
    x *= UINT64_C(0xd6e8feb86659fd93);
    return x ^ x >> 32;
}

static uint64_t hash_text(const char *s, size_t n)
{
    uint64_t h = n * UINT64_C(0x9e3779b97f4a7c15), w;
    for (; n >= 8; s += 8, n -= 8) {
        memcpy(&w, s, 8);
        h = mix(h ^ w);
    }
    w = 0;
    memcpy(&w, s, n);
    return mix(h ^ w);
}

/* Values that are collected are told apart by their text too. */
static uint64_t key_of(int64_t owner, uint32_t attribute, int collect, const char *text, size_t n)
{
    uint64_t key = mix((uint64_t)owner * UINT64_C(0x9e3779b97f4a7c15) + attribute);
    return collect ? mix(key ^ hash_text(text, n)) : key;
}

static uint64_t key_of_value(const struct riding *self, const struct riding_value *v)
{
    return key_of(v->owner, v->attribute, v->collect, self->text + v->at, v->n);
}

int riding_init(struct riding *self)
{
    *self = (struct riding){.n_slots = FIRST_SLOTS};
    self->slots = mem_zalloc(FIRST_SLOTS, sizeof *self->slots);
    self->written = mem_zalloc(WRITTEN, sizeof *self->written);
    return self->slots != NULL && self->written != NULL ? 0 : -1;
}

void riding_release(struct riding *self)
{
    mem_free(self->values);
    mem_free(self->slots);
    mem_free(self->text);
    mem_free(self->written);
}

static int grow_slots(struct riding *self)
{
    size_t n = self->n_slots * 2;
    uint32_t *slots = mem_zalloc(n, sizeof *slots);
    if (slots == NULL)
        return -1;
    for (size_t i = 0; i < self->n; i++) {
        size_t s = key_of_value(self, &self->values[i]) & (n - 1);
        while (slots[s] != 0)
            s = (s + 1) & (n - 1);
        slots[s] = (uint32_t)i + 1;
    }
    mem_free(self->slots);
    self->slots = slots;
    self->n_slots = n;
    return 0;
}

static int set_text(struct riding *self, struct riding_value *v, const char *text, uint32_t n)
{
    if (mem_grow((void **)&self->text, &self->text_cap, self->text_n + n, 1) != 0)
        return -1;
    memcpy(self->text + self->text_n, text, n);
    v->at = self->text_n;
    v->n = n;
    self->text_n += n;
    return 0;
}

int riding_put(struct riding *self, int64_t owner, uint32_t attribute, const char *text, uint32_t n, uint8_t form,
               int collect)
{
    size_t s = key_of(owner, attribute, collect, text, n) & (self->n_slots - 1);
    for (; self->slots[s] != 0; s = (s + 1) & (self->n_slots - 1)) {
        struct riding_value *v = &self->values[self->slots[s] - 1];
        if (v->owner != owner || v->attribute != attribute)
            continue;
        bool same = v->n == n && memcmp(self->text + v->at, text, n) == 0;
        if (collect && !same)
            continue;
        v->form = form;
        return same ? 0 : set_text(self, v, text, n);
    }
    if (mem_grow((void **)&self->values, &self->cap, self->n + 1, sizeof *self->values) != 0)
        return -1;
    struct riding_value *v = &self->values[self->n];
    *v = (struct riding_value){.owner = owner, .attribute = attribute, .form = form, .collect = collect != 0};
    if (set_text(self, v, text, n) != 0)
        return -1;
    self->slots[s] = (uint32_t)++self->n;
    return self->n * 2 > self->n_slots ? grow_slots(self) : 0;
}

int riding_is_known(struct riding *self, const struct riding_value *v)
{
    uint64_t key = key_of_value(self, v), value = hash_text(self->text + v->at, v->n);
    struct riding_written *w = &self->written[key & (WRITTEN - 1)];
    if (w->key == key && w->value == value)
        return 1;
    *w = (struct riding_written){key, value};
    return 0;
}

void riding_clear(struct riding *self)
{
    if (self->n > 0)
        memset(self->slots, 0, self->n_slots * sizeof *self->slots);
    self->n = 0;
    self->text_n = 0;
}
