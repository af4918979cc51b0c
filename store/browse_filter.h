/* browse_filter: the filter of store/browse.h, as terms.  Pure. */
#ifndef RECKON_STORE_BROWSE_FILTER_H
#define RECKON_STORE_BROWSE_FILTER_H

#include "base/str.h"
#include "store/browse.h"

enum browse_op {
    BROWSE_HOLDS, /* ~, or a word alone */
    BROWSE_FUZZY, /* ~~, or ~ and a word: its letters in this order */
    BROWSE_EQUAL,
    BROWSE_LESS,
    BROWSE_LESS_EQUAL,
    BROWSE_GREATER,
    BROWSE_GREATER_EQUAL,
    BROWSE_MISSING
};

#define BROWSE_ANY_COLUMN SIZE_MAX

struct browse_term {
    size_t column; /* BROWSE_ANY_COLUMN: some column of text */
    enum browse_op op;
    bool not_it;
    const char *text;   /* into the filter */
    double number;      /* of a number, a time (ms) or a truth */
    double until;       /* BROWSE_EQUAL of a date: number <= value < until; else as number */
};

struct browse_filter {
    char pool[BROWSE_WHERE_MAX + BROWSE_TERMS_MAX];
    struct browse_term terms[BROWSE_TERMS_MAX];
    size_t n;
};

/* `column_at` gives the columns by index, NULL at the end.  E_USAGE: what is wrong, and with which term.  An operator
 * whose value is not there yet, as while typing, is an error too. */
int browse_filter_parse(struct browse_filter *out, const char *where,
                        const struct browse_column *(*column_at)(const void *context, size_t index), const void *context,
                        struct error *err);

/* Does the row fit all terms?  values: one for each column; for rows that are in memory. */
bool browse_filter_fits(const struct browse_filter *self, const struct browse_value *values, size_t n);

/* Appends a term, with quotes where it needs them: title~"red car".  Any text comes back as it was. */
void browse_filter_put(struct str *out, const char *column, const char *sign, const char *text);

/* Hints at the columns there are, the nearest to the wrong one first. */
int browse_hint_columns(const struct browse_column *(*column_at)(const void *context, size_t index),
                        const void *context, const char *wrong, struct error *err);

/* Are the letters of `part` in `text` in this order, beginning at a word's beginning and close together?  "blstmug" is in
 * "Blue Steel Mug"; ASCII letters of either case alike. */
bool browse_fuzzy(const char *text, const char *part);

/* By type and value; missing last.  For rows in memory. */
int browse_value_compare(const struct browse_value *a, const struct browse_value *b);

/* Where `text` holds `part`, ASCII letters of either case alike; NULL: nowhere. */
const char *browse_where(const char *text, const char *part);

#endif
