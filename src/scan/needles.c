#include "scan/needles.h"

#include <nettle/md5.h>
#include <nettle/sha1.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "scan/forms.h"

enum { PATTERN_MAX = 1 << 20, CODED_MIN = 8 };

const char *needle_form_name(enum needle_form form)
{
    static const char *const names[FORM_COUNT] = {"as it is", "unicode form", "utf-16", "json escapes", "percent",
                                                  "base64",   "hexadecimal",  "md5",    "sha-1",        "sha-256"};
    return names[form];
}

int needles_init(struct needles *self, struct error *err)
{
    *self = (struct needles){0};
    return matcher_new(&self->matcher, err);
}

void needles_release(struct needles *self)
{
    for (size_t i = 0; i < self->n; i++) {
        sodium_memzero(self->list[i].text, self->list[i].n);
        mem_free(self->list[i].text);
    }
    mem_free(self->list);
    mem_free(self->patterns);
    if (self->shorts != NULL)
        sodium_memzero(self->shorts, self->cap_shorts * sizeof *self->shorts);
    mem_free(self->shorts);
    matcher_free(self->matcher);
    *self = (struct needles){0};
}

struct adding {
    struct needles *needles;
    uint32_t needle;
    struct error *err;
    int rc;
};

static void add_pattern(struct adding *a, enum needle_form form, const void *bytes, size_t n, size_t least, bool word)
{
    struct needles *self = a->needles;
    if (a->rc != 0 || n < least || n < MATCHER_MIN)
        return;
    if (mem_grow((void **)&self->patterns, &self->cap_patterns, self->n_patterns + 1, sizeof *self->patterns) != 0) {
        a->rc = error_nomem(a->err, "the needles");
        return;
    }
    a->rc = matcher_add(self->matcher, bytes, n, (uint32_t)self->n_patterns, a->err);
    self->patterns[self->n_patterns++] = (struct needle_pattern){.needle = a->needle, .form = (uint8_t)form,
                                                                 .word = word};
}

/* What `out` holds, unless it is the text itself; empties it. */
static void add_form(struct adding *a, enum needle_form form, struct str *out, size_t least, bool word)
{
    const struct needle *needle = &a->needles->list[a->needle];
    if (out->failed && a->rc == 0)
        a->rc = error_nomem(a->err, "the needles");
    bool same = out->len == needle->n && memcmp(str_text(out), needle->text, needle->n) == 0;
    if (!same)
        add_pattern(a, form, str_text(out), out->len, least, word);
    if (out->data != NULL)
        sodium_memzero(out->data, out->len);
    str_clear(out);
}

static void add_writings(struct adding *a, struct str *out)
{
    const struct needle needle = a->needles->list[a->needle];
    bool has = true;
    add_pattern(a, FORM_TEXT, needle.text, needle.n, MATCHER_MIN, true);
    for (int which = 0; a->needles->beyond_ascii && has && which < 4; which++) {
        form_unicode(out, needle.text, needle.n, which, &has);
        add_form(a, FORM_UNICODE, out, MATCHER_MIN, true);
    }
    for (int big = 0; big < 2; big++) {
        form_utf16(out, needle.text, needle.n, big != 0);
        add_form(a, FORM_UTF16, out, CODED_MIN, false);
    }
    form_json(out, needle.text, needle.n);
    add_form(a, FORM_JSON, out, MATCHER_MIN, true);
    form_percent(out, needle.text, needle.n);
    add_form(a, FORM_PERCENT, out, MATCHER_MIN, true);
    form_hex(out, (const unsigned char *)needle.text, needle.n);
    add_form(a, FORM_HEX, out, CODED_MIN, false);
    for (int skip = 0; skip < 3; skip++) {
        form_base64(out, needle.text, needle.n, skip, false);
        bool url = memchr(str_text(out), '+', out->len) != NULL || memchr(str_text(out), '/', out->len) != NULL;
        add_form(a, FORM_BASE64, out, CODED_MIN, false);
        if (url) {
            form_base64(out, needle.text, needle.n, skip, true);
            add_form(a, FORM_BASE64, out, CODED_MIN, false);
        }
    }
}

