#include "train/item_text.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/text.h"

#define WORD_MAX 64        /* bytes; what a word has beyond them is cut off */
#define SHORT_VALUE_WORDS 4 /* a text attribute of at most this many words is a value, not a text */
#define TERM_MAX 400
#define EMBEDDING_SHARE 4       /* one number of so many counts */
#define EMBEDDING_TERMS_MAX 512
#define EMBEDDING_AMOUNT_MAX 8.0

/* ---- letters ------------------------------------------------------------------------------------------- */

struct range {
    uint32_t from, to;
};

static bool in_ranges(uint32_t c, const struct range *ranges, size_t n)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges[middle].to < c)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && ranges[low].from <= c;
}

/* Written without blanks between words. */
static const struct range unspaced[] = {
    {0x0e01, 0x0eff}, {0x1000, 0x109f}, {0x1780, 0x17ff}, {0x3005, 0x3007},   {0x3041, 0x30ff},   {0x3131, 0x318e},
    {0x3400, 0x4dbf}, {0x4e00, 0x9fff}, {0xac00, 0xd7a3}, {0xf900, 0xfaff}, {0x20000, 0x3ffff},
};

/* Letters, digits and the marks that belong to them, above ASCII. */
static const struct range letters[] = {
    {0x00aa, 0x00aa}, {0x00b5, 0x00b5}, {0x00ba, 0x00ba}, {0x00c0, 0x00d6}, {0x00d8, 0x00f6}, {0x00f8, 0x02af},
    {0x0300, 0x036f}, {0x0370, 0x0373}, {0x0376, 0x0377}, {0x037b, 0x037d}, {0x037f, 0x037f}, {0x0386, 0x0386},
    {0x0388, 0x03ff}, {0x0400, 0x0481}, {0x0483, 0x052f}, {0x0531, 0x0556}, {0x0561, 0x0587}, {0x05b0, 0x05bd},
    {0x05d0, 0x05ea}, {0x0610, 0x061a}, {0x0620, 0x0669}, {0x066e, 0x06d3}, {0x06d5, 0x06dc}, {0x06e1, 0x06e8},
    {0x06ee, 0x06fc}, {0x0710, 0x07f5}, {0x0800, 0x0963}, {0x0966, 0x0df3}, {0x0e01, 0x0e4e}, {0x0e50, 0x0eff},
    {0x0f18, 0x0f33}, {0x0f40, 0x0fbc}, {0x1000, 0x1049}, {0x1050, 0x10fa}, {0x10fc, 0x135f}, {0x1369, 0x13ff},
    {0x1401, 0x166c}, {0x166f, 0x167f}, {0x1681, 0x169a}, {0x16a0, 0x16ea}, {0x1700, 0x17d3}, {0x17e0, 0x17f9},
    {0x1810, 0x18aa}, {0x1e00, 0x1fff}, {0x2c00, 0x2ce4}, {0x2d00, 0x2dff}, {0x3005, 0x3007}, {0x3041, 0x3096},
    {0x3099, 0x309a}, {0x309d, 0x309f}, {0x30a1, 0x30fa}, {0x30fc, 0x30ff}, {0x3105, 0x318e}, {0x31f0, 0x31ff},
    {0x3400, 0x4dbf}, {0x4e00, 0x9fff}, {0xa000, 0xa48c}, {0xa640, 0xa7ff}, {0xac00, 0xd7a3}, {0xf900, 0xfaff},
    {0xfb00, 0xfb06}, {0xff10, 0xff19}, {0xff21, 0xff3a}, {0xff41, 0xff5a}, {0xff66, 0xff9f}, {0x10000, 0x100ff},
    {0x10280, 0x103ff}, {0x10400, 0x10fff}, {0x11000, 0x11fff}, {0x20000, 0x3ffff},
};

#define IN(c, ranges) in_ranges(c, ranges, sizeof(ranges) / sizeof(ranges)[0])

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(uint32_t c)
{
    if (c < 0x80)
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c);
    return IN(c, letters);
}

/* Capitals at even places, each followed by its small letter, or at odd ones. */
static const struct range pairs_even[] = {
    {0x0100, 0x012f}, {0x0132, 0x0137}, {0x014a, 0x0177}, {0x01de, 0x01ef}, {0x01f8, 0x021f}, {0x0222, 0x0233},
    {0x0370, 0x0373}, {0x0460, 0x0481}, {0x048a, 0x04bf}, {0x04d0, 0x052f}, {0x1e00, 0x1e95}, {0x1ea0, 0x1eff},
};
static const struct range pairs_odd[] = {{0x0139, 0x0148}, {0x0179, 0x017e}, {0x01cd, 0x01dc}, {0x04c1, 0x04ce}};

