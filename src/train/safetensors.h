/* safetensors: model files, in the format that Python's `safetensors` and PyTorch open as they are.
 *
 * Layout: 8 bytes, the header's length as a little-endian integer; the header, one JSON object padded with
 * blanks so that the data begins at a multiple of 64; then the arrays, back to back, nothing between or behind
 * them.  The header maps each array's name to {"dtype", "shape", "data_offsets": [begin, end)} counted from the
 * start of the data, and "__metadata__" to the set's facts (text to text).
 *
 * Arrays and facts are written in the order of the set, and the bytes are a function of the set alone.  Within the
 * data an array may sit at any address (the format knows no gaps); the reader copies those that are not aligned
 * for their type, so offer arrays of wide elements first.
 *
 * A file is written beside its place, fsynced and renamed, and never changed afterwards.  It is read into memory, not
 * mapped: whoever cuts a mapped file short kills all who use it, and copying 200 MB costs a tenth of a second.  What is
 * loaded may go on borrowing from that memory.  Nothing that is read is trusted: every length, name, type, shape and offset is checked before
 * use, and a file that fails is E_CORRUPT with what is wrong.
 * Thread rule: an open file is read-only; any number of threads may read its set. */
#ifndef RECKON_TRAIN_SAFETENSORS_H
#define RECKON_TRAIN_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/job.h"
#include "engine/tensor.h"

#define SAFETENSORS_HEADER_MAX (UINT64_C(16) << 20) /* bytes of header; the format itself allows 100 MB */
#define SAFETENSORS_ARRAYS_MAX 65536

struct safetensors {
    struct tensor_set set; /* borrows from the file's bytes, or from `copies` */
    void *bytes;           /* NULL when parsed from memory of the caller's */
    size_t n_bytes, room;
    void **copies;         /* of the arrays that were misaligned */
    size_t n_copies, cap_copies;
};

/* Writes `set` to `path`, replacing what is there.  sha256 (64 hex digits and a NUL) and *bytes may be NULL.
 * E_FAILED when the set cannot be written in this format: a name twice, text that is not UTF-8, too large. */
int safetensors_write(const struct tensor_set *set, const char *path, struct job *job, char sha256[65],
                      uint64_t *bytes, struct error *err);

/* Reads and checks the file; with `sha256` (not NULL) its checksum too.  On failure nothing is held. */
int safetensors_open(struct safetensors *self, const char *path, const char *sha256, struct job *job,
                     struct error *err);

/* The same for a file that is in memory; `bytes` is borrowed until safetensors_close.  `name` is for errors. */
int safetensors_parse(struct safetensors *self, const char *name, const void *bytes, size_t n, struct error *err);

void safetensors_close(struct safetensors *self); /* zeroed is fine */

#endif
