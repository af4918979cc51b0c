/* source: where the rows of a grid come from: a view of the store (store/browse.h), or the result of a command.
 *
 * A source is read by the reading threads (ui/fetcher.h) and shared with them by counting references.  What it holds
 * does not change once it was made, but for what the first read finds out (the columns), under its own lock. */
#ifndef RECKON_UI_SOURCE_H
#define RECKON_UI_SOURCE_H

#include <stdatomic.h>

#include "command/data/listing.h"

struct source;

struct source_ops {
    /* Fills a fresh page; all columns; the keys are those that `from` takes. */
    int (*page)(struct source *self, struct store *store, const struct browse_query *query,
                const struct browse_key *from, bool back, size_t limit, struct listing_page *out, struct job *job, struct error *err);
    /* Prepares the order of a sorted query on this connection (browse_prepare); NULL: it needs none. */
    int (*prepare)(struct source *self, struct store *store, const struct browse_query *query, struct job *job,
                   struct error *err);
    int (*count)(struct source *self, struct store *store, const struct browse_query *query, int64_t *n, struct job *job,
                 struct error *err);
    /* How often each value of a column occurs; bins > 0: a histogram of a column of numbers or times. */
    int (*summary)(struct source *self, struct store *store, const struct browse_query *query, const char *column,
                   size_t bins, struct result *out, struct job *job, struct error *err);
    /* How often pairs of values of two columns occur (listing_cross); NULL: it cannot tell. */
    int (*cross)(struct source *self, struct store *store, const struct browse_query *query, const char *a, const char *b,
                 size_t limit, struct result *out, struct job *job, struct error *err);
    /* Is the column shown unless somebody chooses otherwise?  After a page was read. */
    bool (*shown)(struct source *self, size_t column);
    void (*free)(struct source *self);
};

struct source {
    const struct source_ops *ops;
    atomic_uint references;
    const char *view;   /* name of the view; "" : a result */
    bool of_store;      /* false: reading it needs no workspace */
};

struct source *source_of_view(const char *view);             /* NULL: out of memory */
struct source *source_of_result(const struct result *result); /* copies it */
struct source *source_hold(struct source *self);
void source_drop(struct source *self); /* NULL is fine */

#endif
