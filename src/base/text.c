#include "base/text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>

#include "base/mem.h"
#include "base/width_table.h"

size_t text_utf8_decode(const char *s, size_t n, uint32_t *code_point)
{
    if (n == 0)
        return 0;
    const unsigned char *p = (const unsigned char *)s;
    uint32_t c = p[0];
    size_t len;
    uint32_t least;
    if (c < 0x80) {
        *code_point = c;
        return 1;
    } else if (c >= 0xC2 && c <= 0xDF) {
        len = 2, least = 0x80, c &= 0x1F;
    } else if (c >= 0xE0 && c <= 0xEF) {
        len = 3, least = 0x800, c &= 0x0F;
    } else if (c >= 0xF0 && c <= 0xF4) {
        len = 4, least = 0x10000, c &= 0x07;
    } else {
        return 0;
    }
    if (n < len)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3Fu);
    }
    if (c < least || (c >= 0xD800 && c <= 0xDFFF) || c > 0x10FFFF)
        return 0;
    *code_point = c;
    return len;
}

bool text_utf8_valid(const char *s, size_t n)
{
    size_t i = 0;
    while (i < n) {
        /* eight ASCII bytes at a time: nearly all input is ASCII */
        if (n - i >= 8) {
            uint64_t word;
            memcpy(&word, s + i, 8);
            if ((word & 0x8080808080808080ULL) == 0) {
                i += 8;
                continue;
            }
        }
        uint32_t c;
        size_t len = text_utf8_decode(s + i, n - i, &c);
        if (len == 0)
            return false;
        i += len;
    }
    return true;
}

static bool in_ranges(const struct width_range *ranges, size_t n, uint32_t c)
{
    size_t from = 0, to = n;
    while (from < to) {
        size_t middle = (from + to) / 2;
        if (c > ranges[middle].last)
            from = middle + 1;
        else if (c < ranges[middle].first)
            to = middle;
        else
            return true;
    }
    return false;
}

unsigned text_char_width(uint32_t c)
{
    if (c < 0x300)
        return 1;
    if (in_ranges(width_none, sizeof width_none / sizeof width_none[0], c))
        return 0;
    return in_ranges(width_two, sizeof width_two / sizeof width_two[0], c) ? 2 : 1;
}

size_t text_cluster(const char *s, size_t n, unsigned *width)
{
    uint32_t c;
    size_t len = text_utf8_decode(s, n, &c);
    *width = len == 0 ? 1 : text_char_width(c);
    if (n == 0 || len == 0)
        return n > 0;
    while (len < n) {
        size_t more = text_utf8_decode(s + len, n - len, &c);
        if (more == 0 || text_char_width(c) != 0)
            break;
        len += more;
    }
    return len;
}

size_t text_width(const char *s, size_t n)
{
    size_t width = 0;
    for (size_t i = 0; i < n;) {
        unsigned w;
        i += text_cluster(s + i, n - i, &w);
        width += w;
    }
    return width;
}

static bool is_unsafe(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
           c == 0x00AD || c == 0x061C || c == 0x200E || c == 0x200F || c == 0x2028 || c == 0x2029 || c == 0xFEFF;
}

int text_terminal_safe(struct str *out, const char *s, size_t n)
{
    int rc = 0;
    size_t start = 0, i = 0;
    while (i < n && rc == 0) {
        uint32_t c;
        size_t len = text_utf8_decode(s + i, n - i, &c);
        if (len != 0 && !is_unsafe(c)) {
            i += len;
            continue;
        }
        rc = str_append(out, s + start, i - start);
        if (rc == 0 && len == 0) {
            rc = str_printf(out, "\\x%02x", (unsigned char)s[i]);
            len = 1;
        } else if (rc == 0 && c == '\n') {
            rc = str_puts(out, "\\n");
        } else if (rc == 0 && c == '\t') {
            rc = str_puts(out, "\\t");
        } else if (rc == 0 && c == '\r') {
            rc = str_puts(out, "\\r");
        } else if (rc == 0) {
            rc = c < 0x100 ? str_printf(out, "\\x%02x", c) : str_printf(out, "\\u%04x", c);
        }
        i += len;
        start = i;
    }
    return rc != 0 ? rc : str_append(out, s + start, n - start);
}

int text_csv_field(struct str *out, const char *s)
{
    if (s[strcspn(s, ",\"\r\n")] == '\0')
        return str_puts(out, s);
    str_putc(out, '"');
    for (; *s != '\0'; s++) {
        if (*s == '"')
            str_putc(out, '"');
        str_putc(out, *s);
    }
    return str_putc(out, '"');
}

