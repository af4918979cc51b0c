/* imports: what was imported from where, and the rows that could not be.
 *
 * How an import is meant to run, so that it leaves the store as it was when too much is bad: read the source
 * once and only check it; when the share of bad rows is small enough, read it again and store it in
 * batches, each one transaction with its quarantine rows and its import_progress. */
#ifndef RECKON_STORE_IMPORTS_H
#define RECKON_STORE_IMPORTS_H

#include "store/store.h"

struct import_counts {
    int64_t read, added, present, skipped, bad;
};

/* All within a write transaction. */
int imports_begin(struct store *self, const char *entity, const char *source, const char *mapping, int64_t now,
                  int64_t *import, struct error *err);
int imports_progress(struct store *self, int64_t import, const struct import_counts *counts, struct error *err);
int imports_finish(struct store *self, int64_t import, const struct import_counts *counts, int64_t now,
                   struct error *err);

struct quarantine_row {
    int64_t entry, import, line;
    const char *entity, *mapping; /* of its import; ignored when adding */
    const char *file, *field, *reason;
    const char *raw; /* as it was read */
    size_t raw_n;
};

/* Nothing is added when the same file, line and raw text is there already. */
int quarantine_add(struct store *self, const struct quarantine_row *row, struct error *err);
typedef int (*quarantine_fn)(void *context, const struct quarantine_row *row);
/* import 0: of all; by ascending entry. */
int quarantine_each(struct store *self, int64_t import, quarantine_fn fn, void *context, struct error *err);
int quarantine_drop(struct store *self, int64_t entry, struct error *err);
/* import 0: of all imports; *dropped (may be NULL) tells how many there were. */
int quarantine_drop_all(struct store *self, int64_t import, int64_t *dropped, struct error *err);
int quarantine_count(struct store *self, int64_t *n, struct error *err);

#endif
