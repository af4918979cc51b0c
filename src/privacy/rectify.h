/* rectify: what is known of a person beside what they did, put right (GDPR article 16). */
#ifndef RECKON_PRIVACY_RECTIFY_H
#define RECKON_PRIVACY_RECTIFY_H

#include <jansson.h>

#include "store/store.h"

/* Within a write transaction: one attribute, by its own type; "" takes it away.  E_NOT_FOUND: people have no such attribute;
 * E_USAGE: the text is not of its type. */
int rectify_text(struct store *store, int64_t user, const char *name, const char *text, struct error *err);

/* The same for each member of an object: numbers, texts, booleans, lists of texts, null. */
int rectify_values(struct store *store, int64_t user, json_t *values, struct error *err);

#endif
