/* feed: hands the fuzzer's bytes to a reader in pieces of a chosen size; for the targets of the readers. */
#ifndef RECKON_TESTS_FUZZ_FEED_H
#define RECKON_TESTS_FUZZ_FEED_H

#include <stdlib.h>
#include <string.h>

#include "ingest/row.h"

#define FUZZ_CHECK(condition) ((condition) ? (void)0 : abort())

struct feed {
    const char *data;
    size_t n, at, piece;
};

static inline int feed_read(void *context, char *buf, size_t cap, size_t *n, struct error *err)
{
    (void)err;
    struct feed *self = context;
    size_t take = self->n - self->at;
    if (take > cap)
        take = cap;
    if (take > self->piece)
        take = self->piece;
    if (take > 0)
        memcpy(buf, self->data + self->at, take);
    self->at += take;
    *n = take;
    return 0;
}

/* Order-dependent digest of what a reader gave. */
static inline uint64_t feed_digest(uint64_t h, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * UINT64_C(1099511628211);
    return (h ^ n) * UINT64_C(1099511628211);
}

#endif
