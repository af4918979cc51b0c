/* decoder: the text of a source as UTF-8, whatever it was written in.
 *
 * UTF-8 passes through as it is (a row that is not valid UTF-8 is a bad row, which is for validation to
 * see, not an error of the file); a byte order mark is dropped, and one of UTF-16 is obeyed.  Any other
 * encoding is converted by iconv; what cannot be converted becomes a byte that is not valid UTF-8, so
 * that it too costs its row only.  Line ends are never added or lost: line numbers stay right.
 * Owner: who opened it; borrows the source. */
#ifndef RECKON_INGEST_DECODER_H
#define RECKON_INGEST_DECODER_H

#include "base/str.h"
#include "ingest/row.h"
#include "ingest/source.h"

struct decoder;

/* encoding: a name that iconv knows ("ISO-8859-1", "windows-1252", "UTF-16"); NULL or "": UTF-8, or what a
 * byte order mark says.  E_USAGE when it is not known. */
int decoder_open(struct decoder **out, struct source *source, const char *encoding, struct error *err);
void decoder_free(struct decoder *self);

int decoder_read(void *self, char *buf, size_t cap, size_t *n, struct error *err); /* a row_read_fn */

const char *decoder_encoding(const struct decoder *self); /* what it is read as */

/* Appends n bytes of text in `encoding` to out as UTF-8, in the same way. */
int decoder_convert(const char *encoding, const char *text, size_t n, struct str *out, struct error *err);

/* E_USAGE when text in this encoding cannot be read; for checking before anything is opened. */
int decoder_check_encoding(const char *encoding, struct error *err);

#endif
