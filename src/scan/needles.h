/* needles: what a scan looks for, in every form that a program is likely to have written it in.
 *
 * An identifier (a customer number, an address) is looked for as it is and in other case, as UTF-16, with the escapes
 * of JSON and of addresses, in Base64 at each of its three alignments, in hexadecimal, and as its MD5, SHA-1 and
 * SHA-256 (raw, hexadecimal, Base64; of the text and of its lower case).  Another text of a person (a label, a value
 * that only they had) is looked for in the same forms but the hashes.
 *
 * An identifier that is short or a small number is `weak` (matcher_is_weak).  Needles are secrets: they are in no
 * result, and overwritten when released. */
#ifndef RECKON_SCAN_NEEDLES_H
#define RECKON_SCAN_NEEDLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/matcher.h"

enum needle_form {
    FORM_TEXT,
    FORM_UNICODE, /* the same text, composed or decomposed */
    FORM_UTF16,
    FORM_JSON,
    FORM_PERCENT,
    FORM_BASE64,
    FORM_HEX,
    FORM_MD5,
    FORM_SHA1,
    FORM_SHA256,
    FORM_COUNT
};
const char *needle_form_name(enum needle_form form); /* "utf-16" */

struct needle {
    char *text;
    size_t n;
    bool identifier, weak;
};

struct needle_pattern {
    uint32_t needle;
    uint8_t form;
    bool word; /* counts as found only as a whole word */
};

struct needles {
    struct needle *list;
    size_t n, cap;
    struct needle_pattern *patterns;
    size_t n_patterns, cap_patterns;
    struct matcher *matcher; /* ids are places in `patterns` */
    uint32_t *shorts; /* identifiers below MATCHER_MIN bytes, as numbers; sorted by needles_ready */
    size_t n_shorts, cap_shorts;
    bool beyond_ascii;       /* there is one, whose other cases are not looked for */
};

int needles_init(struct needles *self, struct error *err);
void needles_release(struct needles *self); /* zeroed is fine */

int needles_add(struct needles *self, const char *text, size_t n, bool identifier, struct error *err);
int needles_ready(struct needles *self, struct error *err); /* after the last */

/* Is the whole text an identifier that is too short to be searched for? */
bool needles_has_short(const struct needles *self, const unsigned char *text, size_t n);

#endif
