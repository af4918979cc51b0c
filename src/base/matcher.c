#include "base/matcher.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { FILTER_BITS = 20, FILTER_BYTES = (1 << FILTER_BITS) / 8 };

struct pattern {
    size_t at, n;    /* in `bytes` */
    uint32_t id;
    uint32_t shorter; /* the longest other pattern that this one begins with, + 1; 0: none */
    const struct matcher *owner; /* while they are sorted */
};

struct matcher {
    unsigned char fold[256];
    unsigned char filter[FILTER_BYTES];
    unsigned char *bytes; /* folded */
    size_t used, cap_bytes;
    struct pattern *patterns;
    size_t n, cap;
    size_t longest;
};

int matcher_new(struct matcher **out, struct error *err)
{
    struct matcher *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "the search");
    for (int i = 0; i < 256; i++)
        self->fold[i] = (unsigned char)(i >= 'A' && i <= 'Z' ? i - 'A' + 'a' : i);
    *out = self;
    return 0;
}

void matcher_free(struct matcher *self)
{
    if (self == NULL)
        return;
    if (self->bytes != NULL)
        sodium_memzero(self->bytes, self->cap_bytes);
    mem_free(self->bytes);
    mem_free(self->patterns);
    mem_free(self);
}

int matcher_add(struct matcher *self, const void *bytes, size_t n, uint32_t id, struct error *err)
{
    const unsigned char *p = bytes;
    if (self->cap_bytes < self->used + n) { /* grown by hand: what is left behind is overwritten */
        size_t cap = self->cap_bytes * 2 > self->used + n ? self->cap_bytes * 2 : self->used + n + 4096;
        unsigned char *next = mem_alloc(cap, 1);
        if (next == NULL)
            return error_nomem(err, "the search");
        if (self->bytes != NULL) {
            memcpy(next, self->bytes, self->used);
            sodium_memzero(self->bytes, self->cap_bytes);
        }
        mem_free(self->bytes);
        self->bytes = next;
        self->cap_bytes = cap;
    }
    if (mem_grow((void **)&self->patterns, &self->cap, self->n + 1, sizeof *self->patterns) != 0)
        return error_nomem(err, "the search");
    for (size_t i = 0; i < n; i++)
        self->bytes[self->used + i] = self->fold[p[i]];
    self->patterns[self->n++] = (struct pattern){.at = self->used, .n = n, .id = id};
    self->used += n;
    self->longest = n > self->longest ? n : self->longest;
    return 0;
}

static int compare_patterns(const void *a, const void *b)
{
    const struct pattern *x = a, *y = b;
    const unsigned char *bytes = x->owner->bytes;
    int c = memcmp(bytes + x->at, bytes + y->at, x->n < y->n ? x->n : y->n);
    if (c != 0 || x->n != y->n)
        return c != 0 ? c : x->n < y->n ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

static uint32_t filter_place(uint32_t word)
{
    return (word * UINT32_C(0x9E3779B1)) >> (32 - FILTER_BITS);
}

static uint32_t first_word(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool begins_with(const struct matcher *self, const struct pattern *p, const struct pattern *with)
{
    return with->n <= p->n && memcmp(self->bytes + p->at, self->bytes + with->at, with->n) == 0;
}

int matcher_ready(struct matcher *self, struct error *err)
{
    (void)err;
    for (size_t i = 0; i < self->n; i++)
        self->patterns[i].owner = self;
    if (self->n > 0)
        qsort(self->patterns, self->n, sizeof *self->patterns, compare_patterns);
    memset(self->filter, 0, sizeof self->filter);
    for (size_t i = 0; i < self->n; i++) {
        struct pattern *p = &self->patterns[i];
        uint32_t place = filter_place(first_word(self->bytes + p->at));
        self->filter[place >> 3] |= (unsigned char)(1u << (place & 7));
        size_t candidate = i; /* + 1; of the one before and its own beginnings, the first that fits is the longest */
        while (candidate > 0 && !begins_with(self, p, &self->patterns[candidate - 1]))
            candidate = self->patterns[candidate - 1].shorter;
        p->shorter = (uint32_t)candidate;
    }
    return 0;
}

size_t matcher_longest(const struct matcher *self)
{
    return self->longest;
}

static int compare_data(const struct matcher *self, const struct pattern *p, const unsigned char *data, size_t n)
{
    const unsigned char *b = self->bytes + p->at;
    size_t common = p->n < n ? p->n : n;
    for (size_t i = 0; i < common; i++) {
        unsigned char c = self->fold[data[i]];
        if (b[i] != c)
            return b[i] < c ? -1 : 1;
    }
    return p->n <= n ? 0 : 1; /* 0: the data begin with it */
}

/* Every pattern that data begin with. */
static int report(const struct matcher *self, const unsigned char *data, size_t n, size_t at, matcher_fn fn,
                  void *context)
{
    size_t low = 0, high = self->n; /* after the last that is not above the data */
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (compare_data(self, &self->patterns[mid], data, n) <= 0)
            low = mid + 1;
        else
            high = mid;
    }
    for (size_t i = low; i > 0; i = self->patterns[i - 1].shorter) {
        const struct pattern *p = &self->patterns[i - 1];
        int rc = compare_data(self, p, data, n) == 0 ? fn(context, at, p->n, p->id) : 0;
        if (rc != 0)
            return rc;
    }
    return 0;
}

int matcher_scan(const struct matcher *self, const unsigned char *data, size_t n, size_t from, size_t to, matcher_fn fn,
                 void *context)
{
    if (n < MATCHER_MIN || self->n == 0)
        return 0;
    to = to > n - MATCHER_MIN + 1 ? n - MATCHER_MIN + 1 : to;
    if (from >= to)
        return 0;
    const unsigned char *fold = self->fold;
    uint32_t word = (uint32_t)fold[data[from]] << 16 | (uint32_t)fold[data[from + 1]] << 8 | fold[data[from + 2]];
    for (size_t i = from; i < to; i++) {
        word = word << 8 | fold[data[i + 3]];
        uint32_t place = filter_place(word);
        if (!(self->filter[place >> 3] & (1u << (place & 7))))
            continue;
        int rc = report(self, data + i, n - i, i, fn, context);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int say_yes(void *context, size_t at, size_t length, uint32_t id)
{
    (void)context, (void)at, (void)length, (void)id;
    return 1;
}

bool matcher_any(const struct matcher *self, const unsigned char *data, size_t n)
{
    return matcher_scan(self, data, n, 0, n, say_yes, NULL) != 0;
}

bool matcher_is_weak(const char *text, size_t n)
{
    enum { TEXT = 6, NUMBER = 10 };
    bool digits = true;
    for (size_t i = 0; digits && i < n; i++)
        digits = text[i] >= '0' && text[i] <= '9';
    return n < TEXT || (digits && n < NUMBER);
}

static bool is_word_byte(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}

bool matcher_is_word(const unsigned char *data, size_t n, size_t at, size_t length)
{
    return (at == 0 || !is_word_byte(data[at - 1])) && (at + length >= n || !is_word_byte(data[at + length]));
}
