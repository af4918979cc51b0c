#include "scan/forms.h"

#include <sodium.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#ifdef HAVE_ICU
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#endif

static int put_unit(struct str *out, unsigned unit, bool big_endian)
{
    char bytes[2] = {(char)(big_endian ? unit >> 8 : unit & 0xff), (char)(big_endian ? unit & 0xff : unit >> 8)};
    return str_append(out, bytes, 2);
}

/* Calls for each code point; malformed bytes stand for themselves. */
static size_t next_point(const char *text, size_t n, uint32_t *point)
{
    size_t length = text_utf8_decode(text, n, point);
    if (length > 0)
        return length;
    *point = (unsigned char)text[0];
    return 1;
}

int form_utf16(struct str *out, const char *text, size_t n, bool big_endian)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n;) {
        uint32_t c;
        i += next_point(text + i, n - i, &c);
        if (c >= 0x10000) {
            rc = put_unit(out, 0xD800 + ((c - 0x10000) >> 10), big_endian);
            c = 0xDC00 + ((c - 0x10000) & 0x3ff);
        }
        if (rc == 0)
            rc = put_unit(out, c, big_endian);
    }
    return rc;
}

int form_json(struct str *out, const char *text, size_t n)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n;) {
        uint32_t c;
        i += next_point(text + i, n - i, &c);
        if (c == '/' || c == '"' || c == '\\')
            rc = str_printf(out, "\\%c", (char)c);
        else if (c >= 0x10000)
            rc = str_printf(out, "\\u%04x\\u%04x", 0xD800 + ((c - 0x10000) >> 10), 0xDC00 + ((c - 0x10000) & 0x3ff));
        else if (c >= 0x80 || c < 0x20)
            rc = str_printf(out, "\\u%04x", c);
        else
            rc = str_putc(out, (char)c);
    }
    return rc;
}

int form_percent(struct str *out, const char *text, size_t n)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     memchr("-._~", c, 4) != NULL;
        rc = plain ? str_putc(out, (char)c) : str_printf(out, "%%%02X", c);
    }
    return rc;
}

int form_base64(struct str *out, const char *text, size_t n, int skip, bool url)
{
    size_t total = n + (size_t)skip, size = sodium_base64_encoded_len(total, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    unsigned char *bytes = mem_zalloc(total, 1);
    char *coded = mem_alloc(size, 1);
    int rc = bytes == NULL || coded == NULL ? -1 : 0;
    if (rc == 0) {
        memcpy(bytes + skip, text, n);
        sodium_bin2base64(coded, size, bytes, total, url ? sodium_base64_VARIANT_URLSAFE_NO_PADDING
                                                         : sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
        size_t from = skip == 0 ? 0 : (size_t)skip + 1, to = total * 8 / 6; /* whole characters of the text alone */
        if (to > from)
            rc = str_append(out, coded + from, to - from);
        sodium_memzero(bytes, total);
        sodium_memzero(coded, size);
    }
    mem_free(bytes);
    mem_free(coded);
    return rc;
}

int form_hex(struct str *out, const unsigned char *bytes, size_t n)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = str_printf(out, "%02x", bytes[i]);
    return rc;
}

int form_lower(struct str *out, const char *text, size_t n)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = str_putc(out, (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] - 'A' + 'a' : text[i]));
    return rc;
}

#ifdef HAVE_ICU
int form_unicode(struct str *out, const char *text, size_t n, int which, bool *has)
{
    enum { MOST = 1024 };
    UErrorCode e = U_ZERO_ERROR;
    const UNormalizer2 *norm = which == 0   ? unorm2_getNFCInstance(&e)
                               : which == 1 ? unorm2_getNFDInstance(&e)
                               : which == 2 ? unorm2_getNFKCInstance(&e)
                                            : unorm2_getNFKDInstance(&e);
    UChar wide[MOST], normal[4 * MOST];
    char back[12 * MOST];
    int32_t n_wide = 0, n_normal, n_back = 0;
    *has = U_SUCCESS(e);
    u_strFromUTF8(wide, MOST, &n_wide, text, (int32_t)n, &e);
    n_normal = unorm2_normalize(norm, wide, n_wide, normal, 4 * MOST, &e);
    u_strToUTF8(back, sizeof back, &n_back, normal, n_normal, &e);
    return U_SUCCESS(e) ? str_append(out, back, (size_t)n_back) : 0; /* too long, or no text: as it is */
}
#else
int form_unicode(struct str *out, const char *text, size_t n, int which, bool *has)
{
    (void)out, (void)text, (void)n, (void)which;
    *has = false;
    return 0;
}
#endif
