/* text: strings that come from outside or go to people.
 *
 * Everything from outside is hostile until validated (text_utf8_valid) and again on its way to a
 * terminal (text_terminal_safe).  Pure functions, no locale, thread-safe. */
#ifndef RECKON_BASE_TEXT_H
#define RECKON_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* True when the n bytes are well-formed UTF-8 (RFC 3629: no overlong forms, surrogates, > U+10FFFF). */
bool text_utf8_valid(const char *s, size_t n);

/* Decodes one code point from s[0..n); returns its length in bytes, or 0 when malformed or n = 0. */
size_t text_utf8_decode(const char *s, size_t n, uint32_t *code_point);

/* Columns that a character takes on a terminal: 0 (it stands on the one before, or is not drawn), 1 or 2. */
unsigned text_char_width(uint32_t c);

/* The next cluster of s[0..n): one character with all that stand on it.  Returns its bytes (0 when n is 0; a malformed
 * byte is a cluster of its own) and its columns.  Emoji that are joined into one picture stay apart: terminals do not
 * agree on how wide the picture is, but all agree on its parts. */
size_t text_cluster(const char *s, size_t n, unsigned *width);

/* Number of terminal columns that the UTF-8 text takes (wide characters count 2, marks 0). */
size_t text_width(const char *s, size_t n);

/* Appends s so that a terminal shows it and obeys nothing in it: control characters (C0, DEL, C1),
 * bidi overrides and malformed bytes become visible escapes such as \x1b. */
int text_terminal_safe(struct str *out, const char *s, size_t n);

/* Appends s as a field of a CSV line (RFC 4180): quoted only when it has to be. */
int text_csv_field(struct str *out, const char *s);
/* The same of what comes from outside, for a file that somebody may open in a spreadsheet: what it would compute (a text
 * that begins with = + - @, a tab or a return, and is no number) gets an apostrophe first. */
int text_csv_cell(struct str *out, const char *s);

/* Appends s, which is valid UTF-8, as a JSON string: in quotes, escaped. */
int text_json_string(struct str *out, const char *s, size_t n);

/* Writes an ellipsis into the end of the full buffer `buf` (of `size` bytes), at a UTF-8 boundary. */
void text_ellipsize(char *buf, size_t size);

/* Levenshtein distance of two byte strings, or `limit` + 1 as soon as it must exceed `limit`. */
size_t text_distance(const char *a, const char *b, size_t limit);

/* Can it be the name of something: letters, digits, '-', '_' and '.', at least one and fewer than `size`? */
bool text_is_name(const char *text, size_t size);

bool text_ends_with(const char *text, const char *end);
/* Is the word one of a list with `separator` between them ("gdpr|ccpa")?  As text_equal_nocase does, where `any_case`. */
bool text_is_among(const char *word, const char *list, char separator, bool any_case);

/* Case-insensitive ASCII comparison; no locale. */
bool text_equal_nocase(const char *a, const char *b);

/* Strict whole-string number parsers (no spaces, no locale); false when not a number or out of range.
 * text_to_double refuses NaN, infinities and hexadecimal. */
bool text_to_double(const char *s, size_t n, double *out);
bool text_to_int64(const char *s, size_t n, int64_t *out);

#endif
