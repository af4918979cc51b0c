/* captions: why items are recommended, in a sentence each, kept under the digest of all that was asked. */
#ifndef RECKON_STORE_CAPTIONS_H
#define RECKON_STORE_CAPTIONS_H

#include <stdbool.h>

#include "store/store.h"

struct caption {
    int64_t caption, item, because, version, charge, created; /* because, charge 0: none */
    bool refused;        /* the checks found something in it */
    const char *digest, *kind, *language, *body, *findings, *template, *provider, *model; /* borrowed */
    const char *identifier, *because_identifier; /* when read; the latter "" when there is none */
};

/* Within a write transaction; one that is there under that digest stays. */
int captions_add(struct store *self, const struct caption *caption, struct error *err);
/* Within a write transaction: those refused are asked for again. */
int captions_forget_refused(struct store *self, struct error *err);

typedef int (*captions_fn)(void *context, const struct caption *caption);
/* That of a digest, or nothing is called. */
int captions_find(struct store *self, const char *digest, captions_fn fn, void *context, struct error *err);
/* Of an item (0: all), the newest first, at most `limit`. */
int captions_each(struct store *self, int64_t item, int64_t limit, captions_fn fn, void *context, struct error *err);

#endif
