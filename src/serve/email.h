/* email: a slate as a part of a mailing: a block of HTML and a text.
 *
 * The block is one table without style sheets, scripts or anything else that old clients do not know: widths as
 * attributes, styles inline, at most EMAIL_WIDTH wide, colours that stay readable where a client inverts them.  It
 * goes into the shop's own mail, so it has no <html> and no <body>.
 *
 * Pure: a struct in, text out.  A shop's own template would be one more function of the same struct. */
#ifndef RECKON_SERVE_EMAIL_H
#define RECKON_SERVE_EMAIL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum { EMAIL_WIDTH = 600, EMAIL_COLUMNS = 72 };

struct email_item {
    const char *item, *title; /* title "": the item's identifier stands for it */
    const char *image;        /* address; NULL or "": none */
    bool priced;
    double price;
};

/* All texts are hostile, but for the addresses, which have been checked (html_url_good). */
struct email {
    const char *slate;
    const struct email_item *items;
    size_t n;
    const char *headline;     /* "": none */
    const char *url;          /* template of an item's page */
    const char *image;        /* template of an item's picture; "": by the item */
    const char *tracking;     /* parameter that carries the slate, when the template does not */
    const char *button;       /* its words; "": none */
    const char *currency, *locale, *accent; /* accent: #RRGGBB */
    size_t columns;           /* 1 to 3 */
};

void email_html(struct str *out, const struct email *self);
/* Lines of at most EMAIL_COLUMNS columns, but for addresses, which are never broken. */
void email_text(struct str *out, const struct email *self);
/* The template with {title} for that of the first item; one line. */
void email_subject(struct str *out, const struct email *self, const char *template);

#endif
