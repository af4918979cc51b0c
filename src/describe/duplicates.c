#include "describe/duplicates.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { WORDS = 3, BANDS_MAX = 32, ROWS_MAX = 4, HEADS_LEAST = 1 << 10, LOOKED_MAX = 1000 };
#define MISSED 0.001

/* ---- a text as a set ------------------------------------------------------------------------------------- */

void shingles_release(struct shingles *self)
{
    mem_free(self->list);
    *self = (struct shingles){0};
}

/* The finaliser of SplitMix64 (G. Steele, D. Lea & C. Flood 2014). */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static bool in_word(unsigned char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c >= 0x80;
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static int put(struct shingles *self, uint64_t hash, struct error *err)
{
    if (mem_grow((void **)&self->list, &self->cap, self->n + 1, sizeof *self->list) != 0)
        return error_nomem(err, "a text");
    self->list[self->n++] = (uint32_t)(hash >> 32);
    return 0;
}

int shingles_make(struct shingles *out, const char *text, struct error *err)
{
    uint64_t last[WORDS] = {0};
    size_t words = 0, kept = 0;
    int rc = 0;
    out->n = 0;
    for (const char *p = text; rc == 0 && *p != '\0';) {
        uint64_t word = 0xcbf29ce484222325u;
        if (!in_word((unsigned char)*p)) {
            p++;
            continue;
        }
        for (; in_word((unsigned char)*p); p++)
            word = (word ^ (unsigned char)(*p >= 'A' && *p <= 'Z' ? *p | 32 : *p)) * 0x100000001b3u;
        memmove(last, last + 1, (WORDS - 1) * sizeof *last);
        last[WORDS - 1] = mix(word);
        if (++words >= WORDS)
            rc = put(out, mix(mix(mix(last[0]) + last[1]) + last[2]), err);
    }
    for (size_t i = 0; rc == 0 && words < WORDS && i < words; i++)
        rc = put(out, last[WORDS - 1 - i], err);
    if (out->n > 1)
        qsort(out->list, out->n, sizeof *out->list, compare);
    for (size_t i = 0; i < out->n; i++)
        if (kept == 0 || out->list[kept - 1] != out->list[i])
            out->list[kept++] = out->list[i];
    out->n = kept;
    return rc;
}

double shingles_alike(const uint32_t *a, size_t n, const uint32_t *b, size_t m)
{
    size_t i = 0, k = 0, both = 0;
    while (i < n && k < m) {
        uint32_t x = a[i], y = b[k];
        both += x == y;
        i += x <= y;
        k += y <= x;
    }
    return n == 0 || m == 0 ? 0 : (double)both / (double)(n + m - both);
}

/* ---- many texts ------------------------------------------------------------------------------------------ */

struct text {
    int64_t owner;
    size_t from; /* of sets */
    uint32_t n;
    uint32_t seen; /* the question that it was looked at for */
};

struct duplicates {
    double threshold;
    unsigned bands, rows;
    uint32_t *sets; /* of all texts, one after the other */
    size_t n_sets, cap_sets;
    struct text *texts;
    size_t n, cap;
    uint32_t *next; /* n * bands: the entry before, of the same head; 0: none (entries count from 1) */
    size_t cap_next;
    uint32_t *heads; /* the newest entry of a band's key */
    size_t n_heads;  /* a power of two, at least as many as entries */
    uint32_t question;
};

/* As many rows as keep the bands few: bands >= ln(MISSED) / ln(1 - threshold^rows). */
static void choose_bands(struct duplicates *self)
{
    for (unsigned rows = ROWS_MAX; rows > 0; rows--) {
        double chance = pow(self->threshold, rows);
        double bands = chance >= 1 ? 1 : ceil(log(MISSED) / log1p(-chance));
        self->rows = rows;
        self->bands = bands < BANDS_MAX ? (unsigned)bands : BANDS_MAX;
        if (bands <= BANDS_MAX)
            return;
    }
}

int duplicates_new(struct duplicates **out, double threshold, struct error *err)
{
    struct duplicates *self = mem_zalloc(1, sizeof *self);
    if (self == NULL || (self->heads = mem_zalloc(HEADS_LEAST, sizeof *self->heads)) == NULL) {
        mem_free(self);
        return error_nomem(err, "texts");
    }
    self->threshold = threshold;
    self->n_heads = HEADS_LEAST;
    choose_bands(self);
    *out = self;
    return 0;
}

void duplicates_free(struct duplicates *self)
{
    if (self == NULL)
        return;
    mem_free(self->sets);
    mem_free(self->texts);
    mem_free(self->next);
    mem_free(self->heads);
    mem_free(self);
}

/* What the least members of the set are under `rows` orders, for each band.  An order is h -> a * h + b of 64 bits, of
 * which the upper half counts. */
static void keys_of(const struct duplicates *self, const uint32_t *set, size_t n, uint64_t keys[BANDS_MAX])
{
    for (unsigned b = 0; b < self->bands; b++) {
        uint64_t key = b + 1;
        for (unsigned r = 0; r < self->rows; r++) {
            uint64_t a = mix(2 * (b * ROWS_MAX + r) + 1) | 1, c = mix(2 * (b * ROWS_MAX + r) + 2), least = UINT64_MAX;
            for (size_t i = 0; i < n; i++) {
                uint64_t h = (a * set[i] + c) >> 32;
                least = h < least ? h : least;
            }
            key = mix(key + least);
        }
        keys[b] = key;
    }
}

/* Entry e (from 1) is band (e - 1) % bands of text (e - 1) / bands. */
static void link_entry(struct duplicates *self, uint32_t entry, uint64_t key)
{
    uint32_t *head = &self->heads[key & (self->n_heads - 1)];
    self->next[entry - 1] = *head;
    *head = entry;
}

/* Twice as many heads; every entry finds its place anew. */
static int grow_heads(struct duplicates *self, struct error *err)
{
    uint64_t keys[BANDS_MAX];
    uint32_t *heads = mem_zalloc(2 * self->n_heads, sizeof *heads);
    if (heads == NULL)
        return error_nomem(err, "texts");
    mem_free(self->heads);
    self->heads = heads;
    self->n_heads *= 2;
    for (size_t t = 0; t < self->n; t++) {
        keys_of(self, self->sets + self->texts[t].from, self->texts[t].n, keys);
        for (unsigned b = 0; b < self->bands; b++)
            link_entry(self, (uint32_t)(t * self->bands + b + 1), keys[b]);
    }
    return 0;
}

int duplicates_add(struct duplicates *self, int64_t owner, const struct shingles *text, struct error *err)
{
    uint64_t keys[BANDS_MAX];
    size_t entries = (self->n + 1) * self->bands;
    if (text->n == 0)
        return 0;
    if (entries >= UINT32_MAX)
        return error_set(err, E_REFUSED, "texts", "there are too many to be compared");
    if (mem_grow((void **)&self->texts, &self->cap, self->n + 1, sizeof *self->texts) != 0 ||
        mem_grow((void **)&self->next, &self->cap_next, entries, sizeof *self->next) != 0 ||
        mem_grow((void **)&self->sets, &self->cap_sets, self->n_sets + text->n, sizeof *self->sets) != 0)
        return error_nomem(err, "texts");
    while (entries > self->n_heads) {
        int rc = grow_heads(self, err);
        if (rc != 0)
            return rc;
    }
    memcpy(self->sets + self->n_sets, text->list, text->n * sizeof *text->list);
    self->texts[self->n] = (struct text){.owner = owner, .from = self->n_sets, .n = (uint32_t)text->n};
    self->n_sets += text->n;
    keys_of(self, text->list, text->n, keys);
    for (unsigned b = 0; b < self->bands; b++)
        link_entry(self, (uint32_t)(self->n * self->bands + b + 1), keys[b]);
    self->n++;
    return 0;
}

struct asked {
    const struct shingles *text;
    int64_t owner;
    size_t best, looked;
    double alike;
};

static void compare_with(struct duplicates *self, struct asked *asked, size_t at)
{
    struct text *t = &self->texts[at];
    const struct shingles *text = asked->text;
    if (t->seen == self->question || t->owner == asked->owner)
        return;
    t->seen = self->question;
    asked->looked++;
    double shorter = (double)(t->n < text->n ? t->n : text->n), longer = (double)(t->n < text->n ? text->n : t->n);
    if (shorter < self->threshold * longer) /* they cannot have that much in common */
        return;
    double alike = shingles_alike(text->list, text->n, self->sets + t->from, t->n);
    if (alike >= self->threshold && (alike > asked->alike || (alike >= asked->alike && at < asked->best))) {
        asked->best = at;
        asked->alike = alike;
    }
}

bool duplicates_find(struct duplicates *self, int64_t owner, const struct shingles *text, int64_t *other, double *alike)
{
    uint64_t keys[BANDS_MAX];
    struct asked asked = {.text = text, .owner = owner, .best = SIZE_MAX};
    if (text->n > 0) {
        self->question++;
        keys_of(self, text->list, text->n, keys);
    }
    for (unsigned b = 0; text->n > 0 && b < self->bands; b++)
        for (uint32_t e = self->heads[keys[b] & (self->n_heads - 1)]; e != 0 && asked.looked < LOOKED_MAX;
             e = self->next[e - 1])
            compare_with(self, &asked, (e - 1) / self->bands);
    if (asked.best == SIZE_MAX)
        return false;
    *other = self->texts[asked.best].owner;
    *alike = asked.alike;
    return true;
}
