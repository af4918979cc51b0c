/* matcher: finds any of many byte strings in one pass; ASCII letters match in either case.
 *
 * A filter of first bytes (eight, of strings that are shorter four) lets almost every place pass at once, also with
 * hundreds of thousands of strings, and runs of zeros are jumped over; where it does not, the strings that begin alike,
 * which are sorted, are searched: the largest one that is not above the text has every other match among its own
 * beginnings. So thousands of strings with the same beginning ("customer-…") cost no more than a few. Build it, call
 * matcher_ready, then any thread may scan.  The strings are secrets: they are overwritten when it is freed. */
#ifndef RECKON_BASE_MATCHER_H
#define RECKON_BASE_MATCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { MATCHER_MIN = 4 };

struct matcher;

int matcher_new(struct matcher **out, struct error *err);
void matcher_free(struct matcher *self); /* NULL is fine */

/* `n` >= MATCHER_MIN; `id` comes back with each match.  The same string twice matches under both. */
int matcher_add(struct matcher *self, const void *bytes, size_t n, uint32_t id, struct error *err);
int matcher_ready(struct matcher *self, struct error *err);

size_t matcher_longest(const struct matcher *self); /* 0: there are none */

/* Matches that begin in [from, to), in order of where they begin; they may reach up to n.  A non-zero answer ends it
 * and is returned. */
typedef int (*matcher_fn)(void *context, size_t at, size_t length, uint32_t id);
int matcher_scan(const struct matcher *self, const unsigned char *data, size_t n, size_t from, size_t to, matcher_fn fn,
                 void *context);
bool matcher_any(const struct matcher *self, const unsigned char *data, size_t n);

/* Is an identifier so short, or so small a number, that the same digits are as well a price, a product or a count?  As
 * part of something else it proves nothing then. */
bool matcher_is_weak(const char *text, size_t n);

/* Is the match a whole word: neither a letter, a digit nor a byte of a longer character before or behind it? */
bool matcher_is_word(const unsigned char *data, size_t n, size_t at, size_t length);

#endif
