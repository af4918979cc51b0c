/* reader: the rows of a file, whatever it is: source, decoder and the reader of its format in one.
 *
 * Format, delimiter and encoding are taken from the options or found from the first 64 KB.  The names of
 * the columns are those of the header line; of a file without one "1", "2", …; of JSON Lines the names
 * met so far; of a sequence file "user" and "item".  Lines above the header that begin with "# " are remarks.
 * Owner: who opened it.  One thread at a time. */
#ifndef RECKON_INGEST_READER_H
#define RECKON_INGEST_READER_H

#include "base/error.h"
#include "ingest/columns.h"
#include "ingest/row.h"
#include "ingest/source.h"

enum reader_format { READER_ANY, READER_CSV, READER_JSONL, READER_SEQUENCE };

struct reader_options {
    enum reader_format format;
    char delimiter;       /* '\0': found */
    bool no_quotes;       /* '"' is an ordinary character */
    bool no_header;
    const char *encoding; /* NULL: UTF-8, or what a byte order mark says */
    const char *name;     /* what the file is called in errors; NULL: its path */
};

struct reader;

/* E_BAD_DATA when the content is empty or no text. */
int reader_open(struct reader **out, const char *path, const struct reader_options *options, struct error *err);

/* The same over n bytes of UTF-8 in memory (borrowed), e.g. a row from quarantine; `name` for errors. */
int reader_open_text(struct reader **out, const char *name, const char *text, size_t n,
                     const struct reader_options *options, struct error *err);
void reader_free(struct reader *self);

int reader_next(struct reader *self, struct row *row, struct error *err); /* as csv_next */

const struct columns *reader_columns(const struct reader *self);
enum reader_format reader_format(const struct reader *self);
char reader_delimiter(const struct reader *self);       /* of CSV */
const char *reader_encoding(const struct reader *self); /* what it is read as */
const struct source *reader_source(const struct reader *self); /* NULL for text in memory */
const char *reader_format_name(enum reader_format format); /* "csv" */

/* A sample of the content, decoded: its first 64 KB at most.  Borrowed. */
const char *reader_head(const struct reader *self, size_t *n);

#endif
