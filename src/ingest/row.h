/* row: one record of an input file, as a reader (csv, jsonl, sequence) hands it out.
 *
 * Everything a row points to belongs to the reader and is valid until its next `next` call.  A row
 * whose `problem` is set could not be taken apart: it has no fields, only a place and its raw text. */
#ifndef RECKON_INGEST_ROW_H
#define RECKON_INGEST_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

enum {
    ROW_MAX_BYTES = 1 << 20,  /* a longer row is a bad row */
    ROW_MAX_FIELDS = 4096,
    ROW_RAW_KEPT = 64 * 1024  /* so much of the raw text of an overlong row is kept */
};

/* What the file itself says about a value; text in every case is in `text`. */
enum field_type {
    FIELD_TEXT,   /* CSV: always */
    FIELD_NUMBER, /* JSON number: text that strtod reads */
    FIELD_BOOL,   /* "true" or "false" */
    FIELD_LIST    /* a JSON array, as JSON text */
};

/* A value; text == NULL: absent (JSON null or a missing key), which is not the same as empty. */
struct field {
    const char *text;
    uint32_t n;
    enum field_type type;
};

struct row {
    const struct field *fields; /* by column number */
    size_t n_fields;
    uint64_t line;       /* 1-based line where the row begins */
    const char *raw;     /* the row as it stands in the file, without its line end; UTF-8 if the file keeps its word */
    size_t raw_n;
    bool raw_cut;        /* raw is only the beginning */
    const char *problem; /* why the row cannot be read ("a quote is never closed"); NULL: it can */
};

/* Where a reader gets its bytes: fills buf with up to cap bytes, *n = 0 at the end; 0 or an error. */
typedef int (*row_read_fn)(void *context, char *buf, size_t cap, size_t *n, struct error *err);

#endif
