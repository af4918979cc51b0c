/* items: products, their identifiers, titles and attributes. */
#ifndef RECKON_STORE_ITEMS_H
#define RECKON_STORE_ITEMS_H

#include "base/str.h"
#include "store/attributes.h"
#include "store/store.h"

int items_intern(struct store *self, const char *identifier, size_t n, int64_t *item, bool *added, struct error *err);
int items_set_title(struct store *self, int64_t item, const char *title, size_t n, struct error *err);

/* E_NOT_FOUND names the nearest identifiers. */
int items_find(struct store *self, const char *identifier, int64_t *item, struct error *err);
/* As items_find, but one that is not there is 0, and no names are looked for. */
int items_lookup(struct store *self, const char *identifier, int64_t *item, struct error *err);
int items_count(struct store *self, int64_t *n, struct error *err);

/* Every item, ordered by identifier (bytewise): the order of items in data sets and models. */
typedef int (*items_fn)(void *context, int64_t item, const char *identifier, const char *title);
int items_each(struct store *self, items_fn fn, void *context, struct error *err);
/* The same without titles ("" for all), which reads the index alone: a quarter of the pages. */
int items_each_identifier(struct store *self, items_fn fn, void *context, struct error *err);

/* Those whose integer is above `after`, in the order in which they came. */
int items_after(struct store *self, int64_t after, items_fn fn, void *context, struct error *err);

/* One item's identifier and title ("" when it has none); either may be NULL. */
int items_name(struct store *self, int64_t item, struct str *identifier, struct str *title, struct error *err);

#endif
