/* html: hostile text on its way into HTML and into addresses.
 *
 * Texts are UTF-8.  Control characters become blanks, and what would turn the direction of the text around it is
 * left out.  Pure; any thread. */
#ifndef RECKON_SERVE_HTML_H
#define RECKON_SERVE_HTML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* The text, as an element's content or as a value between double quotes. */
void html_text(struct str *out, const char *text);
/* The same for readers of plain text: nothing is escaped. */
void html_plain(struct str *out, const char *text);

/* As one part of an address: all but letters, digits and - . _ ~ as %XX. */
void html_url_part(struct str *out, const char *text);

/* What an address can be made of. */
struct html_address {
    const char *item, *slate;
    size_t position;
};
/* The template with {item}, {slate} and {position} filled in. */
void html_url(struct str *out, const char *template, const struct html_address *a);
/* Is it an address of the web, with no other {placeholder} than these? */
bool html_url_good(const char *template);
/* http:// or https://, without blanks or control characters. */
bool html_is_web(const char *address);

/* The first letters of the first two words, for where there is no picture. */
void html_initials(struct str *out, const char *title);

#endif
