/* csv: a streaming reader of comma-separated values after RFC 4180, and of what is in use beside it.
 *
 * Any one-byte delimiter; fields may be quoted, a quote in a quoted field is doubled, and a quoted
 * field may hold delimiters and line ends.  Rows end in LF, CRLF or CR, also mixed.  A quote that does
 * not begin a field is an ordinary character (5" nails).  Empty lines are passed over.
 *
 * A row that breaks the rules costs only itself: when a quote is never closed within ROW_MAX_BYTES, or
 * is followed by text, the *line* where the row begins is handed out as a bad row and reading goes on
 * with the next line, so that a stray quote never swallows the rows behind it.  An overlong row is a
 * bad row too; its rest is passed over without being kept.  Memory: about two windows of at most
 * ROW_MAX_BYTES, whatever the input.
 *
 * Bytes are not interpreted beyond this: encoding and NUL are the caller's to check. */
#ifndef RECKON_INGEST_CSV_H
#define RECKON_INGEST_CSV_H

#include "base/error.h"
#include "ingest/row.h"

struct csv_options {
    char delimiter;
    char quote; /* '"', or '\0': no quoting */
    uint32_t lines_before; /* that the caller passed over: where line numbers go on from */
};

struct csv;

int csv_new(struct csv **out, const struct csv_options *options, row_read_fn read, void *context, struct error *err);
void csv_free(struct csv *self);

/* 1: *row is the next row; 0: the end; negative: an error (of the source, or out of memory). */
int csv_next(struct csv *self, struct row *row, struct error *err);

/* The delimiter that the first lines of a file are most plausibly written with, of , TAB ; and |: the one
 * that cuts most of them into the same number of fields, more fields being better.  ',' when none does. */
char csv_sniff_delimiter(const char *text, size_t n, char quote);

#endif
