#include "privacy/tcf.h"

#include <string.h>

/* Six bits a letter. */
struct bits {
    const char *text;
    size_t n, at; /* in bits */
    bool over;
};

static unsigned value_of(char c)
{
    return c >= 'A' && c <= 'Z'   ? (unsigned)(c - 'A')
           : c >= 'a' && c <= 'z' ? (unsigned)(c - 'a') + 26
           : c >= '0' && c <= '9' ? (unsigned)(c - '0') + 52
           : c == '-'             ? 62
           : c == '_'             ? 63
                                  : 64;
}

static uint64_t take(struct bits *self, unsigned n)
{
    uint64_t value = 0;
    for (; n > 0; n--, self->at++) {
        if (self->at >= self->n) {
            self->over = true;
            return 0;
        }
        value = value << 1 | (value_of(self->text[self->at / 6]) >> (5 - self->at % 6) & 1U);
    }
    return value;
}

/* The first bit is number 1. */
static uint32_t take_numbers(struct bits *self, unsigned n)
{
    uint32_t set = 0;
    for (unsigned i = 0; i < n; i++)
        set |= (uint32_t)take(self, 1) << i;
    return set;
}

static void take_letters(struct bits *self, char out[3])
{
    for (int i = 0; i < 2; i++)
        out[i] = (char)('A' + take(self, 6) % 26);
    out[2] = '\0';
}

static void put(uint64_t *set, uint32_t *n, uint32_t vendor)
{
    *n += (set[vendor / 64] >> vendor % 64 & 1) == 0;
    set[vendor / 64] |= UINT64_C(1) << vendor % 64;
}

/* False: a range that goes backwards. */
static bool take_vendors(struct bits *b, uint64_t *set, uint32_t *n)
{
    uint32_t most = (uint32_t)take(b, 16);
    if (take(b, 1) == 0) {
        for (uint32_t v = 1; v <= most && !b->over; v++)
            if (take(b, 1) != 0)
                put(set, n, v);
        return true;
    }
    for (uint32_t entries = (uint32_t)take(b, 12); entries > 0 && !b->over; entries--) {
        bool range = take(b, 1) != 0;
        uint32_t first = (uint32_t)take(b, 16), last = range ? (uint32_t)take(b, 16) : first;
        if (!b->over && (last < first || last > most))
            return false;
        for (uint32_t v = first; v <= last && !b->over; v++)
            put(set, n, v);
    }
    return true;
}

static bool take_core(struct bits *b, struct tcf *out)
{
    out->created = (int64_t)take(b, 36) * 100;
    out->updated = (int64_t)take(b, 36) * 100;
    out->cmp = (unsigned)take(b, 12);
    out->cmp_version = (unsigned)take(b, 12);
    out->screen = (unsigned)take(b, 6);
    take_letters(b, out->language);
    out->list_version = (unsigned)take(b, 12);
    out->policy_version = (unsigned)take(b, 6);
    out->service_specific = take(b, 1) != 0;
    take(b, 1); /* texts of its own */
    out->special = take_numbers(b, 12);
    out->consent = take_numbers(b, 24);
    out->interest = take_numbers(b, 24);
    take(b, 1); /* purpose one treatment */
    take_letters(b, out->country);
    return take_vendors(b, out->vendors, &out->n_vendors) && take_vendors(b, out->interests, &out->n_interests) &&
           !b->over;
}

int tcf_read(struct tcf *out, const char *text, size_t n, struct error *err)
{
    const char *dot = memchr(text, '.', n);
    size_t core = dot != NULL ? (size_t)(dot - text) : n;
    *out = (struct tcf){.created = 0};
    while (core > 0 && text[core - 1] == '=')
        core--;
    for (size_t i = 0; i < core; i++)
        if (value_of(text[i]) > 63)
            core = 0;
    if (core == 0)
        return error_set(err, E_BAD_DATA, "the consent string", "is not base64url, as IAB TCF writes it");
    struct bits b = {.text = text, .n = core * 6};
    unsigned version = (unsigned)take(&b, 6);
    if (version != 2)
        return error_set(err, E_BAD_DATA, "the consent string", "is of version %u of IAB TCF; only version 2 can be read",
                         version);
    if (!take_core(&b, out))
        return error_set(err, E_BAD_DATA, "the consent string", "ends too early, or lists vendors that cannot be");
    return 0;
}

#define N(n) (UINT32_C(1) << ((n) - 1))

bool tcf_purpose(const struct tcf *self, enum consent_purpose purpose, bool *granted, const char **basis)
{
    uint32_t wanted;
    bool interest = false;
    switch (purpose) {
    case CONSENT_ANALYTICS: wanted = N(8) | N(9); interest = true; break;
    case CONSENT_PERSONALISATION: wanted = N(5) | N(6); break;
    case CONSENT_EXPERIMENTS: wanted = N(10); interest = true; break;
    case CONSENT_MARKETING: wanted = N(3) | N(4); break;
    case CONSENT_DESCRIPTIONS: wanted = N(10); interest = true; break;
    default: return false;
    }
    *basis = "consent";
    *granted = (self->consent & wanted) == wanted;
    if (!*granted && interest && ((self->consent | self->interest) & wanted) == wanted) {
        *granted = true;
        *basis = "legitimate-interests";
    }
    return true;
}
