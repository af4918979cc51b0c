/* wording: turns of English that claim something whatever their words are: compounds ("lead-free", "shockproof",
 * "TUV-tested"), superlatives ("the thinnest", "the most popular", "number one"), comparisons ("louder than"), and what
 * something is said to be without ("free of lead", "without paraffin").
 *
 * They are claims unless the facts know every word of them that carries meaning (wording_is_light tells which do not).
 * What a negation ("not", "no", "never") does to the word behind it is told by wording_negates.  Pure. */
#ifndef RECKON_DESCRIBE_WORDING_H
#define RECKON_DESCRIBE_WORDING_H

#include <stdbool.h>
#include <stddef.h>

/* The end of such a turn that begins with the word of n bytes at text[at]; 0: none does. */
size_t wording_claim(const char *text, size_t at, size_t n);

/* "the", "than", "of", ...: a word that stands in many texts and claims nothing. */
bool wording_is_light(const char *word, size_t n);

/* Does the word deny what follows?  "not only" does not. */
bool wording_negates(const char *text, size_t at, size_t n);

#endif
