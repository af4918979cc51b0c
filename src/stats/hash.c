#include "stats/hash.h"

#include <stdio.h>
#include <string.h>

#include "base/digest.h"

#define TWO_60 1152921504606846976.0

const char *hash_scheme_name(enum hash_scheme scheme)
{
    switch (scheme) {
#define X(name, text, buckets) case HASH_##name: return text;
        HASH_SCHEMES(X)
#undef X
    }
    return "";
}

int hash_scheme_find(const char *name, enum hash_scheme *scheme, struct error *err)
{
#define X(id, text, buckets)            \
    if (strcmp(name, text) == 0) {      \
        *scheme = HASH_##id;            \
        return 0;                       \
    }
    HASH_SCHEMES(X)
#undef X
#define X(id, text, buckets) " " text
    error_set(err, E_NOT_FOUND, name, "is not a hash scheme");
    return error_hint(err, E_NOT_FOUND, "there are%s", "" HASH_SCHEMES(X));
#undef X
}

/* One code point of UTF-8 (text ends with NUL); an invalid byte is U+FFFD by itself. */
static uint32_t next_code_point(const unsigned char **p)
{
    const unsigned char *s = *p;
    int more = s[0] < 0x80 ? 0 : s[0] >= 0xC2 && s[0] < 0xE0 ? 1 : s[0] >= 0xE0 && s[0] < 0xF0 ? 2
             : s[0] >= 0xF0 && s[0] < 0xF5 ? 3 : -1;
    uint32_t c = more <= 0 ? s[0] : s[0] & (0x3Fu >> more);
    for (int i = 1; i <= more; i++) {
        if ((s[i] & 0xC0) != 0x80) {
            more = -1;
            break;
        }
        c = c << 6 | (s[i] & 0x3Fu);
    }
    bool bad = more < 0 || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000) || (more == 2 && c < 0x800) ||
               (more == 3 && c < 0x10000);
    *p += bad ? 1 : more + 1;
    return bad ? 0xFFFD : c;
}

static uint32_t fnv_text(uint32_t hash, const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    while (*p != '\0') {
        if (*p < 0x80) {
            hash = digest_fnv32a_add(hash, *p++);
            continue;
        }
        uint32_t c = next_code_point(&p);
        if (c >= 0x10000) {
            c -= 0x10000;
            hash = digest_fnv32a_add(hash, 0xD800 + (c >> 10));
            c = 0xDC00 + (c & 0x3FF);
        }
        hash = digest_fnv32a_add(hash, c);
    }
    return hash;
}

static uint32_t fnv_decimal(uint32_t value)
{
    char digits[10];
    int n = 0;
    do
        digits[n++] = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    uint32_t hash = DIGEST_FNV32A_START;
    while (n > 0)
        hash = digest_fnv32a_add(hash, (unsigned char)digits[--n]);
    return hash;
}

size_t hash_text(enum hash_scheme scheme, const char *salt, const char *unit, const char *suffix, char *out,
                 size_t size)
{
    const char *part[4] = {salt, "", unit, ""};
    if (scheme == HASH_GROWTHBOOK_V1 || scheme == HASH_OPTIMIZELY) {
        part[0] = unit;
        part[2] = salt;
    } else if (scheme != HASH_GROWTHBOOK_V2) {
        part[1] = scheme == HASH_EPPO ? "-" : ".";
    }
    if (scheme == HASH_POSTHOG && suffix != NULL)
        part[3] = suffix;
    size_t n = 0;
    for (int i = 0; i < 4; i++) {
        size_t len = strlen(part[i]), room = n < size ? size - n : 0;
        memcpy(out + (n < size ? n : 0), part[i], len < room ? len : room);
        n += len;
    }
    if (size > 0)
        out[n < size ? n : size - 1] = '\0';
    return n;
}