int text_csv_cell(struct str *out, const char *s)
{
    double number;
    if (s[0] == '\0' || strchr("=+-@\t\r", s[0]) == NULL || text_to_double(s, strlen(s), &number))
        return text_csv_field(out, s);
    bool quoted = s[strcspn(s, ",\"\r\n")] != '\0';
    size_t at = out->len + (quoted ? 1 : 0);
    if (text_csv_field(out, s) != 0 || str_putc(out, '\'') != 0)
        return -1;
    memmove(out->data + at + 1, out->data + at, out->len - at - 1);
    out->data[at] = '\'';
    return 0;
}

void text_ellipsize(char *buf, size_t size)
{
    static const char dots[] = "\xE2\x80\xA6";
    if (size < sizeof dots)
        return;
    size_t at = size - sizeof dots;
    while (at > 0 && ((unsigned char)buf[at] & 0xC0) == 0x80)
        at--;
    memcpy(buf + at, dots, sizeof dots);
}

size_t text_distance(const char *a, const char *b, size_t limit)
{
    size_t n = strlen(a), m = strlen(b);
    if (n > 255 || m > 255 || (n > m ? n - m : m - n) > limit)
        return limit + 1;
    size_t row[256];
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0], best = row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t cost = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < cost)
                cost = row[j] + 1;
            if (row[j - 1] + 1 < cost)
                cost = row[j - 1] + 1;
            row[j] = cost;
            if (cost < best)
                best = cost;
        }
        if (best > limit)
            return limit + 1;
    }
    return row[m];
}

bool text_is_name(const char *text, size_t size)
{
    size_t n = strlen(text);
    bool good = n > 0 && n < size;
    for (size_t i = 0; good && i < n; i++)
        good = strchr("-_.", text[i]) != NULL || (text[i] >= '0' && text[i] <= '9') ||
               ((text[i] | 32) >= 'a' && (text[i] | 32) <= 'z');
    return good;
}

bool text_is_among(const char *word, const char *list, char separator, bool any_case)
{
    size_t n = strlen(word);
    for (const char *p = list, *end; *p != '\0'; p = end + (*end != '\0')) {
        end = strchrnul(p, separator);
        if ((size_t)(end - p) == n && n > 0 && (any_case ? strncasecmp(p, word, n) : memcmp(p, word, n)) == 0)
            return true;
    }
    return false;
}

bool text_ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && memcmp(text + n - m, end, m) == 0;
}

bool text_equal_nocase(const char *a, const char *b)
{
    for (; *a != '\0' && *b != '\0'; a++, b++) {
        unsigned char x = (unsigned char)*a, y = (unsigned char)*b;
        if (x >= 'A' && x <= 'Z')
            x = (unsigned char)(x + 32);
        if (y >= 'A' && y <= 'Z')
            y = (unsigned char)(y + 32);
        if (x != y)
            return false;
    }
    return *a == *b;
}

bool text_to_double(const char *s, size_t n, double *out)
{
    char buf[64];
    if (n == 0 || n >= sizeof buf)
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        if (!((c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E'))
            return false;
    }
    memcpy(buf, s, n);
    buf[n] = '\0';
    char *end;
    errno = 0;
    double v = strtod(buf, &end);
    if (end != buf + n || !isfinite(v) || (errno == ERANGE && fabs(v) > 1))
        return false;
    *out = v;
    return true;
}

bool text_to_int64(const char *s, size_t n, int64_t *out)
{
    if (n == 0 || n > 20)
        return false;
    bool negative = s[0] == '-';
    size_t i = negative || s[0] == '+';
    if (i == n)
        return false;
    uint64_t v = 0;
    uint64_t most = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    for (; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(s[i] - '0');
        if (v > (most - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *out = negative ? (int64_t)(0 - v) : (int64_t)v;
    return true;
}

int text_json_string(struct str *out, const char *s, size_t n)
{
    str_putc(out, '"');
    for (size_t i = 0, start = 0; i <= n; i++) {
        if (i < n && s[i] != '"' && s[i] != '\\' && (unsigned char)s[i] >= 0x20)
            continue;
        str_append(out, s + start, i - start);
        start = i + 1;
        if (i == n)
            break;
        if (s[i] == '"' || s[i] == '\\')
            str_printf(out, "\\%c", s[i]);
        else if (s[i] == '\n')
            str_puts(out, "\\n");
        else if (s[i] == '\t')
            str_puts(out, "\\t");
        else
            str_printf(out, "\\u%04x", (unsigned)s[i]);
    }
    return str_putc(out, '"');
}
