#include "base/matcher.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { KEY_SHORT = 4, KEY_LONG = 8, FILTER_WORDS_MIN = 64, KEYS_A_WORD = 2 };

struct pattern {
    size_t at, n;    /* in `bytes` */
    uint64_t key;    /* its first bytes */
    uint32_t id;
    uint32_t shorter; /* the longest other pattern that this one begins with, + 1; 0: none */
    const struct matcher *owner; /* while they are sorted */
};

/* Those that are told apart by the same number of first bytes. */
struct set {
    size_t key_bytes;
    struct pattern *patterns;
    size_t n, cap;
    uint64_t *filter; /* two bits of one word for each key */
    int filter_shift;
    uint32_t *table;  /* by the hash of a key: its first pattern, + 1; 0: free */
    size_t table_mask;
};

struct matcher {
    unsigned char fold[256];
    unsigned char *bytes; /* folded */
    size_t used, cap_bytes;
    struct set brief, ample; /* below KEY_LONG bytes; the others */
    size_t longest;
    bool zeros; /* one begins with bytes of zero */
};

int matcher_new(struct matcher **out, struct error *err)
{
    struct matcher *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "the search");
    for (int i = 0; i < 256; i++)
        self->fold[i] = (unsigned char)(i >= 'A' && i <= 'Z' ? i - 'A' + 'a' : i);
    self->brief.key_bytes = KEY_SHORT;
    self->ample.key_bytes = KEY_LONG;
    *out = self;
    return 0;
}

static void set_release(struct set *self)
{
    if (self->patterns != NULL)
        sodium_memzero(self->patterns, self->cap * sizeof *self->patterns); /* keys are beginnings of secrets */
    mem_free(self->patterns);
    mem_free(self->filter);
    mem_free(self->table);
}

void matcher_free(struct matcher *self)
{
    if (self == NULL)
        return;
    if (self->bytes != NULL)
        sodium_memzero(self->bytes, self->cap_bytes);
    mem_free(self->bytes);
    set_release(&self->brief);
    set_release(&self->ample);
    mem_free(self);
}

/* Grown by hand: what is left behind is overwritten. */
static int grow_secret(void **array, size_t *cap, size_t used, size_t need, size_t size, struct error *err)
{
    if (*cap >= need)
        return 0;
    size_t next_cap = *cap * 2 > need ? *cap * 2 : need + 4096 / size;
    void *next = mem_alloc(next_cap, size);
    if (next == NULL)
        return error_nomem(err, "the search");
    if (*array != NULL) {
        memcpy(next, *array, used * size);
        sodium_memzero(*array, *cap * size);
    }
    mem_free(*array);
    *array = next;
    *cap = next_cap;
    return 0;
}

static uint64_t key_of(const unsigned char *p, size_t n)
{
    uint64_t key = 0;
    for (size_t i = 0; i < n; i++)
        key = key << 8 | p[i];
    return key;
}

int matcher_add(struct matcher *self, const void *bytes, size_t n, uint32_t id, struct error *err)
{
    const unsigned char *p = bytes;
    struct set *set = n < KEY_LONG ? &self->brief : &self->ample;
    int rc = grow_secret((void **)&self->bytes, &self->cap_bytes, self->used, self->used + n, 1, err);
    if (rc == 0)
        rc = grow_secret((void **)&set->patterns, &set->cap, set->n, set->n + 1, sizeof *set->patterns, err);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < n; i++)
        self->bytes[self->used + i] = self->fold[p[i]];
    set->patterns[set->n++] = (struct pattern){.at = self->used, .n = n, .id = id,
                                               .key = key_of(self->bytes + self->used, set->key_bytes)};
    self->zeros |= key_of(self->bytes + self->used, KEY_SHORT) == 0;
    self->used += n;
    self->longest = n > self->longest ? n : self->longest;
    return 0;
}

