/* personal: does a text hold what leads to a person: an address of e-mail, a telephone number?
 *
 * What is written is searched for it before anybody sees it, and what is known of a product before it is sent to anybody:
 * catalogues hold "ask jane@shop.example" and "checked by u-4711".  Pure but for personal_is, which asks the store whether a
 * word is somebody's identifier (store/mentions.h). */
#ifndef RECKON_DESCRIBE_PERSONAL_H
#define RECKON_DESCRIBE_PERSONAL_H

#include "store/store.h"

enum personal_kind { PERSONAL_NONE, PERSONAL_ADDRESS, PERSONAL_PHONE };

/* The next one at or after *at: its place in *at and its bytes in *n. */
enum personal_kind personal_next(const char *text, size_t *at, size_t *n);

/* *why: in words what leads to a person in it; NULL: nothing does.  A number of digits alone is no telephone number here
 * (bar codes are), but a user's identifier where it is all of the text. */
int personal_is(struct store *store, const char *text, const char **why, struct error *err);

#endif