static uint64_t big_endian(const uint8_t *p, int n)
{
    uint64_t v = 0;
    for (int i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

static uint64_t number_of(enum hash_scheme scheme, const char *text, size_t n)
{
    uint8_t digest[32];
    switch (scheme) {
    case HASH_PLANOUT:
    case HASH_POSTHOG:
        digest_sha1(text, n, digest);
        return big_endian(digest, 8) >> 4;
    case HASH_OPTIMIZELY:
        return (uint64_t)(digest_murmur3(text, n, 1) / 4294967296.0 * 10000);
    case HASH_EPPO:
        digest_md5(text, n, digest);
        return big_endian(digest, 4) % 10000;
    case HASH_STATSIG:
        digest_sha256(text, n, digest);
        return big_endian(digest, 8) % 10000;
    case HASH_GROWTHBOOK_V1:
    case HASH_GROWTHBOOK_V2: break;
    }
    return 0;
}

static int refuse_unit(struct error *err, const char *why)
{
    error_set(err, E_BAD_DATA, "assignment", "%s", why);
    return error_hint(err, E_BAD_DATA, "assign by an identifier of at most %d bytes with its salt", HASH_TEXT_MAX);
}

int hash_of(enum hash_scheme scheme, const char *salt, const char *unit, const char *suffix, struct hash_place *out,
            struct error *err)
{
    char text[HASH_TEXT_MAX + 1];
    if (unit[0] == '\0')
        return refuse_unit(err, "the unit is empty");
    if (scheme == HASH_GROWTHBOOK_V2 || scheme == HASH_GROWTHBOOK_V1) {
        bool v2 = scheme == HASH_GROWTHBOOK_V2;
        uint32_t h = fnv_text(fnv_text(DIGEST_FNV32A_START, v2 ? salt : unit), v2 ? unit : salt);
        out->buckets = v2 ? 10000 : 1000;
        out->integer = (v2 ? fnv_decimal(h) : h) % out->buckets;
        out->fraction = (double)out->integer / (double)out->buckets;
        return 0;
    }
    size_t n = hash_text(scheme, salt, unit, suffix, text, sizeof text);
    if (n >= sizeof text)
        return refuse_unit(err, "the unit and its salt are too long");
    out->integer = number_of(scheme, text, n);
    out->buckets = scheme == HASH_PLANOUT || scheme == HASH_POSTHOG ? (uint64_t)1 << 60 : 10000;
    out->fraction = (double)out->integer / (double)out->buckets;
    return 0;
}

int hash_planout_integer(const char *salt, const char *unit, int64_t min, int64_t max, int64_t *out, struct error *err)
{
    struct hash_place p;
    if (max < min || (uint64_t)max - (uint64_t)min >= (uint64_t)1 << 60)
        return error_set(err, E_BAD_DATA, "assignment", "the range of whole numbers is empty or too wide");
    int rc = hash_of(HASH_PLANOUT, salt, unit, NULL, &p, err);
    if (rc == 0)
        *out = min + (int64_t)(p.integer % ((uint64_t)max - (uint64_t)min + 1));
    return rc;
}

int hash_planout_float(const char *salt, const char *unit, double min, double max, double *out, struct error *err)
{
    struct hash_place p;
    int rc = hash_of(HASH_PLANOUT, salt, unit, NULL, &p, err);
    if (rc == 0)
        *out = min + (max - min) * p.fraction;
    return rc;
}

int hash_planout_choice(const char *salt, const char *unit, size_t n, size_t *out, struct error *err)
{
    struct hash_place p;
    if (n == 0)
        return error_set(err, E_BAD_DATA, "assignment", "there is nothing to choose from");
    int rc = hash_of(HASH_PLANOUT, salt, unit, NULL, &p, err);
    if (rc == 0)
        *out = (size_t)(p.integer % n);
    return rc;
}

int hash_planout_weighted(const char *salt, const char *unit, const double *weights, size_t n, size_t *out,
                          struct error *err)
{
    struct hash_place p;
    double sum = 0, upto = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(weights[i] >= 0 && weights[i] < 1e300))
            return error_set(err, E_BAD_DATA, "assignment", "weight %zu is %g", i + 1, weights[i]);
        sum += weights[i];
    }
    if (!(sum > 0))
        return error_set(err, E_BAD_DATA, "assignment", "no choice has a weight");
    int rc = hash_of(HASH_PLANOUT, salt, unit, NULL, &p, err);
    if (rc != 0)
        return rc;
    size_t at = 0;
    for (upto = weights[0]; at + 1 < n && !(p.fraction * sum <= upto); upto += weights[at])
        at++;
    *out = at;
    return 0;
}

int hash_planout_sample(const char *salt, const char *unit, size_t n, size_t draws, uint32_t *out, struct error *err)
{
    char element[HASH_TEXT_MAX];
    struct hash_place p;
    if (draws > n || n > UINT32_MAX)
        return error_set(err, E_BAD_DATA, "assignment", "%zu cannot be drawn from %zu", draws, n);
    for (size_t i = 0; i < n; i++)
        out[i] = (uint32_t)i;
    for (size_t i = n; i-- > 1;) {
        int len = snprintf(element, sizeof element, "%s.%zu", unit, i);
        if (unit[0] == '\0' || len < 0 || (size_t)len >= sizeof element)
            return refuse_unit(err, "the unit is empty or too long");
        int rc = hash_of(HASH_PLANOUT, salt, element, NULL, &p, err);
        if (rc != 0)
            return rc;
        size_t j = (size_t)(p.integer % (i + 1));
        uint32_t t = out[i];
        out[i] = out[j];
        out[j] = t;
    }
    return 0;
}
