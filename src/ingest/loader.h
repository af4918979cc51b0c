/* loader: checked records into the store, in batches that are each one transaction.
 *
 * A batch is committed whole or not at all, with its quarantine rows and the import's counts.  Events go
 * through one event_run a file, so that equal lines of a file are as many events and a repeated import adds
 * nothing.  What rides along on event lines (an item's title and attributes, a user's attributes) is kept until
 * the batch ends and written once, the last value winning.
 * Memory: bounded by the batch (rows, and bytes of text).  After an error the open batch is rolled back and the
 * loader may only be freed.  One thread; borrows the store. */
#ifndef RECKON_INGEST_LOADER_H
#define RECKON_INGEST_LOADER_H

#include "ingest/scan.h"
#include "store/imports.h"
#include "store/store.h"

enum { LOADER_BATCH_ROWS = 250000 };

struct loader_counts {
    uint64_t events_added, events_present; /* of events; else rows of new and known items or users */
    uint64_t new_users, new_items;
    uint64_t cleaned, bad;
    uint64_t suppressed; /* rows of people who were erased: left out, and not set aside either */
    uint64_t withheld;   /* rows of people without consent to analytics (store/consents.h): left out */
    int64_t first, last; /* times of events; first > last: none yet */
};

struct loader;

/* Called before and after each commit (tests kill the process there); may be NULL. */
typedef void (*loader_batch_fn)(void *context, uint64_t batch, bool committed);

struct loader_options {
    size_t batch_rows; /* 0: LOADER_BATCH_ROWS */
    loader_batch_fn on_batch;
    void *context;
    int64_t now;
};

int loader_new(struct loader **out, struct store *store, const struct loader_options *options, struct error *err);
void loader_free(struct loader *self); /* rolls back what is not committed */

/* A file begins: its rows are of this import.  `name` and `mapping` (a spec as text) are kept with it. */
int loader_begin_file(struct loader *self, const struct spec *spec, const char *name, const char *mapping,
                      struct error *err);
/* One row of it, as the scan found it. */
int loader_add(struct loader *self, const struct scan *scan, enum verdict verdict, struct error *err);
int loader_end_file(struct loader *self, const struct types *types, struct error *err);

const struct loader_counts *loader_counts(const struct loader *self); /* committed and not */
uint64_t loader_committed_rows(const struct loader *self);

/* For a retry from quarantine: the open batch, to drop entries in the same transaction.  Opens one if needed. */
int loader_open_batch(struct loader *self, struct error *err);

#endif
