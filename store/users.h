/* users: people, their identifiers and their attributes.
 *
 * A person is an integer that is never used again; the table `identities` is the only place that says who it
 * is.  Everything else (events, attributes, sessions) holds the integer. */
#ifndef RECKON_STORE_USERS_H
#define RECKON_STORE_USERS_H

#include "base/str.h"
#include "store/attributes.h"
#include "store/store.h"

/* The user of an identifier, made when it is new (*added, may be NULL).  Within store_begin .. commit.  E_REFUSED: who it
 * was has been erased and must not come back (store/suppressions.h); nothing was changed. */
int users_intern(struct store *self, const char *identifier, size_t n, int64_t *user, bool *added, struct error *err);

/* E_NOT_FOUND names the nearest identifiers. */
int users_find(struct store *self, const char *identifier, int64_t *user, struct error *err);

/* As users_find, but one who is not there is 0, and no names are looked for. */
int users_lookup(struct store *self, const char *identifier, int64_t *user, struct error *err);

/* The user's identifier (the first in order, when there are several); E_NOT_FOUND. */
int users_name(struct store *self, int64_t user, struct str *out, struct error *err);

int users_count(struct store *self, int64_t *n, struct error *err);

/* Every user with its identifier, by ascending user; fn's non-zero answer ends it and is returned. */
typedef int (*users_fn)(void *context, int64_t user, const char *identifier);
int users_each(struct store *self, users_fn fn, void *context, struct error *err);

#endif
