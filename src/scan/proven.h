/* proven: files that a search read from the first to the last byte, and in which nothing was found.
 *
 * A later search for the very same needles need not read them again while they are unchanged: the same file (device and
 * inode), size, time of change of its bytes and of its inode (which no program can set), to the nanosecond.  A file is
 * taken up only when nothing of it was left unseen, it did not change while it was read, and it was not touched within
 * the last moments before: a second change within one tick of the clock would not show.  Names that hold a needle are
 * not taken up.  Whoever keeps the list keeps it with the needles; it proves nothing for others.
 *
 * Names are kept as keyed hashes: a file may be named after somebody else, whose erasure must not find them in the list. */
#ifndef RECKON_SCAN_PROVEN_H
#define RECKON_SCAN_PROVEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/error.h"

enum { PROVEN_QUIET_MS = 2000, PROVEN_KEY = 32, PROVEN_NAME = 65 };

struct proven_file {
    char name[PROVEN_NAME]; /* HMAC of its path within the root of the search, in hexadecimal digits */
    int64_t device, inode, size, modified_ns, changed_ns;
};

struct proven {
    struct proven_file *files;
    size_t n, cap;
    int64_t quiet_ms; /* how long a file must not have been touched */
    unsigned char key[PROVEN_KEY];
};

void proven_init(struct proven *self, const unsigned char key[PROVEN_KEY]);
void proven_release(struct proven *self); /* zeroed is fine */
void proven_clear(struct proven *self);

/* Is it on the list, and as it was then? */
bool proven_has(const struct proven *self, const char *file, const struct stat *st);
/* `st`: as it was before it was read, at `began_ms` by the clock of files. */
int proven_add(struct proven *self, const char *file, const struct stat *st, int64_t began_ms, struct error *err);
/* One that was written down. */
int proven_put(struct proven *self, const struct proven_file *file, struct error *err);

bool proven_same(const struct stat *a, const struct stat *b);

#endif
