#include "store/dictionary.h"

#include <sodium.h>
#include <string.h>

#include "base/mem.h"

enum { FIRST_SIZE = 1024, SHORT_TEXT = 512 };

void dictionary_init(struct dictionary *self, size_t max_slots)
{
    *self = (struct dictionary){.max = max_slots};
    randombytes_buf(self->secret, sizeof self->secret);
}

void dictionary_release(struct dictionary *self)
{
    mem_free(self->slots);
    self->slots = NULL;
    self->size = self->used = 0;
}

void dictionary_clear(struct dictionary *self)
{
    if (self->used > 0)
        memset(self->slots, 0, self->size * sizeof *self->slots);
    self->used = 0;
}

struct dictionary_key dictionary_key(const struct dictionary *self, int64_t scope, const char *text, size_t n)
{
    struct dictionary_key key;
    unsigned char buf[SHORT_TEXT + sizeof scope], *p = buf;
    if (n <= SHORT_TEXT) {
        memcpy(p, &scope, sizeof scope);
        memcpy(p + sizeof scope, text, n);
        crypto_shorthash_siphashx24((unsigned char *)&key, p, sizeof scope + n, self->secret);
        return key;
    }
    /* long texts: the hash of (scope, hash of the text) */
    crypto_shorthash_siphashx24(p + sizeof scope, (const unsigned char *)text, n, self->secret);
    memcpy(p, &scope, sizeof scope);
    crypto_shorthash_siphashx24((unsigned char *)&key, p, sizeof scope + sizeof key, self->secret);
    return key;
}

static struct dictionary_slot *find(struct dictionary_slot *slots, size_t size, struct dictionary_key key)
{
    size_t at = key.half[0] & (size - 1);
    while (slots[at].value != 0 && (slots[at].key[0] != key.half[0] || slots[at].key[1] != key.half[1]))
        at = (at + 1) & (size - 1);
    return &slots[at];
}

int64_t dictionary_get(const struct dictionary *self, struct dictionary_key key)
{
    return self->used == 0 ? 0 : find(self->slots, self->size, key)->value;
}

/* At most two thirds are used. */
static int make_room(struct dictionary *self)
{
    if (self->size > 0 && (self->used + 1) * 3 <= self->size * 2)
        return 0;
    if (self->size >= self->max) {
        dictionary_clear(self);
        return 0;
    }
    size_t size = self->size == 0 ? FIRST_SIZE : self->size * 4;
    if (size > self->max)
        size = self->max;
    struct dictionary_slot *slots = mem_zalloc(size, sizeof *slots);
    if (slots == NULL)
        return -1;
    for (size_t i = 0; i < self->size; i++) {
        const struct dictionary_slot *s = &self->slots[i];
        if (s->value != 0)
            *find(slots, size, (struct dictionary_key){{s->key[0], s->key[1]}}) = *s;
    }
    mem_free(self->slots);
    self->slots = slots;
    self->size = size;
    return 0;
}

void dictionary_put(struct dictionary *self, struct dictionary_key key, int64_t value)
{
    if (make_room(self) != 0)
        return;
    struct dictionary_slot *s = find(self->slots, self->size, key);
    self->used += s->value == 0;
    *s = (struct dictionary_slot){.key = {key.half[0], key.half[1]}, .value = value};
}
