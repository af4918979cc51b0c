/* texts: the published texts about items, in memory, for those who answer without reading the store.
 *
 * Immutable and counted; any thread.  A text belongs to a set: a collection, a language and a channel.  They lie in parts by
 * their items' hash: when texts change, only the parts of those items are made anew, the others are shared with what was
 * there before.  Pure memory after texts_load; about 100 bytes beside each text. */
#ifndef RECKON_DESCRIBE_TEXTS_H
#define RECKON_DESCRIBE_TEXTS_H

#include <stdbool.h>

#include "base/str.h"
#include "store/store.h"

struct texts;

#define TEXTS_COLLECTION "default" /* when none is named */

/* What stands in the shop now; `former` (NULL: nothing) is what did a while ago, in the same store. */
int texts_load(struct texts **out, struct store *store, struct texts *former, struct error *err);
struct texts *texts_hold(struct texts *self);
void texts_release(struct texts *self); /* NULL is fine */
size_t texts_count(const struct texts *self);

/* One set, so that no two languages meet on a page: of those that fit, the one with the most texts.  NULL: any, of the
 * collection TEXTS_COLLECTION.  -1: none fits. */
int texts_choose(const struct texts *self, const char *collection, const char *language, const char *channel);

/* The item's text as a JSON object: {"number", "collection", "language", "channel", "title", "text", "caption", "bullets",
 * "keywords"}, those that it has.  False: it has none in that set (-1: none at all), and nothing is written. */
bool texts_put(const struct texts *self, int set, const char *identifier, struct str *out);

#endif
