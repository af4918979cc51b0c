/* filter: which items may be recommended, as people type it: price<20 and country=France
 *
 * Grammar (words of the language in any case; blanks where they are needed to tell words apart):
 *
 *   filter     = and-terms { "or" and-terms }
 *   and-terms  = term { "and" term }
 *   term       = "not" term | "(" filter ")" | "has" FIELD | FIELD            (a boolean field that is true)
 *              | FIELD OPERATOR VALUE
 *              | FIELD ["not"] "in" "(" VALUE { "," VALUE } ")"
 *              | FIELD ["not"] "contains" VALUE | FIELD "~" VALUE | FIELD "!~" VALUE
 *              | FIELD "is" ["not"] "null"
 *   OPERATOR   = "=" | "==" | "!=" | "<>" | "<" | "<=" | ">" | ">="
 *   FIELD      = a bare word, or `any name` in backquotes
 *   VALUE      = a bare word or number, or 'any text' or "any text"; \ before a quote or a backslash
 *   a bare word ends before a blank and before ( ) = < > ! ~ , ' " `
 *
 * Meaning, by the type of the field:
 *   number     = != < <= > >= in; the value must be a number.
 *   text       = != in: byte for byte; < <= > >=: in the order of bytes (so that dates of one form compare);
 *              contains, ~: the value occurs in it, letters of either case alike (Latin, Greek, Cyrillic).
 *   boolean    = != in with true, false, yes, no, 1 or 0; or the field alone.
 *   list       of texts: = in contains: some element does; != "not in" "not contains" !~: no element does.
 *   has F      is F is not null.
 *
 * Missing values: a comparison with a missing value is neither true nor false, and so is its negation; "and",
 * "or" and "not" go by three-valued logic, and an item is let through only when the whole is true.  So a missing
 * value never matches, also not under "not"; only "is null" finds it.  A list without elements is missing.
 *
 * Limits: FILTER_TEXT_MAX bytes, FILTER_DEPTH_MAX levels of parentheses and "not", FILTER_TERMS_MAX comparisons.
 *
 * Life: filter_parse checks the form; filter_bind looks the fields up and checks types; filter_exclude and
 * filter_failed work on columns, a word of 64 items at a time, and allocate nothing.  A bound filter is
 * read-only: any number of threads may use it.  It borrows the columns. */
#ifndef RECKON_RECOMMEND_FILTER_H
#define RECKON_RECOMMEND_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { FILTER_TEXT_MAX = 4096, FILTER_DEPTH_MAX = 32, FILTER_TERMS_MAX = 256 };

enum filter_type { FILTER_NUMBER, FILTER_TEXT, FILTER_BOOLEAN, FILTER_LIST };

#define FILTER_MISSING UINT32_MAX

/* One attribute of all items.  Words are distinct texts; a code is an index into them. */
struct filter_column {
    enum filter_type type;
    bool constant;            /* the same for all items: only that of item 0 is there */
    const double *number;     /* NUMBER: NaN is missing.  BOOLEAN: 0, 1, NaN */
    const uint32_t *code;     /* TEXT: one for each item, FILTER_MISSING.  LIST: all elements, item after item */
    const uint64_t *start;    /* LIST: item i has code[start[i]] .. code[start[i + 1]) */
    const char *const *words; /* TEXT, LIST */
    uint32_t n_words;
};

/* What can be asked about.  Strings are borrowed. */
struct filter_schema {
    void *context;
    /* Fills *out for the field of exactly that name; anything but 0 is passed on.  Called only for names that
     * `name` gives. */
    int (*column)(void *context, const char *name, struct filter_column *out, struct error *err);
    /* The fields there are, by index; NULL at the end. */
    const char *(*name)(void *context, size_t index);
};

struct filter;

/* E_USAGE says what is wrong, at which character, and shows the place: price<20 and ▸<5 */
int filter_parse(struct filter **out, const char *text, size_t n, struct error *err);
void filter_free(struct filter *self); /* NULL is fine */

/* E_USAGE: an unknown field (the nearest are named), a value or an operator that does not fit the field's type.
 * A field's name may be typed in another case when that is not ambiguous. */
int filter_bind(struct filter *self, const struct filter_schema *schema, struct error *err);

/* The column of the field as it is typed (borrowed): the same names, and the same error, as in a filter. */
int filter_field(const struct filter_schema *schema, const char *typed, struct filter_column *out, struct error *err);

/* Does it speak of the person who is asked about (a column that is the same for all items)? */
bool filter_is_personal(const struct filter *self);

/* What may be a slip though it is allowed: "no item has country 'france' (perhaps 'France')"; "" if nothing. */
const char *filter_note(const struct filter *self);

/* Sets the bit of every item in [0, n_items) that the filter does not let through; leaves the other bits. */
void filter_exclude(const struct filter *self, uint32_t n_items, uint64_t *excluded);

/* Whether the filter keeps the item out, and then the first of the terms joined by "and" at the top that does
 * (borrowed text of the filter as it was typed, *n bytes). */
bool filter_failed(const struct filter *self, uint32_t item, const char **term, size_t *n);

#endif
