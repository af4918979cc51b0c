/* words: lists of words as people type them, and which known word a wrong one may have been.  Pure. */
#ifndef RECKON_BASE_WORDS_H
#define RECKON_BASE_WORDS_H

#include <stddef.h>

#include "base/str.h"

/* Cuts "a, b,c" at its commas, without the blanks around each; *words is one allocation (mem_free).  E_NOMEM, or
 * E_BAD_DATA (without words about it) when a place is empty. */
int words_split(const char *text, char ***words, size_t *n);

/* Cuts a line into words as a shell does: at blanks, but not within '...' or "...", nor after a backslash; an open quote
 * ends with the line.  NULL after the last; one allocation (mem_free).  E_NOMEM. */
int words_of_line(const char *text, char ***words, size_t *n);

/* Appends a word so that a shell takes it as it is, and words_of_line gives it back: in single quotes unless it is plain. */
void words_quote(struct str *out, const char *word);

/* Appends up to five of `names` (NULL ends them) at a small distance from the wrong one: "perhaps a, b"; all of them,
 * if none is near: "there are a, b, c". */
void words_nearest(struct str *out, const char *const *names, const char *wrong);

#endif
