/* sequence: a streaming reader of sequence files: `user item item …`, one user a line, the items in time
 * order, separated by blanks or tabs, as sequential recommenders publish their data.
 *
 * fields[0] is the user, the others the items.  A row without an item is a bad row. */
#ifndef RECKON_INGEST_SEQUENCE_H
#define RECKON_INGEST_SEQUENCE_H

#include "base/error.h"
#include "ingest/row.h"

struct sequence;

int sequence_new(struct sequence **out, row_read_fn read, void *context, struct error *err);
void sequence_free(struct sequence *self);
int sequence_next(struct sequence *self, struct row *row, struct error *err); /* as csv_next */

#endif
