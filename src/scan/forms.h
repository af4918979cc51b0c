/* forms: how a text looks in other writings.  Each appends to `out`; -1: out of memory.  Private to src/scan. */
#ifndef RECKON_SCAN_FORMS_H
#define RECKON_SCAN_FORMS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

int form_utf16(struct str *out, const char *text, size_t n, bool big_endian);
int form_json(struct str *out, const char *text, size_t n);    /* \u00e9, \/ */
int form_percent(struct str *out, const char *text, size_t n); /* %C3%A9 */
/* The characters of Base64 that do not depend on what stands before and behind, when `skip` bytes (0, 1, 2) of another
 * text share its first group. */
int form_base64(struct str *out, const char *text, size_t n, int skip, bool url);
int form_hex(struct str *out, const unsigned char *bytes, size_t n);
int form_lower(struct str *out, const char *text, size_t n); /* ASCII */
/* Normal forms of Unicode, 0 to 3 (NFC, NFD, NFKC, NFKD); *has: this build can. */
int form_unicode(struct str *out, const char *text, size_t n, int which, bool *has);

#endif