static void add_digest(struct adding *a, struct str *out, enum needle_form form, const unsigned char *digest, size_t n)
{
    add_pattern(a, form, digest, n, n, false);
    form_hex(out, digest, n);
    add_form(a, form, out, CODED_MIN, false);
    form_base64(out, (const char *)digest, n, 0, false);
    add_form(a, form, out, CODED_MIN, false);
    form_base64(out, (const char *)digest, n, 0, true);
    add_form(a, form, out, CODED_MIN, false);
}

static void add_hashes(struct adding *a, const char *text, size_t n, struct str *out)
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    struct md5_ctx md5;
    struct sha1_ctx sha1;
    crypto_hash_sha256(digest, (const unsigned char *)text, n);
    add_digest(a, out, FORM_SHA256, digest, sizeof digest);
    sha1_init(&sha1);
    sha1_update(&sha1, n, (const uint8_t *)text);
    sha1_digest(&sha1, SHA1_DIGEST_SIZE, digest);
    add_digest(a, out, FORM_SHA1, digest, SHA1_DIGEST_SIZE);
    md5_init(&md5);
    md5_update(&md5, n, (const uint8_t *)text);
    md5_digest(&md5, MD5_DIGEST_SIZE, digest);
    add_digest(a, out, FORM_MD5, digest, MD5_DIGEST_SIZE);
}

/* A text of less than MATCHER_MIN bytes, and how many they are. */
static uint32_t short_number(const unsigned char *text, size_t n)
{
    uint32_t number = (uint32_t)n;
    for (size_t i = 0; i < n; i++)
        number = number << 8 | text[i];
    return number;
}

static int add_short(struct needles *self, const char *text, size_t n, struct error *err)
{
    if (mem_grow((void **)&self->shorts, &self->cap_shorts, self->n_shorts + 1, sizeof *self->shorts) != 0)
        return error_nomem(err, "the needles");
    self->shorts[self->n_shorts++] = short_number((const unsigned char *)text, n);
    return 0;
}

int needles_add(struct needles *self, const char *text, size_t n, bool identifier, struct error *err)
{
    struct str out, lower;
    struct adding a = {.needles = self, .needle = (uint32_t)self->n, .err = err};
    if (n == 0)
        return 0;
    if (mem_grow((void **)&self->list, &self->cap, self->n + 1, sizeof *self->list) != 0)
        return error_nomem(err, "the needles");
    char *copy = mem_strndup(text, n);
    if (copy == NULL)
        return error_nomem(err, "the needles");
    self->list[self->n++] = (struct needle){.text = copy, .n = n, .identifier = identifier,
                                            .weak = matcher_is_weak(text, n)};
    for (size_t i = 0; i < n; i++)
        self->beyond_ascii |= (unsigned char)text[i] >= 0x80;
    str_init(&out, PATTERN_MAX);
    str_init(&lower, PATTERN_MAX);
    add_writings(&a, &out);
    if (identifier) {
        add_hashes(&a, text, n, &out);
        if (form_lower(&lower, text, n) == 0 && memcmp(str_text(&lower), text, n) != 0)
            add_hashes(&a, str_text(&lower), n, &out);
    }
    str_release(&out);
    str_release(&lower);
    if (a.rc == 0 && identifier && n < MATCHER_MIN)
        a.rc = add_short(self, text, n, err);
    return a.rc;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

int needles_ready(struct needles *self, struct error *err)
{
    if (self->n_shorts > 0)
        qsort(self->shorts, self->n_shorts, sizeof *self->shorts, by_number);
    return matcher_ready(self->matcher, err);
}

bool needles_has_short(const struct needles *self, const unsigned char *text, size_t n)
{
    uint32_t number = n < MATCHER_MIN ? short_number(text, n) : 0;
    return number != 0 && self->n_shorts > 0 &&
           bsearch(&number, self->shorts, self->n_shorts, sizeof *self->shorts, by_number) != NULL;
}
