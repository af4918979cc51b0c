/* published: the texts about items that stand in the shop, and which of them changed, for those who keep them in memory. */
#ifndef RECKON_STORE_PUBLISHED_H
#define RECKON_STORE_PUBLISHED_H

#include "store/store.h"

struct published {
    int64_t description; /* its number */
    const char *identifier, *collection, *language, *channel; /* borrowed */
    const char *content; /* JSON: an object of texts */
};

/* Of one item, or of all (0), in no order; fn's non-zero answer ends it and is returned. */
typedef int (*published_fn)(void *context, const struct published *text);
int published_each(struct store *self, int64_t item, published_fn fn, void *context, struct error *err);

/* Every publishing and every taking back has a number; that of the last, 0: there never was one. */
int published_last_change(struct store *self, int64_t *change, struct error *err);
/* The items whose texts changed after that, once each, and at most `limit` of them. */
typedef int (*published_change_fn)(void *context, int64_t item, const char *identifier);
int published_each_change(struct store *self, int64_t after, int64_t limit, published_change_fn fn, void *context,
                          struct error *err);

#endif