/* Ranges whose small letters follow at a fixed distance. */
static const struct {
    uint32_t from, to, distance;
} shifted[] = {
    {0x00c0, 0x00d6, 0x20}, {0x00d8, 0x00de, 0x20}, {0x0386, 0x0386, 0x26}, {0x0388, 0x038a, 0x25},
    {0x038c, 0x038c, 0x40}, {0x038e, 0x038f, 0x3f}, {0x0391, 0x03a1, 0x20}, {0x03a3, 0x03ab, 0x20},
    {0x0400, 0x040f, 0x50}, {0x0410, 0x042f, 0x20}, {0x04c0, 0x04c0, 0x0f}, {0x0531, 0x0556, 0x30},
    {0xff21, 0xff3a, 0x20},
};

static uint32_t lower(uint32_t c)
{
    if (c < 0x80)
        return c >= 'A' && c <= 'Z' ? c + 0x20 : c;
    switch (c) {
    case 0x0130: /* I with a dot: Turkish and the rest meet at i */
    case 0x0131:
        return 'i';
    case 0x0178:
        return 0x00ff;
    case 0x017f: /* long s */
        return 's';
    case 0x03c2: /* final sigma */
        return 0x03c3;
    case 0x1e9e: /* capital sharp s */
        return 0x00df;
    default:
        break;
    }
    for (size_t i = 0; i < sizeof shifted / sizeof shifted[0]; i++)
        if (c >= shifted[i].from && c <= shifted[i].to)
            return c + shifted[i].distance;
    if (IN(c, pairs_even))
        return c | 1;
    if (IN(c, pairs_odd))
        return c % 2 == 1 ? c + 1 : c;
    return c;
}

static size_t encode(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* ---- words --------------------------------------------------------------------------------------------- */

static bool ends_with(const char *word, size_t n, const char *end)
{
    size_t length = strlen(end);
    return n > length && memcmp(word + n - length, end, length) == 0;
}

/* The length without an English plural's ending; "berries" turns into "berry" in place.  The same is done to
 * every word, so that a wrong guess ("lens") still meets itself. */
static size_t fold_plural(char *word, size_t n)
{
    if (n < 4 || word[n - 1] != 's')
        return n;
    for (size_t i = 0; i < n; i++)
        if (word[i] < 'a' || word[i] > 'z')
            return n;
    if (n > 4 && ends_with(word, n, "ies")) {
        word[n - 3] = 'y';
        return n - 2;
    }
    if (ends_with(word, n, "sses") || ends_with(word, n, "shes") || ends_with(word, n, "ches") ||
        ends_with(word, n, "xes"))
        return n - 2;
    if (ends_with(word, n, "ss") || ends_with(word, n, "us") || ends_with(word, n, "is"))
        return n;
    return n - 1;
}

struct words {
    item_word_fn fn;
    void *context;
    char word[WORD_MAX + 4];
    size_t n;
    uint32_t before; /* the sign before in a run without blanks; 0: none */
    bool alone;      /* that sign was not yet part of a pair */
};

static void end_word(struct words *self)
{
    size_t n = fold_plural(self->word, self->n);
    if (n > 0)
        self->fn(self->context, self->word, n);
    self->n = 0;
}

static void end_run(struct words *self)
{
    char sign[4];
    if (self->before != 0 && self->alone)
        self->fn(self->context, sign, encode(self->before, sign));
    self->before = 0;
}

static void take_unspaced(struct words *self, uint32_t c)
{
    char pair[8];
    end_word(self);
    if (self->before != 0) {
        size_t n = encode(self->before, pair);
        self->fn(self->context, pair, n + encode(c, pair + n));
    }
    self->alone = self->before == 0;
    self->before = c;
}

static void take_letter(struct words *self, uint32_t c)
{
    end_run(self);
    if (self->n < WORD_MAX)
        self->n += encode(lower(c), self->word + self->n);
}

/* What is between the letters around it, and so part of the word or simply not there. */
static bool joins(uint32_t c, uint32_t before, uint32_t after, bool *dropped)
{
    *dropped = c == '\'' || c == 0x2019;
    if (*dropped)
        return is_letter(before) && is_letter(after);
    return (c == '.' || c == ',') && is_digit(before) && is_digit(after);
}

void item_text_each_word(const char *text, size_t n, item_word_fn fn, void *context)
{
    struct words w = {.fn = fn, .context = context};
    uint32_t before = 0;
    for (size_t at = 0; at < n;) {
        uint32_t c = 0, after = 0;
        bool dropped = false;
        size_t length = text_utf8_decode(text + at, n - at, &c);
        at += length > 0 ? length : 1;
        if (length > 0 && is_letter(c)) {
            if (IN(c, unspaced))
                take_unspaced(&w, c);
            else
                take_letter(&w, c);
        } else if (w.n > 0 && length > 0 && text_utf8_decode(text + at, n - at, &after) > 0 &&
                   joins(c, before, after, &dropped)) {
            if (!dropped)
                take_letter(&w, '.');
        } else {
            end_word(&w);
            end_run(&w);
        }
        before = length > 0 ? c : 0;
    }
    end_word(&w);
    end_run(&w);
}

/* ---- terms --------------------------------------------------------------------------------------------- */

void item_text_release(struct item_text *self)
{
    mem_free(self->terms);
    *self = (struct item_text){0};
}

void item_text_clear(struct item_text *self)
{
    self->n = 0;
    self->failed = false;
}

static void add_term(struct item_text *self, const char *term, size_t n)
{
    if (self->failed || self->n >= ITEM_TEXT_TERMS_MAX)
        return;
    if (mem_grow((void **)&self->terms, &self->cap, self->n + 1, sizeof *self->terms) != 0) {
        self->failed = true;
        return;
    }
    self->terms[self->n++] = (struct item_term){.key = rng_key(term, n), .count = 1};
}

static void add_word(void *context, const char *word, size_t n)
{
    add_term(context, word, n);
}

void item_text_add_words(struct item_text *self, const char *text, size_t n)
{
    item_text_each_word(text, n, add_word, self);
}

/* "name=word word": no word has a '=' in it, so that it is told apart from all words. */
struct value {
    char term[TERM_MAX];
    size_t n, words;
};

static void join_word(void *context, const char *word, size_t n)
{
    struct value *v = context;
    if (v->words > 0 && v->n < sizeof v->term)
        v->term[v->n++] = ' ';
    v->words++;
    if (n > sizeof v->term - v->n)
        n = sizeof v->term - v->n;
    memcpy(v->term + v->n, word, n);
    v->n += n;
}

static void begin_value(struct value *v, const char *name, char sign)
{
    int n = snprintf(v->term, sizeof v->term, "%.64s%c", name, sign);
    v->n = n > 0 ? (size_t)n : 0;
    v->words = 0;
}

void item_text_add_trait(struct item_text *self, const char *name, const char *text, size_t n)
{
    struct value v;
    begin_value(&v, name, '=');
    item_text_each_word(text, n, join_word, &v);
    if (v.words >= 1 && v.words <= SHORT_VALUE_WORDS)
        add_term(self, v.term, v.n);
}

void item_text_add_value(struct item_text *self, const char *name, const char *text, size_t n)
{
    item_text_add_trait(self, name, text, n);
    item_text_add_words(self, text, n);
}

void item_text_add_number(struct item_text *self, const char *name, double value)
{
    struct value v;
    if (!isfinite(value))
        return;
    begin_value(&v, name, '~');
    double size = fabs(value);
    char band[32];
    int n = size > 0 ? snprintf(band, sizeof band, "%s%d", value < 0 ? "-" : "", (int)floor(2 * log2(size)))
                     : snprintf(band, sizeof band, "none");
    join_word(&v, band, n > 0 ? (size_t)n : 0);
    add_term(self, v.term, v.n);
}

void item_text_add_boolean(struct item_text *self, const char *name, bool value)
{
    struct value v;
    if (!value)
        return;
    begin_value(&v, name, '=');
    join_word(&v, "yes", 3);
    add_term(self, v.term, v.n);
}

static int by_amount_down(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x < y) - (x > y);
}

