#include "serve/html.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

/* Embeddings, overrides and isolates: they would reach beyond the text. */
static bool turns_direction(uint32_t c)
{
    return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
}

static const char *entity(uint32_t c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

static void put(struct str *out, const char *text, bool escape)
{
    size_t n = strlen(text);
    uint32_t c;
    for (size_t i = 0, len; i < n; i += len) {
        len = text_utf8_decode(text + i, n - i, &c);
        if (len == 0) {
            len = 1;
            continue;
        }
        if (turns_direction(c))
            continue;
        const char *name = escape ? entity(c) : NULL;
        if (name != NULL)
            str_puts(out, name);
        else if (is_control(c))
            str_putc(out, ' ');
        else
            str_append(out, text + i, len);
    }
}

void html_text(struct str *out, const char *text)
{
    put(out, text, true);
}

void html_plain(struct str *out, const char *text)
{
    put(out, text, false);
}

void html_url_part(struct str *out, const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
        if (*p < 0x80 && (isalnum(*p) || strchr("-._~", *p) != NULL))
            str_putc(out, (char)*p);
        else
            str_printf(out, "%%%02X", *p);
    }
}

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

void html_url(struct str *out, const char *template, const struct html_address *a)
{
    for (const char *p = template; *p != '\0';) {
        if (starts(p, "{item}")) {
            html_url_part(out, a->item);
            p += strlen("{item}");
        } else if (starts(p, "{slate}")) {
            html_url_part(out, a->slate);
            p += strlen("{slate}");
        } else if (starts(p, "{position}")) {
            str_printf(out, "%zu", a->position);
            p += strlen("{position}");
        } else {
            str_putc(out, *p++);
        }
    }
}

bool html_is_web(const char *address)
{
    if (!starts(address, "https://") && !starts(address, "http://"))
        return false;
    for (const unsigned char *p = (const unsigned char *)address; *p != '\0'; p++)
        if (*p <= ' ' || *p == 0x7F || strchr("\"<>\\^`|", *p) != NULL)
            return false;
    return true;
}

bool html_url_good(const char *template)
{
    for (const char *p = strpbrk(template, "{}"); p != NULL; p = strpbrk(p, "{}")) {
        if (!starts(p, "{item}") && !starts(p, "{slate}") && !starts(p, "{position}"))
            return false;
        p = strchr(p, '}') + 1;
    }
    return html_is_web(template);
}

void html_initials(struct str *out, const char *title)
{
    size_t n = strlen(title), found = 0;
    bool within = false;
    uint32_t c;
    for (size_t i = 0, len; i < n && found < 2; i += len) {
        len = text_utf8_decode(title + i, n - i, &c);
        if (len == 0)
            len = 1, c = 0;
        bool letter = c >= 0x80 ? !turns_direction(c) && !is_control(c) : isalnum((int)c) != 0;
        if (letter && !within) {
            if (c < 0x80)
                str_putc(out, (char)toupper((int)c));
            else
                str_append(out, title + i, len);
            found++;
        }
        within = letter || (within && c == '\'');
    }
}
