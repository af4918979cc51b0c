/* names: what the workspace's things are called, by how the name begins.
 *
 * For completion where people type: bounded, and answered from an index. */
#ifndef RECKON_STORE_NAMES_H
#define RECKON_STORE_NAMES_H

#include <stdint.h>

#include "store/store.h"

enum names_of { NAMES_USERS, NAMES_ITEMS, NAMES_MODELS, NAMES_EVENT_KINDS, NAMES_KEYS, NAMES_RULES, NAMES_SCENARIOS,
                NAMES_TEMPLATES };

/* A non-zero answer ends it and is returned. */
typedef int (*names_fn)(void *context, const char *name);

/* At most `max` names that begin with `prefix`, in order. */
int names_begin_with(struct store *self, enum names_of what, const char *prefix, uint32_t max, names_fn fn,
                     void *context, struct error *err);

#endif
