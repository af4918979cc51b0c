/* jsonl: a streaming reader of JSON Lines: one JSON object a line.
 *
 * The names of the objects become columns in the order in which they are first met (ROW_MAX_FIELDS at
 * most).  Nested objects are flattened: {"item": {"id": 5}} has the column "item.id".  Numbers, strings
 * and booleans come as text with their type; an array as JSON text (FIELD_LIST); null and missing names
 * are absent.  A line that is no JSON object, is longer than ROW_MAX_BYTES, holds a name twice, or a
 * string with \u0000, is a bad row. */
#ifndef RECKON_INGEST_JSONL_H
#define RECKON_INGEST_JSONL_H

#include "base/error.h"
#include "ingest/columns.h"
#include "ingest/row.h"

struct jsonl;

int jsonl_new(struct jsonl **out, struct columns *columns, row_read_fn read, void *context, struct error *err);
void jsonl_free(struct jsonl *self);
int jsonl_next(struct jsonl *self, struct row *row, struct error *err); /* as csv_next; adds to columns */

#endif
