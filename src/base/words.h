/* words: lists of words as people type them, and which known word a wrong one may have been.  Pure. */
#ifndef RECKON_BASE_WORDS_H
#define RECKON_BASE_WORDS_H

#include <stddef.h>

#include "base/str.h"

/* Cuts "a, b,c" at its commas, without the blanks around each; *words is one allocation (mem_free).  E_NOMEM, or
 * E_BAD_DATA (without words about it) when a place is empty. */
int words_split(const char *text, char ***words, size_t *n);

/* Appends up to five of `names` (NULL ends them) at a small distance from the wrong one: "perhaps a, b"; all of them,
 * if none is near: "there are a, b, c". */
void words_nearest(struct str *out, const char *const *names, const char *wrong);

#endif