static int compare_patterns(const void *a, const void *b)
{
    const struct pattern *x = a, *y = b;
    const unsigned char *bytes = x->owner->bytes;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    int c = memcmp(bytes + x->at, bytes + y->at, x->n < y->n ? x->n : y->n);
    if (c != 0 || x->n != y->n)
        return c != 0 ? c : x->n < y->n ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

static bool begins_with(const struct matcher *self, const struct pattern *p, const struct pattern *with)
{
    return with->n <= p->n && memcmp(self->bytes + p->at, self->bytes + with->at, with->n) == 0;
}

static uint64_t hash_of(uint64_t key)
{
    uint64_t h = key * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ h >> 29;
}

static uint64_t filter_bits(uint64_t hash)
{
    return UINT64_C(1) << (hash & 63) | UINT64_C(1) << (hash >> 6 & 63);
}

static size_t power_above(size_t n, size_t least)
{
    while (least < n)
        least *= 2;
    return least;
}

static void sort_set(const struct matcher *self, struct set *set)
{
    for (size_t i = 0; i < set->n; i++)
        set->patterns[i].owner = self;
    if (set->n > 0)
        qsort(set->patterns, set->n, sizeof *set->patterns, compare_patterns);
    for (size_t i = 0; i < set->n; i++) {
        struct pattern *p = &set->patterns[i];
        size_t candidate = i; /* + 1; of the one before and its own beginnings, the first that fits is the longest */
        while (candidate > 0 && !begins_with(self, p, &set->patterns[candidate - 1]))
            candidate = set->patterns[candidate - 1].shorter;
        p->shorter = (uint32_t)candidate;
    }
}

static int index_set(struct set *set, struct error *err)
{
    size_t words = power_above(set->n / KEYS_A_WORD, FILTER_WORDS_MIN), slots = power_above(2 * set->n, 2);
    mem_free(set->filter);
    mem_free(set->table);
    set->filter = mem_zalloc(words, sizeof *set->filter);
    set->table = mem_zalloc(slots, sizeof *set->table);
    if (set->filter == NULL || set->table == NULL)
        return error_nomem(err, "the search");
    set->table_mask = slots - 1;
    for (set->filter_shift = 64; words > 1; words /= 2)
        set->filter_shift--;
    for (size_t i = 0; i < set->n; i++) {
        uint64_t key = set->patterns[i].key, hash = hash_of(key);
        if (i > 0 && set->patterns[i - 1].key == key)
            continue;
        set->filter[hash >> set->filter_shift] |= filter_bits(hash);
        size_t slot = (hash >> 12) & set->table_mask;
        while (set->table[slot] != 0)
            slot = (slot + 1) & set->table_mask;
        set->table[slot] = (uint32_t)i + 1;
    }
    return 0;
}

int matcher_ready(struct matcher *self, struct error *err)
{
    sort_set(self, &self->brief);
    sort_set(self, &self->ample);
    int rc = index_set(&self->brief, err);
    return rc != 0 ? rc : index_set(&self->ample, err);
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

/* The range of the patterns with this key, [*low, *high). */
static bool find_key(const struct set *set, uint64_t key, uint64_t hash, size_t *low, size_t *high)
{
    size_t slot = (hash >> 12) & set->table_mask;
    while (set->table[slot] != 0 && set->patterns[set->table[slot] - 1].key != key)
        slot = (slot + 1) & set->table_mask;
    if (set->table[slot] == 0)
        return false;
    *low = set->table[slot] - 1;
    size_t step = 1;
    while (*low + step < set->n && set->patterns[*low + step].key == key)
        step *= 2;
    *high = *low + step < set->n ? *low + step : set->n;
    return true;
}

/* Every pattern of the set that data begin with. */
static int report(const struct matcher *self, const struct set *set, uint64_t key, uint64_t hash,
                  const unsigned char *data, size_t n, size_t at, matcher_fn fn, void *context)
{
    size_t low, high; /* after the last that is not above the data */
    if (!find_key(set, key, hash, &low, &high))
        return 0;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (compare_data(self, &set->patterns[mid], data, n) <= 0)
            low = mid + 1;
        else
            high = mid;
    }
    for (size_t i = low; i > 0; i = set->patterns[i - 1].shorter) {
        const struct pattern *p = &set->patterns[i - 1];
        int rc = compare_data(self, p, data, n) == 0 ? fn(context, at, p->n, p->id) : 0;
        if (rc != 0)
            return rc;
    }
    return 0;
}

static bool may_begin(const struct set *set, uint64_t hash)
{
    uint64_t bits = filter_bits(hash);
    return (set->filter[hash >> set->filter_shift] & bits) == bits;
}

/* The next place at which anything but zeros begins: the bytes from `at` on are zeros. */
static size_t behind_zeros(const unsigned char *data, size_t n, size_t at)
{
    uint64_t eight;
    while (at + sizeof eight <= n && (memcpy(&eight, data + at, sizeof eight), eight == 0))
        at += sizeof eight;
    while (at < n && data[at] == 0)
        at++;
    return at - (KEY_SHORT - 1);
}

/* The first bytes from `at` on, folded, as a key; zeros behind the end. */
static uint64_t word_at(const struct matcher *self, const unsigned char *data, size_t n, size_t at)
{
    uint64_t word = 0;
    for (size_t i = at; i < at + KEY_LONG; i++)
        word = word << 8 | (i < n ? self->fold[data[i]] : 0);
    return word;
}

int matcher_scan(const struct matcher *self, const unsigned char *data, size_t n, size_t from, size_t to, matcher_fn fn,
                 void *context)
{
    const struct set *brief = &self->brief, *ample = &self->ample;
    if (n < MATCHER_MIN || brief->n + ample->n == 0)
        return 0;
    to = to > n - MATCHER_MIN + 1 ? n - MATCHER_MIN + 1 : to;
    if (from >= to)
        return 0;
    uint64_t word = word_at(self, data, n, from);
    for (size_t i = from;;) {
        uint64_t hash = hash_of(word);
        int rc = may_begin(ample, hash) ? report(self, ample, word, hash, data + i, n - i, i, fn, context) : 0;
        if (rc == 0 && brief->n > 0) {
            hash = hash_of(word >> 32);
            rc = may_begin(brief, hash) ? report(self, brief, word >> 32, hash, data + i, n - i, i, fn, context) : 0;
        }
        if (rc != 0)
            return rc;
        if (word == 0 && !self->zeros && i + KEY_LONG < n) {
            i = behind_zeros(data, n, i + KEY_LONG);
            if (i >= to)
                return 0;
            word = word_at(self, data, n, i);
            continue;
        }
        if (++i >= to)
            return 0;
        word = word << 8 | (i + KEY_LONG - 1 < n ? self->fold[data[i + KEY_LONG - 1]] : 0);
    }
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
