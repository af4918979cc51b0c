/* demo_page: what the pages of the demo shop have in common: head, bar, foot, cards of items, pictures.
 *
 * All texts are escaped on their way in.  Pure but for demo_page_begin, which reads a few customers' identifiers. */
#ifndef RECKON_SERVE_DEMO_PAGE_H
#define RECKON_SERVE_DEMO_PAGE_H

#include <jansson.h>

#include "base/error.h"
#include "base/str.h"

struct store;

/* key: of the role browser, for the widget; "" without keys.  query: what is in the search field. */
struct demo_page {
    const char *title, *key, *query;
};

int demo_page_begin(struct str *out, struct store *store, const struct demo_page *page, struct error *err);
void demo_page_end(struct str *out);

/* An element for the widget: what = home, popular, product, similar or cart; item may be NULL. */
void demo_page_carousel(struct str *out, const char *what, const char *title, const char *item);

/* A grid of the items of a slate; words of the search's field as links. */
void demo_page_grid(struct str *out, const json_t *items);
void demo_page_chip(struct str *out, const char *parameter, const char *value);

/* A picture for an item that has none: shapes and colours by its identifier, and its initials. */
void demo_picture(struct str *out, const char *item, const char *title);

#endif