void item_text_add_embedding(struct item_text *self, const char *model, const float *vector, size_t dim)
{
    size_t kept = dim / EMBEDDING_SHARE > 0 ? dim / EMBEDDING_SHARE : 1;
    float *amount = mem_alloc(dim, sizeof *amount);
    kept = kept < EMBEDDING_TERMS_MAX ? kept : EMBEDDING_TERMS_MAX;
    if (amount == NULL) {
        self->failed = true;
        return;
    }
    for (size_t k = 0; k < dim; k++)
        amount[k] = fabsf(vector[k]);
    qsort(amount, dim, sizeof *amount, by_amount_down);
    float least = amount[kept - 1];
    mem_free(amount);
    for (size_t k = 0; k < dim && kept > 0 && least > 0; k++) {
        char term[TERM_MAX];
        if (!(fabsf(vector[k]) >= least))
            continue;
        int n = snprintf(term, sizeof term, "%.200s=^%zu%c", model, k, vector[k] < 0 ? '-' : '+');
        size_t before = self->n;
        add_term(self, term, (size_t)n);
        if (self->n == before)
            return;
        self->terms[before].count = (float)exp(fmin((double)(fabsf(vector[k]) / least), EMBEDDING_AMOUNT_MAX) - 1);
        self->terms[before].embedded = true;
        kept--;
    }
}

static int by_key(const void *a, const void *b)
{
    const struct item_term *x = a, *y = b;
    return x->key < y->key ? -1 : x->key > y->key;
}

int item_text_finish(struct item_text *self, struct error *err)
{
    if (self->failed)
        return error_nomem(err, "reading titles");
    if (self->n == 0)
        return 0;
    qsort(self->terms, self->n, sizeof *self->terms, by_key);
    size_t kept = 0;
    for (size_t i = 0; i < self->n; i++) {
        if (kept > 0 && self->terms[kept - 1].key == self->terms[i].key)
            self->terms[kept - 1].count += self->terms[i].count;
        else
            self->terms[kept++] = self->terms[i];
    }
    self->n = kept;
    return 0;
}
