/* guess: what a file most likely is: encoding, format, delimiter, header, and which column is which field.
 *
 * Everything is read from the first 64 KB.  A column is known by its name (CustomerID, sku, event_time, …) where
 * its values fit, otherwise by its values: times, a few small numbers (ratings), identifiers in order.  When
 * the header is that of a preset, the preset is proposed.  A guess is a proposal for a person to look at; it never
 * imports anything. */
#ifndef RECKON_INGEST_GUESS_H
#define RECKON_INGEST_GUESS_H

#include "base/str.h"
#include "ingest/scan.h"

enum { GUESS_COLUMNS_MAX = 512 };

/* What a column's values look like. */
struct guess_column {
    char name[SPEC_COLUMN_MAX];
    enum spec_field field; /* FIELD_COUNT: none */
    const char *why;       /* "by its name", "by its values"; "" when it has no field */
    uint32_t values, numbers, comma_numbers, whole, times, floats_of_whole, distinct;
    double low, high;      /* of the numbers */
    int pattern;           /* of times: place in the list of patterns, -1: auto */
};

struct guess {
    enum spec_entity entity;
    struct spec *spec;      /* the proposal; spec_free by guess_release */
    const char *preset;     /* or NULL */
    bool known_entity;      /* enough fields were found */
    bool ambiguous_dates;   /* day/month and month/day both fit */
    struct guess_column *columns;
    size_t n_columns;
    struct str sample;      /* the text that was looked at, as UTF-8 */
    uint64_t rows;
};

/* path: a file, or "-".  On success guess_release. */
int guess_file(struct guess *self, const char *path, struct error *err);
void guess_release(struct guess *self);

/* Appends the command that imports `path` like this, quoted for a shell. */
int guess_command(const struct guess *self, const char *path, struct str *out);

#endif
