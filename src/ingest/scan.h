/* scan: goes through one input under a spec, row by row: read, mapped, checked.
 *
 * Both passes of an import, a retry from quarantine and a guess go through here, so that they see the same. */
#ifndef RECKON_INGEST_SCAN_H
#define RECKON_INGEST_SCAN_H

#include "base/job.h"
#include "ingest/validate.h"

struct scan {
    const struct spec *spec;
    struct types *types;
    struct reader *reader;
    struct mapping *mapping;
    struct validator validator;
    uint64_t rows;       /* read so far */
    struct row row;      /* the current one */
    struct record record;
    struct fault fault;
};

/* path may be a spool's; name is what it is called in errors and in quarantine. */
int scan_open(struct scan *self, const char *path, const char *name, const struct spec *spec, struct types *types,
              int64_t now, struct error *err);

/* Over text in memory: rows of CSV without a header, whose columns are `columns` (may be NULL: as in the text). */
int scan_open_text(struct scan *self, const char *name, const char *text, size_t n, const struct spec *spec,
                   const struct columns *columns, struct types *types, int64_t now, struct error *err);
void scan_close(struct scan *self); /* zeroed is fine */

/* 1: row, record and fault are of the next row, *verdict what was found; 0: the end; negative: an error. */
int scan_next(struct scan *self, enum verdict *verdict, struct error *err);

#endif
