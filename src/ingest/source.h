/* source: the bytes of an input: a file or standard input ("-"), plain or compressed.
 *
 * What it is compressed with (xz, gzip, bzip2, zstd, lz4) is seen from its first bytes, not from its
 * name.  Streaming: memory does not depend on the size.  An archive (zip, tar) is refused with a word
 * about what to do.  Errors name the file: E_NOT_FOUND, E_USAGE (a directory), E_BAD_DATA (empty, an
 * archive), E_CORRUPT (compressed data that is damaged or ends too early), E_IO.
 * Owner: who opened it.  One thread at a time. */
#ifndef RECKON_INGEST_SOURCE_H
#define RECKON_INGEST_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct source;

/* name: what it is called in errors; NULL: the path. */
int source_open(struct source **out, const char *path, const char *name, struct error *err);
void source_free(struct source *self);

/* Fills buf with up to cap bytes of the content, *n = 0 at its end. */
int source_read(struct source *self, char *buf, size_t cap, size_t *n, struct error *err);

const char *source_name(const struct source *self); /* the path as given, or "standard input" */
uint64_t source_taken(const struct source *self);   /* bytes read from the file so far, as stored */
uint64_t source_size(const struct source *self);    /* of the file, as stored; 0: unknown (a pipe) */
bool source_can_reread(const struct source *self);  /* a regular file: may be opened again */

/* E_CONFLICT when the file at `path` is not the one of `stamp` any more, unchanged. */
struct source_stamp {
    uint64_t device, inode, size;
    int64_t seconds, nanoseconds; /* of the last change */
};
void source_stamp(const struct source *self, struct source_stamp *out);
int source_check_stamp(const struct source *self, const struct source_stamp *stamp, struct error *err);

#endif
